"""A value is read twice, from bytes written by different means: in frames and shadow trees too, or it needs review."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.model.captures import View
from auditor.model.reading.readings import FieldReading, Reading
from auditor.model.targets.deployments import FieldSpec, PageSpec
from auditor.reading import read_capture
from auditor.wording import english
from tests.reading.chromium_snapshots import browsing, serving, shoot, stored
from tests.reading.gallery import Shape, read_as, said, shapes

SHAPES = {shape.name: shape for shape in shapes()}
INSIDE = ["iframe-nested", "iframe-scrolled", "shadow-roots"]


def used(reading: Reading) -> FieldReading:
    found = reading.field("used")
    assert found is not None
    assert found.status == "read"
    return found


def value_of(shape: Shape) -> bytes:
    return used(shape.read()).candidates[0].raw.encode()


@pytest.mark.parametrize("name", INSIDE)
def test_values_in_frames_and_shadow_trees_have_a_second_reading(name: str) -> None:
    read = used(SHAPES[name].read())
    node = read.candidates[0].locator.node
    assert "/shadow/" in node or node.startswith("frame[")
    assert english(read.agreement) == "dom text agrees"
    assert said(read)[-1:] != "?"


@pytest.mark.parametrize("name", INSIDE)
def test_a_second_reading_there_that_differs_asks_for_a_person(name: str) -> None:
    shape = SHAPES[name]
    value = value_of(shape)
    frames = tuple(frame.replace(value, b"71") for frame in shape.frames)
    read = used(read_as(shape.spec, shape.snapshot, shape.dom.replace(value, b"71"), frames))
    assert english(read.agreement) == "dom text differs: '71'"
    assert {read.certainty_of(q) for q in read.quantities} == {"needs_review"}
    assert not read.checks.in_place.holds


@pytest.mark.parametrize("name", ["iframe-nested", "iframe-scrolled"])
def test_a_frame_whose_rendered_dom_was_not_kept_is_one_reading_alone(name: str) -> None:
    shape = SHAPES[name]
    read = used(read_as(shape.spec, shape.snapshot, shape.dom))
    assert english(read.agreement) == "one reading alone: no rendered DOM of this frame was kept"
    assert {read.certainty_of(q) for q in read.quantities} == {"needs_review"}
    assert not read.checks.in_place.holds


def test_a_snapshot_alone_is_one_reading_alone() -> None:
    shape = SHAPES["td-td-registration"]
    one = View("p", shape.name, 1, "", "", "observed", "", 200, None, artefacts={"snapshot": "s"})
    reading = read_capture([one], {shape.name: shape.spec}, lambda _: shape.snapshot, capture="c", deployment="d")
    read = used(reading)
    assert english(read.agreement) == "one reading alone: no rendered DOM was kept"
    assert {read.certainty_of(q) for q in read.quantities} == {"needs_review"}
    assert not read.checks.in_place.holds


def test_a_json_document_in_a_browser_is_read_twice_too(tmp_path: Path) -> None:
    """Chromium shows a JSON response as the text of one element."""
    (tmp_path / "licence.json").write_text('{"used": 34}', "utf-8")
    with serving(tmp_path) as address, browsing() as page:
        page.goto(f"{address}/licence.json")
        shot = shoot(page)
    spec = PageSpec("j", fields=(FieldSpec("used", "count", "used", pointer="/used"),))
    read = used(read_as(spec, stored(shot.snapshot), shot.dom, shot.frames))
    assert (read.quantities[0].value, read.certainty_of(read.quantities[0])) == (34, "certain")
    assert english(read.agreement) == "dom text agrees"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"used": 12, "edition": "pro", "used": 34}', "field.twin_keys"),
        (b'{"licence": {"used": 12, "used": 12}}', "field.twin_keys"),
        (b'{"used": 34', "field.not_json"),
        (b"34", "field.not_json"),
    ],
)
def test_a_json_document_without_one_meaning_says_why(body: bytes, why: str) -> None:
    spec = PageSpec("j", fields=(FieldSpec("used", "count", "used", pointer="/used"),))
    view = View("p", "j", 1, "", "", "observed", "", 200, None, artefacts={"body": "b"})
    reading = read_capture([view], {"j": spec}, lambda _: body, capture="c", deployment="d")
    missing = reading.field("used")
    assert missing is not None and not missing.quantities
    assert missing.why is not None and missing.why.code == why
