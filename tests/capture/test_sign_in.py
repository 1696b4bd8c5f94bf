"""A person's sign-in, over another origin as single sign-on does, kept and used by visits, in real Chromium."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from auditor.capture import Browser, watch_sign_in
from auditor.capture.base.scope import scope_of
from auditor.capture.base.session_state import first_end, own_state
from auditor.cli import group
from auditor.clock import now
from auditor.custody import create_keys, open_keys
from auditor.errors import CaptureError, CredentialError
from auditor.model.captures import Capture, KeptSignIn
from auditor.model.targets.deployments import Condition, Deployment, Login
from auditor.reading import SnapshotProbe
from auditor.workflow.entry.sign_ins import load_sign_in, sign_in_file, sign_in_warnings, store_sign_in
from auditor.workflow.wiring import initialise_workspace
from auditor.workspace import Workspace
from tests.capture.folder_stage import FolderStage
from tests.capture.misbehaving_site import HEAD, Handler, Site, registration, serving
from tests.capture.visit_helpers import REGISTRATION, SETTINGS, deployment, visit
from tests.story.unpacking import forms, unpacked

LOGIN = Login("/home", by_person=True, logged_in=Condition(text="退出登录"))


@dataclass
class SingleSignOn:
    """An application that sends whoever is unknown to another origin, which asks a person and sends them back."""

    application: Site
    provider: Site
    session: str = field(default_factory=lambda: secrets.token_hex(16))
    stored: str = field(default_factory=lambda: f"eyJ{secrets.token_hex(16)}")
    seconds: int = 3600
    next: str = ""
    """The session that takes the place of this one when the page is asked for."""

    def home(self, handler: Handler) -> None:
        if self.session in handler.headers.get("Cookie", ""):
            keep = f"<script>localStorage.setItem('seat-token', '{self.stored}')</script>"
            handler.answer(f"{HEAD}<body>退出登录{keep}")
        else:
            handler.redirect(f"{self.provider.url}ask")

    def ask(self, handler: Handler) -> None:
        # The page does by itself what a person would do in the window.
        back = f"{self.application.url}back?ticket=t1"
        handler.answer(f"{HEAD}<body>请登录<script>setTimeout(() => location = '{back}', 200)</script>")

    def back(self, handler: Handler) -> None:
        said = f"sid={self.session}; HttpOnly; Path=/; Max-Age={self.seconds}"
        handler.redirect("/home", Set_Cookie=said)

    def page(self, handler: Handler) -> None:
        inside = self.session in handler.headers.get("Cookie", "")
        told = "<p id=t></p><script>t.textContent = localStorage.getItem('seat-token') ? '有令牌' : '无令牌'</script>"
        if inside and self.next not in ("", self.session):
            self.session = self.next
            said = f"sid={self.session}; HttpOnly; Path=/; Max-Age={self.seconds}"
            handler.answer(registration(extra=told), Set_Cookie=said)
        elif inside:
            handler.answer(registration(extra=told))
        else:
            handler.redirect("/home")


@contextmanager
def single_sign_on() -> Iterator[SingleSignOn]:
    with serving() as application, serving() as provider:
        made = SingleSignOn(application, provider)
        application.acts |= {"/home": made.home, "/back": made.back, "/reg": made.page}
        provider.acts["/ask"] = made.ask
        yield made


def watched(runner: asyncio.Runner, where: Deployment, seconds: float = 20.0) -> KeptSignIn:
    async def act() -> KeptSignIn:
        return await watch_sign_in(
            SETTINGS, where, SnapshotProbe(), now, credentials=lambda _: None, done=asyncio.Event(), seconds=seconds,
            window=False,
        )  # fmt: skip

    return runner.run(act())


def visited(
    runner: asyncio.Runner, browser: Browser, folder: Path, where: Deployment, kept: KeptSignIn | None, **more: Any
) -> tuple[Capture, FolderStage]:
    return runner.run(visit(browser, where, [REGISTRATION], folder, eyes=SnapshotProbe(), sign_in=kept, **more))


def test_a_sign_in_is_kept_used_and_told_when_it_no_longer_holds(
    runner: asyncio.Runner, browser: Browser, tmp_path: Path
) -> None:
    keys = create_keys(tmp_path, origin="test.example/seats")
    with single_sign_on() as world:
        where = deployment(world.application.url, login=LOGIN)
        kept = watched(runner, where)
        assert world.provider.seen, "the person was sent to the other origin and back"
        state = json.dumps(kept.state)
        assert world.session in state and world.stored in state
        assert kept.ends is not None and timedelta(minutes=55) < kept.ends - now() <= timedelta(hours=1)
        store_sign_in(tmp_path, keys, kept)
        file = sign_in_file(tmp_path, "site").read_bytes()
        assert not [one for secret in (world.session, world.stored) for one in forms(secret) if one in file]
        assert sign_in_file(tmp_path, "site").stat().st_mode & 0o777 == 0o600
        again = load_sign_in(tmp_path, open_keys(tmp_path), "site")
        assert again is not None and again.state == kept.state

        asked = len(world.provider.seen)
        capture, stage = visited(runner, browser, tmp_path / "in", where, again)
        assert [(view.outcome, view.why) for view in capture.views] == [("observed", "")]
        assert "有令牌" in stage.disclosable()["registration/dom.html"].decode()
        assert capture.facts["sign_in"].startswith("made by a person on ")
        for path, data in stage.disclosable().items():
            for inner in unpacked(data):
                found = [one for secret in (world.session, world.stored) for one in forms(secret) if one in inner]
                assert not found, path
        assert len(world.provider.seen) == asked

        kept_anew: list[KeptSignIn] = []
        old, world.next = world.session, secrets.token_hex(16)
        capture, _ = visited(runner, browser, tmp_path / "turned", where, again, renew=kept_anew.append)
        assert capture.state == "complete" and world.session == world.next != old
        assert old not in json.dumps(kept_anew[0].state) and world.stored in json.dumps(kept_anew[0].state)
        capture, _ = visited(runner, browser, tmp_path / "again", where, kept_anew[0])
        assert capture.state == "complete", "cookies that the application renewed are kept in place of the old ones"

        world.session, world.next = secrets.token_hex(16), ""  # the application forgot it
        (gone,) = visited(runner, browser, tmp_path / "gone", where, again)[0].views
        assert gone.outcome == "login_expired"
        assert "The kept sign-in holds no longer" in gone.why and "auditor sign-in site" in gone.why
        asked = len(world.application.seen)
        late = KeptSignIn("site", now() - timedelta(days=2), now() - timedelta(days=1), kept.state)
        (ended,) = visited(runner, browser, tmp_path / "ended", where, late)[0].views
        assert ended.outcome == "login_expired" and "the kept sign-in ended on" in ended.why
        (none,) = visited(runner, browser, tmp_path / "none", where, None)[0].views
        assert (none.outcome, none.why) == (
            "no_credentials", "Not visited: no sign-in is kept; run: auditor sign-in site.",
        )  # fmt: skip
        assert len(world.application.seen) == asked


def test_nobody_who_signs_in_leaves_nothing(runner: asyncio.Runner, site: Site) -> None:
    site.pages["/home"] = f"{HEAD}<body>请登录"
    with pytest.raises(CaptureError, match="nobody signed in within 1 s"):
        watched(runner, deployment(site.url, login=LOGIN), seconds=1.0)


def test_only_what_is_the_deployment_s_own_is_kept() -> None:
    scope = scope_of(deployment("https://seats.lib.example/", origins=("https://api.example/",)))
    cookies = [
        {"name": "own", "domain": "seats.lib.example", "expires": 2e9, "httpOnly": True},
        {"name": "shared", "domain": ".lib.example", "expires": 1.9e9, "httpOnly": False},
        {"name": "sso", "domain": "login.example", "expires": 2e9, "httpOnly": True},
        {"name": "near", "domain": ".s.lib.example", "expires": 2e9, "httpOnly": True},
        {"name": "api", "domain": "api.example", "expires": -1, "httpOnly": True},
    ]
    origins = [{"origin": "https://seats.lib.example"}, {"origin": "https://login.example"}]
    kept = own_state({"cookies": cookies, "origins": origins}, scope)
    assert [one["name"] for one in kept["cookies"]] == ["own", "shared", "api"]
    assert kept["origins"] == origins[:1]
    ends = first_end(kept)
    assert ends is not None and ends.timestamp() == 2e9


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (timedelta(days=30), ""),
        (timedelta(days=3), "ends on 2026-05-04 09:00 UTC, in 3 days; run: auditor sign-in site"),
        (timedelta(hours=30), "in 30 hours"),
        (timedelta(days=-1), "the kept sign-in ended on 2026-04-30 09:00 UTC; run: auditor sign-in site"),
    ],
)
def test_the_end_is_told_ahead(tmp_path: Path, ends: timedelta, said: str) -> None:
    at = datetime.fromisoformat("2026-05-01T09:00:00+00:00")
    where = Deployment("site", "p", "suspect", "http://a.example/", deployment("").access, ("p",), login=LOGIN)
    assert [*sign_in_warnings(tmp_path, [where], at)] == ["site: no sign-in is kept; run: auditor sign-in site"]
    keys = create_keys(tmp_path, origin="test.example/seats")
    store_sign_in(tmp_path, keys, KeptSignIn("site", at - timedelta(days=2), at + ends, {"cookies": []}))
    told = [*sign_in_warnings(tmp_path, [where], at)]
    assert len(told) == bool(said) and all(said in one for one in told)


def test_a_sign_in_of_another_key_is_not_opened(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        create_keys(tmp_path / name, origin="test.example/seats")
    store_sign_in(tmp_path / "one", open_keys(tmp_path / "one"), KeptSignIn("site", now(), None, {"cookies": []}))
    with pytest.raises(CredentialError, match="not a sign-in of this workspace's key; run: auditor sign-in site"):
        load_sign_in(tmp_path / "one", open_keys(tmp_path / "two"), "site")


def test_the_command_keeps_a_sign_in_and_status_and_check_know_it(tmp_path: Path) -> None:
    with single_sign_on() as world:
        (tmp_path / "targets.yaml").write_text(
            f"""format: 1
timezone: UTC
currency: CNY
browser: {{sandbox: false}}
parties: {{v: {{name: V, role: licensor}}}}
products: {{p: {{name: P, metrics: [{{id: branch, label: 分馆}}], editions: {{}}}}}}
contracts: []
deployments:
  site: {{address: "{world.application.url}", pages: [reg], access: {{kind: own_account, reference: r}},
    login: {{by: person, path: /home, logged_in: {{text: 退出登录}}}}}}
pages:
  reg: {{path: /reg, fields: {{used: {{labels: [当前分馆数量]}}}}}}
""",
            encoding="utf-8",
        )
        initialise_workspace(Workspace(tmp_path), origin="test.example/seats")

        def auditor(*words: str) -> str:
            said = CliRunner().invoke(group, ["--workspace", str(tmp_path), *words])
            return said.output + str(said.exception or "")

        assert (
            "site: no sign-in is kept; run: auditor sign-in site" in json.loads(auditor("status", "--json"))["warnings"]
        )
        assert "site: signed in and kept, 1 cookies; it ends 20" in auditor("sign-in", "site", "--no-window")
        (told,) = json.loads(auditor("status", "--json"))["warnings"]
        assert "the kept sign-in ends on" in told and "run: auditor sign-in site" in told
        assert "a person's sign-in from sign-in site (site): found, ends on" in auditor("check", "--logins")
        assert "the kept sign-in is removed" in auditor("sign-in", "site", "--forget")
        assert "no sign-in was kept" in auditor("sign-in", "site", "--forget")
        assert "no such deployment" in auditor("sign-in", "elsewhere")
