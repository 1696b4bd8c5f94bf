"""Why a capture is not complete: what became of each page and step of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.model.captures import Capture, View
from auditor.model.notes import Note, make_note, quote_text
from auditor.wording import outcome_note


def capture_reasons(capture: Capture) -> tuple[Note, ...]:
    """Every reason; none for a complete capture."""
    steps = [make_note("run.step_failed", step=one.name, why=one.detail) for one in capture.steps if not one.ok]
    return tuple(dict.fromkeys(view_reasons(capture.views) or steps))


def view_reasons(views: Iterable[View]) -> tuple[Note, ...]:
    """One reason for each page that did not end as observed."""
    return tuple(
        make_note("run.page_ended", page=one.id, outcome=outcome_note(one.outcome), why=quote_text(one.why))
        for one in views
        if one.outcome != "observed"
    )
