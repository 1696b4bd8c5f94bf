"""A file that is read line by line gives the nodes that the parser gives, at the same places; or it is not read so."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auditor.targets.problems import ProblemCollector
from auditor.targets.yaml.nodes import CParser, compose
from auditor.targets.yaml.plain_lines import read_plain
from auditor.targets.yaml.tree import MappingNode, ScalarNode, SequenceNode, YamlNode
from bench.targets import HEAD, section

PLAIN = """\
# a comment
a: 1   # another
"b c": "x # y"

list:
  - one two
  - "three"   # 3
  - {k: v, n: [1, 2, {m: "甲方"}], empty: {}, none: []}
  - id: x
    deep:
      deeper: 甲方 软件
    last:
  - id: "y"
nothing:
end: [a/b, 10-2, x.y]
"""
SPECIAL = (
    "a: 'x'\n", "a: &b c\n", "a: *b\n", "a: !x y\n", "a: |\n  x\n", "a: x\n b: y\n", "a:\n- b\n", "a: b: c\n", "? a\n",
    "a: x\n  y\n", "--- \na: x\n", "a: {b}\n", "a: [b, ]\n", "a: {b: c\n", "a: [b: c]\n", "a: b\na: c\n",
    "a: {b: c, b: d}\n",
    "a: x#y\n", 'a: "x\\n"\n', "a:x\n", "a: {b:c}\n", 'a: {"b":c}\n', "a: -\n", "a: - b\n", "- a\n", "", "a", "a:\tb\n",
    "a: \"b\" c\n", "a: b \"c\"\n", "a:  b  \n", "a: @b\n", "a: {b: c}d\n",
    "a: [[[[[[[[[[[[[[[[[[[[b]]]]]]]]]]]]]]]]]]]]\n",
    "a:\n   b: c\n  d: e\n", "a:\n  -  b\n", "a:\n  - b: c\n     d: e\n", "a: b\u2028c: d\n", "a: ~\n", "a: null\n",
    'a: ["]\n', 'a: [", x]\n', 'a: {b: "}\n', 'a: [", ", "]\n', 'a: ["b\n', 'a: "b]\n', f"{'k' * 1100}: x\n",
    f'"{"k" * 1100}": x\n', f"a: {{{'k' * 1100}: x}}\n", f"a:\n  - {'k' * 1100}: x\n", f"{'k' * 1022}: x\n",
)  # fmt: skip


def shown(node: YamlNode | None) -> object:
    """A node with everything in it, to be compared."""
    if isinstance(node, MappingNode):
        return node.at, [(key, at, shown(value)) for key, (at, value) in node.items.items()]
    if isinstance(node, SequenceNode):
        return node.at, [shown(value) for value in node.items]
    return node and (node.at, node.text, node.plain)


def by_parser(text: str) -> tuple[object, bool]:
    """The nodes that the Python parser gives, and whether it had something to say."""
    notes = ProblemCollector()
    node = compose(text.encode(), "x", notes, pure=True)
    return shown(node), bool(len(notes))


def check(text: str) -> bool:
    """Whether it is read line by line; then it is what the parser says."""
    found = read_plain(text)
    if found is not None:
        assert (shown(found), False) == by_parser(text), text
    return found is not None


def test_a_plain_file_is_read_so() -> None:
    assert check(PLAIN)
    assert check(HEAD.replace("\n", "\n", 1) + section("C-1", range(3)))
    assert isinstance(read_plain(PLAIN).items["nothing"][1], ScalarNode)  # type: ignore[union-attr]


@pytest.mark.parametrize("text", SPECIAL)
def test_what_is_not_plain_is_left_to_the_parser_or_read_alike(text: str) -> None:
    check(text)


def test_every_sample_is_read_alike() -> None:
    files = [one for one in (Path(__file__).parent / "samples").rglob("*.yaml") if one.is_file()]
    assert sum(check(one.read_text("utf-8")) for one in files) >= 5
    assert CParser is not None, "libyaml is there: the slow parser is not what users wait for"


LINES = [*PLAIN.splitlines(), *(one.rstrip("\n") for one in SPECIAL)]
PARTS = ["a", "b1", "x y", '"q"', '"', "{", "}", "[", "]", ",", ", ", ":", ": ", "- ", "-", " ", "  ", "#", " # c",
         "/", "&", "'", "甲", "\n", "\n  ", "\n    ", ".", "%", "~", "=", "\t", "|", ">", "!", "*", "é",
         "\u00a0"]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["", "  ", "    ", "- ", "  - "]), st.sampled_from(LINES)), max_size=8))
@example([("", "list:"), ("  - ", "a: 1   # another"), ("    ", "nothing:"), ("  - ", "a: [b, ]")])
def test_lines_put_together_at_random(lines: list[tuple[str, str]]) -> None:
    check("\n".join(indent + line.strip() for indent, line in lines) + "\n")


@given(st.lists(st.sampled_from(PARTS), max_size=24))
def test_parts_put_together_at_random(parts: list[str]) -> None:
    check("".join(parts))
    check("a: " + "".join(parts) + "\n")
