"""One server for each file of tests; one browser and one server whose captures have pictures for all that need them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from auditor.web.app import cookie_name
from tests.custody.practice_authorities import authorities
from tests.reading.chromium_snapshots import browsing
from tests.web.pictured_workspace import Enter, make_pictured
from tests.web.served_workspace import Served, served
from tests.workflow.http_estate import JsonSite, serving


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with browsing() as page:
        assert page.context.browser is not None
        yield page.context.browser


@pytest.fixture(scope="package")
def pictured(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two customers with pictures, two practice authorities, and a deployment `alive` whose page can really be visited:
    it answers after a while, so that a visit can be watched."""
    page = browser.new_page(viewport={"width": 900, "height": 500}, locale="zh-CN")
    with (
        authorities(tmp_path_factory.mktemp("keys")) as stamps,
        serving(JsonSite(busy={}, seconds=2.0)) as address,
        served(
            tmp_path_factory.mktemp("pictured"), make=lambda root: make_pictured(root, page, address, stamps)
        ) as found,
    ):
        yield found
    page.close()


@pytest.fixture
def enter(browser: Browser, pictured: Served) -> Iterator[Enter]:
    """Opens pages of the workspace with pictures."""
    with entering(browser, pictured) as made:
        yield made


@contextmanager
def entering(browser: Browser, site: Served) -> Iterator[Enter]:
    """Opens a page signed in as a person. No page may break the policy, run a stranger's script or ask another host."""
    contexts, complaints = [], []

    def made(person: str, lang: str = "en", **options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(10_000)
        name, secret = cookie_name(site.office, site.settings), site.session(person)
        context.add_cookies([
            {"name": name, "value": secret, "url": site.origin},
            {"name": "auditor_lang", "value": lang, "url": site.origin},
        ])  # fmt: skip
        page = context.new_page()
        page.on("console", lambda line: complaints.append(line.text) if is_complaint(line) else None)
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda asked: complaints.append(asked.url) if not asked.url.startswith(site.origin) else None,
        )
        return page

    yield made
    for context in contexts:
        context.close()
    assert complaints == []


def is_complaint(line: ConsoleMessage) -> bool:
    """Whether the browser complains of the page; that an address was refused is no fault of it."""
    return line.type == "error" and not line.text.startswith("Failed to load resource")
