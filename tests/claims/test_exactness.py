"""No float anywhere on the money path: the source of the room is read, not trusted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import auditor.claims
import auditor.model.claims
import auditor.model.targets.law
from auditor.claims.money import percent_of, ratio, round_money
from auditor.model.targets.contracts import Money, Rounding
from tests.claims.libnet_case import FILE, result

ROOM = sorted(Path(auditor.claims.__file__).parent.rglob("*.py"))
FILES = [*ROOM, Path(auditor.model.claims.__file__), Path(auditor.model.targets.law.__file__)]


def inexact(source: str) -> Iterator[str]:
    """Lines that hold a float literal, a call of float or a float-making function, or a true division."""
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield f"{line}: literal {node.value}"
        if isinstance(node, ast.Name) and node.id in ("float", "complex"):
            yield f"{line}: {node.id}"
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield f"{line}: true division"
        if isinstance(node, ast.Import) and any(alias.name in ("math", "statistics", "numpy") for alias in node.names):
            yield f"{line}: import"
        if isinstance(node, ast.ImportFrom) and node.module in ("math", "statistics", "numpy", "random"):
            yield f"{line}: import"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_float_on_the_money_path(path: Path) -> None:
    assert list(inexact(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("bad", ["x = 0.5", "x = float('1')", "x = a / b", "x /= 2", "import math", "y: float = 1"])
def test_the_reader_of_sources_sees_floats(bad: str) -> None:
    assert list(inexact(bad))


def test_room_is_read_whole() -> None:
    assert {"computation.py", "money.py", "award_sums.py", "award_limits.py", "damages.py"} <= {
        path.name for path in ROOM
    }


def test_ratio_takes_decimals_alone() -> None:
    with pytest.raises(TypeError, match="give Decimals"):
        ratio(1, Decimal(2))  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        ratio(Decimal(1), Decimal(0))


@pytest.mark.parametrize(("mode", "expected"), [("half_up", "0.13"), ("half_even", "0.12"), ("down", "0.12")])
def test_rounding_is_as_stated(mode: str, expected: str) -> None:
    stated = Rounding(Decimal("0.01"), mode)  # type: ignore[arg-type]
    assert str(round_money(Money(Decimal("0.125"), "CNY"), stated).amount) == expected
    assert str(percent_of(Money(Decimal("0.25"), "CNY"), Decimal(50), stated).amount) == expected


def test_every_sum_is_a_decimal() -> None:
    for name in FILE.scenarios:
        found = result(name)
        for money in (
            found.unit_price,
            found.base,
            found.punitive_total,
            found.expenses,
            found.uncapped,
            found.awarded,
        ):
            assert type(money.amount) is Decimal
        for times in (found.break_even_multiplier, found.break_even_net, found.implied_gross, found.implied_net):
            assert times is None or (type(times) is Decimal and times.as_tuple().exponent == -4)
