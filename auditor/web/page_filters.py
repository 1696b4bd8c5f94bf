"""What every template may call: links that keep the state of a list, and the figures of drawings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, urlencode


def linked(path: str, query: Mapping[str, str], **changes: object) -> str:
    """The address of a list in the state of `query` with some of it changed; a change to nothing takes it out.

    Whatever changes the list begins it anew, so the place behind which it went on is dropped.
    """
    kept = {name: text for name, text in query.items() if name not in ("after", "partial")}
    for name, value in changes.items():
        kept.pop(name, None)
        if value not in (None, ""):
            kept[name] = str(value)
    return f"{path}?{urlencode(kept)}" if kept else path


def part(value: object) -> str:
    """A value as one part of a path."""
    return quote(str(value), safe="")


def grouped(value: int | float) -> str:
    """A number with its thousands apart."""
    return f"{value:,}"


def share(value: float, of: float, width: float) -> float:
    """A length in proportion, for a drawing."""
    return round(width * min(1.0, max(0.0, value / of)) if of else 0.0, 1)


def size_text(value: int) -> str:
    """A size in bytes as people read it."""
    size = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1_000 or unit == "GB":
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1_000
    return f"{value:,} B"


def first(values: Iterable[object], most: int) -> list[object]:
    """The first of many."""
    return list(values)[:most]


PAGE_FILTERS: Mapping[str, Callable[..., object]] = {
    "part": part,
    "grouped": grouped,
    "size": size_text,
    "most": first,
}
PAGE_GLOBALS: Mapping[str, Callable[..., object]] = {"linked": linked, "share": share}
