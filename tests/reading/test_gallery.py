"""Every page of the gallery gives the readings it must, from stored bytes; a few are captured again to compare."""

from __future__ import annotations

import gzip

import pytest

from auditor.document.normalisation import comparison_form
from auditor.document.page import page_from_snapshot
from auditor.model.targets.deployments import ListingSpec, Login
from auditor.reading import SnapshotProbe, survey, survey_pairs
from auditor.reading.lists.rows import read_list_page
from auditor.wording import english
from tests.reading.chromium_snapshots import browsing, serving, shoot, stored
from tests.reading.gallery import FOLDER, Shape, read_as, said, shapes

SHAPES = shapes()
each = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)


@each
def test_the_fields_read_as_they_must(shape: Shape) -> None:
    reading = shape.read()
    assert {read.field: said(read) for read in reading.fields} == shape.expected["reads"]
    for read in reading.fields:
        assert (read.why is None) == (read.status == "read") or read.kind == "date"
        for candidate in read.candidates:
            assert candidate.locator.node
            assert candidate.locator.artefact == "p/domsnapshot.json.gz"
        if read.status == "read" and read.candidates:
            box = read.candidates[0].box
            assert box is not None
            assert box.w > 0
            assert box.h > 0


@each
def test_the_page_is_ready_when_its_values_are_there(shape: Shape) -> None:
    state = SnapshotProbe().ready(shape.spec, gzip.decompress(shape.snapshot), "http://x/").state
    if shape.expected["fields"] or "listing" in shape.expected:
        assert state == shape.expected.get("ready", "ready")


@pytest.mark.parametrize("shape", [s for s in SHAPES if "listed" in s.expected], ids=lambda shape: shape.name)
def test_the_list_is_counted(shape: Shape) -> None:
    expected, spec = shape.expected["listed"], shape.spec
    assert spec.listing is not None
    read = read_list_page(page_from_snapshot(shape.snapshot, spec), spec.listing, spec.locale, more=False)
    assert (len(read.rows), read.total, read.found) == (expected["rows"], expected["total"], expected["found"])
    assert [english(remark) for remark in read.remarks] == expected.get(
        "remarks", [english(one) for one in read.remarks]
    )
    if "first" in expected:
        assert dict(read.rows[0].cells) == expected["first"]
    onward = SnapshotProbe().next_page(spec.listing, gzip.decompress(shape.snapshot))
    assert (onward.text.strip() if onward else None) == expected["next"]
    (listing,) = shape.read().listings
    assert len(listing.rows) == expected["rows"]
    whole = expected["next"] is None and expected["total"] in (None, expected["rows"])
    assert listing.complete == expected.get("complete", whole), listing.remarks
    assert {code: list(names) for code, names in listing.duplicates.items()} == expected.get("duplicates", {})


@pytest.mark.parametrize("shape", [s for s in SHAPES if "login" in s.expected], ids=lambda shape: shape.name)
def test_the_login_form_is_found(shape: Shape) -> None:
    found = SnapshotProbe().login_form(Login("/login", "U", "P"), gzip.decompress(shape.snapshot))
    for target, path in zip(found, shape.expected["login"], strict=True):
        assert (target is None) == (path is None)
        assert target is None or target.node.endswith(path)
        assert target is None or target.backend_node_id > 0


@pytest.mark.parametrize("shape", [s for s in SHAPES if "finds" in s.expected], ids=lambda shape: shape.name)
def test_what_a_step_names_is_found(shape: Shape) -> None:
    for text, path in shape.expected["finds"].items():
        found = SnapshotProbe().find(gzip.decompress(shape.snapshot), text=text)
        assert found is not None
        assert found.node.endswith(path)


@each
def test_a_survey_offers_what_the_profile_needs(shape: Shape) -> None:
    """What a page entry names by label must be offered by `auditor profile`, with the same value."""
    offered = {comparison_form(pair.label): pair for pair in survey_pairs(shape.snapshot, locale=shape.spec.locale)}
    reading = shape.read()
    for field in shape.spec.fields:
        read = next(one for one in reading.fields if one.field == field.id)
        if read.status == "read" and field.labels and not field.context and field.kind == "count":
            keys = [comparison_form(label) for label in field.labels]
            assert any(key in offered and offered[key].value == read.candidates[0].raw for key in keys)
    if "listed" in shape.expected and shape.expected["listed"]["rows"] and "<table" in shape.dom.decode():
        lists = survey(shape.snapshot).lists
        assert shape.expected["listed"]["rows"] in [one.rows for one in lists]


def test_the_gallery_is_large_and_says_what_it_is_shaped_like() -> None:
    assert len(SHAPES) >= 40
    assert all(len(shape.expected["kind"]) > 10 for shape in SHAPES)
    unknown = [shape for shape in SHAPES if any(v.startswith("!") for v in shape.expected["reads"].values())]
    assert len(unknown) >= 15


def test_pages_captured_again_give_the_same_readings() -> None:
    again = (
        "td-td-registration",
        "covered-by-dialog",
        "iframe-scrolled",
        "shadow-roots",
        "split-over-siblings",
        "clipped",
    )
    with serving(FOLDER) as address, browsing() as page:
        for shape in (shape for shape in SHAPES if shape.name in again):
            page.goto(f"{address}/{shape.name}/page.html")
            shot = shoot(page)
            reading = read_as(shape.spec, stored(shot.snapshot), shot.dom, shot.frames)
            assert {read.field: said(read) for read in reading.fields} == shape.expected["reads"], shape.name


def test_a_list_over_no_stated_columns_uses_the_known_headers() -> None:
    shape = next(shape for shape in SHAPES if shape.name == "list-datatables")
    read = read_list_page(page_from_snapshot(shape.snapshot), ListingSpec("u", "user"), "en", more=False)
    assert [row.cells["login"] for row in read.rows] == ["ann", "bob"]
