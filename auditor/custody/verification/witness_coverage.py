"""What was seen outside: how far each witness vouches for the log, and checkpoints that somebody kept elsewhere.

Signatures inside the evidence cannot show that it was cut off: an end that was once right is right. Only what lies
outside can: a witness that remembers the newest size, a checkpoint that was handed over before.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from auditor.custody.journal.ledger.records import CheckpointRecord, CosignatureRecord, RefusalRecord
from auditor.custody.verification.journal import JOURNAL, JournalWalk
from auditor.custody.verification.trust import OutsideCheckpoint, TrustDirectory
from auditor.formats import evidence_layout as layout
from auditor.formats import signed_note
from auditor.formats.signed_note import COSIGNATURE, VerifierKey
from auditor.model.evidence import CheckList

HEAD = f"{JOURNAL}/{layout.HEAD_FILE}"


def check_witnesses(history: JournalWalk, outside: TrustDirectory | None, now: datetime, checks: CheckList) -> None:
    """How far each witness vouches for the log, and since when not.

    A refusal that stands fails where the witness holds another log. A closing checkpoint without the cosignature of a
    witness whose key is given from outside is not checked, with its age; of one known from inside alone, a notice.
    """
    if not history.read:
        return
    ledger = history.ledger
    given = {str(key) for key in outside.keys if key.kind == COSIGNATURE} if outside is not None else set[str]()
    refused = {one.witness: one for one in ledger.standing_refusals()}
    for one in refused.values():
        _refusal(history, one, checks, given=one.witness in given)
    signed = {one.witness: one for one in sorted(ledger.cosignatures(), key=lambda one: one.size)}
    for witness in sorted((given | signed.keys()) - refused.keys()):
        _coverage(history, witness, signed.get(witness), now, checks, given=witness in given)


def _refusal(history: JournalWalk, one: RefusalRecord, checks: CheckList, *, given: bool) -> None:
    told = f"refused by witness {_name(one.witness)} at {one.at:%Y-%m-%d %H:%M:%S}Z, and nothing cosigned since"
    subject = layout.in_evidence(_path(history.ledger.checkpoints(), one.size))
    if one.contradicts:
        checks.failed("checkpoint.witness", subject, f"{told}: it holds another log under this name ({one.said})")
    elif given:
        checks.unchecked("checkpoint.witness", subject, f"{told}: it does not take this log ({one.said})")
    else:
        checks.notice(f"The checkpoint of {one.size} lines was {told}: it does not take this log ({one.said}).")


def _coverage(
    history: JournalWalk,
    witness: str,
    last: CosignatureRecord | None,
    now: datetime,
    checks: CheckList,
    *,
    given: bool,
) -> None:
    name, newest = _name(witness), max(history.ledger.checkpoints(), key=lambda one: one.size, default=None)
    if last is None:
        checks.unchecked("checkpoint.witness", HEAD, f"witness {name}, whose key is given, cosigned nothing here")
        return
    moment = next((one.at for one in history.ledger.checkpoints() if one.size == last.size), None)
    age = f"of {moment:%Y-%m-%d %H:%M:%S}Z, {_age(now - moment)} ago" if moment is not None else "of an unknown time"
    if newest is None or newest.size <= last.size:
        since = history.size - last.size
        checks.passed("checkpoint.witness", HEAD, f"{name}: the newest checkpoint, {age}; {since} lines since")
        return
    since = history.size - last.size
    told = (
        f"witness {name} cosigned the first {last.size} lines, {age}, and not the checkpoint of {newest.size} lines: "
        f"that the last {since} lines are the only ones is vouched for by nobody outside"
    )
    if given:
        checks.unchecked("checkpoint.witness", layout.in_evidence(newest.path), told)
    else:
        checks.notice(f"{told[0].upper()}{told[1:]}.")


def check_outside_checkpoints(history: JournalWalk, outside: TrustDirectory | None, checks: CheckList) -> None:
    """Checkpoints that were kept elsewhere: the journal begins with the lines that each of them counts.

    Where some are given and none is of this log, none of them was held against it: not checked.
    """
    given = outside.checkpoints if outside is not None and history.read else ()
    if given and all(seen.checkpoint.origin != history.ring.origin for seen in given):
        own = history.ring.origin
        why = f"of the {len(given)} checkpoints given none is of {own}: it may stand in for the log that was seen"
        checks.unchecked("checkpoint.outside", HEAD, why)
    for seen in given:
        at = seen.checkpoint
        if at.origin != history.ring.origin:
            checks.notice(f"{seen.name} is of another log, {at.origin}: it says nothing here.")
        elif not _signed(seen, history, outside.keys if outside is not None else ()):
            checks.failed("checkpoint.outside", seen.name, "signed by no log key of this journal and by no key given")
        elif at.size > history.size:
            why = f"counts {at.size} lines, the journal has {history.size}: it was cut off or rolled back"
            checks.failed("checkpoint.outside", seen.name, why)
        elif history.roots.get(at.size) != at.root:
            why = f"its root is not that of the first {at.size} lines: another log under the same name"
            checks.failed("checkpoint.outside", seen.name, why)
        else:
            checks.passed("checkpoint.outside", seen.name, f"the first {at.size} lines of {history.size}")


def _signed(seen: OutsideCheckpoint, history: JournalWalk, given: tuple[VerifierKey, ...]) -> bool:
    note = seen.checkpoint.note
    for key in {*given, *(key for _, key in history.ring.history)}:
        signature = note.by(key)
        if signature is None:
            continue
        if key.kind == COSIGNATURE and signed_note.cosignature_time(key, signature, note.text) is not None:
            return True
        if key.kind != COSIGNATURE and key.verifies(signature, note.text.encode("utf-8")):
            return True
    return False


def _name(witness: str) -> str:
    return witness.partition("+")[0]


def _path(made: list[CheckpointRecord], size: int) -> str:
    return next((one.path for one in made if one.size == size), f"{layout.JOURNAL}/{layout.HEAD_FILE}")


def _age(passed: timedelta) -> str:
    hours = passed / timedelta(hours=1)
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.0f} days"
