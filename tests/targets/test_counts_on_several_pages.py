"""P05: two pages of one deployment that state one count are warned of, before either is ever read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.targets.worked_example_edits import Edit, problems

HEFEI = 'page: libsys-reg, urls: ["https://lib.hefei.example/reg"]}'
BOTH = (HEFEI, "pages: [libsys-reg, dashboard], address: https://lib.hefei.example}")


def dashboard(fields: str) -> Edit:
    return (
        "pages:\n  libsys-reg:\n",
        f"pages:\n  dashboard:\n    path: /home\n    fields:\n{fields}  libsys-reg:\n    path: /r\n",
    )


def told(folder: Path, fields: str) -> list[str]:
    return [str(one).split(": ", 1)[1] for one in problems(folder, BOTH, dashboard(fields)) if one.code == "P05"]


@pytest.mark.parametrize("name", ["used", "in_use"])
def test_a_second_page_with_the_same_count_is_warned_of(tmp_path: Path, name: str) -> None:
    (said,) = told(tmp_path, f"      {name}: {{labels: [在用], kind: count, role: used}}\n")
    assert said.startswith(("warning[P05] pages.dashboard: ", "warning[P05] pages.libsys-reg: "))
    assert "states the same count as page" in said
    assert "disagree, neither is taken" in said


def test_another_metric_another_role_and_a_text_are_no_second_count(tmp_path: Path) -> None:
    assert (
        told(tmp_path, "      peak: {labels: [峰值], kind: count, role: peak}\n      edition: {labels: [版本]}\n") == []
    )
