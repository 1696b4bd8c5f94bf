"""Sessions and logins: a token bound to a cookie, ids that change, refusals with status 200."""

from __future__ import annotations

import pytest

from auditor.demo import DEMO_PASSWORD, DEMO_USER, DemoEnvironment
from tests.demo.conftest import SYSTEMS
from tests.demo.visitor import Visitor, soup


@pytest.mark.parametrize("deployment", SYSTEMS)
@pytest.mark.parametrize("path", ["/", "/desktop", "/admin/registration", "/admin/branches", "/admin/administrators"])
def test_nothing_without_login(world: DemoEnvironment, deployment: str, path: str) -> None:
    with Visitor(world.addresses[deployment]) as visitor:
        response = visitor.get(path, follow=False)
    assert (response.status_code, response.headers["Location"]) == (302, "/login")


def test_numbers_endpoint_needs_a_login(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["libmsc-com"]) as visitor:
        assert visitor.get("/api/registration").status_code == 401


def test_cookie_is_http_only_long_and_changes_at_login(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["site-90"]) as visitor:
        form = visitor.get("/login")
        before = visitor.session.cookies["JSESSIONID"]
        answer = visitor.log_in()
        after = visitor.session.cookies["JSESSIONID"]
        assert (answer.status_code, answer.headers["Location"]) == (302, "/desktop")
        assert "HttpOnly" in form.headers["Set-Cookie"] and "HttpOnly" in answer.headers["Set-Cookie"]
        assert min(len(before), len(after)) >= 24 and before != after
        assert len(visitor.token()) >= 24
        assert "退出系统" in soup(visitor.get("/desktop")).get_text()


@pytest.mark.parametrize(
    ("user", "password"), [(DEMO_USER, "wrong"), ("nobody", DEMO_PASSWORD), ("", ""), (DEMO_USER, "")]
)
def test_wrong_password_is_status_200_with_a_text(world: DemoEnvironment, user: str, password: str) -> None:
    with Visitor(world.addresses["site-90"]) as visitor:
        response = visitor.log_in(user, password)
        assert response.status_code == 200
        assert "用户名或密码错误" in soup(response).get_text()
        assert visitor.get("/desktop", follow=False).status_code == 302


def test_a_token_of_another_session_is_refused(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["site-90"]) as one, Visitor(world.addresses["site-90"]) as other:
        other.get("/login")
        response = other.log_in(token=one.token())
        assert "页面已过期" in soup(response).get_text()
        assert other.get("/desktop", follow=False).status_code == 302


def test_logout_ends_the_session(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["site-90"]) as visitor:
        visitor.log_in()
        stolen = visitor.session.cookies["JSESSIONID"]
        visitor.get("/logout")
        visitor.session.cookies.set("JSESSIONID", stolen)
        assert visitor.get("/desktop", follow=False).status_code == 302


def test_sessions_can_be_forgotten(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["site-90"]) as visitor:
        visitor.log_in()
        assert visitor.get("/desktop", follow=False).status_code == 200
        world.log_out_sessions("site-90")
        assert visitor.get("/desktop", follow=False).status_code == 302


def test_sessions_can_expire_in_the_middle_of_a_list(world: DemoEnvironment) -> None:
    world.expire_sessions("site-90", after_pages=2)
    with Visitor(world.addresses["site-90"]) as visitor:
        visitor.log_in()
        states = [visitor.get(f"/admin/branches?page={page}", follow=False).status_code for page in (1, 2, 3)]
    assert states == [200, 200, 302]


def test_secrets_never_appear_in_a_page(world: DemoEnvironment) -> None:
    with Visitor(world.addresses["yjzhjy-cn"]) as visitor:
        visitor.log_in()
        cookie = visitor.session.cookies["JSESSIONID"]
        paths = ("/desktop", "/admin/registration", "/admin/branches", "/admin/administrators")
        texts = [visitor.get(path).text for path in paths]
    assert not any(secret in text for text in texts for secret in (cookie, DEMO_PASSWORD, DEMO_USER))
