"""A stored page with the finder of its labels: what a field is read from. Pure.

The finder is made once for a page and serves every field of it, because it remembers what it worked out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.document.normalisation import comparison_form
from auditor.document.page import StoredPage, page_from_body, page_from_snapshot
from auditor.model.targets.deployments import PageSpec
from auditor.reading.labels.label_values import LabelValueFinder
from auditor.reading.labels.vocabulary import labels_of


@dataclass(frozen=True, slots=True)
class ReadablePage:
    """One stored page, and where the values of its labels stand."""

    stored: StoredPage
    finder: LabelValueFinder
    documents: dict[str, ReadablePage] = field(default_factory=dict)
    """From artefact to the rendered DOM of this page, or of a frame of it, opened for a second reading."""


def with_finder(stored: StoredPage, stops: frozenset[str]) -> ReadablePage:
    """`stored` with a finder for which the labels in `stops`, in their comparison form, are never values."""
    return ReadablePage(stored, LabelValueFinder(stored.texts, stored.tables, stops))


def labels_of_page(spec: PageSpec | None) -> frozenset[str]:
    """The labels of all fields of a page, in the form they are compared in, without a closing colon."""
    named = (label for each in (spec.fields if spec else ()) for label in labels_of(each))
    return frozenset(comparison_form(label).rstrip(":：") for label in named)


def open_snapshot(data: bytes, spec: PageSpec | None = None, *, view: str = "", artefact: str = "") -> ReadablePage:
    """A page from its layout snapshot; raises what `page_from_snapshot` raises for damaged bytes."""
    return with_finder(page_from_snapshot(data, spec, view=view, artefact=artefact), labels_of_page(spec))


def open_body(
    body: bytes, spec: PageSpec | None = None, *, view: str = "", artefact: str = "", charset: str = ""
) -> ReadablePage:
    """A page from stored HTML or JSON, without layout; `charset`: what the header of the response said."""
    stored = page_from_body(body, spec, view=view, artefact=artefact, charset=charset)
    return with_finder(stored, labels_of_page(spec))
