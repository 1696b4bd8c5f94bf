"""Ids inside `claims:` and paths of corrections that name nothing are told, with the one that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.model.claims import ClaimFile
from auditor.model.targets.contracts import Source
from auditor.targets import find_problems, load_estate

DEMO = (Path(__file__).parents[2] / "targets.yaml").read_text(encoding="utf-8")
CORRECTION = """    corrections:
      - {of: %s, field: edition, was: standard, now: flagship, recorded_on: "2021-01-01", why: misread}
    other_payments:"""


def told(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "targets.yaml"
    path.write_text(text, encoding="utf-8")
    return [
        str(problem).partition("targets.yaml:")[2] for problem in find_problems(path) if problem.severity == "error"
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("evidence: third-party-contracts", "evidence: third-party-contract", 'Did you mean "third-party-contracts"?'),
        ("      split: defendant", "      split: defendent", 'Did you mean "defendant"?'),
        ("  edition: flagship\n  contract", "  edition: flagshp\n  contract", '"flagshp" is not an edition here.'),
        ("overage: over_cap", "overage: over_cap\n      cap_from: site-90", "is not `edition` or a reference"),
        ("count_basis: displayed", "count_basis: displayed\n      metric: brunch", 'Did you mean "branch"?'),
        ("    other_payments:", CORRECTION % "authorised.libmsc-cm", 'Did you mean "libmsc-cn"?'),
        ("    other_payments:", CORRECTION % "amendments.S1", '"S1" is not under amendments of OEM-2015.'),
        ("    other_payments:", CORRECTION % "authorized.libmsc-cn", 'Did you mean "authorised"?'),
    ],
)  # fmt: skip
def test_an_id_that_names_nothing(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in DEMO
    text = DEMO.replace(old, new, 1)
    (problem,) = told(tmp_path, text)
    assert "error[S02]" in problem
    assert says in problem
    line = int(problem.split(":")[0])
    wrong = next(number for number, row in enumerate(text.splitlines(), 1) if DEMO.splitlines()[number - 1] != row)
    assert wrong <= line <= wrong + 1


def test_a_correction_of_what_there_is(tmp_path: Path) -> None:
    assert told(tmp_path, DEMO.replace("    other_payments:", CORRECTION % "authorised.libmsc-cn", 1)) == []


def test_a_stated_number_names_its_clause_and_document(tmp_path: Path) -> None:
    stated = (
        "count_basis: stated\n      stated: {site-90: 34}\n      stated_source: {clause: '3', document: contract-main}"
    )
    text = DEMO.replace("count_basis: displayed", stated, 1)
    assert "stated_source" in text and told(tmp_path, text) == []
    file = load_estate(tmp_path / "targets.yaml").claims
    assert isinstance(file, ClaimFile)
    assert {one.stated_source for one in file.scenarios.values()} == {Source(), Source("3", "contract-main")}
