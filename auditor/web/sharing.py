"""A bundle that is taken by a link, without an account: a page with a button, and the zip."""

from __future__ import annotations

from starlette.responses import Response

from auditor.web.evidence import outgoing
from auditor.web.rendering import render
from auditor.web.routing import DoorRoute, Doorway, WebRequest


def show_shared(door: Doorway, request: WebRequest) -> Response:
    """What the link gives, until when, and a button: whatever looks at links in advance takes nothing."""
    secret = request.params["secret"]
    link = door.entrance.shared.look(secret, door.visitor.network)
    return render(None, request, "people_shared.html", secret=secret, link=link)


def send_shared(door: Doorway, request: WebRequest) -> Response:
    """The zip: that it leaves, and by which link, is journalled first."""
    link, file = door.entrance.shared.take(request.params["secret"], door.visitor.network)
    return outgoing(request, file, f"{link.bundle}.zip")


_NONE = {"secret": "none"}
ROUTES = (
    DoorRoute("GET", "/shared/{secret}", "show_shared", show_shared, sample=_NONE),
    DoorRoute("POST", "/shared/{secret}", "send_shared", send_shared, reads_file=True, sample=_NONE),
)
