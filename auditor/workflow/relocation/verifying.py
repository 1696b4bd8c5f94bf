"""A fleet's evidence verified: lines and small files are copied beside, packages stream past one after another.

Every check is the one of a workspace in a folder: what is copied is copied as it is, tiles and head included.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from auditor.custody import Journal, UnsignedLines, copy_journal, verify_workspace
from auditor.errors import AuditorError, IntegrityError
from auditor.fleet import Bucket, DatabaseAddress, PostgresJournalStore, StoreAddress, StoreCarrier
from auditor.formats import evidence_layout as layout
from auditor.model.evidence import CheckList, Progress, Verification
from auditor.workflow.replica.place import MovedPlace

LEDGER = "ledger"


def verify_fleet(
    place: MovedPlace,
    *,
    trust: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    caches: Callable[[Journal], Iterable[tuple[str, bool]]] = lambda journal: (),
) -> Verification:
    """Verify all of it, by the database's role that only reads. Memory does not grow with what there is; on this disk
    lie, meanwhile, the lines, the small files, and a few packages.

    `caches`: what else was made of the lines, by name, and whether it says the same as they do.
    """
    kept = PostgresJournalStore(DatabaseAddress(place.database), "auditor_reader")
    with tempfile.TemporaryDirectory(prefix="auditor-verify-") as scratch:
        root = Path(scratch)
        carrier, more = StoreCarrier(Bucket(StoreAddress(place.store)), root / layout.EVIDENCE), CheckList()
        try:
            copied = copy_journal(kept, root, durably=False)  # first: the packages of its lines are there already
            carrier.take_stock()
            unsigned = _unsigned(kept, copied.size, more)  # last: what came meanwhile has its lines here
            found = verify_workspace(
                root, trust=trust, workers=workers, progress=progress, carrier=carrier, unsigned=unsigned
            )
            for key, why in carrier.strange:
                more.failed("store.object", f"{place.store}/{key}", why)
            if carrier.renamed:
                more.notice(
                    f"OF {carrier.renamed} PACKAGES THE STORE HAS ANOTHER VERSION THAN THEIR LINES NAME, AND THAT ONE"
                    " NO MORE, as where it was restored or copied: verified was what is there."
                )
            _check_copy(root, kept, unsigned, caches, more)
        finally:
            carrier.close()
            kept.close()
    answers = more.done()
    return replace(
        found, checks=(*found.checks, *answers.checks), notices=(*found.notices, *answers.notices, *_limits(place))
    )


def _check_copy(
    copied: Path,
    kept: PostgresJournalStore,
    unsigned: UnsignedLines,
    caches: Callable[[Journal], Iterable[tuple[str, bool]]],
    checks: CheckList,
) -> None:
    """What is held against the lines that were copied: those behind them, and what else was made of them."""
    ledger = f"{kept.name}/{LEDGER}"
    try:
        journal = Journal.open(copied)
    except AuditorError as error:  # there is nothing to hold anything against
        checks.unchecked("journal.chain", ledger, f"what is behind the signed head was held against nothing: {error}")
        return
    try:
        try:
            unsigned.require_visits(kept, journal)
        except IntegrityError as error:
            checks.failed("journal.chain", ledger, str(error))
        for cache, same in caches(journal):
            if same:
                checks.passed("index.cache", cache, "as what it was made from")
            else:
                checks.failed("index.cache", cache, "says other than the ledger or targets.yaml; run `auditor rebuild`")
    finally:
        journal.close()


def _limits(place: MovedPlace) -> list[str]:
    return [f"Verified was what {place.database} and {place.store} hold; the index was left out."]


def _unsigned(kept: PostgresJournalStore, signed: int, checks: CheckList) -> UnsignedLines:
    """Lines behind the signed head: workers wrote them, and maintenance signs them soon. They are chained."""
    try:
        found = UnsignedLines.read(kept, signed, kept.clock())
    except IntegrityError as error:
        checks.failed("journal.chain", f"{kept.name}/{LEDGER}", str(error))
        return UnsignedLines(kept.clock())
    if found.count:
        checks.notice(f"{found.count} lines at the end are chained and not signed yet: maintenance signs them.")
    return found
