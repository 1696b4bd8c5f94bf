"""`auditor export`: contracts or deployments of the files, as the table that they came from."""

from __future__ import annotations

import json
from pathlib import Path

from auditor.reporting import plain_csv, plain_xlsx
from auditor.targets import records as tables
from auditor.workflow.records.importing import load_mapping
from auditor.workspace import Workspace

TABLE_FORMATS = ("csv", "xlsx", "json")


def export_records(workspace: Workspace, records: tables.RecordKind, mapping_path: Path | None, format_: str) -> bytes:
    """The table, by the mapping that an import reads it by; without one, a column for each field.

    The same files give the same bytes. `ConfigError` where the files cannot be read.
    """
    mapping, _ = load_mapping(records, mapping_path)
    headers, *rows = tables.stored_table(workspace.targets, mapping)
    if format_ == "json":
        items = [dict(zip(headers, row, strict=True)) for row in rows]
        return (json.dumps(items, ensure_ascii=False, indent=1) + "\n").encode()
    if format_ == "xlsx":
        return plain_xlsx(mapping.sheet or records, headers, rows)
    return plain_csv(headers, rows)
