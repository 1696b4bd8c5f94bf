"""The fleet's tests run where everything that they need is installed."""

from __future__ import annotations

from tests.custody.conftest import _servers, grown, grown_workspace, sealed, stamps, workspace
from tests.fleet import servers
from tests.fleet.fixtures import empty_database, empty_store, fleet, postgres, store

__all__ = [
    "_servers",
    "empty_database",
    "empty_store",
    "fleet",
    "grown",
    "grown_workspace",
    "postgres",
    "sealed",
    "stamps",
    "store",
    "workspace",
]

collect_ignore_glob = [] if not servers.missing() else ["test_[!i]*.py"]
"""Where something is missing, `test_installed` says so, and nothing else runs."""
