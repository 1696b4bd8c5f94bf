"""A YAML text with the place of everything in it, for edits that leave every other byte as it was.

Read by libyaml where it is installed and takes the text, else by ruamel.yaml, as `nodes` does: an edit of a file with
100,000 entries takes seconds. Places are indices of characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from auditor.errors import ConfigError
from auditor.gc_pause import collection_paused
from auditor.targets.yaml.nodes import CParser

_KINDS = {
    "ScalarEvent": "value",
    "AliasEvent": "value",
    "MappingStartEvent": "mapping",
    "SequenceStartEvent": "sequence",
    "MappingEndEvent": "end",
    "SequenceEndEvent": "end",
}


_SHARED = re.compile(r"(?:^|[\s\[{,:?-])[&*]\S", re.MULTILINE)
"""What may be an anchor or an alias: libyaml's nodes do not say which of them have one."""


class MarkedEvent(NamedTuple):
    """Something that begins or ends in a text."""

    kind: str
    """`value` (a scalar or an alias), `mapping`, `sequence`, `end`."""
    start: int
    end: int
    text: str
    """Of a scalar."""
    flow: bool
    """Written in braces or brackets."""


def marked_events(text: str) -> Iterator[MarkedEvent]:
    """Every event in file order. `ConfigError` where the text is not YAML."""
    events = iter(CParser(text).get_event, None) if _is_quick(text) else YAML(typ="rt", pure=True).parse(text)
    try:
        for event in events:
            kind = _KINDS.get(type(event).__name__)
            if kind is not None:
                start, end = event.start_mark.index, event.end_mark.index
                value = getattr(event, "value", "")
                yield MarkedEvent(kind, start, end, str(value), bool(getattr(event, "flow_style", False)))
    except YAMLError as error:
        raise _refusal(error) from error


def marked_tree(text: str) -> Any:
    """The document as nodes with `id` (`scalar`, `mapping`, `sequence`), `value`, `start_mark`, `end_mark` and, of
    collections, `flow_style`; None where it is empty. `ConfigError` where the text is not YAML."""
    with collection_paused():
        if _is_quick(text):
            return _Tree(text).get_single_node()
        try:
            return YAML(typ="rt", pure=True).compose(text)
        except YAMLError as error:
            raise _refusal(error) from error


def last_index(node: Any) -> int:
    """Index after the last token of a node; trailing comments and blank lines are not part of it."""
    while node.id != "scalar" and not node.flow_style and node.value:
        node = node.value[-1][1] if node.id == "mapping" else node.value[-1]
    return int(node.end_mark.index)


def has_shared(text: str) -> bool:
    """Whether there may be anchors and aliases: a node of the tree then may stand elsewhere too."""
    return _SHARED.search(text) is not None


class _Tree(CParser or object):  # type: ignore[misc]
    """libyaml's nodes, with no tag resolved: nothing here asks for the type of a value."""

    def resolve(self, *_: Any) -> str:
        return ""

    def descend_resolver(self, *_: Any) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


def _is_quick(text: str) -> bool:
    """Whether libyaml takes the text; where it does not, the other parser has the last word, as when it is read."""
    if CParser is None or has_shared(text):
        return False
    try:
        CParser(text).raw_parse()
    except yaml.YAMLError:
        return False
    return True


def _refusal(error: YAMLError) -> ConfigError:
    return ConfigError(f"the file is not YAML: {str(error).splitlines()[0]}; run: auditor check")
