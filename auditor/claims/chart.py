"""Award against multiplier, with the claim as a line: one scenario, as SVG."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from typing import Any

from auditor.claims.money import ONE
from auditor.errors import ClaimError
from auditor.model.claims import ClaimResult

STEPS = 80
INK, LINE, CLAIM, MARK = "#1f2933", "#1f5f99", "#b3471d", "#2f7d4f"


def award_chart(result: ClaimResult) -> bytes:
    """Total and award for each multiplier the law allows, the claim, the break-even and the scenario's own point.

    The same result gives the same bytes. Raises `ClaimError` where the legal model knows no multiplier.
    """
    model = result.legal_model
    if model.multiplier_min is None or model.multiplier_max is None:
        raise ClaimError(f"scenario {result.scenario.id}: {model.multiplier_source}, so there is nothing to draw")
    # matplotlib is heavy: whoever only computes does not pay for it.
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    scenario = result.scenario
    style: Any = {"svg.hashsalt": "claim", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 10}
    low, high = model.multiplier_min, model.multiplier_max
    step = (high - low) * Decimal("0.0125")
    corners = [each for each in (result.break_even_multiplier, result.break_even_net) if each and low < each < high]
    steps = sorted([*(low + step * index for index in range(STEPS + 1)), *corners])
    totals = [total_at_multiplier(result, each) for each in steps]
    with mpl.rc_context(style):
        figure = Figure(figsize=(9, 6), layout="constrained")
        canvas: Any = FigureCanvasSVG(figure)
        axes: Any = figure.add_subplot()
        axes.plot(steps, totals, color=LINE, linewidth=1, linestyle="--", label="total, before any cap")
        awards = [award_at_multiplier(result, each) for each in steps]
        axes.plot(steps, awards, color=LINE, linewidth=3, label="award")
        if result.claim is not None:
            cap = result.claim.amount
            axes.axhline(cap, color=CLAIM, linewidth=2, label=f"claim {cap:,f}")
            _break_even(result, axes, low, high)
        own = scenario.multiplier if scenario.multiplier is not None else result.implied_gross
        if own is not None and low <= own <= high:
            word = "multiplier" if scenario.multiplier is not None else "implied multiplier"
            axes.plot(
                [own],
                [result.awarded.amount],
                "o",
                color=MARK,
                markersize=9,
                label=f"{word} {own:f}: {result.awarded.amount:,f}",
            )
        mode = scenario.multiplier_mode or "total"
        formula = "base x (1 + m)" if mode == "additional" else "base x m"
        axes.set_xlabel(f"multiplier m ({mode}: {formula}); range allowed: {low:f} to {high:f}", color=INK)
        axes.set_ylabel(result.currency, color=INK)
        axes.set_title(_title(result), loc="left", fontsize=11, color=INK)
        axes.set_ylim(bottom=0)
        axes.margins(y=Decimal("0.1"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.grid(visible=True, color="#d5dae0", linewidth=1)
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
        out = BytesIO()
        canvas.print_svg(out, metadata={"Date": None, "Creator": "seat-auditor"})
    return out.getvalue()


def total_at_multiplier(result: ClaimResult, multiplier: Decimal) -> Decimal:
    """Base at a multiplier in the scenario's mode, with the expenses where they come on top."""
    factor = ONE + multiplier if result.scenario.multiplier_mode == "additional" else multiplier
    added = result.expenses.amount if result.scenario.expenses == "on_top" else Decimal(0)
    return result.base.amount * factor + added


def award_at_multiplier(result: ClaimResult, multiplier: Decimal) -> Decimal:
    """The total at a multiplier within the limits that the result's own award had."""
    parts = {part.name: part.value for part in result.derivations["awarded"].inputs}
    added = result.expenses.amount if result.scenario.expenses == "on_top" else Decimal(0)
    amount = total_at_multiplier(result, multiplier) - added
    low, high, claim = (parts.get(name) for name in ("statutory minimum", "statutory maximum", "claim"))
    if low is not None and high is not None:
        amount = min(max(amount, low), high)
    if claim is None:
        return amount + added
    return min(amount + added, claim + (parts.get("expenses") or Decimal(0)))


def _title(result: ClaimResult) -> str:
    name = result.scenario.id if result.scenario.id.isascii() else "scenario"
    units = f"{result.units} units x {result.unit_price.amount:,f} {result.currency}"
    return f"{name}: base {result.base.amount:,f} ({units})"


def _break_even(result: ClaimResult, axes: Any, low: Decimal, high: Decimal) -> None:
    """A line down from where the total meets the claim: net of expenses where they come on top."""
    net = result.scenario.expenses == "on_top"
    meets = result.break_even_net if net else result.break_even_multiplier
    if meets is None or result.claim is None or not low <= meets <= high:
        return
    words = f"break-even {meets:f}" + (", net of expenses" if net else "")
    axes.vlines([meets], 0, result.claim.amount, color=CLAIM, linewidth=1, linestyle=":", label=words)
