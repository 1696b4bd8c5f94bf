"""`auditor import` and `export` on a small workspace: preview, refusal, edits that keep what is written by hand."""

from __future__ import annotations

import hashlib
import json
import resource
from pathlib import Path

from openpyxl import Workbook

from auditor.custody import Journal
from auditor.model.events import RecordsImported, parse_entry
from auditor.targets import load_estate
from tests.cli.small_workspace import Small
from tests.docs_commands import run_commands

CONTRACTS = (
    "合同,客户,名称,起,止,折扣\n"
    "HT-2,C2,芜湖市图书馆,2016-01-01,2030-12-31,三折\n"
    "HT-1,C1,合肥（东）,2015-01-01,,七五折\n"
)
MAPPING = """format: 1
records: contracts
percent: zhe
columns: {id: 合同, customer: 客户, customer_name: 名称, from: 起, through: 止, percent_of_list: 折扣}
"""
PLACES = (
    "id,customer,address,access,access_reference,pages,contract,edition,from,net\n"
    "p2,C2,https://p2.example/,contract_clause,§6,status,HT-2,flagship,2016-02-01,5000.00\n"
    "p1,C1,https://p1.example/,contract_clause,§6,status,HT-1,flagship,2015-03-01,\n"
)


def files(small: Small) -> dict[str, str]:
    """Every file of the workspace but the index, by its digest."""
    return {
        path.relative_to(small.root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(small.root.rglob("*"))
        if path.is_file() and "db" not in path.parts
    }


def written(small: Small, tmp_path: Path) -> tuple[Path, Path, Path]:
    found = (tmp_path / "contracts.csv", tmp_path / "mapping.yaml", tmp_path / "places.csv")
    for path, text in zip(found, (CONTRACTS, MAPPING, PLACES), strict=True):
        path.write_text(text, encoding="utf-8")
    return found


def test_a_preview_writes_nothing_and_an_import_does(small: Small, tmp_path: Path) -> None:
    contracts, mapping, places = written(small, tmp_path)
    before = files(small)
    said = small.run("import", "contracts", str(contracts), "--mapping", str(mapping), "--dry-run")
    assert "added HT-2" in said
    assert "2 added, 0 changed, 0 unchanged, 0 gone, 0 refused, 0 left out; nothing is written" in said
    assert files(small) == before
    small.run("import", "contracts", str(contracts), "--mapping", str(mapping))
    small.run("import", "deployments", str(places))
    main = (small.root / "targets.yaml").read_text("utf-8")
    assert 'include: ["customers/*.yaml"]' in main
    estate = load_estate(small.root / "targets.yaml")
    assert estate.parties["C1"].name == "合肥（东）"
    assert str(estate.contracts["HT-1"].price and estate.contracts["HT-1"].price.percent_of_list) == "75"
    (order,) = estate.contracts["HT-2"].authorised
    assert (order.deployment, str(order.net and order.net.amount)) == ("p2", "5000.00")
    assert estate.deployments["p2"].licensee == "C2"
    events = [parse_entry(one) for one in Journal.open(small.root).entries(kinds={"records"})]
    imports = [one for one in events if isinstance(one, RecordsImported)]
    assert [(one.records, one.source, one.added) for one in imports] == [
        ("contracts", "contracts.csv", 2), ("deployments", "places.csv", 2),
    ]  # fmt: skip
    assert imports[0].source_sha256 == hashlib.sha256(contracts.read_bytes()).hexdigest()
    assert small.run("check").endswith("warnings\n")


def test_the_same_tables_again_change_no_byte(small: Small, tmp_path: Path) -> None:
    contracts, mapping, places = written(small, tmp_path)
    for _ in range(2):
        small.run("import", "contracts", str(contracts), "--mapping", str(mapping))
        small.run("import", "deployments", str(places))
    before = files(small)
    small.run("import", "contracts", str(contracts), "--mapping", str(mapping))
    said = small.run("import", "deployments", str(places))
    assert "0 added, 0 changed, 2 unchanged" in said
    assert files(small) == before


def test_what_stands_there_by_hand_stays(small: Small, tmp_path: Path) -> None:
    contracts, mapping, places = written(small, tmp_path)
    small.run("import", "contracts", str(contracts), "--mapping", str(mapping))
    small.run("import", "deployments", str(places))
    path = small.root / "customers" / "C2.yaml"
    text = path.read_text("utf-8").replace(
        "    authorised:\n",
        "    # the director signed twice\n    amendments:\n      - {id: S1, kind: add_units, deployment: p2, units: 3, "
        'signed_on: "2017-01-01", effective: {upon: signature}}   # 补充协议\n    authorised:\n',
    )
    text = text.replace(
        'term: {from: "2016-01-01",', 'term: {renewal: {mode: automatic, each: P1Y}, from: "2016-01-01",'
    )
    path.write_text(text, encoding="utf-8")
    contracts.write_text(CONTRACTS.replace("2030-12-31,三折", ",五折").replace("芜湖市", "芜湖"), encoding="utf-8")
    places.write_text(PLACES.replace("5000.00", "4500.00").replace("https://p2", "https://new2"), encoding="utf-8")
    found = json.loads(small.run("import", "contracts", str(contracts), "--mapping", str(mapping), "--json"))
    assert {(one["field"], one["before"], one["now"]) for one in found["changed"]} == {
        ("through", "2030-12-31", ""), ("percent_of_list", "30", "50"), ("customer_name", "芜湖市图书馆", "芜湖图书馆"),
    }  # fmt: skip
    assert found["files"] == ["customers/C2.yaml"]
    small.run("import", "deployments", str(places))
    expected = text.replace(', through: "2030-12-31"', "").replace('percent_of_list: "30"', 'percent_of_list: "50"')
    expected = (
        expected.replace("芜湖市", "芜湖").replace('"5000.00"', '"4500.00"').replace("https://p2", "https://new2")
    )
    assert path.read_text("utf-8") == expected


def test_refused_rows_stop_an_import_unless_they_are_skipped(small: Small, tmp_path: Path) -> None:
    contracts, mapping, _ = written(small, tmp_path)
    small.run("import", "contracts", str(contracts), "--mapping", str(mapping))
    contracts.write_text(CONTRACTS.replace("三折", "30% off") + "HT-3,C3,新,2020-01-01,,九折\n", encoding="utf-8")
    before = files(small)
    said = small.run("import", "contracts", str(contracts), "--mapping", str(mapping), expect=2)
    assert "refused, row 2, column 6 (折扣): 30% off: no discount in tenths that are paid" in said
    assert files(small) == before
    said = small.run("import", "contracts", str(contracts), "--mapping", str(mapping), "--skip-refused", "--lang", "zh")
    assert "1 added, 0 changed, 1 unchanged, 0 gone, 1 refused" in said
    estate = load_estate(small.root / "targets.yaml")
    assert {"HT-2", "HT-3"} <= estate.contracts.keys(), "what was known of a refused row stays"


def test_what_the_table_has_no_more_is_told_and_stays(small: Small, tmp_path: Path) -> None:
    contracts, mapping, _ = written(small, tmp_path)
    small.run("import", "contracts", str(contracts), "--mapping", str(mapping))
    contracts.write_text("\n".join(CONTRACTS.splitlines()[:2]) + "\n", encoding="utf-8")
    said = small.run("import", "contracts", str(contracts), "--mapping", str(mapping))
    assert "gone HT-1" in said
    assert "HT-1" in load_estate(small.root / "targets.yaml").contracts


def test_a_table_that_would_make_the_file_wrong_leaves_it_alone(small: Small, tmp_path: Path) -> None:
    contracts, mapping, places = written(small, tmp_path)
    small.run("import", "contracts", str(contracts), "--mapping", str(mapping))
    places.write_text(PLACES.replace("flagship", "flagshop"), encoding="utf-8")
    before = files(small)
    said = small.run("import", "deployments", str(places), expect=2)
    assert '"flagshop" is not an edition of libsys' in said
    assert files(small) == before
    places.write_text(PLACES.replace("HT-2", "HT-9"), encoding="utf-8")
    assert "no such contract" in small.run("import", "deployments", str(places), expect=2)


def test_an_import_that_broke_off_is_finished_by_the_same_one_again(small: Small, tmp_path: Path) -> None:
    contracts, mapping, _ = written(small, tmp_path)
    many = [f"HT-{number},C2,,2016-01-01,2030-12-31,三折" for number in range(1000, 4000)]
    contracts.write_text(CONTRACTS + "\n".join(many) + "\n", encoding="utf-8")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 10, hard))  # the file of C2 is larger: the disk refuses it
    try:
        said = small.refused("import", "contracts", str(contracts), "--mapping", str(mapping))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "C2.yaml: cannot be written" in said and "run the same import again" in said
    assert sorted(path.name for path in (small.root / "customers").iterdir()) == ["C1.yaml"], "whole or not at all"
    again = json.loads(small.run("import", "contracts", str(contracts), "--mapping", str(mapping), "--json"))
    assert (len(again["added"]), again["unchanged"], again["files"]) == (3001, 1, ["customers/C2.yaml"])
    assert len(load_estate(small.root / "targets.yaml").contracts) == 3003
    assert small.run("check").endswith("warnings\n")


def test_a_table_goes_out_as_it_came_in(small: Small, tmp_path: Path) -> None:
    contracts, mapping, places = written(small, tmp_path)
    small.run("import", "contracts", str(contracts), "--mapping", str(mapping))
    small.run("import", "deployments", str(places))
    out = tmp_path / "out.csv"
    small.run("export", "contracts", "--mapping", str(mapping), "-o", str(out))
    rows = out.read_text("utf-8-sig").splitlines()
    assert rows[0] == CONTRACTS.splitlines()[0]
    assert set(CONTRACTS.splitlines()[1:]) <= set(rows)
    for suffix in ("csv", "xlsx", "json"):
        for kind in ("contracts", "deployments"):
            path = tmp_path / f"plain.{suffix}"
            small.run("export", kind, "-o", str(path))
            found = json.loads(small.run("import", kind, str(path), "--dry-run", "--json"))
            assert (found["added"], found["changed"], found["refused"]) == ([], [], []), (kind, suffix, found)
    assert "ends in .csv, .xlsx or .json" in small.refused("export", "contracts", "-o", str(tmp_path / "x.pdf"))


def test_every_command_of_the_page_on_records_runs(small: Small) -> None:
    """On files of the names that docs/records.md gives them."""
    book = Workbook()
    assert book.active is not None
    for line in CONTRACTS.splitlines():
        book.active.append(line.split(","))
    book.save(small.root / "contracts.xlsx")
    (small.root / "contracts.map.yaml").write_text(MAPPING, encoding="utf-8")
    (small.root / "sites.csv").write_text(PLACES, encoding="utf-8")
    columns = ", ".join(f"{name}: {name}" for name in PLACES.splitlines()[0].split(","))
    mapping = f"format: 1\nrecords: deployments\ncolumns: {{{columns}}}\n"
    (small.root / "sites.map.yaml").write_text(mapping, encoding="utf-8")
    small.monkeypatch.chdir(small.root)
    assert len(run_commands("docs/records.md", small.run)) == 4
    assert {"HT-1", "HT-2"} <= set(load_estate(small.root / "targets.yaml").contracts)
