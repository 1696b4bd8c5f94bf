"""Which names a file of evidence may have, so that it means the same on every machine that unpacks it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from auditor.errors import VaultError

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{name}{digit}" for name in ("com", "lpt") for digit in range(1, 10)}
MAX_PATH = 240


def why_invalid(path: str) -> str:
    """Why `path` may not name a file of evidence; empty where it may. Relative POSIX, ASCII, no dots that climb."""
    if len(path) > MAX_PATH:
        return f"longer than {MAX_PATH} characters"
    for segment in path.split("/"):
        if segment in {"", ".", ".."}:
            return "absolute, empty or climbing segment"
        if not _SEGMENT.fullmatch(segment):
            return f"segment {segment!r} is not letters, digits, '.', '_' and '-' beginning with a letter or digit"
        if segment.endswith(".") or segment.split(".")[0].lower() in _DEVICES:
            return f"segment {segment!r} is not portable"
    return ""


def require(path: str, what: str = "artefact") -> str:
    """`path` itself, or `VaultError` with its fault."""
    if why := why_invalid(path):
        raise VaultError(f"{what} path {path!r:.120}: {why}; choose another name")
    return path


def casefold_path(path: str) -> str:
    """One spelling for all names that some file system would take for the same file."""
    return unicodedata.normalize("NFKC", path).casefold()


def collisions(names: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of different names that fold to one."""
    seen: dict[str, str] = {}
    found = []
    for name in names:
        key = casefold_path(name)
        if key in seen and seen[key] != name:
            found.append((seen[key], name))
        seen.setdefault(key, name)
    return found
