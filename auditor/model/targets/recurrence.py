"""When something recurs: a line of cron and a blackout window, as frozen values. Wall-clock parts only, no zone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTH_NAMES: Mapping[str, int] = MappingProxyType({name: number for number, name in enumerate(_MONTHS, 1)})
_DAY_NAMES: Mapping[str, int] = MappingProxyType({name: number for number, name in enumerate(_DAYS)})
_NO_NAMES: Mapping[str, int] = MappingProxyType({})
_PART = re.compile(r"(?:\*|\?|([0-9A-Za-z]{1,3})(?:-([0-9A-Za-z]{1,3}))?)(?:/([1-9][0-9]?))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cron:
    """Five fields of cron, as crontab(5) of Vixie cron reads them: Sunday is 0 and 7, and where both the day of the
    month and the day of the week are restricted, a day that fits either one fits."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """0 is Sunday."""
    either_day: bool
    """True where both kinds of day are restricted."""

    @classmethod
    def parse(cls, text: str) -> Cron:
        """`ValueError` with one sentence where the line is not one, or fits no day of any year."""
        fields = text.split()
        if len(fields) != 5:
            raise ValueError(f"{len(fields)} fields where five are expected")
        minutes = _numbers(fields[0], 0, 59, _NO_NAMES)
        hours = _numbers(fields[1], 0, 23, _NO_NAMES)
        days = _numbers(fields[2], 1, 31, _NO_NAMES)
        months = _numbers(fields[3], 1, 12, _MONTH_NAMES)
        weekdays = {number % 7 for number in _numbers(fields[4], 0, 7, _DAY_NAMES)}
        either = not fields[2].startswith(("*", "?")) and not fields[4].startswith(("*", "?"))
        cron = cls(
            tuple(sorted(minutes)),
            tuple(sorted(hours)),
            frozenset(days),
            frozenset(months),
            frozenset(weekdays),
            either,
        )
        if not either and not any(cron._exists(day, month) for month in cron.months for day in cron.days):
            raise ValueError("no month has such a day")
        return cron

    @staticmethod
    def _exists(day: int, month: int) -> bool:
        return day <= (29 if month == 2 else 30 if month in {4, 6, 9, 11} else 31)

    @property
    def every_hour(self) -> bool:
        """Whether it follows the hours as they pass, rather than hours named on the clock."""
        return len(self.hours) == 24

    def on(self, day: date) -> bool:
        """Whether it falls on that day."""
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return in_month or in_week if self.either_day else in_month and in_week

    def times(self) -> tuple[time, ...]:
        """The wall-clock times of a day it falls on, in order."""
        return tuple(time(hour, minute) for hour in self.hours for minute in self.minutes)


def _numbers(field: str, least: int, most: int, names: Mapping[str, int]) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f'"{part[:20]}" is not a number, a range or a step')
        first = _number(match[1], names) if match[1] else least
        last = _number(match[2], names) if match[2] else (most if not match[1] or match[3] else first)
        if names is _DAY_NAMES and match[2] and last == 0:
            last = 7  # `Sat-Sun`
        if not least <= first <= most or not least <= last <= most:
            raise ValueError(f'"{part}" leaves {least} to {most}')
        if first > last:
            raise ValueError(f'"{part}" runs backwards')
        found.update(range(first, last + 1, int(match[3] or 1)))
    return found


def _number(text: str, names: Mapping[str, int]) -> int:
    if text.isdecimal():
        return int(text)
    if text.lower() not in names:
        raise ValueError(f'"{text}" is not a number here')
    return names[text.lower()]


_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])"
_WEEKLY = re.compile(rf"(?:([A-Za-z,\-]{{3,40}}) )?{_CLOCK}", re.ASCII)
_DATED = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Blackout:
    """A time without visits: `22:00-06:00`, `Sat,Sun 00:00-24:00`, `Mon-Fri 08:00-18:00`, `2026-10-01..2026-10-07`."""

    weekdays: frozenset[int] = frozenset(range(7))
    """Days on which a window begins; 0 is Sunday."""
    begins: int = 0
    """Minutes after midnight."""
    ends: int = 24 * 60
    """Minutes after midnight, exclusive; less than `begins` where the window runs past midnight."""
    first: date | None = None
    last: date | None = None
    """Whole days, inclusive; then the other parts do not count."""

    @classmethod
    def parse(cls, text: str) -> Blackout:
        """`ValueError` with one sentence where the text is no window."""
        if dated := _DATED.fullmatch(text.strip()):
            first = date.fromisoformat(dated[1])
            last = date.fromisoformat(dated[2]) if dated[2] else first
            if last < first:
                raise ValueError("it ends before it begins")
            return cls(first=first, last=last)
        match = _WEEKLY.fullmatch(text.strip())
        if match is None:
            raise ValueError('expected "22:00-06:00", "Sat,Sun 00:00-24:00" or "2026-10-01..2026-10-07"')
        days = {number % 7 for number in _numbers(match[1], 0, 7, _DAY_NAMES)} if match[1] else set(range(7))
        begins, ends = int(match[2]) * 60 + int(match[3]), int(match[4]) * 60 + int(match[5])
        if ends > 24 * 60 or begins == ends:
            raise ValueError("it is empty or ends after 24:00")
        return cls(frozenset(days), begins, ends)

    def covers(self, local: datetime) -> bool:
        """Whether that wall-clock moment lies in the window."""
        if self.first is not None and self.last is not None:
            return self.first <= local.date() <= self.last
        weekday, minute = local.isoweekday() % 7, local.hour * 60 + local.minute
        if self.begins < self.ends:
            return weekday in self.weekdays and self.begins <= minute < self.ends
        evening = weekday in self.weekdays and minute >= self.begins
        return evening or ((weekday - 1) % 7 in self.weekdays and minute < self.ends)
