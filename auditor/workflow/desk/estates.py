"""The estate as each scope sees it: made of `targets.yaml` without everybody else, and kept while nothing changed."""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace

from auditor.clock import Clock, monotonic
from auditor.errors import TargetsError
from auditor.gc_pause import spare_what_stays
from auditor.model.people import AccessScope
from auditor.model.targets.estate import Estate
from auditor.targets import kept_sources
from auditor.workflow.claim import claims_within
from auditor.workflow.report.customer import customer_selection, estate_of_customer
from auditor.workflow.wiring import read_targets_cached
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.web")

LOOK_SECONDS = 2.0
"""How long an estate is believed to be as it was read."""
WHOLE_LOOK_SECONDS = 30.0
"""How long it is enough that no file was touched; then their bytes and the documents that they name are looked at."""
KEPT_SCOPES = 32


class ScopedEstates:
    """For several threads. An estate is read again where a file of it changed, looked for every two seconds."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self._workspace = workspace
        self._clock = clock
        self._guard = threading.Lock()
        self._whole: Estate | None = None
        self._wrong: TargetsError | None = None
        self._until = self._whole_look = 0.0
        self._looking = threading.Lock()
        self._seen: tuple[tuple[int, int, int], ...] | None = None
        self._places: tuple[str, ...] = ()
        self._scoped: OrderedDict[AccessScope, Estate] = OrderedDict()

    def of(self, scope: AccessScope) -> Estate:
        """With nobody in it who is outside the scope. Names that the file has no more are left out. `TargetsError`
        where it cannot be used."""
        self._look_again()
        with self._guard:
            whole = self._current()
            if scope.everybody:
                return whole
            found = self._scoped.get(scope)
            if found is None:
                found = self._scoped[scope] = self._restricted(whole, scope)
                if len(self._scoped) > KEPT_SCOPES:
                    self._scoped.popitem(last=False)
            self._scoped.move_to_end(scope)
            return found

    def _current(self) -> Estate:
        if self._wrong is not None:
            raise TargetsError(*self._wrong.problems)
        assert self._whole is not None  # noqa: S101 (looked at)
        return self._whole

    def _look_again(self) -> None:
        """Read it again where a file of it changed. Whoever asks while another one reads is told what was read last."""
        if monotonic() < self._until or not self._looking.acquire(blocking=self._seen is None):
            return
        try:
            if monotonic() >= self._until:
                self._look()
                self._until = monotonic() + LOOK_SECONDS
        finally:
            self._looking.release()

    def _look(self) -> None:
        seen = _marks(self._places)
        if self._wrong is None and seen == self._seen and monotonic() < self._whole_look:
            return  # no file of it was touched
        if self._wrong is None and self._whole is not None and self._is_as_read(self._whole):
            self._seen, self._whole_look = seen, monotonic() + WHOLE_LOOK_SECONDS
            return
        try:
            found = read_targets_cached(self._workspace)
        except TargetsError as error:
            if self._wrong is None or self._wrong.problems != error.problems:
                LOGGER.warning("targets: %s", error)
            self._wrong, self._seen = error, ()
            return
        with self._guard:
            self._wrong = None
            if self._whole is None or found.sources != self._whole.sources:
                self._whole, self._places = found, source_places(self._workspace, found)
                self._scoped.clear()
                spare_what_stays()
                seen = _marks(self._places)  # what was touched while it was read is seen by the next whole look
        self._seen, self._whole_look = seen, monotonic() + WHOLE_LOOK_SECONDS

    def _is_as_read(self, whole: Estate) -> bool:
        """Whether every file has the bytes that were read, where that can be said without reading what they say."""
        kept = kept_sources(self._workspace.targets, self._workspace.db.with_name("targets.json"))
        return kept is not None and dict(kept) == dict(whole.sources)

    def _restricted(self, whole: Estate, scope: AccessScope) -> Estate:
        contracts = sorted(scope.contracts & set(whole.contracts))
        deployments = sorted(scope.deployments & set(whole.deployments))
        selection = customer_selection(whole, contracts, deployments, self._clock())
        if scope.case and not scope.contracts:  # a case is its deployments, whatever else their contracts cover
            selection = replace(selection, deployments=tuple(deployments))
        own = estate_of_customer(whole, selection)
        return replace(own, claims=claims_within(whole, own))


def source_places(workspace: Workspace, estate: Estate) -> tuple[str, ...]:
    """The files of an estate, and the folders that they lie in."""
    root = workspace.targets.parent
    files = {root / name for name in estate.sources}
    folders = {root, *(file.parent for file in files)}
    above = {higher for folder in folders for higher in folder.parents if root in higher.parents}
    return tuple(sorted(map(str, files | folders | above)))


def _marks(places: Iterable[str]) -> tuple[tuple[int, int, int], ...]:
    """When these were written last."""
    return tuple(_mark(place) for place in places)


def _mark(place: str) -> tuple[int, int, int]:
    try:
        found = os.stat(place)  # noqa: PTH116 (of thousands, every two seconds)
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
