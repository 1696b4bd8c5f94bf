"""The pages say what the judgment says the real ones said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
import requests
from playwright.sync_api import Browser, sync_playwright

from auditor.demo import DEMO_PASSWORD, DEMO_USER, SYSTEM_SITES, DemoEnvironment
from auditor.demo.library_system import LibrarySystem
from tests.demo.conftest import SYSTEMS
from tests.demo.visitor import Visitor, fields, rows, soup

CASE = {
    "libmsc-cn": ("20", "20", "旗舰版V1.2.2", "2019-08-29"),
    "site-90": ("不限", "34", "旗舰版V1.1.6", "2018-09-19"),
    "libmsc-com": ("不限", "18", "旗舰版V1.2.2", "2019-08-29"),
    "yjzhjy-cn": ("不限", "25", "旗舰版V1.2.2", "2019-08-29"),
}
FIRST_ADMINISTRATOR = {"site-90": "2018-11-03", "libmsc-com": "2018-03-10", "yjzhjy-cn": "2021-03-27"}
SCREENS = (
    *("系统导航", "系统主界面", "预订批次管理", "直接预订", "直接验收处理", "订购单查询", "采访日志统计结果"),
    *("书目操作简单编目", "书目操作MARC编目", "书标打印", "套录数据导入", "书目分类统计", "编目日志统计"),
    *("典藏日志查询", "典藏日志统计"),
)


def expected(deployment: str) -> dict[str, str]:
    cap, used, version, registered = CASE[deployment]
    users = {"当前用户数量": "73"} if deployment == "yjzhjy-cn" else {}
    return {
        "授权版本": "旗舰版",
        "总分馆模式": "支持",
        "分馆授权数量": cap,
        "当前分馆数量": used,
        **users,
        "公司名称": "安徽某图书有限公司",
        "系统版本": version,
        "注册授权日期": registered,
    }


def every_row(visitor: Visitor, path: str) -> list[dict[str, str]]:
    """All rows, by following 下一页 from page to page."""
    found: list[dict[str, str]] = []
    following: str | None = path
    while following is not None:
        page = soup(visitor.get(following))
        found += rows(page)
        link = page.find("a", string="下一页")
        following = None if link is None else str(link["href"])
    return found


@pytest.mark.parametrize("deployment", ["libmsc-cn", "site-90"])
def test_registration_in_server_html(world: DemoEnvironment, deployment: str) -> None:
    with Visitor(world.addresses[deployment]) as visitor:
        visitor.log_in()
        assert fields(soup(visitor.get("/admin/registration"))) == expected(deployment)


def test_registration_by_script(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["libmsc-com"]) as visitor:
        visitor.log_in()
        page = soup(visitor.get("/admin/registration"))
        waiting = {**expected("libmsc-com"), "分馆授权数量": "加载中…", "当前分馆数量": "加载中…"}
        assert fields(page) == waiting
        answer = visitor.get("/api/registration").json()
        assert answer == {"state": "ok", "values": {"分馆授权数量": "不限", "当前分馆数量": "18"}}


def test_registration_in_a_frame_of_the_same_origin(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["yjzhjy-cn"]) as visitor:
        visitor.log_in()
        page = soup(visitor.get("/admin/registration"))
        frame = page.select_one("iframe")
        assert frame is not None and fields(page) == {}
        assert fields(soup(visitor.get(str(frame["src"])))) == expected("yjzhjy-cn")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium-headless-shell", chromium_sandbox=False
        )
        yield chromium
        chromium.close()


@pytest.mark.parametrize("deployment", SYSTEMS)
def test_a_browser_sees_every_value(world: DemoEnvironment, browser: Browser, deployment: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda message: failures.append(message.text))
    page.goto(world.addresses[deployment])
    page.fill("input[name=username]", DEMO_USER)
    page.fill("input[name=password]", DEMO_PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/desktop")
    page.goto(world.addresses[deployment] + "admin/registration")
    place = page.frame_locator("iframe") if deployment == "yjzhjy-cn" else page
    for label, value in expected(deployment).items():
        place.locator(f"tr:has(th:text-is('{label}')) td", has_text=re.compile(f"^{re.escape(value)}$")).wait_for()
    context.close()
    assert failures == []


@pytest.mark.parametrize("deployment", SYSTEMS)
def test_branch_list_holds_as_many_rows_as_displayed(world: DemoEnvironment, deployment: str) -> None:
    with Visitor(world.addresses[deployment]) as visitor:
        visitor.log_in()
        listed = every_row(visitor, "/admin/branches")
    assert str(len(listed)) == CASE[deployment][1]
    assert {"代码", "名称", "类型", "添加时间"} <= set(listed[0])
    assert [row["序号"] for row in listed] == [str(number) for number in range(1, len(listed) + 1)]


def test_row_kinds_explain_displayed_against_confirmed(world: DemoEnvironment) -> None:
    kinds = {}
    for deployment in SYSTEMS:
        with Visitor(world.addresses[deployment]) as visitor:
            visitor.log_in()
            kinds[deployment] = Counter(row["类型"] for row in every_row(visitor, "/admin/branches"))
    assert kinds == {
        "libmsc-cn": {"分馆": 20},
        "site-90": {"分馆": 30, "总馆": 1, "测试": 2, "停用": 1},
        "libmsc-com": {"分馆": 15, "总馆": 1, "测试": 1, "停用": 1},
        "yjzhjy-cn": {"分馆": 25},
    }


def test_one_code_used_by_several_bodies(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["yjzhjy-cn"]) as visitor:
        visitor.log_in()
        listed = every_row(visitor, "/admin/branches")
    codes = Counter(row["代码"] for row in listed)
    assert codes.most_common(1) == [("F008", 3)] and len(codes) == 23
    assert len({row["名称"] for row in listed}) == 25
    assert len({row["登录名"] for row in listed}) == 25


def test_pager_texts_and_ends(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["site-90"]) as visitor:
        visitor.log_in()
        pages = [soup(visitor.get(f"/admin/branches?page={number}")) for number in (1, 2, 4, 99)]
    texts = [page.select_one(".pager span") for page in pages]
    assert [text.get_text() for text in texts if text] == [
        "共34条 第1/4页",
        "共34条 第2/4页",
        "共34条 第4/4页",
        "共34条 第4/4页",
    ]
    links = [{link.get_text() for link in page.select(".pager a")} & {"上一页", "下一页"} for page in pages]
    assert links == [{"下一页"}, {"上一页", "下一页"}, {"上一页"}, {"上一页"}]
    assert [len(rows(page)) for page in pages] == [10, 10, 4, 4]


@pytest.mark.parametrize(("deployment", "first"), FIRST_ADMINISTRATOR.items())
def test_administrators_dates(world: DemoEnvironment, deployment: str, first: str) -> None:
    with Visitor(world.addresses[deployment]) as visitor:
        visitor.log_in()
        listed = rows(soup(visitor.get("/admin/administrators")))
    assert listed[0]["添加时间"] == first
    assert min(row["添加时间"] for row in listed) == first


def test_all_module_screens_are_there(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["libmsc-cn"]) as visitor:
        visitor.log_in()
        desktop = soup(visitor.get("/desktop"))
        links = {link.get_text(strip=True): str(link["href"]) for link in desktop.select("nav a, .side a")}
        for screen in SCREENS:
            where = soup(visitor.get(links[screen])).select_one(".where")
            assert where is not None and where.get_text().endswith(screen)


@pytest.mark.parametrize("path", ["/admin/branches", "/admin/registration", "/desktop"])
def test_pages_say_that_the_rows_are_an_illustration(world: DemoEnvironment, path: str) -> None:
    with Visitor(world.addresses["site-90"]) as visitor:
        visitor.log_in()
        text = visitor.get(path).text
    assert "虚构示例" in text and "illustration" in text


def test_growth_from_18_to_22() -> None:
    """Apart from the shared world, because branches stay."""
    facts = next(site for site in SYSTEM_SITES if site.id == "libmsc-com")
    system = LibrarySystem(facts, user="u", password="p")
    system.register_branches(4, date(2022, 3, 1))
    new = system.branches[18:]
    assert len(system.branches) == 22
    assert [row.kind for row in new] == ["分馆"] * 4
    assert {row.added_on for row in new} == {date(2022, 3, 1)}
    assert len({row.code for row in system.branches}) == 22 and len({row.name for row in system.branches}) == 22
    system.register_branches(60, date(2022, 3, 2))
    assert len({row.name for row in system.branches}) == 82


def test_marketing_site_is_public_and_states_no_count(world: DemoEnvironment) -> None:
    address = world.addresses["libmsc-net"]
    with Visitor(address) as visitor:
        texts = []
        for path in ("/", "/product", "/customers"):
            response = visitor.get(path, follow=False)
            assert response.status_code == 200
            texts.append(soup(response).get_text())
        assert fields(soup(visitor.get("/")))["产品名称"] == "城市之光图书馆管理系统"
        assert visitor.get("/admin/registration").status_code == 404
    together = "".join(texts)
    assert "部分客户" in together and "模块方案介绍" in together and "预订批次管理" in together
    assert not re.search(r"\d", together)


def test_unknown_path_is_404_inside_and_login_outside(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["site-90"]) as visitor:
        outside: requests.Response = visitor.get("/nowhere", follow=False)
        visitor.log_in()
        assert (outside.status_code, outside.headers["Location"]) == (302, "/login")
        assert visitor.get("/nowhere").status_code == 404
        assert visitor.get("/module/99").status_code == 404
