"""The JSON Schema of a targets file, for completion and checking in editors. `check` says more: it also compares."""

from __future__ import annotations

import json
from typing import Any

from auditor.targets.sections.registry import SECTION_TYPES
from auditor.targets.sections.settings import HEAD


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `targets.yaml` and of the files it includes."""
    defs: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for name, key in HEAD.items():
        said = key.doc or (key.required[:1].upper() + key.required[1:])
        properties[name] = {**key.kind.schema(defs), "description": said}
    for name, kind in SECTION_TYPES.items():
        properties[name] = kind.schema(defs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "targets.yaml",
        "description": "What was licensed, to whom, where and on what terms; and where to look.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": dict(sorted(defs.items())),
    }


def json_schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
