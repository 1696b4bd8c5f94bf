"""Whole captures: lists over several views, pages that were not observed, second readings, pages without a browser."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace

import pytest

from auditor.errors import ReadingError
from auditor.model.captures import Outcome, View
from auditor.model.reading.readings import ListingReading, Reading
from auditor.model.targets.deployments import FieldSpec, ListingSpec, PageSpec
from auditor.reading import READER_VERSION, read_capture
from auditor.wording import english

COLUMNS = {"code": ("代码",), "name": ("名称",), "added_on": ("添加时间",)}
LIST = PageSpec("branches", locale="zh-CN", listing=ListingSpec("b", "branch", columns=COLUMNS))
USED = FieldSpec("used", "count", "used", "branch", ("已用",))


def page(rows: list[tuple[str, str]], pager: str = "", onward: bool = False) -> bytes:
    lines = "".join(f"<tr><td>{code}</td><td>{name}</td><td>2019年8月29日</td></tr>" for code, name in rows)
    head = "<tr><th>代码</th><th>名称</th><th>添加时间</th></tr>"
    link = "<a href='?n'>下一页</a>" if onward else ""
    return f"<meta charset=utf-8><table>{head}{lines}</table><p>{pager} {link}</p>".encode()


def view(number: int, path: str, outcome: Outcome = "observed", spec: str = "branches") -> View:
    artefacts = {"body": path} if path else {}
    return View(f"v{number}", spec, number, "u", "u", outcome, "", 200, None, artefacts=artefacts)


def read(*bodies: bytes | None, spec: PageSpec = LIST, numbers: tuple[int, ...] = ()) -> Reading:
    kept = {f"p{at}": body for at, body in enumerate(bodies) if body is not None}
    places = numbers or tuple(range(1, len(bodies) + 1))
    views = [
        view(number, f"p{at}" if body is not None else "", "observed" if body is not None else "timed_out", spec.id)
        for at, (number, body) in enumerate(zip(places, bodies, strict=True))
    ]
    return read_capture(views[::-1], {spec.id: spec}, kept.__getitem__, capture="c", deployment="d")


def listed(*bodies: bytes | None, numbers: tuple[int, ...] = ()) -> ListingReading:
    (listing,) = read(*bodies, numbers=numbers).listings
    return listing


A, B, C = ([(f"{letter}{n}", f"馆{letter}{n}") for n in range(3)] for letter in "ABC")


def test_rows_are_counted_over_the_views_in_their_order() -> None:
    listing = listed(page(A, "共7条 第1/3页", True), page(B, "共7条 第2/3页", True), page(C[:1], "共7条 第3/3页"))
    assert [row.cells["code"] for row in listing.rows] == ["A0", "A1", "A2", "B0", "B1", "B2", "C0"]
    assert (listing.pages, listing.stated_total, listing.complete, listing.remarks) == (3, 7, True, ())
    added = listing.rows[0].added_on
    assert added is not None
    assert added.candidates[0].isoformat() == "2019-08-29"
    assert listing.rows[3].locator.view == "v2"


def test_a_list_that_grows_while_it_is_paged_is_said() -> None:
    listing = listed(page(A, "共6条 第1/2页", True), page([A[2], *B[:2]], "共7条 第2/2页"))
    assert len(listing.rows) == 5
    assert not listing.complete
    assert any("on an earlier page" in english(remark) for remark in listing.remarks)
    assert any("total changed" in english(remark) for remark in listing.remarks)


def test_a_loop_is_said_and_not_counted_twice() -> None:
    listing = listed(page(A, onward=True), page(B, onward=True), page(A, onward=True))
    assert len(listing.rows) == 6
    assert not listing.complete
    assert any("loops" in english(remark) for remark in listing.remarks)


def test_a_list_that_loads_more_below_is_not_added_up() -> None:
    listing = listed(page(A), page([*A, *B]), page([*A, *B, *C]))
    assert len(listing.rows) == 9
    assert listing.complete


@pytest.mark.parametrize(
    ("bodies", "numbers", "said"),
    [
        ((page(A, onward=True),), (), "last page was not reached"),
        ((page(A, "共4条"),), (), "states 4 rows, 3 were counted"),
        ((page(A), None), (), "page 2 was not observed"),
        ((page(A), page(B)), (1, 3), "page 2 was not captured"),
        ((b"<p>maintenance</p>",), (), "does not stand on it"),
    ],
)
def test_an_incomplete_list_says_why(bodies: tuple[bytes | None, ...], numbers: tuple[int, ...], said: str) -> None:
    listing = listed(*bodies, numbers=numbers)
    assert not listing.complete
    assert any(said in english(remark) for remark in listing.remarks)


@pytest.mark.parametrize(
    ("pager", "said"),
    [
        ("Showing 1 to 3 of 3 entries (filtered from 34 total entries)", "speaks of 34 rows in all"),
        ("显示第 1 至 3 项结果，共 3 项 (由 34 项结果过滤)", "speaks of 34 rows in all"),
        ("1 bis 3 von 3 Einträgen (gefiltert von 34 Einträgen)", "speaks of 34 rows in all"),
        ("Showing 3 of 4 entries", "states 4 rows, 3 were counted"),
        ("0 of 34 row(s) selected.", "states 34 rows, 3 were counted"),
    ],
)
def test_a_filtered_list_is_not_complete(pager: str, said: str) -> None:
    listing = listed(page(A, pager))
    assert not listing.complete
    assert any(said in english(remark) for remark in listing.remarks)


def test_a_second_list_like_it_leaves_open_which_is_meant() -> None:
    listing = listed(page(A) + page(B))
    assert (len(listing.rows), listing.complete) == (3, False)
    assert any("another list with the same columns" in english(remark) for remark in listing.remarks)


def test_rows_that_are_no_bodies_are_said_and_not_counted() -> None:
    more = (
        "<tr><td><s>X1</s></td><td><s>gone</s></td><td></td></tr>"
        "<tr><td><input></td><td><input></td><td><button>Add</button></td></tr>"
        "<tr><td><input></td><td><select><option>All</option></select></td><td></td></tr>"
    )
    listing = listed(page(A).replace(b"</table>", more.encode() + b"</table>"))
    assert (len(listing.rows), listing.complete) == (3, True)
    for said in ("struck-out rows?", "rows? that names? nothing", "rows? of filters"):
        assert any(re.search(said, english(remark)) for remark in listing.remarks), said


def test_a_cell_that_spans_rows_belongs_to_each() -> None:
    head = "<tr><th>类型</th><th>代码</th><th>名称</th></tr>"
    body = (
        f"<meta charset=utf-8><table>{head}<tr><td rowspan=2>分馆</td><td>B1</td><td>东</td></tr>"
        "<tr><td>B2</td><td>西</td></tr></table>"
    ).encode()
    spec = replace(LIST, listing=ListingSpec("b", "branch"))
    (listing,) = read(body, spec=spec).listings
    assert [dict(row.cells) for row in listing.rows] == [
        {"code": "B1", "name": "东", "kind": "分馆"},
        {"code": "B2", "name": "西", "kind": "分馆"},
    ]


def test_nothing_observed_is_never_zero() -> None:
    spec = replace(LIST, fields=(USED,))
    reading = read(None, spec=spec)
    (field,) = reading.fields
    assert (field.status, field.quantities) == ("missing", ())
    assert "timed_out" in english(field.why)
    assert not reading.listings[0].complete
    assert reading.reader == READER_VERSION


def test_a_json_page_is_read_by_pointer() -> None:
    body = json.dumps(
        {"licence": {"used": 34, "cap": None, "max/users": "1,234", "on": True}, "users": [{"id": "a", "n": "Ann"}]}
    ).encode()
    fields = (
        FieldSpec("used", "count", "used", pointer="/licence/used"),
        FieldSpec("cap", "count", "cap", pointer="/licence/cap"),
        FieldSpec("null_cap", "count", "cap", pointer="/licence/cap", means={"": "unlimited"}),
        FieldSpec("users", "count", "cap", pointer="/licence/max~1users"),
        FieldSpec("flag", "count", "used", pointer="/licence/on"),
        FieldSpec("gone", "count", "used", pointer="/licence/none"),
    )
    listing = ListingSpec("u", "user", columns={"code": ("id",), "name": ("n",)}, pointer="/users")
    reading = read(body, spec=PageSpec("api", method="http", locale="en", fields=fields, listing=listing))
    said = {f.field: (f.status, [(q.kind, q.value) for q in f.quantities]) for f in reading.fields}
    assert said == {
        "used": ("read", [("exact", 34)]),
        "cap": ("unreadable", [("unknown", None)]),
        "null_cap": ("read", [("unlimited", None)]),
        "users": ("read", [("exact", 1234)]),
        "flag": ("unreadable", [("unknown", None)]),
        "gone": ("missing", []),
    }
    assert reading.fields[0].candidates[0].locator.node == "/licence/used"
    assert [dict(row.cells) for row in reading.listings[0].rows] == [{"code": "a", "name": "Ann"}]


def test_a_page_without_a_browser_reads_the_same_labels() -> None:
    gb = "<meta charset=gb2312><table><tr><td>已用</td><td>34</td></tr></table>".encode("gb2312")
    reading = read(gb, spec=PageSpec("h", method="http", locale="zh-CN", fields=(USED,)))
    assert [q.value for q in reading.fields[0].quantities] == [34]
    assert reading.fields[0].candidates[0].box is None


def snapshot_and_dom(dom: bytes) -> Reading:
    from tests.reading.gallery import shapes

    shape = next(shape for shape in shapes() if shape.name == "th-td-four-columns")
    artefacts = {"snapshot": "s", "dom": "d"}
    one = View("v", shape.name, 1, "", "", "observed", "", 200, None, artefacts=artefacts)
    kept = {"s": shape.snapshot, "d": dom}
    return read_capture([one], {shape.name: shape.spec}, kept.__getitem__, capture="c", deployment="d")


def test_two_readings_that_agree_say_so() -> None:
    dom = "<table><tr><th>已用数</th><td>187</td></tr></table>".encode()
    used = snapshot_and_dom(dom).field("used")
    assert used is not None
    assert english(used.agreement) == "dom text agrees"
    assert used.checks.in_place.holds


def test_two_readings_that_differ_ask_for_a_person() -> None:
    used = snapshot_and_dom("<table><tr><th>已用数</th><td>30</td></tr></table>".encode()).field("used")
    assert used is not None
    assert english(used.agreement) == "dom text differs: '30'"
    assert (used.quantities[0].value, used.checks.in_place.answer) == (187, "failed")
    gone = snapshot_and_dom(b"<p>nothing</p>").field("used")
    assert gone is not None
    assert gone.certainty_of(gone.quantities[0]) == "needs_review"


@pytest.mark.parametrize(
    "stored",
    [
        *(b"", b"{}", b"[]", b"not json", b"\x1f\x8bbroken", gzip.compress(b"{", mtime=0)[:-4]),
        gzip.compress(b'{"format": "auditor.domsnapshot/9"}', mtime=0),
        gzip.compress(
            b'{"format": "auditor.domsnapshot/1", "computedStyles": [], "captured": {"strings": []}}', mtime=0
        ),
    ],
)
def test_bytes_that_are_no_snapshot_are_refused_in_one_line(stored: bytes) -> None:
    spec = PageSpec("p", fields=(USED,))
    one = View("v", "p", 1, "", "", "observed", "", 200, None, artefacts={"snapshot": "s"})
    with pytest.raises(ReadingError) as refused:
        read_capture([one], {"p": spec}, lambda _: stored, capture="c", deployment="d")
    assert "\n" not in str(refused.value)


def test_one_field_id_on_two_pages_is_read_on_each() -> None:
    bodies = {"a": "<p>已用：34</p>".encode(), "b": "<p>在用：36</p>".encode(), "c": b"<p>nothing</p>"}
    specs = {
        "a": PageSpec("a", locale="zh-CN", fields=(USED,)),
        "b": PageSpec("b", locale="zh-CN", fields=(replace(USED, labels=("在用",)),)),
        "c": PageSpec("c", locale="zh-CN", fields=(USED,)),
    }
    views = [
        View(name, name, 1, "u", "u", "observed", "", 200, None, artefacts={"body": name}) for name in ("c", "a", "b")
    ]
    reading = read_capture(views, specs, bodies.__getitem__, capture="c", deployment="d")
    found = [(one.candidates[0].locator.view, one.quantities[0].value) for one in reading.fields]
    assert found == [("a", 34), ("b", 36)]
    alone = read_capture(views[:1], specs, bodies.__getitem__, capture="c", deployment="d")
    assert [one.status for one in alone.fields] == ["missing"]
