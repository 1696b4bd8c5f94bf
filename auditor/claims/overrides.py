"""A scenario with some of its assumptions changed by whoever asks: `multiplier=5`, `count_basis=displayed`.

What comes of it is nobody's scenario any more: it is named as changed, presented by nobody, and its assumptions cite
the options and not the document of the original.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, get_args

from auditor.errors import ClaimError
from auditor.model.claims import CountBasis, DamagesHead, ExpenseMode, MultiplierMode, OverageRule, PriceBasis, Scenario
from auditor.model.targets.contracts import Source

SettingParser = Callable[[str], object]


def with_overrides(scenario: Scenario, settings: Iterable[str]) -> Scenario:
    """The scenario with each `KEY=VALUE` of `settings` applied, under the id `<id>-changed`.

    Raises `ClaimError` for a key it does not have, a value that is not one of its values, or a key given twice. An
    empty value takes the assumption out (`multiplier=`).
    """
    given: dict[str, tuple[str, object]] = {}
    for setting in settings:
        key, sign, text = setting.partition("=")
        key, text = key.strip().replace("-", "_"), text.strip()
        if not sign or key not in OVERRIDABLE_SETTINGS:
            raise ClaimError(
                f"claim {scenario.id}: cannot set {setting[:60]!r}; write KEY=VALUE with one of "
                f"{', '.join(OVERRIDABLE_SETTINGS)}"
            )
        if key in given:
            raise ClaimError(f"claim {scenario.id}: {key} is set twice; keep one")
        given[key] = (text, _read(scenario, key, text))
    if not given:
        return scenario
    if given.get("multiplier", ("", 0))[1] is None:
        given.setdefault("multiplier_mode", ("", None))
    said = ", ".join(f"{key}={text}" for key, (text, _) in given.items())
    values: Mapping[str, Any] = {key: value for key, (_, value) in given.items()}
    if scenario.award is not None and values.get("multiplier") is not None:
        values = {**values, "award": None}
    return replace(
        scenario,
        id=f"{scenario.id}-changed",
        title=f"{scenario.title or scenario.id}, with {said}",
        presented_by="",
        source=Source(clause=f"options of the command: {said}"),
        **values,
    )


def _read(scenario: Scenario, key: str, text: str) -> object:
    try:
        return OVERRIDABLE_SETTINGS[key](text)
    except ValueError as error:
        raise ClaimError(f"claim {scenario.id}: {key}={text[:40]!r}: {error}") from error


def _one_of(choices: tuple[str, ...]) -> SettingParser:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"expected one of {', '.join(choice for choice in choices if choice)}")
        return text

    return read


def _multiplier(text: str) -> Decimal | None:
    if not text:
        return None
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text) is None:
        raise ValueError("expected a decimal number such as 4 or 2.5")
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError("expected a decimal number such as 4 or 2.5") from error


def _mode(text: str) -> str | None:
    return _one_of(get_args(MultiplierMode))(text) if text else None  # type: ignore[return-value]


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("expected true or false")
    return text == "true"


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


OVERRIDABLE_SETTINGS: Mapping[str, SettingParser] = MappingProxyType(
    {
        "count_basis": _one_of(tuple(one for one in get_args(CountBasis) if one != "stated")),
        "overage": _one_of(get_args(OverageRule)),
        "growth_since": str,
        "cap_from": str,
        "as_of": str,
        "deployments": _names,
        "metric": str,
        "price_basis": _one_of(get_args(PriceBasis)),
        "evidence": str,
        "priced_on": str,
        "edition": str,
        "contract": str,
        "edition_base": _one_of(("in", "out")),
        "multiplier": _multiplier,
        "multiplier_mode": _mode,
        "expenses": _one_of(get_args(ExpenseMode)),
        "cap_by_claim": _flag,
        "legal_model": str,
        "head": _one_of(get_args(DamagesHead)),
        "split": str,
    }
)
"""What may be set, and how its text is read. What a value means is said in `docs/claims.md`."""
