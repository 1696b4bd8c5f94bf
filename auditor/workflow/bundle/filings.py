"""The filings of a bundle: every one about an address or deployment of the selection, until its moment."""

from __future__ import annotations

import json

from auditor.bundle import BundledFiling, Selection, layout
from auditor.custody import FilingRecord, FilingState, filed_packages, open_filing
from auditor.model.filings import FiledPackage, Filing
from auditor.model.hosting import HostingRecord
from auditor.workflow.hosting.records import recorded_hosting
from auditor.workflow.hosting.wording import hosting_json
from auditor.workflow.wiring import Instruments

RECORD = f"{layout.SERIES}/hosting.json"


def bundled_filings(instruments: Instruments, selection: Selection) -> tuple[tuple[BundledFiling, ...], frozenset[str]]:
    """The filings, and the names under which they lie. `IntegrityError` where their bytes are not what is recorded."""
    root, journal = instruments.workspace.root, instruments.journal
    known = [one for one in filed_packages(journal) if one.at <= selection.as_of]
    described = {one.filing: open_filing(root, one)[0].filing for one in known}
    subjects = frozenset(one.subject for one in known if _is_about(described[one.filing], selection))
    records = FilingState.of(journal.entries(kinds=("filing",))).records
    return tuple(
        _bundled(instruments, one, described[one.filing], records[one.filing], selection)
        for one in known
        if one.subject in subjects
    ), subjects


def _is_about(filing: Filing, selection: Selection) -> bool:
    named = {filing.subject, filing.facts.get("about", ""), *filing.facts.get("deployments", "").split(",")}
    return bool(named & set(selection.deployments))


def _bundled(
    instruments: Instruments, package: FiledPackage, filing: Filing, record: FilingRecord, selection: Selection
) -> BundledFiling:
    ledger, home = instruments.journal.ledger, record.manifest.removesuffix("/manifest.json")
    tokens = [one for one in ledger.tokens.get(record.manifest, []) if one.journalled_at <= selection.as_of]
    placed = {path.removeprefix(f"{home}/"): sha for path, sha in ledger.files.items() if path.startswith(f"{home}/")}
    return BundledFiling(
        package, filing.kind, filing.started_at, filing.ended_at, instruments.workspace.root / package.path, placed,
        {artefact.path: artefact.sha256 for artefact in filing.artefacts}, record.number, record.ends[-1],
        tuple(sorted({one.number for one in tokens})),
    )  # fmt: skip


def bundled_records(instruments: Instruments, selection: Selection) -> tuple[HostingRecord, ...]:
    """The records of the selection's deployments, as of its moment."""
    root, journal = instruments.workspace.root, instruments.journal
    return recorded_hosting(root, journal, selection.deployments, selection.as_of)


def hosting_file(instruments: Instruments, selection: Selection) -> dict[str, bytes]:
    """The records of the selection's deployments as one file; none where nothing is on record."""
    records = bundled_records(instruments, selection)
    if not records:
        return {}
    body = {
        "format": "auditor.hosting/1",
        "records": {lang: hosting_json(records, lang) for lang in ("en", "zh")},
    }
    return {RECORD: json.dumps(body, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"}
