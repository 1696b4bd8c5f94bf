"""Captured text that wants to run, to mislead, or to flood: it stays text. In a real browser."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.formats.foreign_text import visible_text
from auditor.model.findings import Position
from auditor.model.notes import make_note, quote_text
from auditor.model.reports import Report
from auditor.reporting import LANGS, Lang, as_html
from auditor.reporting.formats import file_link, safe_link
from tests.reporting import chromium
from tests.reporting.html_reading import read
from tests.reporting.sample_report import Sample

MARK = "document.documentElement.setAttribute('data-ran','1')"
ATTACKS = (
    f"<script>{MARK}</script>",
    f'"><img src=x onerror="{MARK}">',
    f"'><svg onload={MARK}>",
    f"</style><script>{MARK}</script>",
    f"</title><script>{MARK}</script>",
    "{{ 7 * 7 }}{% for x in y %}",
    "--><iframe srcdoc='<script>parent." + MARK + "</script>'>",
    f"]]><script>{MARK}</script>",
)


def poisoned(report: Report, text: str) -> Report:
    """The report with the text in every place that a captured page, a host or a person can fill."""

    def position(one: Position) -> Position:
        return replace(
            one,
            displayed_raw=text,
            cap_raw=text,
            confirmed_by=text,
            confirmed_why=text,
            priced_at=quote_text(text),
            notes=(quote_text(text), make_note("field.unread", text=text, why=quote_text(text))),
            rule=quote_text(text),
            excluded=tuple(replace(row, code=text, name=text, why=quote_text(text)) for row in one.excluded),
            basis=tuple(replace(basis, raw_text=text, locator=text, artefact=text) for basis in one.basis),
        )

    return replace(
        report,
        software=text,
        notice=text,
        assumptions=(quote_text(text), make_note("assumption.whole_days", zone=text)),
        positions=tuple(position(one) for one in report.positions),
        findings=tuple(
            replace(
                finding,
                statement=text,
                statement_zh=text,
                name=text,
                disproved_by=text,
                disproved_by_zh=text,
                false_positive_risks=(text,),
                basis=tuple(replace(basis, raw_text=text, locator=text, artefact=text) for basis in finding.basis),
            )
            for finding in report.findings
        ),
        unobserved=tuple(
            replace(item, page=text, why=make_note("gap.missing", why=quote_text(text)), capture=text)
            for item in report.unobserved
        ),
        evidence=tuple(
            replace(
                row,
                warnings=(quote_text(text), make_note("capture.check_off", check=text, why=text, fact=text)),
                views=tuple(replace(view, title=text, final_url=text) for view in row.views),
            )
            for row in report.evidence
        ),
        decisions=tuple(replace(decision, by=text, reason=text, text=text) for decision in report.decisions),
        key_dates=tuple(replace(key, raw=text, what=text) for key in report.key_dates),
        names=dict.fromkeys(report.names, text),
        addresses=dict.fromkeys(report.addresses, text),
    )


@pytest.mark.parametrize("lang", LANGS)
def test_no_captured_text_runs(libnet: Sample, lang: Lang, tmp_path: Path) -> None:
    page = as_html(poisoned(libnet.report, "".join(ATTACKS)), load=libnet.load, lang=lang)
    # Without the policy: escaping alone must hold.
    bare = re.sub(rb"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", b"", page)
    assert bare != page
    after = chromium.dom_after_load(bare, tmp_path)
    found = read(after.encode()).attributes
    assert "data-ran" not in {name for _, name, _ in found}
    assert not [name for _, name, _ in found if name.startswith("on")]
    assert not {"script", "iframe"} & {tag for tag, _, _ in found}
    assert "<script" not in after


def test_the_test_above_can_fail(libnet: Sample, tmp_path: Path) -> None:
    page = as_html(libnet.report, load=libnet.load).replace(b"</body>", f"<script>{MARK}</script></body>".encode())
    open_page = re.sub(rb"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", b"", page)
    (tmp_path / "open").mkdir()
    (tmp_path / "kept").mkdir()
    assert 'data-ran="1"' in chromium.dom_after_load(open_page, tmp_path / "open")
    assert 'data-ran="1"' not in chromium.dom_after_load(page, tmp_path / "kept"), "the policy stands behind escaping"


SCHEMES = (
    "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", " javascript:x", "java\tscript:x",
    "http://x y/", "https://", "http://[", "http://x/\u202e", "http://" + "x" * 5_000,
)  # fmt: skip


def test_only_web_addresses_are_links(libnet: Sample) -> None:
    assert [address for address in SCHEMES if safe_link(address)] == []
    assert safe_link("http://223.247.185.129:90/") == "http://223.247.185.129:90/"
    positions = tuple(replace(libnet.report.positions[4], deployment=f"d{n}") for n in range(len(SCHEMES)))
    addresses = {f"d{n}": address for n, address in enumerate(SCHEMES)} | {"d0": "https://one.example/"}
    report = replace(libnet.report, positions=positions, findings=(), history=(), addresses=addresses)
    links = [
        value for tag, name, value in read(as_html(report, load=libnet.load)).attributes if (tag, name) == ("a", "href")
    ]
    assert {link for link in links if not link.startswith(("#", "./"))} == {"https://one.example/"}


def test_a_link_to_a_file_stays_relative() -> None:
    assert file_link("", "evidence/a", "javascript:alert(1)") == "./evidence/a/javascript%3Aalert%281%29"
    assert file_link("", "/../../etc", "passwd") == "./etc/passwd"


def test_invisible_characters_are_named() -> None:
    assert visible_text("34\u202e43") == "34⟦U+202E⟧43"
    assert visible_text("3\u200b4") == "3⟦U+200B⟧4"
    assert visible_text("\x1b[31m34") == "⟦U+001B⟧[31m34"
    assert visible_text("\ud800") == "⟦U+D800⟧"
    assert visible_text("当前分馆数量 34") == "当前分馆数量 34"


def test_a_direction_override_does_not_reach_the_page(libnet: Sample) -> None:
    page = as_html(poisoned(libnet.report, "\u202e\u2066 20 \x00"), load=libnet.load).decode()
    assert not set("\u202e\u2066\x00") & set(page)


def test_a_flood_is_bounded(libnet: Sample) -> None:
    page = as_html(poisoned(libnet.report, "9" * 5_000_000), load=libnet.load)
    assert len(page) < 1_500_000
    assert "… (+4,999,400)".encode() in page
