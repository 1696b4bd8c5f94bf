"""The nodes that a file is read into: every scalar as it is written, with its place. Pure."""

from __future__ import annotations


class ScalarNode:
    """A single value: its text, whether it was written without quotes, and its place."""

    __slots__ = ("at", "plain", "text")

    def __init__(self, text: str, plain: bool, at: int) -> None:
        self.text = text
        self.plain = plain
        self.at = at


class MappingNode:
    """Keys with their places, in file order; a repeated key keeps its first value and is noted."""

    __slots__ = ("at", "items")

    def __init__(self, at: int) -> None:
        self.at = at
        self.items: dict[str, tuple[int, YamlNode]] = {}

    def get(self, key: str) -> YamlNode | None:
        found = self.items.get(key)
        return None if found is None else found[1]


class SequenceNode:
    """A list of nodes."""

    __slots__ = ("at", "items")

    def __init__(self, at: int) -> None:
        self.at = at
        self.items: list[YamlNode] = []


YamlNode = ScalarNode | MappingNode | SequenceNode
