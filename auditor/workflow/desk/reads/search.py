"""One box for deployments, hosts, parties, contracts, captures, digests, findings and journal lines of the scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from auditor.custody import Journal
from auditor.formats.foreign_text import visible_text
from auditor.formats.web_origins import host_of
from auditor.workflow.desk.reads.standing import Standing
from auditor.workspace import Workspace

HITS = 40
SHORTEST_DIGEST = 8
"""Characters of a digest or capture id from which it is looked for by its beginning."""
HitKind = Literal["deployment", "contract", "capture", "finding", "line"]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Something that was found."""

    kind: HitKind
    id: str
    title: str
    why: str
    """The text that matched."""


def find_matches(workspace: Workspace, standing: Standing, asked: str) -> tuple[SearchHit, ...]:
    """What matches, the closest first; nothing for an empty question."""
    text = asked.strip()[:200]
    if not text:
        return ()
    wanted, report = text.casefold(), standing.report
    found: list[tuple[int, SearchHit]] = []
    for one in standing.estate.deployments.values():
        licensee = report.names.get(one.licensee or "", one.licensee or "")
        places = (one.id, one.name, host_of(one.address), one.address, licensee, *one.aliases)
        _hit(found, wanted, places, SearchHit("deployment", one.id, one.name or one.id, ""))
    for contract in standing.estate.contracts.values():
        party = report.names.get(contract.counterparty, contract.counterparty)
        places = (contract.id, contract.title, party)
        _hit(found, wanted, places, SearchHit("contract", contract.id, contract.title, ""))
    for finding in report.findings:
        title = f"{finding.rule} {report.names.get(finding.deployment, finding.deployment)}"
        _hit(found, wanted, (finding.fingerprint,), SearchHit("finding", finding.fingerprint, title, ""))
    if len(wanted) >= SHORTEST_DIGEST:
        for row in report.evidence:
            title = f"{report.names.get(row.deployment, row.deployment)} {row.captured_at:%Y-%m-%d %H:%M}"
            digests = (row.capture, row.capture.removeprefix("c-"), row.manifest_sha256)
            _hit(found, wanted, digests, SearchHit("capture", row.capture, title, ""), beginning=True)
            for basis in (
                basis for seen in report.history if seen.capture == row.capture for basis in seen.basis.values()
            ):
                _hit(found, wanted, (basis.sha256,), SearchHit("capture", row.capture, title, ""), beginning=True)
    if standing.whole and text.isdecimal() and len(text) < 12:
        found += _line(workspace, int(text))
    kept: dict[tuple[str, str], tuple[int, SearchHit]] = {}
    for rank, hit in found:
        known = kept.get((hit.kind, hit.id))
        if known is None or rank < known[0]:
            kept[hit.kind, hit.id] = (rank, hit)
    ordered = sorted(kept.values(), key=lambda item: (item[0], item[1].kind, item[1].title))
    return tuple(hit for _, hit in ordered[:HITS])


def _hit(
    found: list[tuple[int, SearchHit]], wanted: str, places: tuple[str, ...], hit: SearchHit, *, beginning: bool = False
) -> None:
    for place in places:
        text = place.casefold()
        if text.startswith(wanted) or (not beginning and wanted in text):
            rank = 0 if text == wanted else 1 if text.startswith(wanted) else 2
            found.append((rank, SearchHit(hit.kind, hit.id, hit.title, visible_text(place, 160))))
            return


def _line(workspace: Workspace, number: int) -> list[tuple[int, SearchHit]]:
    journal = Journal.open(workspace.root)
    try:
        if not 0 <= number < journal.size:
            return []
        entry = journal.entry(number)
        said = visible_text(entry.line.decode("utf-8", "replace"), 400)
        return [(0, SearchHit("line", str(number), f"{entry.kind} {entry.at:%Y-%m-%d %H:%M:%S}", said))]
    finally:
        journal.close()
