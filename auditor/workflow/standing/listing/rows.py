"""The rows of lists, made when a unit is judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from auditor.formats.web_origins import host_of
from auditor.index import moment_text, weeks_text
from auditor.model.findings import Finding, Position
from auditor.model.reading.observations import Count
from auditor.model.severity import CERTAINTIES, SEVERITIES, queue_of
from auditor.model.targets.contracts import Money
from auditor.model.targets.deployments import Deployment
from auditor.reporting import STATUSES
from auditor.workflow.standing.listing.weekly import last_before, week_changes

_NEVER = 9_007_199_254_740_991.0
"""Behind every moment: of what is not over."""
_FAR = 1 << 55
_ENDLESS = 1e308
Row = Mapping[str, object]
UNVERIFIED = 3
"""Place of the first status that says nothing of over-use; those before it come first."""


def listed_positions(
    place: Deployment, positions: Iterable[tuple[Position, Row, bytes]], counts: Sequence[Count], *, missed: bool
) -> list[dict[str, object]]:
    """The positions of a deployment, each with its row of what stands and its canonical bytes, as rows of lists.

    `counts`: its counts, oldest first; `missed`: whether anything of its newest visit gave no number.
    """
    points: dict[str, list[Count]] = {}
    for seen in counts:
        if seen.counted is not None:
            points.setdefault(seen.metric, []).append(seen)
    found, told = [], set[str]()
    for number, (one, stands, body) in enumerate(positions):
        series = points.get(one.metric, [])
        row = _position_row(one, place, stands, last_before(series, one.over_since))
        first = one.metric not in told
        told.add(one.metric)
        row |= {
            "number": number,
            "missed": int(missed and not number),
            "weeks": weeks_text(week_changes(one, series) if first else ()),
            "sha256": stands["sha256"],
            "body": body,
        }
        found.append(row)
    return found


def _position_row(one: Position, place: Deployment, stands: Row, before: datetime | None) -> dict[str, object]:
    counted = one.counted if one.all_units is None else one.all_units
    shown = counted if one.confirmed is None else one.confirmed
    return {
        "place": "/".join((one.deployment, one.metric, one.contract or "")),
        "deployment": one.deployment,
        "contract": one.contract or "-",
        "metric": one.metric,
        "status": one.status,
        "product": place.product,
        "vantage": place.vantage or "-",
        "customer": stands["customer"],
        "sealed": int(one.sealed),
        "certainty": one.displayed_certainty or "none",
        "since": None if one.over_since is None else one.over_since.date().isoformat(),
        "search": "\n".join((place.name or place.id, place.id, host_of(place.address))).casefold(),
        "over": over_rank(one),
        "name": (place.name or place.id).casefold(),
        "displayed": _number(shown, -1.0),
        "over_since": _NEVER if one.over_since is None else one.over_since.timestamp(),
        "value": _amount(one.list_value, -1.0),
        "captured": 0.0 if one.captured_at is None else one.captured_at.timestamp(),
        "peak": _number(one.hwm, -1.0),
        "before_at": moment_text(before),
        "owing": int(bool(one.true_up)),
    }


def over_rank(one: Position) -> int:
    """What is over by record first, then by units over, then by status: the larger, the earlier in the list."""
    status = STATUSES.index(one.status)
    over = max(-_FAR, min(_FAR, one.over_by or 0))
    return (int(status < UNVERIFIED) << 61) + over * 8 + len(STATUSES) - status


def listed_finding(one: Finding, stands: Row, body: bytes) -> dict[str, object]:
    """A finding, with its row of what stands and its canonical bytes, as a row of lists."""
    return {
        "fingerprint": stands["fingerprint"],
        "deployment": one.deployment,
        "contract": one.contract or "-",
        "rule": one.rule,
        "severity": one.severity,
        "certainty": one.certainty,
        "favours": one.favours,
        "life": one.life,
        "queue": queue_of(one),
        "rank": SEVERITIES.index(one.severity) * len(CERTAINTIES) + CERTAINTIES.index(one.certainty),
        "lighter": -_amount(one.list_value, 0.0),
        "fewer": -_number(one.units, 0.0),
        "units": _number(one.units, -1.0),
        "value": _amount(one.list_value, -1.0),
        "since": 0.0 if one.since is None else one.since.timestamp(),
        "said": "\n".join((one.statement, one.statement_zh, one.fingerprint)).casefold(),
        "sha256": stands["sha256"],
        "body": body,
    }


def _amount(value: Money | None, nothing: float) -> float:
    return nothing if value is None else _number(value.amount, nothing)


def _number(value: int | Decimal | None, nothing: float) -> float:
    try:
        return nothing if value is None else float(value)
    except OverflowError:  # a page may show any number
        return _ENDLESS
