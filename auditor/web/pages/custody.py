"""How the evidence is kept, everything verified again, bundles made and handed out."""

from __future__ import annotations

import hashlib

from starlette.responses import Response

from auditor.web.evidence import stored_file
from auditor.web.pages.frame import show
from auditor.web.rendering import redirect
from auditor.web.routing import WebRequest, WebRoute
from auditor.workflow import Desk


def show_evidence(desk: Desk, request: WebRequest) -> Response:
    """Checkpoints, witnesses, keys, holds, and what waits for its seal."""
    waiting = [row for row in desk.reads.standing.report.evidence if not row.seal.sealed]
    return show(desk, request, "evidence.html", seen=desk.reads.custody(), unsealed=waiting)


def verify_everything(desk: Desk, request: WebRequest) -> Response:
    """The whole workspace checked again, by a process of its own."""
    return redirect(f"/works/{desk.works.verify_everything().id}")


def show_bundles(desk: Desk, request: WebRequest) -> Response:
    """Bundles that were made, and the form for another."""
    return show(desk, request, "bundles.html", rows=desk.reads.bundles(), comparisons=desk.reads.comparisons())


def make_bundle(desk: Desk, request: WebRequest) -> Response:
    """Have a bundle made, by a process of its own."""
    contract = request.form.get("contract", "")
    chosen = [one for one in request.forms.get("deployment", ()) if one]
    work = desk.works.make_bundle(request.form, [contract] if contract else [], chosen)
    return redirect(f"/works/{work.id}")


def send_bundle(desk: Desk, request: WebRequest) -> Response:
    """The zip of a bundle: it leaves, so it is an act."""
    row = desk.reads.bundle(request.params["bundle"])
    data = desk.reads.bundle_bytes(row.name)
    digest = hashlib.sha256(data).hexdigest()
    desk.acts.hand_out("bundle", row.name, "zip", digest)
    return stored_file(request, data, digest, f"{row.name}.zip")


ROUTES = (
    WebRoute("GET", "/evidence", "evidence", "read", show_evidence),
    WebRoute("POST", "/verify", "verify_everything", "verify", verify_everything),
    WebRoute("GET", "/bundles", "bundles", "download", show_bundles),
    WebRoute("POST", "/bundles", "make_bundle", "bundles", make_bundle),
    WebRoute(
        "POST", "/bundles/{bundle}/zip", "bundle_zip", "download", send_bundle, stored_bytes=True,
        sample={"bundle": "none"},
    ),
)  # fmt: skip
