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
_QUOTED = re.compile(r'"[^"\\\t]*"')
_WORDS = re.compile(_WORD)
_SCALARS = re.compile(rf'"[^"\\\t]*"|{_WORD}')
_SHAPE = re.compile(r'[{}\[\],: "w]{2,2000}')
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
    line_of = _LINE.fullmatch
    root = MappingNode(0)
    stack: list[tuple[int, Any, bool]] = []
    """Indentation, items and whether it is a mapping, of every open collection."""
    key, key_at, key_indent = "", 0, -1
    """A key whose value comes on the next lines; `key_indent` is -1 where there is none."""
    for number, line in enumerate(text.split("\n")):
        bare = line.lstrip(" ")
        if not bare or bare[0] == "#":
            continue
        found = line_of(line) if len(line) <= _LONGEST else None
        if found is None:
            return None
        dash, plain_key, quoted_key = found[2], found[3], found[4]
        column, base = found.end(1), number << 16
        if key_indent >= 0:
            if not _begin_below(stack, key, key_at, key_indent, column, bool(dash)):
                return None
            key_indent = -1
        elif not stack:
            if column or dash:
                return None
            root.at = base
            stack.append((0, root.items, True))
        while stack and stack[-1][0] > column:
            stack.pop()
        if not stack or stack[-1][0] != column or stack[-1][2] == bool(dash):
            return None
        if dash:
            column += 2
            if not _begin_item(found, stack, base, column):
                return None
            if plain_key is None and quoted_key is None:
                continue
        name = plain_key if plain_key is not None else quoted_key
        items = stack[-1][1]
        if name is None or name in items:
            return None
        name = intern(name)
        at = base | column
        if found[5] is None and found[6] is None and found[7] is None:
            key, key_at, key_indent = name, at, column
            items[name] = (at, None)
            continue
        value = _value(found, base, at)
        if value is None:
            return None
        items[name] = (at, value)
    if key_indent >= 0:
        stack[-1][1][key] = (key_at, ScalarNode("", True, key_at))
    return root if stack else None


def _begin_below(
    stack: list[tuple[int, Any, bool]], key: str, key_at: int, key_indent: int, column: int, dash: bool
) -> bool:
    """Give a key the value that the line below it begins: a collection, or nothing. False where that is not plain."""
    if column <= key_indent:
        stack[-1][1][key] = (key_at, ScalarNode("", True, key_at))
        return not (dash and column == key_indent)
    if len(stack) >= _DEEPEST:
        return False
    node = SequenceNode(key_at) if dash else MappingNode(key_at)
    stack[-1][1][key] = (key_at, node)
    stack.append((column, node.items, not dash))
    return True


def _begin_item(found: re.Match[str], stack: list[tuple[int, Any, bool]], base: int, column: int) -> bool:
    """Add what follows a dash to the list: a value, or a mapping that stays open. False where that is not plain."""
    if found.string[column : column + 1] in ("", " ", "-"):
        return False
    items = stack[-1][1]
    if found[3] is None and found[4] is None:
        item = _value(found, base, None)
        items.append(item)
        return item is not None
    inner = MappingNode(base | column)
    items.append(inner)
    stack.append((column, inner.items, True))
    return len(stack) <= _DEEPEST


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
    parts: tuple[tuple[int, int | _Collection], ...]
    """The scalar that is the key (-1 in a list), and the scalar or collection that is the value."""


@dataclass(frozen=True, slots=True)
class _LineForm:
    """A value in brackets with every scalar replaced by one sign: thousands of lines have the same."""

    whole: _Collection
    places: tuple[int, ...]
    """Of the scalars."""
    quoted: tuple[bool, ...]


def _bracketed(line: str, start: int, end: int, base: int) -> MappingNode | SequenceNode | None:
    """A collection in braces or brackets, from `start` to `end` of a line."""
    part = line[start:end]
    form = _form(_WORDS.sub("w", _QUOTED.sub('"', part)))
    if form is None:
        return None
    texts: list[str] = _SCALARS.findall(part)
    if len(texts) != len(form.places):
        return None  # a quotation mark without its other
    ats, shifts, shift = [], [], base + start
    for place, text in zip(form.places, texts, strict=True):
        ats.append(place + shift)
        shifts.append(shift)
        shift += len(text) - 1
    shifts.append(shift)
    return _built(form.whole, texts, form.quoted, ats, shifts, 0)


def _built(
    one: _Collection, texts: list[str], quoted: tuple[bool, ...], ats: list[int], shifts: list[int], key_at: int
) -> MappingNode | SequenceNode | None:
    """The node of a collection; None where a key stands there twice."""
    at = key_at or one.place + shifts[one.before]
    if not one.mapping:
        listed = SequenceNode(at)
        for _, part in one.parts:
            if type(part) is int:
                text = texts[part]
                listed.items.append(ScalarNode(text[1:-1] if quoted[part] else text, not quoted[part], ats[part]))
            else:
                inner = _built(part, texts, quoted, ats, shifts, 0)  # type: ignore[arg-type]
                if inner is None:
                    return None
                listed.items.append(inner)
        return listed
    node = MappingNode(at)
    items = node.items
    for key, part in one.parts:
        name, name_at = texts[key][1:-1] if quoted[key] else texts[key], ats[key]
        if len(name) > _LONGEST_KEY:
            return None
        name = intern(name)  # the same few keys in every entry
        if type(part) is int:
            text = texts[part]
            value: YamlNode = ScalarNode(text[1:-1] if quoted[part] else text, not quoted[part], ats[part])
        else:
            found = _built(part, texts, quoted, ats, shifts, name_at)  # type: ignore[arg-type]
            if found is None:
                return None
            value = found
        items[name] = (name_at, value)
    return node if len(items) == len(one.parts) and "" not in items else None


@lru_cache(maxsize=4096)
def _form(shape: str) -> _LineForm | None:
    """A form from its text: brackets, commas, colons, `"` and `w` for scalars; None where it is not one collection."""
    if not _SHAPE.fullmatch(shape):
        return None
    signs = [(place, sign) for place, sign in enumerate(shape) if sign != " "]
    scalars = [(place, sign == '"') for place, sign in signs if sign in '"w']
    reader = _ShapeReader(shape, signs)
    whole = reader.collection(0)
    if whole is None or reader.next != len(signs):
        return None
    return _LineForm(whole, tuple(place for place, _ in scalars), tuple(quoted for _, quoted in scalars))


class _ShapeReader:
    """Reads the text of a form once."""

    def __init__(self, shape: str, signs: list[tuple[int, str]]) -> None:
        self.shape = shape
        self.signs = signs
        self.next = 0
        self.scalars = 0

    def collection(self, depth: int) -> _Collection | None:
        place, sign = self.take()
        if depth > _DEEPEST or sign not in ("{", "["):
            return None
        mapping, before = sign == "{", self.scalars
        closing = "}" if mapping else "]"
        parts: list[tuple[int, int | _Collection]] = []
        if self.sign() == closing:
            self.next += 1
            return _Collection(mapping, place, before, ())
        while True:
            key = -1
            if mapping:
                found = self.scalar()
                colon = self.take()
                if found is None or colon[1] != ":" or self.shape[colon[0] + 1 : colon[0] + 2] != " ":
                    return None
                key = found
            value = self.collection(depth + 1) if self.sign() in ("{", "[") else self.scalar()
            if value is None:
                return None
            parts.append((key, value))
            sign = self.take()[1]
            if sign == closing:
                return _Collection(mapping, place, before, tuple(parts))
            if sign != ",":
                return None

    def sign(self) -> str:
        return self.signs[self.next][1] if self.next < len(self.signs) else ""

    def take(self) -> tuple[int, str]:
        self.next += 1
        return self.signs[self.next - 1] if self.next <= len(self.signs) else (0, "")

    def scalar(self) -> int | None:
        if self.sign() not in ('"', "w") or not self.sign():
            return None
        self.next += 1
        self.scalars += 1
        return self.scalars - 1
