"""Plugs of the fleet run through the contracts too, on real servers, where they are installed."""

from __future__ import annotations

from tests.fleet.fixtures import empty_database, empty_store, postgres, store

__all__ = ["empty_database", "empty_store", "postgres", "store"]
