"""What `serve` holds for all its life: the workspace, the people, the sessions, the log of views."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from auditor.clock import Clock, now
from auditor.custody import require_initialised
from auditor.errors import ConfigError, VaultError
from auditor.model.events import ViewsSealed
from auditor.people import (
    Keyrings,
    OidcProvider,
    OidcSettings,
    PasskeyCeremony,
    PasswordHashes,
    PeopleStore,
    PlaceLimits,
    SessionRegister,
    TryLimits,
)
from auditor.workflow.access.act_journal import ActJournal
from auditor.workflow.access.shared_bundles import SharedBundles
from auditor.workflow.access.view_log import PageView, ViewLog
from auditor.workflow.desk.estates import ScopedEstates
from auditor.workflow.desk.proposals import Proposals
from auditor.workflow.desk.saved_views import SavedViews
from auditor.workflow.desk.standings.scope_standings import ScopeStandings
from auditor.workflow.desk.works import Works
from auditor.workflow.logs import hide_variables
from auditor.workspace import Workspace

if TYPE_CHECKING:
    from auditor.workflow.index.fleet_follower import FleetFollower

LOGGER = logging.getLogger("auditor.web")
PROVIDER_BACK = "/sign-in/provider/back"
"""Where an identity provider sends the browser back to."""
OIDC_SECRET = "AUDITOR_OIDC_SECRET"  # noqa: S105 (the name of a variable)
STEP_UP = timedelta(minutes=10)
"""How long a secret that was shown opens grants, keys and bundles."""
TRIES_A_MINUTE, TRIES_OF_A_NETWORK, API_CALLS = 5, 30, 1_200
STREAMS = 8
"""What one session follows at once: pages that are looked at, in windows of their own."""


@dataclass(frozen=True, slots=True)
class OfficeRules:
    """How people are let in."""

    origin: str = "http://localhost:8400"
    """Where browsers reach the pages: scheme, host and port."""
    four_eyes: bool = False
    """Whether dismissing a high finding takes two people."""
    oidc: OidcSettings | None = None
    """An identity provider, where there is one."""

    @property
    def host(self) -> str:
        return urlsplit(self.origin).hostname or ""


class Office:
    """Opened once for a workspace; its parts are safe for several threads."""

    def __init__(self, workspace: Workspace, rules: OfficeRules, *, clock: Clock = now) -> None:
        """`ConfigError` where there is no workspace, or others may read the file of accounts."""
        require_initialised(workspace.root)
        self.workspace = workspace
        self.rules = rules
        self.clock = clock
        self.journal = ActJournal(workspace, clock)
        self.store = PeopleStore(workspace.people)
        self.keys = Keyrings(self.store.database)
        self.sessions = SessionRegister(workspace.sessions)
        self.passwords = PasswordHashes()
        self.passkeys = PasskeyCeremony(rules.origin, rules.host, "auditor")
        self.provider = None if rules.oidc is None else OidcProvider(rules.oidc, f"{rules.origin}{PROVIDER_BACK}")
        self.account_tries = TryLimits(TRIES_A_MINUTE)
        """By account and network together: nobody locks another out from elsewhere."""
        self.network_tries = TryLimits(TRIES_OF_A_NETWORK)
        self.refusals = TryLimits(TRIES_OF_A_NETWORK)
        """How many refusals of one session are journalled; then it is told to wait."""
        self.api_calls = TryLimits(API_CALLS)
        self.streams = PlaceLimits(STREAMS)
        self.views = ViewLog(workspace.views)
        self.estates = ScopedEstates(workspace, clock)
        self.standings = ScopeStandings(workspace, clock, self.estates)
        self.shared = SharedBundles(workspace.bundles, self.store, self.journal, TryLimits(TRIES_OF_A_NETWORK))
        self.works = Works(workspace, clock)
        self.follower: FleetFollower | None = None
        """Of a workspace that moved: has what workers bring shown without a restart."""
        self.saved = SavedViews(workspace.home / "people" / "views")
        self.proposals = Proposals(workspace)
        self.ending = threading.Event()
        """Set when `serve` ends: what is followed live ends with it."""
        if workspace.moved:
            from auditor.workflow.index.fleet_follower import FleetFollower  # the fleet's libraries stand behind it

            self.follower = FleetFollower(workspace.home)

    def close(self) -> None:
        """Journal the root of the log of views, where it can be; end what was begun; let go of the files."""
        self.works.close()
        if self.follower is not None:
            self.follower.close()
        self.standings.close()
        event = self.views.root()
        if event is not None:
            self._seal(event)
        self.journal.close()
        self.views.close()
        self.sessions.close()
        self.store.close()

    def viewed(self, view: PageView) -> None:
        """A page is about to be shown."""
        at = self.clock()
        self.views.write(view, at)
        event = self.views.due(at)
        if event is not None:
            self._seal(event)

    def _seal(self, event: ViewsSealed) -> None:
        try:
            self.journal.record(event)
        except VaultError as error:
            LOGGER.warning("views: the root over %d lines is not journalled yet: %s", event.lines, error)
        else:
            self.views.sealed(event, self.clock())


def oidc_settings(issuer: str, client: str) -> OidcSettings | None:
    """The identity provider of the options, its secret from the environment; None where none is named."""
    if not issuer:
        return None
    if not client:
        raise ConfigError("--oidc-issuer: name our id there too, with --oidc-client")
    hide_variables({OIDC_SECRET})
    return OidcSettings(issuer, client, os.environ.get(OIDC_SECRET, ""))
