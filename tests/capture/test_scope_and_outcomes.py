"""The decisions of the room, without a browser: scope, network errors, pictures."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from auditor.capture.base.outcomes import ending_for_network_error
from auditor.capture.base.scope import Phase, address_of, scope_of
from auditor.capture.browser.screenshot import (
    MAX_TILE_PIXELS,
    MAX_TILES,
    TILE_HEIGHT,
    Clip,
    is_uniform,
    tile_clips,
    tile_name,
)
from auditor.capture.interaction.forbidden_controls import why_not_pressed
from auditor.formats.web_origins import host_of, is_web, origin_of
from auditor.model.captures import Outcome
from tests.capture.visit_helpers import deployment


@pytest.mark.parametrize(
    ("method", "url", "phase", "navigation", "refused"),
    [
        ("GET", "http://lib.example/x", "read", True, False),
        ("GET", "https://lib.example/x", "read", True, False),
        ("GET", "https://other.example/x", "read", True, True),
        ("GET", "https://cdn.example/x.js", "read", False, False),
        ("POST", "http://lib.example/x", "read", True, True),
        ("POST", "http://lib.example/graphql", "read", False, False),
        ("POST", "http://lib.example/graphql", "read", True, True),
        ("DELETE", "http://lib.example/graphql", "read", False, True),
        ("PUT", "http://lib.example/x", "read", False, True),
        ("POST", "http://lib.example/login", "login", True, False),
        ("POST", "http://sso.example:8080/login", "login", True, False),
        ("POST", "http://sso.example/login", "login", True, True),
        ("POST", "http://collect.example/", "login", False, True),
        ("GET", "http://8.8.8.8/x.js", "read", False, False),
        ("GET", "http://127.0.0.2:8080/", "read", False, True),
        ("GET", "http://192.168.1.1/", "login", False, True),
        ("GET", "http://169.254.169.254/latest/meta-data/", "read", False, True),
        ("GET", "http://[::ffff:10.0.0.1]/", "read", False, True),
        ("GET", "http://localhost:631/", "read", False, True),
    ],
)
def test_what_may_be_sent(method: str, url: str, phase: Phase, navigation: bool, refused: bool) -> None:
    where = deployment("http://lib.example/", origins=("http://sso.example:8080/",), read_posts=("/graphql",))
    assert bool(scope_of(where).refuses(method, url, phase=phase, navigation=navigation)) is refused


def test_frames_and_sockets_stay_with_declared_origins() -> None:
    scope = scope_of(deployment("https://lib.example/", origins=("http://[fd00::1]:8080/",)))
    assert scope.refuses("GET", "https://lib.example/part", phase="read", navigation=False, frame=True) is None
    assert scope.refuses("GET", "https://other.example/", phase="read", navigation=False, frame=True) is not None
    assert scope.refuses("GET", "about:blank", phase="login", navigation=False, frame=True) is None
    assert [
        scope.declares_socket(host, port)
        for host, port in (("lib.example", 443), ("fd00::1", 8080), ("lib.example", 80), ("other.example", 443))
    ] == [True, True, False, False]


def test_host_names_are_compared_as_they_are_asked_for() -> None:
    assert origin_of("http://例子.测试/") == origin_of("http://xn--fsqu00a.xn--0zwm56d:80/x") != ""
    assert host_of("https://Bücher。EXAMPLE/") == "xn--bcher-kva.example"
    assert scope_of(deployment("http://例子.测试/")).declares("https://xn--fsqu00a.xn--0zwm56d/")
    assert host_of("http://a_b.example/") == "a_b.example"


def test_addresses() -> None:
    where = deployment("http://lib.example:90")
    assert address_of(where, "") == "http://lib.example:90/"
    assert address_of(where, "/reg") == "http://lib.example:90/reg"
    assert address_of(replace(where, address="http://lib.example/app/"), "reg") == "http://lib.example/app/reg"
    assert origin_of("HTTP://LIB.example/x") == "http://lib.example:80"
    assert origin_of("https://[::1]:8443/") == origin_of("https://[0:0:0:0:0:0:0:1]:8443/") == "https://[::1]:8443"
    same = ("http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/", "http://127.0.0.1./")
    assert {origin_of(text) for text in same} == {"http://127.0.0.1:80"}, "as browsers ask for them"
    assert host_of("http://1.2.3.4.5/") == "1.2.3.4.5" and host_of("http://08.1/") == "08.1", "no addresses"
    assert [origin_of(text) for text in ("about:blank", "file:///etc", "http://h:x/", "")] == ["", "", "", ""]
    assert [is_web(text) for text in ("https://h/", "file:///etc/passwd", "javascript:1", "chrome://crash")] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("I agree", "I accept the terms", "Accept", "Agree and continue", "Accept licence agreement", "Accept EULA"),
        *(
            "同意",
            "我同意",
            "同意并继续",
            "同意用户协议",
            "我已阅读并同意《服务条款》",
            "接受",
            "同意する",
            "利用規約に同意する",
        ),
        *("Ich stimme zu", "Nutzungsbedingungen akzeptieren", "J'accepte", "Accepter les conditions"),
        *("Save", " save ", "保存", "保存设置", "Delete", "删除", "激活", "Start trial", "Löschen", "Supprimer"),
    ],
)
def test_terms_are_never_accepted_and_nothing_is_changed(text: str) -> None:
    assert why_not_pressed(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Not now",
            "Close",
            "×",
            "Accept only necessary",
            "Accept all cookies",
            "Reject all",
            "稍后再说",
            "关闭",
            "知道了",
        ),
        *(
            "Users",
            "Licence",
            "授权信息",
            "协议列表",
            "Terms",
            "Next",
            "显示",
            "Log in",
            "登录",
            "Apply filter",
            "",
            "Got it",
        ),
    ],
)
def test_what_closes_or_shows_is_pressed(text: str) -> None:
    assert why_not_pressed(text) == ""


def test_https_is_not_left_for_http() -> None:
    assert not scope_of(deployment("https://lib.example/")).declares("http://lib.example/")
    assert not scope_of(deployment("http://lib.example:90/")).declares("https://lib.example/")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("net::ERR_NAME_NOT_RESOLVED", "unreachable"),
        ("net::ERR_CONNECTION_REFUSED", "unreachable"),
        ("net::ERR_CONNECTION_RESET", "connection_reset"),
        ("net::ERR_EMPTY_RESPONSE", "connection_reset"),
        ("net::ERR_TOO_MANY_REDIRECTS", "redirect_loop"),
        ("net::ERR_CERT_DATE_INVALID", "tls_invalid"),
        ("net::ERR_SSL_PROTOCOL_ERROR", "tls_invalid"),
        ("net::ERR_TIMED_OUT", "timed_out"),
        ("net::ERR_UNSAFE_PORT", "error"),
        ("net::ERR_SOMETHING_NEW", "error"),
    ],
)
def test_network_errors(error: str, outcome: Outcome) -> None:
    ended = ending_for_network_error(error, "http://h/")
    assert ended.outcome == outcome and error in ended.why


def test_tall_pages_are_cut() -> None:
    assert tile_clips(1280, 15_999.5) == ((Clip(0, 0, 1280, 16_000),), "")
    cut, left_out = tile_clips(1280, 20_000)
    assert [clip.y for clip in cut] == [0, 8000, 16_000] and cut[-1].height == 4000 and not left_out
    cut, left_out = tile_clips(1280, 1_000_000)
    assert len(cut) == MAX_TILES and f"{MAX_TILES * TILE_HEIGHT} px" in left_out
    cut, left_out = tile_clips(2_000_000, 2_000_000)
    assert len(cut) == 1 and cut[0].width * cut[0].height <= MAX_TILE_PIXELS
    assert "2000000 px wide" in left_out and "2000000 px tall" in left_out
    assert [tile_name(number) for number in (1, 2)] == ["screenshot", "screenshot-2"]


@pytest.mark.parametrize(("colour", "uniform"), [((255, 255, 255), True), ((249, 249, 249), True), ((0, 0, 0), False)])
def test_uniform_pictures(colour: tuple[int, int, int], uniform: bool) -> None:
    image = Image.new("RGB", (400, 300), (255, 255, 255))
    image.putpixel((50, 50), colour)
    file = io.BytesIO()
    image.save(file, "PNG")
    assert is_uniform(file.getvalue(), Clip(0, 0, 400, 300)) is uniform


@pytest.mark.parametrize(
    ("method", "path", "refused"),
    [
        ("PUT", "/api/session/current/", False),
        ("POST", "/api/session/current/", True),
        ("PUT", "/api/users/1/", True),
        ("DELETE", "/api/session/current/", True),
    ],
)
def test_a_session_renewed_by_put_is_allowed_where_it_is_declared_so(method: str, path: str, refused: bool) -> None:
    scope = scope_of(deployment("http://lib.example/", read_posts=("PUT /api/session/",)))
    assert bool(scope.refuses(method, f"http://lib.example{path}", phase="read", navigation=False)) is refused
