"""What the journal says of captures and the index has not recorded yet.

A run records its captures many at a time, and one that is killed between the journal and the index leaves some for the
next one. Nothing is recorded here: `record` does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from auditor.custody import Journal
from auditor.index import Index

AT_ONCE = 1_000
"""Captures that are compared at once."""


def unrecorded_captures(index: Index, journal: Journal, since: int = 0) -> dict[str, str]:
    """By capture, its deployment: of those that line `since` or a later one keeps, stamps or prunes, each of which the
    index does not say so."""
    ledger = journal.ledger
    changed = dict.fromkeys(one.capture for one in ledger.packages_changed(since))
    changed |= dict.fromkeys(capture for capture, _, _ in ledger.pruned_in(since))
    return still_unrecorded(index, journal, changed)


def still_unrecorded(index: Index, journal: Journal, captures: Iterable[str]) -> dict[str, str]:
    """Of these captures, those of which the index does not say what the journal says."""
    found: dict[str, str] = {}
    names = iter(captures)
    while some := list(islice(names, AT_ONCE)):
        found |= _unrecorded(index, journal, some)
    return found


def _unrecorded(index: Index, journal: Journal, captures: Sequence[str]) -> Mapping[str, str]:
    ledger, found = journal.ledger, dict[str, str]()
    rows = {row.capture: row for row in index.packages_of(captures)}
    for capture in captures:
        row, record = rows.get(capture), ledger.package_record(capture)
        if record is None:
            continue
        if ledger.is_pruned(capture):
            differs = row is not None
        elif row is None:
            differs = True
        else:  # answers that change nothing about when it was sealed are of no account
            seal = ledger.package_of(record).seal
            differs = (row.seal.sealed, row.seal.sealed_at) != (seal.sealed, seal.sealed_at)
        if differs:
            found[capture] = record.deployment
    return found
