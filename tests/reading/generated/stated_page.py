"""A page with its specification and the answers that are right for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from auditor.model.targets.deployments import PageSpec

Delivery = Literal["whole", "paused", "cut_chunked", "cut_length"]
"""How it is sent: at once; with silence at the mark; broken off at the mark, chunked or short of its length."""

MARK = "<!--MARK-->"
"""Where a delivery pauses or breaks off."""
NO_NUMBER = "!"
"""Among the right answers: that no number is given."""


@dataclass(frozen=True, slots=True)
class StatedPage:
    """One page. A field that `right` does not name is not judged."""

    name: str
    kind: str
    """What it tries, e.g. `joined figures`."""
    html: str
    spec: PageSpec
    right: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By role the answers that may be certain: `34`, `unlimited`, `≥34`, `!` for no number."""
    listed: int | None = None
    """Units on the list in all, where the page has one; -1: the page does not let it be known."""
    on_page: int = 0
    """Units of the list that stand on the page."""
    why: str = ""
    """Why these answers and no others."""
    glance: bool = False
    """Whether a person reads it at a glance, and the value is a number or unlimited."""
    delivery: Delivery = "whole"
    pause_ms: int = 0
    content_type: str = "text/html; charset=utf-8"
    charset: str = "utf-8"
