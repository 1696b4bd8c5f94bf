"""Pages drawn at random, through real captures and the product's reader: none is wrong and called certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.generated.generator import draw_page, draw_pages
from tests.reading.generated.verdicts import Verdict, judge
from tests.reading.generated.visits import read_pages

SEED = 15
SHORT, LONG = 40, 520


def verdicts(count: int, folder: Path) -> list[Verdict]:
    pages = draw_pages(SEED, count)
    readings = read_pages(pages, folder)
    return [judge(page, readings[page.name]) for page in pages]


def assert_nothing_wrong_is_certain(judged: list[Verdict]) -> None:
    wrong = [one for one in judged if one.kind == "WRONG, certain"]
    assert not wrong, "\n" + "\n".join(f"{one}; {one.page.why}\n{one.page.html}" for one in wrong)


@pytest.mark.timeout(900)
def test_no_page_drawn_at_random_is_wrong_and_certain(tmp_path: Path) -> None:
    judged = verdicts(SHORT, tmp_path)
    assert_nothing_wrong_is_certain(judged)
    read = [one for one in judged if one.page.kind == "plain" and one.kind == "right"]
    assert len(read) >= 10, "a reader that reads nothing is never wrong"


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_no_page_of_several_hundred_is_wrong_and_certain(tmp_path: Path) -> None:
    judged = verdicts(LONG, tmp_path)
    assert_nothing_wrong_is_certain(judged)


def test_a_page_depends_on_its_seed_and_number_alone() -> None:
    assert draw_pages(SEED, 30)[17] == draw_page(SEED, 17)
    assert draw_page(SEED, 17) != draw_page(SEED + 1, 17)


def test_what_is_drawn_is_mixed() -> None:
    """In 600 pages every language, every kind and every way of arrival occurs."""
    pages = draw_pages(SEED, 600)
    kinds = {page.kind for page in pages}
    assert len({page.spec.locale for page in pages}) == 15
    assert len(kinds) == 16
    assert {"late: answer", "late: script", "late: counter", "late: stream", "plain"} <= kinds
    assert 0.5 < sum(page.glance for page in pages) / len(pages) < 0.9
    assert all(page.right["used"] and page.why for page in pages)
