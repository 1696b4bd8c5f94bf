"""The damages sheet as XLSX: inputs coloured, formulas live, every figure with its source. Same input, same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import BytesIO

from auditor.claims.exports import common_currency, walk_derivation
from auditor.claims.worksheet.input_sheets import SheetReferences, write_prices_sheet, write_units_sheet
from auditor.claims.worksheet.workbook import Sheet, Workbook, column_letter
from auditor.errors import ClaimError
from auditor.model.claims import ClaimFile, ClaimResult, Derivation

FIRST_ROW = 7
"""Row of the first line below the head of the sheet `Scenarios`."""


def damages_workbook(results: Sequence[ClaimResult], claim_file: ClaimFile) -> bytes:
    """Scenarios side by side over the sheets `Scenarios`, `Units`, `Prices`, `Derivation`, `Notes`.

    Cells a reader may change are coloured and named (`supreme_court_unit_price`, `list_price`, `claim_amount` …); all
    figures follow from them by formulas, whose stored results are the program's. Raises `ClaimError` for no results,
    two currencies, or sums of more digits than a spreadsheet keeps.
    """
    common_currency(results)
    if len({result.scenario.id for result in results}) != len(results):
        raise ClaimError("worksheet: a scenario is named twice; name each once")
    # xlsxwriter is loaded for those who ask for a worksheet.
    import xlsxwriter

    out = BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    long_ago = datetime(2000, 1, 1)  # noqa: DTZ001  (a file property without a zone; constant, so that bytes repeat)
    workbook.set_properties({"title": "Damages by scenario", "created": long_ago, "author": "seat-auditor"})
    book = Workbook(workbook, claim_file.rounding)
    summary = Sheet(book, "Scenarios", [25, *([17] * len(results)), 66])
    places = SheetReferences()
    units = Sheet(book, "Units", [26, 20, 46, 9, 12, 9, 14, 11, 15, 36, 24])
    prices = Sheet(book, "Prices", [27, 16, 32, 30, 14, 30, 44, 11, 40])
    write_prices_sheet(prices, results, claim_file, places)
    _summary(summary, results, claim_file, places)
    write_units_sheet(units, results, places)
    _derivation(Sheet(book, "Derivation", [24, 44, 16, 8, 44, 11, 26, 66, 50]), results)
    _notes(Sheet(book, "Notes", [38, 24, 30, 90, 9, 15]), results)
    workbook.close()
    return out.getvalue()


def _summary(sheet: Sheet, results: Sequence[ClaimResult], file: ClaimFile, places: SheetReferences) -> None:
    last = column_letter(len(results) + 1)
    sheet.text("A1", "Damages by scenario", "title")
    sheet.text("A2", f"Currency {file.currency}; rounded to {file.rounding.to}, {file.rounding.mode}.", "lead")
    sheet.text("A3", "Yellow cells are inputs and may be changed; all other figures follow by formula.", "lead")
    sheet.text("A4", "Sources of each figure: sheet Derivation. What is left out, and why: sheet Notes.", "lead")
    sheet.text("A6", "Scenario", "head")
    sheet.text(f"{last}6", "How", "head")
    lines = _lines(sheet.book)
    for offset, (label, _, how) in enumerate(lines):
        sheet.text(f"A{FIRST_ROW + offset}", label, "label")
        sheet.text(f"{last}{FIRST_ROW + offset}", how)
        sheet.fit(FIRST_ROW + offset, {0: label, len(results) + 1: how})
    for index, result in enumerate(results):
        column = column_letter(index + 1)
        sheet.text(f"{column}6", result.scenario.id, "head")
        sheet.fit(6, {number: each.scenario.id for number, each in enumerate(results, 1)})
        cells = {key: f"{column}{FIRST_ROW + offset}" for offset, (_, key, _) in enumerate(lines)}
        _words(sheet, result, cells)
        _figures(sheet, result, file, places, cells)
        for key, at in cells.items():
            if key not in ("title", "basis", "rule", "price_basis", "law"):
                places.names[result.scenario.id, key] = sheet.book.name(f"{result.scenario.id}_{key}", sheet.title, at)
    sheet.sheet.freeze_panes(6, 1)


def _lines(book: Workbook) -> list[tuple[str, str, str]]:
    """Label, key and explanation of each line of the summary, in order."""
    return [
        ("Presented by", "title", ""),
        ("Legal model", "law", ""),
        (
            "Count basis",
            "basis",
            "which count of a deployment is used: displayed, listed, confirmed, a variant, or stated",
        ),
        ("Overage rule", "rule", "all units; units over the cap; or growth since a day"),
        ("Unit price basis", "price_basis", "list; contract net (list x percent paid); or price evidence"),
        ("Units", "units", "sum of the units of the scenario on sheet Units"),
        ("Unit price", "unit_price", "from sheet Prices; may be overwritten here"),
        ("Base", "base", "units x unit price; with the edition price in: sum of the amounts on sheet Units"),
        ("Multiplier", "multiplier", "empty: no multiplier"),
        ("Multiplier mode", "mode", "total: base x m; additional: base x (1 + m)"),
        ("Award given", "award", "an award a court gave; empty where the award is computed"),
        (
            "Punitive total",
            "punitive_total",
            "base with its multiplier, before expenses; of a given award, what is not expenses",
        ),
        ("Expenses mode", "expenses_mode", "in: inside the figures; on_top: added; none: left out"),
        ("Expenses", "expenses", "sum of the admitted expenses on sheet Prices, unless left out"),
        ("Uncapped", "uncapped", "punitive total, with expenses where they come on top or out of a given award"),
        ("Statutory minimum", "statutory_min", "empty where the statutory range is not applied"),
        ("Statutory maximum", "statutory_max", ""),
        ("Cap by the claim", "cap", "yes: the award never exceeds the claim"),
        ("Claim", "claim", "the sum claimed, from sheet Prices"),
        ("Awarded", "awarded", "the uncapped sum within the statutory range and the claim"),
        ("Binding constraint", "binding", "which limit decided the award"),
        ("Break-even multiplier", "break_even", "claim / base, in the scenario's mode (additional: less 1)"),
        ("Break-even, net", "break_even_net", "(claim - expenses) / base: where the claim includes the expenses"),
        ("Implied multiplier", "implied", "award given / base"),
        ("Implied, net", "implied_net", "(award given - expenses) / base"),
    ]


def _words(sheet: Sheet, result: ClaimResult, cells: dict[str, str]) -> None:
    scenario = result.scenario
    sheet.text(cells["title"], scenario.presented_by or "-")
    sheet.text(cells["law"], result.legal_model.id)
    sheet.text(cells["basis"], scenario.count_basis)
    sheet.text(cells["rule"], scenario.overage)
    sheet.text(cells["price_basis"], scenario.price_basis)
    choices = {"mode": ["total", "additional"], "expenses_mode": ["in", "on_top", "none"], "cap": ["yes", "no"]}
    values = {
        "mode": scenario.multiplier_mode or "",
        "expenses_mode": scenario.expenses,
        "cap": "yes" if scenario.cap_by_claim and result.claim else "no",
    }
    for key, allowed in choices.items():
        sheet.text(cells[key], values[key], "word in")
        sheet.sheet.data_validation(cells[key], {"validate": "list", "source": allowed})


def _figures(sheet: Sheet, result: ClaimResult, file: ClaimFile, places: SheetReferences, at: dict[str, str]) -> None:
    scenario, rounding, c = result.scenario, sheet.book.round, at
    given = scenario.award is not None and scenario.award.amount.amount
    limits = {part.name: part.value for part in result.derivations["awarded"].inputs}
    sheet.formula(
        c["units"], f"SUMIFS(Units!F:F,Units!A:A,{c['units'][: -len(str(FIRST_ROW + 5))]}$6)", result.units, "count"
    )
    sheet.formula(c["unit_price"], places.prices[scenario.id], result.unit_price.amount, "money")
    if result.price.edition_base is None:
        sheet.formula(c["base"], rounding(f"{c['units']}*{c['unit_price']}"), result.base.amount, "money sum")
    else:
        column = c["units"].rstrip("0123456789")
        summed = rounding(f"SUMIFS(Units!I:I,Units!A:A,{column}$6)")
        sheet.formula(c["base"], summed, result.base.amount, "money sum")
    sheet.number(c["multiplier"], scenario.multiplier, "times in")
    sheet.number(c["award"], given or None, "money in")
    factor = f'IF({c["mode"]}="additional",1+{c["multiplier"]},{c["multiplier"]})'
    computed = f'IF({c["multiplier"]}="",{c["base"]},{rounding(c["base"] + "*" + factor)})'
    left = f'{c["award"]}-IF({c["expenses_mode"]}="in",{c["expenses"]},0)'
    total = f'IF({c["award"]}<>"",{left},{computed})'
    sheet.formula(c["punitive_total"], total, result.punitive_total.amount, "money sum")
    expenses = f'IF({c["expenses_mode"]}="none",0,{places.expenses})'
    sheet.formula(c["expenses"], expenses, result.expenses.amount, "money")
    added = f'OR({c["expenses_mode"]}="on_top",AND({c["award"]}<>"",{c["expenses_mode"]}="in"))'
    uncapped = f"{c['punitive_total']}+IF({added},{c['expenses']},0)"
    sheet.formula(c["uncapped"], uncapped, result.uncapped.amount, "money sum")
    sheet.number(c["statutory_min"], limits.get("statutory minimum"), "money in")
    sheet.number(c["statutory_max"], limits.get("statutory maximum"), "money in")
    _limits(sheet, result, places, c)
    _ratios(sheet, result, file, places, c)


def _limits(sheet: Sheet, result: ClaimResult, places: SheetReferences, c: dict[str, str]) -> None:
    low, high, total = c["statutory_min"], c["statutory_max"], c["punitive_total"]
    top = f'IF({c["expenses_mode"]}="on_top",{c["expenses"]},0)'
    before = f'IF({low}="",{c["uncapped"]},MIN(MAX({total},{low}),{high})+{top})'
    within = f'IF({total}>{high},"statutory_max",IF({total}<{low},"statutory_min","none"))'
    plainly = f'IF({c["award"]}<>"","award_given",IF({low}="","none",{within}))'
    if result.claim is None:
        sheet.number(c["claim"], None, "money")
        sheet.formula(c["awarded"], sheet.book.round(before), result.awarded.amount, "money sum")
        sheet.formula(c["binding"], plainly, result.binding_constraint, "word")
        return
    sheet.formula(c["claim"], places.claim, result.claim.amount, "money")
    limit = f'{c["claim"]}+IF({places.claim_includes}="no",{top},0)'
    capped = sheet.book.round(f'IF({c["cap"]}="yes",MIN({before},{limit}),{before})')
    sheet.formula(c["awarded"], capped, result.awarded.amount, "money sum")
    binding = f'IF(AND({c["cap"]}="yes",{before}>{limit}),"claim",{plainly})'
    sheet.formula(c["binding"], binding, result.binding_constraint, "word")


def _ratios(sheet: Sheet, result: ClaimResult, file: ClaimFile, places: SheetReferences, c: dict[str, str]) -> None:
    """Multipliers the claim or a given award come to; the net ones take off the expenses listed."""
    costs = places.expenses
    less = f'IF({c["mode"]}="additional",1,0)'
    lines: list[tuple[str, str, Decimal | None]] = []
    if result.claim is not None:
        lines.append(("break_even", f"ROUND({c['claim']}/{c['base']},4)-{less}", result.break_even_multiplier))
        if file.claim is not None and file.claim.includes_expenses:
            net = f"ROUND(({c['claim']}-{costs})/{c['base']},4)-{less}"
            lines.append(("break_even_net", net, result.break_even_net))
    if result.scenario.award is not None:
        lines.append(("implied", f"ROUND({c['award']}/{c['base']},4)", result.implied_gross))
        if result.implied_net is not None:
            lines.append(("implied_net", f"ROUND(({c['award']}-{costs})/{c['base']},4)", result.implied_net))
    for key, formula, value in lines:
        sheet.formula(c[key], f'IF({c["base"]}=0,"",{formula})', value, "times")
    for key in ("break_even", "break_even_net", "implied", "implied_net"):
        if key not in [line[0] for line in lines]:
            sheet.number(c[key], None, "times")


def _derivation(sheet: Sheet, results: Sequence[ClaimResult]) -> None:
    head = ["Scenario", "Figure", "Value", "Unit", "Formula", "Source", "Id", "SHA-256", "What it says"]
    sheet.row(1, head, "head")
    number = 2
    for result in results:
        sheet.row(number, [result.scenario.id, result.scenario.title, "", "", "", "", "", "", ""], "band")
        number += 1
        shown: set[str] = set()
        for figure in result.derivations.values():
            for depth, node in walk_derivation(figure, shown):
                number = _node(sheet, number, result.scenario.id, depth, node)
                shown.update({node.name} & result.derivations.keys())
    sheet.sheet.freeze_panes(1, 0)
    sheet.sheet.repeat_rows(0)
    sheet.sheet.autofilter(0, 0, max(number - 2, 1), len(head) - 1)


def _node(sheet: Sheet, number: int, scenario: str, depth: int, node: Derivation) -> int:
    """A node on its own line; each of its sources on that line and the next ones."""
    style = (
        "times"
        if node.unit == "x"
        else "count"
        if node.unit == "units"
        else "percent"
        if node.unit == "percent"
        else "money"
    )
    for index in range(max(1, len(node.sources))):
        source = node.sources[index] if node.sources else None
        if index == 0:
            sheet.row(number, [scenario, f"{'    ' * depth}{node.name}", "", node.unit, node.formula])
            sheet.number(f"C{number}", node.value, style)
        else:
            sheet.row(number, [scenario, "", "", "", ""])
        cells = [source.kind, source.id, "", source.text] if source else [""] * 4
        for column, text in zip("FGHI", cells, strict=True):
            sheet.text(f"{column}{number}", text)
        sheet.text(f"H{number}", source.digest if source else "", "mono")
        texts = {1: f"{'    ' * depth}{node.name}", 4: node.formula, 8: source.text if source else ""}
        sheet.fit(number, texts, min(depth, 7))
        number += 1
    return number


@dataclass(frozen=True, slots=True)
class _Note:
    kind: str
    about: str
    text: str
    units: int | None = None
    amount: Decimal | None = None


def _notes(sheet: Sheet, results: Sequence[ClaimResult]) -> None:
    """What is left out, flagged and assumed; a line that holds for several scenarios stands once."""
    sheet.row(1, ["Scenarios", "Kind", "About", "What it says", "Units", "Amount"], "head")
    found: dict[_Note, list[str]] = {}
    for result in results:
        for note in dict.fromkeys(_said(result)):
            found.setdefault(note, []).append(result.scenario.id)
    for number, (note, names) in enumerate(found.items(), 2):
        whose = "all" if len(names) == len(results) else ", ".join(names)
        sheet.row(number, [whose, note.kind, note.about, note.text])
        sheet.number(f"E{number}", note.units, "count")
        sheet.number(f"F{number}", note.amount, "money")
    sheet.sheet.freeze_panes(1, 0)
    sheet.sheet.repeat_rows(0)


def _said(result: ClaimResult) -> Iterator[_Note]:
    model = result.legal_model
    yield _Note("legal model", model.id, f"{model.title}: {model.source}")
    for place, head in enumerate(model.order, 1):
        yield _Note("order of heads", str(place), head)
    if result.limitation_from:
        yield _Note("limitation", "period", f"reaches back to {result.limitation_from} ({model.limitation_source})")
    if result.split:
        split = result.split
        days = f"{split.until} units up to {split.at}, {split.after} after, {split.undated} undated"
        yield _Note("split", split.split, f"{days} (dates of {split.by})")
    for each in result.excluded:
        amount = each.amount.amount if each.amount else None
        yield _Note(f"not in the figures: {each.kind}", each.subject, each.why, each.units, amount)
    for flag in result.flags:
        candidates = f". Candidates: {', '.join(flag.candidates)}" if flag.candidates else ""
        yield _Note(f"flag: {flag.kind}", flag.subject, f"{flag.text}{candidates}")
