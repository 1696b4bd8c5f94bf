"""Adds items to lists of mappings (`contracts:`, their `amendments:`) and keys to entries, by inserting text.

As in `editing`, every other byte stays as it was, comments included.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from auditor.errors import ConfigError
from auditor.targets.starter_file import quote_yaml
from auditor.targets.yaml.marks import last_index, marked_tree

STEP = 2
"""Columns by which an item is indented."""
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*", re.ASCII)

Values = Mapping[str, object]
Node = Any
"""A node of `marked_tree`."""


def add_item(text: str, path: Sequence[str], item: Values) -> str:
    """The text with one more item at the end of a list.

    `path`: keys that lead to the list, and the `id` of an item where a list lies between: `contracts`, `AG-7`,
    `amendments`. A list that is not there is made. `ConfigError` where the way leads to nothing, or to another form.
    """
    return add_items(text, path, [item])


def add_items(text: str, path: Sequence[str], items: Sequence[Values], *, inline: bool = False) -> str:
    """As `add_item`, several at once; `inline`: each on one line, in braces."""
    newline = "\r\n" if "\r\n" in text else "\n"
    root = marked_tree(text)
    node = root
    holder: Node = None
    for place, part in enumerate(path):
        holder, node = node, _inside(node, part)
        if node is None and place < len(path) - 1:
            raise ConfigError(f"{'.'.join(path[: place + 1])}: no such entry in the file")
        _require_own(node, path[: place + 1])
    key = path[-1]
    if node is None and holder is None:
        return _below(text, len(text), [f"{key}:", *_blocks(items, STEP, inline)], newline)
    if node is None:
        return _new_list(text, holder, key, items, newline, inline)
    if _is(node, "scalar") and not text[node.start_mark.index : node.end_mark.index].strip():
        column = 0 if holder is None else holder.start_mark.column
        return _below(text, node.start_mark.index, _blocks(items, column + STEP, inline), newline)
    if not _is(node, "sequence"):
        raise ConfigError(f"{'.'.join(path)}: expected a list, found another form; add the item by hand")
    if node.flow_style or not node.value:
        return _into_brackets(text, node, items)
    column = _dash_column(text, node)
    return _below(text, last_index(node), _blocks(items, column, inline), newline)


def set_key(text: str, path: Sequence[str], key: str, value: object) -> str:
    """The text with a key of the mapping at `path` set: added as a line of its own, or its value replaced.

    `ConfigError` where the way leads to nothing, or to another form.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    node = marked_tree(text)
    for place, part in enumerate(path):
        node = _inside(node, part)
        if node is None:
            raise ConfigError(f"{'.'.join(path[: place + 1])}: no such entry in the file")
        _require_own(node, path[: place + 1])
    if not _is(node, "mapping"):
        raise ConfigError(f"{'.'.join(path)}: expected a mapping, found another form; add {key} by hand")
    old = _inside(node, key)
    _require_own(old, (*path, key))
    if old is not None and (_is(old, "scalar") or _in_flow(old)):
        gap = " " if old.start_mark.index and text[old.start_mark.index - 1] == ":" else ""
        return text[: old.start_mark.index] + gap + flow(value) + text[old.end_mark.index :]
    if old is not None:
        raise ConfigError(f"{'.'.join((*path, key))}: is there on lines of its own; change it by hand")
    if node.flow_style:
        end = node.end_mark.index - 1
        inner = text[node.start_mark.index + 1 : end].rstrip()
        comma = ", " if inner.strip() and not inner.endswith(",") else ""
        return f"{text[: node.start_mark.index + 1]}{inner}{comma}{key}: {flow(value)}{text[end:]}"
    column = node.value[0][0].start_mark.column
    return _below(text, last_index(node), [" " * column + f"{flow_key(key)}: {flow(value)}"], newline)


def _is(node: Node, kind: str) -> bool:
    return node is not None and node.id == kind


def _require_own(node: Node, path: Sequence[str]) -> None:
    """Raises `ConfigError` for a node with an anchor: what is written there stands at every alias of it too."""
    anchor = getattr(node, "anchor", None)
    if anchor is not None:
        raise ConfigError(f"{'.'.join(path)}: is shared by the anchor &{anchor}; change it by hand")


def _inside(node: Node, part: str) -> Node:
    """The value of a key of a mapping, or the item of a list with that id, or about that deployment."""
    if _is(node, "mapping"):
        return next((value for key, value in node.value if key.value == part), None)
    if _is(node, "sequence"):
        return next((item for item in node.value if _id(item) == part), None)
    return None


def _id(item: Node) -> str:
    if not _is(item, "mapping"):
        return ""
    found = _inside(item, "id") or _inside(item, "deployment")
    return str(found.value) if found is not None and _is(found, "scalar") else ""


def _in_flow(node: Node) -> bool:
    """Whether a collection is written in braces or brackets."""
    return node is not None and node.id != "scalar" and bool(node.flow_style)


def _dash_column(text: str, node: Node) -> int:
    """The column of the dashes of a block list."""
    start = node.value[0].start_mark.index
    dash = text.rfind("-", 0, start)
    return dash - (text.rfind("\n", 0, dash) + 1)


def _new_list(text: str, holder: Node, key: str, items: Sequence[Values], newline: str, inline: bool) -> str:
    """The list under a new key at the end of the mapping that should hold it."""
    if not _is(holder, "mapping"):
        raise ConfigError(f"{key}: expected a mapping to put it in, found another form; add it by hand")
    if holder.flow_style:
        end = holder.end_mark.index - 1
        inner = text[holder.start_mark.index + 1 : end].rstrip()
        comma = ", " if inner.strip() and not inner.endswith(",") else ""
        return f"{text[: holder.start_mark.index + 1]}{inner}{comma}{key}: [{', '.join(map(flow, items))}]{text[end:]}"
    column = holder.value[0][0].start_mark.column if holder.value else holder.start_mark.column
    lines = [" " * column + f"{key}:", *_blocks(items, column + STEP, inline)]
    return _below(text, last_index(holder), lines, newline)


def _into_brackets(text: str, node: Node, items: Sequence[Values]) -> str:
    start, end = node.start_mark.index, node.end_mark.index - 1
    inner = text[start + 1 : end].rstrip()
    comma = ", " if inner.strip() and not inner.endswith(",") else ""
    return f"{text[: start + 1]}{inner}{comma}{', '.join(map(flow, items))}{text[end:]}"


def _blocks(items: Sequence[Values], column: int, inline: bool) -> list[str]:
    """Items as lines: a dash, then its keys, each value on the line of its key; a list of mappings on lines below."""
    lines: list[str] = []
    for item in items:
        if inline:
            lines.append(" " * column + f"- {flow(item)}")
            continue
        for number, (key, value) in enumerate(item.items()):
            start = " " * column + ("- " if number == 0 else "  ")
            if isinstance(value, list) and value and isinstance(value[0], Mapping):
                lines += [f"{start}{key}:", *(" " * (column + 2 * STEP) + f"- {flow(one)}" for one in value)]
            else:
                lines.append(f"{start}{key}: {flow(value)}")
    return lines


def flow(value: object) -> str:
    """A value as flow YAML; texts are quoted, so that nothing in them is read as something else."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow_key(str(key))}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else quote_yaml(str(value))


def flow_key(key: str) -> str:
    """A key as it can stand anywhere; quoted where it is not letters, digits, `_` and `-` alone."""
    return key if _PLAIN_KEY.fullmatch(key) else quote_yaml(key)


def remove_key(text: str, path: Sequence[str], key: str) -> str:
    """The text without a key of the mapping at `path`; as it is where the key is not there.

    `ConfigError` where the way leads to nothing, or to another form.
    """
    node = marked_tree(text)
    for place, part in enumerate(path):
        node = _inside(node, part)
        if node is None:
            raise ConfigError(f"{'.'.join(path[: place + 1])}: no such entry in the file")
    pairs = node.value if _is(node, "mapping") else []
    place = next((number for number, (name, _) in enumerate(pairs) if name.value == key), -1)
    if place < 0:
        return text
    start, end = pairs[place][0].start_mark.index, max(last_index(pairs[place][1]), pairs[place][0].end_mark.index + 1)
    if node.flow_style:
        if place + 1 < len(pairs):
            return text[:start] + text[pairs[place + 1][0].start_mark.index :]
        before = last_index(pairs[place - 1][1]) if place else start
        return text[:before] + text[end:]
    line = text.rfind("\n", 0, start) + 1
    if len(pairs) == 1 or text[line:start].strip():
        raise ConfigError(f"{'.'.join((*path, key))}: cannot be taken out by itself; change it by hand")
    below = text.find("\n", end - 1)
    return text[:line] + (text[below + 1 :] if below >= 0 else "")


EntryKey = tuple[str, str]
"""A section and the id of an entry."""


def entry_spans(text: str, wanted: Collection[EntryKey]) -> tuple[list[tuple[int, int, EntryKey]], list[EntryKey]]:
    """Where entries stand, as whole lines from their first to their last token, and those that are not on lines of
    their own. `ConfigError` for one that is not there."""
    root = marked_tree(text)
    spans: list[tuple[int, int, EntryKey]] = []
    whole: list[EntryKey] = []
    found: dict[EntryKey, tuple[int, Node]] = {}
    for section in {section for section, _ in wanted}:
        holder = _inside(root, section)
        if _is(holder, "mapping"):
            found |= {(section, str(name.value)): (name.start_mark.index, one) for name, one in holder.value}
        elif _is(holder, "sequence"):
            found |= {(section, _id(one)): (one.start_mark.index, one) for one in holder.value}
    for key in wanted:
        if key not in found:
            raise ConfigError(f"{'.'.join(key)}: no such entry in the file")
        start, node = found[key]
        line = text.rfind("\n", 0, start) + 1
        below = text.find("\n", max(last_index(node) - 1, start))
        if text[line:start].strip(" -") or _in_flow(_inside(root, key[0])):
            whole.append(key)
        else:
            spans.append((line, below + 1 if below >= 0 else len(text), key))
    return spans, whole


def _below(text: str, last: int, lines: list[str], newline: str) -> str:
    """The lines added below the line that the text up to `last` ends on."""
    end = text.find("\n", max(last - 1, 0))
    if end < 0:
        return text + ("" if not text or text.endswith("\n") else newline) + newline.join(lines) + newline
    return text[: end + 1] + "".join(line + newline for line in lines) + text[end + 1 :]


def read_flat_mapping(text: str, path: str) -> dict[str, str]:
    """A YAML or JSON mapping of names to single values, as written; `ConfigError` for any other form."""
    node = marked_tree(text)
    if not _is(node, "mapping"):
        raise ConfigError(f"{path}: expected a mapping of answers, such as `vendor: A. Vendor Ltd`")
    found: dict[str, str] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not _is(key, "scalar") or not _is(value, "scalar"):
            raise ConfigError(f"{path}:{line}: expected one value for each name")
        if key.value in found:
            raise ConfigError(f"{path}:{line}: {key.value} stands there twice")
        found[str(key.value)] = str(value.value)
    return found
