"""The report as tables with typed cells, shared by CSV and XLSX. Pure.

Numbers stay numbers, moments stay moments, foreign text is bounded and visible. Nothing here knows a file format.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from auditor.formats.foreign_text import visible_text
from auditor.model.findings import Finding, Position, StoppedConfirmation, Unobserved
from auditor.model.reading.observations import Observation
from auditor.model.reports import EvidenceRow, Report
from auditor.model.targets.contracts import Money
from auditor.reporting import formats, sort_order
from auditor.reporting.changes import changes_told
from auditor.reporting.reasons import position_reasons
from auditor.reporting.summary import age_days
from auditor.reporting.translations import Translations, load_translations
from auditor.wording import Lang, outcome_note

TEXT_LIMIT = 4_000
"""Characters of one cell; spreadsheets refuse more than 32,767."""


@dataclass(frozen=True, slots=True)
class FileLink:
    """A cell that leads to a stored file, by its path relative to the workspace."""

    text: str
    path: str


CellValue = str | int | Decimal | datetime | bool | FileLink | None


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: `name` is its stable file name, `title` its word in the report's language."""

    name: str
    title: str
    columns: tuple[str, ...]
    widths: tuple[int, ...]
    """In characters."""
    rows: tuple[tuple[CellValue, ...], ...]


def report_tables(report: Report, lang: Lang) -> tuple[Table, ...]:
    """Positions, findings, history, what was not observed, and evidence, in this order."""
    say = load_translations(lang)
    return (
        _positions(report, say, sort_order.positions_by_weight(report.positions)),
        _findings(report, say, sort_order.sort_findings(report.findings)),
        _history(report, say),
        _not_observed(report, say),
        _evidence(report, say),
        *((_changes(report, say),) if report.since is not None else ()),
    )


def list_table(report: Report, name: str, lang: Lang, late: Collection[str]) -> Table:
    """The positions or findings of a list, in its order, each with whether it is judged again: a position by its
    deployment, a finding by its fingerprint."""
    say = load_translations(lang)
    if name == "positions":
        table = _positions(report, say, report.positions)
        marks = [one.deployment in late for one in report.positions]
    else:
        table = _findings(report, say, report.findings)
        marks = [one.fingerprint in late for one in report.findings]
    return replace(
        table,
        columns=(*table.columns, say("column.outstanding")),
        widths=(*table.widths, 12),
        rows=tuple((*row, mark) for row, mark in zip(table.rows, marks, strict=True)),
    )


def make_table(
    name: str, say: Translations, columns: Sequence[tuple[str, int]], rows: Iterable[tuple[CellValue, ...]]
) -> Table:
    return Table(
        name,
        say(f"sheet.{name}"),
        tuple(say(f"column.{key}") for key, _ in columns),
        tuple(width for _, width in columns),
        tuple(rows),
    )


def _positions(report: Report, say: Translations, positions: Iterable[Position]) -> Table:
    columns = (
        ("deployment", 16), ("name", 24), ("address", 30), ("contract", 14), ("legal_status", 11), ("metric", 11),
        ("status", 20), ("displayed", 10), ("displayed_raw", 16), ("listed", 10), ("confirmed", 10),
        ("confirmed_why", 44), ("cap", 12), ("cap_raw", 14), ("entitled", 10), ("over_by", 9), ("since", 19),
        ("peak", 8), ("peak_at", 19), ("peak_of", 10), ("currency", 9), ("list_value", 14), ("net_value", 14),
        ("counting_rule", 44), ("reasons", 60), ("captured_at", 19), ("age_days", 9), ("capture", 30), ("sealed", 9),
    )  # fmt: skip
    paths = {row.capture: row.path for row in report.evidence}

    def row(position: Position) -> tuple[CellValue, ...]:
        return (
            bounded_text(position.deployment),
            bounded_text(report.names.get(position.deployment, "")),
            bounded_text(report.addresses.get(position.deployment, "")),
            bounded_text(position.contract or ""),
            say(f"legal.{position.legal_status}"),
            _unit(position.metric, say),
            say(f"status.{position.status}"),
            position.displayed,
            bounded_text(position.displayed_raw),
            position.listed,
            position.confirmed,
            bounded_text(_reasons(position, say)),
            _quantity(position.cap, say),
            bounded_text(position.cap_raw),
            _quantity(position.entitled, say),
            position.over_by,
            position.over_since,
            position.hwm,
            position.hwm_at,
            position.captures or None,
            *_money(position.list_value, position.net_value),
            bounded_text(say.note(position.rule)),
            bounded_text(say("word.list_separator").join(map(say.note, position_reasons(position)))),
            position.captured_at,
            age_days(position, report.as_of),
            _link(position.capture, paths),
            position.sealed if position.capture else None,
        )

    return make_table("positions", say, columns, map(row, positions))


def _changes(report: Report, say: Translations) -> Table:
    rows = ((bounded_text(subject), bounded_text(what)) for subject, what in changes_told(report, say))
    return make_table("changes", say, (("deployment", 40), ("change", 100)), rows)


def _findings(report: Report, say: Translations, findings: Iterable[Finding]) -> Table:
    columns = (
        ("rule", 8), ("rule_name", 30), ("deployment", 16), ("contract", 14), ("metric", 11), ("severity", 11),
        ("certainty", 13), ("review_why", 44), ("statement", 80), ("favours", 12), ("baseline", 14), ("life", 13),
        ("units", 8), ("currency", 9), ("list_value", 14), ("net_value", 14), ("since", 19), ("raw_text", 30),
        ("locator", 44), ("capture", 30),
    )  # fmt: skip
    paths = {row.capture: row.path for row in report.evidence}

    def row(finding: Finding) -> tuple[CellValue, ...]:
        first = finding.basis[0] if finding.basis else None
        chinese = say.lang == "zh"
        return (
            bounded_text(finding.rule),
            bounded_text(say.rule(finding.rule, (chinese and finding.name_zh) or finding.name)),
            bounded_text(finding.deployment),
            bounded_text(finding.contract or ""),
            _unit(finding.metric, say) if finding.metric else None,
            say(f"severity.{finding.severity}"),
            say(f"certainty.{finding.certainty}"),
            bounded_text(say.note(finding.review_why)),
            bounded_text((chinese and finding.statement_zh) or finding.statement),
            say(f"favours.{finding.favours}"),
            say(f"baseline.{finding.baseline}") if report.since is not None else None,
            say.table.get(f"life.{finding.life}", finding.life),
            finding.units,
            *_money(finding.list_value, finding.net_value),
            finding.since,
            bounded_text(say("word.separator").join(text.raw_text[:200] for text in finding.basis[:20])),
            bounded_text(first.locator if first else ""),
            _link(first.capture if first else "", paths),
        )

    return make_table("findings", say, columns, map(row, findings))


def _history(report: Report, say: Translations) -> Table:
    columns = (
        ("deployment", 16), ("metric", 11), ("captured_at", 19), ("displayed", 10), ("displayed_raw", 16), ("cap", 12),
        ("cap_raw", 14), ("listed", 10), ("capture", 30), ("sealed", 9),
    )  # fmt: skip
    paths = {row.capture: row.path for row in report.evidence}

    def row(seen: Observation) -> tuple[CellValue, ...]:
        return (
            bounded_text(seen.deployment),
            _unit(seen.metric, say),
            seen.captured_at,
            seen.displayed,
            bounded_text(seen.displayed_raw),
            _quantity(seen.cap, say),
            bounded_text(seen.cap_raw),
            seen.listed,
            _link(seen.capture, paths),
            seen.sealed,
        )

    return make_table("history", say, columns, map(row, sort_order.sort_observations(report.history)))


def _not_observed(report: Report, say: Translations) -> Table:
    columns = (("deployment", 16), ("page", 16), ("outcome", 22), ("why", 70), ("at", 19), ("capture", 30))
    paths = {row.capture: row.path for row in report.evidence}

    def row(item: Unobserved) -> tuple[CellValue, ...]:
        return (
            bounded_text(item.deployment),
            bounded_text(item.page),
            say.note(outcome_note(item.outcome)),
            bounded_text(say.note(item.why)),
            item.at,
            _link(item.capture, paths),
        )

    return make_table("not_observed", say, columns, map(row, sort_order.sort_unobserved(report.unobserved)))


def _evidence(report: Report, say: Translations) -> Table:
    columns = (
        ("capture", 16), ("deployment", 16), ("captured_at", 19), ("state", 10), ("sealed", 9), ("seal_time", 60),
        ("practice", 10), ("manifest", 68), ("path", 60), ("warnings", 50),
    )  # fmt: skip

    def row(item: EvidenceRow) -> tuple[CellValue, ...]:
        return (
            bounded_text(item.capture),
            bounded_text(item.deployment),
            item.captured_at,
            say.table.get(f"state.{item.state}", item.state),
            item.seal.sealed,
            bounded_text(say("word.separator").join(_seal_times(item, say))),
            any(verdict.practice for verdict in item.seal.verdicts),
            bounded_text(item.manifest_sha256),
            FileLink(bounded_text(item.path), item.path),
            bounded_text("; ".join(say.note(warning) for warning in item.warnings)),
        )

    return make_table("evidence", say, columns, map(row, sort_order.sort_evidence(report.evidence)))


def _seal_times(item: EvidenceRow, say: Translations) -> list[str]:
    return [
        f"{verdict.authority} {formats.time_text(verdict.gen_time)}"
        if verdict.status == "verified"
        else f"{verdict.authority} {say('token.' + verdict.status)}"
        for verdict in item.seal.verdicts
    ]


def _reasons(position: Position, say: Translations) -> str:
    rows = [f"{row.code} {row.name}{say('word.colon')}{say.note(row.why)}" for row in position.excluded]
    said = [position.confirmed_why] if position.confirmed_why else []
    stopped = position.confirmation_stopped
    if stopped is not None:
        said.append(stopped_text(stopped, say))
    return "; ".join(said + rows)


def stopped_text(stopped: StoppedConfirmation, say: Translations) -> str:
    """That a confirmed count holds no more, since when and why."""
    return say(
        "cell.confirmation_stopped",
        n=stopped.value,
        by=visible_text(stopped.by, 80),
        until=stopped.held_until,
        day=stopped.stopped_on,
        why=say.note(stopped.why),
    )


def bounded_text(text: str) -> str:
    return visible_text(text, TEXT_LIMIT)


def _unit(metric: str, say: Translations) -> str:
    return say.table.get(f"units.{metric}") or bounded_text(metric)


def _quantity(value: int | str | None, say: Translations) -> CellValue:
    return say("word.unlimited") if value == "unlimited" else value


def _money(listed: Money | None, net: Money | None) -> tuple[CellValue, CellValue, CellValue]:
    currency = (listed or net).currency if listed or net else None  # type: ignore[union-attr]
    return currency, listed.amount if listed else None, net.amount if net else None


def _link(capture: str, paths: dict[str, str]) -> CellValue:
    if not capture:
        return None
    return FileLink(bounded_text(capture), paths[capture]) if capture in paths else bounded_text(capture)
