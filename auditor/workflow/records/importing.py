"""`auditor import`: a table of another system taken into `targets.yaml` and its includes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor import owner_only_file
from auditor.custody import Journal, require_initialised
from auditor.errors import ConfigError
from auditor.formats.foreign_text import as_unicode, bounded
from auditor.model.events import RecordsImported, parse_entry
from auditor.targets import records as tables
from auditor.workflow.wiring import open_custody
from auditor.workspace import Workspace

MAX_MAPPING = 1 << 20


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or with `dry_run` would do."""

    plan: tables.ImportPlan
    left_out: tuple[tables.LeftOutRow, ...]
    source_sha256: str
    files: tuple[str, ...]
    """Files that are written, relative to `targets.yaml`."""
    written: bool
    """False for a preview, and where rows were refused and are not to be skipped."""


def import_records(
    workspace: Workspace,
    records: tables.RecordKind,
    path: Path,
    mapping_path: Path | None = None,
    *,
    dry_run: bool = False,
    skip_refused: bool = False,
) -> ImportResult:
    """Take a table into the files. `ConfigError`, every file untouched, where the result would not be valid.

    Nothing is written while a row is refused, unless `skip_refused`. The files are written one after the other, each
    whole; an import that was interrupted is finished by the same one again.
    """
    # 1. the table, by its mapping
    data, mapping, mapping_sha256 = _read(path, records, mapping_path)
    if not dry_run:
        require_initialised(workspace.root)
    # 2. against the files, and valid as a whole
    done = tables.prepare_import(workspace.targets, data, path.name, mapping)
    files = tuple(sorted(one.relative_to(workspace.targets.parent).as_posix() for one in done.texts))
    digest = hashlib.sha256(data).hexdigest()
    write = not dry_run and (skip_refused or not done.plan.refused)
    result = ImportResult(done.plan, done.left_out, digest, files, write)
    # 3. written and journalled
    if write:
        _keep(workspace, records, path.name, mapping_sha256, result, done.texts)
    return result


def _read(
    path: Path, records: tables.RecordKind, mapping_path: Path | None
) -> tuple[bytes, tables.TableMapping, str | None]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    mapping, digest = load_mapping(records, mapping_path)
    return data, mapping, digest


def load_mapping(records: tables.RecordKind, path: Path | None) -> tuple[tables.TableMapping, str | None]:
    """The mapping of a file, with its digest; the plain one where none is named."""
    if path is None:
        return tables.plain_mapping(records), None
    try:
        if path.stat().st_size > MAX_MAPPING:
            raise ConfigError(f"{path}: larger than {MAX_MAPPING >> 20} MB; expected a mapping")
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return tables.read_mapping(raw, str(path), records), hashlib.sha256(raw).hexdigest()


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all; a file that was there keeps its mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        owner_only_file.write(path, data)
        path.chmod(mode)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}; run the same import again") from error


def _keep(
    workspace: Workspace,
    records: tables.RecordKind,
    name: str,
    mapping_sha256: str | None,
    result: ImportResult,
    texts: Mapping[Path, bytes],
) -> None:
    """Write the files and journal the table, while nobody else works in the workspace.

    A table that changes nothing and was the last one to be journalled is not journalled again.
    """
    plan = result.plan
    event = RecordsImported(
        records=records,
        source=bounded(as_unicode(name), 200),
        source_sha256=result.source_sha256,
        mapping_sha256=mapping_sha256,
        added=len(plan.added),
        changed=len(plan.changed_ids),
        unchanged=plan.unchanged,
        gone=len(plan.gone),
        refused=len({(one.sheet, one.row) for one in plan.refused}),
        left_out=len(result.left_out),
    )
    if not texts and _last_import(workspace, records) == (result.source_sha256, mapping_sha256):
        return
    with open_custody(workspace) as custody:
        # The main file first: its include: names the others, which the same import again then knows for its own.
        for file in sorted(texts, key=lambda one: (one != workspace.targets, one)):
            _write(file, texts[file])
        custody.journal.record(event)


def _last_import(workspace: Workspace, records: tables.RecordKind) -> tuple[str, str | None] | None:
    last = None
    for entry in Journal.open(workspace.root).entries(kinds={"records"}):
        event = parse_entry(entry)
        if isinstance(event, RecordsImported) and event.records == records:
            last = event.source_sha256, event.mapping_sha256
    return last
