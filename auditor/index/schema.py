"""The tables, as small named migrations. A value is kept whole as JSON in `body`; columns beside it are for asking."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from auditor.errors import EvidenceIndexError
from auditor.index.codecs import OBSERVATIONS, ROWS, dump_json
from auditor.index.count_columns import columns_of
from auditor.model.observations import DERIVED_VALUES, reserved_field_name

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
    """The numbers of a deployment lie together, in the order of time, without their bodies. (m005 fills them.)"""
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
    db.execute("drop table counts")
    db.execute(
        "create table counts (deployment text not null, captured_at text not null, capture text not null,"
        " metric text not null, sealed int not null, sealed_at text, displayed, displayed_raw text not null,"
        " cap, cap_raw text not null, listed, listed_complete int not null, certain int not null, state text not null,"
        " connection text not null, fields text not null, derived text not null, unreadable text not null,"
        " primary key (deployment, captured_at, capture, metric)) without rowid"
    )
    db["counts"].create_index(["capture"])  # type: ignore[union-attr]
    body = (
        "select p.body, o.body, r.body from observations o join packages p using (capture)"
        " left join readings r using (capture) where o.capture = ? and o.metric = ?"
    )
    for capture, metric in db.execute("select capture, metric from observations").fetchall():
        row, seen, reading = db.execute(body, (capture, metric)).fetchone()
        observed = OBSERVATIONS.validate_python(_apart(capture, json.loads(seen), _page_fields(reading)))
        db.execute(
            "update observations set body = ? where capture = ? and metric = ?",
            (dump_json(OBSERVATIONS, observed), capture, metric),
        )
        values = columns_of(ROWS.validate_json(row), observed)
        marks = ", ".join("?" for _ in values)
        db.execute(f"insert into counts ({', '.join(values)}) values ({marks})", tuple(values.values()))


def _page_fields(reading: str | None) -> Mapping[str, str]:
    """The text and date fields of a stored reading: from id to kind."""
    fields = [] if reading is None else json.loads(reading)["fields"]
    return {str(field["field"]): str(field["kind"]) for field in fields if field["kind"] != "count"}


def _apart(capture: str, body: dict[str, object], fields: Mapping[str, str]) -> dict[str, object]:
    """The body of an observation with its `identity` taken apart. What a page's field has overwritten is not there any
    more: such an index is made anew."""
    lost = [name for name, kind in fields.items() if reserved_field_name(name, kind)]
    if lost:
        raise EvidenceIndexError(
            f"index: in capture {capture} a page's field {lost[0]} hides what the auditor itself saw. "
            "Give the field another id in targets.yaml, then run: auditor rebuild"
        )
    identity = body.pop("identity", {})
    said = {str(name): str(text) for name, text in identity.items()} if isinstance(identity, dict) else {}
    derived = DERIVED_VALUES - fields.keys()
    return {
        **body,
        "connection": _without(said, {*fields, *derived}),
        "fields": {name: text for name, text in said.items() if name in fields},
        "derived": {name: text for name, text in said.items() if name in derived},
    }


def _without(texts: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if name not in names}
