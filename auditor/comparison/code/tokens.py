"""A script as tokens: names of its own folded, names of properties and literals kept. Pure.

Parsed by tree-sitter, whose JavaScript grammar is a wheel of its own: nothing is fetched when it runs. A minifier
renames what only the script sees and keeps what others see, so local names become one token, and names of properties,
texts and numbers stay as they are. Comments are no tokens; they are kept beside.
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from functools import cache, lru_cache

import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

MAX_SCRIPT = 20 << 20
"""Bytes of a script that are looked at; of a larger one nothing is said."""
PARSED_AT_ONCE = 4 << 20
"""Bytes that are parsed at once: memory follows them, not the size of the script."""
_KEPT = frozenset(
    (
        "property_identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern",
        "private_property_identifier", "statement_identifier",
    )
)  # fmt: skip
_FOLDED = frozenset(("identifier", "this_identifier"))
_WHOLE = frozenset(("string", "regex", "number", "comment", "html_comment", "hash_bang_line", "string_fragment"))
_SKIPPED = frozenset((";", ",", "(", ")", "{", "}"))
_FUNCTIONS = frozenset(
    (
        "function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function",
        "generator_function_declaration",
    )
)  # fmt: skip
_LEAST_LITERAL = 3
"""Characters from which on a name or text belongs to the literal stream: shorter ones are everybody's."""


@dataclass(frozen=True, slots=True)
class FunctionSpan:
    """One function of a script: which of its tokens it holds, and where it stands."""

    name: str
    """As the script writes it; empty for a function without one."""
    first: int
    end: int
    """Index behind its last token."""
    line: int
    """From 1."""
    last_line: int


@dataclass(slots=True)
class ScriptTokens:
    """What a script says, token by token."""

    hashes: array[int] = field(default_factory=lambda: array("Q"))
    lines: array[int] = field(default_factory=lambda: array("L"))
    """The line of each token, from 1."""
    literals: array[int] = field(default_factory=lambda: array("Q"))
    """Names of properties and texts alone, in their order."""
    literal_lines: array[int] = field(default_factory=lambda: array("L"))
    statements: list[tuple[int, int]] = field(default_factory=list)
    """Where each statement of the script itself begins, in tokens and in literals: a bundle is a row of libraries."""
    functions: list[FunctionSpan] = field(default_factory=list)
    comments: list[tuple[str, int]] = field(default_factory=list)
    """Text and line of each comment."""
    names: dict[str, int] = field(default_factory=dict)
    """How often each local name occurs: what an obfuscator leaves is told by them."""
    damaged: bool = False
    """The grammar does not read all of it: syntax errors, or another language."""

    def __len__(self) -> int:
        return len(self.hashes)


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_javascript.language()))


def tokenise(text: str) -> ScriptTokens:
    """The tokens of a script. Never raises for a script that is wrong: `damaged` says so."""
    found = ScriptTokens()
    data = text.encode("utf-8", "replace")
    line = 0
    for part in _parts(data):
        tree = _parser().parse(part)
        found.damaged = found.damaged or tree.root_node.has_error
        for statement in tree.root_node.children:
            found.statements.append((len(found.hashes), len(found.literals)))
            _Walk(found, part, line).run(statement)
        line += part.count(b"\n")
    return found


def _parts(data: bytes) -> list[bytes]:
    """A script in parts that end at the end of a statement, where it is larger than is parsed at once."""
    parts, start = [], 0
    while len(data) - start > PARSED_AT_ONCE:
        end = max(data.rfind(mark, start, start + PARSED_AT_ONCE) for mark in (b";\n", b"}\n"))
        end = end + 2 if end >= 0 else start + PARSED_AT_ONCE
        parts.append(data[start:end])
        start = end
    return [*parts, data[start:]]


def _digest(text: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


_known_hash = lru_cache(maxsize=1 << 18)(_digest)


def _hash(text: bytes) -> int:
    return (
        _known_hash(text) if len(text) <= 40 else int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
    )


FOLDED_NAME = _hash(b"\x00name")


@dataclass(slots=True)
class _Walk:
    """Goes through a tree once, without recursion: minified scripts nest deeper than Python does."""

    found: ScriptTokens
    data: bytes
    above: int
    open: list[tuple[str, int, int, int]] = field(default_factory=list)

    def run(self, root: Node) -> None:
        cursor = root.walk()
        down = cursor.goto_first_child
        while True:
            node = cursor.node
            assert node is not None  # noqa: S101 (a cursor always stands on a node)
            kind = node.type
            if kind in _FUNCTIONS:
                self._enter(node)
            if kind not in _WHOLE and down():
                continue
            self._leaf(kind, node)
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    return  # never past the statement that the cursor began at
                node = cursor.node
                if node is not None and node.type in _FUNCTIONS:
                    self._leave(node)

    def _enter(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        said = self.data[name.start_byte : name.end_byte].decode("utf-8", "replace") if name is not None else ""
        self.open.append((said, len(self.found.hashes), node.start_point[0], node.end_point[0]))

    def _leave(self, node: Node) -> None:
        name, first, line, last = self.open.pop()
        above = self.above + 1
        self.found.functions.append(FunctionSpan(name, first, len(self.found.hashes), line + above, last + above))

    def _leaf(self, kind: str, node: Node) -> None:
        if kind in _SKIPPED:
            return
        found, line = self.found, node.start_point[0] + 1 + self.above
        if kind in _FOLDED:
            name = self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")
            found.names[name] = found.names.get(name, 0) + 1
            token = FOLDED_NAME
        elif kind in ("comment", "html_comment"):
            found.comments.append((self.data[node.start_byte : node.end_byte].decode("utf-8", "replace"), line))
            return
        elif kind in _KEPT or kind in _WHOLE:
            text = self.data[node.start_byte : node.end_byte]
            if kind == "string":
                text = text[1:-1]
            token = _hash(_plain_number(text) if kind == "number" else text)
            if kind != "number" and len(text) >= _LEAST_LITERAL:
                found.literals.append(token)
                found.literal_lines.append(line)
        else:
            token = _hash(b"\x01" + kind.encode())
        found.hashes.append(token)
        found.lines.append(line)


def _plain_number(text: bytes) -> bytes:
    """`1e3`, `1000` and `1000.0` are one number: a minifier writes the shortest."""
    try:
        return b"\x02%r" % float(text)
    except ValueError:
        return text
