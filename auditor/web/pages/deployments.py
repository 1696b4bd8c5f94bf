"""One deployment, decisions about its numbers, remarks, and letters to its host, which are never sent from here."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from auditor.errors import ConfigError
from auditor.web.pages.frame import show
from auditor.web.rendering import redirect
from auditor.web.routing import WebRequest, WebRoute
from auditor.workflow import Desk

MOST_CODES = 200


def show_deployment(desk: Desk, request: WebRequest) -> Response:
    """Everything about one deployment."""
    name = request.params["deployment"]
    seen = desk.reads.deployment(name, request.query)
    drafts = [one.id for one in desk.estate.notices.items.values() if one.deployment == name]
    return show(desk, request, "deployment.html", seen=seen, drafts=drafts)


def confirm(desk: Desk, request: WebRequest) -> Response:
    """Record a confirmed count; rows left out by kind and by code, for the one reason."""
    name, form = request.params["deployment"], request.form
    desk.deployment(name)
    value = form.get("value", "")
    if not value.isdecimal() or len(value) > 9:
        raise ConfigError("the confirmed number: a whole number from 0 is needed")
    reason = form.get("reason", "")
    codes = [code.strip() for code in form.get("codes", "").replace("，", ",").split(",") if code.strip()]
    if len(codes) > MOST_CODES:
        raise ConfigError(f"at most {MOST_CODES} codes at once")
    capture = form.get("capture", "")
    desk.acts.confirm_count(
        name,
        int(value),
        reason=reason,
        metric=form.get("metric", ""),
        by_code=dict.fromkeys(codes, reason),
        by_kind=dict.fromkeys(request.forms.get("kind", ()), reason),
        evidence=(capture,) if capture else (),
        seen_line=seen_line(request),
    )
    return redirect(f"/deployments/{quote(name, safe='')}")


def comment(desk: Desk, request: WebRequest) -> Response:
    """A remark on a deployment, a capture or a finding."""
    desk.acts.comment(request.form.get("subject", ""), request.form.get("text", ""))
    return redirect(next_page(request, "/"))


def draft_notice(desk: Desk, request: WebRequest) -> Response:
    """Have a letter drafted."""
    return redirect(f"/works/{desk.works.draft_notice(request.params['notice']).id}")


def check_notice(desk: Desk, request: WebRequest) -> Response:
    """Have the newest draft checked against its laws."""
    return redirect(f"/works/{desk.works.check_notice(request.params['notice'], request.lang).id}")


def seen_line(request: WebRequest) -> int | None:
    """The journal line that the page was of."""
    text = request.form.get("seen_line", "")
    return int(text) if text.isdecimal() and len(text) < 16 else None


def next_page(request: WebRequest, otherwise: str) -> str:
    """Where to go on: a path of these pages that the form names, else the other one."""
    wanted = request.form.get("next", "")
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and "\\" not in wanted and len(wanted) < 2_000 else otherwise


ROUTES = (
    WebRoute(
        "GET", "/deployments/{deployment}", "deployment", "read", show_deployment, sample={"deployment": "deployment"}
    ),
    WebRoute(
        "POST", "/deployments/{deployment}/confirm", "confirm_count", "decide", confirm,
        sample={"deployment": "deployment"},
    ),
    WebRoute("POST", "/comments", "comment", "comment", comment),
    WebRoute("POST", "/notices/{notice}/draft", "draft_notice", "edit", draft_notice, sample={"notice": "none"}),
    WebRoute("POST", "/notices/{notice}/check", "check_notice", "edit", check_notice, sample={"notice": "none"}),
)  # fmt: skip
