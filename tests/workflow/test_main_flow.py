"""The main flow is read in one file: ten numbered steps, each a call, each with what it touches."""

from __future__ import annotations

import ast
import inspect
import re

from auditor.workflow.audit import audit

SOURCE = inspect.getsource(audit)
STEP = re.compile(r"^\s*# (\d+)\. ", re.MULTILINE)
PER_VISIT = {
    "3": ("journal_intent", "visit_deployment"),
    "4": ("describe_capture",),
    "5": ("commit",),
    "6": ("seal",),
    "7": ("index_record",),
    "8": ("record",),
}
PER_RUN = {"1": ("open_run",), "2": ("examine_machine",), "10": ("close_run",)}


def steps(function: object) -> dict[str, list[str]]:
    """By number, the names that stand after the step's comment and before the next one."""
    source = inspect.cleandoc("\n" + inspect.getsource(function))  # type: ignore[arg-type]
    marks = [(match[1], source.count("\n", 0, match.start()) + 1) for match in STEP.finditer(source)]
    tree = ast.parse(source)
    names = [(one.lineno, named(one)) for one in ast.walk(tree) if isinstance(one, ast.Name | ast.Attribute)]
    found: dict[str, list[str]] = {}
    for place, (number, line) in enumerate(marks):
        end = marks[place + 1][1] if place + 1 < len(marks) else 10_000
        found[number] = [name for at, name in names if line < at < end]
    return found


def named(node: ast.Name | ast.Attribute) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


def test_all_ten_steps_are_in_the_file() -> None:
    assert {int(match[1]) for match in STEP.finditer(SOURCE)} == set(range(1, 11))


def test_a_visit_is_steps_3_to_8_in_this_order() -> None:
    found = steps(audit.visit_one)
    assert list(found) == list(PER_VISIT)
    for number, names in PER_VISIT.items():
        assert set(names) <= set(found[number]), number


def test_a_run_opens_examines_visits_and_closes() -> None:
    found = steps(audit.run_audit)
    for number, names in PER_RUN.items():
        assert set(names) <= set(found[number]), number
    assert "visit_one" in found["3"]
    assert "workspace_report" in steps(audit.audit_workspace)["10"]


def test_each_step_says_what_it_touches() -> None:
    comments = re.findall(r"(?:^\s*#.*\n)+", SOURCE, re.MULTILINE)
    numbered = [" ".join(text.split()) for text in comments if STEP.search(text) and "3. to 8." not in text]
    for text in numbered:
        assert "Touches:" in text or text.strip().startswith("# 1. to 8."), text


def test_the_flow_stays_short_enough_to_be_read() -> None:
    for function in (audit.audit_workspace, audit.run_audit, audit.visit_one):
        assert len(inspect.getsource(function).splitlines()) <= 50, function.__name__
