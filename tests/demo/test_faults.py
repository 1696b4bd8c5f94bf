"""Each fault does what its name says, and nothing else; restoring ends it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from auditor.demo import DemoEnvironment, ServedRequest
from tests.demo.visitor import Visitor, fields, rows, soup


@pytest.fixture
def inside(world: DemoEnvironment) -> Iterator[Visitor]:
    with Visitor(world.addresses["site-90"]) as visitor:
        visitor.log_in()
        yield visitor


def registration(visitor: Visitor) -> dict[str, str]:
    return fields(soup(visitor.get("/admin/registration")))


def test_error_status_on_one_path_only(world: DemoEnvironment, inside: Visitor) -> None:
    world.serve_error("site-90", 500, under="/admin/branches")
    assert inside.get("/admin/branches").status_code == 500
    assert registration(inside)["当前分馆数量"] == "34"
    world.restore("site-90")
    assert inside.get("/admin/branches").status_code == 200


def test_error_status_everywhere(world: DemoEnvironment, inside: Visitor) -> None:
    world.serve_error("site-90", 503)
    assert {inside.get(path).status_code for path in ("/", "/login", "/static/style.css")} == {503}


def test_connections_are_reset(world: DemoEnvironment, inside: Visitor) -> None:
    world.reset_connections("site-90")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        inside.get("/admin/registration")


def test_silence(world: DemoEnvironment, inside: Visitor) -> None:
    world.hang("site-90", under="/admin")
    with pytest.raises(requests.ReadTimeout):
        inside.get("/admin/registration", timeout=0.3)
    assert inside.get("/desktop").status_code == 200


def test_slow_answers_are_whole(world: DemoEnvironment, inside: Visitor) -> None:
    world.slow("site-90", 0.6, under="/admin")
    with pytest.raises(requests.ReadTimeout):
        inside.get("/admin/registration", timeout=0.1)
    assert registration(inside)["当前分馆数量"] == "34"


def test_unreachable_and_back_on_the_same_port(world: DemoEnvironment) -> None:
    address = world.addresses["site-90"]
    world.stop("site-90")
    with Visitor(address) as visitor, pytest.raises(requests.ConnectionError, match="refused"):
        visitor.get("/login")
    world.restore("site-90")
    with Visitor(world.addresses["site-90"]) as visitor:
        assert world.addresses["site-90"] == address
        assert visitor.get("/login").status_code == 200


def test_label_hidden(world: DemoEnvironment, inside: Visitor) -> None:
    whole = registration(inside)
    world.hide_label("site-90")
    assert registration(inside) == {label: text for label, text in whole.items() if label != "当前分馆数量"}


def test_value_replaced(world: DemoEnvironment, inside: Visitor) -> None:
    world.show("site-90", "当前分馆数量", "—")
    world.show("site-90", "分馆授权数量", "20")
    told = registration(inside)
    assert (told["当前分馆数量"], told["分馆授权数量"]) == ("—", "20")


@pytest.mark.parametrize("deployment", ["site-90", "yjzhjy-cn"])
def test_values_that_never_settle(world: DemoEnvironment, deployment: str) -> None:
    world.never_settle(deployment)
    path = "/admin/registration/detail" if deployment == "yjzhjy-cn" else "/admin/registration"
    with Visitor(world.addresses[deployment]) as visitor:
        visitor.log_in()
        told = fields(soup(visitor.get(path)))
    assert told["当前分馆数量"] == told["分馆授权数量"] == "加载中…"
    assert told["授权版本"] == "旗舰版"


def test_script_that_is_never_answered_with_a_number(world: DemoEnvironment) -> None:
    world.never_settle("libmsc-com")
    with Visitor(world.addresses["libmsc-com"]) as visitor:
        visitor.log_in()
        assert visitor.get("/api/registration").json() == {"state": "pending"}


def test_login_refused_though_right(world: DemoEnvironment) -> None:
    world.refuse_login("site-90")
    with Visitor(world.addresses["site-90"]) as visitor:
        assert "用户名或密码错误" in soup(visitor.log_in()).get_text()
        assert visitor.get("/desktop", follow=False).status_code == 302


def test_redesign_keeps_texts_and_drops_the_tables(world: DemoEnvironment, inside: Visitor) -> None:
    world.break_markup("site-90", "redesign")
    page = soup(inside.get("/admin/registration"))
    branches = soup(inside.get("/admin/branches"))
    assert page.select("table") == [] == branches.select("table")
    assert "当前分馆数量" in page.get_text() and "青弋县第一中学" in branches.get_text()


def test_unclosed_cells_still_parse_to_the_same(world: DemoEnvironment, inside: Visitor) -> None:
    whole, listed = registration(inside), rows(soup(inside.get("/admin/branches")))
    world.break_markup("site-90", "unclosed")
    raw = inside.get("/admin/registration").content.decode()
    assert "</td>" not in raw
    assert registration(inside) == whole
    assert rows(soup(inside.get("/admin/branches"))) == listed


def test_duplicate_label(world: DemoEnvironment, inside: Visitor) -> None:
    world.break_markup("site-90", "duplicate_label")
    page = soup(inside.get("/admin/registration"))
    heads = [row.get_text(" ", strip=True) for row in page.select("table.info tr")]
    assert [text for text in heads if text.startswith("当前分馆数量")] == ["当前分馆数量 34", "当前分馆数量 19"]


def test_maintenance_is_status_200_without_a_number(world: DemoEnvironment, inside: Visitor) -> None:
    world.cover("site-90", "maintenance")
    response = inside.get("/admin/registration")
    assert response.status_code == 200 and "系统维护中" in response.content.decode() and "34" not in response.text


def test_redirect_loop(world: DemoEnvironment, inside: Visitor) -> None:
    world.cover("site-90", "redirect_loop", under="/admin")
    with pytest.raises(requests.TooManyRedirects):
        inside.get("/admin/registration")


def test_notice_lies_over_values_that_are_still_there(world: DemoEnvironment, inside: Visitor) -> None:
    world.cover("site-90", "notice")
    page = soup(inside.get("/admin/registration"))
    assert page.select(".cover") and fields(page)["当前分馆数量"] == "34"


def test_oversized(world: DemoEnvironment, inside: Visitor) -> None:
    world.cover("site-90", "oversized")
    assert int(inside.session.head(inside.address + "/admin/registration", timeout=20).headers["Content-Length"]) > 40e6


def test_other_sites_are_untouched(world: DemoEnvironment) -> None:
    world.serve_error("site-90", 500)
    with Visitor(world.addresses["libmsc-cn"]) as visitor:
        assert visitor.get("/login").status_code == 200


def test_visits_are_remembered(world: DemoEnvironment) -> None:
    seen = len(world.visits("libmsc-net"))
    with Visitor(world.addresses["libmsc-net"]) as visitor:
        visitor.get("/")
        visitor.get("/nothing?x=1")
    assert world.visits("libmsc-net")[seen:] == (ServedRequest("GET", "/", 200), ServedRequest("GET", "/nothing", 404))


@pytest.mark.parametrize("size", ["-1", "many", str(10**9)])
def test_hostile_lengths_are_refused_at_once(world: DemoEnvironment, size: str) -> None:
    request = requests.Request("POST", world.addresses["site-90"] + "login", data=b"x").prepare()
    request.headers["Content-Length"] = size
    with requests.Session() as session:
        assert session.send(request, timeout=5).status_code in (411, 413)
