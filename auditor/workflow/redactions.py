"""What is to be removed from a bundle: decisions of kind `redaction`, in the words a person journalled them with.

The subject is a deployment, a capture or `*`; the text is `text:…`, `region:<view>:x,y,w,h` or `artefact:<path>`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from auditor.bundle import Redaction, RedactionKind, Selection
from auditor.errors import ConfigError
from auditor.model.evidence import JournalEntry
from auditor.workflow.deciding import decisions

KINDS = ("text", "region", "artefact")


def redactions(entries: Iterable[JournalEntry], selection: Selection) -> tuple[Redaction, ...]:
    """The redactions in force at the bundle's moment, superseded ones left out."""
    every = [one for one in decisions(entries, selection.as_of) if one.kind == "redaction"]
    replaced = {one.supersedes for one in every if one.supersedes}
    found = []
    for one in every:
        if one.id in replaced:
            continue
        kind, _, what = one.text.partition(":")
        if kind not in KINDS or len(what) < 2:
            raise ConfigError(
                f"redaction {one.id}: {one.text!r:.60}: expected text:…, region:<view>:x,y,w,h or artefact:<path>;"
                " supersede the decision with one in that form"
            )
        found.append(Redaction(one.subject, cast("RedactionKind", kind), what, one.reason, one.by, one.at, one.id))
    return tuple(found)
