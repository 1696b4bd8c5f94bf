"""The nodes of a file that is written in the plainest YAML, read line by line and more quickly than by a parser.

Only what has one reading is taken: `key: value` and `- ` on lines of their own, values that are words, quoted texts
without escapes, or lists and mappings in brackets on one line. Anything else (anchors, tags, texts over several lines,
a key written twice, odd indentation) gives None, and the parser reads the whole file. That both give the same nodes at
the same places is held by tests over every file and over random ones. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Any

from auditor.targets.yaml.tree import MappingNode, ScalarNode, SequenceNode, YamlNode

_WORD = r"[\w/](?:[\w./+\-]| (?=[\w/]))*"
_KEY = r"\w[\w.\-]{0,199}"
_LINE = re.compile(
    rf'( *)(- )?(?:(?:({_KEY})|"([^"\\\t]{{1,200}})"):(?: +|$))?'
    rf'(?:"([^"\\\t]*)"|({_WORD})|([{{\[].*[}}\]]))?(?: +#.*)? *'
)
_SCALAR = re.compile(rf'("[^"\\\t]*"|{_WORD})')
_SHAPE = re.compile(r"[{}\[\],: w]{2,2000}")
_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")
_DEEPEST = 16
_LONGEST_KEY = 200
"""Characters of a key; YAML has none of more than 1,024 before a colon on its line."""
_LONGEST = 2_000
"""Characters of a line."""


def read_plain(text: str) -> MappingNode | None:
    """The mapping that a text is; None where it is not written so plainly."""
    if _BREAKS.search(text):
        return None
    reader = _LineReader()
    take = reader.take
    for number, line in enumerate(text.split("\n")):
        if not take(line, number << 16):
            return None
    return reader.whole()


class _LineReader:
    """Takes one line after the other; what each begins stays open until a line stands further left."""

    __slots__ = ("key", "key_at", "key_indent", "root", "stack")

    def __init__(self) -> None:
        self.root = MappingNode(0)
        self.stack: list[tuple[int, Any, bool]] = []
        """Indentation, items and whether it is a mapping, of every open collection."""
        self.key, self.key_at, self.key_indent = "", 0, -1
        """A key whose value comes on the next lines; `key_indent` is -1 where there is none."""

    def take(self, line: str, base: int) -> bool:
        """Read a line; `base` is its place. False where it is not plain."""
        bare = line.lstrip(" ")
        if not bare or bare[0] == "#":
            return True
        found = _LINE.fullmatch(line) if len(line) <= _LONGEST else None
        if found is None:
            return False
        dash, column = found[2] is not None, found.end(1)
        if not self._lead_to(column, dash, base):
            return False
        if dash:
            column += 2
            if not self._begin_item(found, base, column):
                return False
            if found[3] is None and found[4] is None:
                return True
        return self._add_pair(found, base, column)

    def whole(self) -> MappingNode | None:
        """What all lines said; None where there was none."""
        if self.key_indent >= 0:
            self._leave_empty()
        return self.root if self.stack else None

    def _lead_to(self, column: int, dash: bool, base: int) -> bool:
        """Make the collection that a line belongs to the last open one. False where there is none at its column."""
        stack = self.stack
        if self.key_indent >= 0:
            if not self._begin_below(column, dash):
                return False
            self.key_indent = -1
        elif not stack:
            if column or dash:
                return False
            self.root.at = base
            stack.append((0, self.root.items, True))
        while stack and stack[-1][0] > column:
            stack.pop()
        return bool(stack) and stack[-1][0] == column and stack[-1][2] != dash

    def _begin_below(self, column: int, dash: bool) -> bool:
        """Give the waiting key the value that this line begins: a collection, or nothing. False where that is not
        plain."""
        if column <= self.key_indent:
            self._leave_empty()
            return not (dash and column == self.key_indent)
        if len(self.stack) >= _DEEPEST:
            return False
        node = SequenceNode(self.key_at) if dash else MappingNode(self.key_at)
        self.stack[-1][1][self.key] = (self.key_at, node)
        self.stack.append((column, node.items, not dash))
        return True

    def _leave_empty(self) -> None:
        """Nothing came below the waiting key."""
        self.stack[-1][1][self.key] = (self.key_at, ScalarNode("", True, self.key_at))

    def _begin_item(self, found: re.Match[str], base: int, column: int) -> bool:
        """Add what follows a dash to the list: a value, or a mapping that stays open. False where that is not
        plain."""
        if found.string[column : column + 1] in ("", " ", "-"):
            return False
        items = self.stack[-1][1]
        if found[3] is None and found[4] is None:
            item = _value(found, base, None)
            items.append(item)
            return item is not None
        inner = MappingNode(base | column)
        items.append(inner)
        self.stack.append((column, inner.items, True))
        return len(self.stack) <= _DEEPEST

    def _add_pair(self, found: re.Match[str], base: int, column: int) -> bool:
        """Add the key of a line, with its value or to wait for one, to the open mapping. False for none or a second
        one of that name."""
        name = found[3] if found[3] is not None else found[4]
        items = self.stack[-1][1]
        if name is None or name in items:
            return False
        name, at = intern(name), base | column
        if found[5] is None and found[6] is None and found[7] is None:
            self.key, self.key_at, self.key_indent = name, at, column
            items[name] = (at, None)
            return True
        value = _value(found, base, at)
        if value is None:
            return False
        items[name] = (at, value)
        return True


def _value(found: re.Match[str], base: int, key_at: int | None) -> YamlNode | None:
    """What stands on the rest of a line; `key_at`: the place of its key, where a collection is told."""
    text = found[5]
    if text is not None:
        return ScalarNode(text, False, base | (found.start(5) - 1))
    text = found[6]
    if text is not None:
        return ScalarNode(text, True, base | found.start(6))
    if found[7] is None:
        return None
    node = _bracketed(found.string, found.start(7), found.end(7), base)
    if node is not None and key_at is not None:
        node.at = key_at
    return node


@dataclass(frozen=True, slots=True)
class _Collection:
    """A collection in a form of line: what its parts are, and where its bracket stands."""

    mapping: bool
    place: int
    """Of its bracket in the form."""
    before: int
    """Scalars before it."""
    key: int
    """The scalar that is its key; -1 where it has none."""
    parts: tuple[tuple[int, int], ...]
    """The scalar that is the key (-1 in a list), and what is the value: a scalar, or after all scalars a collection."""


@dataclass(frozen=True, slots=True)
class _LineForm:
    """A value in brackets with every scalar replaced by one sign: thousands of lines have the same."""

    scalars: tuple[tuple[int, bool], ...]
    """Their places in the form, and whether each is a key."""
    collections: tuple[_Collection, ...]
    """Inner ones before the outer one."""


def _bracketed(line: str, start: int, end: int, base: int) -> MappingNode | SequenceNode | None:
    """A collection in braces or brackets, from `start` to `end` of a line."""
    pieces = _SCALAR.split(line[start:end])  # what stands between scalars, and each second one a scalar
    form = _form("w".join(pieces[::2]))
    if form is None:
        return None
    nodes: list[Any] = []
    """Names of keys, values, and then collections."""
    ats: list[int] = []
    shift = base + start
    for (place, is_key), text in zip(form.scalars, pieces[1::2], strict=True):
        at = place + shift
        ats.append(at)
        shift += len(text) - 1
        plain = text[0] != '"'
        if not plain:
            text = text[1:-1]
        if not is_key:
            nodes.append(ScalarNode(text, plain, at))
        elif text and len(text) <= _LONGEST_KEY:
            nodes.append(intern(text))  # the same few keys in every entry
        else:
            return None
    for one in form.collections:
        if one.key >= 0:
            at = ats[one.key]
        elif one.before < len(ats):
            at = one.place + ats[one.before] - form.scalars[one.before][0]
        else:
            at = one.place + shift
        if one.mapping:
            mapping = MappingNode(at)
            mapping.items = {nodes[key]: (ats[key], nodes[value]) for key, value in one.parts}
            if len(mapping.items) != len(one.parts):
                return None  # a key twice
            nodes.append(mapping)
        else:
            listed = SequenceNode(at)
            listed.items = [nodes[value] for _, value in one.parts]
            nodes.append(listed)
    whole: MappingNode | SequenceNode = nodes[-1]
    return whole


@lru_cache(maxsize=4096)
def _form(shape: str) -> _LineForm | None:
    """A form from its text: brackets, commas, colons and `w` for scalars; None where it is not one collection."""
    if not _SHAPE.fullmatch(shape):
        return None
    signs = [(place, sign) for place, sign in enumerate(shape) if sign != " "]
    reader = _ShapeReader(shape, signs)
    if reader.collection(0, -1) is None or reader.next != len(signs):
        return None
    keys = {key for one in reader.collections for key, _ in one.parts}
    places = [place for place, sign in signs if sign == "w"]
    return _LineForm(tuple((place, number in keys) for number, place in enumerate(places)), tuple(reader.collections))


class _ShapeReader:
    """Reads the text of a form once."""

    def __init__(self, shape: str, signs: list[tuple[int, str]]) -> None:
        self.shape = shape
        self.signs = signs
        self.next = 0
        self.scalars = 0
        self.all_scalars = shape.count("w")
        self.collections: list[_Collection] = []

    def collection(self, depth: int, key_of_it: int) -> int | None:
        """The number of the collection that begins here, counted after all scalars; None where it is not plain."""
        place, sign = self.take()
        if depth > _DEEPEST or sign not in ("{", "["):
            return None
        mapping, before = sign == "{", self.scalars
        closing = "}" if mapping else "]"
        parts: list[tuple[int, int]] = []
        while self.sign() != closing or parts:
            part = self.part(mapping, depth)
            if part is None:
                return None
            parts.append(part)
            if self.sign() == closing:
                break
            if self.take()[1] != ",":
                return None
        self.next += 1
        self.collections.append(_Collection(mapping, place, before, key_of_it, tuple(parts)))
        return self.all_scalars + len(self.collections) - 1

    def part(self, mapping: bool, depth: int) -> tuple[int, int] | None:
        """A value of a list, or a key with its value."""
        key = -1
        if mapping:
            found = self.scalar()
            colon = self.take()
            if found is None or colon[1] != ":" or self.shape[colon[0] + 1 : colon[0] + 2] != " ":
                return None
            key = found
        value = self.collection(depth + 1, key) if self.sign() in ("{", "[") else self.scalar()
        return None if value is None else (key, value)

    def sign(self) -> str:
        return self.signs[self.next][1] if self.next < len(self.signs) else ""

    def take(self) -> tuple[int, str]:
        self.next += 1
        return self.signs[self.next - 1] if self.next <= len(self.signs) else (0, "")

    def scalar(self) -> int | None:
        if self.sign() != "w":
            return None
        self.next += 1
        self.scalars += 1
        return self.scalars - 1
