"""`auditor import`: a table of another system taken into `targets.yaml` and its includes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor import owner_only_file
from auditor.custody import Journal, open_workspace, require_initialised
from auditor.errors import ConfigError
from auditor.formats.storable_text import as_unicode, bounded
from auditor.gc_pause import collection_paused
from auditor.model.events import RecordsImported, parse_entry
from auditor.targets import load_unwritten
from auditor.targets.bulk_edits import TextEdits, apply_edits
from auditor.targets.insertion import set_key
from auditor.targets.problems import ProblemCollector
from auditor.targets.records import (
    HEADER,
    ImportPlan,
    LeftOutRow,
    RecordKind,
    TableMapping,
    plain_mapping,
    plan_import,
    read_mapping,
    read_records,
    read_table,
)
from auditor.targets.yaml.files import SourceFile, read_sources, would_include
from auditor.targets.yaml.nodes import MappingNode, SequenceNode, find_node
from auditor.workflow.wiring import key_passphrase
from auditor.workspace import Workspace

MAX_MAPPING = 1 << 20


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or with `dry_run` would do."""

    plan: ImportPlan
    left_out: tuple[LeftOutRow, ...]
    source_sha256: str
    files: tuple[str, ...]
    """Files that are written, relative to `targets.yaml`."""
    written: bool
    """False for a preview, and where rows were refused and are not to be skipped."""


def import_records(
    workspace: Workspace,
    records: RecordKind,
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
    # 2. against the files
    with collection_paused():
        sources = _sources(workspace.targets)
        reading = read_records(read_table(data, path.name, mapping), mapping, _defaults(sources, mapping))
        folder = workspace.targets.parent
        plan = plan_import(reading, mapping, sources, folder)
        texts = _texts(plan, sources, mapping, workspace.targets)
    # 3. valid as a whole
    if texts:
        load_unwritten(workspace.targets, texts)
    files = tuple(sorted(one.relative_to(folder).as_posix() for one in texts))
    digest = hashlib.sha256(data).hexdigest()
    write = not dry_run and (skip_refused or not plan.refused)
    result = ImportResult(plan, reading.left_out, digest, files, write)
    # 4. written and journalled
    if write:
        _keep(workspace, records, path.name, mapping_sha256, result, texts)
    return result


def _read(path: Path, records: RecordKind, mapping_path: Path | None) -> tuple[bytes, TableMapping, str | None]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    mapping, digest = load_mapping(records, mapping_path)
    return data, mapping, digest


def load_mapping(records: RecordKind, path: Path | None) -> tuple[TableMapping, str | None]:
    """The mapping of a file, with its digest; the plain one where none is named."""
    if path is None:
        return plain_mapping(records), None
    try:
        if path.stat().st_size > MAX_MAPPING:
            raise ConfigError(f"{path}: larger than {MAX_MAPPING >> 20} MB; expected a mapping")
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return read_mapping(raw, str(path), records), hashlib.sha256(raw).hexdigest()


def _sources(path: Path) -> tuple[SourceFile, ...]:
    notes = ProblemCollector()
    sources = read_sources(path, notes)
    missing = {"S21"}  # a pattern that matches no file yet is what an import is for
    errors = [str(one) for one in notes.in_order() if one.severity == "error" and one.code not in missing]
    if errors or not sources:
        raise ConfigError(*(errors or map(str, notes.in_order())))
    return sources


def _defaults(sources: tuple[SourceFile, ...], mapping: TableMapping) -> Mapping[str, str]:
    """What a contract need not say where the file has but one of it."""
    if mapping.records != "contracts":
        return {}
    found = {"kind": "end_user"}
    licensors, products = [], []
    for source in sources:
        parties, known = source.root.get("parties"), source.root.get("products")
        for id_, (_, node) in parties.items.items() if isinstance(parties, MappingNode) else ():
            if getattr(find_node(node, "role"), "text", "") == "licensor":
                licensors.append(id_)
        products += list(known.items) if isinstance(known, MappingNode) else []
    for name, ids in (("licensor", licensors), ("product", products)):
        if len(ids) == 1:
            found[name] = ids[0]
    return found


def _texts(plan: ImportPlan, sources: tuple[SourceFile, ...], mapping: TableMapping, main: Path) -> dict[Path, bytes]:
    """The files that are otherwise afterwards, whole."""
    there = {source.path: source for source in sources}
    texts: dict[Path, bytes] = {}
    for path, edits in plan.edits.items():
        if path not in there and path.exists():
            raise ConfigError(f"{path}: is there, but no include: of {main.name} names it; add its pattern, or move it")
        raw = path.read_bytes() if path in there else b""
        mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
        before = raw.removeprefix(mark).decode("utf-8")
        after = mark + apply_edits(before or HEADER, _sorted(edits)).encode("utf-8")
        if after != raw:
            texts[path] = after
    if any(path not in there for path in texts):
        _include(texts, sources[0], mapping)
    return texts


def _sorted(edits: TextEdits) -> TextEdits:
    """What is added, in the order of its ids, whatever that of the table."""
    added = {section: sorted(entries, key=lambda one: one[0]) for section, entries in edits.added.items()}
    orders = {name: sorted(items, key=lambda one: str(one["deployment"])) for name, items in edits.orders.items()}
    return TextEdits(edits.changed, added, orders)


def _include(texts: dict[Path, bytes], main: SourceFile, mapping: TableMapping) -> None:
    """The pattern of the import's folder among the includes of the main file."""
    pattern = f"{mapping.into.rstrip('/')}/*.yaml"
    node = main.root.get("include")
    known = [getattr(one, "text", "") for one in (node.items if isinstance(node, SequenceNode) else [node])]
    if any(one and would_include(one, Path(mapping.into) / "x.yaml") for one in known):
        return
    raw = texts.get(main.path, main.path.read_bytes())
    mark = "\ufeff" if raw.startswith(b"\xef\xbb\xbf") else ""
    text = raw.decode("utf-8").removeprefix("\ufeff")
    if node is None:
        text = set_key(text, (), "include", [pattern])
    elif isinstance(node, SequenceNode):
        raise ConfigError(f"{main.label}: include: does not name {pattern}; add it there")
    else:
        text = set_key(text, (), "include", [*known, pattern])
    texts[main.path] = (mark + text).encode("utf-8")


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
    records: RecordKind,
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
    with open_workspace(workspace.root, passphrase=key_passphrase()) as custody:
        for file in sorted(texts):
            _write(file, texts[file])
        custody.journal.record(event)


def _last_import(workspace: Workspace, records: RecordKind) -> tuple[str, str | None] | None:
    last = None
    for entry in Journal.open(workspace.root).entries(kinds={"records"}):
        event = parse_entry(entry)
        if isinstance(event, RecordsImported) and event.records == records:
            last = event.source_sha256, event.mapping_sha256
    return last
