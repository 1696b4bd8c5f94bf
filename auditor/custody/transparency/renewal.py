"""Renewing timestamps before their certificates or their hash weaken (RFC 4998, as plain tokens over a list).

A renewal is a list of the old tokens with their digests, timestamped in its turn; where the hash weakens, a list of
everything, hashed anew with SHA-512. `evidence/journal/renewals/<number>.json` with its `.tsq/.tsr` beside it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple, TypeAlias

from auditor.clock import timestamp
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
TOKENS_HASH: DigestName = "sha256"
REHASH_HASH: DigestName = "sha512"


MOST_FILES = 200_000
"""Of one list: it stays below what is read of one small file."""
Digests: TypeAlias = "Callable[[Iterable[str], str], Iterable[str]]"
"""Hexadecimal digests of files below `evidence/`, in their order, under the named hash."""


@dataclass(frozen=True, slots=True)
class RenewalList:
    """What is to be timestamped anew."""

    data: bytes
    files: int
    algorithm: DigestName


@dataclass(frozen=True, slots=True)
class TimestampRenewal:
    """What was renewed: its list's path below `evidence/`, how many files it names, and its timestamps."""

    path: str
    files: int
    seal: Seal


def reseal(journal: Journal, sealer: Sealer, *, rehash: bool = False) -> list[TimestampRenewal]:
    """Timestamp the old tokens; with `rehash`, everything kept, hashed anew with SHA-512."""
    lists = list_renewals(journal, journal.clock(), rehash=rehash)
    return [stamp_renewal(journal, sealer, listed) for listed in lists]


def list_renewals(
    journal: Journal, at: datetime, *, rehash: bool = False, digests: Digests | None = None, most: int = MOST_FILES
) -> Iterator[RenewalList]:
    """The lists of what is to be renewed, of at most so many files each; where there is no file, one of the journal
    alone. Memory is bounded by one list.

    `digests`: of files that are not in the journal's own `evidence/`.
    """
    evidence, algorithm = journal.root / layout.EVIDENCE, REHASH_HASH if rehash else TOKENS_HASH
    read, size = digests or partial(_digests_below, evidence), journal.size
    said = {
        "format": FORMAT,
        "at": timestamp(at),
        "algorithm": algorithm,
        "files": [],
        "journal": {"lines": size, "digest": journal_digest(journal.root, size, algorithm)},
    }
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:  # names that come meanwhile are not among them
        spool.writelines(f"{name}\n" for name in (_everything(evidence) if rehash else _tokens(journal.ledger)))
        spool.seek(0)
        names, first = (line.removesuffix("\n") for line in spool), True
        while (portion := sorted(islice(names, most))) or first:
            first, found = False, zip(portion, read(portion, algorithm), strict=True)
            files = b",".join(canonical_json.encode({"path": name, "digest": digest}) for name, digest in found)
            data = canonical_json.encode(said).replace(b'"files":[]', b'"files":[' + files + b"]", 1)
            yield RenewalList(data, len(portion), algorithm)


def stamp_renewal(journal: Journal, sealer: Sealer, listed: RenewalList) -> TimestampRenewal:
    """File a list and ask the authorities about it; one that waits is finished by `finish_renewals`."""
    path = f"{layout.RENEWALS}/{len(journal.ledger.standing.renewals) + 1:06d}.json"
    sealer.vault.place({path: listed.data}, RenewalListed(algorithm=listed.algorithm, renewal=path))
    seal = Seal(canonical_json.sha256(listed.data), (), sealer.quorum)
    stamped = partial(RenewalStamped, renewal=path)
    seal = sealer.stamp(stamped, path, listed.data, seal, None, algorithm=listed.algorithm)
    return TimestampRenewal(path, listed.files, seal)


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


def _digests_below(evidence: Path, names: Iterable[str], algorithm: str) -> Iterator[str]:
    return (digest_of(evidence / name, algorithm) for name in names)


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


class CheckedRenewal(NamedTuple):
    """A renewal, held against the files that it lists."""

    algorithm: str
    differing: list[str]
    left_out: int
    """Files that were not asked for."""


def check_renewal(
    root: Path,
    data: bytes,
    what: str,
    journal_digest: Callable[[int, str], str],
    at_hand: Callable[[str], AbstractContextManager[object]],
    wanted: Callable[[str], bool] | None = None,
) -> CheckedRenewal:
    """Hold a renewal against its files; `IntegrityError` where it is none.

    `journal_digest`: of so many lines under the named hash. `at_hand`: brings a package while its files are read.
    `wanted`: of which packages files are read, and what lies beside them; all, the latter lying here, where it is None.
    """
    body = JsonObject(canonical_json.decode(data, what), what)
    algorithm = body.text("algorithm")
    if body.text("format") != FORMAT or algorithm not in {TOKENS_HASH, REHASH_HASH}:
        raise IntegrityError(f"{what}: not a renewal as this version writes it")
    listed = ((one.text("path"), one.text("digest")) for one in body.objects("files"))
    brings, differing, left_out = algorithm == REHASH_HASH or wanted is not None, list[str](), 0
    for home, files in groupby(listed, key=lambda one: _home_of(one[0])):
        digests = dict(files)
        if home and wanted is not None and not wanted(home):
            left_out += len(digests)
            continue
        try:
            with at_hand(home) if home and brings else nullcontext():
                differing += [name for name in digests if not _is_same(root, name, algorithm, digests[name])]
        except IntegrityError:
            differing += digests
    past = body.object("journal")
    if journal_digest(past.number("lines"), algorithm) != past.text("digest"):
        differing.append(layout.JOURNAL)
    return CheckedRenewal(algorithm, differing, left_out)


def _is_same(root: Path, name: str, algorithm: str, digest: str) -> bool:
    try:
        return digest_of(root / layout.EVIDENCE / name, algorithm) == digest
    except (IntegrityError, OSError):
        return False


def _home_of(path: str) -> str:
    """The package that a file lies in or beside; empty where there is none."""
    parts = path.split("/")
    depth = 3 if parts[0] in layout.CABINETS else 2
    return "" if parts[0] in {layout.JOURNAL, layout.TRUST} or len(parts) <= depth else "/".join(parts[:depth])
