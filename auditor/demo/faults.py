"""What can go wrong at a site, as one immutable value that the world swaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from auditor.demo.http_server import DeliveryFault

Markup = Literal["redesign", "unclosed", "duplicate_label"]
"""`redesign`: same labels and values in other elements, classes and ids; `unclosed`: cells and rows left open;
`duplicate_label`: 当前分馆数量 stands twice, with two different numbers."""
Cover = Literal["notice", "maintenance", "redirect_loop", "oversized"]
"""`notice`: a panel lies over the values; `maintenance`: a page with status 200 that says 系统维护中;
`redirect_loop`: every page sends on to another; `oversized`: 40 MiB of page."""


@dataclass(frozen=True, slots=True)
class Faults:
    """The misbehaviour of one site; the default is none."""

    under: str = "/"
    """Path prefix to which `status`, `delay`, `fate` and `cover` apply."""
    status: int | None = None
    delay: float = 0.0
    fate: DeliveryFault = "send"
    cover: Cover | None = None
    markup: Markup | None = None
    hidden: frozenset[str] = frozenset()
    """Labels whose rows are left out of the registration page."""
    shown: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """From label to the text shown in place of the true one."""
    unsettled: bool = False
    """Values stay at 加载中… for ever."""
    login_refused: bool = False

    def hits(self, path: str) -> bool:
        return path.startswith(self.under)


NO_FAULTS = Faults()
LOADING = "加载中…"
