"""Which names a file of evidence, or of a bag of it, may have, so that they mean the same on every machine. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.errors import VaultError

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{name}{digit}" for name in ("com", "lpt") for digit in range(1, 10)}


@dataclass(frozen=True, slots=True)
class PathLimits:
    """How long a path may be, in characters, and what its segments may be called."""

    path: int
    segment: int
    devices: bool
    """Whether a segment may be called as a device of Windows is (`con`, `lpt1`)."""


IN_EVIDENCE = PathLimits(path=240, segment=100, devices=False)
IN_BAG = PathLimits(path=400, segment=120, devices=True)
"""A bag puts folders before the paths of evidence, and documents of a contract keep the names that they came with."""


def why_invalid(path: str, limits: PathLimits = IN_EVIDENCE) -> str:
    """Why `path` may not name a file of evidence; empty where it may. Relative POSIX, ASCII, no dots that climb."""
    if len(path) > limits.path:
        return f"longer than {limits.path} characters"
    for segment in path.split("/"):
        if segment in {"", ".", ".."}:
            return "absolute, empty or climbing segment"
        if len(segment) > limits.segment or not _SEGMENT.fullmatch(segment):
            return f"segment {segment!r} is not letters, digits, '.', '_' and '-' beginning with a letter or digit"
        if segment.endswith(".") or (not limits.devices and segment.split(".")[0].lower() in _DEVICES):
            return f"segment {segment!r} is not portable"
    return ""


def require(path: str, what: str = "artefact") -> str:
    """`path` itself, or `VaultError` with its fault."""
    if why := why_invalid(path):
        raise VaultError(f"{what} path {path!r:.120}: {why}; choose another name")
    return path


def casefold_path(path: str) -> str:
    """One spelling for all names that some file system would take for the same file."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFKC", path).casefold()


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
