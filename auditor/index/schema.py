"""The tables, as small named migrations. A value is kept whole as JSON in `body`; columns beside it are for asking."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

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
