"""Making a bag, in numbered steps: everything it holds was verified before, and is checked again while it is copied."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from auditor.bundle import contracting, layout, series, telling
from auditor.bundle.accounts import Account, File, account
from auditor.bundle.bag import Bag
from auditor.bundle.capturing import write_package
from auditor.bundle.dossier import Dossier
from auditor.bundle.exhibits import barred
from auditor.bundle.filing import PAPERS
from auditor.bundle.journalling import write_log
from auditor.bundle.printing import Press
from auditor.bundle.redacting import hidden_texts, withheld_csv
from auditor.bundle.shelf import Shelf, Spool
from auditor.bundle.tree import Tree
from auditor.bundle.vectors import write_vectors
from auditor.errors import IntegrityError

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A finished bag."""

    folder: Path
    tags_sha256: str
    """SHA-256 of `tagmanifest-sha256.txt`: names the bag and all in it."""
    captures: int
    files: int
    bytes: int


def make(dossier: Dossier, target: Path, sign: Callable[[str], bytes], progress: Progress) -> Made:
    """Write the bag `target`. `sign` puts the log key's signature under a text (`layout.note_text`).

    Raises `IntegrityError` where evidence is not what the record says, `VaultError` where nothing can be written.
    """
    tree, hidden = Tree(dossier.log.leaves), hidden_texts(dossier.redactions)
    with ExitStack() as kept:
        bag = kept.enter_context(Bag(target))
        lines = kept.enter_context(closing(Shelf[int, bytes]()))
        withheld = kept.enter_context(closing(Spool(tuple[str, ...])))
        accounts = kept.enter_context(closing(Spool(Account)))
        press = kept.enter_context(Press.opened(bag, dossier, hidden))
        # 1. The log: what is shown, what is left out, and the root that binds both.
        write_log(bag, dossier, tree, [text.encode() for text in hidden], lines)
        # 2. The packages, byte for byte, with their timestamps and proofs.
        for done, entry in enumerate(dossier.entries, start=1):
            opened = dossier.open(entry)
            masked = write_package(bag, dossier, entry, opened, tree, lines)
            for item in masked:
                withheld.append(item.row())
            press.take(entry, opened, masked)
            accounts.append(account(entry, opened, hidden))
            progress(done, len(dossier.entries), entry.home)
        bag.stream(layout.WITHHELD, withheld_csv(withheld))
        # 3. What was computed from them.
        _computed(bag, dossier, press.numbered, hidden)
        for name, write in PAPERS.items():
            bag.put(f"{layout.PAPERS}/{name}", write(File(dossier, accounts)))
        press.bind()
        # 4. Copies of what to trust, and the sheet.
        _trust(bag, dossier)
        bag.put(f"{layout.VERIFY}/check.py", telling.program().encode())
        write_vectors(bag, dossier, tree)
        _nothing_hidden(bag, hidden)
        # 5. The tag files and the signature.
        signed = bag.seal(_info(dossier), telling.texts(dossier), lambda tags: sign(note_of(dossier, tags)))
        return Made(target, signed, len(dossier.entries), len(bag.digests), bag.bytes)


def note_of(dossier: Dossier, tags_sha256: str) -> str:
    return layout.note_text(dossier.log.origin, dossier.name, tags_sha256)


def _computed(bag: Bag, dossier: Dossier, numbered: Shelf[str, str], hidden: list[str]) -> None:
    """Files made from values; redacted texts are barred in them, and a worksheet is left out: it cannot be barred."""
    for path, lines in (
        (f"{layout.SERIES}/counts.csv", series.counts_csv(dossier, numbered)),
        (f"{layout.SERIES}/timeline.json", series.timeline_json(dossier)),
    ):
        bag.stream(path, (barred(line.decode(), hidden).encode() for line in lines) if hidden else lines)
    made = {
        f"{layout.CONTRACT}/contract-terms.json": contracting.contract_terms(dossier),
        f"{layout.CONTRACT}/entitlement-ledger.csv": contracting.entitlement_ledger(dossier),
        f"{layout.CONTRACT}/price-evidence.csv": contracting.price_evidence(dossier),
        f"{layout.CONTRACT}/positions.json": contracting.positions_json(dossier),
        **dossier.extra,
    }
    for path, source in sorted(dossier.documents.items()):
        bag.copy(path, source, None)
    for path, data in sorted(made.items()):
        if not hidden:
            bag.put(path, data)
        elif path.endswith((".json", ".csv", ".md", ".html")):
            bag.put(path, barred(data.decode("utf-8"), hidden).encode())


def _trust(bag: Bag, dossier: Dossier) -> None:
    bag.put(f"{layout.TRUST}/log.vkey", "".join(f"{key}\n" for key in dossier.trust.keys).encode())
    for name, pem in sorted(dossier.trust.roots.items()):
        bag.put(f"{layout.TRUST}/{name}.pem", pem)
    for name, data in sorted(dossier.trust.revocation.items()):
        bag.put(f"{layout.TRUST}/crl-ocsp/{name}", data)
    bag.put(f"{layout.TRUST}/COPIES.txt", telling.text("COPIES.txt").encode())


def _info(dossier: Dossier) -> dict[str, str]:
    return {
        "Bag-Software-Agent": dossier.software,
        "Bagging-Date": f"{dossier.selection.as_of:%Y-%m-%d}",
        "External-Identifier": dossier.name,
        "Internal-Sender-Identifier": dossier.case,
        "Internal-Sender-Description": "Captures with timestamps and log proofs; see README.txt",
    }


def _nothing_hidden(bag: Bag, hidden: list[str]) -> None:
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
