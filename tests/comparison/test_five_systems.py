"""Five systems of sixteen screens, captured in a real Chromium: a copy is told from strangers on its skeleton."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from auditor.comparison import ComparedCaps, KnownLibraries, compare_systems
from auditor.errors import ConfigError
from auditor.model.comparisons import ComparisonResult, PairComparison, SharedFigure
from auditor.workflow.compared.results import decode_result, encode_result
from tests.comparison.sample_systems import CONTROLS, DECLARATION, IDS, known_libraries, sample_system


def compare(suspect: str, controls: tuple[str, ...], **more: object) -> ComparisonResult:
    """A suspect among the sample systems against the licensed one."""
    return compare_systems(
        replace(DECLARATION, suspect=suspect, controls=controls),
        sample_system("licensed", "reference"),
        sample_system(suspect),
        [sample_system(name, "control") for name in controls],
        known=known_libraries(),
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="module")
def result() -> ComparisonResult:
    """The copy among three controls."""
    return compare("copy", CONTROLS)


def _lowest(figures: list[SharedFigure]) -> Fraction:
    values = [one.value for one in figures]
    assert None not in values
    return min(one for one in values if one is not None)


def _highest(figures: list[SharedFigure]) -> Fraction:
    return max((one.value for one in figures if one.value is not None), default=Fraction(0))


def test_labels_and_identifiers_of_the_copy_are_above_every_control(result: ComparisonResult) -> None:
    assert [one.screen for one in result.pair.screens] == list(IDS)
    assert _lowest([one.labels for one in result.pair.screens]) >= Fraction(98, 100)
    assert _lowest([one.identifiers for one in result.pair.screens]) == 1
    for control in result.control_pairs:
        assert _highest([one.labels for one in control.screens]) <= Fraction(60, 100), control.other
        assert _highest([one.labels_raw for one in control.screens]) <= Fraction(60, 100), control.other
        assert _highest([one.identifiers for one in control.screens]) == 0, control.other
    ranks = {one.layer: one for one in result.ranks}
    assert (ranks["labels"].compared, ranks["labels"].controls, ranks["labels"].above_all) == (16, 48, True)
    assert (ranks["identifiers"].above_all, ranks["code"].above_all) == (True, True)


def test_the_marker_is_found_in_the_copy_alone(result: ComparisonResult) -> None:
    assert [(row.marker, bool(row.left), bool(row.right)) for row in result.pair.markers] == [
        ("m1", True, True),
        ("m2", True, True),
    ]
    assert not any(row.right for pair in result.control_pairs for row in pair.markers)
    assert {one.rule for one in result.findings} == {"S101", "S102", "S103", "S109"}


def test_a_stranger_on_the_same_skeleton_is_told_in_the_other_sides_favour() -> None:
    found = compare("crm", ("other-library", "plain"))
    rules = {one.rule: one for one in found.findings}
    assert rules["S107"].favours == "other_side"
    assert not {"S101", "S102", "S103"} & set(rules)
    assert {one.answer for one in found.pair.screens} <= {"same_but", "different"}


def test_without_controls_that_is_said_and_nothing_is_above_them() -> None:
    found = compare("copy", ())
    rules = {one.rule for one in found.findings}
    assert "S106" in rules
    assert "S101" not in rules
    assert all(one.above_all is None for one in found.ranks)


def test_the_licensed_system_against_itself_is_whole_in_every_layer() -> None:
    found = compare("licensed", CONTROLS).pair
    figures = [*(one.labels for one in found.screens), *(one.labels_raw for one in found.screens), found.menu,
               *(one.identifiers for one in found.screens), found.code.tokens, found.code.tokens_raw,
               found.code.literals, found.code.functions, found.assets]  # fmt: skip
    assert {one.written for one in figures} == {"1.000"}
    assert {one.answer for one in found.screens} == {"same"}
    assert {one.pixels.changed for one in found.screens if one.pixels} == {0}


def test_every_item_has_one_number_on_both_pictures(result: ComparisonResult) -> None:
    for screen in result.pair.screens:
        assert [one.number for one in screen.items] == list(range(1, len(screen.items) + 1))
        paired = [one for one in screen.items if one.answer in ("same", "same_but")]
        assert paired, screen.screen
        assert all(one.left_box and one.right_box for one in paired)
        assert all(one.why is not None for one in screen.items if one.answer == "same_but")
    assert result.pair.screens[9].left_picture is not None


def test_what_is_left_out_is_left_out_of_both_sides_and_listed(result: ComparisonResult) -> None:
    by_reason = {one.why.code for one in result.filtered}
    assert by_reason >= {
        "comparison.licensed_change", "comparison.dictated", "comparison.controls_show", "comparison.data_row",
        "comparison.data_figure", "comparison.known_library", "comparison.library_inside",
    }  # fmt: skip
    dictated = next(one for one in result.filtered if one.why.code == "comparison.dictated")
    assert (dictated.what, dictated.left, dictated.right) == ("标准书号", 2, 2)
    shown = {item.left for screen in result.pair.screens for item in screen.items}
    assert "标准书号" in shown  # it is left out of the figure, never out of the list
    raw = result.pair.screens[0].labels_raw
    assert raw.value is not None
    assert raw.value < 1  # before filtration the changed name and company count


def test_code_figures_stand_beside_those_before_filtration(result: ComparisonResult) -> None:
    code = result.pair.code
    assert code.tokens.value is not None
    assert Fraction(85, 100) < code.tokens.value < Fraction(92, 100)
    for pair in result.control_pairs:
        if pair.other != "plain":
            assert pair.code.tokens_raw.value is not None
            assert pair.code.tokens_raw.value > Fraction(9, 10)  # both bundle jQuery
        assert pair.code.tokens.shared == 0
    assert [one.left.name or one.left.file for one in code.alike]
    assert all(one.left_text and one.right_text for one in code.alike)
    assert "索书号排序：分类号按段比较，种次号按数值比较，老王说不要改" in {text for text, _, _ in code.comments}


def test_the_same_code_under_another_cap_is_said() -> None:
    found = compare("copy", CONTROLS, caps=ComparedCaps("20", "不限"))
    said = next(one for one in found.findings if one.rule == "S108")
    assert (said.says.text("reference"), said.says.text("suspect")) == ("20", "不限")
    same = compare("copy", CONTROLS, caps=ComparedCaps("20", "20"))
    assert "S108" not in {one.rule for one in same.findings}


def test_equal_inputs_give_equal_bytes(result: ComparisonResult) -> None:
    again = encode_result(compare("copy", CONTROLS))
    assert again == encode_result(result)
    assert encode_result(decode_result(again, "result.json")) == again


def test_the_controls_order_changes_no_figure(result: ComparisonResult) -> None:
    turned = compare("copy", tuple(reversed(CONTROLS)))
    assert turned.pair == result.pair
    assert _by_name(turned) == _by_name(result)


def _by_name(result: ComparisonResult) -> dict[str, PairComparison]:
    return {one.other: one for one in result.control_pairs}


def test_missing_screens_are_told_on_the_side_that_lacks_them() -> None:
    whole = sample_system("copy")
    cut = replace(whole, screens={name: one for name, one in whole.screens.items() if name not in ("marc", "spine")})
    found = compare_systems(
        DECLARATION, sample_system("licensed", "reference"), cut,
        [sample_system(name, "control") for name in CONTROLS], known=known_libraries(),
    )  # fmt: skip
    answers = {one.screen: one.answer for one in found.pair.screens}
    assert (answers["marc"], answers["spine"], answers["login"]) == ("only_reference", "only_reference", "same_but")
    missing = next(one for one in found.pair.screens if one.screen == "marc")
    assert missing.labels.value is None  # and never 0
    assert next(one for one in found.findings if one.rule == "S105").favours == "other_side"


def test_more_controls_than_are_compared_are_refused_by_name() -> None:
    many = [sample_system("plain", "control")] * 10_000
    with pytest.raises(ConfigError, match="10000 controls; at most 200"):
        compare_systems(DECLARATION, sample_system("licensed"), sample_system("copy"), many, known=KnownLibraries())
