"""Negotiate with a real key distribution centre: Chromium answers with the ticket of its user, or with none."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.capture import Browser, negotiate_switches
from auditor.clock import now
from auditor.model.captures import View
from auditor.model.targets.ways_in import HttpLogin, WaysIn
from tests.capture.kerberos_realm import HOST, PASSWORD, REALM, STRANGER, USER, Realm, accepted_user, lacking, realm
from tests.capture.misbehaving_site import Handler, Site, registration
from tests.capture.visit_helpers import REGISTRATION, SETTINGS, deployment, visit

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking() or "installed")
WAYS = WaysIn(http_login=HttpLogin(negotiate=True))


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    before = dict(os.environ)
    with realm(tmp_path_factory.mktemp("realm")) as made:
        os.environ.update(made.environment())
        yield made
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def chromium(centre: Realm, runner: asyncio.Runner) -> Iterator[Browser]:
    """Started where its user's tickets are, for the host of the deployment."""
    switches = negotiate_switches([deployment(f"http://{HOST}/", ways=WAYS)])
    opened = Browser.open(SETTINGS, now, arguments=switches)
    yield runner.run(opened.__aenter__())
    runner.run(opened.__aexit__(None, None, None))


def seats(handler: Handler) -> None:
    """Let one user in."""
    user = accepted_user(handler.headers.get("Authorization", ""))
    handler.server.users.append(user)  # type: ignore[attr-defined]
    if user == f"{USER}@{REALM}":
        handler.answer(registration())
    else:
        handler.answer("who?", status=401, WWW_Authenticate="Negotiate")


def test_a_ticket_right_wrong_expired_and_missing(
    centre: Realm, chromium: Browser, runner: asyncio.Runner, site: Site, tmp_path: Path
) -> None:
    site.acts["/reg"] = seats
    site.users = []  # type: ignore[attr-defined]

    def seen(name: str, host: str = HOST) -> tuple[View, list[str]]:
        site.users.clear()  # type: ignore[attr-defined]
        where = deployment(f"http://{host}:{site.server_port}/", ways=WAYS)
        capture, stage = runner.run(visit(chromium, where, [replace(REGISTRATION)], tmp_path / name))
        (view,) = capture.views
        for data in stage.disclosable().values():
            assert PASSWORD.encode() not in data and b"Negotiate YI" not in data
        return view, list(site.users)  # type: ignore[attr-defined]

    refused = "The server did not accept the Kerberos ticket, or there is none (status 401)."
    centre.ticket()
    view, users = seen("right")
    assert (view.outcome, view.why) == ("observed", "")
    assert users == ["", f"{USER}@{REALM}"], "asked, and answered with the ticket"
    centre.ticket(STRANGER)
    view, users = seen("wrong")
    assert (view.outcome, view.why) == ("login_refused", refused)
    assert f"{STRANGER}@{REALM}" in users, "a ticket of somebody who is not let in"
    centre.ended_ticket()
    view, users = seen("expired")
    assert (view.outcome, view.why, set(users)) == ("login_refused", refused, {""})
    centre.forget()
    view, users = seen("missing")
    assert (view.outcome, view.why, set(users)) == ("login_refused", refused, {""})
    centre.ticket()
    view, users = seen("another host", "127.0.0.1")
    assert view.outcome == "login_refused" and set(users) == {""}, "no other host is answered"
