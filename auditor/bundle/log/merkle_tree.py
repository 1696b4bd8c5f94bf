"""The journal's Merkle tree (RFC 6962 §2.1) built once, for many proofs: leaf hashes in, paths out. Pure.

A node without a right neighbour stands for itself one level up, which gives the tree that RFC 6962 draws. Memory is 64
bytes a leaf; a proof costs one step a level.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator

PROOF = "c2sp.org/tlog-proof@v1"
WIDE = 32
"""Bytes of a hash; a level is one row of them."""


def leaf_hash(line: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class MerkleTree:
    """All levels of the tree of some leaf hashes."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self._levels = [_row(leaves)]
        while len(self._levels[-1]) > WIDE:
            self._levels.append(_row(_above(self._levels[-1])))

    @property
    def size(self) -> int:
        return len(self._levels[0]) // WIDE

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
        """A C2SP tlog-proof that a line stands at `index` of the tree that `checkpoint` signs."""
        steps = "".join(f"{base64.b64encode(step).decode('ascii')}\n" for step in self.path(index))
        return f"{PROOF}\nindex {index}\n{steps}\n".encode("ascii") + checkpoint


def _row(hashes: Iterable[bytes]) -> bytearray:
    row = bytearray()
    for one in hashes:
        if len(one) != WIDE:
            raise ValueError(f"a leaf hash of {len(one)} bytes; expected {WIDE}")
        row += one
    return row


def _node(level: bytearray, index: int) -> bytes:
    return bytes(level[index * WIDE : (index + 1) * WIDE])


def _above(level: bytearray) -> Iterator[bytes]:
    for at in range(0, len(level) // WIDE, 2):
        left, right = _node(level, at), _node(level, at + 1)
        yield node_hash(left, right) if right else left


def prefix_roots(leaves: Iterable[bytes]) -> Iterator[bytes]:
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
