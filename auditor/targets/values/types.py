"""The kinds of value a targets file can hold: each reads a node into a value of the model and describes itself.

One declaration serves the reader, the published JSON Schema and the documentation, so they cannot drift apart.
Reading never raises: what is wrong is noted with its place, and `BAD` stands for a value that could not be had.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as Mapped
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from auditor.model.targets.contracts import Source
from auditor.targets.problems import ProblemCollector
from auditor.targets.spelling import hint, nearest
from auditor.targets.yaml.nodes import MappingNode, ScalarNode, SequenceNode, YamlNode, trim_path

Defs = dict[str, Any]
"""Schemas of records by name, shared by a published schema."""

ValuePath = tuple[Any, ...] | None
"""A chain `(parent, part)` from the inside out; rendered only when something is wrong."""

SWITCHES = frozenset({"on", "off", "yes", "no", "y", "n", "true", "false"})
SECRETS = frozenset(
    {"password", "passwd", "pwd", "secret", "token", "cookie", "api_key", "username", "user", "credentials"}
)


_NO_SOURCE: Final = Source()
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", re.ASCII)


class _Bad:
    def __repr__(self) -> str:
        return "BAD"


BAD: Final = _Bad()


class PendingReference(NamedTuple):
    """A relation by id, to be checked when all files are read."""

    section: str
    id: str
    file: str
    at: int
    where: ValuePath


@dataclass(frozen=True, slots=True)
class LoadContext:
    """What reading needs besides the node: whose file it is, where to note problems, the currency in force."""

    file: str
    notes: ProblemCollector
    currency: str = ""
    timezone: str = ""
    references: list[PendingReference] = field(default_factory=list)
    places: dict[int, tuple[Any, str, MappingNode]] = field(default_factory=dict)
    """From the identity of a value to the value, its file and its node; for records marked `placed`."""

    def place_of(self, value: object) -> tuple[str, MappingNode] | None:
        """The file and node that a placed value was read from."""
        found = self.places.get(id(value))
        return None if found is None else (found[1], found[2])

    def note(self, code: str, at: int, where: ValuePath | str, message: str) -> None:
        self.notes.add(code, (self.file, at), where if isinstance(where, str) else render_path(where), message)


def render_path(where: ValuePath) -> str:
    """The path of a value as messages show it."""
    return trim_path(_join(where))


def last_key(where: ValuePath) -> str:
    """The last key of a path, with its indices: `per_extra`, `urls[1]`."""
    return _join(where).rsplit(".", 1)[-1]


def _join(where: ValuePath) -> str:
    parts: list[str] = []
    while where is not None:
        where, part = where
        parts.append(f"[{part}]" if isinstance(part, int) else f".{part}")
    return "".join(reversed(parts)).removeprefix(".")


class ValueType:
    """A kind of value."""

    name = "value"

    def read(self, node: YamlNode, where: ValuePath, context: LoadContext) -> Any:
        """The value, or `BAD` after noting why not."""
        raise TypeError(f"{type(self).__name__} does not say how it reads")

    def schema(self, defs: Defs) -> dict[str, Any]:
        """JSON Schema (2020-12) of the value, for editors."""
        return {}


def node_shape(node: YamlNode) -> str:
    return {MappingNode: "a mapping", SequenceNode: "a list", ScalarNode: "a single value"}[type(node)]


def note_wrong_shape(node: YamlNode, where: ValuePath, context: LoadContext, expected: str) -> Any:
    """Notes a value of the wrong shape, or one that is present but empty."""
    if isinstance(node, ScalarNode) and node.plain and node.text in ("", "~", "null"):
        context.note("S11", node.at, where, "is present but empty. Give a value or remove the key.")
    else:
        context.note("S12", node.at, where, f"{expected} is expected here, not {node_shape(node)}.")
    return BAD


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a record."""

    kind: ValueType
    required: str = ""
    """Why the key must be there, said when it is missing; empty where it may be absent."""
    doc: str = ""
    code: str = "S16"
    into: str = ""
    """Name of the field of the model, where it differs from the key."""


class ListOf(ValueType):
    """A list; gives a tuple. A single value is taken as a list of one where `lone` allows it."""

    def __init__(self, item: ValueType, lone: bool = False) -> None:
        self.item = item
        self.lone = lone
        self.name = f"list of {item.name}"

    def read(self, node: YamlNode, where: ValuePath, context: LoadContext) -> Any:
        if not isinstance(node, SequenceNode):
            if self.lone and isinstance(node, ScalarNode) and node.text not in ("", "~", "null"):
                value = self.item.read(node, where, context)
                return BAD if value is BAD else (value,)
            return note_wrong_shape(node, where, context, "a list")
        values = [self.item.read(item, (where, index), context) for index, item in enumerate(node.items)]
        return tuple(value for value in values if value is not BAD)

    def schema(self, defs: Defs) -> dict[str, Any]:
        many = {"type": "array", "items": self.item.schema(defs)}
        return {"anyOf": [self.item.schema(defs), many]} if self.lone else many


class MapOf(ValueType):
    """Ids mapped to values; gives an immutable mapping. Records receive their id as the key `id`."""

    def __init__(self, item: ValueType, ids: bool = True) -> None:
        self.item = item
        self.ids = ids
        self.name = f"mapping of {item.name}"

    def read(self, node: YamlNode, where: ValuePath, context: LoadContext) -> Any:
        if not isinstance(node, MappingNode):
            return note_wrong_shape(node, where, context, "a mapping")
        values: dict[str, Any] = {}
        for key, (at, child) in node.items.items():
            if self.ids and not check_id(key, at, where, context):
                continue
            if self.ids and isinstance(self.item, RecordType):
                value = self.item.read(child, (where, key), context, key)
            else:
                value = self.item.read(child, (where, key), context)
            if value is not BAD:
                values[key] = value
        return MappingProxyType(values)

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.item.schema(defs)}


def check_id(key: str, at: int, where: ValuePath, context: LoadContext) -> bool:
    """Ids name folders and appear in commands: letters, digits, `. _ -`; no word that YAML 1.1 reads as a boolean."""
    if key.lower() in SWITCHES:
        context.note("S03", at, "", f'key "{key}" was read as {boolean_meant(key)} by YAML. Choose another id.')
        return False
    if _PLAIN_ID.fullmatch(key):
        return True
    if not key or len(key) > 80 or key[0] in ".-_" or not all(char.isalnum() or char in "._-" for char in key):
        what = f'"{key[:90]}" cannot be an id. Use letters, digits, ".", "_", "-", a letter or digit first, at most 80.'
        context.note("S22", at, where, what)
        return False
    return True


def boolean_meant(word: str) -> str:
    return "true" if word.lower() in ("on", "yes", "y", "true") else "false"


class RecordType(ValueType):
    """A mapping with known keys that becomes one value of the model."""

    def __init__(
        self,
        name: str,
        target: Callable[..., Any],
        keys: Mapped[str, Key],
        *,
        hints: Mapped[str, str] = MappingProxyType({}),
        shorthand: str = "",
        finish: Callable[[dict[str, Any], MappingNode, ValuePath, LoadContext], dict[str, Any] | None] | None = None,
        placed: bool = False,
        identified: bool = True,
        doc: str = "",
    ) -> None:
        self.name = name
        self.target = target
        self.keys = keys
        self.hints = hints
        self.shorthand = shorthand
        self.finish = finish
        self.placed = placed
        self.identified = identified
        self.doc = doc
        self.readers = {name: (key.kind.read, key.into or name) for name, key in keys.items()}
        self.required = tuple((name, key.into or name) for name, key in keys.items() if key.required)
        self.sourced = {"clause", "document"} <= keys.keys()
        self.priced = "currency" in keys

    def read(self, node: YamlNode, where: ValuePath, context: LoadContext, id_: str = "") -> Any:
        if isinstance(node, ScalarNode) and self.shorthand and node.text:
            alone = self.keys[self.shorthand].kind.read(node, where, context)
            return BAD if alone is BAD else self.target(**{self.keys[self.shorthand].into or self.shorthand: alone})
        if not isinstance(node, MappingNode):
            return note_wrong_shape(node, where, context, f"a mapping ({', '.join(list(self.keys)[:4])} …)")
        context = self._scoped(node, context)
        values = self._values(node, where, context)
        if id_ and self.identified:
            values["id"] = id_
        if not self._complete(node, values, where, context):
            return BAD
        if self.finish is not None:
            finished = self.finish(values, node, where, context)
            if finished is None:
                return BAD
            values = finished
        value = self.target(**values)
        if self.placed:
            context.places[id(value)] = (value, context.file, node)
        return value

    def _scoped(self, node: MappingNode, context: LoadContext) -> LoadContext:
        if self.priced and isinstance(own := node.get("currency"), ScalarNode) and own.text:
            return replace(context, currency=own.text)
        return context

    def _values(self, node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
        values: dict[str, Any] = {}
        readers = self.readers
        for name, (at, child) in node.items.items():
            reader = readers.get(name)
            if reader is None:
                self._unknown(name, at, where, context)
                continue
            read, into = reader
            value = read(child, (where, name), context)
            if value is not BAD:
                values[into] = value
        if self.sourced:
            clause, document = values.pop("clause", ""), values.pop("document", "")
            values["source"] = Source(clause, document) if clause or document else _NO_SOURCE
        return values

    def _complete(self, node: MappingNode, values: dict[str, Any], where: ValuePath, context: LoadContext) -> bool:
        complete = True
        for name, into in self.required:
            if into in values:
                continue
            key = self.keys[name]
            if name not in node.items:
                missing = key.required if key.required.endswith(".") else f'"{name}" is missing. Give {key.required}.'
                context.note(key.code, node.at, where, missing)
            complete = False
        return complete

    def _unknown(self, name: str, at: int, where: ValuePath, context: LoadContext) -> None:
        if name in self.hints:
            context.note("S01", at, where, f'unknown key "{name}". {self.hints[name]}')
        elif name.lower() in SWITCHES:
            dates = [key for key, spec in self.keys.items() if spec.kind.name == "date"]
            use = " or ".join([", ".join(dates[:-1]), dates[-1]] if len(dates) > 1 else dates) or "another key"
            context.note("S03", at, "", f'key "{name}" was read as {boolean_meant(name)} by YAML. Use {use}.')
        elif name.lower() in SECRETS or name.lower().endswith(("_password", "_secret", "_token")):
            what = f'"{name}" would keep a secret in this file. Name an environment variable with {name.lower()}_env.'
            context.note("D05", at, where, what)
        elif name == "<<":
            context.note("S01", at, where, 'unknown key "<<": merge keys are not used. Write the keys out.')
        else:
            context.note("S01", at, where, f'unknown key "{name[:80]}". {hint(nearest(name, self.keys), self.keys)}')

    def schema(self, defs: Defs) -> dict[str, Any]:
        name = self.name.replace(" ", "_")
        if name not in defs:
            defs[name] = {}
            defs[name].update(self._shape(defs))
        shape = {"$ref": f"#/$defs/{name}"}
        return {"anyOf": [self.keys[self.shorthand].kind.schema(defs), shape]} if self.shorthand else shape

    def _shape(self, defs: Defs) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        for name, key in self.keys.items():
            said = key.doc or (key.required[:1].upper() + key.required[1:])
            part = key.kind.schema(defs)
            properties[name] = {**part, "description": said} if said else part
        shape: dict[str, Any] = {"type": "object", "description": self.doc, "properties": properties}
        if self.required:
            shape["required"] = [name for name, _ in self.required]
        shape["additionalProperties"] = False
        return shape


class RecordList(ValueType):
    """Records written as a list with `id`, or as a mapping from id; gives a tuple either way."""

    def __init__(self, item: RecordType) -> None:
        self.as_list = ListOf(item)
        self.as_map = MapOf(item)
        self.name = f"list or mapping of {item.name}"

    def read(self, node: YamlNode, where: ValuePath, context: LoadContext) -> Any:
        if isinstance(node, MappingNode):
            return tuple(self.as_map.read(node, where, context).values())
        return self.as_list.read(node, where, context)

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"anyOf": [self.as_map.schema(defs), self.as_list.schema(defs)]}


class Either(ValueType):
    """The first kind for one shape of node, the second for another: `mapping` or not."""

    def __init__(self, mapping: ValueType, other: ValueType) -> None:
        self.mapping = mapping
        self.other = other
        self.name = f"{other.name} or {mapping.name}"

    def read(self, node: YamlNode, where: ValuePath, context: LoadContext) -> Any:
        return (self.mapping if isinstance(node, MappingNode) else self.other).read(node, where, context)

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"anyOf": [self.other.schema(defs), self.mapping.schema(defs)]}
