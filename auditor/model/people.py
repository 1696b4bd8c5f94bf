"""People who use the pages: who they are, what their roles allow, and of whom they may see anything. Pure.

==================  ==========================================================================================
role                what it may do
==================  ==========================================================================================
administrator       people, sessions, keys; health without a customer's name; never a list, a capture or a finding
manager             everything about the customers in scope; grants nothing
analyst             lists, captures, decisions, runs, exports in scope
counsel             reads the one case that was granted, comments, downloads what was shared with it
==================  ==========================================================================================

A role says what may be done, a scope for whom. Whoever administers people sees no customer, so the role of
administrator goes with no other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal, get_args

Role = Literal["administrator", "manager", "analyst", "counsel"]
Permission = Literal[
    "account", "health", "read", "comment", "decide", "edit", "claims", "runs", "bundles", "download", "export",
    "verify", "people",
]  # fmt: skip
"""`account`: one's own sign-in means and sessions; `health`: figures that name nobody; `read`: lists, deployments,
captures, contracts, claims of the scope; `edit`: contracts, pages, profiles; `bundles`: make and share; `download`:
packages and shared bundles; `export`: a list as CSV, XLSX, JSON; `people`: accounts, grants, sessions of others."""
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
ROLES: tuple[Role, ...] = get_args(Role)

_MANAGER: frozenset[Permission] = frozenset(PERMISSIONS) - {"people"}
ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        "administrator": frozenset({"account", "health", "people"}),
        "manager": _MANAGER,
        "analyst": _MANAGER - {"edit", "bundles"},
        "counsel": frozenset({"account", "read", "comment", "download", "verify"}),
    }
)
"""What each role may do."""
SECOND_FACTOR_ROLES: frozenset[Role] = frozenset({"administrator", "manager"})
"""Roles that a password alone does not open."""

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

    @property
    def needs_second_factor(self) -> bool:
        return bool(self.roles & SECOND_FACTOR_ROLES)


def why_roles_conflict(roles: Collection[str]) -> str:
    """Why one account cannot have these roles; empty where it can."""
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        return f"{unknown[0]}: no such role; expected {', '.join(ROLES)}"
    if not roles:
        return f"an account has a role; expected {', '.join(ROLES)}"
    if "administrator" in roles and len(set(roles)) > 1:
        return "administrator goes with no other role: who grants access sees no customer"
    if "counsel" in roles and len(set(roles)) > 1:
        return "counsel goes with no other role: outside counsel sees one case"
    return ""


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
