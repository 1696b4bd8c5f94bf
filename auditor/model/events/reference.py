"""The table of events as Markdown, for `docs/evidence.md`: written from the classes and their docstrings. Pure."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any, get_args, get_type_hints

from auditor.model.events.kinds import event_classes
from auditor.model.events.records import layout_of

HEADING = "## Journal events"
WIDTH = 130
"""Columns of the documentation's prose."""
_INTRODUCTION = (
    "Each line of the journal's segments is one canonical JSON object (RFC 8785): `at` (UTC, microseconds), `body`,"
    " `kind`, `number` (from 0, without holes), `previous` (SHA-256 of the line before); where the local clock stepped"
    " back since the line before, also `stepped_back_ms`. What `body` holds depends on `kind` and, where a kind has"
    " several shapes, on its member `action`. A line of any other shape is refused. This part is generated from"
    " `auditor/model/events/`."
)


def events_markdown() -> str:
    """Markdown: every kind of line with its shapes, each member with its type and meaning; then the objects inside."""
    introduction = textwrap.fill(_INTRODUCTION, WIDTH, break_long_words=False, break_on_hyphens=False)
    lines = [HEADING, "", introduction, "", "| `kind` | `action` | what it says |", "| --- | --- | --- |"]
    shapes = list(event_classes())
    lines += [
        f"| `{one.kind}` | {f'`{one.action}`' if one.action else ''} | {_first_sentence(one)} |" for one in shapes
    ]
    for one in shapes:
        title = f"{one.kind}: {one.action}" if one.action else one.kind
        lines += ["", f"### {title}", "", _doc(one), "", *_table(one)]
    parts = dict.fromkeys(part for one in shapes for part in _parts(one))
    lines += ["", "### Objects inside", "", "What the members above call an object, by its name."]
    for part in parts:
        lines += ["", f"#### {part.__name__}", "", _doc(part), "", *_table(part)]
    return "\n".join(lines) + "\n"


def _table(cls: type) -> Iterator[str]:
    layout, meanings = layout_of(cls), member_meanings(cls)
    yield "| member | value | meaning | left out |"
    yield "| --- | --- | --- | --- |"
    if layout.action:
        yield f"| `action` | a text | `{layout.action}` |  |"
    for member in layout.members:
        left_out = member.absent or ("may be, in older lines" if member.optional else "")
        meaning = meanings.get(member.name, "").replace("|", "\\|")
        yield f"| `{member.name}` | {member.codec.name} | {meaning} | {left_out} |"


def member_meanings(cls: type) -> dict[str, str]:
    """Field name to the docstring that stands below it, those of base classes included; a field without one is not
    in it."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if not is_dataclass(base):
            continue
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(tree, ast.ClassDef)  # noqa: S101 (the source of a class)
        for before, after in zip(tree.body, tree.body[1:], strict=False):
            if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name):
                text = _text(after)
                if text:
                    found[before.target.id] = text
    return found


def _text(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(node.value.value.split())
    return ""


def _doc(cls: type) -> str:
    return " ".join((inspect.getdoc(cls) or "").split())


def _first_sentence(cls: type) -> str:
    return _doc(cls).split(". ")[0].removesuffix(".")


def _parts(cls: type) -> Iterator[type]:
    """The record classes that stand inside, the outer before the inner."""
    for hint in get_type_hints(cls, include_extras=True).values():
        for inner in _named(hint):
            yield inner
            yield from _parts(inner)


def _named(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and is_dataclass(hint):
        yield hint
    for inner in get_args(hint):
        yield from _named(inner)
