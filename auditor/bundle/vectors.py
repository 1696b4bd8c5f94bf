"""Test vectors that must fail: what a tool is worth shows where it refuses."""

from __future__ import annotations

from auditor.bundle import layout
from auditor.bundle.bag import Bag
from auditor.bundle.dossier import Dossier
from auditor.bundle.telling import text

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


def write_vectors(bag: Bag, dossier: Dossier) -> None:
    """Changed copies of the first package's manifest and of the leaf hashes, a foreign root, and the script."""
    first = min(dossier.entries, key=lambda entry: entry.home)
    manifest = dossier.open(first).manifest
    leaves = [leaf.hex() for leaf in dossier.log.leaves]
    bag.put(f"{FOLDER}/edited-manifest.json", manifest.replace(b'"observed"', b'"observee"', 1) + b" ")
    bag.put(f"{FOLDER}/dropped-line.txt", _lines(leaves[:-1]))
    bag.put(f"{FOLDER}/reordered-lines.txt", _lines([leaves[1], leaves[0], *leaves[2:]]))
    bag.put(f"{FOLDER}/foreign.pem", text("foreign.pem").encode("ascii"))
    bag.put(f"{FOLDER}/must-fail.sh", text("must-fail.txt").encode("ascii"))
    bag.put(f"{FOLDER}/expected.txt", EXPECTED.encode("ascii"))


def _lines(leaves: list[str]) -> bytes:
    return "".join(f"{leaf}\n" for leaf in leaves).encode("ascii")
