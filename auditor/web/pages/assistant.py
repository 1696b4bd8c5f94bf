"""The profile assistant: the number pointed at on a stored picture becomes a description of the page, once accepted."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from auditor.errors import ConfigError
from auditor.web.pages.frame import show
from auditor.web.rendering import redirect
from auditor.web.routing import WebRequest, WebRoute
from auditor.workflow import Desk


def show_assistant(desk: Desk, request: WebRequest) -> Response:
    """The picture to point at, and the rules that find what was pointed at."""
    capture, query = request.params["capture"], request.query
    number = _number(query.get("n", ""))
    point = (_number(query.get("at.x", "")), _number(query.get("at.y", "")))
    asked = (point[0], point[1]) if point[0] >= 0 and point[1] >= 0 else None
    seen = desk.reads.assistant(capture, query.get("view", ""), asked, number, query.get("role", ""))
    view = next(one for one in seen.row.views if one.id == seen.view)
    shot = view.artefacts.get("screenshot", "")
    picture = f"/captures/{quote(capture, safe='')}/files/{quote(shot)}" if shot else ""
    return show(desk, request, "describe.html", seen=seen, picture=picture, proposals=desk.works.proposals())


def propose(desk: Desk, request: WebRequest) -> Response:
    """Propose the entry of a rule: made again here from what was chosen, never taken from the form."""
    capture, form = request.params["capture"], request.form
    number, role = _number(form.get("n", "")), form.get("role", "")
    seen = desk.reads.assistant(capture, form.get("view", ""), None, number, role)
    rule = next((one for one in seen.rules if one.way == form.get("way", "")), None)
    if rule is None or not rule.agrees:
        raise ConfigError("a description: the rule reads no value on every capture; choose another one")
    desk.works.propose_page(seen.row.deployment, seen.page, rule, capture)
    return redirect(f"/captures/{quote(capture, safe='')}/describe?view={quote(seen.view)}")


def accept(desk: Desk, request: WebRequest) -> Response:
    """Write a proposed entry into the targets file."""
    made = desk.works.accept_page(request.params["proposal"])
    return redirect(f"/captures/{quote(made.capture, safe='')}/describe")


def decline(desk: Desk, request: WebRequest) -> Response:
    """Keep a proposal no longer."""
    desk.works.decline_page(request.params["proposal"])
    return redirect("/")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else -1


_CAPTURE = {"capture": "capture"}
ROUTES = (
    WebRoute("GET", "/captures/{capture}/describe", "describe", "read", show_assistant, sample=_CAPTURE),
    WebRoute("POST", "/captures/{capture}/describe", "propose_page", "decide", propose, sample=_CAPTURE),
    WebRoute("POST", "/proposals/{proposal}/accept", "accept_page", "edit", accept, sample={"proposal": "none"}),
    WebRoute("POST", "/proposals/{proposal}/decline", "decline_page", "edit", decline, sample={"proposal": "none"}),
)
