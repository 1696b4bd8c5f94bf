"""A whole journal written at once as segments and tiles: for a journal of an earlier version that is upgraded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from auditor.custody.files import durable
from auditor.formats import evidence_layout as layout
from auditor.formats import merkle
from auditor.formats.tiles import WIDTH, TileRows


@dataclass
class WrittenSegments:
    """What was written."""

    size: int = 0
    """Number of lines."""
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    roots: dict[int, bytes] = field(default_factory=dict)
    """Merkle roots at the sizes that were asked for."""


def write_segments(
    folder: Path, lines: Iterable[bytes], sizes: Collection[int] = (), *, durably: bool = True
) -> WrittenSegments:
    """Write lines, without their newlines, into a folder that has none of them yet; memory is bounded by a segment.

    `sizes`: at which the root is kept. `durably`: every file and name is on the disk when this returns.
    """
    made, rows, segment = WrittenSegments(), TileRows(), list[bytes]()

    def write(path: Path, data: bytes, mode: int = 0o444) -> None:
        if durably:
            durable.make_folder(path.parent)
            with durable.names_kept(path.parent):
                durable.write(path, data, mode)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            durable.write(path, data, mode, sync=False)

    durable.make_folder(folder)
    for line in lines:
        leaf = merkle.leaf_hash(line)
        made.frontier.add(leaf)
        segment.append(line)
        made.size += 1
        for tile in rows.add(leaf):
            write(folder / tile.path, tile.hashes)
        if len(segment) == WIDTH:
            write(folder / layout.segment_path(made.size // WIDTH - 1), _text(segment))
            segment = []
        if made.size in sizes:
            made.roots[made.size] = made.frontier.root()
    for tile in rows.partial():
        write(folder / tile.path, tile.hashes)
    if segment:
        write(folder / layout.TAIL_FILE, _text(segment), 0o644)
    return made


def _text(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
