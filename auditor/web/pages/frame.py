"""What every page of the desk has around it: the words of the report, the moment and journal line it stands for."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from auditor.errors import AuditorError
from auditor.web.rendering import render
from auditor.web.routing import WebRequest
from auditor.workflow import Desk, desk_words

PERSONAL = frozenset({"after"})
"""Parameters that are no part of a view that somebody keeps."""


def show(desk: Desk, request: WebRequest, template: str, *, status: int = 200, **values: object) -> Response:
    """A page of the desk. Beside the values: `w` the report's words, `standing` (None for who sees no customer),
    `q` the query."""
    standing = desk.reads.standing if desk.may("read") else None
    return render(
        desk, request, template, status=status, w=desk_words(request.lang), standing=standing, q=dict(request.query),
        **values,
    )  # fmt: skip


def kept(query: Mapping[str, str]) -> dict[str, str]:
    """The state of a list as it is kept by name."""
    return {name: text for name, text in query.items() if name not in PERSONAL and text}


def trouble(error: AuditorError) -> str:
    """What went wrong, for the page."""
    return str(error)
