"""Every port has its contract file, and each file runs over every plug there is in the house."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Protocol

import pytest

import auditor
from auditor.model import ports
from auditor.optional_parts import is_installed
from auditor.workflow.report.window import WindowedIndex
from tests.contracts import (
    test_capture_method,
    test_evidence_store,
    test_index,
    test_journal_store,
    test_lease,
    test_list_reader,
    test_standing_reader,
    test_timestamp_authority,
)

CONTRACTS: dict[type, set[type]] = {
    ports.CaptureMethod: set(test_capture_method.PLUGS),
    ports.TimestampAuthority: set(test_timestamp_authority.PLUGS),
    ports.EvidenceStore: set(test_evidence_store.PLUGS),
    ports.EvidenceBatch: test_evidence_store.BATCHES,
    ports.JournalStore: set(test_journal_store.PLUGS),
    ports.Lease: set(test_lease.PLUGS),
    ports.EvidenceIndex: set(test_index.PLUGS),
    # What a window leaves out is asked by `tests/web/test_scope_over_time.py`, over the pages.
    ports.ReportIndex: {*test_index.PLUGS, WindowedIndex},
    ports.ListReader: set(test_list_reader.PLUGS),
    ports.StandingReader: set(test_standing_reader.PLUGS),
}


def _protocols() -> set[type]:
    return {
        value
        for value in vars(ports).values()
        if inspect.isclass(value) and Protocol in value.__mro__ and value.__module__.startswith(ports.__name__)
    }


def _classes() -> Iterator[type]:
    for found in pkgutil.walk_packages(auditor.__path__, "auditor."):
        if found.name.endswith("__main__") or (found.name.startswith("auditor.fleet") and not is_installed("fleet")):
            continue
        module = importlib.import_module(found.name)
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__ == module.__name__ and Protocol not in value.__bases__:
                yield value


def _members(protocol: type) -> set[str]:
    return {name for name in vars(protocol) if not name.startswith("_")}


def test_every_port_has_a_contract() -> None:
    assert set(CONTRACTS) == _protocols()


@pytest.mark.parametrize("port", CONTRACTS, ids=lambda port: port.__name__)
def test_every_plug_of_the_house_runs_through_its_contract(port: type) -> None:
    plugs = {found for found in _classes() if _members(port) <= set(dir(found))}
    # A journal of an earlier layout is only read: `tests/custody/test_upgrade.py` asks it what it still answers.
    plugs = {found for found in plugs if getattr(found, "grows", True)}
    # A guest has the local ones, as long as its holder lives: `tests/custody/test_sharing.py` runs commands over them.
    plugs = {found for found in plugs if not found.__module__.startswith("auditor.custody.sharing.")}
    assert plugs == CONTRACTS[port], f"a plug of {port.__name__} that its contract file does not know, or the reverse"
    assert plugs
