"""What an interruption left on this machine's disk is finished in the fleet, where others are at work."""

from __future__ import annotations

from auditor.custody import Vault, recover_staged
from auditor.fleet import DatabaseAddress, DatabaseLease, connect


def recover_beside(vault: Vault, address: DatabaseAddress) -> list[str]:
    """As `recover_staged`, with a lease of the database: what a pruning left is nobody else's meanwhile."""
    with connect(address, "auditor_maintenance", "maintenance") as connection:
        return recover_staged(vault, DatabaseLease(connection, address))
