"""Adds items to lists of mappings (`contracts:`, their `amendments:`) and keys to entries, by inserting text.

As in `editing`, every other byte stays as it was, comments included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from auditor.errors import ConfigError
from auditor.targets.starter_file import quote_yaml

STEP = 2
"""Columns by which an item is indented."""

Values = Mapping[str, object]


def add_item(text: str, path: Sequence[str], item: Values) -> str:
    """The text with one more item at the end of a list.

    `path`: keys that lead to the list, and the `id` of an item where a list lies between: `contracts`, `AG-7`,
    `amendments`. A list that is not there is made. `ConfigError` where the way leads to nothing, or to another form.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    root = _composed(text)
    node: Node | None = root
    holder: Node | None = None
    for place, part in enumerate(path):
        holder, node = node, _inside(node, part)
        if node is None and place < len(path) - 1:
            raise ConfigError(f"{'.'.join(path[: place + 1])}: no such entry in the file")
        _require_own(node, path[: place + 1])
    key = path[-1]
    if node is None and holder is None:
        return _below(text, len(text), [f"{key}:", *_block(item, STEP)], newline)
    if node is None:
        return _new_list(text, holder, key, item, newline)
    if isinstance(node, ScalarNode) and not text[node.start_mark.index : node.end_mark.index].strip():
        column = 0 if holder is None else holder.start_mark.column
        return _below(text, node.start_mark.index, _block(item, column + STEP), newline)
    if not isinstance(node, SequenceNode):
        raise ConfigError(f"{'.'.join(path)}: expected a list, found another form; add the item by hand")
    if node.flow_style or not node.value:
        return _into_brackets(text, node, item)
    column = _dash_column(text, node)
    return _below(text, _last(node), _block(item, column), newline)


def set_key(text: str, path: Sequence[str], key: str, value: object) -> str:
    """The text with a key of the mapping at `path` set: added as a line of its own, or its value replaced.

    `ConfigError` where the way leads to nothing, or to another form.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    node = _composed(text)
    for place, part in enumerate(path):
        node = _inside(node, part)
        if node is None:
            raise ConfigError(f"{'.'.join(path[: place + 1])}: no such entry in the file")
        _require_own(node, path[: place + 1])
    if not isinstance(node, MappingNode):
        raise ConfigError(f"{'.'.join(path)}: expected a mapping, found another form; add {key} by hand")
    old = _inside(node, key)
    _require_own(old, (*path, key))
    if old is not None and (isinstance(old, ScalarNode) or _in_flow(old)):
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
    return _below(text, _last(node), [" " * column + f"{key}: {flow(value)}"], newline)


def _composed(text: str) -> Node | None:
    try:
        node: Node | None = YAML(typ="rt", pure=True).compose(text)
    except YAMLError as error:
        raise ConfigError(f"the file is not YAML: {str(error).splitlines()[0]}; run: auditor check") from error
    return node


def _require_own(node: Node | None, path: Sequence[str]) -> None:
    """Raises `ConfigError` for a node with an anchor: what is written there stands at every alias of it too."""
    if node is not None and node.anchor is not None:
        raise ConfigError(f"{'.'.join(path)}: is shared by the anchor &{node.anchor}; change it by hand")


def _inside(node: Node | None, part: str) -> Node | None:
    """The value of a key of a mapping, or the item of a list with that id."""
    if isinstance(node, MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, SequenceNode):
        return next((item for item in node.value if _id(item) == part), None)
    return None


def _id(item: Node) -> str:
    found = _inside(item, "id") if isinstance(item, MappingNode) else None
    return str(found.value) if isinstance(found, ScalarNode) else ""


def _last(node: Node) -> int:
    """Index after the last token of a node; trailing comments and blank lines are not part of it."""
    if isinstance(node, ScalarNode) or _in_flow(node) or not node.value:
        return int(node.end_mark.index)
    value = node.value[-1]
    return _last(value[1] if isinstance(node, MappingNode) else value)


def _in_flow(node: Node) -> bool:
    """Whether a collection is written in braces or brackets."""
    return isinstance(node, MappingNode | SequenceNode) and bool(node.flow_style)


def _dash_column(text: str, node: SequenceNode) -> int:
    """The column of the dashes of a block list."""
    start = node.value[0].start_mark.index
    dash = text.rfind("-", 0, start)
    return dash - (text.rfind("\n", 0, dash) + 1)


def _new_list(text: str, holder: Node | None, key: str, item: Values, newline: str) -> str:
    """The list under a new key at the end of the mapping that should hold it."""
    if not isinstance(holder, MappingNode):
        raise ConfigError(f"{key}: expected a mapping to put it in, found another form; add it by hand")
    if holder.flow_style:
        end = holder.end_mark.index - 1
        inner = text[holder.start_mark.index + 1 : end].rstrip()
        comma = ", " if inner.strip() and not inner.endswith(",") else ""
        return f"{text[: holder.start_mark.index + 1]}{inner}{comma}{key}: [{flow(item)}]{text[end:]}"
    column = holder.value[0][0].start_mark.column if holder.value else holder.start_mark.column
    lines = [" " * column + f"{key}:", *_block(item, column + STEP)]
    return _below(text, _last(holder), lines, newline)


def _into_brackets(text: str, node: SequenceNode, item: Values) -> str:
    start, end = node.start_mark.index, node.end_mark.index - 1
    inner = text[start + 1 : end].rstrip()
    comma = ", " if inner.strip() and not inner.endswith(",") else ""
    return f"{text[: start + 1]}{inner}{comma}{flow(item)}{text[end:]}"


def _block(item: Values, column: int) -> list[str]:
    """An item as lines: a dash, then its keys, each value on the line of its key."""
    lines = [f"{key}: {flow(value)}" for key, value in item.items()]
    return [" " * column + ("- " if number == 0 else "  ") + line for number, line in enumerate(lines)]


def flow(value: object) -> str:
    """A value as flow YAML; texts are quoted, so that nothing in them is read as something else."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else quote_yaml(str(value))


def _below(text: str, last: int, lines: list[str], newline: str) -> str:
    """The lines added below the line that the text up to `last` ends on."""
    end = text.find("\n", max(last - 1, 0))
    if end < 0:
        return text + ("" if not text or text.endswith("\n") else newline) + newline.join(lines) + newline
    return text[: end + 1] + "".join(line + newline for line in lines) + text[end + 1 :]


def read_flat_mapping(text: str, path: str) -> dict[str, str]:
    """A YAML or JSON mapping of names to single values, as written; `ConfigError` for any other form."""
    node = _composed(text)
    if not isinstance(node, MappingNode):
        raise ConfigError(f"{path}: expected a mapping of answers, such as `vendor: A. Vendor Ltd`")
    found: dict[str, str] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode) or not isinstance(value, ScalarNode):
            raise ConfigError(f"{path}:{line}: expected one value for each name")
        if key.value in found:
            raise ConfigError(f"{path}:{line}: {key.value} stands there twice")
        found[str(key.value)] = str(value.value)
    return found
