"""The documentation and the published schema say what the loader does; both are written by it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from auditor.targets import PROBLEM_CODES, json_schema, json_schema_text
from auditor.targets.reference.key_reference import reference_markdown
from auditor.targets.sections.registry import SECTION_TYPES
from tests.targets.worked_example_edits import EXAMPLE

DOCS = Path(__file__).parents[2] / "docs"
DEMO = (Path(__file__).parents[2] / "targets.yaml").read_text(encoding="utf-8")
UPDATE = (
    'Update it: python -c "from tests.targets.test_docs import write; write()" '
    "(the part above `## Keys` is written by hand)."
)


def write() -> None:
    """Writes the generated parts of the documentation."""
    page = DOCS / "targets.md"
    head = page.read_text(encoding="utf-8").partition("## Keys\n")[0]
    page.write_text(head + reference_markdown(), encoding="utf-8")
    (DOCS / "targets.schema.json").write_text(json_schema_text(), encoding="utf-8")


def test_the_page_has_the_reference() -> None:
    assert (DOCS / "targets.md").read_text(encoding="utf-8").endswith("\n" + reference_markdown()), UPDATE


def test_the_published_schema_is_the_schema() -> None:
    assert (DOCS / "targets.schema.json").read_text(encoding="utf-8") == json_schema_text(), UPDATE


def test_every_code_in_the_source_is_in_the_table() -> None:
    folder = Path(__file__).parents[2] / "auditor" / "targets"
    used = {code for path in folder.rglob("*.py") for code in re.findall(r'"([A-Z]\d\d)"', path.read_text("utf-8"))}
    assert used == set(PROBLEM_CODES)


def refusals(value: Any, shape: dict[str, Any], root: dict[str, Any], where: str = "") -> list[str]:
    """What the schema says against a value: the part of JSON Schema that the published schema uses."""
    if "$ref" in shape:
        return refusals(value, root["$defs"][shape["$ref"].rsplit("/", 1)[1]], root, where)
    if "anyOf" in shape:
        each = [refusals(value, part, root, where) for part in shape["anyOf"]]
        return [] if any(not found for found in each) else each[0]
    if "enum" in shape and value not in shape["enum"]:
        return [f"{where}: {value!r} not in {shape['enum']}"]
    if "const" in shape and value != shape["const"]:
        return [f"{where}: {value!r} is not {shape['const']}"]
    types: dict[str, Any] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "object": dict,
        "array": list,
    }
    kind = types.get(shape.get("type", ""), object)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return [f"{where}: {value!r} is no {shape['type']}"]
    if "pattern" in shape and not re.search(shape["pattern"], value):
        return [f"{where}: {value!r} does not match {shape['pattern']}"]
    found: list[str] = []
    if isinstance(value, dict):
        found += [f"{where}: {key} missing" for key in shape.get("required", ()) if key not in value]
        for key, item in value.items():
            part = shape.get("properties", {}).get(key, shape.get("additionalProperties", {}))
            found += [f"{where}: {key} unknown"] if part is False else refusals(item, part, root, f"{where}.{key}")
    if isinstance(value, list):
        found += [text for item in value for text in refusals(item, shape.get("items", {}), root, where)]
    return found


@pytest.mark.parametrize("text", [EXAMPLE, DEMO], ids=["example", "demo"])
def test_the_schema_accepts_what_the_loader_accepts(text: str) -> None:
    assert refusals(YAML(typ="safe").load(text), json_schema(), json_schema()) == []


def test_the_schema_refuses_a_wrong_key_and_a_wrong_word() -> None:
    value = YAML(typ="safe").load(EXAMPLE)
    value["contracts"][0]["discount"] = "30"
    value["contracts"][0]["kind"] = "agent"
    found = refusals(value, json_schema(), json_schema())
    assert [text.split(": ")[1] for text in found] == ["'agent' not in ['reseller', 'end_user']", "discount unknown"]


def test_the_schema_has_every_section_and_no_loose_reference() -> None:
    published = json_schema()
    assert set(SECTION_TYPES) < set(published["properties"])
    references = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(published)))
    assert references == set(published["$defs"])
