"""Claims as a table: a row for each figure and each thing it rests on, so that each leads to its capture. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.claims import DerivationSource
from auditor.model.reports import Report, ReportedClaim
from auditor.reporting.claims import claim_derivation_lines, figure_name
from auditor.reporting.tables import CellValue, FileLink, Table, bounded_text, make_table
from auditor.reporting.translations import Translations

COLUMNS = (
    ("scenario", 22), ("title", 30), ("figure", 30), ("value", 16), ("unit", 10), ("formula", 60), ("rests_on", 10),
    ("source", 30), ("source_text", 60), ("digest", 68),
)  # fmt: skip
MOST_SOURCES = 2_000
"""Rows of one figure."""


def claims_table(report: Report, say: Translations) -> Table:
    """Each scenario's figures in the order they are computed; a scenario that cannot be computed says why."""
    paths = {row.capture: row.path for row in report.evidence}
    rows = (row for claim in report.claims for row in _rows(claim, paths, say))
    return make_table("claims", say, COLUMNS, rows)


def _rows(claim: ReportedClaim, paths: dict[str, str], say: Translations) -> Iterator[tuple[CellValue, ...]]:
    lead: tuple[CellValue, ...] = (bounded_text(claim.scenario), bounded_text(claim.title))
    if claim.result is None:
        yield (*lead, say("claim.refused"), None, None, bounded_text(claim.refused), None, None, None, None)
        return
    for line in claim_derivation_lines(claim.result, MOST_SOURCES):
        if line.above:
            continue
        figure = (
            *lead,
            bounded_text(figure_name(line.name, say)),
            line.number,
            line.unit or None,
            bounded_text(line.formula),
        )
        for source in line.sources or (None,):
            yield (*figure, *_source(source, paths, say))


def _source(source: DerivationSource | None, paths: dict[str, str], say: Translations) -> tuple[CellValue, ...]:
    if source is None:
        return (None, None, None, None)
    where: CellValue = bounded_text(source.id)
    if source.kind == "capture" and source.id in paths:
        where = FileLink(bounded_text(source.id), paths[source.id])
    return (say(f"claim.source_{source.kind}"), where, bounded_text(source.text), source.digest or None)
