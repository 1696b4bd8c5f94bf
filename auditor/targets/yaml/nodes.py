"""A YAML file as nodes: the text of every scalar as written, with its place. No value is resolved here.

A stream of events is read, from libyaml (PyYAML's binding, the quickest there is) where it is installed, else from
ruamel.yaml (YAML 1.2), and bounded while it is read: size, depth, and the expansion of aliases. Duplicate keys are
noted with both lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml import events as python_events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from auditor.targets.problems import ProblemCollector, pack_position
from auditor.targets.yaml.plain_lines import read_plain
from auditor.targets.yaml.tree import MappingNode, ScalarNode, SequenceNode, YamlNode

CParser: Any = getattr(yaml, "cyaml", None) and yaml.cyaml.CParser
"""libyaml's events of a text; None where PyYAML was built without it."""

__all__ = [
    "MappingNode",
    "ScalarNode",
    "SequenceNode",
    "YamlNode",
    "compose",
    "find_node",
    "parser_name",
    "position_of",
]

MAX_BYTES = 512 * 1024 * 1024
MAX_DEPTH = 24
MAX_EXPANDED = 100_000
"""Nodes that aliases of one file may stand for, together."""

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAKS_OF_1_1 = re.compile("[\x85\u2028\u2029]")
_TAB_OUTSIDE_COMMENTS = re.compile(r"^(?:[^#\n]|(?<=[^ \n])#)*\t", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)


@dataclass(slots=True)
class _Open:
    """A collection that is being filled; `key` is the key whose value comes next."""

    node: MappingNode | SequenceNode
    anchor: str | None
    start: int
    mapping: bool
    items: Any
    """Those of the node."""
    key: str | None = None
    key_at: int = 0
    dropped: bool = False


class _RefusedError(Exception):
    """The rest of the file cannot be read; the reason is noted already."""


def compose(raw: bytes, path: str, notes: ProblemCollector, pure: bool = False) -> YamlNode | None:
    """The file's one document as nodes, or None where it is empty or cannot be read (noted).

    `pure` reads with the Python parser even where the C parser is installed; both give the same nodes.
    """
    if len(raw) > MAX_BYTES:
        notes.add("S18", (path, 0), "", f"the file has {len(raw)} bytes; at most {MAX_BYTES} are read. Use include:.")
        return None
    text = _decode(raw, path, notes)
    if text is None:
        return None
    if not pure and parser_name() == "C":
        # libyaml refuses a plain `12:30` or `http://…` inside braces, which YAML 1.2 allows. Where it refuses, the
        # Python parser has the last word, so that a file means the same on every machine; so it has on what libyaml
        # takes and YAML 1.2 does not.
        plain = read_plain(text)
        if plain is not None:
            return plain
        first = ProblemCollector()
        if not _is_read_otherwise(text):
            try:
                node = _composed(text, path, first, pure=False)
            except yaml.YAMLError:
                pass
            else:
                notes.extend(first.in_order())
                return node
    try:
        return _composed(text, path, notes, pure=True)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = pack_position(mark.line, mark.column) if mark else 0
        what = str(error.problem or error.context or "not YAML").split("\n")[0]
        notes.add("S17", (path, at), "", f"the file is not YAML here: {what}. Check indentation, quotes and brackets.")
    except YAMLError as error:
        what = str(error).split("\n")[0]
        notes.add("S17", (path, 0), "", f"the file is not YAML: {what}. Check quotes and brackets.")
    return None


def _is_read_otherwise(text: str) -> bool:
    """Whether libyaml, which reads YAML 1.1, may take what YAML 1.2 refuses: tabs between words, other line ends."""
    return bool(_BREAKS_OF_1_1.search(text)) or ("\t" in text and bool(_TAB_OUTSIDE_COMMENTS.search(text)))


def _composed(text: str, path: str, notes: ProblemCollector, *, pure: bool) -> YamlNode | None:
    try:
        return _Composer(path, notes).compose(text, pure)
    except _RefusedError:
        return None


def parser_name() -> str:
    """`C` where libyaml is installed, else `Python`."""
    return "Python" if CParser is None else "C"


def _decode(raw: bytes, path: str, notes: ProblemCollector) -> str | None:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        at = pack_position(before.count(b"\n"), error.start - (before.rfind(b"\n") + 1))
        notes.add("S17", (path, at), "", "the file is not UTF-8 here. Save it as UTF-8.")
        return None
    text = text.replace("\r\n", "\n")
    bad = _UNPRINTABLE.search(text)
    if bad:
        what = f"character U+{ord(bad.group()):04X} may not stand in the file. Remove it."
        notes.add("S17", (path, _place(text, bad.start())), "", what)
        return None
    directive = _DIRECTIVE.search(text)
    if directive:
        what = 'a line that begins with "%" is a YAML directive. Remove it.'
        notes.add("S19", (path, _place(text, directive.start())), "", what)
        return None
    return text


def _place(text: str, index: int) -> int:
    return pack_position(text.count("\n", 0, index), index - (text.rfind("\n", 0, index) + 1))


class _Composer:
    """Turns the events of one file into nodes."""

    def __init__(self, path: str, notes: ProblemCollector) -> None:
        self._path = path
        self._notes = notes
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[YamlNode, int]] = {}
        self._root: YamlNode | None = None
        self._documents = 0
        self._nodes = 0
        self._expanded = 0
        self._keys: dict[str, str] = {}

    def compose(self, text: str, pure: bool) -> YamlNode | None:
        if pure:
            self._take(YAML(typ="safe", pure=True).parse(text), python_events)
        else:
            self._take(iter(CParser(text).get_event, None), yaml.events)
        return self._root

    def _take(self, events: Iterator[Any], kinds: Any) -> None:
        """Every event in turn. Scalars are most of them: their common case is done here, without a call."""
        scalar, stack, keys = kinds.ScalarEvent, self._stack, self._keys
        starts: dict[Any, type[MappingNode] | type[SequenceNode]] = {
            kinds.MappingStartEvent: MappingNode,
            kinds.SequenceStartEvent: SequenceNode,
        }
        ends = (kinds.MappingEndEvent, kinds.SequenceEndEvent)
        for event in events:
            kind = type(event)
            if kind is scalar:
                if event.tag is not None or event.anchor is not None or not stack:
                    self._unusual(event)
                    continue
                self._nodes += 1
                mark, top, text = event.start_mark, stack[-1], event.value
                at = (mark.line << 16) | (min(65535, mark.column))  # as `pack_position`
                if not top.mapping:
                    top.items.append(ScalarNode(text, not event.style, at))
                elif top.key is not None:
                    if not top.dropped:
                        # parsers differ in where an absent value stands
                        absent = not text and not event.style
                        node = ScalarNode(text, not event.style, top.key_at if absent else at)
                        top.items[top.key] = (top.key_at, node)
                    top.key = None
                elif text in top.items:
                    self._key_again(top, text, at)
                else:
                    top.key, top.key_at, top.dropped = keys.setdefault(text, text), at, False
            elif kind in starts:
                self._start(event, starts[kind])
            elif kind in ends:
                self._end()
            elif kind is kinds.AliasEvent:
                self._alias(event)
            elif kind is kinds.DocumentStartEvent:
                self._documents += 1
                if self._documents > 1:
                    self._refuse("S19", event, "a second document begins. Keep one document per file, without ---.")

    def _refuse(self, code: str, event: Any, message: str) -> None:
        mark = event.start_mark
        self._notes.add(code, (self._path, pack_position(mark.line, mark.column)), self._where(), message)
        raise _RefusedError

    def _where(self) -> str:
        parts: list[str] = []
        for entry in self._stack:
            if isinstance(entry.node, SequenceNode):
                parts.append(f"[{len(entry.node.items)}]")
            elif entry.key is not None:
                parts.append(f".{entry.key}" if parts else entry.key)
        return trim_path("".join(parts))

    def _unusual(self, event: Any) -> None:
        """A scalar with a tag or an anchor, or one that is the whole document."""
        if event.tag is not None:
            self._refuse("S19", event, f"the tag {event.tag} is not used here. Remove it.")
        self._nodes += 1
        top = self._stack[-1] if self._stack else None
        at = pack_position(event.start_mark.line, event.start_mark.column)
        if top is not None and top.mapping and top.key is None:
            if event.value in top.items:
                self._key_again(top, event.value, at)
            else:
                top.key, top.key_at, top.dropped = event.value, at, False
            return
        node = ScalarNode(event.value, not event.style, at)
        if top is not None and top.key is not None and not event.value and not event.style:
            node.at = top.key_at
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, 1)
        self._place_node(node)

    def _key_again(self, top: _Open, text: str, at: int) -> None:
        top.key, top.key_at, top.dropped = text, at, True
        message = f"appears twice (also line {(top.items[text][0] >> 16) + 1}). Keep one."
        self._notes.add("S04", (self._path, at), "", f"{self._where()} {message}")

    def _start(self, event: Any, kind: type[MappingNode] | type[SequenceNode]) -> None:
        mark = event.start_mark
        if event.tag is not None:
            self._refuse("S19", event, f"the tag {event.tag} is not used here. Remove it.")
        top = self._stack[-1] if self._stack else None
        if top is not None and top.key is None and top.mapping:
            self._refuse("S19", event, "a key is a mapping or a list. Keys are single words.")
        if len(self._stack) >= MAX_DEPTH:
            self._refuse(
                "S18", event, f"nested deeper than {MAX_DEPTH} levels. Nothing in a targets file is that deep."
            )
        self._nodes += 1
        node = kind(pack_position(mark.line, mark.column))
        self._stack.append(_Open(node, event.anchor, self._nodes, kind is MappingNode, node.items))

    def _end(self) -> None:
        done = self._stack.pop()
        if self._stack and self._stack[-1].key is not None:
            done.node.at = self._stack[-1].key_at  # what is wrong with a whole is told at its name
        if done.anchor is not None:
            self._anchors[done.anchor] = (done.node, self._nodes - done.start + 1)
        self._place_node(done.node)

    def _alias(self, event: Any) -> None:
        found = self._anchors.get(event.anchor)
        if found is None:
            self._refuse("S19", event, f"*{event.anchor} has no anchor before it. Write &{event.anchor} first.")
            return
        node, size = found
        top = self._stack[-1] if self._stack else None
        if top is not None and top.key is None and top.mapping:
            self._refuse("S19", event, "an alias is used as a key. Write the key out.")
        self._expanded += size
        self._nodes += size
        if self._expanded > MAX_EXPANDED:
            self._refuse("S18", event, f"aliases stand for more than {MAX_EXPANDED} values. Write the values out.")
        self._place_node(node)

    def _place_node(self, node: YamlNode) -> None:
        if not self._stack:
            self._root = node
            return
        top = self._stack[-1]
        if isinstance(top.node, SequenceNode):
            top.node.items.append(node)
            return
        if not top.dropped and top.key is not None:
            top.node.items[top.key] = (top.key_at, node)
        top.key = None


def trim_path(where: str) -> str:
    """A path as messages show it: inside a contract it starts at the contract's own keys."""
    head, dot, rest = where.partition("].")
    return rest if dot and head.startswith("contracts[") else where


def find_node(node: YamlNode | None, *path: str | int) -> YamlNode | None:
    """The node at a path of keys and indices, or None."""
    for part in path:
        if isinstance(part, int):
            if not isinstance(node, SequenceNode) or part >= len(node.items):
                return None
            node = node.items[part]
        else:
            node = node.get(part) if isinstance(node, MappingNode) else None
    return node


def position_of(node: YamlNode, *path: str | int) -> int:
    """The place of the deepest part of the path that is there; of a key where the last part is one."""
    at = node.at
    for part in path:
        if isinstance(part, int) and isinstance(node, SequenceNode) and part < len(node.items):
            node = node.items[part]
            at = node.at
        elif isinstance(part, str) and isinstance(node, MappingNode) and part in node.items:
            at, node = node.items[part]
        else:
            break
    return at
