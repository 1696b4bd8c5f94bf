"""The files of an estate before and after an import. The only part of this folder that reads the disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import ConfigError
from auditor.gc_pause import collection_paused
from auditor.targets.bulk_edits import TextEdits, apply_edits
from auditor.targets.insertion import set_key
from auditor.targets.loader import load_unwritten
from auditor.targets.problems import ProblemCollector
from auditor.targets.records.mapping import TableMapping
from auditor.targets.records.plan import HEADER, ImportPlan, plan_import
from auditor.targets.records.rows import LeftOutRow, read_records
from auditor.targets.records.table_back import table_of_records
from auditor.targets.records.tables import read_table
from auditor.targets.yaml.files import SourceFile, read_sources, would_include
from auditor.targets.yaml.nodes import MappingNode, SequenceNode, find_node


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """What an import will do."""

    plan: ImportPlan
    left_out: tuple[LeftOutRow, ...]
    texts: Mapping[Path, bytes]
    """The files that are otherwise afterwards, whole."""


def prepare_import(targets: Path, data: bytes, name: str, mapping: TableMapping) -> PreparedImport:
    """Hold a table against the files. `ConfigError` where it cannot be read, or the files would not be valid."""
    with collection_paused():
        sources = _sources(targets)
        reading = read_records(read_table(data, name, mapping), mapping, _defaults(sources, mapping))
        plan = plan_import(reading, mapping, sources, targets.parent)
        texts = _texts(plan, sources, mapping, targets)
    if texts:
        load_unwritten(targets, texts)
    return PreparedImport(plan, reading.left_out, texts)


def stored_table(targets: Path, mapping: TableMapping) -> tuple[tuple[str, ...], ...]:
    """Headers and rows of the records in the files. `ConfigError` where they cannot be read."""
    with collection_paused():
        return table_of_records(_sources(targets), mapping)


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
