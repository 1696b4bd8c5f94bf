"""The table of sections: which part of the file is read by which shape. A new section is one line here."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.targets.problems import ProblemCollector
from auditor.targets.sections import (
    claims,
    comparisons,
    contracts,
    deployments,
    hosting,
    pages,
    products,
    retention,
    schedules,
    settings,
)
from auditor.targets.sections.notices import hosts, items
from auditor.targets.spelling import hint, nearest
from auditor.targets.values.types import BAD, LoadContext, ValueType
from auditor.targets.yaml.files import INCLUDABLE, SourceFile
from auditor.targets.yaml.nodes import YamlNode

SECTION_TYPES: MappingProxyType[str, ValueType] = MappingProxyType(
    {
        **products.SECTIONS,
        **contracts.SECTIONS,
        **deployments.SECTIONS,
        **pages.SECTIONS,
        **settings.SECTIONS,
        **schedules.SECTIONS,
        **retention.SECTIONS,
        **comparisons.SECTIONS,
        **hosting.SECTIONS,
        **hosts.SECTIONS,
        **items.SECTIONS,
        **claims.SECTIONS,
    }
)
"""From the name of a section to what reads it."""


def read_head(main: SourceFile, notes: ProblemCollector) -> dict[str, Any]:
    """The single values at the top of the main file, with placeholders where one is wrong."""
    context = LoadContext(main.label, notes)
    head: dict[str, Any] = {"timezone": "UTC", "currency": "XXX", "notice": ""}
    for name, key in settings.HEAD.items():
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


def read_sections(sources: tuple[SourceFile, ...], head: dict[str, Any], context: LoadContext) -> dict[str, Any]:
    """All sections of all files: mappings merged by id (the first wins), lists joined."""
    merged: dict[str, Any] = {}
    for source in sources:
        own = LoadContext(
            source.label, context.notes, head["currency"], head["timezone"], context.references, context.places
        )
        for name, (at, node) in source.root.items.items():
            if _unreadable(name, at, node, source, context.notes):
                continue
            value = SECTION_TYPES[name].read(node, (None, name), own)
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


def _unreadable(name: str, at: int, node: YamlNode, source: SourceFile, notes: ProblemCollector) -> bool:
    if not source.main and name in {*SECTION_TYPES, *settings.HEAD} - INCLUDABLE:
        message = f'"{name}" belongs in the main file, not in an included one. Move it there.'
        notes.add("S01", (source.label, at), "", message)
        return True
    if name in SECTION_TYPES:
        return False
    if name not in settings.HEAD:
        known = {*SECTION_TYPES, *settings.HEAD}
        notes.add(
            "S01", (source.label, at), "", f'unknown key "{name[:80]}" at the top. {hint(nearest(name, known), known)}'
        )
    return True
