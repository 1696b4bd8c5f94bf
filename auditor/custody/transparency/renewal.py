"""Renewing timestamps before their certificates or their hash weaken (RFC 4998, as plain tokens over a list).

A renewal is a list of the old tokens with their digests, timestamped in its turn; where the hash weakens, a list of
everything, hashed anew with SHA-512. `evidence/journal/renewals/<number>.json` with its `.tsq/.tsr` beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from auditor import clock
from auditor.custody.files import durable
from auditor.custody.journal.journal import Journal
from auditor.custody.journal.ledger.records import seal_of
from auditor.custody.journal.local_journal import local_store
from auditor.custody.journal.state import JournalState
from auditor.custody.timestamps.sealer import Sealer
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats import evidence_layout as layout
from auditor.formats.canonical_json import JsonObject
from auditor.model.events import RenewalListed, RenewalStamped
from auditor.model.evidence import Seal
from auditor.model.ports import DigestName

FORMAT = "auditor.renewal/1"
MAX_RENEWAL = 512 << 20
TOKENS_HASH, REHASH_HASH = "sha256", "sha512"


@dataclass(frozen=True, slots=True)
class TimestampRenewal:
    """What was renewed: its list's path below `evidence/`, how many files it names, and its timestamps."""

    path: str
    files: int
    seal: Seal


def reseal(journal: Journal, sealer: Sealer, *, rehash: bool = False) -> TimestampRenewal:
    """Timestamp the old tokens; with `rehash`, everything kept, hashed anew with SHA-512."""
    evidence, algorithm = journal.root / layout.EVIDENCE, REHASH_HASH if rehash else TOKENS_HASH
    names = sorted(_everything(evidence) if rehash else _tokens(journal.ledger))
    listed = [{"path": name, "digest": digest_of(evidence / name, algorithm)} for name in names]
    statement = {
        "format": FORMAT,
        "at": clock.timestamp(journal.clock()),
        "algorithm": algorithm,
        "files": listed,
        "journal": {"lines": journal.size, "digest": journal_digest(journal.root, journal.size, algorithm)},
    }
    data = canonical_json.encode(statement)
    path = f"{layout.RENEWALS}/{len(journal.ledger.standing.renewals) + 1:06d}.json"
    digest = canonical_json.sha256(data)
    sealer.vault.place({path: data}, RenewalListed(algorithm=algorithm, renewal=path))
    stamped = partial(RenewalStamped, renewal=path)
    hashing: DigestName = "sha512" if rehash else "sha256"
    seal = sealer.stamp(stamped, path, data, Seal(digest, (), sealer.quorum), None, algorithm=hashing)
    return TimestampRenewal(path, len(names), seal)


def finish_renewals(journal: Journal, sealer: Sealer) -> list[TimestampRenewal]:
    """Timestamp the renewals that still lack their quorum; those, as they stand now."""
    found = []
    for path, digest in list(journal.ledger.standing.renewals.items()):
        seal = seal_of(digest, sealer.quorum, journal.ledger.tokens(path))
        if seal.sealed:
            continue
        data = sealer.vault.store.read(path, MAX_RENEWAL)
        body = JsonObject(canonical_json.decode(data, path), path)
        hashing: DigestName = "sha512" if body.text("algorithm") == REHASH_HASH else "sha256"
        seal = sealer.stamp(partial(RenewalStamped, renewal=path), path, data, seal, None, algorithm=hashing)
        found.append(TimestampRenewal(path, len(body.objects("files")), seal))
    return found


def _tokens(ledger: JournalState) -> Iterator[str]:
    for _, records in ledger.stamped():
        for record in records:
            if record.verdict.status == "verified":
                yield record.request
                yield record.response


def _everything(evidence: Path) -> Iterator[str]:
    """Every file that may not change any more: not the journal's own, which grow and are hashed as one."""
    own = tuple(f"{layout.JOURNAL}/{name}/" for name in (layout.ENTRIES, layout.TILES))
    for path, _ in durable.walk(evidence):
        growing = path.startswith(own) or path in {
            f"{layout.JOURNAL}/{layout.TAIL_FILE}",
            f"{layout.JOURNAL}/{layout.HEAD_FILE}",
            layout.README,
        }
        if not growing and not path.startswith(f"{layout.STAGING}/") and not path.endswith("/"):
            yield path


def digest_of(path: Path, algorithm: str) -> str:
    """Hexadecimal digest of a file under the named hash, in constant memory."""
    with durable.open_regular_file(path) as handle:
        return durable.digest(handle, algorithm)[0]


def journal_digest(root: Path, lines: int, algorithm: str) -> str:
    """Digest of the first `lines` journal lines, newlines included."""
    found = hashlib.new(algorithm)
    for number, (line, _) in enumerate(local_store(root).lines()):
        if number == lines:
            break
        found.update(line + b"\n")
    return found.hexdigest()


def check_renewal(root: Path, data: bytes, what: str) -> tuple[str, list[str]]:
    """The hash of a renewal and the files that differ from it; `IntegrityError` where it is not a renewal."""
    body = JsonObject(canonical_json.decode(data, what), what)
    algorithm = body.text("algorithm")
    if body.text("format") != FORMAT or algorithm not in {TOKENS_HASH, REHASH_HASH}:
        raise IntegrityError(f"{what}: not a renewal as this version writes it")
    differing = []
    for item in body.objects("files"):
        path = item.text("path")
        try:
            same = digest_of(root / layout.EVIDENCE / path, algorithm) == item.text("digest")
        except (IntegrityError, OSError):
            same = False
        if not same:
            differing.append(path)
    past = body.object("journal")
    if journal_digest(root, past.number("lines"), algorithm) != past.text("digest"):
        differing.append(layout.JOURNAL)
    return algorithm, differing
