"""Claims: scenarios as columns, what they assume as rows, what they come to with derivations, and the break-even."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from auditor.claims import award_at_multiplier, damages_workbook, total_at_multiplier, with_overrides
from auditor.errors import ClaimError, ConfigError
from auditor.model.claims import ClaimFile, ClaimResult
from auditor.reporting import (
    ClaimSection,
    FigureRow,
    Lang,
    claim_sections,
    load_translations,
    scenario_comparison,
)
from auditor.workflow.claim import reported_claim, with_claims
from auditor.workflow.desk.reads.standing import Standing

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 92, 16, 18, 34
STEPS = 40
_Scale = Callable[[Decimal], float]
SETTINGS = 6
"""Assumptions that are changed at once, at most."""


@dataclass(frozen=True, slots=True)
class AwardPoint:
    """A point of the chart with what it stands for."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class AwardDrawing:
    """Award against multiplier: the total before any cap, the award, the claim, and where they meet."""

    total: str
    award: str
    claim_y: float | None
    claim: str
    own: AwardPoint | None
    even: AwardPoint | None
    ticks: tuple[AwardPoint, ...]
    rows: tuple[AwardPoint, ...]
    table: tuple[tuple[str, str, str], ...]
    """Multiplier, total, award: the same as numbers."""
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One assumption or figure over all scenarios."""

    name: str
    values: tuple[str, ...]
    differs: bool
    assumption: bool


@dataclass(frozen=True, slots=True)
class ScenarioRead:
    """One scenario."""

    section: ClaimSection
    result: ClaimResult | None
    drawing: AwardDrawing | None


@dataclass(frozen=True, slots=True)
class ClaimsRead:
    """The scenarios of the scope; none where there is no claims section, or none of them lies in the scope whole."""

    names: tuple[str, ...]
    rows: tuple[ComparedRow, ...]
    scenarios: tuple[ScenarioRead, ...]
    changed: str
    """The scenario that was computed once more with other assumptions; empty where none was."""
    trouble: str
    """Why the changed assumptions cannot be taken; empty where they were."""
    has_file: bool
    whole: bool = True
    """Whether the scope is everything; else what is counted lies in it."""


ASSUMED = frozenset(
    {"presented_by", "count_basis", "overage", "price_basis", "multiplier", "expenses", "claim", "unit_price"}
)


def read_claims(standing: Standing, lang: Lang, scenario: str, settings: Sequence[str]) -> ClaimsRead:
    """The scenarios computed from what was captured and decided. `settings`: `KEY=VALUE` of one scenario, changed for a
    look: another column, kept nowhere."""
    file = standing.estate.claims
    if not isinstance(file, ClaimFile):
        return ClaimsRead((), (), (), "", "", has_file=False)
    report = with_claims(standing.report, standing.estate, charts=False)
    trouble = changed = ""
    wanted = [one for one in settings if "=" in one][:SETTINGS]
    if wanted and scenario in file.scenarios:
        try:
            tried = with_overrides(file.scenarios[scenario], wanted)
            made = reported_claim(tried, file, standing.report, standing.estate)
            report, changed = replace(report, claims=(*report.claims, made)), scenario
        except (ClaimError, ConfigError) as error:
            trouble = str(error)
    say = load_translations(lang)
    names, rows = scenario_comparison(report, say)
    sections = claim_sections(report)
    return ClaimsRead(
        names,
        tuple(_row(one) for one in rows),
        tuple(
            ScenarioRead(section, claim.result, draw_award(claim.result))
            for section, claim in zip(sections, report.claims, strict=True)
        ),
        changed,
        trouble,
        has_file=True,
        whole=standing.whole,
    )


def claims_workbook(standing: Standing) -> bytes:
    """The worksheet of all scenarios that can be computed, as `auditor claim --export` writes it."""
    file = standing.estate.claims
    if not isinstance(file, ClaimFile):
        raise ConfigError("claims: there is no claims section in the targets file")
    report = with_claims(standing.report, standing.estate, charts=False)
    results = [one.result for one in report.claims if one.result is not None]
    if not results:
        raise ConfigError("claims: no scenario can be computed from what is recorded")
    return damages_workbook(results, file)


def _row(row: FigureRow) -> ComparedRow:
    return ComparedRow(row.name, row.values, len(set(row.values)) > 1, row.name in ASSUMED)


def draw_award(result: ClaimResult | None) -> AwardDrawing | None:
    """The chart of a scenario; None where its law knows no multiplier, or nothing was computed."""
    if result is None:
        return None
    low, high = result.legal_model.multiplier_min, result.legal_model.multiplier_max
    if low is None or high is None or high <= low or result.scenario.multiplier_mode is None:
        return None
    step = (high - low) / STEPS
    corners = [one for one in (result.break_even_multiplier,) if one is not None and low < one < high]
    places = sorted([*(low + step * number for number in range(STEPS + 1)), *corners])
    totals = [total_at_multiplier(result, one) for one in places]
    awards = [award_at_multiplier(result, one) for one in places]
    claim = result.claim.amount if result.claim is not None else None
    top = max([*totals, *([claim] if claim is not None else []), Decimal(1)]) * Decimal("1.08")

    def x(multiplier: Decimal) -> float:
        return round(LEFT + float((multiplier - low) / (high - low)) * (WIDTH - LEFT - RIGHT), 1)

    def y(amount: Decimal) -> float:
        return round(HEIGHT - BOTTOM - float(amount / top) * (HEIGHT - BOTTOM - TOP), 1)

    own = result.scenario.multiplier if result.scenario.multiplier is not None else result.implied_gross
    even = corners[0] if corners else None
    return AwardDrawing(
        _path(places, totals, x, y),
        _path(places, awards, x, y),
        None if claim is None else y(claim),
        "" if claim is None else f"{claim:,f}",
        AwardPoint(x(own), y(result.awarded.amount), f"{own:f}") if own is not None and low <= own <= high else None,
        AwardPoint(x(even), y(total_at_multiplier(result, even)), f"{even:f}") if even is not None else None,
        tuple(
            AwardPoint(x(low + (high - low) * n / 4), HEIGHT - BOTTOM + 18, f"{(low + (high - low) * n / 4):.2f}")
            for n in range(5)
        ),
        tuple(AwardPoint(LEFT - 8, y(top * n / 4), f"{(top * n / 4):,.0f}") for n in range(5)),
        tuple(
            (f"{places[n]:.2f}", f"{totals[n]:,.2f}", f"{awards[n]:,.2f}")
            for n in range(0, len(places), max(1, len(places) // 8))
        ),
    )


def _path(places: Sequence[Decimal], amounts: Sequence[Decimal], x: _Scale, y: _Scale) -> str:
    return " ".join(
        f"{'M' if n == 0 else 'L'}{x(place)} {y(amount)}"
        for n, (place, amount) in enumerate(zip(places, amounts, strict=True))
    )
