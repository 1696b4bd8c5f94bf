"""Verifying the journal, its head, the trust folder and the checkpoints: every byte of every file in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.journal import journal
from auditor.custody.journal.journal import BrokenJournalError
from auditor.custody.journal.key_history import KeyHistory
from auditor.custody.journal.local_journal import read_lines
from auditor.custody.journal.state import JournalState
from auditor.custody.packages.filings import FilingState
from auditor.custody.timestamps.sealer import MAX_CHECKPOINT
from auditor.custody.transparency import checkpoints, renewal, witnesses
from auditor.custody.verification.trust import TrustDirectory
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, merkle, signed_note
from auditor.formats import evidence_layout as layout
from auditor.formats.canonical_json import ZERO_DIGEST
from auditor.model.checklist import CheckList
from auditor.model.events import parse_entry

JOURNAL = layout.in_evidence(layout.JOURNAL)
FIXED_FILES = {f"{layout.JOURNAL}/{layout.JOURNAL_FILE}", f"{layout.JOURNAL}/{layout.HEAD_FILE}"}
MAX_FILE = 64 << 20


@dataclass
class JournalWalk:
    """What was learnt by walking the journal."""

    ledger: JournalState = field(default_factory=JournalState)
    ring: KeyHistory = field(default_factory=KeyHistory)
    size: int = 0
    read: bool = False
    """True where every line could be read and follows from the one before."""
    whole: bool = False
    """True where every line and the head hold."""
    filings: FilingState = field(default_factory=FilingState)
    roots: dict[int, bytes] = field(default_factory=dict)
    """Merkle roots at the sizes that stored checkpoints name."""


def walk_journal(
    evidence: Path, checks: CheckList, now: datetime, slack: timedelta, outside: TrustDirectory | None = None
) -> JournalWalk:
    """Check chain, numbers, times and head, line by line in bounded memory.

    The roots are kept at the sizes of the checkpoints beside the journal and of those given from outside.
    """
    history, frontier = JournalWalk(), merkle.Frontier()
    wanted = {int(p.stem) for p in (evidence / layout.CHECKPOINTS).glob("*.checkpoint") if p.stem.isdecimal()}
    wanted |= {one.checkpoint.size for one in outside.checkpoints} if outside is not None else set()
    previous, last, at = ZERO_DIGEST, b"", datetime.min.replace(tzinfo=now.tzinfo)
    subject = f"{JOURNAL}/{layout.JOURNAL_FILE}"
    try:
        for line in _lines(evidence / layout.JOURNAL / layout.JOURNAL_FILE):
            entry = journal.parse_line(line, history.size, previous)
            if entry.at < at and b'"stepped_back_ms"' not in line:
                raise BrokenJournalError(
                    "journal.time", f"journal line {entry.number}: earlier than the line before, and does not say so"
                )
            if entry.at < at:
                checks.notice(f"The local clock stepped back before journal line {entry.number}.")
            history.ring.take(entry)
            history.ledger.take(entry)
            history.filings.take(entry)
            parse_entry(entry)  # the ledger passes over kinds that tell it nothing
            frontier.add(merkle.leaf_hash(line))
            previous, last, at = canonical_json.sha256(line), line, entry.at
            history.size += 1
            if history.size in wanted:
                history.roots[history.size] = frontier.root()
    except BrokenJournalError as error:
        checks.failed(error.check, subject, str(error))
        return history
    except (IntegrityError, OSError) as error:
        checks.failed("journal.line", subject, str(error))
        return history
    history.read = True
    if at > now + slack:
        checks.notice(
            f"The journal ends at {at:%Y-%m-%d %H:%M:%S}Z, after this machine's {now:%Y-%m-%d %H:%M:%S}Z: one is wrong."
        )
    checks.passed("journal.chain", subject, f"{history.size} lines")
    history.whole = _head(evidence, history, last, checks)
    return history


def _lines(path: Path) -> Iterator[bytes]:
    for line, whole in read_lines(path):
        if not whole:
            raise IntegrityError(
                "journal: its last line is not ended; open the workspace to finish an interrupted write"
            )
        yield line


def _head(evidence: Path, history: JournalWalk, last: bytes, checks: CheckList) -> bool:
    subject = f"{JOURNAL}/{layout.HEAD_FILE}"
    try:
        data = durable.read(evidence / layout.JOURNAL / layout.HEAD_FILE, signed_note.MAX_NOTE)
        size, line = journal.parse_head(
            signed_note.parse_verified_note(data, history.ring.at(max(1, history.size - 1)), "journal head")
        )
        if (
            journal.head_text(history.ring.origin, history.size, last)
            != signed_note.parse_note(data, "journal head").text
        ):
            end = canonical_json.sha256(line)[:16]
            why = f"the signed head counts {size} lines ending in {end}…, the journal holds {history.size}"
            raise IntegrityError(why)
    except IntegrityError as error:
        checks.failed("journal.head", subject, str(error))
        return False
    checks.passed("journal.head", subject, f"signed by {history.ring.origin}")
    return True


def check_keys(history: JournalWalk, outside: TrustDirectory | None, checks: CheckList) -> None:
    """The key in force is given from outside, or endorsed link by link by one that is; it is not revoked.

    A break in the links is passed over only where a key given from outside stands after it.
    """
    active, given = history.ring.active, outside.keys if outside is not None else ()
    for number in history.ring.unendorsed:
        why = f"Journal line {number} introduces a log key that no valid key before it endorsed"
        if history.ring.leads_from(given):
            checks.notice(f"{why}: ask how it was lost.")
        else:
            checks.failed("journal.key", f"{JOURNAL}/{layout.JOURNAL_FILE}", f"{why}: anybody can write such a line")
    if active is not None and str(active) in history.ring.revoked:
        checks.failed(
            "journal.key",
            f"{JOURNAL}/{layout.HEAD_FILE}",
            f"the log key in force was revoked in line {history.ring.revoked[str(active)]}",
        )
    if outside is None or not outside.keys:
        where = f"{outside.folder} has no *.vkey" if outside else "no trust directory was given"
        checks.notice(
            f"THE LOG KEY WAS TAKEN FROM INSIDE THE EVIDENCE ITSELF ({where}): "
            f"compare {active} with a copy from elsewhere."
        )
        return
    if not history.ring.leads_from(given):
        why = f"signed by {active}, which is neither in {outside.folder} nor endorsed by a key that is"
        checks.failed("journal.key", f"{JOURNAL}/{layout.HEAD_FILE}", why)
    else:
        by = "given" if active in given else "endorsed link by link by a key given"
        checks.passed("journal.key", f"{JOURNAL}/{layout.HEAD_FILE}", f"{by} in {outside.folder}")


def check_files(evidence: Path, history: JournalWalk, checks: CheckList) -> None:
    """`journal/` and `trust/` hold exactly the files that the journal records, byte for byte."""
    if not history.read:
        return
    for area in (layout.JOURNAL, layout.TRUST):
        found = dict(durable.walk(evidence / area, f"{area}/")) if (evidence / area).is_dir() else {}
        recorded = {path: digest for path, digest in history.ledger.files.items() if path.startswith(f"{area}/")}
        good = 0
        for path, entry in sorted(found.items()):
            if path in FIXED_FILES and entry.is_file(follow_symlinks=False):
                continue
            if path not in recorded:
                checks.failed(f"{area}.extra-file", layout.in_evidence(path), "no journal line records this file")
            elif entry.is_symlink() or not entry.is_file(follow_symlinks=False):
                checks.failed(
                    f"{area}.symlink", layout.in_evidence(path), "a link or special file where a file is recorded"
                )
            else:
                good += _same(evidence, path, recorded[path], area, checks)
        for path in sorted(set(recorded) - set(found)):
            checks.failed(f"{area}.missing-file", layout.in_evidence(path), "recorded in the journal, not on the disk")
        checks.passed(f"{area}.digest", layout.in_evidence(area), f"{good} recorded files")


def _same(evidence: Path, path: str, digest: str, area: str, checks: CheckList) -> bool:
    try:
        found = canonical_json.sha256(durable.read(evidence / path, MAX_FILE))
    except IntegrityError as error:
        checks.failed(f"{area}.digest", layout.in_evidence(path), str(error))
        return False
    if found != digest:
        checks.failed(
            f"{area}.digest", layout.in_evidence(path), "its bytes differ from the journal's record", digest, found
        )
    return found == digest


def check_checkpoints(evidence: Path, history: JournalWalk, checks: CheckList) -> None:
    """Every recorded checkpoint: form, signature by the key of its time, root over the journal's lines."""
    for record in history.ledger.checkpoints:
        subject = layout.in_evidence(record.path)
        try:
            key = history.ring.at(record.size)
            if history.ring.revoked_before(key, record.size):
                raise IntegrityError(f"{record.path}: signed by {key}, which was revoked before")
            data = durable.read(evidence / record.path, MAX_CHECKPOINT)
            found = checkpoints.parse_checkpoint(data, record.path)
            signed_note.parse_verified_note(data, key, record.path)
        except IntegrityError as error:
            checks.failed("checkpoint.signature", subject, str(error))
            continue
        if (found.size, found.origin) != (record.size, history.ring.origin) or signed_note.b64(
            found.root
        ) != record.root:
            checks.failed("checkpoint.record", subject, "differs from its journal line")
        elif history.roots.get(found.size) != found.root:
            checks.failed(
                "checkpoint.root", subject, f"its root is not that of the first {found.size} journal lines: another log"
            )
        else:
            checks.passed("checkpoint.root", subject, f"{found.size} lines")
            checks.count("checkpoints")


def check_cosignatures(evidence: Path, history: JournalWalk, outside: TrustDirectory | None, checks: CheckList) -> None:
    """Every kept cosignature is by the witness named, over the checkpoint named; who vouches for whom is said."""
    by_size = {record.size: record for record in history.ledger.checkpoints}
    for record in history.ledger.cosignatures:
        subject = layout.in_evidence(record.path)
        try:
            key, cosigned = signed_note.parse_key(record.witness), by_size.get(record.size)
            if cosigned is None:
                raise IntegrityError(f"{record.path}: over a checkpoint of {record.size} lines that was never made")
            at = checkpoints.parse_checkpoint(durable.read(evidence / cosigned.path, MAX_CHECKPOINT), cosigned.path)
            moment = witnesses.check_cosignature(durable.read(evidence / record.path, MAX_FILE), key, at, record.path)
        except IntegrityError as error:
            checks.failed("checkpoint.cosignature", subject, str(error))
            continue
        if outside is None or key not in outside.keys:
            checks.notice(
                f"The key of witness {key.name} was taken from inside the evidence: "
                f"compare {key} with one from the witness."
            )
        checks.passed("checkpoint.cosignature", subject, f"{key.name} at {moment} s")
    if not history.ledger.cosignatures:
        checks.notice(
            "No witness outside cosigned a checkpoint: "
            "that no second version of this log exists rests on the timestamps alone."
        )


def check_renewals(evidence: Path, history: JournalWalk, checks: CheckList) -> None:
    """Every file that a renewal lists still has the digest it lists."""
    gone = history.ledger.removed()
    for path in history.ledger.files:
        if not path.startswith(f"{layout.RENEWALS}/") or not path.endswith(".json"):
            continue
        subject = layout.in_evidence(path)
        try:
            algorithm, differing = renewal.check_renewal(
                evidence, durable.read(evidence / path, renewal.MAX_RENEWAL), path
            )
        except IntegrityError as error:
            checks.failed("renewal.form", subject, str(error))
            continue
        differing = [name for name in differing if name not in gone or (evidence / name).exists()]
        for name in differing:
            checks.failed(
                "renewal.digest", layout.in_evidence(name), f"differs from what {path} renewed by {algorithm}"
            )
        if not differing:
            checks.passed("renewal.digest", subject, algorithm)
