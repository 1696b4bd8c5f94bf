"""Many edits of one text at once: entries added, keys of entries set or taken out; every other byte as it was.

An entry is edited as a small text of its own and put back, so that the time grows with the edits and with the length
of the text, and not with their product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from auditor.targets import editing, insertion


@dataclass(frozen=True, slots=True)
class KeyEdit:
    """One key of an entry: set, or taken out where the value is None."""

    path: tuple[str, ...]
    """Keys that lead to the mapping, inside the entry."""
    key: str
    value: object


@dataclass(frozen=True, slots=True)
class EntryEdits:
    """Edits of one entry."""

    entry: tuple[str, ...]
    """Section and id; below a contract also `authorised` and the deployment."""
    edits: tuple[KeyEdit, ...]


@dataclass(slots=True)
class TextEdits:
    """Everything that is changed in one file."""

    changed: list[EntryEdits] = field(default_factory=list)
    added: dict[str, list[tuple[str, Mapping[str, object]]]] = field(
        default_factory=lambda: {"parties": [], "contracts": [], "deployments": []}
    )
    """By section: id and keys."""
    orders: dict[str, list[Mapping[str, object]]] = field(default_factory=dict)
    """By contract: items of its `authorised`."""


def apply_edits(text: str, edits: TextEdits) -> str:
    """The text with all edits. `ConfigError` where one leads to a form that cannot be edited."""
    text = _edit_entries(text, edits)
    if edits.added["parties"]:
        text = editing.insert_entry(text, "parties", _lines(edits.added["parties"], inline=True))
    if edits.added["contracts"]:
        new = [
            {"id": id_, **values} | ({"authorised": edits.orders[id_]} if id_ in edits.orders else {})
            for id_, values in edits.added["contracts"]
        ]
        text = insertion.add_items(text, ("contracts",), new)
    if edits.added["deployments"]:
        text = editing.insert_entry(text, "deployments", _lines(edits.added["deployments"], inline=False))
    return text


def _edit_entries(text: str, edits: TextEdits) -> str:
    """Keys and orders of entries that are there, each entry as a text of its own."""
    wanted: dict[tuple[str, str], tuple[list[EntryEdits], list[Mapping[str, object]]]] = {}
    for one in edits.changed:
        wanted.setdefault((one.entry[0], one.entry[1]), ([], []))[0].append(one)
    fresh = {id_ for id_, _ in edits.added["contracts"]}
    for contract, items in edits.orders.items():
        if contract not in fresh:
            wanted.setdefault(("contracts", contract), ([], []))[1].extend(items)
    if not wanted:
        return text
    spans, whole = insertion.entry_spans(text, wanted)
    for key in whole:
        text = _edited(text, *wanted[key], key)
    if whole:
        spans, _ = insertion.entry_spans(text, wanted.keys() - set(whole))
    for start, end, key in sorted(spans, reverse=True):
        head = f"{key[0]}:\n"
        done = _edited(head + text[start:end], *wanted[key], key)
        text = text[:start] + done[len(head) :] + text[end:]
    return text


def _edited(
    text: str, changed: Sequence[EntryEdits], items: Sequence[Mapping[str, object]], key: tuple[str, str]
) -> str:
    for one in changed:
        for edit in one.edits:
            path = (*one.entry, *edit.path)
            if edit.value is None:
                text = insertion.remove_key(text, path, edit.key)
            else:
                text = insertion.set_key(text, path, edit.key, edit.value)
    return insertion.add_items(text, (*key, "authorised"), items, inline=True) if items else text


def _lines(entries: Sequence[tuple[str, Mapping[str, object]]], *, inline: bool) -> str:
    """Entries of a section that is a mapping, as lines."""
    lines: list[str] = []
    for id_, values in entries:
        if inline:
            lines.append(f"{insertion.flow_key(id_)}: {insertion.flow(values)}")
        else:
            lines += [
                f"{insertion.flow_key(id_)}:",
                *(f"  {key}: {insertion.flow(one)}" for key, one in values.items()),
            ]
    return "\n".join(lines) + "\n"
