"""Numbers: units in whole digits or `unlimited`, amounts and percentages as quoted decimals."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from auditor.model.targets.contracts import UNLIMITED, Money
from auditor.targets.values.scalars import SingleValue, yaml11_misreading
from auditor.targets.values.types import BAD, Defs, LoadContext, ValuePath, last_key
from auditor.targets.yaml.nodes import ScalarNode

_WHOLE = re.compile(r"(0|[1-9][0-9]{0,11})", re.ASCII)
_AMOUNT = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?", re.ASCII)
_STANDINS = frozenset({9999, 99999, 999999, 9999999, 99999999, 999999999, 65535, 2147483647, 4294967295, 1000000})


class WholeNumber(SingleValue):
    """A whole number, not negative, in digits."""

    name = "whole number"

    def __init__(self, least: int = 0, most: int = 10**11, unlimited: bool = False) -> None:
        self.least = least
        self.most = most
        self.unlimited = unlimited
        if unlimited:
            self.name = "whole number or `unlimited`"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = node.text
        if self.unlimited and text == UNLIMITED:
            return UNLIMITED
        if _WHOLE.fullmatch(text):
            number = int(text)
            if self.least <= number <= self.most:
                return number
            context.note(
                "S13", node.at, last_key(where), f"{text} is outside {self.least} to {self.most}. Correct the number."
            )
            return BAD
        code, message = self._complaint(text, last_key(where))
        context.note(code, node.at, last_key(where), message)
        return BAD

    def _complaint(self, text: str, key: str) -> tuple[str, str]:
        if re.fullmatch(r"-[0-9]+|[-+]?\.(inf|Inf|INF)|∞|不限|无限制?", text):
            if self.unlimited:
                return "Q01", f"{text}. If this edition is unlimited write {key}: unlimited."
            return "Q01", f"{text} is not a count. Write a whole number."
        meant = _digits(text)
        advice = f"Write {meant}." if meant else "Write a whole number in digits."
        if other := yaml11_misreading(text):
            return "S07", f"{text} would be read as {other}. {advice}"
        return "S13", f'"{text[:80]}" is not a whole number. {advice}'

    def schema(self, defs: Defs) -> dict[str, Any]:
        number: dict[str, Any] = {"type": "integer", "minimum": self.least}
        return {"anyOf": [number, {"const": UNLIMITED}]} if self.unlimited else number


def _digits(text: str) -> str:
    """The whole number a text most likely means, as it should be written, or an empty text."""
    plain = unicodedata.normalize("NFKC", text).replace("_", "").strip().removesuffix("%")
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", plain, re.ASCII):
        plain = plain.replace(",", "")
    plain = re.sub(r"\.0+$", "", plain)
    return str(int(plain)) if re.fullmatch(r"\+?[0-9]{1,12}", plain, re.ASCII) else ""


class UnitsOrUnlimited(WholeNumber):
    """A number of units or `unlimited`; a stand-in such as 9999 is refused where no `literal: true` may stand by."""

    def __init__(self, literal: bool = False) -> None:
        super().__init__(unlimited=True)
        self.literal = literal

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        number = super().value(node, where, context)
        if not self.literal and is_stand_in(number):
            context.note(
                "Q02", node.at, last_key(where), f"{number} looks like a stand-in for unlimited. Write unlimited."
            )
            return BAD
        return number


def is_stand_in(value: Any) -> bool:
    """Whether a number is one that systems use in place of unlimited."""
    return isinstance(value, int) and value in _STANDINS


class QuotedDecimal(SingleValue):
    """A decimal number, quoted; gives a Decimal."""

    name = "quoted decimal"

    def __init__(self, least: str | None = "0") -> None:
        self.least = None if least is None else Decimal(least)

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        number = self._decimal(node, where, context)
        if number is BAD:
            return BAD
        if self.least is not None and number < self.least:
            context.note("S14", node.at, last_key(where), f'"{node.text}" is below {self.least}. Correct the number.')
            return BAD
        return number

    def _decimal(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = node.text
        if not _AMOUNT.fullmatch(text):
            plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("_", "").strip(" ¥￥$€%")
            advice = f'Write "{plain}".' if _AMOUNT.fullmatch(plain) else 'Write digits with a point, as "5000.00".'
            context.note("S14", node.at, last_key(where), f'"{text[:80]}" is not a decimal number. {advice}')
            return BAD
        if node.plain:
            what = "float and may lose cents" if "." in text else "integer; amounts are text, so that no cents are lost"
            context.note("S05", node.at, last_key(where), f'{text} is a YAML {what}. Quote it: "{text}".')
            return BAD
        return Decimal(text)

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]{1,6})?$"}


class MoneyAmount(QuotedDecimal):
    """A quoted amount in the currency in force; gives Money."""

    name = "quoted amount"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        number = super().value(node, where, context)
        return BAD if number is BAD else Money(number, context.currency)
