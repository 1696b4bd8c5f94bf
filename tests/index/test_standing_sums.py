"""Sums that are kept by adding and taking away are exact, whatever a page states."""

from __future__ import annotations

from decimal import Decimal

from auditor.index import FindingSums, Sums
from auditor.model.targets.contracts import Money

AMOUNTS = ("0.01", "9" * 4_000 + ".99", "123456789012345678901234567890.12", f"0.{'0' * 60}1", "5000", "-5000")
KEY = ("Q101", "high", "certain", "open")


def sums(amount: str) -> Sums:
    """What one deployment adds."""
    found = Sums({"deployments": 1}, {"CNY": Decimal(amount)}, {"CNY": Decimal(amount)})
    found.findings[KEY] = FindingSums(1, 10**50, {"CNY": Decimal(amount)}, {"EUR": Decimal(amount)})
    return found


def test_what_was_added_can_be_taken_away_again_in_any_order() -> None:
    total = Sums()
    for amount in AMOUNTS:
        total.add(sums(amount))
    total = Sums.of_text(total.to_text())
    for amount in AMOUNTS[1:]:
        total.add(sums(amount), -1)
    assert total.tallies().list_value == (Money(Decimal("0.01"), "CNY"),)
    assert total.to_text() == sums("0.01").to_text()
    total.add(sums("0.01"), -1)
    assert total.empty and total.to_text() == Sums().to_text()


def test_the_order_of_adding_changes_no_text() -> None:
    forth, back = Sums(), Sums()
    for amount in AMOUNTS:
        forth.add(sums(amount))
    for amount in reversed(AMOUNTS):
        back.add(sums(amount))
    assert forth.to_text() == back.to_text()
