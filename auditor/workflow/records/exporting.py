"""`auditor export`: contracts or deployments of the files, as the table that they came from."""

from __future__ import annotations

import json
from pathlib import Path

from auditor.errors import ConfigError
from auditor.gc_pause import collection_paused
from auditor.reporting import plain_csv, plain_xlsx
from auditor.targets.problems import ProblemCollector
from auditor.targets.records import RecordKind, table_of_records
from auditor.targets.yaml.files import read_sources
from auditor.workflow.records.importing import load_mapping
from auditor.workspace import Workspace

TABLE_FORMATS = ("csv", "xlsx", "json")


def export_records(workspace: Workspace, records: RecordKind, mapping_path: Path | None, format_: str) -> bytes:
    """The table, by the mapping that an import reads it by; without one, a column for each field.

    The same files give the same bytes. `ConfigError` where the files cannot be read.
    """
    mapping, _ = load_mapping(records, mapping_path)
    notes = ProblemCollector()
    with collection_paused():
        sources = read_sources(workspace.targets, notes)
    errors = [str(one) for one in notes.in_order() if one.severity == "error"]
    if errors or not sources:
        raise ConfigError(*errors)
    headers, *rows = table_of_records(sources, mapping)
    if format_ == "json":
        items = [dict(zip(headers, row, strict=True)) for row in rows]
        return (json.dumps(items, ensure_ascii=False, indent=1) + "\n").encode()
    if format_ == "xlsx":
        return plain_xlsx(mapping.sheet or records, headers, rows)
    return plain_csv(headers, rows)
