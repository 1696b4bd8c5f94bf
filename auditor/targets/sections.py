"""The table of sections: which part of the file is read by which shape. A new section is one line here."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.targets.files import INCLUDABLE, Source
from auditor.targets.kinds import BAD, Context, Kind
from auditor.targets.nodes import Node
from auditor.targets.problems import Notes
from auditor.targets.shapes import claims, contracts, deployments, pages, products, retention, running, work
from auditor.targets.words import hint, nearest

READERS: MappingProxyType[str, Kind] = MappingProxyType(
    {
        **products.SECTIONS,
        **contracts.SECTIONS,
        **deployments.SECTIONS,
        **pages.SECTIONS,
        **work.SECTIONS,
        **running.SECTIONS,
        **retention.SECTIONS,
        **claims.SECTIONS,
    }
)
"""From the name of a section to what reads it."""


def read_head(main: Source, notes: Notes) -> dict[str, Any]:
    """The single values at the top of the main file, with placeholders where one is wrong."""
    context = Context(main.label, notes)
    head: dict[str, Any] = {"timezone": "UTC", "currency": "XXX", "notice": ""}
    for name, key in work.HEAD.items():
        node = main.root.get(name)
        if node is None:
            if key.required:
                notes.add(
                    "S16", (main.label, main.root.at), "", f'"{name}" is missing at the top. Give {key.required}.'
                )
            continue
        value = key.kind.read(node, (None, name), context)
        if value is not BAD:
            head[name] = value
    return head


def read_sections(sources: tuple[Source, ...], head: dict[str, Any], context: Context) -> dict[str, Any]:
    """All sections of all files: mappings merged by id (the first wins), lists joined."""
    merged: dict[str, Any] = {}
    for source in sources:
        own = Context(
            source.label, context.notes, head["currency"], head["timezone"], context.references, context.places
        )
        for name, (at, node) in source.root.items.items():
            if _unreadable(name, at, node, source, context.notes):
                continue
            value = READERS[name].read(node, (None, name), own)
            if value is BAD:
                continue
            if isinstance(value, tuple):
                merged[name] = merged.get(name, ()) + value
            elif isinstance(value, MappingProxyType):
                known = merged.setdefault(name, {})
                for key, item in value.items():
                    known.setdefault(key, item)
            else:
                merged[name] = value
    return merged


def _unreadable(name: str, at: int, node: Node, source: Source, notes: Notes) -> bool:
    if not source.main and name in {*READERS, *work.HEAD} - INCLUDABLE:
        message = f'"{name}" belongs in the main file, not in an included one. Move it there.'
        notes.add("S01", (source.label, at), "", message)
        return True
    if name in READERS:
        return False
    if name not in work.HEAD:
        known = {*READERS, *work.HEAD}
        notes.add(
            "S01", (source.label, at), "", f'unknown key "{name[:80]}" at the top. {hint(nearest(name, known), known)}'
        )
    return True
