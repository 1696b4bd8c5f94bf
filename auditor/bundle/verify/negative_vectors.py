"""Negative test vectors: altered copies that a correct verifier must refuse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from auditor.bundle.bag import layout
from auditor.bundle.bag.bag import BagWriter
from auditor.bundle.dossier import Dossier
from auditor.bundle.shipped import packaged_text
from auditor.formats.merkle import MerkleTree

FOLDER = f"{layout.VERIFY}/test-vectors"
EXPECTED = """\
refused: edited-manifest.json
refused: a token of another request
refused: a token of another file
refused: a root of nobody
refused: dropped-line.txt
refused: reordered-lines.txt
ALL REFUSED
"""
"""What `must-fail.sh` prints on a machine whose tools can be relied on."""


def write_negative_vectors(bag: BagWriter, dossier: Dossier, tree: MerkleTree) -> None:
    """Changed copies of the first package's manifest and of the leaf hashes, a foreign root, and the script."""
    first = min(dossier.entries, key=lambda entry: entry.home)
    manifest = dossier.open(first).manifest
    bag.put(f"{FOLDER}/edited-manifest.json", manifest.replace(b'"observed"', b'"observee"', 1) + b" ")
    bag.stream(f"{FOLDER}/dropped-line.txt", _lines(tree, range(tree.size - 1)))
    bag.stream(f"{FOLDER}/reordered-lines.txt", _lines(tree, chain((1, 0), range(2, tree.size))))
    bag.put(f"{FOLDER}/foreign.pem", packaged_text("foreign.pem").encode("ascii"))
    bag.put(f"{FOLDER}/must-fail.sh", packaged_text("must-fail.txt").encode("ascii"))
    bag.put(f"{FOLDER}/expected.txt", EXPECTED.encode("ascii"))


def _lines(tree: MerkleTree, numbers: Iterable[int]) -> Iterator[bytes]:
    return (f"{tree.leaf(number).hex()}\n".encode("ascii") for number in numbers)
