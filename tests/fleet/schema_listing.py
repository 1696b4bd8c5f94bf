"""Writes what the schema's files make, as a database says it: `python -m tests.fleet.schema_listing`."""

from __future__ import annotations

from pathlib import Path

import auditor.fleet.database as room
from auditor.fleet import DatabaseAddress, connect, prepare_database
from auditor.fleet.database.listing import listing_text
from auditor.fleet.database.schema import LISTING, list_fleet_schema
from tests.fleet.servers import postgres_server


def listing_of(database: str) -> str:
    """Of an empty database, once it is prepared."""
    address = DatabaseAddress(database)
    prepare_database(address)
    with connect(address, None) as owner:
        return listing_text(list_fleet_schema(owner, address))


def main() -> None:
    with postgres_server() as server:
        text = listing_of(server.new_database("listing"))
    (Path(room.__file__).parent / "sql" / LISTING).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
