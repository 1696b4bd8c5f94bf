"""How the evidence is kept, everything verified again, bundles made and handed out."""

from __future__ import annotations

from starlette.responses import Response

from auditor.web.evidence import handed_out
from auditor.web.pages.frame import show
from auditor.web.rendering import redirect
from auditor.web.routing import WebRequest, WebRoute
from auditor.workflow import BundleLink, Desk


def show_evidence(desk: Desk, request: WebRequest) -> Response:
    """Checkpoints, witnesses, keys, holds, and what waits for its seal."""
    return show(desk, request, "evidence.html", seen=desk.reads.custody(), unsealed=desk.reads.unsealed())


def verify_everything(desk: Desk, request: WebRequest) -> Response:
    """The whole workspace checked again, by a process of its own."""
    return redirect(f"/works/{desk.works.verify_everything().id}")


def show_bundles(desk: Desk, request: WebRequest) -> Response:
    """Bundles that were made, and the form for another."""
    return _bundles(desk, request)


def _bundles(desk: Desk, request: WebRequest, made: BundleLink | None = None, secret: str = "") -> Response:
    """`made`: a link that was just made; its secret is shown this once."""
    return show(
        desk, request, "bundles.html", rows=desk.reads.bundles(), comparisons=desk.reads.comparisons(),
        shared=desk.reads.shared(), shared_now=made, secret=secret,
    )  # fmt: skip


def share_bundle(desk: Desk, request: WebRequest) -> Response:
    """A link by which whoever holds it takes a bundle, until it ends."""
    form = request.form
    made, secret = desk.acts.share_bundle(request.params["bundle"], form.get("recipient", ""), form.get("days", ""))
    return _bundles(desk, request, made, secret)


def end_share(desk: Desk, request: WebRequest) -> Response:
    """Take a link back."""
    desk.acts.end_share(request.form.get("share", ""))
    return redirect("/bundles")


def make_bundle(desk: Desk, request: WebRequest) -> Response:
    """Have a bundle made, by a process of its own."""
    contract = request.form.get("contract", "")
    chosen = [one for one in request.forms.get("deployment", ()) if one]
    work = desk.works.make_bundle(request.form, [contract] if contract else [], chosen)
    return redirect(f"/works/{work.id}")


def send_bundle(desk: Desk, request: WebRequest) -> Response:
    """The zip of a bundle: it leaves, so it is an act."""
    row = desk.reads.bundle(request.params["bundle"])
    return handed_out(desk, request, ("bundle", row.name, "zip"), desk.reads.bundle_zip(row.name), f"{row.name}.zip")


ROUTES = (
    WebRoute("GET", "/evidence", "evidence", "read", show_evidence),
    WebRoute("POST", "/verify", "verify_everything", "verify", verify_everything),
    WebRoute("GET", "/bundles", "bundles", "download", show_bundles),
    WebRoute("POST", "/bundles", "make_bundle", "bundles", make_bundle, step_up=True),
    WebRoute(
        "POST", "/bundles/{bundle}/zip", "bundle_zip", "download", send_bundle, stored_bytes=True,
        step_up=True, sample={"bundle": "none"},
    ),
    WebRoute(
        "POST", "/bundles/{bundle}/share", "share_bundle", "bundles", share_bundle, step_up=True,
        sample={"bundle": "none"},
    ),
    WebRoute("POST", "/shares/end", "end_share", "bundles", end_share),
)  # fmt: skip
