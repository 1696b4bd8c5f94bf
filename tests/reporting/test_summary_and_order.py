"""Sums, order, timelines, the terminal and the table of exporters."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from rich.console import Console

from auditor.errors import ConfigError
from auditor.model.notes import quote_text
from auditor.model.targets.contracts import Money
from auditor.reporting import EXPORTERS, LANGS, ExportInput, Lang, print_summary
from auditor.reporting.images.timeline import draw_timeline
from auditor.reporting.images.timeline_shapes import TimelineSeries, is_drawable
from auditor.reporting.sort_order import is_confirmed_on_other_captures, open_findings, sort_findings
from auditor.reporting.summary import summarise
from auditor.reporting.translations import load_translations
from tests.reporting.sample_report import Sample


def test_each_unit_is_summed_once(libnet: Sample) -> None:
    doubled = replace(libnet.report, findings=libnet.report.findings * 3, positions=libnet.report.positions * 2)
    summary = summarise(doubled)
    assert dict(summary.units) == {"branch": 70}
    assert summary.list_value == (Money(Decimal(350_000), "CNY"),)
    assert summary.net_value == (Money(Decimal(105_000), "CNY"),)
    assert dict(summary.statuses) == {
        "unlicensed": 3, "over": 0, "over_permitted": 0, "unverified": 1, "incomplete": 0, "within": 1,
    }  # fmt: skip


@pytest.mark.parametrize("change", [{"certainty": "needs_review"}, {"kind": "review"}, {"life": "dismissed"}])
def test_a_deployment_whose_money_needs_review_is_in_no_sum(libnet: Sample, change: dict[str, str]) -> None:
    changed = tuple(
        replace(finding, **change) if finding.deployment == "site-90" and finding.list_value else finding  # type: ignore[arg-type]
        for finding in libnet.report.findings
    )
    summary = summarise(replace(libnet.report, findings=changed))
    assert dict(summary.units) == {"branch": 40}
    assert summary.review_only == 1


def test_currencies_are_never_added(libnet: Sample) -> None:
    first, *rest = (p for p in libnet.report.positions if p.list_value)
    mixed = (replace(first, list_value=Money(Decimal(1), "USD")), *rest)
    assert [value.currency for value in summarise(replace(libnet.report, positions=mixed)).list_value] == ["CNY", "USD"]


def test_new_findings_come_first_and_closed_ones_are_not_told(libnet: Sample) -> None:
    open_ones = sort_findings(open_findings(libnet.report))
    assert [finding.deployment for finding in open_ones[:3]] == ["yjzhjy-cn", "libmsc-com", "site-90"]
    assert {"C207", "Q105", "Q106"} & {finding.rule for finding in open_ones} == set()


def test_a_count_confirmed_on_an_earlier_capture_is_said(libnet: Sample) -> None:
    stale = {p.deployment for p in libnet.report.positions if is_confirmed_on_other_captures(p, libnet.report)}
    assert stale == {"libmsc-com"}


def series(sample: Sample, gap: timedelta) -> TimelineSeries:
    position = next(p for p in sample.report.positions if p.deployment == "libmsc-com")
    start = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    seen = [o for o in sample.report.history if o.deployment == "libmsc-com"]
    points = tuple(replace(one, captured_at=start + gap * n) for n, one in enumerate(seen))
    return TimelineSeries(position, points, (), sample.report.key_dates, start)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("gap", [timedelta(0), timedelta(seconds=9), timedelta(days=900)])
def test_a_timeline_is_drawn_the_same_twice(libnet: Sample, lang: Lang, gap: timedelta) -> None:
    chart = series(libnet, gap)
    once = draw_timeline(chart, load_translations(lang), "t1")
    assert once == draw_timeline(chart, load_translations(lang), "t1")
    assert once.startswith("<svg class=")
    assert "<style" not in once
    assert "<metadata" not in once
    assert ">22</text>" in once
    assert load_translations(lang)("keydate.judgment") in once


def test_the_line_between_captures_is_dotted(libnet: Sample) -> None:
    svg = draw_timeline(series(libnet, timedelta(days=400)), load_translations("en"), "t1")
    dotted = [part for part in svg.split("<path")[1:] if "stroke-dasharray" in part and "#b3372c" in part]
    assert len(dotted) == 1


def test_without_a_number_there_is_no_timeline(libnet: Sample) -> None:
    chart = series(libnet, timedelta(days=1))
    unread = tuple(
        replace(one, displayed=None, unreadable={"displayed": quote_text("missing")}) for one in chart.points
    )
    assert not is_drawable(replace(chart, points=unread))


@pytest.mark.parametrize("lang", LANGS)
def test_the_terminal_shows_positions_and_findings(libnet: Sample, lang: Lang) -> None:
    out = io.StringIO()
    print_summary(libnet.report, Console(file=out, width=140), lang)
    text = out.getvalue()
    assert "site-90" in text
    assert "+30" in text
    assert "D301" in text
    assert load_translations(lang)("console.practice") in text


def test_the_terminal_is_not_given_control_characters_or_markup(libnet: Sample) -> None:
    hostile = tuple(replace(f, statement="\x1b]0;x\x07[red]boo[/red]\u202e") for f in libnet.report.findings)
    out = io.StringIO()
    print_summary(replace(libnet.report, findings=hostile), Console(file=out, width=140))
    assert not set("\x1b\x07\u202e") & set(out.getvalue())
    assert "[red]boo[/red]" in out.getvalue()


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_exporter_gives_named_files_and_the_same_bytes(libnet: Sample, name: str) -> None:
    report = replace(libnet.report, history=libnet.report.history[:1])
    for lang in LANGS:
        document = ExportInput(report, libnet.load, lang, print_to_pdf=lambda page: b"%PDF " + page[-40:])
        files = dict(EXPORTERS[name](document))
        assert files
        assert all(path.endswith(f".{name}") and data for path, data in files.items())
        assert files == dict(EXPORTERS[name](document))


def test_a_pdf_without_a_browser_is_refused(libnet: Sample) -> None:
    with pytest.raises(ConfigError, match="needs a browser"):
        EXPORTERS["pdf"](ExportInput(libnet.report, libnet.load))
