"""Time limits around a notice: each names its law. "Reasonable" and "timely" never become a number. Pure.

A limit in working or business days needs a table of holidays of a stated version; without one it is *not checked*.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from auditor.model.notes import make_note
from auditor.model.notices import NoticeClock, SourceReading
from auditor.model.targets.notices import ExpectedAnswer
from auditor.notices.law.regimes import ClockLaw, clock_laws

_WORDS = {
    "timely": make_note("noticeclock.timely"),
    "expeditiously": make_note("noticeclock.expeditiously"),
    "without_delay": make_note("noticeclock.without_delay"),
    "reasonable": make_note("noticeclock.reasonable"),
}


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A table of holidays of a stated version."""

    name: str
    off: frozenset[date]
    """Days off beside the weekends."""
    worked: frozenset[date] = frozenset()
    """Saturdays and Sundays that are worked."""
    until: date = date.max
    """The last day that the table knows of."""

    def is_worked(self, day: date) -> bool:
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def after(self, start: date, days: int) -> date | None:
        """The last of so many working days after a day; None beyond the table."""
        day = start
        while days:
            if day >= self.until:
                return None
            day += timedelta(days=1)
            days -= self.is_worked(day)
        return day


def parse_working_days(name: str, text: str) -> WorkingDays:
    """A table of lines `2026-10-01 off`, `2026-10-10 worked`, `2026-12-31 end`; `ValueError` for any other line."""
    off, worked, until = set[date](), set[date](), date.max
    for line in text.splitlines():
        if not (said := line.partition("#")[0].split()):
            continue
        if len(said) != 2 or said[1] not in ("off", "worked", "end"):
            raise ValueError(f"{line[:60]!r}: expected a day and off, worked or end")
        day = date.fromisoformat(said[0])
        if said[1] == "end":
            until = day
        else:
            (off if said[1] == "off" else worked).add(day)
    return WorkingDays(name, frozenset(off), frozenset(worked), until)


def counter_clocks(law: Sequence[str], arrived_on: date, table: WorkingDays | None = None) -> Iterator[NoticeClock]:
    """From a counter-statement's arrival here: until when a lawsuit or complaint must be shown."""
    laws = clock_laws("counter")
    for regime in law:
        if (said := laws.get(regime)) is not None:
            yield from _counter(regime, said, arrived_on, table)


def _counter(regime: str, said: ClockLaw, arrived_on: date, table: WorkingDays | None) -> Iterator[NoticeClock]:
    cite, read = str(said["cite"]), _read(said)
    if (days := said.get("days")) is not None:
        until = arrived_on + timedelta(days=days)
        says = make_note("noticeclock.counter_days", days=days, until=until)
        yield NoticeClock(f"counter.{regime}", arrived_on, until, says, cite, read)
    if (words := said.get("words")) is not None:
        yield NoticeClock(f"counter.{regime}", arrived_on, None, _WORDS[words], cite, read)
    if (most := said.get("notarial_working_days")) is not None:
        yield _working(f"counter_notarial.{regime}", arrived_on, (most, most), cite, read, table)
    if (least := said.get("business_days_least")) is not None:
        yield _working(f"counter.{regime}", arrived_on, (least, said["business_days_most"]), cite, read, table)


def _working(
    rule: str, starts_on: date, span: tuple[int, int], cite: str, read: SourceReading, table: WorkingDays | None
) -> NoticeClock:
    least, most = span
    until = table.after(starts_on, most) if table is not None else None
    if until is None:
        says = make_note("noticeclock.no_calendar", least=least, most=most)
        return NoticeClock(rule, starts_on, None, says, cite, read, not_checked=True)
    assert table is not None  # noqa: S101 (asked just now)
    says = make_note("noticeclock.working_days", least=least, most=most, until=until, table=table.name)
    return NoticeClock(rule, starts_on, until, says, cite, read)


def answer_clocks(law: Sequence[str], received_on: date, expect: Mapping[str, ExpectedAnswer]) -> Iterator[NoticeClock]:
    """From receipt: what the law calls the time for a measure, and what a person expects, told apart."""
    for subject in ("acknowledgement", "measure"):
        laws = clock_laws(subject)
        for regime in law:
            if (said := laws.get(regime)) is not None:
                yield NoticeClock(
                    f"{subject}.{regime}", received_on, None, _WORDS[said["words"]], str(said["cite"]), _read(said)
                )
    for regime in law:
        if (wanted := expect.get(regime)) is not None:
            until = received_on + timedelta(days=wanted.answer_days)
            says = make_note("noticeclock.expected", days=wanted.answer_days, until=until, basis=wanted.basis)
            yield NoticeClock(f"expected.{regime}", received_on, until, says, wanted.basis, "memory")


def log_clocks(law: Sequence[str], seen_on: date) -> Iterator[NoticeClock]:
    """From an access: the day after which a host may have deleted its logs of it."""
    told = set()
    for subject in ("logs", "logs_long"):
        for regime, said in clock_laws(subject).items():
            if regime not in law or (subject, said["cite"]) in told:
                continue
            told.add((subject, said["cite"]))
            until = seen_on + timedelta(days=said["days"]) if "days" in said else months_later(seen_on, said["months"])
            says = make_note("noticeclock.logs", seen=seen_on, until=until)
            yield NoticeClock(subject, seen_on, until, says, str(said["cite"]), _read(said))


def months_later(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _read(said: ClockLaw) -> SourceReading:
    found: SourceReading = said["read"]
    return found
