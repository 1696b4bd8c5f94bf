"""One's own account: passkeys, one-time codes, API tokens, password, sessions."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from auditor.errors import ConfigError, ProveAgainError, SignInError
from auditor.web.rendering import redirect, render
from auditor.web.routing import DoorRoute, Doorway, WebRequest
from auditor.workflow import Desk


def show_account(door: Doorway, request: WebRequest) -> Response:
    """All means of signing in, and sessions."""
    return _page(_desk(door), request)


def begin_codes(door: Doorway, request: WebRequest) -> Response:
    """A secret for an app; it counts once a code of it was shown."""
    desk = _fresh(door)
    return _page(desk, request, proposed=desk.own.propose_codes())


def codes_picture(door: Doorway, request: WebRequest) -> Response:
    """The proposed secret as a picture, until a code of it was shown."""
    return Response(_fresh(door).own.codes_picture(), media_type="image/png")


def confirm_codes(door: Doorway, request: WebRequest) -> Response:
    """Codes are asked for from now on. The session goes on under a new id, whole."""
    desk = _fresh(door)
    try:
        desk.own.confirm_codes(request.form.get("code", ""))
    except SignInError as error:
        return _page(desk, request, failed=str(error), status=400)
    opened = door.entrance.go_on(desk.who, "password_totp")
    return door.start_session(redirect("/account"), opened.secret)


def remove_codes(door: Doorway, request: WebRequest) -> Response:
    """Codes are asked for no more."""
    _fresh(door).own.remove_codes()
    return redirect("/account")


def new_passkey_options(door: Doorway, request: WebRequest) -> Response:
    """What the browser asks the device for."""
    return Response(_fresh(door).own.passkey_options(), media_type="application/json")


def add_passkey(door: Doorway, request: WebRequest) -> Response:
    """The device's answer, by script. The session goes on under a new id, whole."""
    desk = _fresh(door)
    desk.own.add_passkey(request.query.get("name", ""), request.json)
    opened = door.entrance.go_on(desk.who, "passkey")
    return door.start_session(JSONResponse({"next": "/account"}), opened.secret)


def remove_passkey(door: Doorway, request: WebRequest) -> Response:
    """One of one's own."""
    try:
        credential = bytes.fromhex(request.form.get("credential", ""))
    except ValueError:
        raise ConfigError("there is no such passkey") from None
    _fresh(door).own.remove_passkey(credential)
    return redirect("/account")


def make_token(door: Doorway, request: WebRequest) -> Response:
    """The token's secret is shown in this answer and never again."""
    desk, form = _fresh(door), request.form
    days = form.get("days", "")
    if not days.isdecimal() or len(days) > 4:
        raise ConfigError("a token lasts a whole number of days")
    made, secret = desk.own.make_token(
        form.get("name", ""), request.forms.get("permission", ()), int(days), form.get("networks", "").split()
    )
    return _page(desk, request, token=secret, made=made.id)


def remove_token(door: Doorway, request: WebRequest) -> Response:
    """One of one's own."""
    _fresh(door).own.remove_token(request.form.get("token", ""))
    return redirect("/account")


def end_session(door: Doorway, request: WebRequest) -> Response:
    """One of one's own."""
    _desk(door).own.end_session(request.form.get("session", ""))
    return redirect("/account")


def set_password(door: Doorway, request: WebRequest) -> Response:
    """Every session ends; one signs in with the new password."""
    desk = _fresh(door)
    try:
        desk.own.set_password(request.form.get("password", ""))
    except ConfigError as error:
        return _page(desk, request, failed=str(error), status=400)
    return door.end_session(redirect("/sign-in"))


def _desk(door: Doorway) -> Desk:
    assert door.desk is not None  # noqa: S101 (the routes ask for it)
    return door.desk


def _fresh(door: Doorway) -> Desk:
    """The desk, where a secret was shown lately: means of signing in are not changed at an unattended screen."""
    desk = _desk(door)
    if not door.entrance.proved_lately(desk.who):
        raise ProveAgainError("show your secret again first")
    return desk


def _page(desk: Desk, request: WebRequest, *, status: int = 200, failed: str = "", **more: object) -> Response:
    values = {"proposed": "", "token": "", "made": "", **more}
    return render(desk, request, "people_account.html", status=status, failed=failed, **values)


ROUTES = (
    DoorRoute("GET", "/account", "account", show_account, signed_in=True),
    DoorRoute("POST", "/account/codes", "begin_codes", begin_codes, signed_in=True),
    DoorRoute("GET", "/account/codes/picture", "codes_picture", codes_picture, signed_in=True),
    DoorRoute("POST", "/account/codes/confirm", "confirm_codes", confirm_codes, signed_in=True),
    DoorRoute("POST", "/account/codes/remove", "remove_codes", remove_codes, signed_in=True),
    DoorRoute("POST", "/account/passkeys/options", "new_passkey_options", new_passkey_options, signed_in=True),
    DoorRoute("POST", "/account/passkeys", "add_passkey", add_passkey, signed_in=True),
    DoorRoute("POST", "/account/passkeys/remove", "remove_passkey", remove_passkey, signed_in=True),
    DoorRoute("POST", "/account/tokens", "make_token", make_token, signed_in=True),
    DoorRoute("POST", "/account/tokens/remove", "remove_token", remove_token, signed_in=True),
    DoorRoute("POST", "/account/sessions/end", "end_session", end_session, signed_in=True),
    DoorRoute("POST", "/account/password", "set_password", set_password, signed_in=True),
)
