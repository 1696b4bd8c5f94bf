"""The worksheet: same bytes, safe text, and LibreOffice recomputes what the program computed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from auditor.claims import damages_workbook
from auditor.model.claims import ClaimFile, ClaimResult, StatutoryRange
from auditor.model.targets.contracts import Rounding
from tests.claims.libnet_case import FILE, cny, result

SOFFICE = shutil.which("soffice")
NEEDS_OFFICE = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice (soffice) is not installed: nothing to recompute with"
)
Edit = Callable[[Any], None]


def results(file: ClaimFile = FILE) -> list[ClaimResult]:
    return [result(replace(scenario), file=file) for scenario in file.scenarios.values()]


def cell(book: Any, name: str) -> Any:
    """The cell of a defined name."""
    ((sheet, place),) = book.defined_names[name].destinations
    return book[sheet][place.replace("$", "")]


def test_same_input_same_bytes() -> None:
    assert damages_workbook(results(), FILE) == damages_workbook(results(), FILE)


def test_stored_results_are_the_programs_figures() -> None:
    book = openpyxl.load_workbook(BytesIO(damages_workbook(results(), FILE)), data_only=True)
    assert agrees(book, results())


def test_figures_are_formulas_and_inputs_are_not() -> None:
    book = openpyxl.load_workbook(BytesIO(damages_workbook(results(), FILE)))
    for key in (
        "units",
        "unit_price",
        "base",
        "punitive_total",
        "expenses",
        "uncapped",
        "awarded",
        "binding",
        "break_even",
    ):
        assert str(cell(book, f"supreme_court_{key}").value).startswith("="), key
    assert cell(book, "list_price").value == 5000
    assert cell(book, "claim_amount").value == 800_000
    assert cell(book, "list_price").fill.start_color.rgb == "FFFFF3BF"


def test_text_from_outside_is_never_a_formula() -> None:
    evil = replace(FILE.expenses[0], kind='=HYPERLINK("http://x")', act="+1+1", why="@SUM(A1)")
    file = replace(FILE, expenses=(evil,))
    book = openpyxl.load_workbook(BytesIO(damages_workbook(results(file), file)))
    row = next(row for row in book["Prices"].iter_rows() if row[0].value == "enforcement")
    assert row[2].value == '=HYPERLINK("http://x")'
    assert row[2].data_type == "s"


def test_sources_and_notes_are_there() -> None:
    book = openpyxl.load_workbook(BytesIO(damages_workbook(results(), FILE)))
    digests = {str(row[7].value) for row in book["Derivation"].iter_rows(min_row=2)}
    assert len([each for each in digests if len(each) == 64]) >= 8
    notes = " ".join(str(row[3].value) for row in book["Notes"].iter_rows(min_row=2))
    for said in ("11800.00", "单馆", "+4", "VARIED 2023-10-11", "nobody observed", "45 units up to 2020-02-09"):
        assert said in notes, said


def agrees(book: Any, computed: list[ClaimResult]) -> bool:
    for found in computed:
        name = found.scenario.id.replace("-", "_")
        expected = {
            "units": Decimal(found.units),
            "unit_price": found.unit_price.amount,
            "base": found.base.amount,
            "punitive_total": found.punitive_total.amount,
            "expenses": found.expenses.amount,
            "uncapped": found.uncapped.amount,
            "awarded": found.awarded.amount,
            "binding": found.binding_constraint,
            "break_even": found.break_even_multiplier,
            "break_even_net": found.break_even_net,
            "implied": found.implied_gross,
            "implied_net": found.implied_net,
        }
        for key, value in expected.items():
            shown = cell(book, f"{name}_{key}").value
            if isinstance(value, Decimal):
                assert shown is not None, (name, key)
                assert Decimal(repr(shown)).quantize(Decimal("0.0001")) == value.quantize(Decimal("0.0001")), (
                    name,
                    key,
                )
            else:
                assert (shown or None) == value, (name, key)
    return True


def recomputed(folder: Path, *sheets: tuple[bytes, Edit]) -> list[Any]:
    """The workbooks after their edits, with every stored result dropped and computed again by LibreOffice."""
    assert SOFFICE is not None
    sources = [folder / f"sheet-{number}.xlsx" for number in range(len(sheets))]
    for source, (data, edit) in zip(sources, sheets, strict=True):
        book = openpyxl.load_workbook(BytesIO(data))
        edit(book)
        book.save(source)
    profile = f"-env:UserInstallation=file://{folder}/office"
    target = ["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out")]
    subprocess.run([SOFFICE, profile, *target, *map(str, sources)], check=True, capture_output=True, timeout=200)
    return [openpyxl.load_workbook(folder / "out" / source.name, data_only=True) for source in sources]


def unchanged(book: Any) -> None:
    """No edit."""


def set_price(book: Any) -> None:
    cell(book, "supreme_court_unit_price").value = 2000
    cell(book, "claim_amount").value = 5_000_000
    cell(book, "plaintiff_mode").value = "additional"


@NEEDS_OFFICE
def test_recomputed_by_another_program_it_says_the_same(tmp_path: Path) -> None:
    claimed = FILE.claim
    assert claimed is not None
    varied = replace(
        FILE,
        scenarios={
            **FILE.scenarios,
            "edition-in": replace(FILE.scenarios["displayed-all"], id="edition-in", edition_base="in"),
            "statutory": replace(
                FILE.scenarios["supreme-court"],
                id="statutory",
                statutory=StatutoryRange(),
                split="",
                cap_by_claim=False,
            ),
            "grown": replace(
                FILE.scenarios["displayed-all"],
                id="grown",
                as_of="",
                overage="growth_since",
                growth_since="first-judgment",
                deployments=("libmsc-com",),
            ),
        },
        claim=replace(claimed, amount=cny("800000.00")),
    )
    (book,) = recomputed(tmp_path, (damages_workbook(results(varied), varied), unchanged))
    assert agrees(book, results(varied))


@NEEDS_OFFICE
def test_a_changed_unit_price_changes_the_total(tmp_path: Path) -> None:
    (book,) = recomputed(tmp_path, (damages_workbook(results(), FILE), set_price))
    shown = [cell(book, f"supreme_court_{key}").value for key in ("base", "punitive_total", "awarded", "binding")]
    assert shown == [140_000, 560_000, 560_000, "none"]
    assert cell(book, "supreme_court_break_even").value == 35.7143
    assert cell(book, "plaintiff_punitive_total").value == 406_000 * 6
    assert cell(book, "first_instance_base").value == 105_000


@NEEDS_OFFICE
def test_other_roundings_are_formulas_too(tmp_path: Path) -> None:
    evidence = replace(FILE.price_evidence[0], value=cny("1234.45"))
    computed = []
    for step, mode in (("1", "half_even"), ("0.05", "half_up"), ("0.1", "down"), ("0.01", "half_even")):
        file = replace(FILE, rounding=Rounding(Decimal(step), mode), price_evidence=(evidence,))  # type: ignore[arg-type]
        odd = [result(replace(file.scenarios["plaintiff"], multiplier=Decimal("1.5")), file=file)]
        computed.append((file, odd))
    books = recomputed(tmp_path, *((damages_workbook(odd, file), unchanged) for file, odd in computed))
    assert all(agrees(book, odd) for book, (_, odd) in zip(books, computed, strict=True))
