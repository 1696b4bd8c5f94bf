"""A person's desk: the estate of the scope, and what may be asked and done there. Pages are given this and no more."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property

from auditor.errors import NotAllowedError, NotShownError
from auditor.model.people import AccessScope, Permission, SignedIn
from auditor.model.targets.contracts import Contract
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.workflow.desk.acts import DeskActs
from auditor.workflow.desk.administration import DeskPeople
from auditor.workflow.desk.desk_works import DeskWorks
from auditor.workflow.desk.office import Office
from auditor.workflow.desk.own_means import OwnMeans
from auditor.workflow.desk.reads import DeskReads
from auditor.workspace import Workspace


class Desk:
    """Bound to one person and one request."""

    def __init__(self, office: Office, who: SignedIn, at: datetime) -> None:
        self._office = office
        self.who = who
        self.at = at
        """The moment of the request: one for all that it shows."""

    @property
    def four_eyes(self) -> bool:
        """Whether dismissing a high finding takes two people."""
        return self._office.rules.four_eyes

    @property
    def provider(self) -> str:
        """The name of the identity provider; empty where there is none."""
        return "" if self._office.provider is None else self._office.provider.settings.title

    @property
    def origin(self) -> str:
        """Where browsers reach the pages, for a link that somebody is given."""
        return self._office.rules.origin

    @property
    def ending(self) -> bool:
        """Whether `serve` ends: a stream ends with it."""
        return self._office.ending.is_set()

    def stream_place(self) -> AbstractContextManager[bool]:
        """Held while a stream goes on. False: the session follows as much at once as it may, and nothing is held."""
        return self._office.streams.place(self.who.session)

    @property
    def scope(self) -> AccessScope:
        return self.who.scope

    def now(self) -> datetime:
        """The moment now, for what goes on after the request was answered."""
        return self._office.clock()

    def may(self, permission: Permission) -> bool:
        return permission in self.who.permissions

    def require(self, permission: Permission) -> None:
        """`NotAllowedError` where the roles, or the token, do not have it."""
        if not self.may(permission):
            raise NotAllowedError("your roles do not allow this; ask whoever administers accounts")

    @cached_property
    def estate(self) -> Estate:
        """What was licensed, to whom, where: with nobody in it whom this person may not see."""
        return self._office.estates.of(self.scope)

    @property
    def workspace(self) -> Workspace:
        """Where things lie; for `reads` and `acts`, which look up only what `deployment` or `contract` has passed."""
        return self._office.workspace

    def deployment(self, name: str) -> Deployment:
        """`NotShownError` where there is none of that name in the scope."""
        found = self.estate.deployments.get(name)
        if found is None:
            raise NotShownError("there is no such deployment here")
        return found

    def contract(self, name: str) -> Contract:
        """`NotShownError` where there is none of that name in the scope."""
        found = self.estate.contracts.get(name)
        if found is None:
            raise NotShownError("there is no such contract here")
        return found

    def shows(self, deployment: str, captured_at: datetime) -> bool:
        """Whether a capture of that deployment at that moment lies in the scope."""
        since, until = self.scope.since, self.scope.until
        within = (since is None or captured_at >= since) and (until is None or captured_at < until)
        return within and deployment in self.estate.deployments

    @cached_property
    def reads(self) -> DeskReads:
        return DeskReads(self, self._office.standings, self._office.shared.links)

    @cached_property
    def works(self) -> DeskWorks:
        return DeskWorks(self, self._office)

    @cached_property
    def acts(self) -> DeskActs:
        return DeskActs(self, self._office)

    @cached_property
    def own(self) -> OwnMeans:
        """The person's own means of signing in, and sessions."""
        return OwnMeans(self.who, self._office)

    @cached_property
    def people(self) -> DeskPeople:
        """Accounts, grants and sessions. `NotAllowedError` for whoever does not administer them."""
        self.require("people")
        return DeskPeople(self.who, self._office)
