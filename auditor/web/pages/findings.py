"""The inbox of findings, and decisions: one, or many of one rule for one reason, each by its own journal line."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

from starlette.responses import Response

from auditor.errors import AuditorError, ChangedSinceError, ConfigError, SecondPersonError
from auditor.web.pages.deployments import next_page, seen_line
from auditor.web.pages.frame import show
from auditor.web.rendering import fragment, kept_fragment, redirect
from auditor.web.routing import WebRequest, WebRoute
from auditor.wording import page_text
from auditor.workflow import Desk, desk_words

STATES = frozenset({"acknowledged", "confirmed", "explained", "settled", "dismissed", "suppress"})
MOST_AT_ONCE = 200


def show_inbox(desk: Desk, request: WebRequest) -> Response:
    """The queue, and the finding that is looked at."""
    return _inbox(desk, request)


def _inbox(desk: Desk, request: WebRequest, changed: str = "") -> Response:
    """`changed`: the finding that says something else by now than what a form was about; the form is shown again."""
    seen, standing, words = desk.reads.inbox(request.query), desk.reads.standing, desk_words(request.lang)
    query = {name: text for name, text in request.query.items() if name != "partial"}

    def rows() -> str:
        return fragment("findings_rows.html", request, seen=seen, standing=standing, w=words, q=query)

    chosen = "" if seen.chosen is None else seen.chosen.finding.fingerprint
    asked = (*sorted(query.items()), desk.who.last_visit if "new" in query else None)
    name = ("findings", request.lang, chosen, tuple(sorted(seen.fresh)), *asked)
    told = standing.told(name, seen.revision, rows)
    status = 409 if changed else 200
    return show(
        desk, request, "findings.html", status=status, seen=seen, rows=kept_fragment(told), changed=changed,
        typed=request.form,
    )  # fmt: skip


def decide(desk: Desk, request: WebRequest) -> Response:
    """Record what was decided of what was looked at. Where it says something else by now, it is shown as it is."""
    form = request.form
    fingerprint, state = form.get("fingerprint", ""), form.get("state", "")
    if state not in STATES:
        raise ConfigError("a decision: choose what is decided")
    seen = {fingerprint: form.get("seen", "")}
    if form.get("bulk"):
        seen = _alike(form.get("alike", "")) | seen
    made: list[str] = []
    try:
        desk.acts.decide_findings(
            seen, state, reason=form.get("reason", ""), until=_day(form.get("until", "")),
            seen_line=seen_line(request), told=lambda one: made.append(one.id),
        )  # fmt: skip
    except ChangedSinceError as error:
        again = replace(request, query=MappingProxyType({"queue": "all", "f": fingerprint}))
        return _inbox(desk, again, changed=error.fingerprint)
    except AuditorError as error:
        if made and not isinstance(error, SecondPersonError):
            error.add_note(page_text("error.some_recorded", request.lang, n=len(made), of=len(seen)))
        raise
    return redirect(next_page(request, "/findings"))


def _alike(text: str) -> dict[str, str]:
    """Fingerprints with their digests, as the form has them: a digest and a fingerprint in each line."""
    lines = [line.partition(" ") for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_AT_ONCE:
        raise ConfigError(f"at most {MOST_AT_ONCE} findings at once")
    return {fingerprint: digest for digest, _, fingerprint in lines}


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
