"""The database's schema: numbered SQL files, each applied once, in order; compared at every start."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import psycopg
from psycopg import sql

from auditor.errors import ConfigError, IntegrityError
from auditor.fleet.database.connection import DatabaseAddress, FleetConnection, connect, database_errors
from auditor.fleet.database.listing import list_schema, listing_sha256, parse_listing

SCHEMA = "auditor"
LISTING = "listing.txt"
"""Of what the files make; written by `python -m tests.fleet.schema_listing` where they change."""
_LOCK = 5_021_001
"""Of the advisory lock under which the schema is changed."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    number: int
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


def migrations() -> Sequence[Migration]:
    """Those of this version, in order."""
    found = (one for one in (files("auditor.fleet.database") / "sql").iterdir() if one.name.endswith(".sql"))
    return [
        Migration(int(one.name.split("-")[0]), one.read_text(encoding="utf-8"))
        for one in sorted(found, key=lambda one: one.name)
    ]


def prepare_database(address: DatabaseAddress) -> Sequence[int]:
    """Bring the schema to this version's, as the database's owner; what was applied, by number. May be run again."""
    with connect(address, None, "auditor prepare") as connection, database_errors(address), connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
        applied = _applied(connection)
        _require_known(applied, address)
        left = [one for one in migrations() if one.number not in applied]
        for one in left:
            connection.execute(one.text.encode("utf-8"))
            connection.execute(
                "insert into auditor.schema_version (number, sha256) values (%s, %s)", (one.number, one.sha256)
            )
        # Everybody may make temporary tables and functions otherwise.
        connection.execute(sql.SQL("revoke temporary on database {} from public").format(_database(connection)))
    return [one.number for one in left]


def _database(connection: FleetConnection) -> sql.Identifier:
    return sql.Identifier(connection.info.dbname)


def require_schema(connection: FleetConnection, address: DatabaseAddress) -> None:
    """`ConfigError` in one line where the schema is missing, older or newer than this version's, `IntegrityError` where
    it is not what this version's files make: what workers may append rests on it."""
    with database_errors(address):
        applied = _applied(connection)
    _require_known(applied, address)
    left = [one.number for one in migrations() if one.number not in applied]
    if left:
        have = f"its schema is of version {max(applied)}" if applied else "it has no schema of the auditor"
        raise ConfigError(
            f"{address.shown}: {have}, this program needs {max(left)}; run as the database's owner: auditor fleet"
            " prepare"
        )
    _require_listed(list_fleet_schema(connection, address), address)


def list_fleet_schema(connection: FleetConnection, address: DatabaseAddress) -> Mapping[str, str]:
    """Every object of the schema, and the kinds of line that workers may append."""
    with database_errors(address):
        kinds = connection.execute("select kind, members::text from auditor.worker_kind").fetchall()
        return {**list_schema(connection, SCHEMA), **{f"kind {kind}": str(members) for kind, members in kinds}}


def schema_sha256(connection: FleetConnection, address: DatabaseAddress) -> str:
    """The digest of what stands in the schema: it is journalled where a log goes on there."""
    return listing_sha256(list_fleet_schema(connection, address))


def expected_listing() -> Mapping[str, str]:
    """What this version's files make."""
    return parse_listing((files("auditor.fleet.database") / "sql" / LISTING).read_text(encoding="utf-8"))


def _require_listed(found: Mapping[str, str], address: DatabaseAddress) -> None:
    ours = expected_listing()
    for what in sorted({*ours, *found}):
        if ours.get(what) != found.get(what):
            how = "is missing" if what not in found else "is not as this program makes it"
            how = "is not of this program" if what not in ours else how
            raise IntegrityError(
                f"{address.shown}: the {what} {how}; nothing is begun: ask who changed it; where nobody did, install"
                " the version of the auditor that the rest of the fleet has, and run as the database's owner: auditor"
                " fleet prepare"
            )


def _applied(connection: FleetConnection) -> dict[int, str]:
    try:
        with connection.transaction():
            rows = connection.execute("select number, sha256 from auditor.schema_version").fetchall()
    except (psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedTable):
        return {}
    return {int(str(number)): str(sha256) for number, sha256 in rows}


def _require_known(applied: dict[int, str], address: DatabaseAddress) -> None:
    known = {one.number: one.sha256 for one in migrations()}
    if newer := sorted(set(applied) - set(known)):
        raise ConfigError(
            f"{address.shown}: its schema is of version {newer[-1]}, which this program does not know; install the"
            " version of the auditor that the rest of the fleet has"
        )
    for number, sha256 in applied.items():
        if known[number] != sha256:
            raise ConfigError(
                f"{address.shown}: part {number} of its schema was made from another text than this program has;"
                " install the version of the auditor that the rest of the fleet has"
            )
