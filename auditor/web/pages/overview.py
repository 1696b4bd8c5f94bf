"""The first page."""

from __future__ import annotations

from starlette.responses import Response

from auditor.web.rendering import render
from auditor.web.routing import WebRequest, WebRoute
from auditor.workflow import Desk


def show_overview(desk: Desk, request: WebRequest) -> Response:
    """What is in the scope."""
    return render(desk, request, "overview.html", deployments=desk.estate.deployments.values())


ROUTES = (WebRoute("GET", "/", "overview", "account", show_overview),)
