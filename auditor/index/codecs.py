"""Values as the index keeps them: whole, as JSON in a `body`."""

from __future__ import annotations

from typing import TypeVar

from pydantic import TypeAdapter

from auditor.model.findings import Unobserved
from auditor.model.observations import Observation
from auditor.model.readings import Reading
from auditor.model.reports import EvidenceRow

Value = TypeVar("Value")

ROWS = TypeAdapter(EvidenceRow)
READINGS = TypeAdapter(Reading)
OBSERVATIONS = TypeAdapter(Observation)
UNOBSERVED = TypeAdapter(Unobserved)


def dump_json(adapter: TypeAdapter[Value], value: Value) -> str:
    """A value as the text of a body."""
    # Frozen values hold read-only mappings, which pydantic writes as plain ones.
    return adapter.dump_json(value, fallback=dict, warnings=False).decode()
