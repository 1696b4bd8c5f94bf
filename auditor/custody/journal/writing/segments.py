"""A whole journal written at once as segments and tiles: one of an earlier version, or one that lay elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.journal.lines import parse_head
from auditor.errors import IntegrityError
from auditor.formats import evidence_layout as layout
from auditor.formats import merkle
from auditor.formats.tiles import WIDTH, HashTile, TileReader, TileRows
from auditor.model.ports import JournalStore


@dataclass
class WrittenSegments:
    """What was written."""

    size: int = 0
    """Number of lines."""
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    roots: dict[int, bytes] = field(default_factory=dict)
    """Merkle roots at the sizes that were asked for."""


def write_segments(
    folder: Path,
    lines: Iterable[bytes],
    sizes: Collection[int] = (),
    *,
    durably: bool = True,
    tile: TileReader | None = None,
) -> WrittenSegments:
    """Write lines, without their newlines, into a folder that has none of them yet; memory is bounded by a segment.

    `sizes`: at which the root is kept. `durably`: every file and name is on the disk when this returns. `tile`: whose
    tiles are written, as they are, in the place of those that the lines have; one that is missing there is not written.
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

    def put(one: HashTile) -> None:
        if hashes := one.hashes if tile is None else tile(one.level, one.index):
            write(folder / one.path, hashes)

    durable.make_folder(folder)
    for line in lines:
        leaf = merkle.leaf_hash(line)
        made.frontier.add(leaf)
        segment.append(line)
        made.size += 1
        for one in rows.add(leaf):
            put(one)
        if len(segment) == WIDTH:
            write(folder / layout.segment_path(made.size // WIDTH - 1), _text(segment))
            segment = []
        if made.size in sizes:
            made.roots[made.size] = made.frontier.root()
    for one in rows.partial():
        put(one)
    if segment:
        write(folder / layout.TAIL_FILE, _text(segment), 0o644)
    return made


def copy_journal(
    source: JournalStore, root: Path, sizes: Collection[int] = (), *, durably: bool = True
) -> WrittenSegments:
    """Write the lines that a journal's head signs, its tiles and its head into a folder that has no journal yet.

    Nothing is judged: the copy verifies as the original does. `IntegrityError` where there are fewer lines.
    """
    note = source.head()
    size, folder = parse_head(note).size, root / layout.EVIDENCE / layout.JOURNAL
    lines = (line for line, _ in islice(source.lines(), size))
    made = write_segments(folder, lines, sizes, durably=durably, tile=source.tile)
    if made.size != size:
        raise IntegrityError(f"{source.name}: the signed head counts {size} lines, there are {made.size}")
    with durable.names_kept(folder):
        durable.write(folder / layout.HEAD_FILE, note, 0o644)
    return made


def _text(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)
