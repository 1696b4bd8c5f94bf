"""Words for notes: the shelf with the one table from a code to its sentence, in English and in Chinese. Pure.

Protocol: `note_text(note, lang)` makes the words; nothing anywhere makes a code out of words again. The one exception
is `stored_note`, for sentences that old bytes hold: whole, fixed texts, told by equality, and only to show them in
the reader's language; no decision rests on what it gives.

`table`      `notes.toml` read once: code → its sentence in each language, with `{places}`
`hosting_titles`  titles of the eight sentences about where a deployment runs
`notice_titles`  elements, states, stages, outcomes and kinds of reply of notices
`doubts`     why a count needs review, as notes
`page_words`  the words of the pages that people work with
`outcomes`   how a visit ended, as a note
`sentences`  a note in words; stored sentences of earlier versions as notes

Whoever adds a code writes both languages into `notes.toml`; `tests/wording` finds a code without words, words without
a code, and a note that leaves a place of its sentence empty.
"""

from __future__ import annotations

from auditor.wording.doubts import count_doubts, doubt_notes
from auditor.wording.hosting_titles import INTERMEDIARY_WORDS, RUNG_STATES, RUNG_TITLES, SIGNED_WORDS, proof_note
from auditor.wording.notice_titles import (
    CHANNEL_KINDS,
    ELEMENT_MARKS,
    ELEMENT_STATES,
    ELEMENT_TITLES,
    HOST_KINDS,
    OUTCOME_TITLES,
    PROFILE_TITLES,
    REPLY_SIGNATURES,
    REPLY_TITLES,
    REQUEST_TITLES,
    SOURCE_READINGS,
    STAGE_TITLES,
)
from auditor.wording.outcomes import outcome_note
from auditor.wording.page_words import page_text, page_word_table
from auditor.wording.sentences import PlaceText, counted_text, english, note_text, stored_note
from auditor.wording.table import LANGS, Lang, note_templates

__all__ = [
    "CHANNEL_KINDS",
    "ELEMENT_MARKS",
    "ELEMENT_STATES",
    "ELEMENT_TITLES",
    "HOST_KINDS",
    "INTERMEDIARY_WORDS",
    "LANGS",
    "OUTCOME_TITLES",
    "PROFILE_TITLES",
    "REPLY_SIGNATURES",
    "REPLY_TITLES",
    "REQUEST_TITLES",
    "RUNG_STATES",
    "RUNG_TITLES",
    "SIGNED_WORDS",
    "SOURCE_READINGS",
    "STAGE_TITLES",
    "Lang",
    "PlaceText",
    "count_doubts",
    "counted_text",
    "doubt_notes",
    "english",
    "note_templates",
    "note_text",
    "outcome_note",
    "page_text",
    "page_word_table",
    "proof_note",
    "stored_note",
]
