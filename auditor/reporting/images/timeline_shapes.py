"""The timeline of a position as figures to draw: captures, cap and entitlement by day, key dates, gaps. Pure.

Coordinates are those of the drawing; nothing here is text of a captured page. Which time is shown, where entitlement
changes and which points carry their number is asked here by the chart of a report too (`timeline`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from auditor.model.findings import KeyDate, Position, Unobserved
from auditor.model.reading.observations import Observation

WIDTH, HEIGHT = 1240, 290
LEFT, TOP, BOTTOM, BETWEEN = 44, 62, 30, 22
LEVELS = 4
"""Lines of labels above the drawing; a day that finds no room there has its mark and no label."""
SLIVER = 0.06
"""Share of the whole time below which the captures get a panel of their own."""
_At = Callable[[datetime], float]
LABELLED = 10
"""Points that carry their number, where no more of them change it."""


@dataclass(frozen=True, slots=True)
class TimelineSeries:
    """What one chart shows."""

    position: Position
    points: tuple[Observation, ...]
    """Oldest first, of the position's deployment and metric."""
    failures: tuple[Unobserved, ...]
    key_dates: tuple[KeyDate, ...]
    as_of: datetime

    @property
    def counted(self) -> list[tuple[datetime, int, bool]]:
        return [(seen.captured_at, seen.counted, seen.sealed) for seen in self.points if seen.counted is not None]


def is_drawable(series: TimelineSeries) -> bool:
    """Whether there is anything to draw: a chart without an observed number would only look like one."""
    return bool(series.counted)


@dataclass(frozen=True, slots=True)
class DrawnPoint:
    """One capture."""

    capture: str
    at: datetime
    value: int
    sealed: bool
    x: float
    y: float
    labelled: bool


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """A day with a name, or a place on an axis."""

    x: float
    y: float
    text: str
    kind: str = ""
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class TimelinePanel:
    """One stretch of time."""

    x: float
    width: float
    points: tuple[DrawnPoint, ...]
    seen: str
    """Path of the dotted line through the points."""
    entitled: str
    """Path of the entitlement's steps; empty where nothing finite is entitled."""
    area: str
    cap: str
    """Path of the cap that the page states."""
    gaps: tuple[tuple[float, float], ...]
    """Left and width of the stretches without a capture that the contract asks for."""
    misses: tuple[float, ...]
    """Visits that gave no number."""
    dates: tuple[DrawnMark, ...]
    ticks: tuple[DrawnMark, ...]
    confirmed: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class TimelineShapes:
    """One position over time."""

    panels: tuple[TimelinePanel, ...]
    rows: tuple[DrawnMark, ...]
    """Lines of the number axis."""
    unlimited: bool
    """Whether the entitlement, or a part of it, is unlimited."""
    capped: bool
    first: datetime
    last: datetime
    count: int
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = HEIGHT - BOTTOM
    top: int = TOP


def shape_timeline(
    position: Position,
    points: Sequence[Observation],
    misses: Sequence[Unobserved],
    key_dates: Iterable[KeyDate],
    as_of: datetime,
    interval_days: int,
) -> TimelineShapes | None:
    """The drawing; None where no capture gave a number. `interval_days`: how far apart two captures may lie."""
    seen = [one for one in points if one.counted is not None]
    if not seen:
        return None
    dates = [key for key in key_dates if key.on is not None]
    highest = _top(position, seen)
    stretches = timeline_stretches(position, seen, misses, dates)
    room = WIDTH - LEFT - 12 - BETWEEN * (len(stretches) - 1)
    shares = [1.0] if len(stretches) == 1 else [0.52, 0.48]
    panels, x = [], float(LEFT)
    for number, ((start, end), share) in enumerate(zip(stretches, shares, strict=True)):
        last = number == len(stretches) - 1
        panels.append(
            _panel(
                position, seen, misses, dates, (start, min(end, max(end, as_of))), (x, room * share), highest,
                last, interval_days,
            )
        )  # fmt: skip
        x += room * share + BETWEEN
    finite = [step.total for step in position.timeline] or [position.entitled]
    step = _step(highest)
    rows = tuple(
        DrawnMark(LEFT, _y(value, highest), f"{value:,}") for value in range(0, highest + 1, step) if value <= highest
    )
    return TimelineShapes(
        tuple(panels),
        rows,
        any(total == "unlimited" for total in finite),
        any(isinstance(one.cap, int) for one in seen),
        seen[0].captured_at,
        seen[-1].captured_at,
        len(seen),
    )


def _panel(
    position: Position,
    seen: Sequence[Observation],
    misses: Sequence[Unobserved],
    dates: Sequence[KeyDate],
    stretch: tuple[datetime, datetime],
    place: tuple[float, float],
    highest: int,
    labelled: bool,
    interval_days: int,
) -> TimelinePanel:
    start, end = stretch
    left, width = place
    span = max((end - start).total_seconds(), 1.0)

    def at(moment: datetime) -> float:
        share = (moment - start).total_seconds() / span
        return round(left + min(1.0, max(0.0, share)) * width, 1)

    chosen = labelled_points([one.counted or 0 for one in seen]) if labelled else set()
    drawn = tuple(
        DrawnPoint(
            one.capture, one.captured_at, one.counted or 0, one.sealed, at(one.captured_at),
            _y(one.counted or 0, highest), number in chosen,
        )
        for number, one in enumerate(seen)
    )  # fmt: skip
    steps = entitlement_steps(position, start)
    right = round(left + width, 1)
    entitled = _stairs([(at(moment), total) for moment, total in steps], right, highest)
    caps = [(at(one.captured_at), one.cap) for one in seen if isinstance(one.cap, int)]
    floor = HEIGHT - BOTTOM
    gaps = tuple(
        (at(one.captured_at), round(at(other.captured_at) - at(one.captured_at), 1))
        for one, other in pairwise(seen)
        if (other.captured_at - one.captured_at).days > interval_days
    )
    newest = seen[-1]
    confirmed = position.confirmed
    return TimelinePanel(
        round(left, 1),
        round(width, 1),
        drawn,
        " ".join(f"{'M' if n == 0 else 'L'}{one.x} {one.y}" for n, one in enumerate(drawn)),
        entitled,
        f"{entitled} L{right} {floor} L{entitled[1:].split(' ')[0]} {floor} Z" if entitled else "",
        _stairs(caps, right, highest),
        gaps,
        tuple(at(one.at) for one in misses if start <= one.at <= end),
        tuple(_marks(dates, at, start, end, left, width)),
        tuple(_ticks(start, end, at)),
        None if confirmed is None or confirmed == newest.counted else (at(newest.captured_at), _y(confirmed, highest)),
    )


def _stairs(places: Sequence[tuple[float, int | str | None]], right: float, highest: int) -> str:
    parts: list[str] = []
    for x, total in places:
        if not isinstance(total, int):
            continue
        y = _y(total, highest)
        parts.append(f"M{x} {y}" if not parts else f"H{x} V{y}")
    return " ".join([*parts, f"H{right}"]) if parts else ""


def entitlement_steps(position: Position, start: datetime) -> list[tuple[datetime, int | str | None]]:
    """What is entitled from when on; what began earlier begins at the left edge, `start`."""
    steps: list[tuple[datetime, int | str | None]] = [(midnight(step.from_), step.total) for step in position.timeline]
    if not steps and position.entitled is not None:
        return [(start, position.entitled)]
    before = [total for moment, total in steps if moment <= start]
    return [(start, before[-1]), *(one for one in steps if one[0] > start)] if before else steps


def timeline_stretches(
    position: Position, seen: Sequence[Observation], misses: Sequence[Unobserved], dates: Sequence[KeyDate]
) -> list[tuple[datetime, datetime]]:
    """The whole time; where all captures lie within a sliver of it, that time too, on a scale of its own."""
    visits = [one.captured_at for one in seen] + [one.at for one in misses]
    dated = [midnight(step.from_) for step in position.timeline]
    dated += [midnight(key.on) for key in dates if key.on]
    whole, near = _padded(visits + dated), _padded(visits)
    sliver = (near[1] - near[0]) < (whole[1] - whole[0]) * SLIVER
    return [whole, near] if sliver and len(set(visits)) > 1 else [whole]


def _padded(moments: Sequence[datetime]) -> tuple[datetime, datetime]:
    first, last = min(moments), max(moments)
    span = max(last - first, timedelta(seconds=30))
    return first - span * 0.05, last + span * 0.08


def _marks(
    dates: Sequence[KeyDate], at: _At, start: datetime, end: datetime, left: float, width: float
) -> Iterable[DrawnMark]:
    taken: list[tuple[int, float, float]] = []
    for key in sorted(dates, key=lambda key: (key.on or date.min, key.id)):
        moment = midnight(key.on or date.min)
        if not start <= moment <= end:
            continue
        x = at(moment)
        turned = x > left + width * 0.72
        reach = (x - 150, x) if turned else (x, x + 150)
        level = next(
            n for n in range(len(taken) + 1) if not any(n == m and reach[0] < b and a < reach[1] for m, a, b in taken)
        )
        taken.append((level, *reach))
        yield DrawnMark(
            x, 12 + 13 * level, str(key.on) if level < LEVELS else "", key.kind, "end" if turned else "start"
        )


def _ticks(start: datetime, end: datetime, at: _At) -> Iterable[DrawnMark]:
    span = end - start
    floor = HEIGHT - BOTTOM
    if span > timedelta(days=3 * 365):
        every = 1 + int(span.days / 365 / 7)
        marks = [datetime(year, 1, 1, tzinfo=UTC) for year in range(start.year + 1, end.year + 1, every)]
        form = "%Y"
    elif span > timedelta(days=90):
        every = 1 + int(span.days / 30 / 8)
        first = start.year * 12 + start.month
        months = range(first, end.year * 12 + end.month + 1, every)
        marks = [datetime((n) // 12, n % 12 + 1, 1, tzinfo=UTC) for n in months]
        form = "%Y-%m"
    else:
        part = span / 4
        marks = [start + part * number for number in range(1, 4)]
        form = "%m-%d" if span > timedelta(days=4) else "%H:%M" if span > timedelta(hours=1) else "%H:%M:%S"
    for mark in marks:
        if start <= mark <= end:
            yield DrawnMark(at(mark), floor + 18, mark.strftime(form), anchor="middle")


def labelled_points(values: Sequence[int]) -> set[int]:
    """Which points carry their number: the first, the last, the peak, and every change while they are few."""
    wanted = {0, len(values) - 1, values.index(max(values))}
    changes = [n for n in range(1, len(values)) if values[n] != values[n - 1]]
    if len(changes) <= LABELLED:
        wanted.update(changes)
    return {n for n in wanted if n == 0 or values[n] != values[n - 1] or n == len(values) - 1}


def _top(position: Position, seen: Sequence[Observation]) -> int:
    totals = [step.total for step in position.timeline] + [position.entitled]
    numbers = [one.counted or 0 for one in seen] + [one.cap for one in seen if isinstance(one.cap, int)]
    highest = max([*numbers, *(total for total in totals if isinstance(total, int)), 1])
    step = _step(highest)
    return -(-(highest + max(1, highest // 8)) // step) * step


def _step(highest: int) -> int:
    rough = max(1, highest / 4)
    power = 1
    while power * 10 <= rough:
        power *= 10
    return next(power * part for part in (1, 2, 5, 10) if power * part >= rough)


def _y(value: int, highest: int) -> float:
    floor = HEIGHT - BOTTOM
    return round(floor - (floor - TOP) * min(value, highest) / max(highest, 1), 1)


def midnight(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=UTC)
