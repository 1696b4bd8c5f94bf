"""What a page offers to be described by, held against its picture: what both eyes see comes first. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from auditor.model.captures import View
from auditor.model.reading.readings import Candidate
from auditor.reading.page_survey import Survey, SurveyedPair
from auditor.reading.second_eye import SecondEye, ViewPictures, check_drawn


def check_survey(surveyed: Survey, view: View, load: Callable[[str], bytes], eye: SecondEye | None = None) -> Survey:
    """The survey with each count's answer of the picture, those that it does not show or shows otherwise last.

    The order within each part stays that of the page, so that the same page gives the same numbers at each call. A page
    without a picture stays as it is.
    """
    pictures, engine = ViewPictures(view, load), eye or SecondEye()
    if not pictures.kept:
        return surveyed
    pairs = [_checked(pair, pictures, engine) for pair in surveyed.pairs]
    return replace(surveyed, pairs=tuple(sorted(pairs, key=lambda pair: not pair.proposed)))


def _checked(pair: SurveyedPair, pictures: ViewPictures, eye: SecondEye) -> SurveyedPair:
    if pair.kind != "count" or not pair.shown:
        return pair
    drawn, seen = check_drawn(Candidate(pair.value, pair.locator, pair.box, pair.shown), pictures, eye)
    return replace(pair, drawn=drawn, seen=seen)
