"""Results as other programs and readers take them: the short mapping, the full JSON, side by side, one figure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal

from auditor.errors import ClaimError
from auditor.model.claims import ClaimResult, Derivation, DerivationSource, Exclusion
from auditor.model.targets.contracts import Money


def decimal_text(value: Decimal | None) -> str | None:
    """Decimal text without an exponent; None stays None."""
    return None if value is None else format(value, "f")


def result_json(result: ClaimResult) -> dict[str, object]:
    """The ten figures of `auditor claim SCENARIO --json`; money and multipliers as decimal text.

    `break_even_multiplier` is the gross one, in the scenario's mode; null where there is no claim or no base.
    """
    return {
        "scenario": result.scenario.id,
        "units": result.units,
        "unit_price": decimal_text(result.unit_price.amount),
        "base": decimal_text(result.base.amount),
        "punitive_total": decimal_text(result.punitive_total.amount),
        "expenses": decimal_text(result.expenses.amount),
        "uncapped": decimal_text(result.uncapped.amount),
        "awarded": decimal_text(result.awarded.amount),
        "binding_constraint": result.binding_constraint,
        "break_even_multiplier": decimal_text(result.break_even_multiplier),
    }


def explain(result: ClaimResult, name: str) -> Derivation:
    """The tree of one figure: `base`, `awarded`, `break_even_multiplier` …; `ClaimError` for another name."""
    tree = result.derivations.get(name)
    if tree is None:
        known = ", ".join(result.derivations)
        raise ClaimError(f"scenario {result.scenario.id}: no figure {name!r} to explain; name one of {known}")
    return tree


def walk_derivation(
    tree: Derivation, known: Set[str] = frozenset(), depth: int = 0
) -> Iterator[tuple[int, Derivation]]:
    """Every node of a tree with its depth, the figure first, its inputs after it; `known` ones are not opened again."""
    opened = tree.name not in known  # asked first: the caller adds to `known` while it walks
    yield depth, tree
    for part in tree.inputs if opened else ():
        yield from walk_derivation(part, known, depth + 1)


def derivation_lines(tree: Derivation) -> tuple[str, ...]:
    """The tree as indented lines for a page or a terminal; a leaf names its sources with their digests."""
    lines = []
    for depth, node in walk_derivation(tree):
        value = "no number" if node.value is None else f"{decimal_text(node.value)} {node.unit}"
        lines.append(f"{'  ' * depth}{node.name} = {value}   [{node.formula}]")
        for source in node.sources:
            digest = f" sha256 {source.digest}" if source.digest else ""
            lines.append(f"{'  ' * (depth + 1)}{source.kind} {source.id}{digest} {source.text}".rstrip())
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One figure over all scenarios, as text, in the order of `Comparison.scenarios`."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scenarios side by side."""

    scenarios: tuple[str, ...]
    currency: str
    rows: tuple[ComparisonRow, ...]


def compare(results: Sequence[ClaimResult]) -> Comparison:
    """Scenarios side by side, list and net figures beside each other. Refuses none, and mixed currencies."""
    currency = common_currency(results)

    def row(name: str, values: Iterator[object]) -> ComparisonRow:
        return ComparisonRow(name, tuple("-" if value in (None, "") else str(value) for value in values))

    rows = [
        row("presented by", (each.scenario.presented_by for each in results)),
        row("count basis", (each.scenario.count_basis for each in results)),
        row("overage rule", (each.scenario.overage for each in results)),
        row("unit price basis", (each.scenario.price_basis for each in results)),
        row("units", (each.units for each in results)),
        row("unit price", (decimal_text(each.unit_price.amount) for each in results)),
        row("base", (decimal_text(each.base.amount) for each in results)),
        row("multiplier", (_multiplier(each) for each in results)),
        row("punitive total", (decimal_text(each.punitive_total.amount) for each in results)),
        row("expenses", (f"{decimal_text(each.expenses.amount)} ({each.scenario.expenses})" for each in results)),
        row("uncapped", (decimal_text(each.uncapped.amount) for each in results)),
        row("claim", (decimal_text(each.claim.amount) if each.claim else None for each in results)),
        row("awarded", (decimal_text(each.awarded.amount) for each in results)),
        row("binding constraint", (each.binding_constraint for each in results)),
        row("break-even multiplier", (decimal_text(each.break_even_multiplier) for each in results)),
        row("break-even, net of expenses", (decimal_text(each.break_even_net) for each in results)),
        row("implied multiplier", (decimal_text(each.implied_gross) for each in results)),
        row("implied, net of expenses", (decimal_text(each.implied_net) for each in results)),
        row("split", (_split(each) for each in results)),
    ]
    return Comparison(tuple(each.scenario.id for each in results), currency, tuple(rows))


def common_currency(results: Sequence[ClaimResult]) -> str:
    """The currency of all results; `ClaimError` where there is none or more than one."""
    found = sorted({each.currency for each in results})
    if len(found) != 1:
        said = " and ".join(found) or "no result"
        raise ClaimError(
            f"comparison of {said}: scenarios are compared in one currency; choose those of one claim file"
        )
    return found[0]


def _multiplier(result: ClaimResult) -> str | None:
    multiplier = result.scenario.multiplier
    return None if multiplier is None else f"{decimal_text(multiplier)} ({result.scenario.multiplier_mode})"


def _split(result: ClaimResult) -> str | None:
    found = result.split
    if found is None:
        return None
    undated = f", {found.undated} undated" if found.undated else ""
    return f"{found.until} up to {found.at}, {found.after} after{undated} (dates of {found.by})"


def derivation_json(result: ClaimResult) -> bytes:
    """Every figure with its tree, what is left out, what is flagged; UTF-8 JSON, the same bytes for the same input."""
    body: Mapping[str, object] = {
        "figures": result_json(result),
        "currency": result.currency,
        "rounding": {"to": decimal_text(result.rounding.to), "mode": result.rounding.mode},
        "multipliers": {
            "break_even_net": decimal_text(result.break_even_net),
            "implied": decimal_text(result.implied_gross),
            "implied_net": decimal_text(result.implied_net),
            "mode": result.scenario.multiplier_mode,
        },
        "claim": _money(result.claim),
        "legal_model": {
            "id": result.legal_model.id,
            "source": result.legal_model.source,
            "order": list(result.legal_model.order),
            "limitation_from": result.limitation_from.isoformat() if result.limitation_from else None,
        },
        "derivations": {name: _tree(tree) for name, tree in result.derivations.items()},
        "split": None
        if result.split is None
        else {
            "id": result.split.split,
            "by": result.split.by,
            "at": result.split.at.isoformat(),
            "until": result.split.until,
            "after": result.split.after,
            "undated": result.split.undated,
        },
        "excluded": [_exclusion(each) for each in result.excluded],
        "flags": [
            {"kind": each.kind, "subject": each.subject, "text": each.text, "candidates": list(each.candidates)}
            for each in result.flags
        ],
    }
    return (json.dumps(body, ensure_ascii=False, indent=2) + "\n").encode()


def _money(money: Money | None) -> dict[str, str | None] | None:
    return None if money is None else {"amount": decimal_text(money.amount), "currency": money.currency}


def _tree(tree: Derivation) -> dict[str, object]:
    return {
        "name": tree.name,
        "formula": tree.formula,
        "value": decimal_text(tree.value),
        "unit": tree.unit,
        "inputs": [_tree(part) for part in tree.inputs],
        "sources": [_source(source) for source in tree.sources],
    }


def _source(source: DerivationSource) -> dict[str, str]:
    return {"kind": source.kind, "id": source.id, "sha256": source.digest, "text": source.text}


def _exclusion(each: Exclusion) -> dict[str, object]:
    return {
        "kind": each.kind,
        "subject": each.subject,
        "why": each.why,
        "units": each.units,
        "amount": _money(each.amount),
        "sources": [_source(source) for source in each.sources],
    }
