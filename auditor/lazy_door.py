"""Doors that open only as far as they are used: a room's names, each loaded when it is first asked for.

A command that needs one workflow then does not load all of them, with a browser and a plotting library behind them
(PEP 562). The names are imported a second time under `TYPE_CHECKING`, for mypy and for readers. No search for cycles is
made while modules load: they stay, and searching them again and again is a tenth of a command's start.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module

from auditor.gc_pause import collection_paused


def open_lazily(room: str, names: Mapping[str, str]) -> Callable[[str], object]:
    """The `__getattr__` of the package `room`.

    `names`: from exported name to the module below `room` that defines it; for a module, to the package it lies in.
    What was found is remembered, so that a name is looked up once. `AttributeError` for a name that is not there.
    """

    def find(name: str) -> object:
        if name not in names:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        holder = f"{room}.{names[name]}"
        with collection_paused():
            found: object = getattr(import_module(holder), name, None) or import_module(f"{holder}.{name}")
        setattr(sys.modules[room], name, found)
        return found

    return find
