"""Values as the index keeps them: whole, as JSON in a `body`."""

from __future__ import annotations

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from auditor.errors import EvidenceIndexError
from auditor.model.findings import Unobserved
from auditor.model.reading.observations import Observation
from auditor.model.reading.readings import Reading
from auditor.model.reports import EvidenceRow

Value = TypeVar("Value")

ROWS = TypeAdapter(EvidenceRow)
READINGS = TypeAdapter(Reading)
OBSERVATIONS = TypeAdapter(Observation)
UNOBSERVED = TypeAdapter(Unobserved)


def load_json(adapter: TypeAdapter[Value], text: str) -> Value:
    """The inverse of `dump_json`; `EvidenceIndexError` for a body that another version wrote: it says something else
    now, or nothing, and is never guessed at."""
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise EvidenceIndexError(
            f"index: a body of another version ({where}: {fault['msg']}). Run: auditor rebuild"
        ) from error


def dump_json(adapter: TypeAdapter[Value], value: Value) -> str:
    """A value as the text of a body."""
    # Frozen values hold read-only mappings, which pydantic writes as plain ones.
    return adapter.dump_json(value, fallback=dict, warnings=False).decode()
