"""The porch: reads `targets.yaml`, strictly, and gives the `Estate` it describes.

Protocol: `load(path) -> Estate`, or a `ConfigError` with every problem at once, in file order, each as
`path:line:col: error[CODE] where: what is wrong. What to do.` The table of codes is `CODES`.

Steps, each in its file: `files`, `nodes` (YAML 1.2 as text with places, bounded) → `kinds`, `scalars`, `quantities`,
`codes` (values from text) → `shapes` (which keys there are) → `assembly` (relations) → `rules` (what values must say
together). `remembered` keeps what a large estate gave, for questions that make no evidence.

=====================  =====================================================================================
plug                   table
=====================  =====================================================================================
section                `sections.READERS`: from its name to the kind that reads it
rule                   `rules`: functions over the estate and the places of its facts
=====================  =====================================================================================
"""

from auditor.targets.loading import check, load, load_with_warnings
from auditor.targets.problems import CODES, Problem
from auditor.targets.remembered import load_remembered
from auditor.targets.schema import schema, schema_text
from auditor.targets.starting import EXAMPLE_ANSWERS, QUESTIONS, Question, starter

__all__ = [
    "CODES",
    "EXAMPLE_ANSWERS",
    "QUESTIONS",
    "Problem",
    "Question",
    "check",
    "load",
    "load_remembered",
    "load_with_warnings",
    "schema",
    "schema_text",
    "starter",
]
