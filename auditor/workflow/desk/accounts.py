"""Accounts: made, granted, revoked. What the journal says of an account's roles and scope is all that it has."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

from auditor.clock import Clock, now
from auditor.errors import ConfigError
from auditor.model.events import AccessRevoked, CredentialChanged, SessionEnded, SharingEnded
from auditor.model.people import AccessScope, Person, Role, why_roles_conflict
from auditor.people import BundleLinks, Keyrings, PeopleStore, SessionRegister
from auditor.workflow.access.act_journal import ActJournal
from auditor.workflow.upkeep.access import disagreements, granted_event
from auditor.workspace import Workspace

COMMAND_LINE = "command line"
"""Who acts where no account does."""
LINK_LASTS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What an account is made of."""

    name: str
    sign_in_name: str
    roles: tuple[str, ...]
    scope: AccessScope


class Accounts:
    """The accounts of a workspace, for the command line and for who administers them on the pages."""

    def __init__(self, store: PeopleStore, sessions: SessionRegister, journal: ActJournal) -> None:
        self.store = store
        self.keys = Keyrings(store.database)
        self.sessions = sessions
        self.journal = journal

    def everybody(self) -> tuple[Person, ...]:
        """Every account, revoked ones included, oldest first."""
        return self.store.people()

    def named(self, name: str) -> Person:
        """By id or by the name to sign in with; `ConfigError` where there is none that stands."""
        found = self.store.person(name) or self.store.person_named(name)
        if found is None or found.revoked_at is not None:
            raise ConfigError(f"{name}: no such account. Run: auditor people list")
        return found

    def add(self, new: NewPerson, by: str) -> Person:
        """`ConfigError` for roles that do not go together, and for a name that is taken."""
        roles = _roles(new.roles, new.scope)
        name, typed = new.name.strip(), new.sign_in_name.strip()
        if not name or not typed or len(name) > 120 or len(typed) > 120:
            raise ConfigError("an account has a name and a name to sign in with, of 1 to 120 characters each")
        person = Person(f"p-{secrets.token_hex(5)}", name, typed, roles, new.scope, self.journal.clock())
        with self.store.transaction():
            self.store.add(person)
            line = self.journal.record(granted_event(person, by))
            self.store.grant(person.id, person.roles, person.scope, line)
        return self.named(person.id)

    def grant(self, name: str, roles: Collection[str], scope: AccessScope, by: str) -> Person:
        """What the account has from now on; its sessions end, so that nothing goes on under the roles of before. Where
        it is less than before, the links to bundles that it made end too."""
        with self.store.transaction():
            before = self.named(name)
            person = replace(before, roles=_roles(roles, scope), scope=scope)
            self._refuse_own(person, by)
            line = self.journal.record(granted_event(person, by))
            self.store.grant(person.id, person.roles, person.scope, line)
            if not person.may_all_of(before):
                self._end_links(person, by)
        self.sessions.end(person.id)
        return person

    def _end_links(self, person: Person, by: str) -> None:
        links, now = BundleLinks(self.store.database), self.journal.clock()
        for link in links.of(person.id, now):
            self.journal.record(SharingEnded(share=link.id, by=by))
            links.end(link.id, now)

    def revoke(self, name: str, by: str) -> Person:
        """The account opens nothing any more: sessions, passkeys, tokens and links end with it."""
        person = self.named(name)
        self._refuse_own(person, by)
        with self.store.transaction():
            self.journal.record(AccessRevoked(person=person.id, by=by))
            self.store.revoke(person.id, self.journal.clock())
        self.sessions.end(person.id)
        return person

    def invite(self, name: str, by: str) -> str:
        """The secret of a link by which the account sets its password, once, within a day. It also gives up whatever
        opened the account before, as recovery needs: one-time codes are set up anew."""
        person = self.named(name)
        self.journal.record(
            CredentialChanged(person=person.id, what="recovery_link", change="made", credential="", by=by)
        )
        return self.store.make_link(person.id, "set_password", self.journal.clock(), LINK_LASTS)

    def end_sessions(self, name: str, by: str, session: str | None = None) -> int:
        """Ends a session of an account, or all of them. How many there were."""
        person = self.named(name)
        self.journal.record(SessionEnded(person=person.id, session=session or "all", by=by))
        return self.sessions.end(person.id, session)

    def disagreements(self) -> list[str]:
        """Where the accounts are not what the journal says of them: one sentence each."""
        people, links = self.store.people(), BundleLinks(self.store.database).every()
        return self.journal.read(lambda journal: disagreements(journal.entries(kinds=("access",)), people, links))

    @staticmethod
    def _refuse_own(person: Person, by: str) -> None:
        if person.id == by:
            raise ConfigError("nobody changes the account they are signed in with; ask another administrator")


def open_accounts(workspace: Workspace, clock: Clock = now) -> Accounts:
    """The accounts of a workspace; `ConfigError` where others may read the file."""
    return Accounts(PeopleStore(workspace.people), SessionRegister(workspace.sessions), ActJournal(workspace, clock))


def _roles(roles: Collection[str], scope: AccessScope) -> frozenset[Role]:
    if why := why_roles_conflict(roles):
        raise ConfigError(why)
    chosen = frozenset(cast("Collection[Role]", roles))
    if chosen == {"administrator"} and not scope.nobody:
        raise ConfigError("an administrator sees no customer: give no contracts and no deployments")
    if chosen != {"administrator"} and scope.nobody:
        raise ConfigError("name the contracts or deployments that the account sees, or everybody")
    if "counsel" in chosen and (scope.everybody or not scope.case):
        raise ConfigError("counsel sees one case: give it a name and its contracts or deployments")
    if scope.everybody and (scope.since or scope.until):
        raise ConfigError("a time goes with contracts or deployments, not with everybody")
    return chosen
