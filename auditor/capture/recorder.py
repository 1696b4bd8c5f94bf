"""One attempt at a deployment, whatever the method: what is gathered, how it ends, and the `Capture` it becomes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from auditor.capture.artefacts.connection_facts import dns_record, summarise_connection
from auditor.capture.artefacts.mask import Mask
from auditor.capture.artefacts.secrets import MIN_PASSWORD_LENGTH, Secrets
from auditor.capture.artefacts.writer import ArtefactWriter
from auditor.capture.base.entry import NO_ENTRY, make_entry
from auditor.capture.base.exchange import Exchange
from auditor.capture.base.held_secrets import CredentialLookup, hold_secrets
from auditor.capture.base.one_time_codes import CodeSecret, parse_code_secret
from auditor.capture.base.outcomes import VisitEnded
from auditor.capture.base.proxy_tunnel import ProxyHop, proxy_hop
from auditor.capture.base.scope import address_of
from auditor.capture.base.step_log import StepLog
from auditor.capture.environment.checks import circumstances_record, disabled_check_warnings
from auditor.clock import Clock
from auditor.errors import VaultError
from auditor.formats.foreign_text import MAX_FACT, MAX_SENTENCE, MAX_TITLE, MAX_URL, as_unicode, bounded
from auditor.model.captures import Capture, Circumstances, KeptSignIn, Stage, View
from auditor.model.notes import QUOTED, Note, map_texts
from auditor.model.targets.deployments import Deployment, MethodName, PageSpec
from auditor.wording import english


def secret_names(deployment: Deployment, pages: Sequence[PageSpec]) -> tuple[str, ...]:
    """Where the secrets that a visit needs are kept, in order of use."""
    login = deployment.login
    names: list[str] = []
    if login is not None:
        typed = [step.value_from for step in login.steps if step.value_from]
        names += typed if login.steps or login.by_person else [login.username, login.password]
        names += [login.totp] if login.totp else []
    names += [reference for _, reference in deployment.ways.secrets()]  # empty where one is not asked for
    names += [step.value_from for page in pages for step in page.steps if step.value_from]
    return tuple(dict.fromkeys(name for name in names if name))


class CaptureRecorder:
    """Gathers what a method brings back. The method fills `views`, `exchanges`, `sockets`, `chains` and the log."""

    def __init__(
        self,
        deployment: Deployment,
        pages: Sequence[PageSpec],
        *,
        stage: Stage,
        credentials: CredentialLookup,
        circumstances: Circumstances,
        clock: Clock,
        sign_in: KeptSignIn | None = None,
    ) -> None:
        self.sign_in = sign_in
        self.renewed: KeptSignIn | None = None
        """The sign-in as the visit left it, where it was let in."""
        self.deployment = deployment
        self.pages = pages
        self.started = clock()
        self.log = StepLog(clock)
        self.keeper = ArtefactWriter(stage)
        self.secrets = Secrets()
        self.views: list[View] = []
        self.exchanges: list[Exchange] = []
        self.sockets: list[str] = []
        self.chains: dict[str, tuple[bytes, ...]] = {}
        self.clock = clock
        self.held = hold_secrets(credentials, secret_names(deployment, pages))
        self.circumstances = circumstances
        self.entry = NO_ENTRY
        self.hop: ProxyHop | None = None
        """The declared proxy; every connection of the visit goes through it."""
        self.code_secret: CodeSecret | None = None
        """The secret of the login's one-time codes, if it has one."""
        self._unusable: VisitEnded | None = None
        if not self.held.missing:
            self._use_secrets()
        if sign_in is not None:
            self.secrets.session(sign_in.state)
        users = {reference for use, reference in deployment.ways.secrets() if use == "user_name"}
        users |= {deployment.login.username} if deployment.login is not None else set()
        self.user_names = frozenset(users)
        """References to what is no secret: masking `admin` would alter what the pages state."""
        for name, value in self.held.values.items():
            if name not in users:
                self.secrets.password(value, f"value of {name}")
                self.secrets.password("".join(value.split()), f"value of {name}")
                if len(value.encode()) < MIN_PASSWORD_LENGTH:
                    told = "it is withheld from the login's request but cannot be told apart from a page's own words"
                    self.log.warn(f"The value of {name} is shorter than {MIN_PASSWORD_LENGTH} bytes: {told}.")
        for warning in disabled_check_warnings(circumstances):
            self.log.warn(warning)

    async def make(self, act: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> None:
        """Make the visit unless something speaks against it; then every page has a view."""
        ending = self._reason_not_to_visit()
        if ending is None:
            ending = await self._bounded(act, seconds)
        done = {view.page for view in self.views}
        for page in self.pages:
            if page.id not in done:
                self.views.append(replace(self.first_view(page), outcome=ending.outcome, why=ending.why))
        order = {page.id: index for index, page in enumerate(self.pages)}
        self.views.sort(key=lambda view: (order[view.page], view.number))

    def first_view(self, page: PageSpec) -> View:
        """The view of a page, or of the first page of a list, before anything came of it."""
        view_id = page.id if page.listing is None else f"{page.id}-1"
        return View(view_id, page.id, 1, address_of(self.deployment, page.path), "", "error", "", None, None)

    async def conclude(
        self, *, capture_id: str, run: str, intent: str, method: MethodName, software: str, means: str
    ) -> Capture:
        """Keep what was gathered, without secrets, and state it as a capture."""
        mask = await asyncio.to_thread(self._keep, capture_id, software, means)
        facts: dict[str, str] = summarise_connection(self.deployment.address, self.exchanges, self.chains)
        if self.sign_in is not None:
            facts["sign_in"] = f"made by a person on {self.sign_in.made_at:%Y-%m-%d %H:%M} UTC"
        if self.hop is not None:
            at = await asyncio.to_thread(_address_of_host, self.hop.host)
            facts["proxy"] = f"{self.hop}, at {at}" if at != self.hop.host else str(self.hop)
        return Capture(
            id=capture_id,
            deployment=self.deployment.id,
            run=run,
            intent=intent,
            method=method,
            started_at=self.started,
            ended_at=self.clock(),
            views=tuple(_storable(view, mask) for view in self.views),
            steps=tuple(replace(step, detail=_sentence(step.detail, mask)) for step in self.log.steps),
            artefacts=tuple(self.keeper.artefacts),
            withheld=tuple(replace(one, what=bounded(as_unicode(one.what), MAX_FACT)) for one in self.keeper.withheld),
            warnings=tuple(_sentence(english(note), mask) for note in self.log.warnings),
            warning_notes=_coded(self.log.warnings, mask),
            facts={name: bounded(mask.text(as_unicode(fact)), MAX_FACT) for name, fact in facts.items()},
        )

    def _use_secrets(self) -> None:
        """Make of the secrets what the visit needs; a secret that is none, or has expired, is the visit's ending."""
        login = self.deployment.login
        try:
            if login is not None and login.by_person:
                _require_sign_in(self.deployment, self.sign_in, self.started)
            ways = self.deployment.ways
            self.hop = proxy_hop(ways.proxy, self.held) if ways.proxy is not None else None
            self.entry = make_entry(ways, self.held, self.started)
            if login is not None and login.totp is not None:
                self.code_secret = parse_code_secret(self.held.values[login.totp])
        except VisitEnded as ended:
            self._unusable = ended
        except ValueError as error:
            self._unusable = VisitEnded("no_credentials", f"Not visited: the secret of one-time codes: {error}.")

    def _reason_not_to_visit(self) -> VisitEnded | None:
        failed = [check for check in self.circumstances.checks if check.result == "failed"]
        if failed:
            facts = "; ".join(f"{check.name}: {check.fact} (expected: {check.expected})" for check in failed)
            return VisitEnded("unclean", f"The capturing machine failed a check, so no page was loaded: {facts}.")
        if self.held.missing:
            return VisitEnded("no_credentials", f"Not visited: {'; '.join(self.held.missing.values())}.")
        return self._unusable

    async def _bounded(self, act: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> VisitEnded:
        """How the visit ended, for the pages that have no view yet."""
        try:
            async with asyncio.timeout(seconds):
                await act()
        except VisitEnded as ended:
            return ended
        except TimeoutError:
            return VisitEnded("timed_out", f"The visit was broken off after {seconds:g} s, its hard bound.")
        except VaultError:
            raise
        except Exception as error:  # noqa: BLE001 - the capture boundary: it is recorded and the run goes on
            first = (str(error).splitlines() or [""])[0]
            return VisitEnded("error", f"The visit broke off: {type(error).__name__}: {first}.")
        return VisitEnded("error", "The page was not visited.")

    def _keep(self, capture_id: str, software: str, means: str) -> Mask:
        self.keeper.record("circumstances.json", circumstances_record(self.circumstances), "auditor.capture")
        dns = dns_record(self.circumstances, self.exchanges)
        self.keeper.record("dns.json", dns, "auditor.capture")
        for difference in dns["differences"]:
            self.log.warn(difference)
        self.keeper.certificates(self.chains, means)
        mask = self.keeper.finish(
            self.secrets,
            capture_id=capture_id,
            at=self.started,
            exchanges=self.exchanges,
            sockets=self.sockets,
            fields={"software": software, "capture": capture_id},
            means=means,
        )
        for path in sorted({item.artefact for item in self.keeper.withheld if item.artefact.endswith(".png")}):
            self.log.warn(f"{path} showed a secret: it is disclosed with bars, and whole only under seal.")
        return mask


def _require_sign_in(deployment: Deployment, kept: KeptSignIn | None, now: datetime) -> None:
    """Raises `VisitEnded` where no sign-in of a person is kept, or it has ended by what it says itself."""
    then = f"run: auditor sign-in {deployment.id}"
    if kept is None:
        raise VisitEnded("no_credentials", f"Not visited: no sign-in is kept; {then}.")
    days = deployment.login.lasts_days if deployment.login is not None else None
    ends = min((end for end in (kept.ends, kept.made_at + timedelta(days=days) if days else None) if end), default=None)
    if ends is not None and ends <= now:
        raise VisitEnded("login_expired", f"Not visited: the kept sign-in ended on {ends:%Y-%m-%d %H:%M} UTC; {then}.")


def _address_of_host(host: str) -> str:
    """The addresses of the proxy at the end of the visit; `unknown` where its name has none."""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        return "an unknown address"
    return ", ".join(dict.fromkeys(str(one[4][0]) for one in found))


def _coded(warnings: Sequence[Note], mask: Mask) -> tuple[Note, ...]:
    """The warnings as notes, without secrets; none where no warning has a code."""
    if all(note.code == QUOTED for note in warnings):
        return ()
    return tuple(map_texts(note, lambda text: _sentence(text, mask)) for note in warnings)


def _sentence(text: str, mask: Mask) -> str:
    """What the manifest can keep of it, without secrets; cut last, so that no secret is cut in two and then missed."""
    return bounded(mask.text(as_unicode(text)), MAX_SENTENCE)


def _storable(view: View, mask: Mask) -> View:
    """The view with what the manifest can keep of the texts that its page chose."""
    return replace(
        view,
        final_url=bounded(mask.text(as_unicode(view.final_url)), MAX_URL),
        why=_sentence(view.why, mask),
        title=bounded(mask.text(as_unicode(view.title)), MAX_TITLE),
    )
