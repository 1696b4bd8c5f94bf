"""A large estate as it was last read, kept beside the index so that a question need not read all its YAML again.

What is kept stands for the very bytes of the files: it is used only where the main file, every file that a pattern of
`include:` matches now, every document and certificate that the files name, and the program's own code are what they
were, by SHA-256. Anything else (another byte, a file more or less, a store that somebody else could have written, text
that is damaged) and the files are read as ever. It is JSON, read through the types of the model; only an estate that
comes back from it equal is kept. Commands that make evidence or check the file do not ask it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError

import auditor.model
from auditor import __version__, owner_only_file
from auditor.gc_pause import collection_paused
from auditor.model.targets.estate import Estate
from auditor.targets.loader import LoadResult, read_estate
from auditor.targets.problems import Problem
from auditor.targets.rules.documents import digest_of
from auditor.targets.yaml.files import folder_resolver, include_matches

FORMAT = "auditor.targets/1"
MIN_CACHED_ENTRIES = 1_000
"""Deployments from which on an estate is kept; fewer are read in no time."""
MOST_BYTES = 2 << 30

_ESTATE = TypeAdapter(Estate)
_PROBLEMS = TypeAdapter(tuple[Problem, ...])
_CODE = (Path(__file__).parent, Path(auditor.model.__file__).parent)
"""What reads an estate and its types: another reading of the same files is another."""
_MAPPINGS = ("parties", "products", "contracts", "deployments", "pages", "schedules", "sources", "logins",
             "comparisons")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kept:
    """The head of a store: what must still hold, and the digest of what follows it."""

    label: str
    patterns: tuple[str, ...]
    named: tuple[tuple[str, bool, str | None], ...]
    state: str
    body: str
    format: str = FORMAT


_KEPT = TypeAdapter(_Kept)


def load_cached_estate(
    path: Path, store: Path, *, worth: int = MIN_CACHED_ENTRIES, sources: Mapping[str, str] | None = None
) -> tuple[Estate, tuple[Problem, ...]]:
    """As `load_with_warnings`; from `store` where it still says what the files say, which it then does next time.

    `sources`: what `kept_sources` said a moment ago, where that was asked; the files are then not gone through again.
    A store that cannot be written is done without. Raises `ConfigError` as `load_with_warnings`.
    """
    with collection_paused():
        kept = recall_estate(path, store, sources)
        if kept is not None:
            return kept
        loaded = read_estate(path)
        found = loaded.settled()
        if len(found[0].deployments) >= worth and found[0].claims is None:
            _keep(path, store, loaded, *found)
        return found


def recall_estate(
    path: Path, store: Path, sources: Mapping[str, str] | None = None
) -> tuple[Estate, tuple[Problem, ...]] | None:
    """What is kept, where it would be used; else None. `sources` as `load_cached_estate` takes them."""
    raw = owner_only_file.read(store, MOST_BYTES)
    if raw is None:
        return None
    head, _, rest = raw.partition(b"\n")
    try:
        kept = _KEPT.validate_json(head, strict=False)
        if kept.format != FORMAT or kept.label != str(path) or kept.body != hashlib.sha256(rest).hexdigest():
            return None
        found = _sources(path, kept.patterns) if sources is None else sources
        if kept.state != _state(found) or not _unchanged(kept.named):
            return None
        text, _, problems = rest.partition(b"\n")
        return _frozen(_ESTATE.validate_json(text)), _PROBLEMS.validate_json(problems)
    except (ValidationError, ValueError, OSError):
        return None


def kept_sources(path: Path, store: Path) -> Mapping[str, str] | None:
    """The files that an estate is read from, by their digests, where an estate is kept that says which they are; None
    where none is. Nothing of what is kept is read but that."""
    raw = owner_only_file.read_line(store, MOST_BYTES)
    try:
        kept = _KEPT.validate_json(raw or b"", strict=False)
        if kept.format != FORMAT or kept.label != str(path):
            return None
        return _sources(path, kept.patterns)
    except (ValidationError, ValueError, OSError):
        return None


def _sources(path: Path, patterns: Iterable[str]) -> dict[str, str]:
    """The files that an estate is read from now, each once, by their digests, as `Estate.sources` states them.

    `OSError` where one cannot be read.
    """
    resolve = folder_resolver()
    found = {path.resolve(): path}
    for pattern in patterns:
        for item in include_matches(path.parent, pattern):
            found.setdefault(resolve(item), item)
    return {
        item.relative_to(path.parent).as_posix(): hashlib.sha256(item.read_bytes()).hexdigest()
        for item in found.values()
    }


def _state(sources: Mapping[str, str]) -> str:
    """One digest over the code and every file that an estate was read from, in their order."""
    told = "".join(f"{digest}  {name}\n" for name, digest in sources.items())
    code = owner_only_file.code_digest(*_CODE)
    return hashlib.sha256(f"{__version__}\n{code}\n{told}".encode(errors="surrogateescape")).hexdigest()


def _unchanged(named: Iterable[tuple[str, bool, str | None]]) -> bool:
    return all(digest_of(Path(file), wanted) == found for file, wanted, found in named)


def _keep(path: Path, store: Path, loaded: LoadResult, estate: Estate, problems: tuple[Problem, ...]) -> None:
    text = _ESTATE.dump_json(estate, fallback=dict, warnings=False)
    again = _ESTATE.validate_json(text)
    if again != estate or _ESTATE.dump_json(again, fallback=dict, warnings=False) != text:
        return  # not everything in it comes back as it was
    rest = text + b"\n" + _PROBLEMS.dump_json(problems)
    try:
        # What is kept must be what was read: a file that came or changed meanwhile would stay unseen for ever.
        if _sources(path, loaded.patterns) != dict(estate.sources) or not _unchanged(loaded.named):
            return
        kept = _Kept(str(path), loaded.patterns, loaded.named, _state(estate.sources), hashlib.sha256(rest).hexdigest())
        owner_only_file.write(store, _KEPT.dump_json(kept) + b"\n" + rest)
    except OSError:
        return


def _frozen(estate: Estate) -> Estate:
    found: dict[str, Any] = {name: MappingProxyType(dict(getattr(estate, name))) for name in _MAPPINGS}
    return replace(estate, **found)
