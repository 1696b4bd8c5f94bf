"""Words for notes: the shelf with the one table from a code to its sentence, in English and in Chinese. Pure.

Protocol: `note_text(note, lang)` makes the words; nothing anywhere makes a code out of words again. The one exception
is `stored_note`, for sentences that old bytes hold: whole, fixed texts, told by equality, and only to show them in
the reader's language; no decision rests on what it gives.

`table`      `notes.toml` read once: code → its sentence in each language, with `{places}`
`doubts`     why a count needs review, as notes
`outcomes`   how a visit ended, as a note
`sentences`  a note in words; stored sentences of earlier versions as notes

Whoever adds a code writes both languages into `notes.toml`; `tests/wording` finds a code without words, words without
a code, and a note that leaves a place of its sentence empty.
"""

from __future__ import annotations

from auditor.wording.doubts import count_doubts, doubt_notes
from auditor.wording.outcomes import outcome_note
from auditor.wording.sentences import PlaceText, counted_text, english, note_text, stored_note
from auditor.wording.table import LANGS, Lang, note_templates

__all__ = [
    "LANGS",
    "Lang",
    "PlaceText",
    "count_doubts",
    "counted_text",
    "doubt_notes",
    "english",
    "note_templates",
    "note_text",
    "outcome_note",
    "stored_note",
]
