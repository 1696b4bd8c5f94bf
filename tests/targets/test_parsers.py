"""The C parser and the Python parser give the same nodes at the same places."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.targets.problems import ProblemCollector
from auditor.targets.yaml.nodes import MappingNode, ScalarNode, YamlNode, compose, parser_name
from tests.targets.worked_example_edits import EXAMPLE

DEMO = (Path(__file__).parents[2] / "targets.yaml").read_text(encoding="utf-8")
SHAPES = """a:
b: ''
c: |
  two
  lines
d: >-
  folded
  text
e: [x, {y: z}, []]
f: &k {g: h}
i: *k
'j k': "\\u4e2d"
"""


def flat(node: YamlNode | None) -> object:
    """A node with everything that reading looks at."""
    if node is None:
        return None
    if isinstance(node, ScalarNode):
        return node.text, node.plain, node.at
    if isinstance(node, MappingNode):
        return node.at, [(key, at, flat(child)) for key, (at, child) in node.items.items()]
    return node.at, [flat(child) for child in node.items]


@pytest.mark.skipif(parser_name() == "Python", reason="the C parser is not installed: there is one parser")
@pytest.mark.parametrize("text", [EXAMPLE, DEMO, SHAPES], ids=["example", "demo", "shapes"])
def test_both_parsers_agree(text: str) -> None:
    both = [flat(compose(text.encode(), "x", ProblemCollector(), pure)) for pure in (True, False)]
    assert both[0] == both[1]


@pytest.mark.parametrize("text", ["{order: 12:30}", "{address: http://127.0.0.1:8080/}", "[a:b, c]"])
def test_what_only_one_parser_reads_is_read_on_every_machine(text: str) -> None:
    notes = ProblemCollector()
    assert (
        flat(compose(text.encode(), "x", notes))
        == flat(compose(text.encode(), "x", ProblemCollector(), pure=True))
        is not None
    )
    assert not notes.in_order()


def test_the_node_of_each_shape() -> None:
    root = compose(SHAPES.encode(), "x", ProblemCollector())
    assert isinstance(root, MappingNode)
    texts = {key: child.text for key, (_, child) in root.items.items() if isinstance(child, ScalarNode)}
    assert texts == {"a": "", "b": "", "c": "two\nlines\n", "d": "folded text", "j k": "中"}
    assert [(key, at >> 16, at & 0xFFFF) for key, (at, _) in root.items.items()][-3:] == [
        ("f", 9, 0),
        ("i", 10, 0),
        ("j k", 11, 0),
    ]
