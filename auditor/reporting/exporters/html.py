"""The HTML report: one self-contained page, no script, nothing loaded from anywhere.

Foreign text reaches the page only through the filters here, which bound it, name its invisible characters, and let
autoescape do the rest; a strict content security policy stands behind that. The same report and the same stored bytes
give the same page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from auditor.formats.foreign_text import TEXT_LIMIT, visible_text
from auditor.model.findings import Finding, Position, Unobserved
from auditor.model.hosting import LadderRung
from auditor.model.notes import QUOTED, Note
from auditor.model.reading.observations import Observation
from auditor.model.reports import Report
from auditor.reporting import claims, formats, sort_order
from auditor.reporting.changes import changes_told
from auditor.reporting.compared.exhibit import exhibit_words
from auditor.reporting.headline import headline_sentence, owed_amount, owed_units, unit_name
from auditor.reporting.images.figures import StoredFileLoader, figure_builder
from auditor.reporting.images.timeline_shapes import TimelineSeries, is_drawable
from auditor.reporting.notices import notice_days, reading_rows
from auditor.reporting.summary import (
    OVER_STATUSES,
    age_days,
    summarise,
)
from auditor.reporting.tables import stopped_text
from auditor.reporting.translations import Translations, load_translations
from auditor.wording import (
    INTERMEDIARY_WORDS,
    PROFILE_TITLES,
    RUNG_STATES,
    RUNG_TITLES,
    SIGNED_WORDS,
    STAGE_TITLES,
    Lang,
    outcome_note,
    proof_note,
    stored_note,
)

ROWS_A_TABLE = 2_000
"""Rows that the page shows of one table; it says how many more the other forms have."""
HOSTS_A_PAGE = 60
NOTICES_A_PAGE = 50
CHARTS_A_PAGE = 40
GLANCE_ROWS = 12
FINDINGS_A_PAGE = 1_500
LIMITATION_KEYS = ("server", "truth", "operator", "before", "unseen", "outside", "lawful", "damages")


@dataclass(frozen=True, slots=True)
class OverviewBar:
    """One line of the glance list: shares of the widest bar, in percent."""

    position: Position
    counted: int
    entitled_share: float
    over_share: float
    since: datetime | None


@dataclass(frozen=True, slots=True)
class TimelineChart:
    """One timeline with its words."""

    position: Position
    svg: Markup
    alt: str


def as_html(report: Report, *, load: StoredFileLoader, lang: Lang = "en", base: str = "") -> bytes:
    """The report as one HTML page in UTF-8.

    `load(package path, artefact path)` gives stored bytes, or None where they cannot be had; a screenshot whose bytes
    differ from the package's manifest is not shown. `base` is put before links to stored files (`../`, or a file
    address); empty where the page lies in the workspace.
    """
    say = load_translations(lang)
    positions = sort_order.positions_by_weight(report.positions)
    series = _series(report, positions)
    environment = _environment(report, say, base)
    changed = changes_told(report, say)
    compared_names, compared_rows = claims.scenario_comparison(report, say)
    page = environment.get_template("report.html").render(
        w=say,
        lang=lang,
        report=report,
        summary=summarise(report),
        owed=[
            (one, owed_units(report, one, say), owed_amount(one, say)) for one in summarise(report).owed[:ROWS_A_TABLE]
        ],
        lede=headline_sentence(report, summarise(report), say),
        practice=sort_order.practice_tokens(report),
        changes=changed[:ROWS_A_TABLE],
        changes_count=len(changed),
        unsealed=sum(not row.seal.sealed for row in report.evidence),
        positions=positions[:ROWS_A_TABLE],
        positions_left=max(0, len(positions) - ROWS_A_TABLE),
        bars=_bars(positions),
        charts=_charts(series[:CHARTS_A_PAGE], say, report),
        charts_left=max(0, len(series) - CHARTS_A_PAGE),
        **_findings(report),
        unobserved=sort_order.sort_unobserved(report.unobserved)[:ROWS_A_TABLE],
        unobserved_left=max(0, len(report.unobserved) - ROWS_A_TABLE),
        less=[p for p in positions if p.confirmed is not None and p.counted is not None and p.confirmed < p.counted],
        decisions=sort_order.sort_decisions(report.decisions),
        superseded={decision.supersedes for decision in report.decisions if decision.supersedes},
        history=sort_order.sort_observations(report.history)[:ROWS_A_TABLE],
        history_left=max(0, len(report.history) - ROWS_A_TABLE) + report.left_out["history"],
        evidence=sort_order.sort_evidence(report.evidence)[:ROWS_A_TABLE],
        indexed={row.capture for row in sort_order.sort_evidence(report.evidence)[:ROWS_A_TABLE]},
        evidence_left=max(0, len(report.evidence) - ROWS_A_TABLE) + report.left_out["evidence"],
        limits=LIMITATION_KEYS,
        **_hosts(report),
        **_notices(report),
        seen_by_two=report.seen_by_two[:ROWS_A_TABLE],
        seen_by_two_left=max(0, len(report.seen_by_two) - ROWS_A_TABLE),
        second_missing=report.second_missing[:ROWS_A_TABLE],
        second_missing_left=max(0, len(report.second_missing) - ROWS_A_TABLE),
        comparisons=report.comparisons[:NOTICES_A_PAGE],
        comparisons_left=max(0, len(report.comparisons) - NOTICES_A_PAGE),
        compared_words=exhibit_words(lang),
        claims=claims.claim_sections(report),
        compared_names=compared_names,
        compared_rows=compared_rows,
        figures=figure_builder(report, load).figures,
    )
    return page.encode("utf-8", "replace")


def _sources(rung: LadderRung) -> tuple[str, ...]:
    """The captures, look-ups, attachments and decisions that a sentence rests on, each once."""
    return tuple(dict.fromkeys(cite.partition("/")[0] for cite in rung.cites))


def _hosts(report: Report) -> dict[str, object]:
    return {
        "hosting": report.hosting[:HOSTS_A_PAGE],
        "hosting_left": max(0, len(report.hosting) - HOSTS_A_PAGE),
        "sources_of": _sources,
        "proof_note": proof_note,
        "rung_titles": RUNG_TITLES,
        "rung_states": RUNG_STATES,
        "signed_words": SIGNED_WORDS,
        "intermediary_words": INTERMEDIARY_WORDS,
    }


def _notices(report: Report) -> dict[str, object]:
    return {
        "notices": report.notices[:NOTICES_A_PAGE],
        "notices_left": max(0, len(report.notices) - NOTICES_A_PAGE),
        "notice_days": notice_days,
        "reading_rows": reading_rows,
        "stage_titles": STAGE_TITLES,
        "profile_titles": PROFILE_TITLES,
    }


def _findings(report: Report) -> dict[str, object]:
    told = sort_order.sort_findings(sort_order.open_findings(report))
    return {
        "groups": sort_order.group_findings(told[:FINDINGS_A_PAGE]),
        "findings_left": max(0, len(told) - FINDINGS_A_PAGE),
        "told": len(told),
        "other_side": sort_order.findings_for_other_side(report)[:FINDINGS_A_PAGE],
        "closed": sort_order.closed_findings(report)[:ROWS_A_TABLE],
        "suppressed": sort_order.suppressed_findings(report)[:ROWS_A_TABLE],
    }


def _bars(positions: Sequence[Position]) -> list[OverviewBar]:
    over = [p for p in positions if p.status in {*OVER_STATUSES, "over_permitted"} and p.over_by][:GLANCE_ROWS]
    widest = max((counted_units(position) or 0 for position in over), default=1) or 1
    bars = []
    for position in over:
        counted = counted_units(position) or 0
        beyond = min(position.over_by or 0, counted)
        bars.append(
            OverviewBar(
                position,
                counted,
                round((counted - beyond) * 100 / widest, 2),
                round(beyond * 100 / widest, 2),
                position.over_since,
            )
        )
    return bars


def counted_units(position: Position) -> int | None:
    """The units that a position compares: confirmed where a person decided, else what counts of those shown."""
    if position.confirmed is not None:
        return position.confirmed
    return position.counted if position.all_units is None else position.all_units


def _series(report: Report, positions: Sequence[Position]) -> list[TimelineSeries]:
    points: dict[tuple[str, str], list[Observation]] = {}
    for seen in sort_order.sort_observations(report.history):
        points.setdefault((seen.deployment, seen.metric), []).append(seen)
    failures: dict[str, list[Unobserved]] = {}
    for item in sort_order.sort_unobserved(report.unobserved):
        failures.setdefault(item.deployment, []).append(item)
    found = []
    for position in positions:
        dates = tuple(
            key
            for key in report.key_dates
            if (key.contract in {"", position.contract} or not position.contract)
            and key.deployment in (None, position.deployment)
        )
        series = TimelineSeries(
            position,
            tuple(points.get((position.deployment, position.metric), ())),
            tuple(failures.get(position.deployment, ())),
            dates,
            report.as_of,
        )
        if is_drawable(series):
            found.append(series)
    return found


def _charts(series: Sequence[TimelineSeries], say: Translations, report: Report) -> list[TimelineChart]:
    from auditor.reporting.images.timeline import draw_timeline  # a plotting library, for whoever draws

    return [
        TimelineChart(one.position, Markup(draw_timeline(one, say, f"t{number}")), _described(one, say, report))  # noqa: S704 - our own drawing, no foreign text
        for number, one in enumerate(series, start=1)
    ]


def _described(series: TimelineSeries, say: Translations, report: Report) -> str:
    counted = series.counted
    return say(
        "chart.alt",
        deployment=visible_text(report.names.get(series.position.deployment, series.position.deployment)),
        points=say.some("n.captures", len(counted)),
        first=formats.day_text(counted[0][0], report.timezone),
        last=formats.day_text(counted[-1][0], report.timezone),
        latest=f"{counted[-1][1]:,}",
        entitled=formats.count_text(series.position.entitled, say),
    )


def _environment(report: Report, say: Translations, base: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("auditor.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        seen=foreign_text,
        said=lambda note: worded_note(note, say),
        stored=lambda text: worded_note(stored_note(text), say),
        named=lambda key: foreign_text(report.names.get(key, key), 160),
        plain=visible_text,
        unit=lambda metric: unit_name(report, say, metric),
        day=lambda moment: formats.day_text(moment, report.timezone),
        clock=formats.time_text,
        units=lambda value: formats.count_text(value, say),
        money=formats.money_text,
        safe_link=formats.safe_link,
        sum_line=lambda note: _sum_line(note, say),
    )
    environment.globals.update(
        file_link=lambda *parts: formats.file_link(base, *parts),
        rule_name=lambda finding: rule_name(finding, say),
        age=lambda position: _age(position, report, say),
        stale=lambda position: sort_order.is_confirmed_on_other_captures(position, report),
        stopped=lambda one: stopped_text(one, say),
        outcome=lambda code: say.note(outcome_note(code)),
        variant=lambda name: say.table.get(f"cell.variant_{name}", visible_text(name, 40)),
        life=lambda code: say.table.get(f"life.{code}", code),
        figure_name=lambda name: _figure_name(name, say),
    )
    return environment


def foreign_text(text: str, limit: int = TEXT_LIMIT) -> Markup:
    """Foreign text: bounded, visible, isolated from the direction of the text around it, marked with its language."""
    shown = escape(visible_text(text, limit))  # `Markup.format` escapes too, at five times the price
    return Markup(f'<bdi lang="{formats.language_of(text)}">{shown}</bdi>')  # noqa: S704 - escaped above


def worded_note(note: Note | str, say: Translations) -> Markup:
    """A note in the report's language; what a person wrote, or old bytes say, as it is, marked with its language."""
    worded = note if isinstance(note, str) else say.note(note)
    own = say.lang == "zh" and isinstance(note, Note) and note.code != QUOTED
    if own and formats.language_of(worded) == say.lang:
        return escape(visible_text(worded, 2_000))
    return foreign_text(worded, 2_000)


def _figure_name(name: str, say: Translations) -> Markup:
    """The name of a claim's figure in this language; a step of a derivation as it is."""
    known = claims.figure_name(name, say)
    return foreign_text(name, 200) if known == name else escape(known)


def _sum_line(note: Note, say: Translations) -> Markup:
    """One part of a sum: its deployment as it is, its derivation in this language."""
    derivation = note.value("derivation")
    if not isinstance(derivation, Note):
        return worded_note(note, say)
    subject = foreign_text(note.text("subject"), 200)
    return Markup("{}{}{}").format(subject, say("word.colon"), worded_note(derivation, say))


def rule_name(finding: Finding, say: Translations) -> Markup:
    """The name of a finding's rule: of the catalogue, else as the finding names it in this language."""
    known = say.rule(finding.rule, "")
    return escape(known) if known else foreign_text((say.lang == "zh" and finding.name_zh) or finding.name, 160)


def _age(position: Position, report: Report, say: Translations) -> str:
    days = age_days(position, report.as_of)
    if days is None:
        return "–"
    return say("cell.today") if days == 0 else say.some("n.days", days)
