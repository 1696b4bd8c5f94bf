"""A large estate as it was last read, kept beside the index so that a question need not read all its YAML again.

What is kept stands for the very bytes of the files: it is used only where the main file, every file that a pattern of
`include:` matches now, every document and certificate that the files name, and the program's own code are what they
were, by SHA-256. Anything else (another byte, a file more or less, a store that somebody else could have written, text
that is damaged) and the files are read as ever. It is JSON by lines, read through the types of the model; only an
estate that comes back from it equal is kept. Commands that make evidence or check the file do not ask it.

    head       what must still hold, and the digest of the lines that follow
    problems   the warnings
    estate     without its deployments and contracts
    ...        deployments, some hundred a line
    ...        contracts, some hundred a line
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

from pydantic import TypeAdapter, ValidationError

import auditor.model
from auditor import __version__, owner_only_file
from auditor.gc_pause import collection_paused
from auditor.model.targets.contracts import Contract
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.targets.loader import LoadResult, read_estate
from auditor.targets.problems import Problem
from auditor.targets.rules.documents import digest_of
from auditor.targets.yaml.files import folder_resolver, include_matches

FORMAT = "auditor.targets/2"
MIN_CACHED_ENTRIES = 1_000
"""Deployments from which on an estate is kept; fewer are read in no time."""
MOST_BYTES = 2 << 30
LINE_ENTRIES = 500
"""So many on a line: reading one needs several times the memory that is left of it."""

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
    deployments: int
    """Lines of them."""
    format: str = FORMAT


class _Forms:
    """How the lines are written and read. Made where they are first needed: that takes longer than a small file."""

    def __init__(self) -> None:
        self.head = TypeAdapter(_Kept)
        self.problems = TypeAdapter(tuple[Problem, ...])
        self.estate = TypeAdapter(Estate)
        self.deployments = TypeAdapter(dict[str, Deployment])
        self.contracts = TypeAdapter(dict[str, Contract])


@cache
def _forms() -> _Forms:
    return _Forms()


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
    try:
        with owner_only_file.opened(store, MOST_BYTES) as stream:
            kept = _head(path, stream)
            if kept is None or stream is None:
                return None
            found = _sources(path, kept.patterns) if sources is None else sources
            if kept.state != _state(found) or not _unchanged(kept.named):
                return None
            digest = hashlib.sha256()
            read = _parsed(_digested(stream, digest), kept.deployments)
            return read if digest.hexdigest() == kept.body else None
    except (ValidationError, ValueError, OSError):
        return None


def kept_sources(path: Path, store: Path) -> Mapping[str, str] | None:
    """The files that an estate is read from, by their digests, where an estate is kept that says which they are; None
    where none is. Nothing of what is kept is read but that."""
    try:
        with owner_only_file.opened(store, MOST_BYTES) as stream:
            kept = _head(path, stream)
        return None if kept is None else _sources(path, kept.patterns)
    except (ValidationError, ValueError, OSError):
        return None


def _head(path: Path, stream: BinaryIO | None) -> _Kept | None:
    """The head of a store that is of this file and format."""
    if stream is None:
        return None
    kept = _forms().head.validate_json(stream.readline(), strict=False)
    return kept if kept.format == FORMAT and kept.label == str(path) else None


def _digested(lines: Iterable[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for line in lines:
        digest.update(line)
        yield line


def _parsed(lines: Iterator[bytes], deployments: int) -> tuple[Estate, tuple[Problem, ...]]:
    forms = _forms()
    problems = forms.problems.validate_json(next(lines, b""))
    estate = forms.estate.validate_json(next(lines, b""))
    parts: tuple[dict[str, Deployment], dict[str, Contract]] = ({}, {})
    for line in islice(lines, deployments):
        parts[0].update(forms.deployments.validate_json(line))
    for line in lines:
        parts[1].update(forms.contracts.validate_json(line))
    return _frozen(replace(estate, deployments=parts[0], contracts=parts[1])), problems


def _lines(estate: Estate, problems: tuple[Problem, ...]) -> tuple[list[bytes], int]:
    """What is written below the head, and how many lines of it are deployments."""
    forms = _forms()
    head = [forms.problems.dump_json(problems), _dumped(forms.estate, replace(estate, deployments={}, contracts={}))]
    deployments = [_dumped(forms.deployments, part) for part in _parts(estate.deployments)]
    contracts = [_dumped(forms.contracts, part) for part in _parts(estate.contracts)]
    return [line + b"\n" for line in (*head, *deployments, *contracts)], len(deployments)


def _dumped(adapter: TypeAdapter[Any], value: object) -> bytes:
    return adapter.dump_json(value, fallback=dict, warnings=False)


def _parts(entries: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    rest = iter(entries.items())
    while part := dict(islice(rest, LINE_ENTRIES)):
        yield part


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
    lines, deployments = _lines(estate, problems)
    again = _parsed(iter(lines), deployments)
    if again != (estate, problems) or _lines(*again) != (lines, deployments):
        return  # not everything in it comes back as it was
    body = hashlib.sha256()
    for line in lines:
        body.update(line)
    try:
        # What is kept must be what was read: a file that came or changed meanwhile would stay unseen for ever.
        if _sources(path, loaded.patterns) != dict(estate.sources) or not _unchanged(loaded.named):
            return
        state = _state(estate.sources)
        kept = _Kept(str(path), loaded.patterns, loaded.named, state, body.hexdigest(), deployments)
        owner_only_file.write(store, _forms().head.dump_json(kept) + b"\n", *lines)
    except OSError:
        return


def _frozen(estate: Estate) -> Estate:
    found: dict[str, Any] = {name: MappingProxyType(dict(getattr(estate, name))) for name in _MAPPINGS}
    return replace(estate, **found)
