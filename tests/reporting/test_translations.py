"""One source of words, whole in both languages, neutral in both."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import auditor.reporting
from auditor.model.findings import BaselineState, Certainty, DecisionKind, FindingKind, PositionStatus, Severity
from auditor.reporting.translations import translation_keys

ENTRIES = translation_keys()
TEMPLATES = Path(auditor.reporting.__file__).parent / "templates"


def test_every_entry_has_both_languages_and_nothing_else() -> None:
    assert [key for key, entry in ENTRIES.items() if entry.keys() != {"en", "zh"}] == []
    assert len(ENTRIES) > 280


def test_no_chinese_entry_was_left_in_english_and_no_english_one_in_chinese() -> None:
    same_in_both = {"column.sha256", "word.of", "word.and_more"}
    same_in_both |= {"word.separator", "word.colon", "word.list_separator", "word.sentences"}
    places = re.compile(r"\{\w+\}")
    for key, entry in ENTRIES.items():
        assert not re.search(r"[\u4e00-\u9fff]", entry["en"]), key
        if key not in same_in_both:
            assert re.search(r"[\u4e00-\u9fff]", entry["zh"]), key
            left = set(re.findall(r"[A-Za-z]{3,}", places.sub("", entry["zh"])))
            assert left <= {
                "UTC",
                "SHA",
                "CSV",
                "XLSX",
                "JSON",
                "HTTP",
                "TLS",
                "PNG",
                "auditor",
                "statement",
                "verify",
                "openssl",
            }, key


def test_both_languages_fill_the_same_places() -> None:
    for key, entry in ENTRIES.items():
        places = {lang: {name for _, name, _, _ in Formatter().parse(text) if name} for lang, text in entry.items()}
        assert places["en"] == places["zh"], key


@pytest.mark.parametrize(
    ("section", "values"),
    [
        ("status", get_args(PositionStatus)),
        ("severity", get_args(Severity)),
        ("certainty", get_args(Certainty)),
        ("baseline", get_args(BaselineState)),
        ("kind", get_args(FindingKind)),
        ("decision", get_args(DecisionKind)),
    ],
)
def test_every_value_of_the_model_has_a_word(section: str, values: tuple[str, ...]) -> None:
    assert [value for value in values if f"{section}.{value}" not in ENTRIES] == []


def test_the_words_are_neutral() -> None:
    loaded = re.compile(
        r"breach|violat|infring|pirat|illegal|guilty|offen[cs]e|steal|侵权|违约|盗版|非法|违法", re.IGNORECASE
    )
    assert [key for key, entry in ENTRIES.items() if any(loaded.search(text) for text in entry.values())] == []


def test_every_word_that_a_template_asks_for_exists() -> None:
    asked = {
        key
        for template in TEMPLATES.glob("*.html")
        for key in re.findall(r"""w(?:\.some)?\(["']([a-z_.]+[a-z])["'][,)\s]""", template.read_text("utf-8"))
    }
    known = ENTRIES.keys() | {key.rsplit(".", 1)[0] for key in ENTRIES if key.endswith(".one")}
    assert len(asked) > 100
    assert asked - known == set()
