"""The digest of a week: who is newly over and by how much, what stopped being observed, what ends soon. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from auditor.formats.foreign_text import visible_text
from auditor.model.findings import Expiry, Position, PositionChange
from auditor.model.reports import Report
from auditor.reporting import formats
from auditor.reporting.changes import ChangeSubjects, changes_told
from auditor.reporting.translations import Translations

MAX_LINES = 200
"""Lines of one part of a letter; the others are counted."""
OVER_CODES = frozenset({"change.newly_over", "change.over_by"})
LOST_CODES = frozenset({"change.number_lost", "change.not_compared_any_more"})


@dataclass(frozen=True, slots=True)
class DigestPart:
    """One part of a digest: its key, and for each line what it is about and what is said."""

    key: str
    """`over`, `lost`, `expiring`, `other`."""
    lines: tuple[tuple[str, str], ...]


def newly_over(report: Report) -> tuple[PositionChange, ...]:
    """Changes by which a position is over, or more over than before."""
    return tuple(one for one in report.changes if one.what.code in OVER_CODES and _rises(one))


def digest_parts(report: Report, expiries: Sequence[Expiry], say: Translations) -> tuple[DigestPart, ...]:
    """The parts in their order; one without lines is there too, and says so."""
    positions = {(one.contract, one.deployment, one.metric): one for one in report.positions}
    named = ChangeSubjects(report, say)
    over = tuple((named(one.deployment, one.metric), _over(one, positions, report, say)) for one in newly_over(report))
    lost = tuple(_lost(report, named, say))
    told: dict[str, list[str]] = {}
    for subject, said in (*over, *lost):
        told.setdefault(subject, []).append(said)
    other = tuple(
        (subject, what)
        for subject, what in changes_told(report, say)
        if not any(said.startswith(what) for said in told.get(subject, ()))
    )
    expiring = tuple((_named(report, one.subject), _ends(one, say)) for one in expiries)
    found = {"over": over, "lost": lost, "expiring": expiring, "other": other}
    return tuple(DigestPart(key, lines) for key, lines in found.items())


def digest_letter(report: Report, parts: Sequence[DigestPart], days: int, say: Translations, *, attached: str) -> str:
    """The digest as plain text, for mail. `attached`: a sentence about what is attached; empty where nothing is."""
    since, until = formats.time_text(report.since), formats.time_text(report.as_of)
    lines = [say("changes.letter", since=since, until=until, workspace=visible_text(report.workspace, 120)), ""]
    for part in parts:
        lines.append(say(f"digest.{part.key}", n=f"{len(part.lines):,}", days=str(days)))
        lines += [
            f"- {visible_text(subject, 160)}{say('word.colon')}{visible_text(what, 600)}"
            for subject, what in part.lines[:MAX_LINES]
        ] or [say("digest.none")]
        if len(part.lines) > MAX_LINES:
            lines.append(say("word.and_more", n=f"{len(part.lines) - MAX_LINES:,}"))
        lines.append("")
    return "\n".join([*lines, *([attached] if attached else [])]) + "\n"


def _rises(one: PositionChange) -> bool:
    before, after = one.what.value("before"), one.what.value("after")
    return not (isinstance(before, int) and isinstance(after, int)) or after > before


def _over(
    one: PositionChange,
    positions: dict[tuple[str | None, str, str], Position],
    report: Report,
    say: Translations,
) -> str:
    """What is said of a position that is over, with what it is worth and whose it is."""
    found = positions.get((one.contract, one.deployment, one.metric))
    said = [say.note(one.what)]
    customer = report.names.get(report.customers.get(one.contract or "", ""), "")
    for key, value in (("net", found and found.net_value), ("list", found and found.list_value)):
        if value:
            said.append(say(f"digest.{key}", money=formats.money_text(value)))
    return say("word.list_separator").join([*said, *([customer] if customer else [])])


def _lost(report: Report, named: ChangeSubjects, say: Translations) -> Iterator[tuple[str, str]]:
    """Positions that gave a number and give none, and those that nobody visited since."""
    for one in report.changes:
        if one.what.code in LOST_CODES:
            yield named(one.deployment, one.metric), say.note(one.what)
    for position in report.positions:
        at = position.captured_at
        if at is not None and report.since is not None and at < report.since:
            day = formats.day_text(at, report.timezone)
            yield named(position.deployment, position.metric), say("digest.not_visited", day=day)


def _ends(one: Expiry, say: Translations) -> str:
    return f"{day_of_expiry(one.on)}{say('word.list_separator')}{say.note(one.what)}"


def day_of_expiry(day: date) -> str:
    return day.isoformat()


def _named(report: Report, subject: str) -> str:
    name = report.names.get(subject, subject)
    return subject if name == subject else f"{subject} ({name})"
