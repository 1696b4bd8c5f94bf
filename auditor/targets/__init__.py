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

Files:

==============  ========================================================================================================
`assembly`      from what the sections say to one `Estate`: relations checked, defaults of one section taken from
                another
`bulk_edits`    many edits of one text at once, each entry as a small text of its own
`editing`       adds entries to a targets file by inserting text: every other byte, comments included, stays as it was
`estate_cache`  a large estate as it was last read, kept beside the index so that a question need not read all its YAML
                again
`insertion`     adds items to lists of mappings and keys to entries, in the same way
`loader`        the porch's main flow: read the files and their sections, join them, apply the rules; or say all that is
                wrong
`problems`      what is wrong with a file: one value per complaint, and the table of all codes
`spelling`      suggestions for misspelt ids and keys, by similarity; bounded, so that a long file full of slips stays
                quick
`starter_file`  the first `targets.yaml`: the few questions it needs, and the commented text made of the answers
`records/`      tables of other systems, read by a mapping, as records of the file; and back
`reference/`    references written from the declarations: the JSON Schema of a targets file and the manual's table of
                keys
`rules/`        what a file must say as a whole, after every part was read: a table of functions over values and their
                places
`sections/`     the shapes of the sections: which keys there are, what they mean, what each becomes. Declarations, no
                decisions
`values/`       Values from text: each kind reads a node into a value of the model and describes itself
`yaml/`         YAML as text with places: files and includes read, every scalar as written
==============  ========================================================================================================
"""

from auditor.targets import bulk_edits, editing, insertion, records
from auditor.targets.estate_cache import kept_sources, load_cached_estate, recall_estate
from auditor.targets.loader import find_problems, load_estate, load_unwritten, load_with_warnings
from auditor.targets.problems import PROBLEM_CODES, Problem
from auditor.targets.reference.schema import json_schema, json_schema_text
from auditor.targets.starter_file import EXAMPLE_ANSWERS, QUESTIONS, Question, starter_text

__all__ = [
    "EXAMPLE_ANSWERS",
    "PROBLEM_CODES",
    "QUESTIONS",
    "Problem",
    "Question",
    "bulk_edits",
    "editing",
    "find_problems",
    "insertion",
    "json_schema",
    "json_schema_text",
    "kept_sources",
    "load_cached_estate",
    "load_estate",
    "load_unwritten",
    "load_with_warnings",
    "recall_estate",
    "records",
    "starter_text",
]
