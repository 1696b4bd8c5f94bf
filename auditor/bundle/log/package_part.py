"""A capture's part of a bag: its package byte for byte, its journal lines, and the proof that the log holds them."""

from __future__ import annotations

from auditor.bundle.bag import layout
from auditor.bundle.bag.bag import BagWriter
from auditor.bundle.bag.disk_tables import DiskDict
from auditor.bundle.dossier import BundledPackage, Dossier, LoadedPackage
from auditor.bundle.exhibits.redaction import WithheldArtefact, withheld_artefacts
from auditor.bundle.exhibits.wacz import TRAFFIC, build_wacz
from auditor.errors import IntegrityError
from auditor.formats.evidence_layout import own_token_name
from auditor.formats.merkle import MerkleTree


def write_package(
    bag: BagWriter,
    dossier: Dossier,
    entry: BundledPackage,
    opened: LoadedPackage,
    tree: MerkleTree,
    lines: DiskDict[int, bytes],
) -> list[WithheldArtefact]:
    """Copy one package with its timestamps and proofs; what was withheld from it."""
    base = f"{layout.CAPTURES}/{entry.home}"
    package = f"{base}/{layout.PACKAGE}"
    if bag.put(f"{package}/manifest.json", opened.manifest) != entry.package.manifest_sha256:
        raise IntegrityError(f"{entry.folder}: its manifest is not the one on record; run `auditor verify`")
    for path, digest in sorted(entry.placed.items()):
        bag.copy(f"{package}/{own_token_name(path)}", entry.folder / path, digest)
    withheld = withheld_artefacts(opened, dossier.redactions, entry.pruned)
    out = {item.path for item in withheld}
    for artefact in sorted(opened.capture.artefacts, key=lambda artefact: artefact.path):
        if artefact.path not in out:
            bag.copy(f"{package}/{artefact.path}", entry.folder / artefact.path, artefact.sha256)
    if TRAFFIC not in out and any(artefact.path == TRAFFIC for artefact in opened.capture.artefacts):
        bag.put(f"{base}/for-viewing/page.wacz", build_wacz(opened.capture, opened.load(TRAFFIC), dossier.software))
    for item in withheld:
        if item.derivative:
            bag.put(f"{base}/redacted/{item.path}", item.derivative)
    named = {"intent": entry.intent_line, "capture": entry.capture_line}
    named |= {f"seal-{place}": number for place, number in enumerate(entry.seal_lines, start=1)}
    for name, number in named.items():
        line = lines.get(number)
        if line is None:
            raise IntegrityError(f"journal line {number}: cited by {entry.home} and not among the lines shown")
        bag.put(f"{base}/log/{name}.json", line)
        bag.put(f"{base}/log/{name}.tlog-proof", tree.proof(number, dossier.log.checkpoint))
    return withheld
