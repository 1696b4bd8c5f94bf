"""Certain is what four checks come to: the picture of a page is held against what its layout says."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw, ImageFont

from auditor.model.captures import View
from auditor.model.reading.reading_checks import CHECK_NAMES, ReadingCheck, ReadingChecks
from auditor.model.reading.readings import FieldReading, Reading
from auditor.model.targets.deployments import FieldSpec, PageSpec
from auditor.reading import SecondEye, read_capture
from auditor.reading.ocr import RecentAnswers, shared_engine
from auditor.reading.reader import at_rest
from auditor.reading.second_eye import ViewPictures, check_drawn, denies
from auditor.wording import english
from auditor.workflow import field_answers
from tests.reading.gallery import shapes
from tests.reading.ocr.drawing import PLAIN

SHAPE = next(shape for shape in shapes() if shape.name == "td-td-registration")
PASSED = ReadingCheck("passed")


def test_nothing_is_certain_unless_all_four_hold() -> None:
    sure = ReadingChecks(PASSED, PASSED, PASSED, PASSED)
    assert sure.certainty == "certain"
    assert ReadingChecks(ReadingCheck("not_applicable"), PASSED, PASSED, PASSED).certainty == "certain"
    for name in CHECK_NAMES:
        for answer in ("failed", "not_checked"):
            assert sure.lowered(name, ReadingCheck(answer)).certainty == "needs_review"
    failed = sure.lowered("drawn", ReadingCheck("failed"))
    assert failed.lowered("drawn", ReadingCheck("not_checked")) == failed, "a failure is not forgotten"
    assert ReadingChecks().certainty == "needs_review"


def read_with_picture(text: str | None, memory: RecentAnswers | None = None) -> FieldReading:
    """The first count of a stored page, with a picture that shows `text` where the layout has the value."""
    spec = replace(SHAPE.spec, fields=tuple(one for one in SHAPE.spec.fields if one.kind == "count")[:1], listing=None)
    kept = {"s": SHAPE.snapshot, "d": SHAPE.dom}
    artefacts = {"snapshot": "s", "dom": "d"}
    if text is not None:
        kept["p"] = picture(text)
        artefacts["screenshot"] = "p"
    one = View("p", spec.id, 1, "http://x/", "", "observed", "", 200, None, artefacts=artefacts, rest="reached")
    eye = SecondEye(shared_engine(), memory)
    return read_capture([one], {spec.id: spec}, kept.__getitem__, capture="c", deployment="d", eye=eye).fields[0]


def picture(text: str) -> bytes:
    box = SHAPE.read().fields[0].candidates[0].box
    assert box is not None
    image = Image.new("RGB", (1280, 900), "#fff")
    face = ImageFont.truetype(str(PLAIN), 15)
    ImageDraw.Draw(image).text((box.x, box.y), text, font=face, fill="#000")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_a_picture_that_says_the_same_makes_a_reading_certain() -> None:
    layout = read_with_picture(None).candidates[0].raw
    read = read_with_picture(layout)
    assert read.seen is not None
    assert (read.checks.drawn.answer, read.seen.agree, read.seen.text) == ("passed", True, layout)
    assert read.certainty_of(read.quantities[0]) == "certain"
    assert read.seen.models == shared_engine().models
    assert len(read.seen.crop) == 64


@pytest.mark.parametrize(("shown", "answer"), [("Без ограничений", "not_checked"), ("", "failed"), ("34", "failed")])
def test_a_word_in_letters_that_the_engine_has_not_is_no_denial_where_something_is_drawn(
    shown: str, answer: str
) -> None:
    place = SHAPE.read().fields[0].candidates[0]
    assert place.box is not None
    word = replace(place, raw="Без ограничений", written="Без ограничений", box=replace(place.box, w=140))
    view = View("p", "p", 1, "http://x/", "", "observed", "", 200, None, artefacts={"screenshot": "p"}, rest="reached")
    drawn, seen = check_drawn(word, ViewPictures(view, {"p": picture(shown)}.__getitem__), SecondEye())
    assert drawn.answer == answer
    assert denies(drawn, seen, word) is (answer == "failed")


@pytest.mark.parametrize(
    ("shown", "answer", "agree", "status"),
    [("75", "failed", False, "not_shown"), ("", "failed", None, "not_shown"), (None, "not_checked", None, "read")],
)
def test_without_the_word_of_the_picture_a_person_looks(
    shown: str | None, answer: str, agree: bool | None, status: str
) -> None:
    """What the picture denies, or does not show, gives no number; where nothing was looked at, one to be looked at."""
    read = read_with_picture(shown)
    assert read.status == status
    assert read.checks.drawn.answer == answer
    assert (read.seen.agree if read.seen else None) is agree
    assert read.certainty_of(read.quantities[0]) == "needs_review"
    for_machines = next(iter(field_answers(Reading("c", "d", "r", (read,), ()))))
    assert for_machines["certainty"] == "needs_review"
    assert english(read.checks.drawn.why) in str(for_machines["why"])
    if shown:
        assert read.candidates[0].raw in str(for_machines["why"]), "both texts are told"
        assert shown in str(for_machines["why"])


def test_an_unchanged_number_is_recognised_once() -> None:
    memory = RecentAnswers()
    first = read_with_picture("75", memory)
    kept = len(memory)
    assert read_with_picture("75", memory) == first
    assert len(memory) == kept


def test_data_that_nobody_draws_has_no_picture_to_be_held_against() -> None:
    spec = PageSpec("j", method="http", fields=(FieldSpec("used", "count", "used", pointer="/used"),))
    one = View("j", "j", 1, "", "", "observed", "", 200, None, artefacts={"body": "b"})
    read = read_capture([one], {"j": spec}, lambda _: b'{"used": 34}', capture="c", deployment="d").fields[0]
    assert read.checks.drawn.answer == "not_applicable"
    assert read.certainty_of(read.quantities[0]) == "certain"


def test_a_page_fetched_without_a_browser_was_seen_by_nobody() -> None:
    spec = PageSpec("h", method="http", fields=(FieldSpec("used", "count", "used", labels=("Seats",)),))
    one = View("h", "h", 1, "", "", "observed", "", 200, None, artefacts={"body": "b"})
    page = b"<table><tr><th>Seats</th><td>34</td></tr></table>"
    read = read_capture([one], {"h": spec}, lambda _: page, capture="c", deployment="d").fields[0]
    assert (read.checks.drawn.answer, read.checks.in_place.answer) == ("not_checked", "not_checked")
    assert read.certainty_of(read.quantities[0]) == "needs_review"


def test_evidence_that_did_not_record_whether_it_was_at_rest_is_not_certain() -> None:
    """A view of an earlier version: what was not recorded is not checked, and never a pass."""
    drawn = View("p", "p", 1, "", "", "observed", "", 200, None, artefacts={"snapshot": "s"})
    assert at_rest(drawn).answer == "not_checked"
    assert at_rest(replace(drawn, rest="reached")).answer == "passed"
    assert at_rest(replace(drawn, rest="pending")).answer == "failed"
    assert at_rest(replace(drawn, artefacts={"body": "b"})).answer == "passed", "an answer that arrived whole is all"


def test_the_second_count_of_a_pair_goes_by_its_role_for_machines() -> None:
    spec = PageSpec("h", method="http", fields=(FieldSpec("seats", "count", "used", labels=("Seats",)),))
    one = View("h", "h", 1, "", "", "observed", "", 200, None, artefacts={"body": "b"})
    page = b"<table><tr><th>Seats</th><td>34 of 20</td></tr></table>"
    reading = read_capture([one], {"h": spec}, lambda _: page, capture="c", deployment="d")
    said = list(field_answers(reading, roles={"h/seats": "used"}))
    assert [(one["field"], one["stated_in"], one["role"], one["value"]) for one in said] == [
        ("seats", "seats", "used", 34),
        ("cap", "seats", "cap", 20),
    ]
