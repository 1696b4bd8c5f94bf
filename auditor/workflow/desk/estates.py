"""The estate as each scope sees it: made of `targets.yaml` without everybody else, and kept while nothing changed."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import replace

from auditor.clock import Clock, monotonic
from auditor.errors import ConfigError
from auditor.model.people import AccessScope
from auditor.model.targets.estate import Estate
from auditor.workflow.report.customer import customer_selection, estate_of_customer
from auditor.workflow.wiring import read_targets_cached
from auditor.workspace import Workspace

LOGGER = logging.getLogger("auditor.web")

LOOK_SECONDS = 2.0
"""How long an estate is believed to be as it was read."""
KEPT_SCOPES = 32


def read_told_estate(workspace: Workspace) -> Estate:
    """As `read_targets_cached`. What is wrong with the file names customers: it is logged, not told."""
    try:
        return read_targets_cached(workspace)
    except ConfigError as error:
        LOGGER.warning("targets: %s", error)
        raise ConfigError(
            "targets.yaml cannot be used now; whoever runs `auditor serve` finds why in its log"
        ) from None


class ScopedEstates:
    """For several threads. An estate is read again where a file of it changed, looked for every two seconds."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self._workspace = workspace
        self._clock = clock
        self._guard = threading.Lock()
        self._whole: Estate | None = None
        self._until = 0.0
        self._scoped: OrderedDict[AccessScope, Estate] = OrderedDict()

    def of(self, scope: AccessScope) -> Estate:
        """With nobody in it who is outside the scope. Names that the file has no more are left out."""
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
        if self._whole is None or monotonic() >= self._until:
            found = read_told_estate(self._workspace)
            if self._whole is None or found.sources != self._whole.sources:
                self._whole = found
                self._scoped.clear()
            self._until = monotonic() + LOOK_SECONDS
        return self._whole

    def _restricted(self, whole: Estate, scope: AccessScope) -> Estate:
        contracts = sorted(scope.contracts & set(whole.contracts))
        deployments = sorted(scope.deployments & set(whole.deployments))
        selection = customer_selection(whole, contracts, deployments, self._clock())
        if scope.case and not scope.contracts:  # a case is its deployments, whatever else their contracts cover
            selection = replace(selection, deployments=tuple(deployments))
        return estate_of_customer(whole, selection)
