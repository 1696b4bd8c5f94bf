"""Where a site runs, letters to its host, and comparisons of systems: in their places, on the pages of the deployment
and of the bundles. A letter is drafted and checked there, and never sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from auditor import custody
from auditor.wording import ELEMENT_STATES, note_text
from auditor.workflow import (
    ComparisonRequest,
    look_up_subject,
    make_comparison,
    notice_records_of,
    read_targets,
    rebuild_index,
)
from auditor.workspace import Workspace
from tests.custody.practice_authorities import PATIENT, authorities
from tests.hosting.estates import held, hosting_section
from tests.hosting.lookups import QUICK, registers
from tests.notices.estates import NOTICE, notice_sections
from tests.notices.mail_servers import MailPost, mail_post
from tests.web.conftest import entering
from tests.web.pictured_workspace import Enter, make_pictured
from tests.web.served_workspace import Served, served
from tests.web.test_pages import complaints_of_axe
from tests.web.test_week import PATIENCE, follow_by_key
from tests.workflow.http_estate import JsonSite, serving

COMPARED = """
comparisons:
  copied:
    reference: covered
    suspects: [suspect]
"""
HOLDER = "某云计算有限公司"


@dataclass
class Told:
    """Pages of a workspace with a look-up, two notices and a comparison; the mail server of the host."""

    site: Served
    post: MailPost
    enter: Enter


@pytest.fixture(scope="module")
def places(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, MailPost]]:
    page = browser.new_page(viewport={"width": 900, "height": 500}, locale="zh-CN")
    folder = tmp_path_factory.mktemp("places")
    with (
        authorities(folder / "keys") as stamps,
        mail_post(folder / "mail") as post,
        registers(folder / "registers") as place,
        serving(JsonSite(busy={})) as address,
    ):

        def make(root: Path) -> dict[str, str]:
            root.mkdir()
            more = "\n".join((*notice_sections(post, root, "suspect"), *hosting_section(place, root))) + COMPARED
            captures = make_pictured(root, page, address, stamps, more)
            text = (root / "targets.yaml").read_text("utf-8").replace("other.example", "suspect.example")
            screens = "    mode: 集群\n    screens:\n      licence: {name: 注册授权信息, page: status, order: 1}\n"
            (root / "targets.yaml").write_text(text.replace("    mode: 集群\n", screens), "utf-8")
            with custody.open_workspace(root) as opened:
                asked = custody.http_authorities(stamps.pinned(), PATIENT)
                custody.Sealer(opened.vault, asked, 2, patience=PATIENT).seal_outbox()
            with ThreadPoolExecutor(1) as pool:  # the thread of the browser has a loop that others may not use
                pool.submit(looked_up_and_compared, Workspace(root)).result()
            return captures

        with served(folder / "w", make=make) as site:
            yield site, post
    page.close()


def looked_up_and_compared(workspace: Workspace) -> None:
    rebuild_index(workspace, read_targets(workspace)[0], lambda _done, _total, _name: None)  # with the seals
    with held(workspace) as instruments:
        look_up_subject(instruments, "suspect", bounds=QUICK)
    make_comparison(workspace, ComparisonRequest("suspect"))


@pytest.fixture
def told(browser: Browser, places: tuple[Served, MailPost]) -> Iterator[Told]:
    with entering(browser, places[0]) as enter:
        yield Told(places[0], places[1], enter)


def section(page: Page, name: str) -> str:
    """What a part of the page says, by the id of its heading."""
    return page.locator(f"section[aria-labelledby={name}]").inner_text()


def test_where_a_site_runs_stands_on_the_page_of_its_deployment(told: Told) -> None:
    page = told.enter("analyst")
    page.goto(f"{told.site.origin}/deployments/suspect")
    said = section(page, "hosting")
    assert "203.0.113.10" in said and HOLDER in said
    page.goto(f"{told.site.origin}/deployments/covered")
    assert page.locator("section[aria-labelledby=hosting]").count() == 0
    assert HOLDER not in page.content()


def choose_language(context: BrowserContext, origin: str, lang: str) -> None:
    context.add_cookies([{"name": "auditor_lang", "value": lang, "url": origin}])


def test_a_letter_is_drafted_and_checked_on_the_page_and_never_sent(told: Told) -> None:
    page = told.enter("manager")
    page.goto(f"{told.site.origin}/deployments/suspect")
    assert NOTICE in section(page, "notices")
    follow_by_key(page, page.locator(f"form[action='/notices/{NOTICE}/draft'] button"))
    page.wait_for_url("**/works/w*")
    page.locator(".pill", has_text="done").wait_for(timeout=PATIENCE)
    (record,) = notice_records_of(told.site.workspace, NOTICE, None)
    assert len(record.drafts) == 1 and not record.deliveries
    page.goto(f"{told.site.origin}/deployments/suspect")
    assert "drafted" in section(page, "notices").lower()
    follow_by_key(page, page.locator(f"form[action='/notices/{NOTICE}/check'] button"))
    page.wait_for_url("**/works/w*")
    page.get_by_text("ended with code").wait_for(timeout=PATIENCE)  # nobody has filled in what a person alone can say
    said = page.locator("pre").inner_text()
    assert "[a person must fill it in] signature" in said and "REVERSED 2019-06-20" in said
    assert "no sealed capture" not in said
    choose_language(page.context, told.site.origin, "zh")
    page.goto(f"{told.site.origin}/deployments/suspect")
    follow_by_key(page, page.locator(f"form[action='/notices/{NOTICE}/check'] button"))
    page.wait_for_url("**/works/w*")
    state = note_text(ELEMENT_STATES["blank"], "zh")
    page.locator("pre", has_text=f"[{state}] ").wait_for(timeout=PATIENCE)
    assert "[a person must fill it in]" not in page.locator("pre").inner_text()
    choose_language(page.context, told.site.origin, "en")
    follow_by_key(page, page.locator(".actions a[href='/deployments/suspect']"))
    page.wait_for_url("**/deployments/suspect")
    asked = [body for kind, body in told.site.journalled() if kind == "access" and body.get("what") == "notice_draft"]
    assert [one["about"] for one in asked] == [["suspect"]] * 3
    assert {one["person"] for one in asked} == {told.site.people["manager"].id}
    assert not told.post.taken and not told.post.reached.is_set()
    assert not [body for kind, body in told.site.journalled() if kind == "notice" and "send" in json.dumps(body)]
    offered = page.request.get(f"{told.site.origin}/deployments/suspect").text()
    assert "/send" not in offered and "/approve" not in offered
    for act in ("send", "approve"):
        answer = page.request.post(f"{told.site.origin}/notices/{NOTICE}/{act}", headers={"Origin": told.site.origin})
        assert answer.status in (404, 405)


def test_whoever_edits_nothing_drafts_nothing(told: Told) -> None:
    for person in ("analyst", "counsel"):
        page = told.enter(person)
        page.goto(f"{told.site.origin}/deployments/suspect")
        assert page.locator("form[action^='/notices/']").count() == 0
        answer = page.request.post(f"{told.site.origin}/notices/{NOTICE}/draft", headers={"Origin": told.site.origin})
        assert answer.status in (403, 404)


def test_comparisons_stand_on_the_page_of_bundles(told: Told) -> None:
    page = told.enter("manager")
    page.goto(f"{told.site.origin}/bundles")
    said = section(page, "comparisons")
    assert (
        "copied" in said and page.locator("section[aria-labelledby=comparisons] a[href='/deployments/suspect']").count()
    )
    (made,) = [body for kind, body in told.site.journalled() if kind == "comparison" and body["action"] == "made"]
    assert str(made["result_sha256"]) in said
    counsel = told.enter("counsel")
    counsel.goto(f"{told.site.origin}/bundles")
    assert "copied" not in counsel.content()


@pytest.mark.parametrize(("lang", "scheme"), [("en", "dark"), ("zh", "light")])
def test_axe_finds_nothing_where_all_of_it_stands(told: Told, lang: str, scheme: str) -> None:
    page = told.enter("manager", lang, color_scheme=scheme)
    assert complaints_of_axe(page, told.site, ["/deployments/suspect", "/bundles"]) == {}
