"""The step log of a visit in progress: steps in order, each warning once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from auditor.capture.base.outcomes import VisitEnded
from auditor.clock import Clock
from auditor.model.captures import StepRecord
from auditor.model.notes import Note, make_note, quote_text

MAX_WARNINGS = 200
"""Warnings that a visit keeps; that there were more is the last one."""


@dataclass(slots=True)
class StepInProgress:
    """A step being done; its detail is written by whoever does it."""

    detail: str = ""
    ok: bool = True


class StepLog:
    """Steps and warnings of one visit."""

    def __init__(self, clock: Clock) -> None:
        self.steps: list[StepRecord] = []
        self.warnings: list[Note] = []
        self._clock = clock

    @contextmanager
    def step(self, name: str) -> Iterator[StepInProgress]:
        """Record one act, whatever way it ends."""
        act = StepInProgress()
        started = self._clock()
        try:
            yield act
        except VisitEnded as ended:
            act.ok, act.detail = False, ended.why
            raise
        except BaseException as error:
            act.ok, act.detail = False, act.detail or f"broken off: {type(error).__name__}"
            raise
        finally:
            self.steps.append(StepRecord(name, started, self._clock(), act.ok, act.detail))

    def warn(self, warning: Note | str) -> None:
        """Say something in every report, once; a text without a code is quoted as it stands."""
        note = warning if isinstance(warning, Note) else quote_text(warning)
        if len(self.warnings) == MAX_WARNINGS:
            note = make_note("capture.more_warnings", most=MAX_WARNINGS)
        if warning and len(self.warnings) <= MAX_WARNINGS and note not in self.warnings:
            self.warnings.append(note)
