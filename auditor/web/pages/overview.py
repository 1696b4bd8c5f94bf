"""The first page, lists as files, lists kept by name, search."""

from __future__ import annotations

from typing import Literal

from starlette.responses import Response

from auditor.errors import NotShownError
from auditor.web.evidence import Handed, handed_out
from auditor.web.pages.frame import show
from auditor.web.rendering import fragment, kept_fragment, redirect
from auditor.web.routing import WebRequest, WebRoute
from auditor.workflow import LIST_MEDIA_TYPES, Desk, ListForm, desk_words

TABLES: dict[str, Literal["positions", "findings"]] = {"positions": "positions", "findings": "findings"}
FORMS: dict[str, ListForm] = {"csv": "csv", "xlsx": "xlsx", "json": "json"}


def show_overview(desk: Desk, request: WebRequest) -> Response:
    """Who is over, by how much, since when; for whoever sees no customer, the signs of life."""
    if not desk.may("read"):
        return redirect("/schedule" if desk.may("health") else "/account")
    seen, standing, words = desk.reads.overview(request.query), desk.reads.standing, desk_words(request.lang)

    def rows() -> str:
        return fragment("overview_rows.html", request, list=seen.list, standing=standing, w=words)

    name = ("overview", request.lang, *sorted(seen.list.query.filters.items()), seen.list.query.sort,
            seen.list.query.descending, seen.list.query.after, seen.list.query.limit)  # fmt: skip
    return show(desk, request, "overview.html", seen=seen, rows=kept_fragment(standing.told(name, seen.revision, rows)))


def send_list(desk: Desk, request: WebRequest) -> Response:
    """The rows of a query as a file. It leaves, so it is an act."""
    table, form = TABLES.get(request.params["table"]), FORMS.get(request.params["form"])
    if table is None or form is None:
        raise NotShownError("there is no such list")
    file = desk.reads.table(table, form, request.lang, request.query)
    what: tuple[Handed, str, str] = ("list", f"{table}?{request.query_text}", form)
    return handed_out(desk, request, what, file, f"{table}.{request.lang}.{form}", LIST_MEDIA_TYPES[form])


def show_search(desk: Desk, request: WebRequest) -> Response:
    """What the one box finds."""
    asked = request.query.get("q", "").strip()
    return show(desk, request, "search.html", asked=asked, hits=desk.reads.search(asked))


def keep_view(desk: Desk, request: WebRequest) -> Response:
    """Keep a list under a name."""
    address = request.form.get("address", "")
    desk.works.keep_view(request.form.get("name", ""), address)
    return redirect(address)


def forget_view(desk: Desk, request: WebRequest) -> Response:
    """Keep it no longer."""
    desk.works.forget_view(request.form.get("name", ""))
    return redirect("/")


ROUTES = (
    WebRoute("GET", "/", "overview", "account", show_overview),
    WebRoute(
        "GET", "/lists/{table}.{form}", "list_file", "export", send_list, sample={"table": "positions", "form": "csv"}
    ),
    WebRoute("GET", "/search", "search", "read", show_search),
    WebRoute("POST", "/views", "keep_view", "read", keep_view),
    WebRoute("POST", "/views/forget", "forget_view", "read", forget_view),
)
