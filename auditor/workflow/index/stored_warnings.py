"""The warnings of a stored capture as notes, so that a report can tell them in its reader's language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from auditor.errors import AuditorError
from auditor.model.captures import Capture
from auditor.model.notes import Note, make_note
from auditor.wording import stored_note

CIRCUMSTANCES = "circumstances.json"


def warning_notes(capture: Capture, load: Callable[[str], bytes]) -> tuple[Note, ...]:
    """One note for each warning. Bytes written before there were codes hold sentences alone: those that repeat a fact
    of the kept circumstances are told by it, any other is quoted as it stands."""
    if capture.warning_notes or not capture.warnings:
        return capture.warning_notes
    known = tuple(_switched_off(capture, load))
    return tuple(stored_note(warning, known) for warning in capture.warnings)


def _switched_off(capture: Capture, load: Callable[[str], bytes]) -> Iterator[Note]:
    """The checks that were switched off, by the kept circumstances; none where those cannot be read."""
    if all(artefact.path != CIRCUMSTANCES for artefact in capture.artefacts):
        return
    try:
        checks = json.loads(load(CIRCUMSTANCES))["checks"]
        off = [check for check in checks if check["result"] == "off"]
        yield from (
            make_note("capture.check_off", check=check["name"], why=check["off_because"], fact=check["fact"])
            for check in off
        )
    except (AuditorError, OSError, ValueError, LookupError, TypeError):
        return
