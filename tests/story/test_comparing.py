"""A suspect compared and candidates looked at, as the demo does it: from capture to exhibit, and verified."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import click
import pytest

from auditor.cli.demo import compare_practice_systems
from auditor.clock import now
from auditor.custody import Journal, offline_verification_script
from auditor.demo import ANY_PORT, DemoEnvironment
from auditor.errors import IntegrityError
from auditor.workflow import AuditRequest, ComparisonRequest, load_comparison, make_comparison, open_instruments
from auditor.workflow.bundle.comparisons import bundled_comparisons
from auditor.workspace import Workspace as Folder
from tests.bundle.test_exhibits import words as printed_words
from tests.custody.test_upgrade import as_an_earlier_version_left_it
from tests.story.conftest import SANDBOX, TOP
from tests.story.in_process import Inside


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory, practice: Path) -> Inside:
    """The demo's comparison workspace."""
    root = tmp_path_factory.mktemp("compared")
    context = click.Context(click.Command("demo"), obj={"workspace": root, "quiet": True, "logs": False})
    with DemoEnvironment(ports=ANY_PORT, state_dir=practice) as world:
        compare_practice_systems(context, Folder(root), world, AuditRequest(sandbox=not SANDBOX))
        inside = Inside(root / "comparison")
        chosen = ("--deployment", "licensed", "--deployment", "copy", "--case", "libnet", "--proceeding", "CN")
        inside.auditor("bundle", "--no-pdf", *chosen, "-o", str(root / "bags"))
    return inside


def test_the_comparison_is_declared_before_it_is_made_and_sealed(compared: Inside) -> None:
    actions = [entry.body.get("action") for entry in Journal.open(compared.root).entries(kinds=("comparison",))]
    assert actions.index("declared") < actions.index("made") < actions.index("stamped")
    shown = json.loads(compared.auditor("compare", "show", "copy", "--json", streams="out"))
    assert shown["sealed"] is True
    assert [one["screen"] for one in shown["result"]["pair"]["screens"]] == [
        "login",
        "preorder",
        "marc",
        "holdings_log",
    ]
    assert {one["rule"] for one in shown["result"]["findings"]} >= {"S101", "S102", "S103"}
    assert shown["decisions"] == [
        {
            "screen": "preorder",
            "answer": "substantially_same",
            "by": "practice analyst",
            "reason": "labels, fields and their order are those of the licensed screen, the product's name apart",
        }
    ]


def test_the_same_evidence_gives_the_same_result(compared: Inside) -> None:
    before = json.loads(compared.auditor("compare", "list", "--json", streams="out"))
    again = make_comparison(Folder(compared.root), ComparisonRequest("copy"))
    after = json.loads(compared.auditor("compare", "list", "--json", streams="out"))
    assert before == after
    assert again.id == before[-1]["id"]
    # A21: with an index that was made anew, too; the id is the digest of the result's bytes.
    compared.auditor("rebuild")
    rebuilt = make_comparison(Folder(compared.root), ComparisonRequest("copy"))
    assert (rebuilt.id, rebuilt.files) == (again.id, again.files)


def test_the_report_tells_the_findings_and_the_evidence_list_has_a_row(compared: Inside) -> None:
    told = compared.report()["comparisons"]
    shown = json.loads(compared.auditor("compare", "show", "copy", "--json", streams="out"))
    assert [(one["reference"], one["suspect"], one["sealed"]) for one in told] == [("licensed", "copy", True)]
    rules = [one["rule"] for one in told[0]["findings"]]
    assert rules == [one["rule"] for one in shown["result"]["findings"]] and {"S101", "S102", "S103"} <= set(rules)
    assert {one["favours"] for one in told[0]["findings"]} <= {"licensor", "other_side", "neither"}
    assert [one["layer"] for one in told[0]["ranks"]][:3] == ["menu", "labels", "identifiers"]
    assert told[0]["decisions"][0]["by"] == "practice analyst"
    for lang, words in (
        ("zh", ("是否为授权软件", "基本相同")),
        ("en", ("Is it the licensed software?", "substantially")),
    ):
        path = compared.root / f"told.{lang}.html"
        compared.auditor("report", "--format", "html", "--lang", lang, "--output", str(path))
        page = path.read_text("utf-8")
        for word in (*words, "S101", f'id="comparison-{told[0]["id"]}"', told[0]["path"]):
            assert word in page, (lang, word)


def test_the_exhibit_has_every_screen_in_order_in_both_languages_and_can_be_searched(compared: Inside) -> None:
    pages = {lang: next(compared.root.glob(f"comparison-*.{lang}.html")).read_text("utf-8") for lang in ("zh", "en")}
    counts = {lang: len(re.findall(r'<section class="screen" id="screen-', page)) for lang, page in pages.items()}
    numbers = {lang: re.findall(r'<text class="n-\w+"[^>]*>(\d+)</text>', page) for lang, page in pages.items()}
    assert counts == {"zh": 4, "en": 4}
    assert numbers["zh"] == numbers["en"]
    order = [pages["zh"].index(f"{at} / 4 {name}") for at, name in
             enumerate(("系统登录", "预订批次管理", "书目操作MARC编目", "典藏日志统汁"), 1)]  # fmt: skip
    assert order == sorted(order)
    assert "基本相同" in pages["zh"]
    pdf = next(compared.root.glob("comparison-*.zh.pdf")).read_bytes()
    assert pdf.startswith(b"%PDF")
    again = compared.root / "again"
    compared.auditor("compare", "exhibit", "copy", "--no-pdf", "--output", str(again))
    assert (again / next(compared.root.glob("comparison-*.zh.html")).name).read_text("utf-8") == pages["zh"]


def test_the_text_of_the_printed_exhibit_can_be_searched_in_both_languages(compared: Inside) -> None:
    """A22."""
    told = {lang: printed_words(next(compared.root.glob(f"comparison-*.{lang}.pdf"))) for lang in ("zh", "en")}
    for lang, text in told.items():
        flat = text.replace("\n", "")
        for name in ("系统登录", "预订批次管理", "书目操作MARC编目", "典藏日志统汁"):
            assert name in flat, (lang, name)
    assert {lang: len(re.findall(r"\b\d / 4\b", text)) for lang, text in told.items()} == {"zh": 4, "en": 4}


def test_two_of_ten_candidates_are_the_product_and_one_is_adopted(compared: Inside) -> None:
    found = json.loads(compared.auditor("candidates", "list", "--json", streams="out"))
    answers = [one["answer"] for one in found]
    assert answers[:2] == ["same", "same"]
    assert "same" not in answers[2:]
    assert [one["version"] for one in found[:2]] == ["1.2.2", "1.3.0"]
    said = compared.auditor("candidates", "adopt", found[0]["address"], "school-1", "--by", "A. Analyst")
    assert "reseller-list.csv sha256:" in said
    assert "school-1" in compared.auditor("candidates", "list")
    compared.auditor("candidates", "adopt", found[4]["address"], "no", "--by", "A. Analyst", expect=2)
    compared.auditor("check")


def test_what_is_filed_is_verified_and_the_index_is_made_again(compared: Inside) -> None:
    compared.auditor("rebuild")
    compared.auditor("status")
    named = {one["deployment"] for one in compared.report()["positions"]}
    assert named >= {"licensed", "copy"}
    assert not any(name.startswith("candidate-") for name in named)
    assert "verdict: passed" in compared.auditor("verify")
    stored = next((compared.root / "evidence/journal/comparisons").glob("*/x-*/result.json"))
    os.chmod(stored, 0o644)  # noqa: PTH101 (as somebody would who alters evidence)
    whole = stored.read_bytes()
    stored.write_bytes(whole.replace(b'"same_but"', b'"different"', 1))
    try:
        assert "differ" in compared.auditor("compare", "show", "copy", expect=4)
    finally:
        stored.write_bytes(whole)
    for name in ("declaration.json", "manifest.json"):
        beside = stored.with_name(name)
        os.chmod(beside, 0o644)  # noqa: PTH101
        kept = beside.read_bytes()
        beside.write_bytes(kept + b" ")
        try:
            assert f"{name}: its bytes differ" in compared.auditor("compare", "show", "copy", expect=4)
            with pytest.raises(IntegrityError, match=rf"{name}: its bytes differ"):
                bundled(compared, now())
        finally:
            beside.write_bytes(kept)


def bundled(compared: Inside, as_of: datetime) -> dict[str, bytes]:
    """The comparisons that a bundle of both sides holds as of a moment."""
    with open_instruments(Folder(compared.root), sandbox=not SANDBOX) as instruments:
        return bundled_comparisons(instruments, ("licensed", "copy"), as_of, None)


def test_a_bundle_as_of_an_earlier_moment_holds_no_later_word(compared: Inside) -> None:
    made = load_comparison(Folder(compared.root), "copy").at
    for as_of, said in ((made, False), (now(), True)):
        exhibits = [data for path, data in bundled(compared, as_of).items() if path.endswith(".en.html")]
        assert [b"practice analyst" in one for one in exhibits] == [said]


def test_in_an_earlier_layout_all_is_read_and_an_upgrade_brings_it_along(compared: Inside, tmp_path: Path) -> None:
    root = tmp_path / "earlier"
    shutil.copytree(compared.root, root, symlinks=True)
    earlier, shown = Inside(root), ("compare", "show", "copy", "--json")
    asked = [shown, ("compare", "list", "--json"), ("candidates", "list", "--json")]
    said = [compared.auditor(*arguments, streams="out") for arguments in asked]
    as_an_earlier_version_left_it(root)
    assert [earlier.auditor(*arguments, streams="out") for arguments in asked] == said
    refused = earlier.auditor("compare", "copy", expect=2).strip()
    assert "Run: auditor upgrade" in refused and len(refused.splitlines()) == 1
    assert json.loads(earlier.auditor("upgrade", "--json", streams="out"))["done"] is True
    assert [earlier.auditor(*arguments, streams="out") for arguments in asked] == said
    assert make_comparison(Folder(root), ComparisonRequest("copy")).id == json.loads(said[0])["id"]
    earlier.auditor("rebuild")
    assert "verdict: passed" in earlier.auditor("verify")


def test_the_printed_steps_verify_what_was_compared(compared: Inside) -> None:
    script = offline_verification_script(compared.root)
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "VERIFIED" in ran.stdout


def test_a_bundle_of_both_sides_holds_the_comparison_under_a_number_of_its_own(compared: Inside) -> None:
    bag = (
        compared.root.parent
        / "bags"
        / next(path.name for path in (compared.root.parent / "bags").iterdir() if (path / "bagit.txt").exists())
    )
    listed = (bag / "data/50-comparisons/comparisons.csv").read_text("utf-8").splitlines()
    number, *_, folder = listed[1].split(",")
    assert folder.endswith(f"exhibit-{number}")
    names = {path.name.partition(".")[2] for path in (bag / folder).glob("comparison-*")}
    assert names == {"zh.html", "en.html"}
    index = (bag / "data/00-index/index.html").read_text("utf-8")
    assert f'<td class="n">{int(number)}</td><td>copy / licensed</td><td>比对</td>' in index
    assert folder in index
    assert "verdict: passed" in compared.auditor("verify", str(bag))


def test_unknown_names_end_in_one_line(compared: Inside) -> None:
    wrong = """
    compare nobody
    compare licensed
    compare copy --screens nowhere
    compare copy --controls copy
    compare show x-0
    compare show copy --screen 99 --json
    compare show copy --screen 99
    compare exhibit copy --lang fr
    candidates adopt http://nowhere.example/ n --by A
    """
    for arguments in (line.split() for line in wrong.strip().splitlines()):
        assert len(compared.auditor(*arguments, expect=2).strip().splitlines()) <= 2, arguments


def test_the_commands_of_the_page_run(compared: Inside, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    page = (TOP / "docs" / "comparison.md").read_text("utf-8")
    commands = re.findall(r"^\$ auditor (.+)$", page, re.MULTILINE)
    assert len(commands) >= 10
    for command in commands:
        compared.auditor(*shlex.split(command))
    assert (tmp_path / "product.json").stat().st_size > 0
