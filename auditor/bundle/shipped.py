"""The texts and templates that ship with this room, from `texts/`."""

from __future__ import annotations

from importlib.resources import files


def packaged_text(name: str) -> str:
    """The text of that file name, as UTF-8."""
    return files("auditor.bundle").joinpath("texts", name).read_text("utf-8")
