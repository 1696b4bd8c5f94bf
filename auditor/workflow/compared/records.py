"""The comparisons of a report: what each found, beside whom, and where it lies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from auditor.custody import Journal
from auditor.formats import evidence_layout as layout
from auditor.model.comparisons import ComparisonRecord
from auditor.model.events import ComparisonMade, parse_entry
from auditor.workflow.compared.results import load_made, screen_decisions
from auditor.workspace import Workspace


def comparison_records(
    workspace: Workspace, journal: Journal, until: datetime, deployments: Iterable[str]
) -> tuple[ComparisonRecord, ...]:
    """Every comparison whose reference and suspect are among these deployments, as of a moment, oldest first.

    Nothing is read where none was made. `IntegrityError` where the bytes of one are not what is recorded.
    """
    if not (workspace.evidence / layout.COMPARISONS).is_dir():
        return ()
    chosen = frozenset(deployments)
    found = []
    for entry in journal.entries(kinds={"comparison"}):
        event = parse_entry(entry)
        if not isinstance(event, ComparisonMade) or entry.at > until or event.suspect not in chosen:
            continue
        stored = load_made(workspace, journal.ledger, event, entry.at)
        result = stored.result
        if result.declaration.reference not in chosen:
            continue
        found.append(
            ComparisonRecord(
                stored.id, entry.number, stored.comparison, stored.at, result.declaration.reference, stored.suspect,
                result.declaration.controls, len(result.declaration.screens),
                f"{layout.EVIDENCE}/{stored.home}", stored.result_sha256, stored.seal,
                tuple(one.capture for one in (result.reference, result.suspect, *result.controls)),
                result.ranks, result.findings, screen_decisions(workspace, stored, until),
            )
        )  # fmt: skip
    return tuple(found)
