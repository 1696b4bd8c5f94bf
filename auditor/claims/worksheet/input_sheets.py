"""The input sheets of the workbook: counts of each deployment, prices, expenses and the claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from auditor.claims.exports import walk_derivation
from auditor.claims.worksheet.workbook import Sheet
from auditor.model.claims import ClaimFile, ClaimResult


@dataclass(slots=True)
class SheetReferences:
    """Where formulas find what other sheets hold."""

    prices: dict[str, str] = field(default_factory=dict)
    """From a scenario to the cell or formula of its unit price."""
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    """From a scenario and a key of the summary to the defined name."""
    expenses: str = "0"
    claim: str = ""
    claim_includes: str = ""


def write_prices_sheet(sheet: Sheet, results: Sequence[ClaimResult], file: ClaimFile, places: SheetReferences) -> None:
    """List prices, percents, evidence; the claim; the expenses with what is admitted."""
    sheet.text("A1", "Prices, claim and expenses", "title")
    sheet.text(
        "A2",
        "Yellow cells are inputs. A document judged not comparable prices nothing and is shown for information.",
        "lead",
    )
    number = _unit_prices(sheet, results, places, 4)
    number = _evidence(sheet, results, file, places, number + 1)
    number = _claim(sheet, file, places, number + 1)
    _expenses(sheet, file, places, number + 1)


def _unit_prices(sheet: Sheet, results: Sequence[ClaimResult], places: SheetReferences, number: int) -> int:
    """One line for each list price and each percent paid, with the scenarios that use it."""
    sheet.row(number, ["Price per unit", "Value", "Used by scenarios", "Source"], "head")
    listed = [each for each in results if each.price.list_price is not None]
    values: dict[tuple[str, Decimal], list[ClaimResult]] = {}
    for result in listed:
        if result.price.list_price is not None:
            values.setdefault(("list_price", result.price.list_price.amount), []).append(result)
        if result.price.percent is not None:
            values.setdefault(("percent_paid", result.price.percent), []).append(result)
    names: dict[tuple[str, Decimal], str] = {}
    for key, users in values.items():
        number += 1
        kind, value = key
        unit = "percent" if kind == "percent_paid" else users[0].currency
        nodes = [
            node
            for _, node in walk_derivation(users[0].derivations["unit_price"])
            if node.sources and node.unit == unit
        ]
        said = "; ".join(f"{source.id} {source.text}".strip() for node in nodes for source in node.sources)
        label = "Percent of list the counterparty pays" if unit == "percent" else "List price per unit"
        sheet.row(number, [label, "", ", ".join(each.scenario.id for each in users), said])
        sheet.number(f"B{number}", value, "percent in" if unit == "percent" else "money in")
        names[key] = sheet.book.name(kind, sheet.title, f"B{number}")
    for result in listed:
        price = result.price
        formula = names["list_price", price.list_price.amount] if price.list_price else ""
        if price.percent is not None:
            formula = sheet.book.round(f"{formula}*{names['percent_paid', price.percent]}/100")
        places.prices[result.scenario.id] = formula
    return number


def _evidence(
    sheet: Sheet, results: Sequence[ClaimResult], file: ClaimFile, places: SheetReferences, number: int
) -> int:
    """Every document offered as a price, used or not, with its judgement."""
    number += 1
    head = ["Price evidence", "Value", "Product", "Mode, edition, version", "Used", "Source", "Judgement"]
    sheet.row(number, head, "head")
    for each in file.price_evidence:
        number += 1
        users = [one for one in results if one.scenario.evidence == each.id and one.price.basis == "evidence"]
        about = f"{each.mode}; edition {each.edition or '-'}; version {each.version or '-'}"
        source = f"{each.source.document} {each.source.clause}".strip()
        asserted = (
            f"asserted by {each.asserted_by}" if each.comparable == "asserted" else f"comparable: {each.comparable}"
        )
        row = [each.id, "", each.product, about, "yes" if users else "no", source, f"{asserted}; {each.why}"]
        sheet.row(number, row)
        sheet.number(f"B{number}", each.value.amount if each.value else None, "money in" if users else "money")
        if users:
            name = sheet.book.name(f"price_{each.id}", sheet.title, f"B{number}")
            places.prices.update({result.scenario.id: name for result in users})
    return number


def _claim(sheet: Sheet, file: ClaimFile, places: SheetReferences, number: int) -> int:
    number += 1
    sheet.row(number, ["Claim", "Value", "Includes expenses", "Source"], "head")
    if file.claim is None:
        sheet.row(number + 1, ["no claim is stated", "", "", ""])
        return number + 1
    number += 1
    source = f"{file.claim.source.document} {file.claim.source.clause}".strip()
    sheet.row(number, ["Sum claimed", "", "", source])
    sheet.number(f"B{number}", file.claim.amount.amount, "money in")
    sheet.text(f"C{number}", "yes" if file.claim.includes_expenses else "no", "word in")
    sheet.sheet.data_validation(f"C{number}", {"validate": "list", "source": ["yes", "no"]})
    places.claim = sheet.book.name("claim_amount", sheet.title, f"B{number}")
    places.claim_includes = sheet.book.name("claim_includes_expenses", sheet.title, f"C{number}")
    return number


def _expenses(sheet: Sheet, file: ClaimFile, places: SheetReferences, number: int) -> None:
    number += 1
    sheet.row(number, ["Expense", "Amount", "Kind", "Act", "Instance", "Invoice", "Source", "Admitted", "Why"], "head")
    first = number + 1
    for each in file.expenses:
        number += 1
        row = [each.id, "", each.kind, each.act, each.instance, each.invoice, each.source.document, "", each.why]
        sheet.row(number, row)
        sheet.number(f"B{number}", each.amount.amount if each.amount else None, "money in")
        sheet.text(f"H{number}", "yes" if each.admitted else "no", "word in")
        sheet.sheet.data_validation(f"H{number}", {"validate": "list", "source": ["yes", "no"]})
    admitted = [each.amount.amount for each in file.expenses if each.admitted and each.amount]
    number += 1
    sheet.row(number, ["Sum of admitted expenses", ""], "label")
    if file.expenses:
        formula = f'SUMIFS(B{first}:B{number - 1},H{first}:H{number - 1},"yes")'
        sheet.formula(f"B{number}", formula, sum(admitted), "money sum")
    else:
        sheet.number(f"B{number}", 0, "money")
    places.expenses = sheet.book.name("expenses_total", sheet.title, f"B{number}")


def write_units_sheet(sheet: Sheet, results: Sequence[ClaimResult], places: SheetReferences) -> None:
    """One line per scenario and deployment: the count, what is taken off, the units and their amount."""
    sheet.row(
        1,
        [
            "Scenario",
            "Deployment",
            "Rule",
            "Count",
            "Cap or earlier count",
            "Units",
            "Edition price",
            "Units included",
            "Amount",
            "Capture",
            "Captured at",
        ],
        "head",
    )
    number = 1
    for result in results:
        price = places.names[result.scenario.id, "unit_price"]
        for row in result.rows:
            number += 1
            moment = f"{row.captured_at:%Y-%m-%d %H:%M:%S %Z}" if row.captured_at else "-"
            texts = [result.scenario.id, row.deployment, row.rule, *[""] * 6, row.capture or "-", moment]
            sheet.row(number, texts)
            sheet.number(f"D{number}", row.count, "count in")
            sheet.number(f"E{number}", row.reference, "count in" if row.reference is not None else "count")
            taken = row.reference is not None
            unlimited = result.scenario.overage == "over_cap" and not taken
            formula = f"MAX(0,D{number}-E{number})" if taken else "0" if unlimited else f"D{number}"
            sheet.formula(f"F{number}", formula, row.units, "count sum")
            edition = result.price.edition_base
            sheet.number(f"G{number}", edition.amount if edition else None, "money in" if edition else "money")
            sheet.number(f"H{number}", result.price.included if edition else None, "count in" if edition else "count")
            amount = f"MAX(0,F{number}-H{number})*{price}+IF(F{number}>0,G{number},0)"
            sheet.formula(f"I{number}", amount, row.base.amount, "money")
    sheet.sheet.freeze_panes(1, 2)
    sheet.sheet.repeat_rows(0)
