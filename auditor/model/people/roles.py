"""Roles and what each may do. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
