"""Passkeys in a real Chromium with a virtual authenticator, under the policy that every page carries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page

from auditor.errors import SignInError
from auditor.people.passkeys import LASTS
from auditor.web.app import cookie_name
from auditor.workflow import Entrance, Visitor
from tests.web.served_workspace import Served


@pytest.fixture
def page(browser: Browser, site: Served) -> Iterator[Page]:
    """A page with a device that verifies its owner, and no complaint of the policy."""
    context = browser.new_context()
    complaints: list[str] = []
    found = context.new_page()
    found.on("console", lambda line: complaints.append(line.text) if "Content Security Policy" in line.text else None)
    device(found)
    yield found
    context.close()
    assert complaints == []


def device(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip


def enter(page: Page, site: Served, person: str) -> None:
    """The page is signed in as a person."""
    page.context.add_cookies(
        [{"name": cookie_name(site.office, site.settings), "value": site.session(person), "url": site.origin}]
    )


def test_a_passkey_is_added_and_opens_the_account(page: Page, site: Served) -> None:
    enter(page, site, "manager")
    page.goto(f"{site.origin}/account")
    page.fill("#passkey-name", "my device")
    page.click("button[data-passkey=create]")
    page.wait_for_selector("th:has-text('my device')")
    page.context.clear_cookies()
    page.goto(f"{site.origin}/account")
    assert page.url.startswith(f"{site.origin}/sign-in?next=")
    page.click("button[data-passkey=get]")
    page.wait_for_url(f"{site.origin}/account")
    means = [(body["action"], body.get("means") or body.get("what")) for _, body in site.journalled()[-2:]]
    assert means == [("credential", "passkey"), ("signed_in", "passkey")]
    (passkey,) = site.office.keys.passkeys(site.people["manager"].id)
    assert passkey.used_at is not None
    with page.expect_navigation():
        page.click("form[action='/account/passkeys/remove'] button")
    assert page.url == f"{site.origin}/account"
    assert site.office.keys.passkeys(site.people["manager"].id) == ()


def test_a_device_of_nobody_opens_nothing(page: Page, site: Served) -> None:
    enter(page, site, "own_manager")
    page.goto(f"{site.origin}/account")
    page.click("button[data-passkey=create]")
    page.wait_for_selector("th:has-text('passkey')")
    (passkey,) = site.office.keys.passkeys(site.people["own_manager"].id)
    site.office.keys.remove_passkey(passkey.person, passkey.credential)
    page.context.clear_cookies()
    page.goto(f"{site.origin}/sign-in")
    page.click("button[data-passkey=get]")
    page.wait_for_selector("#passkey-failed:visible")
    assert page.url == f"{site.origin}/sign-in"
    assert site.journalled()[-1][1]["what"] == "unknown account"


def test_an_answer_is_taken_once_and_only_to_a_challenge_of_ours(page: Page, site: Served) -> None:
    enter(page, site, "manager")
    page.goto(f"{site.origin}/account")
    page.click("button[data-passkey=create]")
    page.wait_for_selector("th:has-text('passkey')")
    entrance, here = Entrance(site.office), Visitor("127.0.0.1", "tests")

    def answer(options: str) -> object:
        return page.evaluate(
            "async o => (await navigator.credentials.get({publicKey: "
            "PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(o))})).toJSON()",
            options,
        )

    given = answer(entrance.passkey_options())
    assert entrance.by_passkey(given, here).person == site.people["manager"]
    for wrong in (given, {}, {"rawId": "AAAA", "response": {}}, [], None, "x"):
        with pytest.raises(SignInError):
            entrance.by_passkey(wrong, here)
    now = site.office.clock()
    late = answer(site.office.passkeys.sign_in(now - LASTS - timedelta(seconds=1)))
    with pytest.raises(SignInError):
        entrance.by_passkey(late, here)
    strange = answer('{"challenge": "c3RyYW5nZSBjaGFsbGVuZ2U", "rpId": "localhost", "userVerification": "required"}')
    with pytest.raises(SignInError):
        entrance.by_passkey(strange, here)


def test_a_copy_of_a_device_is_refused(page: Page, site: Served) -> None:
    """A counter that went back: two devices hold one key."""
    enter(page, site, "analyst")
    page.goto(f"{site.origin}/account")
    page.click("button[data-passkey=create]")
    page.wait_for_selector("th:has-text('passkey')")
    (passkey,) = site.office.keys.passkeys(site.people["analyst"].id)
    site.office.keys.passkey_used(passkey.credential, passkey.sign_count + 1_000, site.office.clock())
    page.context.clear_cookies()
    page.goto(f"{site.origin}/sign-in")
    page.click("button[data-passkey=get]")
    page.wait_for_selector("#passkey-failed:visible")
    assert site.journalled()[-1][1]["person"] == site.people["analyst"].id
