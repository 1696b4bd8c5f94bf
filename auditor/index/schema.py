"""The tables, as small named migrations. A value is kept whole as JSON in `body`; columns beside it are for asking."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from auditor.errors import EvidenceIndexError
from auditor.index.standing.tables import AWAITED_TABLE, GONE_TABLES, LISTED_TABLES, STANDING_TABLES

migrations = Migrations("auditor.index")

CITED_DIGITS = 16
"""Characters of the digest of a file by which a capture that rests on it is found."""

OF_PRACTICE = """instr(body, '"practice":true') > 0"""
"""What the index of packages with a token for practice is of; whoever seeks by it looks at the body too."""


@migrations()
def m001_captures(db: Database) -> None:
    db["packages"].create(  # type: ignore[union-attr]
        {
            "capture": str,
            "deployment": str,
            "run": str,
            "state": str,
            "captured_at": str,
            "sealed": int,
            "body": str,
        },
        pk="capture",
        not_null={"deployment", "run", "state", "captured_at", "sealed", "body"},
    )
    db["packages"].create_index(["deployment", "captured_at"])  # type: ignore[union-attr]
    db["packages"].create_index(["sealed"])  # type: ignore[union-attr]


@migrations()
def m002_what_was_read(db: Database) -> None:
    for table, key in (("readings", "reader"), ("observations", "metric"), ("unobserved", "page")):
        db[table].create(  # type: ignore[union-attr]
            {"capture": str, key: str, "deployment": str, "captured_at": str, "body": str},
            pk=("capture", key),
            not_null={"deployment", "captured_at", "body"},
        )
        db[table].create_index(["deployment", "captured_at"])  # type: ignore[union-attr]


@migrations()
def m003_counts(db: Database) -> None:
    """The numbers of a deployment lie together, in the order of time, without their bodies."""
    db.execute(
        "create table counts (deployment text not null, captured_at text not null, capture text not null,"
        " metric text not null, sealed int not null, sealed_at text, displayed, displayed_raw text not null,"
        " cap, cap_raw text not null, listed, listed_complete int not null, certain int not null, state text not null,"
        " identity text not null, listed_rows int not null,"
        " primary key (deployment, captured_at, capture, metric)) without rowid"
    )
    db["counts"].create_index(["capture"])  # type: ignore[union-attr]
    # What a look-up needs stands in the index itself: the table, with its bodies, is not touched.
    db["packages"].create_index(["deployment", "captured_at", "capture"])  # type: ignore[union-attr]


@migrations()
def m004_waiting(db: Database) -> None:
    """Packages that wait for their seal are few: an index of them alone, which statistics cannot talk SQLite out of."""
    db.execute("create index idx_packages_waiting on packages (captured_at) where sealed = 0")
    db.execute("drop index if exists idx_packages_sealed")


@migrations()
def m005_who_speaks(db: Database) -> None:
    """Facts of the connection, fields of the page and derived values, which one `identity` held before, apart."""
    _require_empty(db)
    db.execute("drop table counts")
    db.execute(
        "create table counts (deployment text not null, captured_at text not null, capture text not null,"
        " metric text not null, sealed int not null, sealed_at text, displayed, displayed_raw text not null,"
        " cap, cap_raw text not null, listed, listed_complete int not null, certain int not null, state text not null,"
        " connection text not null, fields text not null, derived text not null, unreadable text not null,"
        " primary key (deployment, captured_at, capture, metric)) without rowid"
    )
    db["counts"].create_index(["capture"])  # type: ignore[union-attr]


@migrations()
def m006_reasons_are_codes(db: Database) -> None:
    """Why a field gave nothing, what is remarked of a list, what a capture warns of: notes in the bodies."""
    _require_empty(db)


@migrations()
def m007_four_checks(db: Database) -> None:
    """What was called certain before the picture was looked at is read again."""
    _require_empty(db)
    for name in ("displayed_certain", "cap_certain"):
        db.execute(f"alter table counts add column {name} int not null default 0")


@migrations()
def m008_places(db: Database) -> None:
    """Where a number was read, so that it can be held against what a person confirmed of its page."""
    _require_empty(db)
    db.execute("alter table counts add column places text not null default '{}'")


@migrations()
def m009_why_it_needs_review(db: Database) -> None:
    """Why a reading needs review and a list is not complete. Earlier counts say that they kept none."""
    db.execute("alter table counts add column doubts text not null default '{}'")


@migrations()
def m010_followed(db: Database) -> None:
    """Up to which line of the journal the index followed it."""
    db.execute("create table followed (id integer primary key check (id = 0), line int not null)")


@migrations()
def m011_standing(db: Database) -> None:
    """Positions and findings as they stand, kept as facts change."""
    for statement in STANDING_TABLES:
        db.execute(statement)


@migrations()
def m012_awaited(db: Database) -> None:
    """What the journal says and the index has not recorded yet."""
    db.execute(AWAITED_TABLE)


@migrations()
def m013_listed(db: Database) -> None:
    """Positions and findings whole, in the orders in which pages list them."""
    for statement in LISTED_TABLES:
        db.execute(statement)
    db.execute("create index idx_packages_manifest on packages (json_extract(body, '$.manifest_sha256'))")
    db.execute(
        "create table cited (digest text not null, capture text not null, primary key (digest, capture)) without rowid"
    )
    db.execute(
        f"insert or ignore into cited select substr(json_extract(b.value, '$.sha256'), 1, {CITED_DIGITS}), o.capture"
        " from observations o, json_each(o.body, '$.basis') b"
    )


@migrations()
def m014_practice(db: Database) -> None:
    """Packages with a token of a practice authority: an index of them alone, empty where nobody practises."""
    db.execute(f"create index idx_packages_practice on packages (capture) where {OF_PRACTICE}")


@migrations()
def m015_gone(db: Database) -> None:
    """Findings that stand no more, and an order by when each was held first."""
    for statement in GONE_TABLES:
        db.execute(statement)


@migrations()
def m016_unread(db: Database) -> None:
    """Captures whose package could not be read, in the order in which they were tried last."""
    db.execute("create table unread (capture text primary key, why text not null)")


def _require_empty(db: Database) -> None:
    """What an earlier version read is not translated: it is read again from the evidence."""
    if next(iter(db.execute("select 1 from packages limit 1")), None) is not None:
        raise EvidenceIndexError("index: made by an earlier version, which read less surely. Run: auditor rebuild")
