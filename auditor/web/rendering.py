"""Pages from templates: escaped throughout, in the reader's language, without a line of script inside."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from auditor.web.page_filters import PAGE_FILTERS, PAGE_GLOBALS
from auditor.web.routing import WebRequest
from auditor.wording import Lang, page_text
from auditor.workflow import Desk

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def templates() -> Environment:
    """The templates, read once."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals["static"] = static_address
    found.globals.update(PAGE_GLOBALS)
    found.filters.update(PAGE_FILTERS)
    return found


@cache
def static_address(name: str) -> str:
    """Where a file of `static/` is asked for: its address changes with its bytes, so that it may be kept for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{digest[:12]}/{name}"


def render(desk: Desk | None, request: WebRequest, template: str, *, status: int = 200, **values: object) -> Response:
    """A page. In the template: the values, `desk` (None where nobody is signed in), `request`, `lang`, and `say(key,
    place=…)` for the words of `auditor/wording/page_words_*.toml`."""

    def say(key: str, **places: object) -> str:
        return page_text(key, request.lang, **places)

    text = (
        templates()
        .get_template(template)
        .render({**values, "desk": desk, "request": request, "lang": request.lang, "say": say})
    )
    return HTMLResponse(text, status)


def fragment(template: str, request: WebRequest, **values: object) -> Markup:
    """A part of a page, escaped as pages are; what it shows is in its values and in the language alone."""

    def say(key: str, **places: object) -> str:
        return page_text(key, request.lang, **places)

    told = {**values, "request": request, "lang": request.lang, "say": say}
    return Markup(templates().get_template(template).render(told))  # noqa: S704 (escaped by its template)


def kept_fragment(text: str) -> Markup:
    """What `fragment` made, after it was kept."""
    return Markup(text)  # noqa: S704 (escaped by its template)


def redirect(path: str) -> Response:
    """After an act, on to the page that shows it (303): going back repeats nothing."""
    return RedirectResponse(path, 303)


def other_language(lang: Lang) -> Lang:
    """The other of the two."""
    return "zh" if lang == "en" else "en"
