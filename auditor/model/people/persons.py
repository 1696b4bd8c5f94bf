"""Accounts, of whom each may see anything, and who asks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from auditor.model.people.roles import ROLE_PERMISSIONS, SECOND_FACTOR_ROLES, Permission, Role

Means = Literal["password", "password_totp", "passkey", "oidc", "link", "token"]
"""How somebody proved who they are. `link`: the one-time link that `auditor serve` prints on the machine itself."""


@dataclass(frozen=True, slots=True)
class AccessScope:
    """Of whom a person may see anything: everybody, contracts, or a case: a frozen list of deployments and a time."""

    everybody: bool = False
    contracts: frozenset[str] = frozenset()
    deployments: frozenset[str] = frozenset()
    """Deployments granted by name, beside those of the contracts."""
    case: str = ""
    """The name of the case; empty where the scope is none."""
    since: datetime | None = None
    """Captures before this moment are not shown; None: all."""
    until: datetime | None = None
    """Captures from this moment on are not shown; None: all."""

    @property
    def nobody(self) -> bool:
        return not (self.everybody or self.contracts or self.deployments)

    def covers(self, other: AccessScope) -> bool:
        """Whether all that another scope shows is shown by this one, as far as their names and times say that: what a
        contract covers is not known here."""
        begins = self.since is None or (other.since is not None and self.since <= other.since)
        ends = self.until is None or (other.until is not None and self.until >= other.until)
        named = not other.everybody and self.contracts >= other.contracts and self.deployments >= other.deployments
        return begins and ends and (self.everybody or named)


EVERYBODY = AccessScope(everybody=True)
NOBODY = AccessScope()


@dataclass(frozen=True, slots=True)
class Person:
    """An account. `id` is never used again; `name` may change."""

    id: str
    name: str
    """As it stands in decisions: the name of a human being."""
    sign_in_name: str
    """What is typed to sign in; lower case."""
    roles: frozenset[Role]
    scope: AccessScope
    created_at: datetime
    revoked_at: datetime | None = None
    """From then on nothing of this account opens anything; None while it stands."""

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the roles allow together."""
        return frozenset[Permission]().union(*(ROLE_PERMISSIONS[role] for role in self.roles))

    def may_all_of(self, other: Person) -> bool:
        """Whether whatever another account (or this one, before) may do and see, this one may."""
        return self.permissions >= other.permissions and self.scope.covers(other.scope)

    @property
    def needs_second_factor(self) -> bool:
        return bool(self.roles & SECOND_FACTOR_ROLES)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks, as the session or the API token proved it."""

    person: Person
    means: Means
    session: str
    """Public name of the session or token, as it stands in lists and in the journal; opens nothing."""
    permissions: frozenset[Permission]
    """What this session may do: of the roles, and of a token's scopes; `account` alone until a second factor is had."""
    scope: AccessScope
    proved_at: datetime
    """When a secret was last shown: grants, keys and bundles ask for it again after a while."""
    network: str = ""
    """The /24 or /56 that the request came from."""
    last_visit: datetime | None = None
    """When the person last used the pages before this session; None where that is not known."""

    @property
    def half(self) -> bool:
        """Whether it opens the account alone, until a second factor is set up, or shown where there is one."""
        return self.permissions == {"account"} and self.permissions != self.person.permissions
