"""The Merkle tree of RFC 6962 §2.1 over journal lines: roots, inclusion and consistency proofs. Pure.

Hashes are 32 bytes. The tree of one leaf is that leaf's hash; the empty tree is SHA-256 of nothing. A proof that a line
stands in the log is written as a C2SP tlog-proof (c2sp.org/tlog-proof), which any verifier of such logs reads.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence

PROOF = "c2sp.org/tlog-proof@v1"
HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the perfect subtrees to the left: enough to grow the tree and say its root, in O(log n) memory."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """`peaks`: of a tree that has `size` leaves already, from left to right."""
        self.size = size
        self._peaks = list(peaks)

    def copy(self) -> Frontier:
        """The same tree, to grow another way."""
        return Frontier(self.size, self._peaks)

    def add(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        size = self.size
        while size & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            size >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_hash(leaves: Sequence[bytes]) -> bytes:
    """MTH of leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(index, leaves), from the leaf's sibling up (RFC 6962 §2.1.1)."""
    path: list[bytes] = []
    low, high = 0, len(leaves)
    if not 0 <= index < high:
        raise ValueError(f"entry {index} is not in a tree of {high}")
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root_hash(leaves[middle:high]))
            high = middle
        else:
            path.append(root_hash(leaves[low:middle]))
            low = middle
    return path[::-1]


def consistency_path(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """PROOF(old, leaves) (RFC 6962 §2.1.2); empty where the trees are equal or the old one is empty."""
    size = len(leaves)
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {old} is not a beginning of one of {size}")
    if old in {0, size}:
        return []
    proof: list[bytes] = []
    low, high, whole = 0, size, True
    while old - low < high - low:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(root_hash(leaves[middle:high]))
            high = middle
        else:
            proof.append(root_hash(leaves[low:middle]))
            low, whole = middle, False
    if not whole:
        proof.append(root_hash(leaves[low:high]))
    return proof[::-1]


def verify_inclusion(root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` leads from the leaf hash at `index` to the root of a tree of `size` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `size` continues the one of `old` (RFC 9162 §2.1.4.2)."""
    if old == size:
        return old_root == root and not proof
    if old == 0:
        return not proof and old_root == hashlib.sha256(b"").digest()
    if not 0 < old < size or not proof:
        return False
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, step)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == root


def tlog_proof(index: int, path: Sequence[bytes], checkpoint: bytes) -> bytes:
    """A C2SP tlog-proof that a line stands at `index` of the tree that `checkpoint`, a signed note, is about."""
    steps = "".join(f"{base64.b64encode(step).decode('ascii')}\n" for step in path)
    return f"{PROOF}\nindex {index}\n{steps}\n".encode("ascii") + checkpoint


def prefix_roots(leaves: Iterable[bytes]) -> Iterator[bytes]:
    """The root after each leaf in turn, in O(log n) memory: what every checkpoint of one log must sign."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
        yield frontier.root()


class MerkleTree:
    """All levels of the tree of some leaf hashes, built once for many proofs: 64 bytes a leaf, a step a level a proof.

    A node without a right neighbour stands for itself one level up, which gives the tree that RFC 6962 draws.
    """

    def __init__(self, leaves: Iterable[bytes]) -> None:
        """`ValueError` for a leaf hash that has not 32 bytes."""
        self._levels = [_row(leaves)]
        while len(self._levels[-1]) > HASH_BYTES:
            self._levels.append(_row(_above(self._levels[-1])))

    @property
    def size(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    @property
    def root(self) -> bytes:
        return bytes(self._levels[-1]) if self.size else hashlib.sha256(b"").digest()

    def leaf(self, index: int) -> bytes:
        """The hash of a line; empty where there is no such line."""
        return _node(self._levels[0], index) if index >= 0 else b""

    def leaves(self) -> Iterator[bytes]:
        return (self.leaf(index) for index in range(self.size))

    def path(self, index: int) -> list[bytes]:
        """PATH(index) of RFC 6962 §2.1.1, from the leaf's sibling up."""
        steps = []
        for level in self._levels[:-1]:
            if sibling := _node(level, index ^ 1):
                steps.append(sibling)
            index >>= 1
        return steps

    def proof(self, index: int, checkpoint: bytes) -> bytes:
        """The tlog-proof that a line stands at `index` of the tree that `checkpoint` signs."""
        return tlog_proof(index, self.path(index), checkpoint)


def _row(hashes: Iterable[bytes]) -> bytearray:
    """Hashes end to end: one level of a tree."""
    row = bytearray()
    for one in hashes:
        if len(one) != HASH_BYTES:
            raise ValueError(f"a leaf hash of {len(one)} bytes; expected {HASH_BYTES}")
        row += one
    return row


def _node(level: bytearray, index: int) -> bytes:
    return bytes(level[index * HASH_BYTES : (index + 1) * HASH_BYTES])


def _above(level: bytearray) -> Iterator[bytes]:
    for at in range(0, len(level) // HASH_BYTES, 2):
        left, right = _node(level, at), _node(level, at + 1)
        yield node_hash(left, right) if right else left
