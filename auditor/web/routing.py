"""Routes: what each address needs, and what answers it. The table is walked by tests: there is no route beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal, Protocol

from starlette.requests import Request
from starlette.responses import Response

from auditor.model.people import Permission
from auditor.web.security import DoorSettings
from auditor.wording import Lang
from auditor.workflow import Desk, Entrance, Visitor

Method = Literal["GET", "POST"]


@dataclass(frozen=True, slots=True)
class WebRequest:
    """What a handler is given of a request: parsed and bounded; the rest of it stays at the door."""

    method: str
    path: str
    query_text: str
    """The query as it was sent, without `?`: for links that keep the state of a list."""
    at: datetime
    lang: Lang
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The parts of the path that the route names."""
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The first value of each name."""
    queries: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Every value of each name."""
    form: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The first value of each field of a form that was sent."""
    forms: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Every value of each field."""
    json: object = None
    """The body, where it is JSON."""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """By lower-case name, without cookies and secrets: accept, range, if-range, hx-request …"""
    route: str = ""
    """The name of the route."""
    network: str = ""

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a part of a page."""
        return self.headers.get("hx-request") == "true"


class ApiDoor(Protocol):
    """What the API asks the door for."""

    def desk(self, request: Request, token: str) -> Desk:
        """The desk of whoever a token, or else the cookie of a session, belongs to. `SignInError` for nobody."""


DeskHandler = Callable[[Desk, WebRequest], Response]


@dataclass(frozen=True, slots=True)
class WebRoute:
    """One address of a page: who may ask, and what answers. The door checks `needs` before the handler runs."""

    method: Method
    path: str
    """`/deployments/{deployment}`; a part in braces holds no `/`, but `{path:path}`."""
    name: str
    """Unique; stands in the log of views and in refusals, in place of the address."""
    needs: Permission
    handle: DeskHandler
    stored_bytes: bool = False
    """Whether it sends bytes that a captured page had a hand in: answered as an attachment or picture, sandboxed."""
    step_up: bool = False
    """Whether a secret must have been shown within the last ten minutes."""
    looks: bool = True
    """Whether asking for it is a look at something: it stands in the log of views, and the session is in use. False for
    what an open page asks by itself."""
    sample: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the tests put into the parts in braces: `deployment`, `contract`, `capture` or `finding` stand for one of
    the scope and one of another customer; anything else is put as it is."""


@dataclass(frozen=True, slots=True)
class Doorway:
    """What signing in and one's own account are done with: who comes in where, and under which cookie."""

    entrance: Entrance
    visitor: Visitor
    settings: DoorSettings
    cookie: str
    """Name of the cookie of a session."""
    secret: str
    """What the cookie held; empty where there was none."""
    desk: Desk | None
    """None where nobody is signed in."""
    is_page: Callable[[str], bool]
    """Whether a path is one of our pages: where somebody may be sent on to."""

    def start_session(self, response: Response, secret: str) -> Response:
        """The answer, with the cookie of a session: for this host alone, unread by scripts, not sent from elsewhere."""
        response.set_cookie(self.cookie, secret, path="/", httponly=True, samesite="lax", secure=self.settings.secure)
        return response

    def end_session(self, response: Response) -> Response:
        """The answer, which takes cookie and whatever a browser kept with it."""
        response.delete_cookie(self.cookie, path="/", httponly=True, samesite="lax", secure=self.settings.secure)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def next_page(self, asked: str) -> str:
        """Where to go on to: the page that was asked for where it is one of ours, else the first."""
        path = asked.partition("?")[0]
        plain = asked.startswith("/") and not asked.startswith("//") and "\\" not in asked
        return asked if plain and asked.isprintable() and self.is_page(path) else "/"


DoorHandler = Callable[[Doorway, WebRequest], Response]


@dataclass(frozen=True, slots=True)
class DoorRoute:
    """An address of signing in or of one's own account."""

    method: Method
    path: str
    name: str
    handle: DoorHandler
    signed_in: bool = False
    """Whether somebody must be signed in; a session that lacks its second factor is enough."""
    reads_file: bool = False
    """Whether a file of any size is read first: the few threads for that answer it, and no page waits."""
    sample: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
