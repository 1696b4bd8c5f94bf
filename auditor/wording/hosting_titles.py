"""The titles of the eight sentences about where a deployment runs, and of their states, as notes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from auditor.model.hosting import IntermediaryAnswer, RungName, RungStatus, SignedBy
from auditor.model.notes import Note, make_note

RUNG_TITLES: Final[Mapping[RungName, Note]] = {
    "connected": make_note("rung.connected"),
    "resolved": make_note("rung.resolved"),
    "key_answered": make_note("rung.key_answered"),
    "registered": make_note("rung.registered"),
    "announced": make_note("rung.announced"),
    "listed": make_note("rung.listed"),
    "stated": make_note("rung.stated"),
    "decided": make_note("rung.decided"),
}
RUNG_STATES: Final[Mapping[RungStatus, Note]] = {
    "shown": make_note("rung.shown"),
    "not_shown": make_note("rung.not_shown"),
    "not_checked": make_note("rung.not_checked"),
}
INTERMEDIARY_WORDS: Final[Mapping[IntermediaryAnswer, Note]] = {
    "seen": make_note("rung.intermediary_seen"),
    "no_sign": make_note("rung.intermediary_no_sign"),
    "not_checked": make_note("rung.intermediary_not_checked"),
}
SIGNED_WORDS: Final[Mapping[SignedBy, Note]] = {
    "nobody": make_note("rung.signed_nobody"),
    "zone": make_note("rung.signed_zone"),
    "server": make_note("rung.signed_server"),
    "person": make_note("rung.signed_person"),
}
