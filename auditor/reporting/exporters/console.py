"""Positions and findings as tables for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.formats.foreign_text import visible_text
from auditor.model.findings import Finding, Position
from auditor.model.reports import Report
from auditor.reporting import formats, sort_order
from auditor.reporting.changes import changes_told
from auditor.reporting.headline import headline_sentence, unit_name
from auditor.reporting.reasons import position_reasons
from auditor.reporting.summary import OVER_STATUSES, summarise
from auditor.reporting.tables import stopped_text
from auditor.reporting.translations import Translations, load_translations
from auditor.wording import Lang, outcome_note

MAX_ROWS = 40
"""Rows of one table; a terminal is no place for more."""
_COLOUR = {"over": "red", "unlicensed": "red", "over_permitted": "yellow", "within": "green"}
_LEVEL = {"high": "red", "medium": "yellow", "low": "cyan", "info": "dim"}


def print_summary(report: Report, console: Console, lang: Lang = "en") -> None:
    """Print the answer in one sentence, then positions, findings, and what was not observed."""
    say = load_translations(lang)
    console.print(Text(headline_sentence(report, summarise(report), say), style="bold"))
    if sort_order.practice_tokens(report):
        console.print(Text(say("console.practice"), style="yellow"))
    if report.positions:
        console.print(_positions(report, say))
    print_changes(report, console, lang)
    _confirmations_stopped(report, console, say)
    _reasons(report, console, say)
    findings = sort_order.sort_findings(sort_order.open_findings(report))
    if findings:
        console.print(_findings(report, say))
    if report.unobserved:
        console.print(_unobserved(report, say))


def print_changes(report: Report, console: Console, lang: Lang = "en") -> None:
    """Print what changed since the moment that the report compares with; nothing where there is none."""
    say = load_translations(lang)
    if report.since is None:
        return
    told = changes_told(report, say)
    if not told:
        console.print(Text(say("changes.none", since=formats.time_text(report.since))))
        return
    table = _table(say("changes.since", since=formats.time_text(report.since)))
    table.add_column(say("column.deployment"), overflow="fold")
    table.add_column(say("column.change"), overflow="fold", ratio=1)
    for subject, what in told[:MAX_ROWS]:
        table.add_row(Text(visible_text(subject, 120)), Text(visible_text(what, 400)))
    console.print(_more(table, len(told), say))


def _positions(report: Report, say: Translations) -> Table:
    table = _table(say("console.positions", at=formats.time_text(report.as_of)))
    table.add_column(say("column.deployment"), overflow="fold")
    several = len({one.deployment for one in report.positions}) < len(report.positions)
    if several:
        table.add_column(say("column.metric"), overflow="fold")
    for key in ("displayed", "listed", "confirmed", "cap", "entitled", "over_by"):
        table.add_column(say(f"column.{key}"), justify="right")
    table.add_column(say("column.status"))
    table.add_column(say("column.sealed"))
    positions = sort_order.positions_by_weight(report.positions)
    for position in positions[:MAX_ROWS]:
        name, *cells = _row(position, say)
        metric = (Text(unit_name(report, say, position.metric)),) if several else ()
        table.add_row(name, *metric, *cells)
    return _more(table, len(positions), say)


def _row(position: Position, say: Translations) -> tuple[Text, ...]:
    over = f"+{position.over_by:,}" if position.over_by else formats.count_text(position.over_by, say)
    colour = _COLOUR.get(position.status, "")
    return (
        Text(visible_text(position.deployment, 60)),
        Text(formats.count_text(position.displayed, say)),
        Text(formats.count_text(position.listed, say)),
        Text(formats.count_text(position.confirmed, say)),
        Text(formats.count_text(position.cap, say)),
        Text(formats.count_text(position.entitled, say)),
        Text(over, style=f"bold {colour}" if position.status in OVER_STATUSES else ""),
        Text(say(f"status.{position.status}"), style=colour),
        Text(say("word.yes" if position.sealed else "word.no") if position.capture else "–"),
    )


def _confirmations_stopped(report: Report, console: Console, say: Translations) -> None:
    """Each confirmed count that holds no more, since when and why."""
    found = [one for one in sort_order.positions_by_weight(report.positions) if one.confirmation_stopped is not None]
    for position in found[:MAX_ROWS]:
        if position.confirmation_stopped is not None:
            said = stopped_text(position.confirmation_stopped, say)
            console.print(Text(f"{visible_text(position.deployment, 60)}: {said}", style="yellow"))
    if len(found) > MAX_ROWS:
        console.print(Text(say("word.and_more", n=len(found) - MAX_ROWS)))


def _reasons(report: Report, console: Console, say: Translations) -> None:
    """Each position that is not verified, needs review or has a list that is not complete, with its why."""
    told = [(one, position_reasons(one)) for one in sort_order.positions_by_weight(report.positions)]
    told = [(one, reasons) for one, reasons in told if reasons]
    if not told:
        return
    table = _table(say("console.reasons"))
    table.add_column(say("column.deployment"), overflow="fold")
    table.add_column(say("column.status"))
    table.add_column(say("column.why"), overflow="fold", ratio=1)
    for position, reasons in told[:MAX_ROWS]:
        needs = say("certainty.needs_review") if position.doubts else say(f"status.{position.status}")
        why = say("word.list_separator").join(map(say.note, reasons))
        table.add_row(Text(visible_text(position.deployment, 60)), Text(needs), Text(visible_text(why, 600)))
    console.print(_more(table, len(told), say))


def _findings(report: Report, say: Translations) -> Table:
    table = _table(say("console.findings"))
    table.add_column(say("column.rule"), no_wrap=True)
    table.add_column(say("column.severity"), no_wrap=True)
    table.add_column(say("column.certainty"), no_wrap=True)
    table.add_column(say("column.deployment"), overflow="fold")
    table.add_column(say("column.statement"), overflow="fold", ratio=1)
    findings = sort_order.sort_findings(sort_order.open_findings(report))
    for finding in findings[:MAX_ROWS]:
        said = (say.lang == "zh" and finding.statement_zh) or finding.statement
        table.add_row(
            Text(visible_text(finding.rule, 12)),
            Text(say(f"severity.{finding.severity}"), style=_LEVEL[finding.severity]),
            Text(say(f"certainty.{finding.certainty}")),
            Text(visible_text(finding.deployment, 60)),
            _statement(said, finding, say),
        )
    return _more(table, len(findings), say)


def _statement(said: str, finding: Finding, say: Translations) -> Text:
    """What a finding states, and why it needs review where it does."""
    shown = Text(visible_text(said, 400))
    if finding.review_why is not None:
        why = say("finding.review_why", why=visible_text(say.note(finding.review_why), 300))
        shown.append(f"\n{why}", style="yellow")
    return shown


def _unobserved(report: Report, say: Translations) -> Table:
    table = _table(say("console.not_observed"))
    table.add_column(say("column.deployment"), overflow="fold")
    table.add_column(say("column.page"))
    table.add_column(say("column.outcome"))
    table.add_column(say("column.why"), overflow="fold", ratio=1)
    items = sort_order.sort_unobserved(report.unobserved)
    for item in items[:MAX_ROWS]:
        table.add_row(
            Text(visible_text(item.deployment, 60)),
            Text(visible_text(item.page, 40)),
            Text(say.note(outcome_note(item.outcome))),
            Text(visible_text(say.note(item.why), 300)),
        )
    return _more(table, len(items), say)


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)


def _more(table: Table, rows: int, say: Translations) -> Table:
    if rows > MAX_ROWS:
        table.caption = say("word.and_more", n=f"{rows - MAX_ROWS:,}")
        table.caption_justify = "left"
    return table
