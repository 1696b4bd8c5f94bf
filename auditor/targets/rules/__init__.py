"""What a file must say as a whole, after every part was read: a table of small functions."""

from __future__ import annotations

from pathlib import Path

from auditor.model.estate import Estate
from auditor.targets.kinds import Context


def apply_rules(estate: Estate, context: Context, folders: dict[str, Path]) -> None:
    """Applies every rule; problems are noted in the context."""
