"""Stored scripts, and the figures of two of them."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

from auditor.comparison import KnownLibraries, ServedScript
from auditor.comparison.code.scripts import ReadScript, read_script
from auditor.comparison.code.winnowing import Prints, shared_count, without
from auditor.demo import templates
from tests.comparison.make_samples import SAMPLES


@cache
def stored(name: str) -> bytes:
    """A script of the samples, or one that the garden serves."""
    packed = SAMPLES / "scripts" / f"{name}.js.gz"
    if packed.exists():
        return gzip.decompress(packed.read_bytes())
    return (Path(templates.PAGES) / f"{name}.js").read_bytes()


def read(body: bytes, charset: str = "") -> ReadScript:
    """A script as it is compared."""
    return read_script(ServedScript("app.js", body, charset))


def alike(left: ReadScript, right: ReadScript, known: KnownLibraries | None = None) -> float:
    """Twice the shared fingerprints by those of both, without those of known libraries where some are given."""
    return _dice(*(_own(one, known) for one in (left, right)))


def literals_alike(left: ReadScript, right: ReadScript) -> float:
    """The same of names and texts."""
    return _dice(left.literals, right.literals)


def known_share(script: ReadScript, known: Prints) -> float:
    """Which part of a script's fingerprints is known."""
    return 1 - len(without(script.tokens, known)) / len(script.tokens)


def _own(script: ReadScript, known: KnownLibraries | None) -> Prints:
    return script.tokens if known is None else without(script.tokens, known.tokens)


def _dice(left: Prints, right: Prints) -> float:
    return 2 * shared_count(left, right) / (len(left) + len(right))
