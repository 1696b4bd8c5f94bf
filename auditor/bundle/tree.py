"""The journal's Merkle tree (RFC 6962 §2.1) built once, for many proofs: leaf hashes in, paths out. Pure.

A node without a right neighbour stands for itself one level up, which gives the tree that RFC 6962 draws. Memory is 64
bytes a leaf; a proof costs one step a level.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence

PROOF = "c2sp.org/tlog-proof@v1"


def leaf_hash(line: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """All levels of the tree of some leaf hashes."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            pairs = [node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)]
            self._levels.append(pairs + below[len(pairs) * 2 :])

    @property
    def size(self) -> int:
        return len(self._levels[0])

    @property
    def root(self) -> bytes:
        return self._levels[-1][0] if self.size else hashlib.sha256(b"").digest()

    def leaf(self, index: int) -> bytes:
        return self._levels[0][index]

    def path(self, index: int) -> list[bytes]:
        """PATH(index) of RFC 6962 §2.1.1, from the leaf's sibling up."""
        steps = []
        for level in self._levels[:-1]:
            if (index ^ 1) < len(level):
                steps.append(level[index ^ 1])
            index >>= 1
        return steps

    def proof(self, index: int, checkpoint: bytes) -> bytes:
        """A C2SP tlog-proof that a line stands at `index` of the tree that `checkpoint` signs."""
        steps = "".join(f"{base64.b64encode(step).decode('ascii')}\n" for step in self.path(index))
        return f"{PROOF}\nindex {index}\n{steps}\n".encode("ascii") + checkpoint


def roots(leaves: Iterable[bytes]) -> Iterator[bytes]:
    """The root after each leaf in turn, in O(log n) memory: what every checkpoint of one log must sign."""
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        rest = size
        while rest & 1:
            leaf = node_hash(peaks.pop(), leaf)
            rest >>= 1
        peaks.append(leaf)
        root = peaks[-1]
        for peak in reversed(peaks[:-1]):
            root = node_hash(peak, root)
        yield root
