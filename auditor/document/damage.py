"""Bytes that are no whole snapshot are refused in one line, whatever part of the room meets the damage first."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from auditor.errors import ReadingError

P = ParamSpec("P")
R = TypeVar("R")

DAMAGE: Final = (ValueError, KeyError, IndexError, TypeError, RecursionError, OverflowError)
"""What arrays that do not fit together, and numbers that are none, lead to."""


def refuse_damage(ask: Callable[P, R]) -> Callable[P, R]:
    """The function, with `ReadingError` for a page whose stored arrays contradict each other."""

    @wraps(ask)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return ask(*args, **kwargs)
        except DAMAGE as error:
            found = type(error).__name__ if isinstance(error, RecursionError) else repr(error)
            raise ReadingError(f"page: expected a whole snapshot or body, found {found}; capture it again") from error

    return answer
