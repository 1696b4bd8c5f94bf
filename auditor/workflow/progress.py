"""How a workflow tells how far it is: the callback that every long command takes."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with how many are done, how many there are, and what was done last."""
