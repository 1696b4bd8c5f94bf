"""People, grants and sessions, for whoever administers them. No customer's data stands on these pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from starlette.responses import Response

from auditor.errors import ConfigError
from auditor.model.people import ROLES, AccessScope
from auditor.web.rendering import redirect, render
from auditor.web.routing import WebRequest, WebRoute
from auditor.workflow import Desk, NewPerson


def show_people(desk: Desk, request: WebRequest) -> Response:
    """Accounts, what each may see, how it signs in, who is signed in."""
    return _page(desk, request)


def add_person(desk: Desk, request: WebRequest) -> Response:
    """The account, and its link for a first password, shown once."""
    form = request.form
    new = NewPerson(
        form.get("name", ""), form.get("sign_in_name", ""), tuple(request.forms.get("role", ())), _scope(request)
    )
    person, secret = desk.people.add(new)
    return _page(desk, request, invited=person.name, secret=secret)


def grant_person(desk: Desk, request: WebRequest) -> Response:
    """Exactly what the form says, from now on; the account's sessions end."""
    desk.people.grant(request.form.get("person", ""), request.forms.get("role", ()), _scope(request))
    return redirect("/people")


def revoke_person(desk: Desk, request: WebRequest) -> Response:
    """The account opens nothing any more."""
    desk.people.revoke(request.form.get("person", ""))
    return redirect("/people")


def invite_person(desk: Desk, request: WebRequest) -> Response:
    """A new link for a password: recovery. It is shown once."""
    name = request.form.get("person", "")
    secret = desk.people.invite(name)
    shown = next((one.name for one in desk.people.everybody() if name in (one.id, one.sign_in_name)), name)
    return _page(desk, request, invited=shown, secret=secret)


def end_person_session(desk: Desk, request: WebRequest) -> Response:
    """One session of an account, or all of them."""
    desk.people.end_sessions(request.form.get("person", ""), request.form.get("session") or None)
    return redirect("/people")


def end_any_share(desk: Desk, request: WebRequest) -> Response:
    """Take a link to a bundle back, whoever made it."""
    desk.people.end_share(request.form.get("share", ""))
    return redirect("/people")


def _page(desk: Desk, request: WebRequest, *, invited: str = "", secret: str = "") -> Response:
    people = desk.people
    shown = people.everybody()
    return render(
        desk, request, "people_people.html", people=shown, roles=ROLES, sessions=people.sessions(),
        means={one.id: people.means_of(one.id) for one in shown}, names={one.id: one.name for one in shown},
        shares=people.shares(), now=people.now(), disagreements=people.disagreements(), invited=invited, secret=secret,
    )  # fmt: skip


def _scope(request: WebRequest) -> AccessScope:
    form = request.form
    return AccessScope(
        form.get("everybody") == "yes",
        frozenset(form.get("contracts", "").split()),
        frozenset(form.get("deployments", "").split()),
        form.get("case", "").strip()[:120],
        _moment(form.get("since", ""), end=False),
        _moment(form.get("until", ""), end=True),
    )


def _moment(text: str, *, end: bool) -> datetime | None:
    """The beginning of a day in UTC, or its end; None where none is written."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
    except (ValueError, OverflowError):
        raise ConfigError("a day is written as 2026-01-31") from None
    return datetime.combine(day, time(), UTC)


ROUTES = (
    WebRoute("GET", "/people", "people", "people", show_people, step_up=True),
    WebRoute("POST", "/people/add", "add_person", "people", add_person, step_up=True),
    WebRoute("POST", "/people/grant", "grant_person", "people", grant_person, step_up=True),
    WebRoute("POST", "/people/revoke", "revoke_person", "people", revoke_person, step_up=True),
    WebRoute("POST", "/people/invite", "invite_person", "people", invite_person, step_up=True),
    WebRoute("POST", "/people/sessions/end", "end_person_session", "people", end_person_session, step_up=True),
    WebRoute("POST", "/people/shares/end", "end_any_share", "people", end_any_share, step_up=True),
)
