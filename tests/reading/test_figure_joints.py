"""Figures of two elements are two numbers; those of one number stay together."""

from __future__ import annotations

import pytest

from auditor.document.dom.tree import PageDocument, PageTree, Rect
from auditor.document.figure_joints import one_number, touch_as_one
from auditor.document.page import page_from_body
from auditor.document.texts import collect_texts


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p><span>34</span><span>20</span></p>", "34; 20"),
        ("<p><span>1</span><span>37</span></p>", "1; 37"),
        ("<p>34<a href=#>120</a></p>", "34; 120"),
        ("<p><b>34</b> <small>500</small></p>", "34; 500"),
        ("<p>34 <a href=#>120</a></p>", "34; 120"),
        ("<p><span>3</span><span class=badge>4</span></p>", "3; 4"),
        ("<p><b>3</b><i>4</i></p>", "3; 4"),
        ("<p><a href=#a>3</a><a href=#b>4</a></p>", "3; 4"),
        ("<p><b>3</b><b>4</b></p>", "34"),
        ("<p><span>1</span><span>,</span><span>2</span><span>3</span><span>4</span></p>", "1,234"),
        ("<p>3<!-- -->4</p>", "34"),
        ("<p><span>34</span>&#8239;<span>500</span></p>", "34\u202f500"),
        ("<p><span>34</span>&nbsp;<span>50</span></p>", "34; 50"),
        ("<p><span>34</span>&nbsp;<b>500</b></p>", "34; 500"),
        ("<p>12&nbsp;345</p>", "12\u00a0345"),
    ],
)
def test_what_a_run_of_elements_says(html: str, said: str) -> None:
    texts = page_from_body(f"<html><body>{html}</body></html>".encode()).texts
    assert texts.said(0, len(texts.nodes)).text == said


def drawn(first: Rect, second: Rect, colours: tuple[str, str] = ("black", "black")) -> PageTree:
    """Two elements with one text each, laid out at the given places."""
    names = ["#document", "p", "b", "#text", "b", "#text"]
    tree = PageTree(names, [-1, 0, 1, 2, 1, 4], [6, 6, 4, 4, 6, 6], laid_out=True)
    tree.attributes = [{} for _ in names]
    tree.pieces = [PageDocument(0, 6, 0, -1)]
    tree.strings = [list(colours)]
    tree.columns = {"color": 0}
    tree.styles = {2: (0,), 4: (1,)}
    tree.bounds = {3: first, 5: second}
    return tree


TWENTY_HIGH: Rect = (10.0, 10.0, 10.0, 20.0)


@pytest.mark.parametrize(
    ("second", "together"),
    [
        ((20.0, 10.0, 10.0, 20.0), True),
        ((21.0, 10.0, 10.0, 20.0), True),
        ((23.0, 10.0, 10.0, 20.0), False),
        ((14.0, 10.0, 10.0, 20.0), False),
        ((10.0, 10.0, 10.0, 20.0), False),
        ((20.0, 30.0, 10.0, 20.0), False),
        ((20.0, 10.0, 10.0, 14.0), False),
    ],
    ids=["touching", "a pixel apart", "a gap", "over each other", "on one place", "next line", "smaller"],
)
def test_where_two_figures_of_an_odometer_must_stand(second: Rect, *, together: bool) -> None:
    tree = drawn(TWENTY_HIGH, second)
    assert one_number(tree, 3, "3", 5, "4") is together
    assert not one_number(tree, 3, "34", 5, "20")


def test_another_colour_parts_figures() -> None:
    assert not one_number(drawn(TWENTY_HIGH, (20.0, 10.0, 10.0, 20.0), ("black", "red")), 3, "3", 5, "4")


def test_figures_that_touch_and_look_alike_are_drawn_as_one_number() -> None:
    """Of `34` and `2` in two such elements a person reads 342: neither is the value."""
    beside: Rect = (30.0, 10.0, 10.0, 20.0)
    for second, colours, touch in (
        (beside, ("black", "black"), True), (beside, ("black", "red"), False),
        ((33.0, 10.0, 10.0, 20.0), ("black", "black"), False), ((30.0, 30.0, 10.0, 20.0), ("black", "black"), False),
    ):  # fmt: skip
        tree = drawn((10.0, 10.0, 20.0, 20.0), second, colours)
        assert touch_as_one(tree, 3, "34", 5, "2") is touch
        assert not touch_as_one(tree, 3, "34 ", 5, "2")
        tree.texts, tree.width, tree.height = {3: "34", 5: "2"}, 100.0, 100.0
        assert (" ⋈ " in collect_texts(tree).said(0, 2).text) is touch
