"""The languages the reader speaks: every file has every key, agrees with CLDR, and contradicts no other rule."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import pytest
from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

from auditor.document.locales import language_of, languages, parse_language
from auditor.document.locales.language import SECTIONS
from auditor.errors import ReadingError
from auditor.model.targets.deployments import CountRole
from auditor.reading import read_quantities
from auditor.wording import english
from tests.reading.generated.languages import LANGUAGES

ROLES: tuple[CountRole, ...] = ("used", "cap")
CODES = sorted(languages())
ENGLISH = files("auditor.document.locales").joinpath("en.toml").read_text("utf-8")


def test_the_reader_speaks_every_language_in_which_pages_are_made() -> None:
    assert {language.locale.split("-")[0] for language in LANGUAGES} <= set(CODES)
    assert len(CODES) >= 20


@pytest.mark.parametrize("code", CODES)
def test_a_language_writes_numbers_as_cldr_says(code: str) -> None:
    known = Locale.parse(code)
    signs = languages()[code].numbers
    group = "  " if get_group_symbol(known).isspace() else get_group_symbol(known)
    assert (signs.group if signs.group != " " else "  ", signs.decimal) == (group, get_decimal_symbol(known))


@pytest.mark.parametrize("code", CODES)
def test_a_language_has_the_words_without_which_it_reads_nothing(code: str) -> None:
    spoken = languages()[code]
    for words in (
        *(spoken.words[key] for key in ("units", "denial", "unlimited", "absent", "other")),
        spoken.time["units"],
    ):
        assert words
    assert all(spoken.roles[role] for role in ("used", "cap", "remaining", "over"))
    assert spoken.magnitudes


@pytest.mark.parametrize("code", CODES)
def test_time_and_denial_give_no_number(code: str) -> None:
    spoken = languages()[code]
    for word in (*spoken.time["units"], *spoken.words["denial"], *spoken.words["other"]):
        for text, role in ((f"30 {word}", ROLES[len(word) % 2]), (f"30{word}", "used")):
            read = read_quantities(text, role=role, locale=code)
            assert all(one.value is None for one in read), (text, read)


@pytest.mark.parametrize("code", CODES)
def test_a_unit_and_a_word_of_role_are_read(code: str) -> None:
    spoken = languages()[code]
    for unit in spoken.words["units"]:
        (read,) = read_quantities(f"34 {unit}", role="used", locale=code)
        assert (read.role, read.value, read.certainty) == ("used", 34, "certain"), unit
    for word in spoken.words["unlimited"]:
        (limit,) = read_quantities(word, role="cap", locale=code)
        assert limit.kind == "unlimited", word
    for word in spoken.words["of"]:
        read_pair = read_quantities(f"34 {word} 20", role="used", locale=code)
        assert [(one.role, one.value) for one in read_pair] == [("used", 34), ("cap", 20)], word


@pytest.mark.parametrize("code", CODES)
def test_a_word_for_thousand_is_a_rounding_in_its_own_language_and_nothing_in_another(code: str) -> None:
    for word, times in languages()[code].magnitudes.items():
        for read in read_quantities(f"12 {word}", role="used", locale=code):
            assert (read.value, read.kind) in ((12 * times, "approximate"), (12 * times, "exact")), word
            assert read.kind == "approximate" or word > "\u2e80"
        for read in read_quantities(f"12 {word}", role="used", locale="vi"):
            assert read.value is None or word > "\u2e80"


@pytest.mark.parametrize("section", [*SECTIONS, "magnitudes"])
def test_a_file_without_a_section_is_refused_by_name(section: str) -> None:
    with pytest.raises(ReadingError, match=rf"xx\.toml: {section}: expected the key"):
        parse_language("xx.toml", ENGLISH.replace(f"[{section}]", "[strange]").replace("[strange]\n", "", 0))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda text: text.replace("cap_first = []\n", ""), "words.cap_first"),
        (lambda text: text.replace("cap_first = []", "cap_first = 3"), "words.cap_first"),
        (lambda text: text.replace("cap_first = []", 'cap_first = ["34"]'), "words.cap_first"),
        (lambda text: text.replace("cap_first = []", 'cap_first = [" of"]'), "words.cap_first"),
        (lambda text: text.replace("cap_first = []", "cap_first = []\nplural = []"), "words.plural"),
        (lambda text: text.replace('decimal = "."', 'decimal = ","'), "numbers.decimal"),
        (lambda text: text.replace("sizes = [3]", "sizes = [4]"), "numbers.sizes"),
        (lambda text: text.replace('"0123456789"', '"1234567890"'), "numbers.digits"),
        (lambda text: text.replace("thousand = 1000\n", "thousand = 1\n"), "magnitudes.thousand"),
        (lambda text: text.replace('["may"], ', ""), "time.months"),
        (lambda text: text.replace('"not", "never"', '"not", "seats", "never"'), "words.units"),
        (lambda text: text.replace('name = "English"', 'name = "'), "expected TOML"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_file_and_key(change: Callable[[str], str], key: str) -> None:
    with pytest.raises(ReadingError, match=r"xx\.toml") as refused:
        parse_language("xx.toml", change(ENGLISH))
    assert key in str(refused.value)


@pytest.mark.parametrize(
    ("text", "locale", "said"),
    [
        ("30 ngày", "vi", "does not speak vi"),
        ("34 Vollmitglieder genutzt", "de", "'vollmitglieder' is a word that the reader does not know"),
        ("6 nicht genutzt", "de", "'nicht' denies"),
        ("30 días restantes", "es", "'días' counts time"),
        ("12 mil", "de", "'mil' makes another number"),
        ("12/2026", None, "may be a day"),
        ("6개 미사용", "ko", "'미사용' denies"),
    ],
)
def test_the_reason_names_the_word(text: str, locale: str | None, said: str) -> None:
    (read,) = read_quantities(text, role="used", locale=locale)
    assert read.value is None
    assert said in english(read.qualifiers[-1])


@pytest.mark.parametrize(("text", "locale", "values"), [("34 of 20", "nl", [None]), ("34 van 20", "nl", [34, 20])])
def test_a_word_means_what_the_language_of_the_page_says(text: str, locale: str, values: list[int | None]) -> None:
    assert [one.value for one in read_quantities(text, role="used", locale=locale)] == values


def test_a_region_speaks_its_language() -> None:
    assert language_of("de-CH") is languages()["de"]
    assert language_of("vi") is None
    assert language_of(None) is None
