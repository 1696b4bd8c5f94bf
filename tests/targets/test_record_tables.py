"""Tables in the shapes that ERP and CRM systems export: what is a record, what is refused and where, what is left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.errors import ConfigError
from auditor.formats.spreadsheets.workbook import SheetCell
from auditor.targets.records import FIELDS, plain_mapping, read_mapping, read_records, read_table
from auditor.targets.records.cell_values import field_value

SAMPLES = Path(__file__).parent / "samples" / "records"
SHAPES = sorted(path.name for path in SAMPLES.iterdir() if path.is_dir())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_table_of_this_shape(shape: str) -> None:
    folder = SAMPLES / shape
    (table,) = folder.glob("table.*")
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    raw = (folder / "mapping.yaml").read_bytes()
    mapping = read_mapping(raw, "mapping.yaml", "contracts" if b"records: contracts" in raw else "deployments")
    found = read_records(read_table(table.read_bytes(), table.name, mapping), mapping, {})
    assert [[one.row, one.column, one.why.code] for one in found.refused] == expected["refused"]
    assert [one.row for one in found.left_out] == expected["left_out"]
    assert [one.id for one in found.records] == list(expected["records"])
    for one in found.records:
        for field, value in expected["records"][one.id].items():
            now = one.values[field]
            assert (list(now) if isinstance(now, tuple) else now) == value, (one.id, field)


def test_there_are_at_least_ten_shapes() -> None:
    assert len(SHAPES) >= 10


MAPPING = "format: 1\nrecords: contracts\ncolumns: {id: Nr, customer: Who, from: Start}\n"
WRONG = (
    (MAPPING.replace("Start}", "Start, percent_of_list: Rate}"), "mapping.yaml:3:47: error[S16]", "percent"),
    (MAPPING + "dates: [D/M/YY]\n", "mapping.yaml:4:9: error[S22]", "form of a day"),
    (MAPPING + 'thousands: "."\n', "mapping.yaml:4:1: error[S23]", "same sign"),
    (MAPPING + "into: ../elsewhere\n", "mapping.yaml:4:1: error[S21]", "folder"),
    (MAPPING.replace("from:", "form:"), "mapping.yaml:3:34: error[S01]", "unknown field"),
    (MAPPING.replace("format: 1\n", ""), "error[S16]", '"format" is missing'),
    (MAPPING.replace("contracts", "deployments"), "error[S15]", "the command about contracts"),
)


@pytest.mark.parametrize(("text", "place", "what"), WRONG)
def test_a_wrong_mapping_is_told_with_its_place(text: str, place: str, what: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_mapping(text.encode(), "mapping.yaml", "contracts")
    assert any(place in one and what in one for one in refused.value.problems), refused.value.problems


UNREADABLE = (
    (b"a,b\n1,2\n", "no row among the first 50 has every column"),
    (b"Nr,Who,Start,Start\nA,B,2015-03-01,2015-03-01\n", "column Start more than once"),
    ("Nr,Who,Start\n合同,B,2015-03-01\n".encode("gb18030"), "encoding: gb18030"),
    (b'Nr,Who,Start\n"A,B,2015-03-01\n', "not CSV that can be read"),
    (b'{"Nr": 1}', "expected an array of rows"),
    (b'[{"Nr": 1}]', "no row has Start, Who"),
    (b'[{"Nr": "A", "Who": "B", "Start": "2015-03-01", "Start": "2016-03-01"}]', "'Start' stands twice in one object"),
    (b"[" * 100_000, "not JSON that can be read"),
    (b"PK\x03\x04rest", "not an XLSX workbook"),
)


@pytest.mark.parametrize(("data", "what"), UNREADABLE)
def test_a_table_that_cannot_be_read_is_one_line(data: bytes, what: str) -> None:
    mapping = read_mapping(MAPPING.encode(), "mapping.yaml", "contracts")
    with pytest.raises(ConfigError) as refused:
        read_records(read_table(data, "table.csv", mapping), mapping, {})
    assert what in str(refused.value)


ORDERS = plain_mapping("deployments")
ORDER = (
    "id,address,access,access_reference,customer,contract,edition,from,net{more}\n"
    "p1,https://p/,own_account,r,C,K,E,{rest}\n"
)


@pytest.mark.parametrize(
    ("more", "rest", "refused"),
    [
        ("", "2015-03-01,1200.00", []),
        ("", "2015-03-01,1200.00,,", []),
        ("", "2015-03-01,1,200.00", [("10", "row.beyond")]),
        (",,", "2015-03-01,1,200.00,", [("10", "row.beyond")]),
        ("", "2015-03-01,1200²", [("9", "row.no_amount")]),
        ("", "2015-03-01,①", [("9", "row.no_amount")]),
        ("", "2015-03-0²,1200", [("8", "row.no_day")]),
        ("", "2015-03-01,１２００", []),
    ],
)
def test_no_amount_is_made_of_what_stands_beside_it(more: str, rest: str, refused: list[tuple[str, str]]) -> None:
    """`1,200.00` without quotation marks is two cells of CSV, and `1200²` an amount with a footnote."""
    rows = read_table(ORDER.format(more=more, rest=rest).encode(), "table.csv", ORDERS)
    found = read_records(rows, ORDERS, {})
    assert [(one.column, one.why.code) for one in found.refused] == refused
    assert [str(one.values["net"])[:4] for one in found.records] == ([] if refused else ["1200"])


def test_a_percentage_that_was_reckoned_in_binary_is_refused() -> None:
    field = FIELDS["contracts"]["percent_of_list"]
    plain = plain_mapping("contracts")
    assert field_value(SheetCell("percent", "0.3333"), field, plain) == ("33.33", None)
    value, why = field_value(SheetCell("percent", "0.3333333333333333"), field, plain)
    assert (value, why and why.code) == (None, "row.not_exact")


def test_without_a_mapping_a_column_that_is_no_field_is_refused() -> None:
    plain = plain_mapping("contracts")
    with pytest.raises(ConfigError, match="no field is called throuhg"):
        read_table(b"id,customer,from,throuhg\nA,B,2015-03-01,\n", "table.csv", plain)
    found = read_records(read_table(b"id,customer,from\nA,B,2015-03-01\n", "table.csv", plain), plain, {})
    assert {one.why.value("field") for one in found.refused} == {"kind", "licensor", "product"}
