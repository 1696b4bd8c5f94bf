"""Fingerprints of a stream of tokens by winnowing (Schleimer, Wilkerson, Aiken 2003), as sets. Pure.

Every run of `K` tokens has a hash; of each window of `W` runs the smallest is kept. So two scripts that share a stretch
of `K + W - 1` tokens share a fingerprint, wherever it stands; a stretch that is repeated counts once.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

K, W = 12, 6
"""Tokens of a run, and runs of a window, of a script's tokens."""
LITERAL_K = 4
"""Names and texts of a run in the literal stream; every run is kept."""
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_UNUSED = np.uint64(16)
"""Bits that are dropped: 48 are enough for what one comparison holds, and lists of libraries stay small."""
Prints = NDArray[np.uint64]
"""Fingerprints, sorted, each once."""
Stream: TypeAlias = "array[int] | Sequence[int] | Prints"
NO_PRINTS: Prints = np.empty(0, dtype=np.uint64)


def run_hashes(tokens: Stream, k: int) -> Prints:
    """The hash of every run of `k` tokens, in order; empty where there are fewer tokens."""
    stream = np.asarray(tokens, dtype=np.uint64)
    count = len(stream) - k + 1
    if count <= 0:
        return NO_PRINTS
    total = np.zeros(count, dtype=np.uint64)
    for offset in range(k):
        total *= _BASE
        total += stream[offset : offset + count]
    total ^= total >> np.uint64(29)
    total *= _MIX
    total ^= total >> np.uint64(32)
    return total >> _UNUSED


def window_minima(hashes: Prints, w: int) -> Prints:
    """The smallest hash of every window of `w`; of a shorter stream its smallest."""
    if len(hashes) <= w:
        return hashes.min(keepdims=True) if len(hashes) else hashes
    count = len(hashes) - w + 1
    smallest = hashes[:count].copy()
    for offset in range(1, w):
        np.minimum(smallest, hashes[offset : offset + count], out=smallest)
    return smallest


def fingerprint(tokens: Stream, k: int = K, w: int = W) -> Prints:
    """The fingerprints of a stream."""
    return np.unique(window_minima(run_hashes(tokens, k), w))


def statement_prints(tokens: Stream, starts: Sequence[int]) -> Prints:
    """The fingerprints of a script, statement by statement: no run crosses from one library into the next."""
    stream = np.asarray(tokens, dtype=np.uint64)
    return union([fingerprint(part) for part in _parts(stream, starts)])


def literal_prints(literals: Stream, starts: Sequence[int] = ()) -> Prints:
    """The fingerprints of a literal stream, statement by statement."""
    stream = np.asarray(literals, dtype=np.uint64)
    return union([np.unique(run_hashes(part, LITERAL_K)) for part in _parts(stream, starts)])


def _parts(stream: Prints, starts: Sequence[int]) -> list[Prints]:
    edges = sorted({0, *starts, len(stream)})
    return [stream[first:end] for first, end in pairwise(edges)]


def without(prints: Prints, known: Prints) -> Prints:
    """Those that are not known."""
    return prints[~np.isin(prints, known, assume_unique=True)] if len(known) else prints


def shared_count(left: Prints, right: Prints) -> int:
    """How many fingerprints both have."""
    return len(np.intersect1d(left, right, assume_unique=True))


def union(parts: Sequence[Prints]) -> Prints:
    """All fingerprints of several, each once."""
    return np.unique(np.concatenate(parts)) if parts else NO_PRINTS
