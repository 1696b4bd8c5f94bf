"""A filing's part of a bag: its package byte for byte, its journal lines, and the proof that the log holds them."""

from __future__ import annotations

from auditor.bundle.bag import layout
from auditor.bundle.bag.bag import BagWriter
from auditor.bundle.bag.disk_tables import DiskDict
from auditor.bundle.dossier import BundledFiling, Dossier
from auditor.bundle.exhibits.filing_redaction import withheld_of_filing
from auditor.bundle.exhibits.redaction import WithheldArtefact
from auditor.errors import IntegrityError
from auditor.formats.evidence_layout import own_token_name
from auditor.formats.merkle import MerkleTree


def write_filing(
    bag: BagWriter, dossier: Dossier, filing: BundledFiling, tree: MerkleTree, lines: DiskDict[int, bytes]
) -> list[WithheldArtefact]:
    """Copy one filing with its timestamps and proofs; gives what a redaction keeps out of it.

    `IntegrityError` where its bytes are not what is recorded.
    """
    base = f"{layout.CABINETS[filing.package.cabinet]}/{filing.home}"
    package = f"{base}/{layout.PACKAGE}"
    bag.copy(f"{package}/manifest.json", filing.folder / "manifest.json", filing.package.manifest_sha256)
    withheld = _withheld(dossier, filing)
    out = {one.path for one in withheld}
    for path, digest in sorted({**filing.placed, **filing.artefacts}.items()):
        if path not in out:
            name = own_token_name(path) if path in filing.placed else path
            bag.copy(f"{package}/{name}", filing.folder / path, digest)
    named = {"intent": filing.intent_line, "filing": filing.commit_line}
    named |= {f"seal-{place}": number for place, number in enumerate(filing.seal_lines, start=1)}
    for name, number in named.items():
        line = lines.get(number)
        if line is None:
            raise IntegrityError(f"journal line {number}: cited by {filing.home} and not among the lines shown")
        bag.put(f"{base}/log/{name}.json", line)
        bag.put(f"{base}/log/{name}.tlog-proof", tree.proof(number, dossier.log.checkpoint))
    return withheld


def _withheld(dossier: Dossier, filing: BundledFiling) -> list[WithheldArtefact]:
    """Files of a filing that a redaction reaches; nothing is read where there is none."""
    if not dossier.redactions:
        return []
    files = {path: (filing.folder / path).read_bytes() for path in filing.artefacts}
    return withheld_of_filing(
        filing.package.filing, filing.package.subject, files, filing.artefacts, dossier.redactions
    )
