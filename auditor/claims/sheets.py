"""The input sheets of the workbook: counts of each deployment, prices, expenses and the claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from auditor.claims.cells import Sheet
from auditor.model.claims import ClaimFile, ClaimResult


@dataclass(slots=True)
class Places:
    """Where formulas find what other sheets hold."""

    prices: dict[str, str] = field(default_factory=dict)
    """From a scenario to the cell or formula of its unit price."""
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    """From a scenario and a key of the summary to the defined name."""
    expenses: str = "0"
    claim: str = ""
    claim_includes: str = ""


def prices_sheet(sheet: Sheet, results: Sequence[ClaimResult], file: ClaimFile, places: Places) -> None:
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


def _unit_prices(sheet: Sheet, results: Sequence[ClaimResult], places: Places, number: int) -> int:
    head = ["Price per unit", "Value", "Used by scenario", "Source", "", "", "", "", ""]
    sheet.row(number, head, "head")
    known: dict[str, str] = {}

    def cell(key: str, label: str, value: object, style: str, result: ClaimResult, name: str) -> str:
        nonlocal number
        if key in known:
            return known[key]
        number += 1
        leaf = next((n for n in result.derivations["unit_price"].inputs[0].inputs if n.unit == style), None)
        leaf = leaf or result.derivations["unit_price"].inputs[0]
        said = "; ".join(f"{source.id} {source.text}".strip() for source in leaf.sources)
        sheet.row(number, [label, "", result.scenario.id, said, "", "", "", "", ""])
        sheet.number(f"B{number}", value, f"{'percent' if style == 'percent' else 'money'} in")  # type: ignore[arg-type]
        known[key] = sheet.book.name(name, sheet.title, f"B{number}")
        return known[key]

    for result in results:
        price = result.price
        if price.basis == "evidence" or price.list_price is None:
            continue
        listed = price.list_price.amount
        name = cell(f"list {listed}", "List price per unit", listed, "money", result, "list_price")
        formula = name
        if price.percent is not None:
            label = "Percent of list the counterparty pays"
            share = cell(f"percent {price.percent}", label, price.percent, "percent", result, "percent_paid")
            formula = sheet.book.round(f"{name}*{share}/100")
        places.prices[result.scenario.id] = formula
    return number


def _evidence(sheet: Sheet, results: Sequence[ClaimResult], file: ClaimFile, places: Places, number: int) -> int:
    head = ["Price evidence", "Value", "Product", "Mode, edition, version", "Used", "Source", "", "", "Judgement"]
    number += 1
    sheet.row(number, head, "head")
    for each in file.price_evidence:
        number += 1
        users = [
            result for result in results if result.scenario.evidence == each.id and result.price.basis == "evidence"
        ]
        about = " ".join(part for part in (each.mode, each.edition, each.version) if part)
        source = f"{each.source.document} {each.source.clause}".strip()
        asserted = (
            f"asserted by {each.asserted_by}" if each.comparable == "asserted" else f"comparable: {each.comparable}"
        )
        row = [each.id, "", each.product, about, "yes" if users else "no", source, "", "", f"{asserted}; {each.why}"]
        sheet.row(number, row)
        sheet.number(f"B{number}", each.value.amount, "money in" if users else "money")
        if users:
            name = sheet.book.name(f"price_{each.id}", sheet.title, f"B{number}")
            places.prices.update({result.scenario.id: name for result in users})
    return number


def _claim(sheet: Sheet, file: ClaimFile, places: Places, number: int) -> int:
    number += 1
    sheet.row(number, ["Claim", "Value", "Includes expenses", "Source", "", "", "", "", ""], "head")
    if file.claim is None:
        sheet.row(number + 1, ["no claim is stated", "", "", "", "", "", "", "", ""])
        return number + 1
    number += 1
    source = f"{file.claim.source.document} {file.claim.source.clause}".strip()
    sheet.row(number, ["Sum claimed", "", "", source, "", "", "", "", ""])
    sheet.number(f"B{number}", file.claim.amount.amount, "money in")
    sheet.text(f"C{number}", "yes" if file.claim.includes_expenses else "no", "word in")
    sheet.sheet.data_validation(f"C{number}", {"validate": "list", "source": ["yes", "no"]})
    places.claim = sheet.book.name("claim_amount", sheet.title, f"B{number}")
    places.claim_includes = sheet.book.name("claim_includes_expenses", sheet.title, f"C{number}")
    return number


def _expenses(sheet: Sheet, file: ClaimFile, places: Places, number: int) -> None:
    number += 1
    sheet.row(number, ["Expense", "Amount", "Kind", "Act", "Instance", "Invoice", "Source", "Admitted", "Why"], "head")
    first = number + 1
    for each in file.expenses:
        number += 1
        row = [each.id, "", each.kind, each.act, each.instance, each.invoice, each.source.document, "", each.why]
        sheet.row(number, row)
        sheet.number(f"B{number}", each.amount.amount, "money in")
        sheet.text(f"H{number}", "yes" if each.admitted else "no", "word in")
        sheet.sheet.data_validation(f"H{number}", {"validate": "list", "source": ["yes", "no"]})
    admitted = [each.amount.amount for each in file.expenses if each.admitted]
    number += 1
    sheet.row(number, ["Sum of admitted expenses", "", "", "", "", "", "", "", ""], "label")
    if file.expenses:
        formula = f'SUMIFS(B{first}:B{number - 1},H{first}:H{number - 1},"yes")'
        sheet.formula(f"B{number}", formula, sum(admitted), "money sum")
    else:
        sheet.number(f"B{number}", 0, "money")
    places.expenses = sheet.book.name("expenses_total", sheet.title, f"B{number}")


def units_sheet(sheet: Sheet, results: Sequence[ClaimResult], places: Places) -> None:
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
            moment = row.captured_at.isoformat() if row.captured_at else "-"
            texts = [result.scenario.id, row.deployment, row.rule, *[""] * 6, row.capture or "-", moment]
            sheet.row(number, texts)
            sheet.number(f"D{number}", row.count, "count in")
            sheet.number(f"E{number}", row.reference, "count in")
            taken = row.reference is not None
            unlimited = result.scenario.overage == "over_cap" and not taken
            formula = f"MAX(0,D{number}-E{number})" if taken else "0" if unlimited else f"D{number}"
            sheet.formula(f"F{number}", formula, row.units, "count sum")
            edition = result.price.edition_base
            sheet.number(f"G{number}", edition.amount if edition else None, "money in")
            sheet.number(f"H{number}", result.price.included if edition else None, "count in")
            amount = f"MAX(0,F{number}-H{number})*{price}+IF(F{number}>0,G{number},0)"
            sheet.formula(f"I{number}", amount, row.base.amount, "money")
    sheet.sheet.freeze_panes(1, 2)
