"""Positions and findings as rows: their columns, their digests, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from auditor.model.findings import Certainty, Finding, FindingKind, FindingState, Position, Severity
from auditor.model.severity import CERTAINTIES, SEVERITIES
from auditor.model.standing import StandingDeployment, StandingFinding, StandingPosition
from auditor.model.targets.contracts import Money

_POSITION = TypeAdapter(Position)
_FINDING = TypeAdapter(Finding)
_LARGEST = (1 << 63) - 1
_ENDLESS = 1e308

Columns = Mapping[str, object]


def position_body(position: Position) -> bytes:
    """The canonical bytes of a position: its fields in their order, its mappings sorted. Its age is left out, which is
    another every day."""
    told = replace(
        position,
        age_days=None,
        variants=MappingProxyType(dict(sorted(position.variants.items()))),
        doubts=MappingProxyType(dict(sorted(position.doubts.items()))),
    )
    return _POSITION.dump_json(told, fallback=dict, warnings=False)


def position_digest(position: Position) -> str:
    """SHA-256 of the canonical bytes of a position."""
    return hashlib.sha256(position_body(position)).hexdigest()


def position_from(body: bytes) -> Position:
    """A position from its canonical bytes."""
    return _POSITION.validate_json(body)


def finding_body(finding: Finding) -> bytes:
    """The canonical bytes of a finding, without its comparison with an earlier moment."""
    told = finding if finding.baseline == "new" else replace(finding, baseline="new")
    return _FINDING.dump_json(told, fallback=dict, warnings=False)


def finding_digest(finding: Finding) -> str:
    """SHA-256 of the canonical bytes of a finding."""
    return hashlib.sha256(finding_body(finding)).hexdigest()


def finding_from(body: bytes) -> Finding:
    """A finding from its canonical bytes."""
    return _FINDING.validate_json(body)


@dataclass(frozen=True, slots=True)
class FindingPlace:
    """Who may read a finding."""

    reader: str
    """The contract whose readers see it; empty where none does."""
    customer: str
    in_contract: bool = True
    """Whether every deployment that it names is that contract's."""
    in_customer: bool = True


def position_columns(position: Position, customer: str, body: bytes) -> dict[str, object]:
    """A position as its row. `body`: its canonical bytes."""
    return {
        "deployment": position.deployment,
        "contract": position.contract or "",
        "metric": position.metric,
        "customer": customer,
        "status": position.status,
        "legal_status": position.legal_status,
        "displayed": storable(position.displayed),
        "cap": storable(position.cap),
        "entitled": storable(position.entitled),
        "confirmed": storable(position.confirmed),
        "over_by": storable(position.over_by),
        "over_since": moment_text(position.over_since),
        "list_value": money_text(position.list_value),
        "net_value": money_text(position.net_value),
        "capture": position.capture,
        "captured_at": moment_text(position.captured_at),
        "sealed": int(position.sealed),
        "certainty": position.displayed_certainty,
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def finding_columns(finding: Finding, body: bytes, unit: str, place: FindingPlace, twin: int = 0) -> dict[str, object]:
    """A finding as its row, but for when it was seen first. `body`: its canonical bytes. `twin`: how many of its
    fingerprint came before it."""
    name = f"{finding.fingerprint}#{twin}" if twin else finding.fingerprint
    value = 0 if finding.list_value is not None or finding.net_value is not None else 1
    rank = f"{SEVERITIES.index(finding.severity)}{CERTAINTIES.index(finding.certainty)}{value}"
    weight = f"{rank}/{finding.rule}/{finding.deployment}/{finding.metric}/{finding.contract or ''}#{twin}"
    return {
        "fingerprint": name,
        "unit": unit,
        "rule": finding.rule,
        "severity": finding.severity,
        "certainty": finding.certainty,
        "kind": finding.kind,
        "favours": finding.favours,
        "life": finding.life,
        "deployment": finding.deployment,
        "contract": finding.contract,
        "metric": finding.metric,
        "units": storable(finding.units),
        "list_value": money_text(finding.list_value),
        "net_value": money_text(finding.net_value),
        "since": moment_text(finding.since),
        "sha256": hashlib.sha256(body).hexdigest(),
        "reader": place.reader,
        "customer": place.customer,
        "in_contract": int(place.in_contract),
        "in_customer": int(place.in_customer),
        "weight": weight,
        "value_key": _key(None if finding.list_value is None else finding.list_value.amount),
        "units_key": _key(finding.units),
    }


def subject_columns(scope: str, row: StandingDeployment) -> dict[str, object]:
    """A deployment as a scope sees it, as its row."""
    return {
        "scope": scope,
        "deployment": row.deployment,
        "name": row.name,
        "address": row.address,
        "product": row.product,
        "legal_status": row.legal_status,
        "contract": row.contract or "",
        "customer": row.customer,
        "metric": row.metric,
        "status": row.status,
        "displayed": storable(row.displayed),
        "cap": storable(row.cap),
        "entitled": storable(row.entitled),
        "confirmed": storable(row.confirmed),
        "over_by": storable(row.over_by),
        "list_value": money_text(row.list_value),
        "net_value": money_text(row.net_value),
        "captured_at": moment_text(row.captured_at) or "",
        "sealed": int(row.sealed),
        "findings": row.findings,
        "severity": row.severity,
        "over_key": _key(row.over_by),
        "value_key": _key(None if row.list_value is None else row.list_value.amount),
        "search": "\n".join((row.deployment, row.name, row.address)).casefold(),
    }


def position_of(row: Columns, outstanding: bool = False) -> StandingPosition:
    """A row of positions as its value."""
    found: dict[str, Any] = dict(row)
    return StandingPosition(
        **{
            **found,
            "contract": found["contract"] or None,
            **_numbers(found, "displayed", "cap", "entitled", "confirmed", "over_by"),
            **_moments(found, "over_since", "captured_at"),
            **_moneys(found),
            "sealed": bool(found["sealed"]),
            "outstanding": outstanding,
        }
    )


FINDING_FIELDS = (
    "fingerprint", "rule", "severity", "certainty", "kind", "favours", "life", "deployment", "contract", "customer",
    "metric", "units", "list_value", "net_value", "since", "first_seen", "changed_at", "sha256",
)  # fmt: skip


def place_of(row: Columns) -> FindingPlace:
    """Who may read the finding of a row."""
    return FindingPlace(
        str(row["reader"]), str(row["customer"]), bool(row["in_contract"]), bool(row["in_customer"])
    )  # fmt: skip


def finding_of(row: Columns, outstanding: bool = False) -> StandingFinding:
    """A row of findings as its value."""
    found: dict[str, Any] = {name: row[name] for name in FINDING_FIELDS}
    return StandingFinding(
        **{
            **found,
            **_numbers(found, "units"),
            **_moments(found, "since", "first_seen", "changed_at"),
            **_moneys(found),
            "outstanding": outstanding,
        }
    )


class TalliedFinding(NamedTuple):
    """What of a finding goes into sums."""

    deployment: str
    metric: str
    rule: str
    severity: Severity
    certainty: Certainty
    kind: FindingKind
    life: FindingState
    units: int | None
    list_value: Money | None
    net_value: Money | None


def tallied_of(row: Columns) -> TalliedFinding:
    """What of a row of findings goes into sums."""
    found: dict[str, Any] = {name: row[name] for name in TalliedFinding._fields}
    return TalliedFinding(**{**found, **_numbers(found, "units"), **_moneys(found)})


SUBJECT_FIELDS = (
    "deployment", "name", "address", "product", "legal_status", "contract", "customer", "metric", "status", "displayed",
    "cap", "entitled", "confirmed", "over_by", "list_value", "net_value", "captured_at", "sealed", "findings",
    "severity",
)  # fmt: skip


def subject_of(row: Columns, outstanding: bool = False) -> StandingDeployment:
    """A row of deployments as its value."""
    found: dict[str, Any] = {name: row[name] for name in SUBJECT_FIELDS}
    return StandingDeployment(
        **{
            **found,
            "contract": found["contract"] or None,
            **_numbers(found, "displayed", "cap", "entitled", "confirmed", "over_by"),
            **_moments(found, "captured_at"),
            **_moneys(found),
            "sealed": bool(found["sealed"]),
            "outstanding": outstanding,
        }
    )


def storable(value: object) -> object:
    """A page may show a number that no column holds: it is kept as its digits."""
    return str(value) if isinstance(value, int) and abs(value) > _LARGEST else value


def moment_text(moment: datetime | None) -> str | None:
    """A moment as text that sorts by time."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def money_text(value: Money | None) -> str | None:
    return None if value is None else f"{value.amount:f} {value.currency}"


def _key(value: object) -> float:
    """A number to sort by: what is not known comes after every number."""
    if not isinstance(value, int | Decimal):
        return -_ENDLESS
    try:
        return float(value)
    except OverflowError:  # a page may show any number
        return _ENDLESS


def _numbers(row: Columns, *names: str) -> dict[str, object]:
    found = {name: row[name] for name in names}
    return {
        name: int(value) if isinstance(value, str) and value != "unlimited" else value for name, value in found.items()
    }


def _moments(row: Columns, *names: str) -> dict[str, object]:
    return {name: datetime.fromisoformat(str(row[name])) if row[name] else None for name in names}


def _moneys(row: Columns) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in ("list_value", "net_value"):
        amount, _, currency = str(row[name] or "").partition(" ")
        found[name] = Money(Decimal(amount), currency) if currency else None
    return found
