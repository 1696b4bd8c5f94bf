"""Claims as a report tells them: scenarios side by side, and each figure walked back to what it rests on. Pure."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from auditor.model.claims import ClaimResult, Derivation, DerivationSource
from auditor.model.reports import Report, ReportedClaim
from auditor.model.targets.contracts import Money
from auditor.reporting import formats
from auditor.reporting.tables import CellValue, FileLink, Table, bounded_text, make_table
from auditor.reporting.translations import Translations

SOURCES_A_LINE = 24
_KEYS = {
    "break_even_multiplier": "break_even", "implied_multiplier": "implied", "implied_multiplier_net": "implied_net",
}  # fmt: skip
"""Figures whose word has another key than their name."""


@dataclass(frozen=True, slots=True)
class DerivationLine:
    """One node of a derivation, at its depth; a figure already shown above is only named."""

    depth: int
    name: str
    value: str
    number: Decimal | None
    unit: str
    formula: str
    sources: tuple[DerivationSource, ...]
    sources_left: int
    above: bool


@dataclass(frozen=True, slots=True)
class ClaimSection:
    """One scenario ready for the page."""

    scenario: str
    title: str
    refused: str
    awarded: str
    lines: tuple[DerivationLine, ...]
    chart: str
    """A data address, or empty."""
    excluded: tuple[tuple[str, str], ...]
    """What is left out, and why."""
    flags: tuple[tuple[str, str, str], ...]
    """Subject, text, candidates."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure over all scenarios that could be computed; `name` is a key of `words.toml`."""

    name: str
    values: tuple[str, ...]


def claim_sections(report: Report) -> tuple[ClaimSection, ...]:
    """Every scenario of the report, in its order."""
    return tuple(_told(claim) for claim in report.claims)


def _told(claim: ReportedClaim) -> ClaimSection:
    result = claim.result
    if result is None:
        return ClaimSection(claim.scenario, claim.title, claim.refused, "", (), "", (), ())
    chart = f"data:image/svg+xml;base64,{base64.b64encode(claim.chart).decode()}" if claim.chart else ""
    return ClaimSection(
        claim.scenario,
        claim.title,
        "",
        formats.money_text(result.awarded),
        tuple(claim_derivation_lines(result)),
        chart,
        tuple((f"{each.kind} {each.subject}", _why(each.why, each.units, each.amount)) for each in result.excluded),
        tuple((each.subject, each.text, " / ".join(each.candidates)) for each in result.flags),
    )


def _why(why: str, units: int | None, amount: Money | None) -> str:
    parts = [] if units is None else [str(units)]
    parts += [] if amount is None else [formats.money_text(amount)]
    return f"{why} ({', '.join(parts)})" if parts else why


def claim_derivation_lines(result: ClaimResult, most: int = SOURCES_A_LINE) -> Iterator[DerivationLine]:
    """All figures in the order they are computed, each opened once, with at most so many sources each."""
    opened: set[str] = set()
    for name, tree in result.derivations.items():
        yield from _lines(tree, opened, 0, most)
        opened.add(name)


def _lines(tree: Derivation, opened: set[str], depth: int, most: int) -> Iterator[DerivationLine]:
    above = depth > 0 and tree.name in opened
    value = "–" if tree.value is None else f"{tree.value:,f} {tree.unit}"
    sources = () if above else tree.sources
    left = max(0, len(sources) - most)
    yield DerivationLine(depth, tree.name, value, tree.value, tree.unit, tree.formula, sources[:most], left, above)
    for part in () if above else tree.inputs:
        yield from _lines(part, opened, depth + 1, most)


def figure_name(name: str, say: Translations) -> str:
    """The name of a claim's figure in this language; a step of a derivation as it is."""
    return say.table.get(f"claim.{_KEYS.get(name, name)}", name)


def scenario_comparison(report: Report, say: Translations) -> tuple[tuple[str, ...], tuple[FigureRow, ...]]:
    """Scenarios side by side: their ids, and a row for each figure."""
    results = [claim.result for claim in report.claims if claim.result is not None]
    rows = tuple(
        FigureRow(name, values) for name, values in _rows(results, say) if any(value != "–" for value in values)
    )
    return tuple(result.scenario.id for result in results), rows


def _rows(results: Sequence[ClaimResult], say: Translations) -> Iterator[tuple[str, tuple[str, ...]]]:
    def money(value: Money | None) -> str:
        return "–" if value is None else formats.money_text(value)

    def number(value: Decimal | None) -> str:
        return "–" if value is None else f"{value:f}"

    def times(one: ClaimResult) -> str:
        mode = one.scenario.multiplier_mode
        if one.scenario.multiplier is None or mode is None:
            return "–"
        return f"{one.scenario.multiplier:f} ({say(f'claim.mode_{mode}')})"

    yield "presented_by", tuple(one.scenario.presented_by or "–" for one in results)
    yield "count_basis", tuple(say(f"claim.count_{one.scenario.count_basis}") for one in results)
    yield "overage", tuple(say(f"claim.overage_{one.scenario.overage}") for one in results)
    yield "price_basis", tuple(say(f"claim.price_{one.scenario.price_basis}") for one in results)
    yield "units", tuple(f"{one.units:,}" for one in results)
    yield "unit_price", tuple(money(one.unit_price) for one in results)
    yield "base", tuple(money(one.base) for one in results)
    yield "multiplier", tuple(times(one) for one in results)
    yield "punitive_total", tuple(money(one.punitive_total) for one in results)
    yield "expenses", tuple(_expenses(one, say) for one in results)
    yield "uncapped", tuple(money(one.uncapped) for one in results)
    yield "claim", tuple(money(one.claim) for one in results)
    yield "awarded", tuple(money(one.awarded) for one in results)
    yield "binding", tuple(say(f"claim.binding_{one.binding_constraint}") for one in results)
    yield "break_even", tuple(number(one.break_even_multiplier) for one in results)
    yield "implied", tuple(number(one.implied_gross) for one in results)


def _expenses(one: ClaimResult, say: Translations) -> str:
    return f"{formats.money_text(one.expenses)} ({say(f'claim.expenses_{one.scenario.expenses}')})"


def claim_to_dict(claim: ReportedClaim) -> dict[str, object]:
    """One scenario for the JSON report: as `auditor claim --export` writes it, or why it cannot be computed."""
    found: dict[str, object] = {"scenario": claim.scenario, "title": claim.title, "refused": claim.refused or None}
    if claim.document:
        found |= json.loads(claim.document)
    return found


TABLE_COLUMNS = (
    ("scenario", 22), ("title", 30), ("figure", 30), ("value", 16), ("unit", 10), ("formula", 60), ("rests_on", 10),
    ("source", 30), ("source_text", 60), ("digest", 68),
)  # fmt: skip
MOST_SOURCES = 2_000
"""Rows of one figure."""


def claims_table(report: Report, say: Translations) -> Table:
    """Each scenario's figures in the order they are computed; a scenario that cannot be computed says why."""
    paths = {row.capture: row.path for row in report.evidence}
    rows = (row for claim in report.claims for row in _table_rows(claim, paths, say))
    return make_table("claims", say, TABLE_COLUMNS, rows)


def _table_rows(claim: ReportedClaim, paths: dict[str, str], say: Translations) -> Iterator[tuple[CellValue, ...]]:
    lead: tuple[CellValue, ...] = (bounded_text(claim.scenario), bounded_text(claim.title))
    if claim.result is None:
        yield (*lead, say("claim.refused"), None, None, bounded_text(claim.refused), None, None, None, None)
        return
    for line in claim_derivation_lines(claim.result, MOST_SOURCES):
        if line.above:
            continue
        figure = (
            *lead,
            bounded_text(figure_name(line.name, say)),
            line.number,
            line.unit or None,
            bounded_text(line.formula),
        )
        for source in line.sources or (None,):
            yield (*figure, *_source(source, paths, say))


def _source(source: DerivationSource | None, paths: dict[str, str], say: Translations) -> tuple[CellValue, ...]:
    if source is None:
        return (None, None, None, None)
    where: CellValue = bounded_text(source.id)
    if source.kind == "capture" and source.id in paths:
        where = FileLink(bounded_text(source.id), paths[source.id])
    return (say(f"claim.source_{source.kind}"), where, bounded_text(source.text), source.digest or None)
