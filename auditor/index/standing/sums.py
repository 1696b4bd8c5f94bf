"""The sums of one scope, kept by adding and taking away what each deployment and contract adds to them. Exact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from types import MappingProxyType
from typing import cast, get_args

from auditor.model.findings import Certainty, FindingState, PositionStatus, Severity
from auditor.model.standing import FindingTally, StandingTallies
from auditor.model.targets.contracts import Money

Amounts = dict[str, Decimal]
FindingKey = tuple[str, str, str, str]
"""Rule, severity, certainty, life."""


@dataclass
class FindingSums:
    """Of findings that are alike."""

    findings: int = 0
    units: int = 0
    list_value: Amounts = field(default_factory=dict)
    net_value: Amounts = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing is in them."""
        return not (self.findings or self.units or self.list_value or self.net_value)


@dataclass
class Sums:
    """What may be added up. Only what is not zero is held, so that equal sums are equal values."""

    numbers: dict[str, int] = field(default_factory=dict)
    """`deployments`, `review_only`, `unvalued`, `status/…`, `units/…`."""
    list_value: Amounts = field(default_factory=dict)
    net_value: Amounts = field(default_factory=dict)
    findings: dict[FindingKey, FindingSums] = field(default_factory=dict)

    def count(self, name: str, number: int = 1) -> None:
        """Add to one of the numbers."""
        _add(self.numbers, name, number)

    def add(self, other: Sums, sign: int = 1) -> None:
        """Add other sums, or take them away."""
        for name, number in other.numbers.items():
            _add(self.numbers, name, sign * number)
        _add_amounts(self.list_value, other.list_value, sign)
        _add_amounts(self.net_value, other.net_value, sign)
        for key, theirs in other.findings.items():
            mine = self.findings.setdefault(key, FindingSums())
            mine.findings += sign * theirs.findings
            mine.units += sign * theirs.units
            _add_amounts(mine.list_value, theirs.list_value, sign)
            _add_amounts(mine.net_value, theirs.net_value, sign)
            if mine.empty:
                del self.findings[key]

    @property
    def empty(self) -> bool:
        """Whether nothing is in them."""
        return not (self.numbers or self.list_value or self.net_value or self.findings)

    def to_text(self) -> str:
        """As the index keeps them: the same sums, the same text."""
        return json.dumps(
            {
                "numbers": self.numbers,
                "list": _told(self.list_value),
                "net": _told(self.net_value),
                "findings": [
                    [*key, one.findings, one.units, _told(one.list_value), _told(one.net_value)]
                    for key, one in sorted(self.findings.items())
                ],
            },
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        )

    @classmethod
    def of_text(cls, text: str) -> Sums:
        """The inverse of `to_text`."""
        body = json.loads(text)
        return cls(
            dict(body["numbers"]),
            _read(body["list"]),
            _read(body["net"]),
            {
                (rule, severity, certainty, life): FindingSums(n, units, _read(listed), _read(net))
                for rule, severity, certainty, life, n, units, listed, net in body["findings"]
            },
        )

    def tallies(self) -> StandingTallies:
        """As they are told."""
        return StandingTallies(
            deployments=self.numbers.get("deployments", 0),
            statuses=MappingProxyType(
                {one: self.numbers.get(f"status/{one}", 0) for one in cast("tuple[PositionStatus, ...]", _STATUSES)}
            ),
            units=MappingProxyType(self._below("units/")),
            list_value=_money(self.list_value),
            net_value=_money(self.net_value),
            review_only=self.numbers.get("review_only", 0),
            unvalued=self.numbers.get("unvalued", 0),
            findings=tuple(
                FindingTally(
                    key[0], cast("Severity", key[1]), cast("Certainty", key[2]), cast("FindingState", key[3]),
                    one.findings, one.units, _money(one.list_value), _money(one.net_value),
                )
                for key, one in sorted(self.findings.items())
            ),
        )  # fmt: skip

    def _below(self, prefix: str) -> dict[str, int]:
        found = {name.removeprefix(prefix): number for name, number in self.numbers.items() if name.startswith(prefix)}
        return dict(sorted(found.items()))


_STATUSES = get_args(PositionStatus)


def _add(numbers: dict[str, int], name: str, number: int) -> None:
    total = numbers.get(name, 0) + number
    if total:
        numbers[name] = total
    else:
        numbers.pop(name, None)


_EXACT = Context(prec=20_000, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Sums are exact whatever a page states: what was added can be taken away again."""


def add_money(amounts: Amounts, value: Money | None, sign: int = 1) -> None:
    """Add an amount to the sum of its currency; a currency in which nothing is left is left out."""
    if value is not None:
        _add_amounts(amounts, {value.currency: value.amount}, sign)


def _add_amounts(amounts: Amounts, more: Mapping[str, Decimal], sign: int) -> None:
    for currency, amount in more.items():
        total = _EXACT.add(amounts.get(currency, Decimal(0)), _EXACT.multiply(Decimal(sign), amount))
        if total:
            amounts[currency] = total
        else:
            amounts.pop(currency, None)


def _told(amounts: Amounts) -> dict[str, str]:
    return {currency: _plainly(amount) for currency, amount in sorted(amounts.items())}


def _plainly(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _read(amounts: Mapping[str, str]) -> Amounts:
    return {currency: Decimal(amount) for currency, amount in amounts.items()}


def _money(amounts: Amounts) -> tuple[Money, ...]:
    return tuple(Money(amount, currency) for currency, amount in sorted(amounts.items()))
