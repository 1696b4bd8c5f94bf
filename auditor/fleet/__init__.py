"""The fleet: one estate worked by many machines, on PostgreSQL and an S3-compatible store.

Protocol: `prepare_database(address)` makes the schema; `PostgresJournalStore` is a `model.ports.JournalStore`,
`S3EvidenceStore` a `model.ports.EvidenceStore`. psycopg, obstore and procrastinate are known here alone; they come with
the extra `seat-auditor[fleet]`.

Files:

============  =========================================================================================================
`database/`   connections, roles, the schema with its functions
`ledger/`     the journal in PostgreSQL
`store/`      the evidence in an S3-compatible store
`visits/`     who visits what: requests, attempts, leases, workers, the queue
============  =========================================================================================================
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.fleet.database.connection import DatabaseAddress, FleetConnection, FleetRole, connect, database_errors
    from auditor.fleet.database.schema import prepare_database, require_schema
    from auditor.fleet.ledger.postgres_journal import PostgresJournalStore
    from auditor.fleet.store.address import StoreAddress
    from auditor.fleet.store.bucket import REQUEST_SECONDS, Bucket, StoredObject
    from auditor.fleet.store.carrying import StoreCarrier, carrying_from
    from auditor.fleet.store.package_objects import pack
    from auditor.fleet.store.s3_store import S3EvidenceBatch, S3EvidenceStore, generation_of, package_key
    from auditor.fleet.store.trial import (
        StoreTrial,
        mark_store,
        require_own_place,
        try_as_worker,
        try_store,
        why_another_store,
    )
    from auditor.fleet.visits.attempts import AttemptLog, LedgerLine, OpenAttempt
    from auditor.fleet.visits.idle_holders import IdleHolder, IdleHolderWatch, find_idle_holders
    from auditor.fleet.visits.lease import DatabaseLease
    from auditor.fleet.visits.queue import VisitQueue, drop_stalled, offer_requests, prepare_queue, require_queue
    from auditor.fleet.visits.requests import (
        HeldHost,
        RequestBook,
        RequestCounts,
        RequestStory,
        RunWish,
        SecondVisit,
        VisitRequest,
        WishOutcome,
    )
    from auditor.fleet.visits.roster import (
        LEADER,
        FleetRoster,
        LedgerEnd,
        PublishedEstate,
        Vantage,
        WorkerState,
        ledger_end,
        newest_line,
    )
    from auditor.fleet.visits.unread import UnreadBook
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "Bucket": "store.bucket",
            "DatabaseAddress": "database.connection",
            "FleetConnection": "database.connection",
            "FleetRole": "database.connection",
            "PostgresJournalStore": "ledger.postgres_journal",
            "S3EvidenceBatch": "store.s3_store",
            "S3EvidenceStore": "store.s3_store",
            "StoreAddress": "store.address",
            "StoreCarrier": "store.carrying",
            "StoreTrial": "store.trial",
            "StoredObject": "store.bucket",
            "carrying_from": "store.carrying",
            "connect": "database.connection",
            "database_errors": "database.connection",
            "pack": "store.package_objects",
            "package_key": "store.s3_store",
            "prepare_database": "database.schema",
            "require_schema": "database.schema",
            "AttemptLog": "visits.attempts",
            "DatabaseLease": "visits.lease",
            "FleetRoster": "visits.roster",
            "IdleHolder": "visits.idle_holders",
            "IdleHolderWatch": "visits.idle_holders",
            "find_idle_holders": "visits.idle_holders",
            "LEADER": "visits.roster",
            "LedgerEnd": "visits.roster",
            "generation_of": "store.s3_store",
            "ledger_end": "visits.roster",
            "newest_line": "visits.roster",
            "HeldHost": "visits.requests",
            "REQUEST_SECONDS": "store.bucket",
            "RequestStory": "visits.requests",
            "RunWish": "visits.requests",
            "SecondVisit": "visits.requests",
            "LedgerLine": "visits.attempts",
            "OpenAttempt": "visits.attempts",
            "PublishedEstate": "visits.roster",
            "RequestBook": "visits.requests",
            "RequestCounts": "visits.requests",
            "UnreadBook": "visits.unread",
            "Vantage": "visits.roster",
            "VisitQueue": "visits.queue",
            "VisitRequest": "visits.requests",
            "WishOutcome": "visits.requests",
            "WorkerState": "visits.roster",
            "drop_stalled": "visits.queue",
            "offer_requests": "visits.queue",
            "prepare_queue": "visits.queue",
            "require_queue": "visits.queue",
            "mark_store": "store.trial",
            "require_own_place": "store.trial",
            "try_as_worker": "store.trial",
            "why_another_store": "store.trial",
            "try_store": "store.trial",
        },
    )

__all__ = [
    "LEADER",
    "REQUEST_SECONDS",
    "AttemptLog",
    "Bucket",
    "DatabaseAddress",
    "DatabaseLease",
    "FleetConnection",
    "FleetRole",
    "FleetRoster",
    "HeldHost",
    "IdleHolder",
    "IdleHolderWatch",
    "LedgerEnd",
    "LedgerLine",
    "OpenAttempt",
    "PostgresJournalStore",
    "PublishedEstate",
    "RequestBook",
    "RequestCounts",
    "RequestStory",
    "RunWish",
    "S3EvidenceBatch",
    "S3EvidenceStore",
    "SecondVisit",
    "StoreAddress",
    "StoreCarrier",
    "StoreTrial",
    "StoredObject",
    "UnreadBook",
    "Vantage",
    "VisitQueue",
    "VisitRequest",
    "WishOutcome",
    "WorkerState",
    "carrying_from",
    "connect",
    "database_errors",
    "drop_stalled",
    "find_idle_holders",
    "generation_of",
    "ledger_end",
    "mark_store",
    "newest_line",
    "offer_requests",
    "pack",
    "package_key",
    "prepare_database",
    "prepare_queue",
    "require_own_place",
    "require_queue",
    "require_schema",
    "try_as_worker",
    "try_store",
    "why_another_store",
]
