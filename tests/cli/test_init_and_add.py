"""A first file without a terminal, and entries added to it: no edit by hand, and every comment where it was."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from auditor.targets import EXAMPLE_ANSWERS, QUESTIONS, load_estate
from tests.cli.small_workspace import Small
from tests.prepared_process import run_auditor


def auditor(folder: Path, *arguments: str, expect: int = 0, **environment: str) -> str:
    done = run_auditor("--workspace", str(folder), *arguments, env={**os.environ, **environment})
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout + done.stderr


def options(**changed: str) -> list[str]:
    answers = {**EXAMPLE_ANSWERS, **changed}
    return [part for one in QUESTIONS if one.id in answers for part in (one.option, answers[one.id])]


def test_every_answer_is_an_option_and_defaults_are_taken(tmp_path: Path) -> None:
    said = auditor(tmp_path, "init", *options())
    estate = load_estate(tmp_path / "targets.yaml")
    assert estate.deployments["main"].address == EXAMPLE_ANSWERS["address"]
    assert (estate.currency, estate.timezone) == ("CNY", "Asia/Shanghai")
    assert f"Next: auditor profile {EXAMPLE_ANSWERS['address']}" in said
    assert estate.pages == {}, "no label of another product stands in for the page that is described next"
    assert "no errors" in auditor(tmp_path, "check")


def test_answers_come_from_a_file_and_an_option_goes_before_it(tmp_path: Path) -> None:
    answers = tmp_path / "answers.yaml"
    answers.write_text("".join(f'{key}: "{value}"\n' for key, value in EXAMPLE_ANSWERS.items()), encoding="utf-8")
    said = auditor(tmp_path, "init", "--from", str(answers), "--customer", "芜湖市图书馆", LC_ALL="zh_CN.UTF-8")
    assert load_estate(tmp_path / "targets.yaml").parties["customer"].name == "芜湖市图书馆"
    assert "下一步：auditor profile" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vendor: A\nvendr: B\n", "vendr is no question"),
        ("- vendor\n", "expected a mapping"),
        ("vendor: [A, B]\n", ":1: expected one value"),
        ("vendor: A\nvendor: B\n", "stands there twice"),
        ("vendor: A\nstarts: 10.2.2015\n", "10.2.2015"),
        ("vendor: A\n", "--customer, --product"),
    ],
)
def test_a_file_of_answers_that_cannot_be_used_is_refused_and_nothing_is_written(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "answers.yaml").write_text(text, encoding="utf-8")
    assert said in auditor(tmp_path, "init", "--from", str(tmp_path / "answers.yaml"), expect=2)
    assert not (tmp_path / "targets.yaml").exists()


def test_choices_are_shown_in_the_language_of_the_question() -> None:
    access = next(one for one in QUESTIONS if one.id == "access")
    assert "contract_clause / public_page" in access.asked("en")
    assert access.asked("zh").startswith("凭什么可以访问？")
    assert all(one.asked("zh") != one.asked("en") for one in QUESTIONS)


def added(before: str, after: str) -> list[str]:
    """The lines that came; fails where one went or changed."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    assert [line for line in lines if line.startswith("- ")] == []
    return [line[2:] for line in lines if line.startswith("+ ")]


def test_entries_are_added_and_every_other_byte_stays(small: Small) -> None:
    path = small.root / "targets.yaml"
    path.write_text(path.read_text("utf-8").replace("deployments:\n", "# kept\ndeployments: # kept too\n"), "utf-8")
    steps = [
        ("contract", "AG-9", "--counterparty", "wuhu", "--counterparty-name", "芜湖市图书馆", "--from", "2021-01-01",
         "--percent-of-list", "30"),
        ("deployment", "wuhu-main", "--address", "https://lib.wuhu.example/", "--access", "contract_clause",
         "--reference", "AG-9 §2", "--licensee", "wuhu", "--contract", "AG-9", "--edition", "flagship",
         "--from", "2021-01-01", "--page", "status"),
        ("amendment", "AG-9", "S1", "--deployment", "wuhu-main", "--units", "4", "--signed-on", "2022-01-01"),
        ("amendment", "AG-7", "S2", "--deployment", "covered", "--units", "1", "--signed-on", "2022-01-01",
         "--effective", "2022-02-01"),
    ]  # fmt: skip
    for step in steps:
        before = path.read_text("utf-8")
        small.run("add", *step)
        changed = path.read_text("utf-8")
        if "authorised: []" in before and "authorised: []" not in changed:
            before = before.replace("authorised: []", next(x for x in changed.splitlines() if "wuhu-main" in x).strip())
        assert added(before, changed), step
    estate = load_estate(path)
    assert estate.contracts["AG-9"].authorised[0].deployment == "wuhu-main"
    assert [one.id for one in estate.contracts["AG-9"].amendments] == ["S1"]
    assert [one.id for one in estate.contracts["AG-7"].amendments] == ["S1", "S2"]
    assert estate.deployments["wuhu-main"].pages == ("status",)
    small.capture("wuhu-main", 9)
    assert small.position("wuhu-main")["entitled"] == 7


def test_what_would_not_be_valid_is_refused_and_the_file_stays(small: Small) -> None:
    path = small.root / "targets.yaml"
    before = path.read_bytes()
    where = ("--address", "https://x.example/", "--access", "public_page", "--reference", "r")
    assert "already" in small.refused("add", "deployment", "covered", *where)
    assert "no such entry" in small.refused("add", "amendment", "AG-0", "S", "--deployment", "covered", "--units", "1",
                                            "--signed-on", "2022-01-01")  # fmt: skip
    assert "--counterparty-name" in small.refused("add", "contract", "C", "--counterparty", "x", "--from", "2022-01-01")
    assert "together" in small.refused("add", "deployment", "new", *where, "--edition", "flagship")
    said = small.run("add", "amendment", "AG-7", "S3", "--deployment", "covered", "--units", "1", "--signed-on",
                     "1.2.2022", expect=2)  # fmt: skip
    assert "not changed" in said
    assert path.read_bytes() == before


def test_what_an_alias_shares_is_not_added_to(small: Small) -> None:
    """Units added to one contract would be another's as well."""
    path = small.root / "targets.yaml"
    before = path.read_text("utf-8").replace("amendments:\n", "amendments: &shared\n")
    path.write_text(before, encoding="utf-8")
    said = small.refused("add", "amendment", "AG-7", "S2", "--deployment", "covered", "--units", "1", "--signed-on",
                         "2022-01-01")  # fmt: skip
    assert "contracts.AG-7.amendments: is shared by the anchor &shared" in said
    assert path.read_text("utf-8") == before
