"""The inbox of findings, and decisions: one, or many of one rule for one reason, each by its own journal line."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from auditor.errors import ConfigError, SecondPersonError, VaultError
from auditor.web.pages.deployments import next_page, seen_line
from auditor.web.pages.frame import show
from auditor.web.rendering import redirect
from auditor.web.routing import WebRequest, WebRoute
from auditor.workflow import Desk

STATES = frozenset({"acknowledged", "confirmed", "explained", "settled", "dismissed", "suppress"})


def show_inbox(desk: Desk, request: WebRequest) -> Response:
    """The queue, and the finding that is looked at."""
    return show(desk, request, "findings.html", seen=desk.reads.inbox(request.query))


def decide(desk: Desk, request: WebRequest) -> Response:
    """Record what was decided."""
    form = request.form
    fingerprint, state = form.get("fingerprint", ""), form.get("state", "")
    finding = desk.reads.finding(fingerprint)
    if state not in STATES:
        raise ConfigError("a decision: choose what is decided")
    until = _day(form.get("until", ""))
    if until is not None and state != "suppress":
        raise ConfigError("an end: only a suppression has one")
    named = [fingerprint]
    if form.get("bulk"):
        named += [one for one in desk.reads.same_rule(finding) if one != fingerprint]
    waits: SecondPersonError | None = None
    for number, one in enumerate(named):
        try:
            desk.acts.decide_finding(
                one, state, reason=form.get("reason", ""), until=until, evidence=_evidence(desk, one),
                seen_line=seen_line(request),
            )  # fmt: skip
        except SecondPersonError as error:
            waits = error
        except (ConfigError, VaultError) as error:
            if not number:
                raise
            raise ConfigError(f"{number} of {len(named)} are on record; then: {error}") from error
    if waits is not None:
        raise waits
    return redirect(next_page(request, "/findings"))


def _evidence(desk: Desk, fingerprint: str) -> tuple[str, ...]:
    """The captures that were on the screen."""
    return tuple(dict.fromkeys(one.capture for one in desk.reads.finding(fingerprint).basis if one.capture))[:12]


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text[:20]!r} is not a day such as 2021-12-07") from None


ROUTES = (
    WebRoute("GET", "/findings", "findings", "read", show_inbox),
    WebRoute("POST", "/findings/decide", "decide_finding", "decide", decide),
)
