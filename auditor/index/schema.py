"""The tables, as small named migrations. A value is kept whole as JSON in `body`; columns beside it are for asking."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from auditor.index.codecs import OBSERVATIONS, ROWS
from auditor.index.count_columns import columns_of

migrations = Migrations("auditor.index")


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
    before = "select p.body, o.body from observations o join packages p using (capture)"
    for row, seen in db.execute(before).fetchall():
        values = columns_of(ROWS.validate_json(row), OBSERVATIONS.validate_json(seen))
        marks = ", ".join("?" for _ in values)
        db.execute(f"insert into counts ({', '.join(values)}) values ({marks})", tuple(values.values()))


@migrations()
def m004_waiting(db: Database) -> None:
    """Packages that wait for their seal are few: an index of them alone, which statistics cannot talk SQLite out of."""
    db.execute("create index idx_packages_waiting on packages (captured_at) where sealed = 0")
    db.execute("drop index if exists idx_packages_sealed")
