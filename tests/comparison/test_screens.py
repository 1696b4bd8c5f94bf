"""Screens as they come: what is a label, what is data, and what cannot be compared."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from auditor.comparison import (
    CapturedScreen,
    CapturedSystem,
    KnownLibraries,
    SystemFeatures,
    compare_systems,
    served_scripts,
)
from auditor.comparison.screens.identifiers import screen_identifiers
from auditor.comparison.screens.labels import screen_labels
from auditor.custody import open_package
from auditor.document.page import page_from_body
from auditor.document.web_archive import ArchivedResponse, read_responses
from auditor.errors import CustodyError
from auditor.model.captures import Capture, View
from auditor.model.comparisons import ComparisonResult, Declaration, Screen, SystemRecord
from auditor.model.evidence import Package, Seal
from auditor.workflow.comparison.systems import captured_system
from tests.comparison.make_samples import SAMPLES
from tests.comparison.sample_systems import SCREENS, sample_system

ONE = (Screen("one", "One", "one", 1),)


def labels(html: str) -> list[str]:
    return [one.text for one in screen_labels(page_from_body(html.encode())).labels]


def system(name: str, html: str, *scripts: bytes) -> CapturedSystem:
    page = CapturedScreen("one", page_from_body(html.encode()), f"https://{name}.example/")
    served = tuple(
        ArchivedResponse(f"https://{name}.example/{at}.js", 200, {"content-type": "text/javascript"}, body)
        for at, body in enumerate(scripts)
    )
    record = SystemRecord(name, "suspect", f"c-{name}", f"evidence/{name}", "", None, None)
    return CapturedSystem(record, MappingProxyType({"one": page}), served)


def compare(left: CapturedSystem, right: CapturedSystem) -> ComparisonResult:
    declaration = Declaration("t", "p", left.id, right.id, (), ONE, (), (), (), ())
    return compare_systems(declaration, left, right, known=KnownLibraries())


def test_rows_values_and_figures_are_data() -> None:
    table = "<table><tr><th>书名</th><th>册数</th></tr>" + "<tr><td>红楼梦</td><td>3</td></tr>" * 3 + "</table>"
    assert labels(table) == ["书名", "册数"]
    assert labels("<table><tr><th>公司名称</th><td>某公司</td></tr></table>") == ["公司名称"]
    assert labels("<dl><dt>公司名称</dt><dd>某公司</dd></dl>") == ["公司名称"]
    assert labels("<p>共 34 条</p><p>34</p>") == ["共 34 条"]
    assert labels("<input value='某人'><input type=submit value='查询'><input placeholder='题名'>") == ["查询", "题名"]
    many = "".join(f"<option>分馆{at}</option>" for at in range(30))
    assert labels(f"<select>{many}</select>") == []
    assert labels("<select><option>全部</option><option>在馆</option></select>") == ["全部", "在馆"]


def test_what_is_not_shown_is_no_label() -> None:
    assert labels("<p hidden>草稿</p><p style='display:none'>内部</p><p>公开</p>") == ["公开"]


def test_layout_tables_keep_their_labels() -> None:
    form = "<table><tr><td>题名</td><td><input name=t></td></tr><tr><td>作者</td><td><input name=a></td></tr></table>"
    assert labels(form) == ["题名", "作者"]


def test_names_made_by_frameworks_and_habit_say_nothing() -> None:
    page = page_from_body(
        b"<form action='/opac/ydpc?id=7'><input id='el-id-1024-7' name='csrf_token'><input id='q' name='ydpch'"
        b" maxlength=20><input type=hidden name='fgdm'></form>"
    )
    assert set(screen_identifiers(page)) == {
        ("action", "/opac/ydpc?id"), ("id", "el-id-1024-7"), ("field", "csrf_token"), ("id", "q"), ("field", "ydpch"),
        ("length", "ydpch=20"), ("hidden", "fgdm"),
    }  # fmt: skip
    left = SystemFeatures(
        system("a", "<input id='el-id-1024-7' name='csrf_token'><input name='ydpch'>"), KnownLibraries()
    )
    found = compare(left.system, system("b", "<input id='el-id-9-1' name='csrf_token'><input name='ydpch'>"))
    assert found.pair.screens[0].identifiers.written == "1.000"
    assert (found.pair.screens[0].identifiers.left, found.pair.screens[0].identifiers_raw.left) == (1, 3)


def test_a_screen_drawn_on_a_canvas_has_no_labels_and_no_figure() -> None:
    found = compare(system("a", "<canvas></canvas>"), system("b", "<canvas></canvas>")).pair.screens[0]
    assert found.answer == "not_comparable"
    assert found.labels.value is None
    assert found.why is not None
    assert found.why.code == "comparison.no_labels"


def test_right_to_left_and_overrides_are_compared_as_they_are_shown() -> None:
    arabic = "<html dir=rtl><h1>نظام المكتبة</h1><label>رقم القارئ</label>"
    found = compare(system("a", arabic), system("b", arabic)).pair.screens[0]
    assert found.answer == "same"
    turned = compare(system("a", "<p>نظام</p>"), system("b", "<p>\u202eنظام</p>")).pair.screens[0]
    assert turned.answer in ("same_but", "different")


def test_what_was_changed_under_the_licence_is_said_of_its_item() -> None:
    found = compare(sample_system("licensed"), sample_system("licensed"))
    assert found.pair.screens[0].answer == "not_comparable"  # it has no screen `one`, on either side


def test_inline_scripts_are_compared_and_data_blocks_are_not() -> None:
    body = "<script>var a = {b: 1}</script><script type='application/json'>{}</script><script src='/x.js'></script>"
    assert [one.body for one in served_scripts(system("a", body))] == [b"var a = {b: 1}"]


def test_a_source_map_is_named_and_never_read() -> None:
    secret = b"var a = 1;\n//# sourceMappingURL=data:application/json;base64,eyJzb3VyY2VzIjpbIi9zZWNyZXQuanMiXX0="
    found = compare(system("a", "<p>x y</p>", secret * 40), system("b", "<p>x y</p>", secret * 40))
    assert "secret" not in str(found)


@pytest.mark.parametrize("outcome", ["not_logged_in", "http_error", "blank"])
def test_a_screen_behind_another_role_is_missing_with_its_reason(outcome: str) -> None:
    view = View("marc", "marc", 1, "/marc", "/login", outcome, "the page shows no sign of a login", 200, None)  # type: ignore[arg-type]
    sample = sample_system("plain").record
    moment = sample.captured_at
    assert moment is not None
    capture = Capture("c-1", "d", "r", "i", "browser", moment, moment, (view,), (), ())
    package = Package("c-1", "d", "evidence/d", "", Seal("", (), 1))
    found = captured_system("suspect", capture, package, lambda path: b"", SCREENS)
    assert found.record.missing["marc"].code == "comparison.not_observed"
    assert found.record.missing["marc"].text("outcome") == outcome
    assert found.record.missing["login"].code == "comparison.not_captured"


def test_a_damaged_archive_gives_what_can_be_read() -> None:
    assert read_responses(b"") == ()
    assert read_responses(b"\x1f\x8b not gzip") == ()


def test_scripts_of_a_suspect_that_are_hidden_leave_no_figure() -> None:
    from tests.comparison.scripts import stored

    left = system("a", "<p>馆员工号</p>", stored("compared_licensed"))
    right = system("b", "<p>馆员工号</p>", stored("copy.obfuscated"))
    found = compare(left, right)
    assert found.pair.code.tokens.value is None
    assert found.pair.code.tokens.written == "–"
    assert {one.rule for one in found.findings} >= {"S104", "S106"}
    assert "S107" not in {one.rule for one in found.findings}


def test_equal_labels_in_another_order_are_not_equal() -> None:
    first = system("a", "<p>甲甲</p><p>乙乙</p><p>丙丙</p>")
    second = replace(system("b", "<p>丙丙</p><p>乙乙</p><p>甲甲</p>"))
    assert compare(first, second).pair.screens[0].labels.written == "0.333"


@pytest.mark.parametrize("unseen", ["<canvas></canvas>", ""])
def test_a_screen_without_labels_on_one_side_has_no_figure_and_is_not_different(unseen: str) -> None:
    """A suspect drawn on a canvas, or blank, was not seen: that is no 0, and nothing in anybody's favour."""
    found = compare(system("a", "<h1>典藏日志</h1><input name='ydpch'>"), system("b", unseen))
    screen = found.pair.screens[0]
    assert (screen.answer, screen.why and screen.why.code) == ("not_comparable", "comparison.no_labels")
    figures = (screen.labels, screen.labels_raw, screen.identifiers, screen.identifiers_raw)
    assert {one.written for one in figures} == {"–"}
    assert "S107" not in {one.rule for one in found.findings}


FORM = "<h1>典藏日志</h1><p>索书号排序</p><input name='ydpch'><input name='fgdm'>"


def among(control: str, form: str = FORM) -> ComparisonResult:
    """The form at reference and suspect, and one control."""
    declaration = Declaration("t", "p", "a", "b", ("c",), ONE, (), (), (), ())
    systems = system("a", form), system("b", form)
    return compare_systems(declaration, *systems, [system("c", control)], known=KnownLibraries())


def test_a_control_that_was_not_seen_is_below_nobody() -> None:
    assert "S101" in {one.rule for one in among("<h1>客户</h1><input name='kh'>").findings}
    found = among("<canvas></canvas>")
    assert {one.above_all for one in found.ranks} == {None}
    assert "S101" not in {one.rule for one in found.findings}


def test_words_alone_are_no_finding() -> None:
    found = among("<h1>客户</h1>", "<h1>典藏日志</h1><p>索书号排序</p>")
    assert next(one for one in found.ranks if one.layer == "labels").above_all
    assert "S101" not in {one.rule for one in found.findings}


@pytest.mark.parametrize("cut", [True, False])
def test_a_script_that_is_stored_in_part_is_not_comparable(cut: bool) -> None:
    from tests.comparison.scripts import stored

    script = stored("compared_licensed")
    left, right = system("a", "<p>甲甲</p>", script), system("b", "<p>乙乙</p>", script)
    right = replace(right, responses=tuple(replace(one, cut=cut) for one in right.responses))
    found = compare(left, right)
    assert found.pair.code.tokens.written == ("–" if cut else "1.000")
    assert ("S104" in {one.rule for one in found.findings}) is cut
    assert ("S103" in {one.rule for one in found.findings}) is not cut


def test_circumstances_with_other_bytes_than_the_manifest_names_are_refused(tmp_path: Path) -> None:
    """They are not the same as circumstances that nobody recorded."""
    shutil.copytree(SAMPLES / "plain", tmp_path / "plain")
    stored = open_package(tmp_path / "plain")
    package = Package(stored.capture.id, "plain", "evidence/plain", stored.manifest_sha256, Seal("", (), 1))

    def load(path: str) -> bytes:
        return stored.load(path) if path == "circumstances.json" else b""

    assert captured_system("suspect", stored.capture, package, load, ()).record.circumstances
    record = tmp_path / "plain" / "circumstances.json"
    record.write_bytes(record.read_bytes().replace(b'"fonts"', b'"fontz"', 1))
    with pytest.raises(CustodyError, match=r"circumstances\.json"):
        captured_system("suspect", stored.capture, package, load, ())
