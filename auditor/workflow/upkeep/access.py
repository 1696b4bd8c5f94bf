"""Accounts and the log of views, held against what the journal says of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from auditor.custody import Journal
from auditor.errors import AuditorError, IntegrityError
from auditor.model.events import AccessGranted, AccessRevoked, BundleShared, SharingEnded, ViewsSealed, parse_entry
from auditor.model.evidence import Check, Event
from auditor.model.people import Person
from auditor.people import BundleLink, BundleLinks, PeopleStore
from auditor.workflow.access.view_log import check_view_log
from auditor.workspace import Workspace


def access_checks(workspace: Workspace) -> tuple[Check, ...]:
    """`people.grants` and `access.views`; none where nobody ever used the pages."""
    journal = Journal.open(workspace.root)
    try:
        entries = list(journal.entries(kinds=("access",)))
    finally:
        journal.close()
    return (*_grants(workspace, entries), *_views(workspace, entries))


def _grants(workspace: Workspace, entries: Iterable[Event]) -> tuple[Check, ...]:
    subject = workspace.people.relative_to(workspace.home).as_posix()
    if not workspace.people.exists():
        granted = any(isinstance(parse_entry(entry), AccessGranted) for entry in entries)
        why = "the accounts that the journal granted are not here"
        return (Check("people.grants", subject, "not checked", why),) if granted else ()
    try:
        store = PeopleStore(workspace.people)
    except AuditorError as error:
        return (Check("people.grants", subject, "not checked", str(error)),)
    try:
        found = disagreements(entries, store.people(), BundleLinks(store.database).every())
    finally:
        store.close()
    if found:
        return tuple(Check("people.grants", subject, "failed", why) for why in found)
    return (Check("people.grants", subject, "passed"),)


def _views(workspace: Workspace, entries: Iterable[Event]) -> tuple[Check, ...]:
    events = (parse_entry(entry) for entry in entries)
    sealed = [event for event in events if isinstance(event, ViewsSealed)]
    subject = workspace.views.relative_to(workspace.home).as_posix()
    if not sealed:
        return ()
    if not workspace.views.exists():
        return (Check("access.views", subject, "not checked", "the log of views is not here"),)
    try:
        check_view_log(workspace.views, sealed)
    except IntegrityError as error:
        return (Check("access.views", subject, "failed", str(error)),)
    return (Check("access.views", subject, "passed"),)


def disagreements(entries: Iterable[Event], people: Iterable[Person], links: Iterable[BundleLink] = ()) -> list[str]:
    """Where accounts, and links to bundles, are not what the journal says of them: one sentence each, with the id."""
    granted: dict[str, AccessGranted] = {}
    shared: dict[str, BundleShared] = {}
    revoked: set[str] = set()
    for entry in entries:
        match parse_entry(entry):
            case AccessGranted() as event:
                granted[event.person] = event
            case AccessRevoked() as event:
                revoked.add(event.person)
            case BundleShared() as event:
                shared[event.share] = event
            case SharingEnded() as event:
                revoked.add(event.share)
    found = []
    for person in people:
        said = granted.get(person.id)
        if said is None:
            found.append(f"account {person.id}: no journal line grants it anything")
        elif person.id in revoked and person.revoked_at is None:
            found.append(f"account {person.id}: was revoked by the journal and stands in people.db")
        elif person.revoked_at is None and granted_event(person, said.by) != replace(said, name=person.name):
            found.append(f"account {person.id}: has other roles or another scope than the journal granted")
    for link in links:
        told = shared.get(link.id)
        if told is None:
            found.append(f"link {link.id}: no journal line shares anything by it")
        elif link.ended_at is None and {link.id, link.person} & revoked:
            found.append(f"link {link.id}: was taken back by the journal and stands in people.db")
        elif (told.bundle, told.zip_sha256, told.expires_at) != (link.bundle, link.sha256, link.expires_at):
            found.append(f"link {link.id}: gives another bundle, or for longer, than the journal says")
    return found


def granted_event(person: Person, by: str) -> AccessGranted:
    """What an account has, as the journal says it."""
    scope = person.scope
    return AccessGranted(
        person=person.id,
        name=person.name,
        roles=tuple(sorted(person.roles)),
        everybody=scope.everybody,
        contracts=tuple(sorted(scope.contracts)),
        deployments=tuple(sorted(scope.deployments)),
        case=scope.case,
        by=by,
        since=scope.since,
        until=scope.until,
    )
