"""The secrets of one process: had when asked for, hidden in every log line, kept no longer than a few minutes."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection
from pathlib import Path

from auditor.clock import monotonic
from auditor.errors import CredentialError
from auditor.model.targets.secret_references import parse_reference
from auditor.workflow.credentials.sources import SecretPlaces, read_secret
from auditor.workflow.logs import hide_values

KEPT_SECONDS = 300.0
"""How long an answer is kept: visits that share an account ask a password manager once, and a changed secret counts
soon."""


class Credentials:
    """Answers references with secrets. May be asked by several threads; a slow source is asked once for all of them."""

    def __init__(self, folder: Path, hidden: Collection[str] = ()) -> None:
        """`folder`: where relative paths begin. `hidden`: references whose values no log line may show."""
        self._places = SecretPlaces(os.environ, folder)
        self._hidden = hidden
        self._kept: dict[str, tuple[float, str | None, str]] = {}
        self._lock = threading.Lock()

    def __call__(self, reference: str) -> str | None:
        """The secret; None where a variable is not set. Raises `CredentialError` where it cannot be had."""
        with self._lock:
            until, value, problem = self._kept.get(reference, (0.0, None, ""))
            if monotonic() > until:
                value, problem = self._read(reference)
                self._kept[reference] = (monotonic() + KEPT_SECONDS, value, problem)
        if problem:
            raise CredentialError(problem)
        return value

    def _read(self, reference: str) -> tuple[str | None, str]:
        parsed = parse_reference(reference)
        if parsed is None:
            return None, f"{reference[:80]}: is not a place of a secret"
        try:
            value = read_secret(parsed, self._places)
        except CredentialError as error:
            return None, str(error)
        if value and reference in self._hidden:
            hide_values([value])
        return value, ""
