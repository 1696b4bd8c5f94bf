"""The app: every route in one table, and one adapter through which each request reaches its handler."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import cast
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from auditor.errors import (
    AuditorError,
    ConfigError,
    EvidenceIndexError,
    LinkEndedError,
    NotAllowedError,
    NotKeptError,
    NotShownError,
    OutcomeUnknownError,
    ProveAgainError,
    SecondPersonError,
    SignInError,
    TargetsError,
    TooManyTriesError,
    VaultError,
)
from auditor.model.people import SignedIn
from auditor.web import account, administration, sharing, sign_in
from auditor.web.api import PREFIX, make_api
from auditor.web.pages import PAGE_ROUTES
from auditor.web.rendering import STATIC, redirect, render, static_address
from auditor.web.routing import DoorRoute, Doorway, WebRequest, WebRoute
from auditor.web.security import DoorGuard, DoorSettings
from auditor.wording import Lang, page_text
from auditor.workflow import Desk, Entrance, Office, PageView, Visitor

LOGGER = logging.getLogger("auditor.web")
WORKERS = 8
"""Threads that answer: SQLite and the files are read in them."""
FILE_READERS = 2
"""Threads that read a whole file for whoever has a link and no account, before it is answered."""
MOST_FIELDS = 100
TABLE: tuple[WebRoute | DoorRoute, ...] = (
    *sign_in.ROUTES,
    *account.ROUTES,
    *administration.ROUTES,
    *sharing.ROUTES,
    *PAGE_ROUTES,
)
"""Every route beside static files, the signs of life and the API."""
_MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}
_SHOWN_HEADERS = ("accept", "range", "if-range", "if-none-match", "hx-request", "hx-target", "last-event-id")


def make_app(office: Office, settings: DoorSettings) -> ASGIApp:
    """The app over one office, guarded."""
    door = _Door(office, settings)
    routes = [
        Route("/healthz", door.alive, methods=["GET"]),
        Route("/static/{digest}/{name:path}", _static, methods=["GET"]),
        *(Route(one.path, door.endpoint(one), methods=[one.method], name=one.name) for one in TABLE),
        Mount(PREFIX, make_api(door)),
    ]
    app = Starlette(routes=routes, exception_handlers={404: door.not_found, 405: door.not_found, 500: door.fault})
    return DoorGuard(app, settings)


def cookie_name(office: Office, settings: DoorSettings) -> str:
    """Cookies do not know ports: that of another workspace on this machine has another name."""
    place = hashlib.sha256(f"{office.workspace.home.resolve()} {settings.origin}".encode()).hexdigest()[:10]
    return f"__Host-auditor_{place}" if settings.secure else f"auditor_{urlsplit(settings.origin).port}_{place}"


class _Door:
    """What all endpoints share."""

    def __init__(self, office: Office, settings: DoorSettings) -> None:
        self.office = office
        self.settings = settings
        self.entrance = Entrance(office)
        self.cookie = cookie_name(office, settings)
        self.workers = ThreadPoolExecutor(WORKERS, "page")
        self.file_readers = ThreadPoolExecutor(FILE_READERS, "file")
        self.pages = tuple(_path_pattern(one.path) for one in TABLE if one.method == "GET")

    def endpoint(self, route: WebRoute | DoorRoute) -> Callable[[Request], object]:
        workers = self.file_readers if isinstance(route, DoorRoute) and route.reads_file else self.workers

        async def answer(request: Request) -> Response:
            body = await request.body()
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(workers, self.answer, route, request, body)

        return answer

    async def alive(self, request: Request) -> Response:
        """For probes: this process answers, and follows what is added. How the workspace stands is told to who is
        signed in."""
        trouble = self.office.standings.trouble
        if self.office.follower is not None and self.office.follower.trouble:
            return PlainTextResponse("alive; the fleet is not followed now, the log says why\n", 503)
        if trouble is not None and not isinstance(trouble, ConfigError):  # a wrong targets.yaml is told on the pages
            return PlainTextResponse("alive; what is added is not followed now, the log says why\n", 503)
        return PlainTextResponse("alive\n")

    async def not_found(self, request: Request, error: Exception) -> Response:
        """No such route, or not by this method."""
        asked = _request(request, b"", self.office, "", lenient=True)
        return self.refusal(None, asked, NotShownError("there is no such page"))

    async def fault(self, request: Request, error: Exception) -> Response:
        """A fault of ours: logged with its name, told without it."""
        LOGGER.error("fault: %s %s", request.method, type(error).__name__, exc_info=error)
        return PlainTextResponse(page_text("error.fault", _lang(request)) + "\n", 500)

    def answer(self, route: WebRoute | DoorRoute, request: Request, body: bytes) -> Response:
        """In a worker thread: who is there, whether they may, and what they are answered."""
        visitor = self._visitor(request)
        desk: Desk | None = None
        asked = _request(request, b"", self.office, route.name, lenient=True)
        try:
            asked = _request(request, body, self.office, route.name, visitor.network)
            secret = request.cookies.get(self.cookie, "")
            uses = isinstance(route, DoorRoute) or route.looks
            who = self.entrance.who(secret, visitor, uses=uses) if secret else None
            desk = None if who is None else Desk(self.office, who, asked.at)
            if isinstance(route, DoorRoute):
                return self._at_the_door(route, asked, visitor, secret, desk)
            return self._at_the_desk(route, asked, who, desk)
        except AuditorError as error:
            return self.refusal(desk, asked, error)

    def _at_the_door(
        self, route: DoorRoute, asked: WebRequest, visitor: Visitor, secret: str, desk: Desk | None
    ) -> Response:
        if route.signed_in and desk is None:
            raise SignInError("sign in first")
        doorway = Doorway(self.entrance, visitor, self.settings, self.cookie, secret, desk, self.is_page)
        return route.handle(doorway, asked)

    def _at_the_desk(self, route: WebRoute, asked: WebRequest, who: SignedIn | None, desk: Desk | None) -> Response:
        if who is None or desk is None:
            raise SignInError("sign in first")
        if who.half:
            return redirect("/account")  # a second factor is to be set up or shown first
        if not desk.may(route.needs):
            desk.acts.refused("permission", route.name)
            raise NotAllowedError("your roles do not allow this")
        if route.step_up and not self.entrance.proved_lately(who):
            raise ProveAgainError("show your secret again first")
        try:
            answer = route.handle(desk, asked)
        except NotShownError:
            desk.acts.refused("scope", route.name)
            raise
        except NotAllowedError:
            desk.acts.refused("permission", route.name)
            raise
        if route.looks and asked.method in ("GET", "HEAD") and answer.status_code < 300:
            self.office.viewed(PageView(who.person.id, who.session, route.name, " ".join(asked.params.values())))
        return answer

    def refusal(self, desk: Desk | None, asked: WebRequest, error: AuditorError) -> Response:
        """What an error is answered with: a page, a JSON value for scripts, the sign-in form."""
        wants_json = "application/json" in asked.headers.get("accept", "") and not asked.partial
        if not wants_json:
            here = asked.path + (f"?{asked.query_text}" if asked.query_text else "")
            if isinstance(error, SignInError) and asked.method in ("GET", "HEAD"):
                return redirect(f"/sign-in?{urlencode({'next': here})}" if here != "/" else "/sign-in")
            if isinstance(error, ProveAgainError):
                then = here if asked.method in ("GET", "HEAD") else self._page_above(asked.path)
                return redirect(f"/prove?next={quote(then)}")
        whole = desk is not None and desk.scope.everybody
        status, said = _told(error, asked.lang, whole=whole)
        notes = getattr(error, "__notes__", [])
        if isinstance(error, TooManyTriesError):
            headers = {"Retry-After": str(error.seconds)}
        else:
            headers = {}
        if wants_json:
            return JSONResponse({"error": "\n".join([said, *notes])}, status, headers)
        answer = render(desk, asked, "people_error.html", status=status, said=[*said.splitlines(), *notes])
        answer.headers.update(headers)
        return answer

    def desk(self, request: Request, token: str) -> Desk:
        """For the API. Reading by it stands in the log of views as reading a page does."""
        visitor, now = self._visitor(request), self.office.clock()
        secret = request.cookies.get(self.cookie, "")
        if token:
            who: SignedIn | None = self.entrance.who_by_token(token, visitor)
        else:
            who = self.entrance.who(secret, visitor) if secret else None
        if who is None:
            raise SignInError("a token is needed: Authorization: Bearer …")
        self.office.api_calls.take(who.session, now)
        if request.method in ("GET", "HEAD"):
            path = request.url.path.removeprefix(PREFIX)
            self.office.viewed(PageView(who.person.id, who.session, "api", path))
        return Desk(self.office, who, now)

    def is_page(self, path: str) -> bool:
        return any(pattern.fullmatch(path) for pattern in self.pages)

    def _page_above(self, path: str) -> str:
        """The page that a form was sent from: that of its address, or of what its address lies below."""
        while path.strip("/") and not self.is_page(path):
            path = path.rpartition("/")[0]
        return path or "/"

    def _visitor(self, request: Request) -> Visitor:
        peer = request.client.host if request.client else ""
        address = self.settings.client_address(peer, request.headers.getlist("x-forwarded-for"))
        return Visitor(address, request.headers.get("user-agent", ""))


def _told(error: AuditorError, lang: Lang, *, whole: bool) -> tuple[int, str]:
    """Status and text. `whole`: for somebody who sees everybody."""
    match error:
        case SignInError():
            return 401, page_text("sign_in.failed", lang)
        case ProveAgainError():
            return 403, page_text("sign_in.again_said", lang)
        case SecondPersonError():
            return 202, page_text("error.second_person", lang)
        case NotAllowedError():
            return 403, page_text("error.not_allowed", lang)
        case NotShownError():
            return 404, page_text("error.not_found", lang)
        case LinkEndedError():
            return 410, page_text("error.link_ended", lang)
        case TooManyTriesError():
            return 429, page_text("sign_in.too_many", lang, seconds=error.seconds)
        case OutcomeUnknownError():
            return 504, page_text("error.outcome_unknown", lang, why=str(error))
        case VaultError():
            return 409, page_text("error.busy", lang, why=str(error))
        case EvidenceIndexError():
            LOGGER.error("index: %s", error)
            return 503, page_text("error.index", lang)
        case TargetsError() if not whole:
            return 400, page_text("error.targets", lang)
        case NotKeptError():
            return 400, page_text("error.not_kept", lang)
        case ConfigError():
            return 400, str(error)
    LOGGER.error("fault: %s: %s", type(error).__name__, error)
    return 500, page_text("error.fault", lang)


def _request(
    request: Request, body: bytes, office: Office, route: str, network: str = "", *, lenient: bool = False
) -> WebRequest:
    """`ConfigError` for a body that is neither a form nor JSON, or for too many fields; `lenient`: reads no field."""
    query_text = request.url.query
    none = cast("Mapping[str, Sequence[str]]", MappingProxyType({}))
    queries, forms, value = none if lenient else _fields(query_text), none, None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body:
        try:
            if kind == "application/json":
                value = json.loads(body)
            elif kind == "application/x-www-form-urlencoded":
                forms = _fields(body.decode("utf-8"))
            else:
                raise ConfigError("a form or JSON is taken, nothing else")
        except (ValueError, RecursionError):
            raise ConfigError("that is neither a form nor JSON") from None
    return WebRequest(
        method=request.method,
        path=request.url.path,
        query_text=query_text,
        at=office.clock(),
        lang=_lang(request),
        params=MappingProxyType({name: str(one) for name, one in request.path_params.items()}),
        query=MappingProxyType({name: found[0] for name, found in queries.items()}),
        queries=queries,
        form=MappingProxyType({name: found[0] for name, found in forms.items()}),
        forms=forms,
        json=value,
        headers=MappingProxyType(_shown_headers(request)),
        route=route,
        network=network,
    )


def _shown_headers(request: Request) -> dict[str, str]:
    found = {name: request.headers[name] for name in _SHOWN_HEADERS if name in request.headers}
    state = request.cookies.get("auditor_provider")
    return found if state is None else {**found, "x-provider-state": state}


def _fields(text: str) -> Mapping[str, Sequence[str]]:
    try:
        return MappingProxyType(parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise ConfigError(f"more than {MOST_FIELDS} fields are not taken") from None


def _lang(request: Request) -> Lang:
    """What was chosen; else what the browser asks for first among the two."""
    chosen = request.cookies.get("auditor_lang", "")
    if chosen in ("en", "zh"):
        return cast("Lang", chosen)
    wanted = request.headers.get("accept-language", "").lower()
    places = [wanted.find(lang) for lang in ("zh", "en")]
    return "zh" if places[0] >= 0 and (places[1] < 0 or places[0] < places[1]) else "en"


def _path_pattern(path: str) -> re.Pattern[str]:
    text = re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
    return re.compile(re.sub(r"\{[a-z_]+(:path)?\}", lambda found: ".+" if found[1] else "[^/]+", text))


async def _static(request: Request) -> Response:
    """A file of our own, under the address that has its digest: kept by browsers for ever."""
    path = _static_files().get(request.path_params["name"])
    if path is None or static_address(request.path_params["name"]) != request.url.path:
        return PlainTextResponse("no such file\n", 404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Type": _MEDIA[path.suffix]}
    return Response(path.read_bytes(), headers=headers)


@cache
def _static_files() -> Mapping[str, Path]:
    """Every file that is sent, by its one name: an address is looked up here and never joined to a path."""
    found = (path for path in STATIC.rglob("*") if path.suffix in _MEDIA and path.is_file())
    return MappingProxyType({path.relative_to(STATIC).as_posix(): path for path in found})
