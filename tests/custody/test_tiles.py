"""Hash tiles give the roots and proofs that the lines give, at every size; and nothing where they are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import custody
from auditor.custody import Journal
from auditor.errors import IntegrityError
from auditor.formats import merkle, signed_note
from auditor.formats.tiles import WIDTH, HashTile, TileRows, TileTree, spread, tile_path, tiles_after

LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(2 * WIDTH * WIDTH + 3 * WIDTH + 17)]
"""Enough for two full tiles of level 1 and a partial one of level 2."""


def test_paths_are_those_of_c2sp() -> None:
    assert [spread(index) for index in (0, 67, 1067, 1234067)] == ["000", "067", "x001/067", "x001/x234/067"]
    assert tile_path(1, 5) == "tile/1/005"
    assert tile_path(0, 1005, 3) == "tile/0/x001/005.p/3"


def kept_and_made() -> tuple[dict[tuple[int, int], bytes], list[HashTile]]:
    """The tiles of all leaves, as sealing one row after another leaves them; and as `TileRows` makes them."""
    kept: dict[tuple[int, int], bytes] = {}
    for index in range(len(LEAVES) // WIDTH):
        row = b"".join(LEAVES[index * WIDTH : (index + 1) * WIDTH])
        for tile in tiles_after(index, row, lambda level, at: kept.get((level, at), b"")):
            kept[tile.level, tile.index] = tile.hashes
    rows, made = TileRows(), list[HashTile]()
    for leaf in LEAVES:
        made += rows.add(leaf)
    return kept, [*made, *rows.partial()]


@pytest.fixture(scope="module")
def tiles() -> dict[tuple[int, int], bytes]:
    kept, made = kept_and_made()
    assert {(one.level, one.index): one.hashes for one in made} == kept
    assert {one.path for one in made if one.level} == {
        "tile/1/000", "tile/1/001", "tile/1/002.p/3", "tile/2/000.p/2",
    }  # fmt: skip
    kept[0, len(LEAVES) // WIDTH] = b"".join(LEAVES[len(LEAVES) // WIDTH * WIDTH :])
    return kept


@pytest.mark.parametrize("size", [1, 2, 17, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, len(LEAVES)])
def test_roots_and_proofs_from_tiles(tiles: dict[tuple[int, int], bytes], size: int) -> None:
    asked: set[tuple[int, int]] = set()

    def read(level: int, index: int) -> bytes:
        asked.add((level, index))
        return tiles.get((level, index), b"")

    tree, root = TileTree(size, read), merkle.root_hash(LEAVES[:size])
    assert tree.root == root
    frontier = tree.frontier()
    assert (frontier.size, frontier.root()) == (size, root)
    frontier.add(LEAVES[0])
    assert frontier.root() == merkle.root_hash([*LEAVES[:size], LEAVES[0]])
    assert len(asked) <= 6, "the right edge alone"
    asked.clear()
    for index in {0, size // 3, size // 2, size - 1}:
        assert merkle.verify_inclusion(root, size, index, LEAVES[index], tree.path(index))
        assert not merkle.verify_inclusion(root, size, index, LEAVES[index - 1], tree.path(index)) or size == 1
    assert len(asked) <= 24
    for old in {0, 1, size // 3, size // 2, size - 1, size}:
        proof, before = tree.consistency(old), merkle.root_hash(LEAVES[:old])
        assert merkle.verify_consistency(old, before, size, root, proof)
        if size < 1000:
            assert proof == merkle.consistency_path(LEAVES[:size], old)
    if size < 1000:
        assert all(tree.path(index) == merkle.inclusion_path(LEAVES[:size], index) for index in range(0, size, 7))
        assert list(tree.leaves()) == LEAVES[:size]


def test_without_the_upper_tiles_the_lower_ones_do(tiles: dict[tuple[int, int], bytes]) -> None:
    lowest = TileTree(1000, lambda level, index: tiles.get((level, index), b"") if level == 0 else b"")
    assert lowest.root == merkle.root_hash(LEAVES[:1000])


def test_a_missing_tile_is_said_and_never_made_up(tiles: dict[tuple[int, int], bytes]) -> None:
    def holed(level: int, index: int) -> bytes:
        return b"" if (level, index) == (0, 1) else tiles.get((level, index), b"")

    with pytest.raises(IntegrityError, match="tile/0/001: missing or too short"):
        TileTree(600, holed).path(300)
    with pytest.raises(IntegrityError, match=r"tile/1/000.p/2: missing or too short"):
        list(tiles_after(2, b"".join(LEAVES[:WIDTH]), lambda level, index: b""))


def test_a_journal_s_proofs_are_of_its_lines(grown_workspace: Path) -> None:
    """Through the journal: proofs of checkpoints made before and after segments were sealed."""
    journal = Journal.open(grown_workspace)
    assert journal.segments == 2 and journal.ring.active is not None
    hashes = [merkle.leaf_hash(entry.line) for entry in journal.entries()]
    for record in journal.ledger.checkpoints():
        at = custody.load_checkpoint(grown_workspace, record.path)
        assert at.root == merkle.root_hash(hashes[: at.size])
        for number in (0, 100, min(256, at.size - 2), at.size - 1):
            proof = custody.inclusion_proof(journal, number, at)
            assert custody.check_inclusion(proof, journal.entry(number).line, journal.ring.active)[0] == number
    first, last = (custody.load_checkpoint(grown_workspace, one.path) for one in journal.ledger.checkpoints())
    steps = [signed_note.unb64(step, "step") for step in custody.consistency_proof(journal, first.size, last.size)]
    assert merkle.verify_consistency(first.size, first.root, last.size, last.root, steps)
