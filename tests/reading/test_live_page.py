"""A visit's questions, answered from real snapshots of pages opened in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from auditor.document.page import page_from_snapshot
from auditor.model.captures import PageProbe
from auditor.model.targets.deployments import Condition, FieldSpec, ListingSpec, Login, PageSpec
from auditor.reading import SnapshotProbe
from auditor.reading.fields.field import read_field
from auditor.reading.labels.readable_page import open_snapshot
from tests.reading.chromium_snapshots import browsing, serving, shoot

EYES: PageProbe = SnapshotProbe()
SPEC = PageSpec("p", locale="zh-CN", fields=(FieldSpec("used", "count", "used", labels=("已用",)),))


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with browsing() as page:
        yield page


def seen(browser: Page, body: str) -> bytes:
    browser.set_content(f"<!doctype html><meta charset=utf-8><body>{body}")
    return shoot(browser).snapshot


def test_boxes_lie_where_the_page_says(browser: Page, tmp_path: Path) -> None:
    """Layout bounds against the browser's own word: scrolled page, scrolled container, transform, frame in a frame."""
    (tmp_path / "i.html").write_text(
        "<body style='margin:0'><div style='height:300px'></div><p id=t>inner</p><iframe src=j.html></iframe>"
        "<script>scrollTo(0,240)</script>"
    )
    (tmp_path / "j.html").write_text("<body><p id=t>innermost</p>")
    (tmp_path / "o.html").write_text(
        "<body style='height:3000px'><div style='height:80px;overflow:auto' id=s><div style='height:300px'></div>"
        "<p>scrolled</p><div style='height:300px'></div></div><p style='transform:translate(70px,30px)'>moved</p>"
        "<div style='height:900px'></div><p>low</p><div style='position:fixed;top:10px;left:500px'>fixed</div>"
        "<iframe src=i.html style='border:7px solid;padding:3px 9px;width:500px;height:300px'></iframe>"
        "<script>s.scrollTop=280;scrollTo(0,700)</script>"
    )
    with serving(tmp_path) as address:
        browser.goto(f"{address}/o.html")
        tree = page_from_snapshot(shoot(browser).snapshot).tree
        measured: dict[str, list[float]] = {}
        script = (
            "r => [...document.querySelectorAll('p,div')].filter(e => !e.children.length && e.textContent).map(e => {\
            const b = document.createRange(); b.selectNodeContents(e); const q = b.getBoundingClientRect();\
            return [e.textContent, q.x, q.y, q.width, q.height]})"
        )
        offset = browser.evaluate("[scrollX, scrollY]")
        for frame in browser.frames:
            dx, dy = 0.0, 0.0
            at = frame
            while at.parent_frame:
                inner = at.frame_element().evaluate(
                    "e => { const b = e.getBoundingClientRect(), c = getComputedStyle(e);"
                    "return [b.x + parseFloat(c.borderLeftWidth) + parseFloat(c.paddingLeft),"
                    "b.y + parseFloat(c.borderTopWidth) + parseFloat(c.paddingTop)] }"
                )
                dx, dy, at = dx + inner[0], dy + inner[1], at.parent_frame
            for text, x, y, w, h in frame.evaluate(script, None):
                measured[text] = [x + dx + offset[0], y + dy + offset[1], w, h]
    boxes = {text: tree.box(node) for node, text in tree.texts.items() if tree.names[node] == "#text"}
    for text in ("scrolled", "moved", "low", "fixed", "inner", "innermost"):
        box = boxes[text]
        assert box is not None
        assert box == pytest.approx(measured[text], abs=1.0), text


def test_the_fingerprint_changes_with_the_value_alone(browser: Page) -> None:
    first = EYES.ready(SPEC, seen(browser, "<p>已用：0</p><i>10:00:01</i>"), "u")
    second = EYES.ready(SPEC, seen(browser, "<p>已用：34</p><i>10:00:02</i>"), "u")
    third = EYES.ready(SPEC, seen(browser, "<p>已用：34</p><i>10:00:03</i>"), "u")
    assert first.state == second.state == third.state == "ready"
    assert first.fingerprint != second.fingerprint == third.fingerprint


def test_an_optional_field_holds_nothing_up(browser: Page) -> None:
    extra = FieldSpec("x", "count", "cap", labels=("授权数",), required=False)
    spec = PageSpec("p", locale="zh-CN", fields=(*SPEC.fields, extra))
    assert EYES.ready(spec, seen(browser, "<p>已用：34</p>"), "u").state == "ready"


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("", "waiting"),
        ("<p>退出系统</p><p>已用：34</p>", "ready"),
        ("<p>退出系统</p><p>已用：Loading...</p>", "waiting"),
        ("<p>退出系统</p><p>已用：—</p>", "no_value"),
        ("<p>退出系统</p>", "label_missing"),
        ("<form><input name=u><input type=password></form>", "not_logged_in"),
        ("<p>已用：34</p><div style='display:none'>退出系统</div><input type=password>", "not_logged_in"),
    ],
)
def test_readiness_of_a_page_that_needs_a_login(browser: Page, body: str, state: str) -> None:
    spec = PageSpec("p", locale="zh-CN", fields=SPEC.fields, logged_in=Condition(text="退出系统"))
    assert EYES.ready(spec, seen(browser, body), "u").state == state


def test_the_ready_condition_is_waited_for(browser: Page) -> None:
    spec = PageSpec("p", locale="zh-CN", fields=SPEC.fields, ready=Condition(no_text="同步中", selector="#done"))
    assert EYES.ready(spec, seen(browser, "<p>已用：34</p><i>同步中</i>"), "u").state == "waiting"
    assert EYES.ready(spec, seen(browser, "<p>已用：34</p><i id=done>ok</i>"), "u").state == "ready"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition(text="欢迎 您"), True),
        (Condition(text="hidden"), False),
        (Condition(no_text="hidden"), True),
        (Condition(selector="p.a"), True),
        (Condition(selector="p.b"), False),
        (Condition(url_contains="/admin"), True),
        (Condition(url_contains="/login"), False),
        (Condition(text="欢迎您", url_contains="/login"), False),
        (Condition(), True),
    ],
)
def test_conditions(browser: Page, condition: Condition, holds: bool) -> None:
    snapshot = seen(browser, "<p class=a>欢迎您，管理员</p><p class=b style='display:none'>hidden</p>")
    assert EYES.holds(condition, snapshot, "http://x/admin") is holds


def test_find_prefers_what_lies_nearest_to_the_eye(browser: Page) -> None:
    body = "<button id=a>确定</button><div style='position:fixed;top:200px;z-index:9'><button id=b>确 定</button></div>"
    target = EYES.find(seen(browser, body), text="确定")
    assert target is not None
    session = browser.context.new_cdp_session(browser)
    node = session.send("DOM.describeNode", {"backendNodeId": target.backend_node_id})["node"]
    assert "b" in node["attributes"]
    assert EYES.find(seen(browser, body), text="取消") is None
    assert EYES.find(seen(browser, "<button hidden>确定</button>"), text="确定") is None
    assert EYES.find(seen(browser, "<input type=submit value=Go>"), text="Go") is not None
    assert EYES.find(seen(browser, "<b>x</b>"), selector="b") is not None


@pytest.mark.parametrize(
    ("pager", "text"),
    [
        ("<a href=?2>下一页</a>", "下一页"),
        ("<span>下一页</span>", None),
        ("<button disabled>Next</button>", None),
        ("<a href=?2 class=disabled>Next</a>", None),
        ("<li class='next disabled'><a href=#>Next</a></li>", None),
        ("<div class=pagination><a href=?1 rel=prev>&lt;</a><a href=?3 rel=next>go</a></div>", "go"),
        ("<button aria-label='Next'><svg width=9 height=9></svg></button>", ""),
        ("<a href=/>首页</a> &gt; <span>列表</span>", None),
        ("<nav class=pagination><span aria-current=page>2</span><a href=?3>3</a></nav>", "3"),
        ("<nav class=pagination><a href=?1>1</a><span aria-current=page>2</span></nav>", None),
        ("<p>Page 2 of 2</p><a href=?2>Next</a>", None),
        ("<button>加载更多</button>", "加载更多"),
        ("<button style='display:none'>加载更多</button>", None),
    ],
)
def test_the_way_to_the_next_page(browser: Page, pager: str, text: str | None) -> None:
    target = EYES.next_page(ListingSpec("l", "m"), seen(browser, pager))
    assert (None if target is None else target.text) == text


def test_declared_selectors_win(browser: Page) -> None:
    body = "<input id=u><input id=p><a id=go href=#>进</a><input type=password><a class=n href=#>more</a>"
    login = Login("/", "U", "P", username_selector="#u", password_selector="#p", submit_selector="#go")
    found = EYES.login_form(login, seen(browser, body))
    assert [target.node.rsplit("/", 1)[-1] for target in found if target] == ["input[1]", "input[2]", "a[1]"]
    onward = EYES.next_page(ListingSpec("l", "m", next_selector="a.n"), seen(browser, body))
    assert onward is not None
    assert onward.text == "more"


@pytest.mark.parametrize(
    ("body", "label", "value"),
    [
        ("<h4>User Account Management (Total: 34)</h4>", "Total", 34),
        ("<h4>User Account Management (34)</h4>", "User Account Management", 34),
        ("<a href=#>用户 <span class=badge>34</span></a><a href=#>角色 <span>5</span></a>", "用户", 34),
        (
            "<nav><a href=#>Users</a> <a href=#>Issues 5</a></nav><table><tr><td>Users</td><td>34</td></tr></table>",
            "Users",
            34,
        ),
        ("<div style='display:flex'><i>3</i><i>4</i></div><div>Seats used</div>", "Seats used", 34),
        ("<ul><li><span>Seats used</span><div style='float:right'>34</div></li></ul>", "Seats used", 34),
        ("<p>授权数：</p><p>已用：34</p>", "授权数", None),
        ("<p>Users per page 20</p>", "Users", None),
        ("<p>Licensed Users: 20</p>", "Users", None),
    ],
)
def test_shapes_met_in_running_applications(browser: Page, body: str, label: str, value: int | None) -> None:
    spec = PageSpec("p", fields=(FieldSpec("n", "count", "used", labels=(label,)),))
    read = read_field(open_snapshot(seen(browser, body), spec), spec.fields[0], spec)
    assert [q.value for q in read.quantities] == ([] if value is None else [value]), read


def test_a_json_response_shown_by_the_browser_is_read_by_pointer(browser: Page, tmp_path: Path) -> None:
    (tmp_path / "l.json").write_text('{"users": {"used": 34}, "list": [{"id": "a  b"}]}')
    spec = PageSpec("p", fields=(FieldSpec("n", "count", "used", pointer="/users/used"),))
    with serving(tmp_path) as address:
        browser.goto(f"{address}/l.json")
        snapshot = shoot(browser).snapshot
    assert EYES.ready(spec, snapshot, "u").state == "ready"
    read = read_field(open_snapshot(snapshot, spec), spec.fields[0], spec)
    assert [q.value for q in read.quantities] == [34]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("<form>动态口令 <input name=x><button>验证</button></form>", 1),
        ("<form><input name=footprint></form>", 0),
        ("<form>验证码 <input name=captcha><img alt=图片 width=9 height=9></form>", 0),
        ("<form>Two-factor authentication<input name=q type=search><input></form>", 1),
        ("<form>令牌管理 <input name=keyword></form>", 0),
        ("<form>两步验证" + "<input maxlength=1>" * 6 + "</form>", 6),
        ("<form>邮编" + "<input maxlength=1>" * 6 + "</form>", 0),
        ("<input id=a autocomplete=one-time-code style='display:none'>", 0),
    ],
)
def test_the_field_for_a_one_time_code(browser: Page, body: str, fields: int) -> None:
    found, _ = EYES.code_form(Login("/", "U", "P", totp="T"), seen(browser, body))
    assert len(found) == fields


def test_without_a_second_factor_only_a_field_s_own_name_tells_a_code(browser: Page) -> None:
    login = Login("/", "U", "P")
    assert EYES.code_form(login, seen(browser, "<form>动态口令 <input name=x></form>"))[0] == ()
    assert len(EYES.code_form(login, seen(browser, "<form><input name=otp></form>"))[0]) == 1
    chosen = Login("/", "U", "P", code_selector="#c")
    assert len(EYES.code_form(chosen, seen(browser, "<input id=c>"))[0]) == 1
