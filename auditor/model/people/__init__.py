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

=========  ====================================================================
`roles`    roles and what each may do
`persons`  accounts, of whom each may see anything, and who asks
=========  ====================================================================
"""

from auditor.model.people.persons import EVERYBODY, NOBODY, AccessScope, Means, Person, SignedIn
from auditor.model.people.roles import (
    PERMISSIONS,
    ROLE_PERMISSIONS,
    ROLES,
    SECOND_FACTOR_ROLES,
    Permission,
    Role,
    why_roles_conflict,
)

__all__ = [
    "EVERYBODY",
    "NOBODY",
    "PERMISSIONS",
    "ROLES",
    "ROLE_PERMISSIONS",
    "SECOND_FACTOR_ROLES",
    "AccessScope",
    "Means",
    "Permission",
    "Person",
    "Role",
    "SignedIn",
    "why_roles_conflict",
]
