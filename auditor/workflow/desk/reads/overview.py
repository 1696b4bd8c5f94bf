"""The overview: who is over, by how much, since when; what was not observed; how that moved week by week."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from auditor.formats.web_origins import host_of
from auditor.model.findings import Position
from auditor.model.reading.observations import Observation
from auditor.model.reports import Report
from auditor.model.targets.contracts import Money
from auditor.reporting import OVER_STATUSES, STATUSES, Summary, age_days, summarise
from auditor.workflow.desk.reads.lists import ListAnswer, ListOrder, ListQuery, SortKey, parse_query, portion
from auditor.workflow.desk.reads.standing import Standing

FILTERS = ("status", "contract", "product", "vantage", "metric", "sealed", "certainty", "since", "q")
WEEKS = 26
"""Weeks of the trend, the present one included."""
LAST = 9_007_199_254_740_991
"""Behind every number of a list."""


@dataclass(frozen=True, slots=True)
class OverRow:
    """One position as a line of the overview."""

    position: Position
    name: str
    host: str
    contract_title: str
    customer: str
    product: str
    vantage: str
    counted: int | None
    age: int | None
    before: datetime | None
    """The last capture before the deployment was over; None where it was over from the first one on."""


@dataclass(frozen=True, slots=True)
class TrendWeek:
    """The numbers displayed by the end of a week, and how far they were over what was entitled then."""

    monday: date
    displayed: int
    over: int
    deployments: int
    """Deployments over."""


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page tells."""

    summary: Summary
    list: ListAnswer[OverRow]
    choices: Mapping[str, tuple[tuple[str, int], ...]]
    """The values of each filter, with how many rows each leaves."""
    trend: tuple[TrendWeek, ...]
    over: int
    """Deployments over by record."""
    not_observed: int
    unsealed: int
    newest: datetime | None


def _weight(row: OverRow) -> SortKey:
    position = row.position
    return (-(STATUSES.index(position.status) > 2), position.over_by or 0, -STATUSES.index(position.status))


def _amount(value: Money | None) -> float:
    return -1 if value is None else float(value.amount)


def _moment(value: datetime | None, default: float) -> float:
    return default if value is None else value.timestamp()


ORDER: ListOrder[OverRow] = ListOrder(
    {
        "over": _weight,
        "name": lambda row: (row.name.casefold(),),
        "displayed": lambda row: (-1 if row.counted is None else row.counted,),
        "since": lambda row: (_moment(row.position.over_since, LAST),),
        "value": lambda row: (_amount(row.position.list_value),),
        "captured": lambda row: (_moment(row.position.captured_at, 0),),
        "peak": lambda row: (-1 if row.position.hwm is None else row.position.hwm,),
    },
    "over",
    frozenset({"over", "displayed", "value", "captured", "peak"}),
    lambda row: "/".join((row.position.deployment, row.position.metric, row.position.contract or "")),
)


def read_overview(standing: Standing, asked: Mapping[str, str]) -> Overview:
    """The overview with the list that is asked for."""
    rows = over_rows(standing)
    query = parse_query(asked, FILTERS, ORDER)
    kept = [row for row in rows if _fits(row, query)]
    summary = summarise(standing.report)
    newest = max((row.captured_at for row in standing.report.evidence), default=None)
    return Overview(
        summary,
        portion(kept, len(rows), query, ORDER),
        _choices(rows, query),
        weekly_trend(standing.report),
        sum(summary.statuses[status] for status in OVER_STATUSES),
        len({one.deployment for one in standing.report.unobserved}),
        sum(not row.seal.sealed for row in standing.report.evidence),
        newest,
    )


def overview_report(standing: Standing, asked: Mapping[str, str]) -> Report:
    """The report with the positions of the query alone: what the exporters write."""
    query = parse_query(asked, FILTERS, ORDER)
    kept = tuple(row.position for row in over_rows(standing) if _fits(row, query))
    return replace(standing.report, positions=kept, findings=(), history=(), unobserved=())


def over_rows(standing: Standing) -> list[OverRow]:
    """Every position with what a line tells beside it."""
    report, estate = standing.report, standing.estate
    points = _points(report.history)
    rows = []
    for one in report.positions:
        deployment = estate.deployments.get(one.deployment)
        customer = report.customers.get(one.contract or "", (deployment.licensee if deployment else "") or "")
        counted = one.counted if one.all_units is None else one.all_units
        rows.append(
            OverRow(
                one,
                report.names.get(one.deployment, one.deployment),
                host_of(report.addresses.get(one.deployment, "")),
                report.names.get(one.contract or "", one.contract or ""),
                report.names.get(customer, customer),
                deployment.product if deployment else "",
                (deployment.vantage if deployment else "") or "",
                counted if one.confirmed is None else one.confirmed,
                age_days(one, report.as_of),
                _last_before(points.get((one.deployment, one.metric), ()), one.over_since),
            )
        )
    return rows


def _fits(row: OverRow, query: ListQuery) -> bool:
    position = row.position
    status, text = query.text("status"), query.text("q").casefold()
    certainty = position.displayed_certainty or "none"
    since = query.text("since")
    return all(
        (
            not status or position.status == status or (status == "over_any" and position.status in OVER_STATUSES),
            query.text("contract") in ("", position.contract or "-"),
            query.text("product") in ("", row.product),
            query.text("vantage") in ("", row.vantage or "-"),
            query.text("metric") in ("", position.metric),
            query.text("sealed") in ("", "yes" if position.sealed else "no"),
            query.text("certainty") in ("", certainty),
            not since or (position.over_since is not None and position.over_since.date().isoformat() >= since),
            not text
            or any(text in part.casefold() for part in (row.name, position.deployment, row.host, row.customer)),
        )
    )


def _choices(rows: Sequence[OverRow], query: ListQuery) -> dict[str, tuple[tuple[str, int], ...]]:
    """Each filter's values, counted among the rows that the other filters leave."""
    values: dict[str, dict[str, int]] = {}
    read: dict[str, Callable[[OverRow], str]] = {
        "status": lambda row: row.position.status,
        "contract": lambda row: row.position.contract or "-",
        "product": lambda row: row.product,
        "vantage": lambda row: row.vantage or "-",
        "metric": lambda row: row.position.metric,
        "sealed": lambda row: "yes" if row.position.sealed else "no",
        "certainty": lambda row: row.position.displayed_certainty or "none",
    }
    for name, value in read.items():
        others = replace(query, filters={key: text for key, text in query.filters.items() if key != name})
        counted: dict[str, int] = {}
        for row in rows:
            if _fits(row, others):
                counted[value(row)] = counted.get(value(row), 0) + 1
        values[name] = counted
    order = {status: number for number, status in enumerate(STATUSES)}
    return {
        name: tuple(sorted(counted.items(), key=lambda item: (order.get(item[0], 99), -item[1], item[0])))
        for name, counted in values.items()
    }


def _points(history: Iterable[Observation]) -> dict[tuple[str, str], list[Observation]]:
    found: dict[tuple[str, str], list[Observation]] = {}
    for seen in sorted(history, key=lambda seen: seen.captured_at):
        if seen.counted is not None:
            found.setdefault((seen.deployment, seen.metric), []).append(seen)
    return found


def _last_before(points: Sequence[Observation], since: datetime | None) -> datetime | None:
    if since is None:
        return None
    return max((seen.captured_at for seen in points if seen.captured_at < since), default=None)


def weekly_trend(report: Report) -> tuple[TrendWeek, ...]:
    """Week by week up to now: the newest displayed number of each deployment, against what was entitled on its day."""
    points = _points(report.history)
    chosen: dict[tuple[str, str], Position] = {}
    for one in report.positions:
        chosen.setdefault((one.deployment, one.metric), one)
    series = [(position, points[key]) for key, position in chosen.items() if key in points]
    if not series:
        return ()
    first = min(seen[0].captured_at for _, seen in series)
    last = _monday(report.as_of)
    weeks = min(WEEKS, (last - _monday(first)).days // 7 + 1)
    starts = [last - timedelta(days=7 * back) for back in range(weeks - 1, -1, -1)]
    found = []
    for monday, behind in pairwise([*starts, last + timedelta(days=7)]):
        end = datetime(behind.year, behind.month, behind.day, tzinfo=UTC)
        displayed = over = deployments = 0
        for position, seen in series:
            newest = next((one for one in reversed(seen) if one.captured_at < end), None)
            if newest is None or newest.counted is None:
                continue
            beyond = _over_then(position, newest)
            displayed, over, deployments = displayed + newest.counted, over + beyond, deployments + bool(beyond)
        found.append(TrendWeek(monday, displayed, over, deployments))
    return tuple(found)


def _over_then(position: Position, seen: Observation) -> int:
    """How far a displayed number was over what its contract entitled to on that day."""
    counted = seen.counted or 0
    total: int | str | None = position.entitled
    steps = [step for step in position.timeline if step.from_ <= seen.captured_at.date()]
    if position.timeline:
        total = steps[-1].total if steps else None
    if total == "unlimited":
        return 0
    if position.status == "unlicensed" or not isinstance(total, int):
        return counted if position.status in OVER_STATUSES else 0
    return max(0, counted - total)


def _monday(at: datetime) -> date:
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())
