"""One file per customer: merged by id, each message naming the file it is about."""

from __future__ import annotations

import hashlib
from pathlib import Path

from auditor.targets import find_problems, load_estate
from tests.targets.worked_example_edits import EXAMPLE, written

MAIN = EXAMPLE.replace("format: 1\n", "format: 1\ninclude: [customers/*.yaml]\n")
CUSTOMER = """deployments:
  chuzhou: {licensee: chuzhou-lib, access: {kind: consent, reference: letter}, page: libsys-reg, urls: ["https://c.example/"]}
parties:
  chuzhou-lib: {name: 滁州市图书馆, role: licensee}
contracts:
  - id: AG-2016-001
    kind: end_user
    licensor: vendor
    counterparty: chuzhou-lib
    product: libsys
    documents: [{id: main, file: scans/main.pdf}]
    term: {from: "2016-01-01"}
    authorised: [{deployment: chuzhou, edition: flagship, from: "2016-01-01"}]
"""


def estate_in(folder: Path, *customers: tuple[str, str], main: str = MAIN) -> Path:
    path = written(folder, main)
    (folder / "customers" / "scans").mkdir(parents=True, exist_ok=True)
    (folder / "customers" / "scans" / "main.pdf").write_bytes(b"scan")
    for name, text in customers:
        (folder / "customers" / name).write_text(text, encoding="utf-8")
    return path


def test_sections_are_merged_and_every_file_is_digested(tmp_path: Path) -> None:
    path = estate_in(tmp_path, ("chuzhou.yaml", CUSTOMER))
    estate = load_estate(path)
    assert {"hefei", "chuzhou"} <= set(estate.deployments)
    assert list(estate.contracts) == ["AG-2015-007", "AG-2016-001"]
    assert estate.contracts["AG-2016-001"].currency == "CNY"
    assert estate.deployments["chuzhou"].legal_status == "licensed"
    assert dict(estate.sources) == {
        "targets.yaml": hashlib.sha256(MAIN.encode()).hexdigest(),
        "customers/chuzhou.yaml": hashlib.sha256(CUSTOMER.encode()).hexdigest(),
    }


def test_messages_name_the_included_file(tmp_path: Path) -> None:
    path = estate_in(tmp_path, ("chuzhou.yaml", CUSTOMER.replace("licensee: chuzhou-lib", "licensee: chuzhou-lip")))
    found = [str(problem) for problem in find_problems(path) if problem.severity == "error"]
    assert found == [
        f"{tmp_path}/customers/chuzhou.yaml:2:23: error[S02] deployments.chuzhou.licensee: "
        '"chuzhou-lip" is not defined under parties. Did you mean "chuzhou-lib"?'
    ]


def test_a_document_lies_beside_the_file_that_names_it(tmp_path: Path) -> None:
    path = estate_in(tmp_path, ("chuzhou.yaml", CUSTOMER))
    (tmp_path / "customers" / "scans" / "main.pdf").unlink()
    assert [problem.code for problem in find_problems(path) if problem.severity == "error"] == ["D03"]


def test_an_id_in_two_files_is_an_error_that_names_both(tmp_path: Path) -> None:
    path = estate_in(tmp_path, ("a.yaml", CUSTOMER), ("b.yaml", "parties:\n  chuzhou-lib: {name: x, role: other}\n"))
    found = [str(problem) for problem in find_problems(path) if problem.code == "S20"]
    first, second = f"{tmp_path}/customers/a.yaml", f"{tmp_path}/customers/b.yaml"
    assert found == [
        f"{second}:2:3: error[S20] parties.chuzhou-lib: is also defined in {first}:4. Keep one of {first} and {second}."
    ]


def test_a_contract_twice_in_one_file(tmp_path: Path) -> None:
    again = EXAMPLE[EXAMPLE.index("  - id: AG-2015-007") : EXAMPLE.index("    territory:")]
    found = find_problems(written(tmp_path, EXAMPLE.replace("\ndeployments:\n", f"\n{again}\ndeployments:\n")))
    assert [problem.message for problem in found if problem.code == "S20"] == ["is also defined in line 31. Keep one."]


def test_the_head_stays_in_the_main_file(tmp_path: Path) -> None:
    path = estate_in(tmp_path, ("a.yaml", "format: 1\ncurrency: EUR\ntimestamping: {quorum: 1}\ninclude: [b.yaml]\n"))
    found = [problem for problem in find_problems(path) if problem.code == "S01"]
    assert [(problem.line, problem.message.split('"')[1]) for problem in found] == [
        (2, "currency"),
        (3, "timestamping"),
        (4, "include"),
    ]


def test_patterns_that_match_nothing_or_leave_the_folder(tmp_path: Path) -> None:
    for pattern in ("nowhere/*.yaml", "../*.yaml", "/etc/*.yaml", "**x/[", '"a\\0b"'):
        found = find_problems(written(tmp_path, EXAMPLE.replace("format: 1\n", f"format: 1\ninclude: [{pattern}]\n")))
        assert [problem.line for problem in found if problem.severity == "error"] == [4], pattern
    path = written(tmp_path, EXAMPLE.replace("format: 1\n", "format: 1\ninclude: ['docs/*.pdf']\n"))
    errors = [problem for problem in find_problems(path) if problem.severity == "error"]
    assert [(Path(problem.path).suffix, problem.line) for problem in errors] == [(".pdf", 1)] * 2, "a PDF is no YAML"


def test_problems_are_told_file_by_file(tmp_path: Path) -> None:
    wrong = "deployments:\n  x: {oops: 1}\n"
    path = estate_in(
        tmp_path, ("b.yaml", wrong.replace("x:", "z:")), ("a.yaml", wrong), main=MAIN.replace("CNY", "RMB")
    )
    files = [Path(problem.path).name for problem in find_problems(path) if problem.severity == "error"]
    assert files == ["targets.yaml", "a.yaml", "a.yaml", "b.yaml", "b.yaml"]
