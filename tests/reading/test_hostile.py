"""Hostile and damaged bytes: an answer or a `ReadingError`, nothing else, and in bounded work."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.document.dom.html import parse_html
from auditor.document.normalisation import comparison_form
from auditor.document.text_runs import raw_offset, squeezed_widths
from auditor.document.texts import MAX_PLACES, collect_texts
from auditor.errors import ReadingError
from auditor.model.captures import View
from auditor.model.targets.deployments import FieldSpec, ListingSpec, PageSpec
from auditor.reading import SnapshotProbe, read_capture, survey
from auditor.wording import english
from tests.reading.gallery import Shape, read_as, said, shapes

SHAPES = {shape.name: shape for shape in shapes()}
SPEC = PageSpec(
    "p",
    fields=(FieldSpec("used", "count", "used", labels=("已用", "Used")), FieldSpec("v", "text", labels=("版本",))),
    listing=ListingSpec("l", "m"),
)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
@settings(max_examples=400, deadline=None)
def test_any_body_gives_a_reading(body: bytes) -> None:
    one = View("v", "p", 1, "", "", "observed", "", 200, None, artefacts={"body": "b"})
    reading = read_capture([one], {"p": SPEC}, lambda _: body, capture="c", deployment="d")
    assert [field.field for field in reading.fields] == ["used", "v"]


TAGS = st.sampled_from(
    (
        *(
            "<table>",
            "<tr>",
            "<td>",
            "<th>",
            "</td>",
            "</table>",
            "<dl><dt>",
            "<dd>",
            "已用",
            "：",
            "34",
            "<s>",
            "</s>",
        ),
        *("<p>", "<input value=7>", "<td colspan=99999999>", "<td colspan=-1>", "<div hidden>", "</div>", "<br>"),
        *(
            "<label for=x>",
            "版本",
            "共34条 第1/4页",
            "<a href=#>下一页</a>",
            "<svg><title>",
            "<template>",
            "<li role=row>",
        ),
        *("\x00", "代码", "名称"),
    )
)


@given(st.lists(TAGS, max_size=40))
@settings(max_examples=500, deadline=None)
def test_any_arrangement_of_markup_gives_a_reading(parts: list[str]) -> None:
    body = "".join(parts).encode()
    one = View("v", "p", 1, "", "", "observed", "", 200, None, artefacts={"body": "b"})
    reading = read_capture([one], {"p": SPEC}, lambda _: body, capture="c", deployment="d")
    digits = "".join(char for char in "".join(parts) if char.isdigit())
    for quantity in reading.fields[0].quantities:
        derived = any("derived" in english(note) for note in quantity.qualifiers)
        assert quantity.value is None or derived or str(abs(quantity.value)) in digits


@given(st.sampled_from(sorted(SHAPES)), st.data())
@settings(max_examples=250, deadline=None)
def test_a_damaged_snapshot_gives_an_answer_or_is_refused(name: str, data: st.DataObject) -> None:
    shape = SHAPES[name]
    stored: Any = json.loads(gzip.decompress(shape.snapshot))
    document = stored["captured"]["documents"][0]
    part = data.draw(st.sampled_from(["nodes", "layout"]))
    name_of = data.draw(st.sampled_from(sorted(document[part])))
    values = document[part][name_of]
    if isinstance(values, list) and values:
        place = data.draw(st.integers(0, len(values) - 1))
        values[place] = data.draw(st.sampled_from([-1, 0, 10**9, None, [], "x", [1, 2, 3], [1e30, 0, 1e30, 1]]))
    plain = json.dumps(stored).encode()
    damaged = gzip.compress(plain)
    asked: list[Callable[[], object]] = [
        lambda: read_as(shape.spec, damaged, shape.dom),
        lambda: SnapshotProbe().ready(shape.spec, plain, "u"),
        lambda: SnapshotProbe().texts(plain),
        lambda: survey(damaged),
    ]
    try:
        data.draw(st.sampled_from(asked))()
    except ReadingError as refused:
        assert "\n" not in str(refused)


def test_a_control_sign_in_a_tag_does_not_cost_the_page_its_reading() -> None:
    """Found by fuzzing: one such sign in a name made lxml refuse the whole document."""
    body = "<p>已用：34</p><p\x01q=3>x</p\x02><\x0eb>y".encode()
    one = View("v", "p", 1, "", "", "observed", "", 200, None, artefacts={"body": "b"})
    reading = read_capture([one], {"p": SPEC}, lambda _: body, capture="c", deployment="d")
    assert [q.value for q in reading.fields[0].quantities] == [34]


def test_a_node_that_is_its_own_ancestor_is_refused() -> None:
    shape = SHAPES[min(SHAPES)]
    stored: Any = json.loads(gzip.decompress(shape.snapshot))
    parents = stored["captured"]["documents"][0]["nodes"]["parentIndex"]
    parents[2] = len(parents) - 1
    with pytest.raises(ReadingError, match="after their parents"):
        read_as(shape.spec, gzip.compress(json.dumps(stored).encode()), shape.dom)


def test_a_frame_of_another_process_reads_as_one_of_the_same() -> None:
    """The same frame, once among the page's documents and once in a captured set of its own."""
    shape: Shape = SHAPES["iframe-scrolled"]
    stored: Any = json.loads(gzip.decompress(shape.snapshot))
    captured = stored["captured"]
    outer, inner = captured["documents"]
    held = outer["nodes"]["contentDocumentIndex"]
    owner = outer["nodes"]["backendNodeId"][held["index"][0]]
    outer["nodes"]["contentDocumentIndex"] = {"index": [], "value": []}
    captured["documents"] = [outer]
    apart = {"strings": captured["strings"], "documents": [inner]}
    stored["outOfProcess"] = [{"ownerBackendNodeId": owner, "captured": apart}]
    moved = read_as(shape.spec, gzip.compress(json.dumps(stored).encode()), shape.dom, shape.frames)
    same = shape.read()
    assert {field.field: said(field) for field in moved.fields} == shape.expected["reads"]
    for one, other in zip(moved.fields, same.fields, strict=True):
        assert one.candidates == other.candidates


def test_a_long_table_and_deep_nesting_are_read() -> None:
    deep = "<div>" * 3000 + "<p>已用：34</p>"
    rows = "".join(f"<tr><td>B{n}</td><td>馆{n}</td></tr>" for n in range(3000))
    table = f"<table><tr><th>代码</th><th>名称</th></tr>{rows}</table>"
    for body, used, counted in ((deep, 34, 0), (f"<p>已用：34</p>{table}", 34, 3000)):
        one = View("v", "p", 1, "", "", "observed", "", 200, None, artefacts={"body": "b"})
        reading = read_capture([one], {"p": SPEC}, {"b": body.encode()}.__getitem__, capture="c", deployment="d")
        assert [q.value for q in reading.fields[0].quantities] in ([used], [])
        assert len(reading.listings[0].rows) == counted


@pytest.mark.parametrize("name", ["td-td-registration", "list-ant-design", "shadow-roots"])
def test_the_same_bytes_give_the_same_answers(name: str) -> None:
    shape = SHAPES[name]
    assert shape.read() == shape.read()
    assert survey(shape.snapshot) == survey(shape.snapshot)
    plain = gzip.decompress(shape.snapshot)
    assert SnapshotProbe().ready(shape.spec, plain, "u") == SnapshotProbe().ready(shape.spec, plain, "u")


@pytest.mark.timeout(60)
def test_a_label_said_over_and_over_costs_no_more_than_the_text_is_long() -> None:
    """Each place was looked at through the whole text before: hours for a page of some megabytes."""
    often = "分馆授权数量".join(["x" * 60] * 9_000)
    (hit,) = collect_texts(parse_html(f"<p>{often}</p><p>分馆授权数量：20</p>".encode())).find("分馆授权数量")
    assert hit.unit == 1
    more = f"<p>{'分馆授权数量' * (MAX_PLACES + 1)}</p>".encode()
    with pytest.raises(ReadingError, match="more than 10000 places"):
        list(collect_texts(parse_html(more)).find("分馆授权数量"))


@given(st.lists(st.text(alphabet="aA1 \u3000①ﬁé分馆:\u200b", max_size=8), min_size=1, max_size=4))
def test_a_place_in_a_normalised_text_leads_to_the_text_as_written(strings: list[str]) -> None:
    for text in strings:
        widths = squeezed_widths(text)
        for squeezed in range(sum(len(comparison_form(char)) for char in text) + 2):
            before = text[: raw_offset(widths, squeezed)]
            reached = sum(len(comparison_form(char)) for char in before)
            assert reached >= squeezed or before == text
            assert not before or sum(len(comparison_form(char)) for char in before[:-1]) < squeezed
