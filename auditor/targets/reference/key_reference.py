"""The reference part of `docs/targets.md`, written from the declarations that the loader itself uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.targets.problems import PROBLEM_CODES, is_warning
from auditor.targets.sections.registry import SECTION_TYPES
from auditor.targets.sections.settings import HEAD
from auditor.targets.values.types import Either, Key, ListOf, MapOf, RecordList, RecordType, ValueType


def reference_markdown() -> str:
    """Markdown: the keys of every record, in the order of the sections, and the table of codes."""
    lines = ["## Keys", "", "At the top of the file:", "", *_table(HEAD)]
    for name, kind in SECTION_TYPES.items():
        lines += [f"| `{name}` | {_kind(kind)} |  | {_said(kind)} |"]
    lines.append("")
    seen: set[str] = set()
    for kind in SECTION_TYPES.values():
        for record in _records(kind):
            if record.name not in seen:
                seen.add(record.name)
                lines += [f"### {record.name}", "", *([record.doc, ""] if record.doc else []), *_table(record.keys), ""]
    return "\n".join([*lines, *_codes()])


def _table(keys: Mapping[str, Key]) -> list[str]:
    rows = ["| key | value | required | meaning |", "| --- | --- | --- | --- |"]
    for name, key in keys.items():
        meaning = (key.doc or key.required or _said(key.kind)).replace("|", "\\|")
        rows.append(f"| `{name}` | {_kind(key.kind)} | {'yes' if key.required else ''} | {meaning} |")
    return rows


def _said(kind: ValueType) -> str:
    record = next(_records(kind), None)
    return record.doc if record else ""


def _kind(kind: ValueType) -> str:
    return kind.name.replace("|", "\\|")


def _records(kind: ValueType) -> Iterator[RecordType]:
    """The records a kind is made of, the outer before the inner."""
    if isinstance(kind, RecordType):
        yield kind
        for key in kind.keys.values():
            yield from _records(key.kind)
    elif isinstance(kind, (ListOf, MapOf)):
        yield from _records(kind.item)
    elif isinstance(kind, RecordList):
        yield from _records(kind.as_map)
    elif isinstance(kind, Either):
        yield from _records(kind.mapping)


def _codes() -> list[str]:
    rows = ["## Codes", "", "An error stops the command; a warning does not.", ""]
    rows += ["| code | severity | what it says |", "| --- | --- | --- |"]
    rows += [
        f"| {code} | {'warning' if is_warning(code) else 'error'} | {text} |" for code, text in PROBLEM_CODES.items()
    ]
    return [*rows, ""]
