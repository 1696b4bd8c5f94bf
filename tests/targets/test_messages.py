"""Every message of the licensing reference, §4.5, in the form shown there and at its place; and those added since."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.targets import PROBLEM_CODES
from auditor.targets.problems import is_warning
from tests.targets.contract_cases import CONTRACT_CASES
from tests.targets.estate_cases import ESTATE_CASES
from tests.targets.worked_example_edits import Case, edited, place, problems

CASES = (*CONTRACT_CASES, *ESTATE_CASES)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.says.split(']')[0]}]-{index}" for index, case in enumerate(CASES)])
def test_message(case: Case, tmp_path: Path) -> None:
    line, column = place(edited(*case.edits), case.at)
    found = [str(problem) for problem in problems(tmp_path, *case.edits)]
    assert f"{tmp_path / 'targets.yaml'}:{line}:{column}: {case.says}" in found, "\n".join(found)


ELSEWHERE = frozenset({"S17", "S18", "S19", "S20", "S21", "T07", "K03", "P05"})
"""Codes whose tests are in `test_files`, `test_includes`, `test_example` and `test_counts_on_several_pages`."""


def test_every_code_has_its_message_tested() -> None:
    tested = {case.says.split("[")[1].split("]")[0] for case in CASES}
    assert tested | ELSEWHERE == set(PROBLEM_CODES)


def test_severity_is_as_the_reference_says() -> None:
    for case in CASES:
        severity, code = case.says.split("]")[0].split("[")
        assert is_warning(code) == (severity == "warning"), code
