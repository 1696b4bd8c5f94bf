"""Adds entries to a targets file by inserting text: every other byte, comments included, stays as it was.

Deciding apart from touching: `insert_entry` and `replace_entry` give the new text; `write_targets` validates it
beside the old file and puts it in place in one step, or leaves the file alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from auditor.errors import ConfigError, TargetsError
from auditor.model.targets.estate import Estate
from auditor.targets.loader import load_estate
from auditor.targets.yaml.marks import MarkedEvent, has_shared, last_index, marked_events, marked_tree

STEP = 2
"""Columns by which an entry is indented."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One key with its value, as stretches of the text."""

    key: str
    start: int
    """Index of the key."""
    value: int
    """Index of the value's first character."""
    end: int
    """Index after the value; for a block collection, after its last token."""
    flow: bool
    """Written in braces or brackets."""
    kind: str
    """`mapping`, `sequence` or `scalar`."""


def insert_entry(text: str, section: str, block: str) -> str:
    """The text with a block of lines, written from column 0, added at the end of a section of mappings.

    The section is made at the end of the file where there is none. Raises `ConfigError` where the section's value is
    of a form that nothing can be added to.
    """
    own: list[_Entry] = []
    if has_shared(text):
        entries = {entry.key: entry for entry in _entries(text, "")}
    else:
        root = marked_tree(text)
        entries = {entry.key: entry for entry in _children(root)}
        own = list(_children(root, section))
    found = entries.get(section)
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = block.rstrip("\n").split("\n")
    if found is None:
        gap = "" if not text or text.endswith("\n") else newline
        return text + gap + newline + newline.join([f"{section}:", *_indented(lines, STEP)]) + newline
    if found.kind == "scalar" and not text[found.value : found.end].strip():
        return _below(text, found.start, _indented(lines, STEP), newline)
    if found.kind != "mapping":
        raise ConfigError(f"{section}: expected a mapping of entries, found another form; write the entry by hand")
    if found.flow and _holds_nothing(text, found):
        bare = text[: found.value].rstrip() + text[found.end :]
        return _below(bare, found.start, _indented(lines, STEP), newline)
    if found.flow:
        return _into_braces(text, found, lines)
    own = own or list(_entries(text, section))
    column = own[0].start - (text.rfind("\n", 0, own[0].start) + 1)
    return _below(text, max(entry.end for entry in own) - 1, _indented(lines, column), newline)


def replace_entry(text: str, section: str, id_: str, block: str) -> str:
    """The text with one entry of a section replaced by a block of lines; only entries on lines of their own."""
    own = list(_entries(text, section))
    found = next((entry for entry in own if entry.key == id_), None)
    line = text.rfind("\n", 0, found.start) + 1 if found else 0
    if found is None or text[line : found.start].strip():
        raise ConfigError(f"{section}.{id_}: not an entry on a line of its own; change it by hand")
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = _indented(block.rstrip("\n").split("\n"), found.start - line)
    end = text.find("\n", found.end - 1)
    rest = text[end:] if end >= 0 else newline
    return text[:line] + newline.join(lines) + ("\r" if rest.startswith("\n") and newline == "\r\n" else "") + rest


def append_list_item(text: str, section: str, id_: str, key: str, item: str) -> str:
    """The text with one more item in a list of an entry: `deployments.main.pages`."""
    found = next((entry for entry in _entries(text, section, id_) if entry.key == key), None)
    if found is None:
        raise ConfigError(f"{section}.{id_}.{key}: no such list in the file; add {item} there by hand")
    if found.kind == "scalar":
        return f"{text[: found.value]}[{text[found.value : found.end]}, {item}]{text[found.end :]}"
    if found.kind != "sequence":
        raise ConfigError(f"{section}.{id_}.{key}: expected a list, found another form; add {item} by hand")
    if found.flow:
        inner = text[found.value + 1 : found.end - 1].rstrip()
        comma = ", " if inner.strip() and not inner.endswith(",") else " " if inner.strip() else ""
        return f"{text[: found.value + 1]}{inner}{comma}{item}{text[found.end - 1 :]}"
    line = text.rfind("\n", 0, found.value) + 1
    newline = "\r\n" if "\r\n" in text else "\n"
    return _below(text, found.end - 1, [f"{text[line : found.value]}- {item}"], newline)


def entry_names(text: str, section: str) -> tuple[str, ...]:
    """The ids of a section that is a mapping of entries; none where it is not there."""
    return tuple(entry.key for entry in _entries(text, section))


def keys_of(text: str, section: str, id_: str) -> tuple[str, ...]:
    """The keys of one entry of a section."""
    return tuple(entry.key for entry in _entries(text, section, id_))


def is_mapping(text: str, section: str) -> bool:
    """Whether a section is there and is a mapping of entries, not a list of them."""
    return any(entry.key == section and entry.kind == "mapping" for entry in _entries(text, ""))


def write_targets(path: Path, text: str) -> Estate:
    """Put a new text in the place of a targets file, and give what it then says.

    The text is loaded from beside the file first, so that includes and documents are found: `TargetsError` with
    its problems, and the file untouched, where it cannot be used.
    """
    trial = path.with_name(f".{path.name}.new")
    try:
        with trial.open("xb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        estate = load_estate(trial)
        trial.chmod(path.stat().st_mode & 0o777)
        trial.replace(path)
    except FileExistsError as error:
        raise ConfigError(f"{trial}: left by an interrupted change; look at it and remove it") from error
    except TargetsError as error:
        problems = [problem.replace(str(trial), str(path)) for problem in error.problems]
        raise TargetsError(f"{path}: not changed, because the entry would not be valid", *problems) from error
    finally:
        trial.unlink(missing_ok=True)
    sources = {path.name if name == trial.name else name: found for name, found in estate.sources.items()}
    return replace(estate, sources=MappingProxyType(sources))


def _indented(lines: list[str], columns: int) -> list[str]:
    return [" " * columns + line if line else line for line in lines]


def _below(text: str, last: int, lines: list[str], newline: str) -> str:
    """The lines added below the line that holds the character `last`."""
    end = text.find("\n", last)
    if end < 0:
        return text + newline + newline.join(lines) + newline
    return text[: end + 1] + "".join(line + newline for line in lines) + text[end + 1 :]


def _holds_nothing(text: str, found: _Entry) -> bool:
    """Whether the braces of a section that begins a line are empty: a block can then stand in their place."""
    return not text[found.value + 1 : found.end - 1].strip() and (found.start == 0 or text[found.start - 1] == "\n")


def _into_braces(text: str, found: _Entry, lines: list[str]) -> str:
    """A block cannot stand in braces: the entry is added as a flow mapping, which JSON-like YAML also is."""
    entry = _flow(lines)
    inner = text[found.value + 1 : found.end - 1].rstrip()
    comma = ", " if inner.strip() and not inner.endswith(",") else ""
    return f"{text[: found.value + 1]}{inner}{comma}{entry}{text[found.end - 1 :]}"


def _flow(lines: list[str]) -> str:
    """Block lines whose leaves are flow values already, as one line of a flow mapping."""
    said: list[str] = []
    depths: list[int] = []
    for line in lines:
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        depth = len(line) - len(line.lstrip())
        while depths and depth <= depths[-1]:
            depths.pop()
            said.append("}")
        if said and said[-1] != "{":
            said.append(", ")
        said.append(bare)
        if bare.endswith(":"):
            said[-1] += " "
            said.append("{")
            depths.append(depth)
    return "".join([*said, *["}" for _ in depths]])


def _entries(text: str, *path: str) -> Iterator[_Entry]:
    """The entries of the mapping at a path of keys, in file order; of the file itself for an empty path."""
    wanted = [part for part in path if part]
    if has_shared(text):
        yield from _walk(marked_events(text), wanted)
    else:
        yield from _children(marked_tree(text), *wanted)


def _children(root: Any, *path: str) -> Iterator[_Entry]:
    """The entries of the mapping at a path, from the tree of a text without anchors."""
    node = root
    for part in path:
        found = node.value if node is not None and node.id == "mapping" else ()
        node = next((value for key, value in found if key.value == part), None)
    for key, value in node.value if node is not None and node.id == "mapping" else ():
        start, begin = key.start_mark.index, value.start_mark.index
        flow = value.id != "scalar" and bool(value.flow_style)
        yield _Entry(str(key.value), start, begin, max(last_index(value), begin), flow, value.id)


def _walk(events: Iterable[MarkedEvent], wanted: list[str]) -> Iterator[_Entry]:
    keys: list[str | None] = []
    """The key under way of every open collection; None in a sequence or where a key comes next."""
    kinds: list[str] = []
    open_: list[tuple[int, int, bool]] = []
    """Start of key, start of value and flow, of every open collection."""
    at_key = 0
    last = 0
    for event in events:
        start, end = event.start, event.end
        here = [key for key in keys if key is not None]
        if event.kind == "value":
            if kinds and kinds[-1] == "mapping" and keys[-1] is None:
                keys[-1], at_key = event.text, start
                last = end
                continue
            last = max(last, end if end > start else last)
            if kinds and here[:-1] == wanted and len(kinds) == len(wanted) + 1 and keys[-1] is not None:
                yield _Entry(keys[-1], at_key, start, end, False, "scalar")
        elif event.kind in ("mapping", "sequence"):
            kinds.append(event.kind)
            keys.append(None)
            open_.append((at_key, start, event.flow))
            last = max(last, end)
            continue
        elif event.kind == "end":
            kind, (key_at, value, flow) = kinds.pop(), open_.pop()
            keys.pop()
            last = end if flow else last
            here = [key for key in keys if key is not None]
            if kinds and here[:-1] == wanted and len(kinds) == len(wanted) + 1 and keys[-1] is not None:
                yield _Entry(keys[-1], key_at, value, last, flow, kind)
        else:
            continue
        if kinds and kinds[-1] == "mapping":
            keys[-1] = None
