"""A section as plain values with their places, for a reader that is not one of the shapes here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from auditor.targets.kinds import Context, Kind, Where
from auditor.targets.nodes import Mapping, Node, Scalar


@dataclass(frozen=True, slots=True)
class PlainSection:
    """Texts, lists and mappings as written, and from each path to its line and column (from 1)."""

    value: Any
    places: dict[tuple[str | int, ...], tuple[str, int, int]]


class Plain(Kind):
    """Anything; gives a `PlainSection`."""

    name = "section of its own"

    def read(self, node: Node, where: Where, context: Context) -> Any:
        places: dict[tuple[str | int, ...], tuple[str, int, int]] = {}
        return PlainSection(_plain(node, (), context.file, places), places)

    def schema(self) -> dict[str, Any]:
        return {"type": "object"}


def _plain(node: Node, path: tuple[str | int, ...], file: str, places: dict[tuple[str | int, ...], Any]) -> Any:
    places[path] = (file, (node.at >> 16) + 1, (node.at & 0xFFFF) + 1)
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Mapping):
        return {key: _plain(child, (*path, key), file, places) for key, (_, child) in node.items.items()}
    return [_plain(child, (*path, index), file, places) for index, child in enumerate(node.items)]
