"""Making a bag, in numbered steps: everything it holds was verified before, and is checked again while it is copied."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from auditor.bundle.bag import layout
from auditor.bundle.bag.bag import BagWriter
from auditor.bundle.bag.disk_tables import DiskDict, DiskList
from auditor.bundle.dossier import Dossier
from auditor.bundle.exhibits import count_series
from auditor.bundle.exhibits.exhibit import mask_redacted
from auditor.bundle.exhibits.printing import ExhibitPrinter
from auditor.bundle.exhibits.redaction import hidden_texts, withheld_csv
from auditor.bundle.log.filing_part import write_filing
from auditor.bundle.log.journal_part import write_log
from auditor.bundle.log.package_part import write_package
from auditor.bundle.papers import contract_terms, readme
from auditor.bundle.papers.capture_facts import CaptureFacts, PaperInputs, facts_of_capture
from auditor.bundle.papers.registry import PAPERS
from auditor.bundle.shipped import packaged_text
from auditor.bundle.verify.negative_vectors import write_negative_vectors
from auditor.errors import IntegrityError
from auditor.formats.merkle import MerkleTree

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class FinishedBag:
    """A finished bag."""

    folder: Path
    tags_sha256: str
    """SHA-256 of `tagmanifest-sha256.txt`: names the bag and all in it."""
    captures: int
    files: int
    bytes: int


def build_bag(dossier: Dossier, target: Path, sign: Callable[[str], bytes], progress: Progress) -> FinishedBag:
    """Write the bag `target`. `sign` puts the log key's signature under a text (`layout.note_text`).

    Raises `IntegrityError` where evidence is not what the record says, `VaultError` where nothing can be written.
    """
    tree, hidden = MerkleTree(dossier.log.leaves), hidden_texts(dossier.redactions)
    with ExitStack() as kept:
        bag = kept.enter_context(BagWriter(target))
        lines = kept.enter_context(closing(DiskDict[int, bytes]()))
        withheld = kept.enter_context(closing(DiskList(tuple[str, ...])))
        accounts = kept.enter_context(closing(DiskList(CaptureFacts)))
        press = kept.enter_context(ExhibitPrinter.opened(bag, dossier, hidden))
        # 1. The log: what is shown, what is left out, and the root that binds both.
        write_log(bag, dossier, tree, [text.encode() for text in hidden], lines)
        # 2. The packages, byte for byte, with their timestamps and proofs.
        for done, entry in enumerate(dossier.entries, start=1):
            opened = dossier.open(entry)
            masked = write_package(bag, dossier, entry, opened, tree, lines)
            for item in masked:
                withheld.append(item.row())
            press.take(entry, opened, masked)
            accounts.append(facts_of_capture(entry, opened, hidden))
            progress(done, len(dossier.entries), entry.home)
        for filing in dossier.filings:
            for item in write_filing(bag, dossier, filing, tree, lines):
                withheld.append(item.row())
        bag.stream(layout.WITHHELD, withheld_csv(withheld))
        # 3. What was computed from them.
        _computed(bag, dossier, press.numbered, hidden)
        for name, write in PAPERS.items():
            bag.put(f"{layout.PAPERS}/{name}", write(PaperInputs(dossier, accounts)))
        press.bind()
        # 4. Copies of what to trust, and the sheet.
        _trust(bag, dossier)
        bag.put(f"{layout.VERIFY}/check.py", readme.verification_program().encode())
        write_negative_vectors(bag, dossier, tree)
        _nothing_hidden(bag, hidden)
        # 5. The tag files and the signature.
        signed = bag.seal(_info(dossier), readme.readme_files(dossier), lambda tags: sign(bag_note(dossier, tags)))
        return FinishedBag(target, signed, len(dossier.entries), len(bag.digests), bag.bytes)


def bag_note(dossier: Dossier, tags_sha256: str) -> str:
    return layout.note_text(dossier.log.origin, dossier.name, tags_sha256)


def _computed(bag: BagWriter, dossier: Dossier, numbered: DiskDict[str, str], hidden: list[str]) -> None:
    """Files made from values; redacted texts are barred in them, and a worksheet is left out: it cannot be barred."""
    for path, lines in (
        (f"{layout.SERIES}/counts.csv", count_series.counts_csv(dossier, numbered)),
        (f"{layout.SERIES}/timeline.json", count_series.timeline_json(dossier)),
    ):
        bag.stream(path, (mask_redacted(line.decode(), hidden).encode() for line in lines) if hidden else lines)
    made = {
        f"{layout.CONTRACT}/contract-terms.json": contract_terms.contract_terms_json(dossier),
        f"{layout.CONTRACT}/entitlement-ledger.csv": contract_terms.entitlement_ledger(dossier),
        f"{layout.CONTRACT}/price-evidence.csv": contract_terms.price_evidence(dossier),
        f"{layout.CONTRACT}/positions.json": contract_terms.positions_json(dossier),
        **dossier.extra,
    }
    for path, source in sorted(dossier.documents.items()):
        bag.copy(path, source, None)
    for path, data in sorted(made.items()):
        if not hidden:
            bag.put(path, data)
        elif path.endswith((".json", ".csv", ".md", ".html")):
            bag.put(path, mask_redacted(data.decode("utf-8"), hidden).encode())


def _trust(bag: BagWriter, dossier: Dossier) -> None:
    bag.put(f"{layout.TRUST}/log.vkey", "".join(f"{key}\n" for key in dossier.trust.keys).encode())
    for name, pem in sorted(dossier.trust.roots.items()):
        bag.put(f"{layout.TRUST}/{name}.pem", pem)
    for name, data in sorted(dossier.trust.revocation.items()):
        bag.put(f"{layout.TRUST}/crl-ocsp/{name}", data)
    bag.put(f"{layout.TRUST}/COPIES.txt", packaged_text("COPIES.txt").encode())


def _info(dossier: Dossier) -> dict[str, str]:
    return {
        "Bag-Software-Agent": dossier.software,
        "Bagging-Date": f"{dossier.selection.as_of:%Y-%m-%d}",
        "External-Identifier": dossier.name,
        "Internal-Sender-Identifier": dossier.case,
        "Internal-Sender-Description": "Captures with timestamps and log proofs; see README.txt",
    }


def _nothing_hidden(bag: BagWriter, hidden: list[str]) -> None:
    """The last look: no file of the bag holds a text that is redacted, packed or not."""
    for path in bag.digests if hidden else ():
        for data in _unpacked((bag.folder / path).read_bytes()):
            for text in hidden:
                if text.encode() in data:
                    raise IntegrityError(
                        f"{path}: holds a text that is redacted; not exported; redact this file as well"
                    )


def _unpacked(data: bytes) -> Iterator[bytes]:
    yield data
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from _unpacked(archive.read(name))
    elif data.startswith(b"\x1f\x8b"):
        yield gzip.decompress(data)
