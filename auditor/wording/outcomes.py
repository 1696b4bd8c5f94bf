"""How a visit ended, in words: one code of the table for each outcome. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from auditor.model.notes import Note, make_note

OTHER: Final = "outcome.other"
OUTCOME_CODES: Final = MappingProxyType(
    {
        "observed": "outcome.observed",
        "unreachable": "outcome.unreachable",
        "connection_reset": "outcome.connection_reset",
        "http_error": "outcome.http_error",
        "redirect_loop": "outcome.redirect_loop",
        "login_refused": "outcome.login_refused",
        "not_logged_in": "outcome.not_logged_in",
        "label_missing": "outcome.label_missing",
        "not_settled": "outcome.not_settled",
        "no_value": "outcome.no_value",
        "obscured": "outcome.obscured",
        "timed_out": "outcome.timed_out",
        "too_large": "outcome.too_large",
        "crashed": "outcome.crashed",
        "blank": "outcome.blank",
        "tls_invalid": "outcome.tls_invalid",
        "out_of_scope": "outcome.out_of_scope",
        "unclean": "outcome.unclean",
        "no_credentials": "outcome.no_credentials",
        "login_expired": "outcome.login_expired",
        "proxy_failed": "outcome.proxy_failed",
        "error": "outcome.error",
        "no_number": "outcome.no_number",
        "gap": "outcome.gap",
        "pruned": "outcome.pruned",
    }
)
"""Every outcome of a view, beside what a report tells of visits without one."""


def outcome_note(outcome: str) -> Note:
    """The words of an outcome; *not observed* for one that this version does not know."""
    return make_note(OUTCOME_CODES.get(outcome, OTHER))
