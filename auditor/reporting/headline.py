"""The answer in one sentence, with what is owed under true-up by customer; and units as words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from auditor.formats.foreign_text import visible_text
from auditor.model.reports import Report
from auditor.reporting import formats
from auditor.reporting.summary import OVER_STATUSES, OwedByCustomer, Summary
from auditor.reporting.translations import Translations

CUSTOMERS_NAMED = 3
"""Customers that the headline names; the report's table of what is owed names all."""


def headline_sentence(report: Report, summary: Summary, say: Translations) -> str:
    """The answer: how many deployments are over and by how much, and what is owed under true-up."""
    if not summary.deployments:
        return say("lede.empty")
    over = sum(summary.statuses[status] for status in OVER_STATUSES)
    everything = say.some("n.deployments", summary.deployments)
    unknown = summary.statuses["unverified"] + summary.statuses["incomplete"]
    if over:
        units = _units(report, dict(summary.units), say) or say("strip.no_value")
        answer = say("lede.over", over=over, all=everything, units=units)
    else:
        answer = say("lede.none_over_open" if unknown else "lede.none_over", all=everything, open=unknown)
    if not summary.owed:
        return answer
    return say("word.sentences", one=answer, other=say("lede.owed", who=_customers(report, summary, say)))


def _customers(report: Report, summary: Summary, say: Translations) -> str:
    """Who owes what: the first few customers, the rest by number."""
    shown = [
        say(
            "lede.owed_by",
            customer=visible_text(report.names.get(one.customer, one.customer), 80),
            units=owed_units(report, one, say),
            amount=owed_amount(one, say),
        )
        for one in summary.owed[:CUSTOMERS_NAMED]
    ]
    rest = len(summary.owed) - len(shown)
    return say("word.list_separator").join([*shown, *([say("word.and_more", n=rest)] if rest else [])])


def owed_units(report: Report, one: OwedByCustomer, say: Translations) -> str:
    """The units that a customer owes for, by metric."""
    return _units(report, dict(one.units), say)


def owed_amount(one: OwedByCustomer, say: Translations) -> str:
    """The amount that a customer owes; a lower bound where a part of it has no price."""
    if one.amount is None:
        return say("strip.no_value")
    amount = formats.money_text(one.amount)
    return say("strip.owed_at_least", amount=amount) if one.unvalued else amount


def unit_name(report: Report, say: Translations, metric: str, number: int | Decimal | None = None) -> str:
    """What the units of a metric are called, beside a number where one is given; a name that the report's words do
    not have stands as it is written."""
    if number == 1 and (one := say.table.get(f"unit.{metric}")):
        return one
    return say.table.get(f"units.{metric}") or visible_text(report.names.get(metric, metric), 80)


def _units(report: Report, numbers: Mapping[str, int | Decimal], say: Translations) -> str:
    return say("word.separator").join(
        _number_of(report, metric, number, say) for metric, number in sorted(numbers.items())
    )


def _number_of(report: Report, metric: str, number: int | Decimal, say: Translations) -> str:
    """A number of units: `34 branches`. Beside the number 1 a name of foreign hand is set apart: it may be a plural."""
    foreign = f"units.{metric}" not in say.table
    said = f"{number:,f}" if isinstance(number, Decimal) else f"{number:,}"
    key = "lede.units_apart" if foreign and number == 1 else "lede.units"
    return say(key, n=said, unit=unit_name(report, say, metric, number))
