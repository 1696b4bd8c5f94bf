"""Packages of an evidence folder that are brought into it when somebody opens one.

Whoever reads evidence names a folder below `evidence/`. Where a source is given for that `evidence/`, it is asked for
the package first; all readers stay as they are. One process knows its own sources; for every other folder, what is not
there is not there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from auditor.model.evidence import Package

_GUARD = threading.Lock()
_SOURCES: dict[Path, PackageSource] = {}


class PackageSource(Protocol):
    """Brings packages into one `evidence/` folder. Safe from several threads."""

    def bring(self, home: str, *, afresh: bool = False) -> None:
        """The package's files lie in its folder when this returns, and what stands beside them; its manifest is the
        one that the journal records. `IntegrityError` where what is kept elsewhere is none, or another.

        `afresh`: what lay there is not used, and goes once the other is here."""
        ...

    def streamed(self, packages: Iterable[Package]) -> Iterator[Package]:
        """The packages in their order, each brought before it is given and let go after; the next ones come
        meanwhile."""
        ...


def give_source(evidence: Path, source: PackageSource | None) -> None:
    """From here on packages below `evidence` are brought by this source; None: by nobody."""
    with _GUARD:
        if source is None:
            _SOURCES.pop(evidence.resolve(), None)
        else:
            _SOURCES[evidence.resolve()] = source


def _source_of(folder: Path) -> tuple[PackageSource, str] | None:
    if not _SOURCES:
        return None
    here = folder.parent.resolve() / folder.name
    with _GUARD:
        for evidence, source in _SOURCES.items():
            if here.is_relative_to(evidence):
                return source, here.relative_to(evidence).as_posix()
    return None


def bring_package(folder: Path, *, afresh: bool = False) -> bool:
    """Have the package of this folder brought, where somebody brings it; False where nobody does. `afresh`: also where
    it lies here already."""
    found = _source_of(folder)
    if found is None:
        return False
    found[0].bring(found[1], afresh=afresh)
    return True


def make_places(evidence: Path, homes: Iterable[str]) -> None:
    """Empty folders for packages that are brought when they are opened, for whoever looks which there are."""
    with _GUARD:
        known = evidence.resolve() in _SOURCES
    for home in homes if known else ():
        (evidence / home).mkdir(parents=True, exist_ok=True)


def stream_packages(evidence: Path, packages: Iterable[Package]) -> Iterator[Package]:
    """The packages in their order, each there while it is looked at: where they are brought, several come at once and
    none stays."""
    with _GUARD:
        source = _SOURCES.get(evidence.resolve())
    yield from packages if source is None else source.streamed(packages)
