"""Hash tiles of a log (c2sp.org/tlog-tiles): rows of at most 256 hashes at every eighth level of its Merkle tree. Pure.

A tile of level 0 holds leaf hashes; one of level L+1 the roots of full tiles of level L. From the tiles alone follow
the root of every size, every inclusion proof and every consistency proof of RFC 6962, without a look at the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from auditor.errors import IntegrityError
from auditor.formats.merkle import HASH_BYTES, Frontier, node_hash

WIDTH, HEIGHT = 256, 8
"""Hashes of a full tile, and the levels of the tree that it stands for."""
MOST_KEPT = 256
"""Tiles that a tree keeps in memory."""

TileReader = Callable[[int, int], bytes]
"""(level, index) to the hashes of the widest tile at hand, end to end; empty where there is none."""


@dataclass(frozen=True, slots=True)
class HashTile:
    """One tile."""

    level: int
    index: int
    hashes: bytes
    """End to end, 32 bytes each."""

    @property
    def width(self) -> int:
        return len(self.hashes) // HASH_BYTES

    @property
    def path(self) -> str:
        return tile_path(self.level, self.index, self.width)


def spread(index: int) -> str:
    """An index as C2SP writes it in paths: 1234067 is `x001/x234/067`."""
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts))


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """`tile/<level>/<index>`, with `.p/<width>` where it is partial."""
    return f"tile/{level}/{spread(index)}" + ("" if width == WIDTH else f".p/{width}")


def row_root(hashes: bytes) -> bytes:
    """The root over a row of 2^n hashes."""
    row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def tiles_after(index: int, leaves: bytes, tile: TileReader) -> Iterator[HashTile]:
    """The tiles that change when the full row `leaves` becomes tile `index` of level 0, from the bottom up.

    `tile` gives the rows above as they stood before. All but the last are full; the last may be partial.
    """
    yield HashTile(0, index, leaves)
    level, child = 1, row_root(leaves)
    while True:
        index, at = divmod(index, WIDTH)
        before = tile(level, index)[: at * HASH_BYTES] if at else b""
        if len(before) != at * HASH_BYTES:
            raise IntegrityError(f"{tile_path(level, index, at)}: missing or too short")
        row = HashTile(level, index, before + child)
        yield row
        if row.width < WIDTH:
            return
        level, child = level + 1, row_root(row.hashes)


class TileRows:
    """The tiles of a log, made of its leaf hashes one after another; memory is a row a level."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, bytearray]] = [(0, bytearray())]
        """Of each level: the index of the tile under way, and its hashes."""

    def add(self, leaf: bytes) -> Iterator[HashTile]:
        """Append a leaf hash; the tiles that it fills."""
        level, child = 0, leaf
        while True:
            if level == len(self._rows):
                self._rows.append((0, bytearray()))
            index, row = self._rows[level]
            row += child
            if len(row) < WIDTH * HASH_BYTES:
                return
            made = HashTile(level, index, bytes(row))
            self._rows[level] = (index + 1, bytearray())
            yield made
            level, child = level + 1, row_root(made.hashes)

    def partial(self) -> Iterator[HashTile]:
        """The tiles under way above level 0."""
        return (HashTile(level, index, bytes(row)) for level, (index, row) in enumerate(self._rows) if level and row)


class TileTree:
    """The tree of the first `size` leaves, read from tiles as far as a question needs."""

    def __init__(self, size: int, tile: TileReader) -> None:
        self.size = size
        self._tile = tile
        self._kept: dict[tuple[int, int], bytes] = {}
        """Tiles that were read: a question takes a few of them, several times."""

    def _row(self, level: int, index: int) -> bytes:
        if (level, index) not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[level, index] = self._tile(level, index)
        return self._kept[level, index]

    def node(self, height: int, index: int) -> bytes:
        """The root of one perfect subtree of 2^height leaves; `index` counts those of its height from 0."""
        level, above = divmod(height, HEIGHT)
        place, at = divmod(index << above, WIDTH)
        row = self._row(level, place)[at * HASH_BYTES : (at + (1 << above)) * HASH_BYTES]
        if len(row) == HASH_BYTES << above:
            return row_root(row)
        if level == 0:
            raise IntegrityError(f"{tile_path(0, place)}: missing or too short")
        return node_hash(self.node(height - 1, 2 * index), self.node(height - 1, 2 * index + 1))

    def leaf(self, index: int) -> bytes:
        """The hash of a line; empty where there is no such line."""
        return self.node(0, index) if 0 <= index < self.size else b""

    def leaves(self) -> Iterator[bytes]:
        """Every leaf hash in order, a tile in memory at a time."""
        for place in range(0, self.size, WIDTH):
            row = self._tile(0, place // WIDTH)
            for at in range(min(WIDTH, self.size - place)):
                leaf = row[at * HASH_BYTES : (at + 1) * HASH_BYTES]
                if len(leaf) != HASH_BYTES:
                    raise IntegrityError(f"{tile_path(0, place // WIDTH)}: missing or too short")
                yield leaf

    def _range(self, low: int, high: int) -> bytes:
        """MTH of the leaves from `low` up to `high`; `low` is a multiple of the power of two below their number."""
        count = high - low
        if count & (count - 1) == 0:
            height = count.bit_length() - 1
            return self.node(height, low >> height)
        middle = low + (1 << (count.bit_length() - 1))
        return node_hash(self._range(low, middle), self._range(middle, high))

    @property
    def root(self) -> bytes:
        return self._range(0, self.size) if self.size else Frontier().root()

    def frontier(self) -> Frontier:
        """What grows the tree from here."""
        peaks, at = [], 0
        for height in reversed(range(self.size.bit_length())):
            if self.size >> height & 1:
                peaks.append(self.node(height, at >> height))
                at += 1 << height
        return Frontier(self.size, peaks)

    def path(self, index: int) -> list[bytes]:
        """PATH(index) of RFC 6962 §2.1.1, from the leaf's sibling up."""
        if not 0 <= index < self.size:
            raise ValueError(f"entry {index} is not in a tree of {self.size}")
        path: list[bytes] = []
        low, high = 0, self.size
        while high - low > 1:
            middle = low + (1 << ((high - low - 1).bit_length() - 1))
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, old: int) -> list[bytes]:
        """PROOF(old) of RFC 6962 §2.1.2; empty where the trees are equal or the old one is empty."""
        if not 0 <= old <= self.size:
            raise ValueError(f"a tree of {old} is not a beginning of one of {self.size}")
        if old in {0, self.size}:
            return []
        proof: list[bytes] = []
        low, high, whole = 0, self.size, True
        while old - low < high - low:
            middle = low + (1 << ((high - low - 1).bit_length() - 1))
            if old <= middle:
                proof.append(self._range(middle, high))
                high = middle
            else:
                proof.append(self._range(low, middle))
                low, whole = middle, False
        if not whole:
            proof.append(self._range(low, high))
        return proof[::-1]
