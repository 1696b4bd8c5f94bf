"""Positions and findings as tables for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.model.findings import Position
from auditor.model.reports import Report
from auditor.reporting import formats, ordering
from auditor.reporting.page import lede
from auditor.reporting.summary import OVER, summarise
from auditor.reporting.wording import Lang, Words, words

ROWS = 40
"""Rows of one table; a terminal is no place for more."""
_COLOUR = {"over": "red", "unlicensed": "red", "over_permitted": "yellow", "within": "green"}
_LEVEL = {"high": "red", "medium": "yellow", "low": "cyan", "info": "dim"}


def print_summary(report: Report, console: Console, lang: Lang = "en") -> None:
    """Print the answer in one sentence, then positions, findings, and what was not observed."""
    say = words(lang)
    console.print(Text(lede(report, summarise(report), say), style="bold"))
    if ordering.practice(report):
        console.print(Text(say("console.practice"), style="yellow"))
    if report.positions:
        console.print(_positions(report, say))
    findings = ordering.findings(ordering.told(report))
    if findings:
        console.print(_findings(report, say))
    if report.unobserved:
        console.print(_unobserved(report, say))


def _positions(report: Report, say: Words) -> Table:
    table = _table(say("console.positions", at=formats.clock_time(report.as_of)))
    table.add_column(say("column.deployment"), overflow="fold")
    for key in ("displayed", "listed", "confirmed", "cap", "entitled", "over_by"):
        table.add_column(say(f"column.{key}"), justify="right")
    table.add_column(say("column.status"))
    table.add_column(say("column.sealed"))
    positions = ordering.by_weight(report.positions)
    for position in positions[:ROWS]:
        table.add_row(*_row(position, say))
    return _more(table, len(positions), say)


def _row(position: Position, say: Words) -> tuple[Text, ...]:
    over = f"+{position.over_by:,}" if position.over_by else formats.count(position.over_by, say)
    colour = _COLOUR.get(position.status, "")
    return (
        Text(formats.visible(position.deployment, 60)),
        Text(formats.count(position.displayed, say)),
        Text(formats.count(position.listed, say)),
        Text(formats.count(position.confirmed, say)),
        Text(formats.count(position.cap, say)),
        Text(formats.count(position.entitled, say)),
        Text(over, style=f"bold {colour}" if position.status in OVER else ""),
        Text(say(f"status.{position.status}"), style=colour),
        Text(say("word.yes" if position.sealed else "word.no") if position.capture else "–"),
    )


def _findings(report: Report, say: Words) -> Table:
    table = _table(say("console.findings"))
    table.add_column(say("column.rule"), no_wrap=True)
    table.add_column(say("column.severity"), no_wrap=True)
    table.add_column(say("column.certainty"), no_wrap=True)
    table.add_column(say("column.deployment"), overflow="fold")
    table.add_column(say("column.statement"), overflow="fold", ratio=1)
    findings = ordering.findings(ordering.told(report))
    for finding in findings[:ROWS]:
        said = (say.lang == "zh" and finding.statement_zh) or finding.statement
        table.add_row(
            Text(formats.visible(finding.rule, 12)),
            Text(say(f"severity.{finding.severity}"), style=_LEVEL[finding.severity]),
            Text(say(f"certainty.{finding.certainty}")),
            Text(formats.visible(finding.deployment, 60)),
            Text(formats.visible(said, 400)),
        )
    return _more(table, len(findings), say)


def _unobserved(report: Report, say: Words) -> Table:
    table = _table(say("console.not_observed"))
    table.add_column(say("column.deployment"), overflow="fold")
    table.add_column(say("column.page"))
    table.add_column(say("column.outcome"))
    table.add_column(say("column.why"), overflow="fold", ratio=1)
    items = ordering.unobserved(report.unobserved)
    for item in items[:ROWS]:
        table.add_row(
            Text(formats.visible(item.deployment, 60)),
            Text(formats.visible(item.page, 40)),
            Text(say.table.get(f"outcome.{item.outcome}", say("outcome.other"))),
            Text(formats.visible(say.phrase(item.why), 300)),
        )
    return _more(table, len(items), say)


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", header_style="dim", box=None, pad_edge=False)


def _more(table: Table, rows: int, say: Words) -> Table:
    if rows > ROWS:
        table.caption = say("word.and_more", n=f"{rows - ROWS:,}")
        table.caption_justify = "left"
    return table
