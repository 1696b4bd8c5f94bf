"""Signing in and out, the link that `serve` prints, the first password, and showing a secret again."""

from __future__ import annotations

from starlette.responses import JSONResponse, RedirectResponse, Response

from auditor.errors import ConfigError, SignInError, TooManyTriesError
from auditor.web.rendering import redirect, render
from auditor.web.routing import DoorRoute, Doorway, WebRequest
from auditor.wording import LANGS, page_text
from auditor.workflow import Opened

_STATE = "auditor_provider"
"""Cookie with the state of a sign-in at an identity provider, for ten minutes."""


def show_sign_in(door: Doorway, request: WebRequest) -> Response:
    """The form; whoever is signed in goes on."""
    if door.desk is not None:
        return redirect(door.next_page(request.query.get("next", "/")))
    return _form(door, request)


def sign_in_by_password(door: Doorway, request: WebRequest) -> Response:
    """Name, password and, where it is set up, a code."""
    form = request.form
    try:
        opened = door.entrance.by_password(
            form.get("name", ""), form.get("password", ""), form.get("code", ""), door.visitor
        )
    except (SignInError, TooManyTriesError) as error:
        return _form(door, request, error)
    return _goes_on(door, opened, form.get("next", "/"))


def passkey_options(door: Doorway, request: WebRequest) -> Response:
    """What the browser asks the device for."""
    return Response(door.entrance.passkey_options(), media_type="application/json")


def sign_in_by_passkey(door: Doorway, request: WebRequest) -> Response:
    """The device's answer; by script, so that the page says where to go on."""
    opened = door.entrance.by_passkey(request.json, door.visitor)
    path = door.next_page(request.query.get("next", "/")) if opened.full else "/account"
    return door.start_session(JSONResponse({"next": path}), opened.secret)


def show_link(door: Doorway, request: WebRequest) -> Response:
    """A page with a button: whatever looks at links in advance uses nothing up."""
    return render(None, request, "people_link.html", secret=request.params["secret"], failed="")


def sign_in_by_link(door: Doorway, request: WebRequest) -> Response:
    """The link works once."""
    try:
        opened = door.entrance.by_link(request.params["secret"], door.visitor)
    except SignInError:
        said = page_text("sign_in.failed", request.lang)
        return render(None, request, "people_link.html", status=403, secret=request.params["secret"], failed=said)
    return _goes_on(door, opened, "/")


def show_first_password(door: Doorway, request: WebRequest) -> Response:
    """The form behind an invitation."""
    return render(None, request, "people_password.html", secret=request.params["secret"], failed="")


def set_first_password(door: Doorway, request: WebRequest) -> Response:
    """Then one signs in with it."""
    secret = request.params["secret"]
    try:
        door.entrance.first_password(secret, request.form.get("password", ""), door.visitor)
    except ConfigError as error:
        return render(None, request, "people_password.html", status=400, secret=secret, failed=str(error))
    except SignInError:
        said = page_text("sign_in.failed", request.lang)
        return render(None, request, "people_password.html", status=403, secret=secret, failed=said)
    return redirect("/sign-in")


def go_to_provider(door: Doorway, request: WebRequest) -> Response:
    """On to the identity provider; the state is kept in a cookie that comes back from there."""
    address, state = door.entrance.to_provider(door.visitor)
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        _STATE, state, max_age=600, path="/sign-in/provider", httponly=True, samesite="lax",
        secure=door.settings.secure,
    )  # fmt: skip
    return answer


def come_back(door: Doorway, request: WebRequest) -> Response:
    """From the identity provider. Whoever is signed in binds the identity to the account, or, where a secret is asked
    for, shows the one that is bound; others sign in with it."""
    asked, kept = request.query, request.headers.get("x-provider-state", "")
    told = (asked.get("state", ""), kept, asked.get("code", ""), asked.get("iss", ""))
    try:
        if door.desk is not None and door.entrance.proved_lately(door.desk.who):
            door.entrance.bind_provider(door.desk.who, *told)
            answer = redirect("/account")
        elif door.desk is not None:
            opened = door.entrance.prove_by_provider(door.desk.who, *told, door.visitor)
            answer = door.start_session(redirect("/account"), opened.secret)
        else:
            opened = door.entrance.by_provider(*told, door.visitor)
            answer = door.start_session(redirect("/"), opened.secret)
    except SignInError as error:
        answer = _form(door, request, error)
    answer.delete_cookie(_STATE, path="/sign-in/provider")
    return answer


def sign_out(door: Doorway, request: WebRequest) -> Response:
    """The session opens nothing any more, in every tab."""
    if door.desk is not None:
        door.entrance.sign_out(door.desk.who)
    return door.end_session(redirect("/sign-in"))


def show_prove(door: Doorway, request: WebRequest) -> Response:
    """The form that asks for the secret again."""
    return _prove_form(door, request)


def prove_by_password(door: Doorway, request: WebRequest) -> Response:
    """The session goes on under a new id."""
    assert door.desk is not None  # noqa: S101 (the route asks for it)
    form = request.form
    try:
        opened = door.entrance.prove_again(door.desk.who, form.get("password", ""), form.get("code", ""), door.visitor)
    except (SignInError, TooManyTriesError) as error:
        return _prove_form(door, request, error)
    return _goes_on(door, opened, form.get("next", "/"))


def prove_by_passkey(door: Doorway, request: WebRequest) -> Response:
    """As `prove_by_password`, by script."""
    assert door.desk is not None  # noqa: S101 (the route asks for it)
    opened = door.entrance.prove_by_passkey(door.desk.who, request.json, door.visitor)
    return door.start_session(JSONResponse({"next": door.next_page(request.query.get("next", "/"))}), opened.secret)


def choose_language(door: Doorway, request: WebRequest) -> Response:
    """Kept in a cookie of its own, a year."""
    chosen = request.form.get("lang", "")
    answer = redirect(door.next_page(request.form.get("next", "/")))
    if chosen in LANGS:
        answer.set_cookie(
            "auditor_lang", chosen, max_age=31_536_000, path="/", samesite="lax", secure=door.settings.secure,
            httponly=True,
        )  # fmt: skip
    return answer


def _form(door: Doorway, request: WebRequest, error: Exception | None = None) -> Response:
    asked = request.form.get("next", request.query.get("next", "/"))
    return render(
        None, request, "people_sign_in.html", status=_status(error), failed=_said(request, error),
        provider=door.entrance.provider, next=door.next_page(asked), name=request.form.get("name", "")[:120],
    )  # fmt: skip


def _prove_form(door: Doorway, request: WebRequest, error: Exception | None = None) -> Response:
    asked = request.form.get("next", request.query.get("next", "/"))
    return render(
        door.desk, request, "people_prove.html", status=_status(error), failed=_said(request, error),
        next=door.next_page(asked),
    )  # fmt: skip


def _status(error: Exception | None) -> int:
    return 200 if error is None else 429 if isinstance(error, TooManyTriesError) else 403


def _said(request: WebRequest, error: Exception | None) -> str:
    if isinstance(error, TooManyTriesError):
        return page_text("sign_in.too_many", request.lang, seconds=error.seconds)
    return "" if error is None else page_text("sign_in.failed", request.lang)


def _goes_on(door: Doorway, opened: Opened, asked: str) -> Response:
    path = door.next_page(asked) if opened.full else "/account"
    return door.start_session(redirect(path), opened.secret)


ROUTES = (
    DoorRoute("GET", "/sign-in", "sign_in", show_sign_in),
    DoorRoute("POST", "/sign-in", "sign_in_by_password", sign_in_by_password),
    DoorRoute("POST", "/sign-in/passkey/options", "passkey_options", passkey_options),
    DoorRoute("POST", "/sign-in/passkey", "sign_in_by_passkey", sign_in_by_passkey),
    DoorRoute("GET", "/sign-in/link/{secret}", "show_link", show_link, sample={"secret": "none"}),
    DoorRoute("POST", "/sign-in/link/{secret}", "sign_in_by_link", sign_in_by_link, sample={"secret": "none"}),
    DoorRoute("GET", "/password/{secret}", "show_first_password", show_first_password, sample={"secret": "none"}),
    DoorRoute("POST", "/password/{secret}", "set_first_password", set_first_password, sample={"secret": "none"}),
    DoorRoute("GET", "/sign-in/provider", "go_to_provider", go_to_provider),
    DoorRoute("GET", "/sign-in/provider/back", "come_back", come_back),
    DoorRoute("POST", "/sign-out", "sign_out", sign_out),
    DoorRoute("GET", "/prove", "show_prove", show_prove, signed_in=True),
    DoorRoute("POST", "/prove", "prove_by_password", prove_by_password, signed_in=True),
    DoorRoute("POST", "/prove/passkey", "prove_by_passkey", prove_by_passkey, signed_in=True),
    DoorRoute("POST", "/language", "choose_language", choose_language),
)
