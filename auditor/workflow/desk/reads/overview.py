"""The overview: who is over, by how much, since when; what was not observed; how that moved week by week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from auditor.formats.web_origins import host_of
from auditor.model.findings import Position
from auditor.model.reading.observations import Observation
from auditor.model.reports import Report
from auditor.model.targets.contracts import Money
from auditor.model.targets.estate import Estate
from auditor.reporting import OVER_STATUSES, STATUSES, Summary, age_days, summarise
from auditor.workflow.desk.reads.lists import (
    Facets,
    ListAnswer,
    ListOrder,
    ListQuery,
    SortKey,
    best_choices,
    parse_query,
    portion,
    whole_list,
    without,
)
from auditor.workflow.desk.reads.standing import Standing
from auditor.workflow.standing.listing.weekly import TrendWeek, last_before, trend_weeks, week_changes

FILTERS = ("status", "contract", "product", "vantage", "metric", "sealed", "certainty", "since", "q")
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
    stored: bool
    """Whether the capture that it shows is there to be looked at."""
    outstanding: bool = False
    """Something changed since: it is judged again."""


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
    revision: Hashable = field(default=None, compare=False)
    """What the rows are of: given back to `told` with what is made of them."""


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


def read_positions(standing: Standing, asked: Mapping[str, str]) -> ListAnswer[OverRow]:
    """The list that is asked for."""
    rows = over_rows(standing)
    query = parse_query(asked, FILTERS, ORDER)
    return portion([row for row in rows if FACETS.lets(row, query)], len(rows), query, ORDER)


def read_overview(standing: Standing, asked: Mapping[str, str]) -> Overview:
    """The overview with the list that is asked for."""
    rows = over_rows(standing)
    query = parse_query(asked, FILTERS, ORDER)
    kept = [row for row in rows if FACETS.lets(row, query)]
    summary = summarise(standing.report)
    newest = max((row.captured_at for row in standing.report.evidence), default=None)
    others = without(query, "contract")
    contracts = Counter(row.position.contract or "-" for row in rows if FACETS.lets(row, others))
    return Overview(
        summary,
        portion(kept, len(rows), query, ORDER),
        {**FACETS.choices(FACETS.together(rows, query), query)[0], "contract": best_choices(contracts, {})},
        weekly_trend(standing.report),
        sum(summary.statuses[status] for status in OVER_STATUSES),
        len({one.deployment for one in standing.report.unobserved}),
        sum(not row.seal.sealed for row in standing.report.evidence),
        newest,
    )


def listed_positions(standing: Standing, asked: Mapping[str, str]) -> tuple[Position, ...]:
    """The positions of the query, in its order."""
    query = parse_query(asked, FILTERS, ORDER)
    found = whole_list([row for row in over_rows(standing) if FACETS.lets(row, query)], query, ORDER)
    return tuple(row.position for row in found)


def over_rows(standing: Standing) -> list[OverRow]:
    """Every position with what a line tells beside it."""
    report, estate = standing.report, standing.estate
    points = _points(report.history)
    return [
        over_row(
            one, report, estate, last_before(points.get((one.deployment, one.metric), ()), one.over_since),
            stored=one.capture in standing.evidence, outstanding=one.deployment in standing.outstanding,
        )
        for one in report.positions
    ]  # fmt: skip


def over_row(
    one: Position, report: Report, estate: Estate, before: datetime | None, *, stored: bool, outstanding: bool
) -> OverRow:
    """A position with what a line tells beside it."""
    deployment = estate.deployments.get(one.deployment)
    customer = report.customers.get(one.contract or "", (deployment.licensee if deployment else "") or "")
    counted = one.counted if one.all_units is None else one.all_units
    return OverRow(
        one,
        report.names.get(one.deployment, one.deployment),
        host_of(report.addresses.get(one.deployment, "")),
        report.names.get(one.contract or "", one.contract or ""),
        report.names.get(customer, customer),
        deployment.product if deployment else "",
        (deployment.vantage if deployment else "") or "",
        counted if one.confirmed is None else one.confirmed,
        age_days(one, report.as_of),
        before,
        stored,
        outstanding,
    )


def _values(row: OverRow) -> tuple[str, ...]:
    one = row.position
    sealed, certainty = "yes" if one.sealed else "no", one.displayed_certainty or "none"
    return (one.status, row.product, row.vantage or "-", one.metric, sealed, certainty)


def _fits_choice(query: ListQuery, name: str, value: str) -> bool:
    wanted = query.text(name)
    return wanted in ("", value) or (name == "status" and wanted == "over_any" and value in OVER_STATUSES)


def _searched(row: OverRow, query: ListQuery) -> bool:
    text, since, position = query.text("q").casefold(), query.text("since"), row.position
    lately = not since or (position.over_since is not None and position.over_since.date().isoformat() >= since)
    places = (row.name, position.deployment, row.host, row.customer)
    if query.text("contract") not in ("", position.contract or "-"):
        return False
    return lately and (not text or any(text in part.casefold() for part in places))


FACETS: Facets[OverRow] = Facets(
    ("status", "product", "vantage", "metric", "sealed", "certainty"), _values, _fits_choice, _searched,
    {status: number for number, status in enumerate(STATUSES)},
)  # fmt: skip


def _points(history: Iterable[Observation]) -> dict[tuple[str, str], list[Observation]]:
    found: dict[tuple[str, str], list[Observation]] = {}
    for seen in sorted(history, key=lambda seen: seen.captured_at):
        if seen.counted is not None:
            found.setdefault((seen.deployment, seen.metric), []).append(seen)
    return found


def weekly_trend(report: Report) -> tuple[TrendWeek, ...]:
    """Week by week up to now: the newest displayed number of each deployment, against what was entitled on its day."""
    points = _points(report.history)
    chosen: dict[tuple[str, str], Position] = {}
    for one in report.positions:
        chosen.setdefault((one.deployment, one.metric), one)
    changes = (one for key, position in chosen.items() for one in week_changes(position, points.get(key, ())))
    return trend_weeks(changes, report.as_of)
