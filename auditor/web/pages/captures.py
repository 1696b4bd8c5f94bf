"""One capture as it is looked at, two side by side, its stored files, and the package checked again or handed out."""

from __future__ import annotations

from starlette.responses import Response

from auditor.errors import ConfigError
from auditor.web.evidence import handed_out, stored_file
from auditor.web.pages.frame import show
from auditor.web.routing import WebRequest, WebRoute
from auditor.workflow import Desk

PICTURES = ("screenshot.png", ".png")


def show_capture(desk: Desk, request: WebRequest) -> Response:
    """One capture: the view and the tab that are asked for."""
    seen = desk.reads.capture_page(request.params["capture"], request.query)
    return show(desk, request, "capture.html", seen=seen)


def compare(desk: Desk, request: WebRequest) -> Response:
    """Two captures of the scope side by side."""
    one, other = request.query.get("a", ""), request.query.get("b", "")
    if not one or not other:
        raise ConfigError("two captures are needed; choose them on the page of a deployment")
    return show(desk, request, "compare.html", seen=desk.reads.compared(one, other, request.query))


def send_file(desk: Desk, request: WebRequest) -> Response:
    """A stored file: a screenshot as a picture, anything else as a file to keep, which is an act."""
    capture, path = request.params["capture"], request.params["path"]
    artefact, data = desk.reads.artefact(capture, path)
    picture = artefact.media_type == "image/png" and path.endswith(PICTURES)
    if not picture:
        desk.acts.hand_out("artefact", f"{capture}/{path}", "file", artefact.sha256)
    return stored_file(request, data, artefact.sha256, path, "picture" if picture else "file")


def verify(desk: Desk, request: WebRequest) -> Response:
    """The package checked again now."""
    row = desk.reads.capture(request.params["capture"])
    desk.acts.request_work("verify", (row.deployment,))
    found = desk.reads.verified(row.capture)
    return show(desk, request, "verified.html", row=row, found=found)


def send_package(desk: Desk, request: WebRequest) -> Response:
    """The package as it is stored, in a zip. What is sealed with secrets stays here."""
    row = desk.reads.capture(request.params["capture"])
    name = f"{row.captured_at:%Y%m%dT%H%M%SZ}-{row.capture}.zip"
    return handed_out(desk, request, ("package", row.capture, "zip"), desk.reads.package_zip(row.capture), name)


_CAPTURE = {"capture": "capture"}
ROUTES = (
    WebRoute("GET", "/captures/{capture}", "capture", "read", show_capture, sample=_CAPTURE),
    WebRoute("GET", "/compare", "compare", "read", compare),
    WebRoute(
        "GET", "/captures/{capture}/files/{path:path}", "capture_file", "read", send_file, stored_bytes=True,
        sample={**_CAPTURE, "path": "registration/screenshot.png"},
    ),
    WebRoute("POST", "/captures/{capture}/verify", "verify_capture", "verify", verify, sample=_CAPTURE),
    WebRoute(
        "POST", "/captures/{capture}/package", "capture_package", "download", send_package, stored_bytes=True,
        sample=_CAPTURE,
    ),
)  # fmt: skip
