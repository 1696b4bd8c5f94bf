"""The hand-made pages through real captures: none is wrong and called certain; what is plain is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.generated.verdicts import judge
from tests.reading.generated.visits import read_pages
from tests.reading.siblings.corpus import siblings

PAGES = siblings()


@pytest.mark.timeout(900)
def test_no_page_written_by_hand_is_wrong_and_certain(tmp_path: Path) -> None:
    readings = read_pages(PAGES, tmp_path)
    judged = [judge(page, readings[page.name]) for page in PAGES]
    wrong = [f"{one}; {one.page.why}" for one in judged if one.kind == "WRONG, certain"]
    assert not wrong, "\n" + "\n".join(wrong)
    plain = [one for one in judged if one.page.glance]
    assert sum(one.kind == "right" for one in plain) >= len(plain) // 4, "a reader that reads nothing is never wrong"


def test_the_pages_are_many_of_many_languages_and_each_says_why() -> None:
    assert len(PAGES) >= 60
    assert len({page.name for page in PAGES}) == len(PAGES)
    assert len({page.spec.locale for page in PAGES}) >= 15
    assert all(len(page.why) > 5 and (page.right or page.listed is not None) for page in PAGES)
