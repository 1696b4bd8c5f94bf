"""The porch: reads `targets.yaml`, strictly, and gives the `Estate` it describes.

Protocol: `load(path) -> Estate`, or a `ConfigError` with every problem at once, in file order, each as
`path:line:col: error[CODE] where: what is wrong. What to do.` The table of codes is `PROBLEM_CODES`.

Steps, each in its file: `check_document_files`, `nodes` (YAML 1.2 as text with places, bounded) → `check_kinds`,
`scalars`, `quantities`,
`codes` (values from text) → `shapes` (which keys there are) → `assembly` (relations) → `rules` (what values must say
together). `estate_cache` keeps what a large estate gave, for questions that make no evidence.

=====================  =====================================================================================
plug                   table
=====================  =====================================================================================
section                `sections.READERS`: from its name to the kind that reads it
rule                   `rules`: functions over the estate and the places of its facts
=====================  =====================================================================================
"""

from auditor.targets.estate_cache import load_cached_estate
from auditor.targets.loader import find_problems, load_estate, load_with_warnings
from auditor.targets.problems import PROBLEM_CODES, Problem
from auditor.targets.reference.schema import json_schema, json_schema_text
from auditor.targets.starter_file import EXAMPLE_ANSWERS, QUESTIONS, Question, starter_text

__all__ = [
    "EXAMPLE_ANSWERS",
    "PROBLEM_CODES",
    "QUESTIONS",
    "Problem",
    "Question",
    "find_problems",
    "json_schema",
    "json_schema_text",
    "load_cached_estate",
    "load_estate",
    "load_with_warnings",
    "starter_text",
]
