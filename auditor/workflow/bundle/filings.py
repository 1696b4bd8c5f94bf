"""The filings of a bundle: every one about an address or deployment of the selection, until its moment."""

from __future__ import annotations

import json

from auditor.bundle import BundledFiling, Selection, layout
from auditor.custody import FilingRecord, FilingState, describe_filing, filed_packages
from auditor.model.filings import FiledPackage, Filing
from auditor.model.hosting import HostingRecord
from auditor.workflow.hosting.records import literal_address, recorded_hosting
from auditor.workflow.hosting.wording import hosting_json
from auditor.workflow.wiring import Instruments

RECORD = f"{layout.SERIES}/hosting.json"


def bundled_filings(instruments: Instruments, selection: Selection) -> tuple[tuple[BundledFiling, ...], frozenset[str]]:
    """The filings, and the names under which they lie. `IntegrityError` where their bytes are not what is recorded."""
    root, journal = instruments.workspace.root, instruments.journal
    known = [one for one in filed_packages(journal) if one.at <= selection.as_of]
    described = {one.filing: describe_filing(root, one).filing for one in known}
    chosen = {*selection.deployments, *(_literal(instruments, name) for name in selection.deployments)} - {""}
    subjects = frozenset(one.subject for one in known if _is_about(described[one.filing], chosen))
    records = FilingState.of(journal.entries(kinds=("filing",))).records
    return tuple(
        _bundled(instruments, one, described[one.filing], records[one.filing], selection)
        for one in known
        if one.subject in subjects
    ), subjects


def _literal(instruments: Instruments, deployment: str) -> str:
    return literal_address(instruments.estate.deployments[deployment].address)


def _is_about(filing: Filing, chosen: set[str]) -> bool:
    """Whether a filing is about one of these deployments or addresses."""
    named = {filing.facts.get("address", ""), filing.facts.get("about", ""), filing.subject}
    return bool((named | set(filing.facts.get("deployments", "").split(","))) & chosen)


def _bundled(
    instruments: Instruments, package: FiledPackage, filing: Filing, record: FilingRecord, selection: Selection
) -> BundledFiling:
    ledger, home = instruments.journal.ledger, record.manifest.removesuffix("/manifest.json")
    tokens = [one for one in ledger.tokens(record.manifest) if one.journalled_at <= selection.as_of]
    placed = ledger.placed_in(home)
    return BundledFiling(
        package, filing.kind, filing.started_at, filing.ended_at, instruments.workspace.root / package.path, placed,
        {artefact.path: artefact.sha256 for artefact in filing.artefacts}, record.number, record.ends[-1],
        tuple(sorted({one.number for one in tokens})),
    )  # fmt: skip


def bundled_records(instruments: Instruments, selection: Selection) -> tuple[HostingRecord, ...]:
    """The records of the selection's deployments, as of its moment."""
    chosen = (instruments.estate.deployments[name] for name in selection.deployments)
    return recorded_hosting(instruments.workspace.root, instruments.journal, chosen, selection.as_of)


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
