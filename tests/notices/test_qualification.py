"""What a letter must hold, law by law; the three letters of Locojoy v. Alibaba Cloud under both readings (A10)."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.model.notices import ELEMENTS, ElementState, NoticeElement, ProfileAnswer
from auditor.notices import check_regime, notice_regimes
from auditor.wording import ELEMENT_MARKS, ELEMENT_STATES, ELEMENT_TITLES, LANGS, note_text
from tests.notices.locojoy import LETTER, MAIL, TICKET

States = dict[NoticeElement, ElementState]


def answers(letter: States, *earlier: States, law: str = "cn-general") -> dict[str, ProfileAnswer]:
    return {one.profile: one for one in check_regime(notice_regimes()[law], letter, earlier).answers}


def test_locojoy_lenient_qualified_strict_not() -> None:
    """A10, and the fourth of the known errors: the same letters, two readings, both printed."""
    series = ((TICKET, ()), (MAIL, (TICKET,)), (LETTER, (TICKET, MAIL)))
    lenient = [answers(letter, *earlier)["lenient"] for letter, earlier in series]
    strict = [answers(letter, *earlier)["strict"] for letter, earlier in series]
    assert [one.qualified for one in lenient] == [False, True, True], "the courts took the letters together"
    assert [one.qualified for one in strict] == [False, False, False]


def test_known_error_1_a_ticket_only() -> None:
    assert answers(TICKET)["strict"].missing == (
        "identity", "contact_address", "contact_telephone", "contact_email", "ownership", "evidence", "location",
        "server_address",
    )  # fmt: skip


def test_known_error_2_a_mail_without_telephone_address_and_evidence() -> None:
    missing = answers(MAIL)["strict"].missing
    assert missing == ("contact_address", "contact_telephone", "ownership", "evidence", "server_address")


def test_known_error_3_a_letter_whose_annexes_were_not_in_the_envelope() -> None:
    missing = answers(LETTER, TICKET, MAIL)["strict"].missing
    assert missing == ("contact_address", "contact_telephone", "contact_email", "ownership", "evidence")


def test_known_error_4_lenient_qualified_strict_not_both_are_given_with_what_became_of_them() -> None:
    found = answers(LETTER, TICKET, MAIL)
    assert found["lenient"].source.told == "(2015)石民(知)初字第8279号 REVERSED 2019-06-20 by (2017)京73民终1194号"
    assert found["strict"].source.told == "(2017)京73民终1194号"


@pytest.mark.parametrize("law", notice_regimes())
def test_a_whole_letter_qualifies_and_an_empty_one_does_not(law: str) -> None:
    regime = notice_regimes()[law]
    assert all(one.qualified for one in check_regime(regime, dict.fromkeys(ELEMENTS, "there")).answers)
    for one in check_regime(regime, {}).answers:
        assert one.missing == regime.profiles[one.profile].requires != ()


@pytest.mark.parametrize("law", notice_regimes())
def test_each_required_element_alone_is_missed_and_a_blank_is_not_there(law: str) -> None:
    regime = notice_regimes()[law]
    for profile in regime.profiles.values():
        for element in profile.requires:
            letter: States = {**dict.fromkeys(ELEMENTS, "there"), element: "blank"}
            found = {one.profile: one for one in check_regime(regime, letter).answers}
            assert found[profile.name].missing == (element,)


def test_what_is_named_counts_for_the_lenient_reading_alone() -> None:
    letter: States = {**dict.fromkeys(ELEMENTS, "there"), "evidence": "named"}
    found = answers(letter)
    assert (found["lenient"].qualified, found["strict"].missing) == (True, ("evidence",))


def test_every_law_is_data_with_article_and_source() -> None:
    for regime in notice_regimes().values():
        assert set(regime.title) == set(LANGS) and all(regime.title.values())
        assert regime.source.cite and set(regime.profiles) == {"lenient", "strict"}
        for element, mark in regime.marks.items():
            assert mark != "required" or regime.articles[element], (regime.id, element)
        lenient, strict = regime.profiles["lenient"], regime.profiles["strict"]
        loose = set(lenient.requires) - set(strict.requires)
        assert not loose, (regime.id, loose)
    first = notice_regimes()["cn-general"].profiles["lenient"].source
    assert (first.status, first.reversed_on) == ("reversed", date(2019, 6, 20))


def test_the_table_of_the_articles_is_as_the_laws_have_it() -> None:
    """Spot checks against the statutes: what each asks for by itself, and what it does not."""
    marks = {name: regime.marks for name, regime in notice_regimes().items()}
    assert [name for name in marks if marks[name]["perjury"] == "required"] == ["us-512"]
    assert [name for name in marks if marks[name]["good_faith"] == "required"] == ["us-512", "eu-dsa"]
    assert [name for name in marks if marks[name]["truth"] == "helps"] == ["cn-general"]
    assert marks["us-512"]["evidence"] == "not_asked"
    assert marks["cn-storage"]["contact_address"] == "required"


def test_every_element_has_words_in_both_languages() -> None:
    for lang in LANGS:
        for table in (ELEMENT_TITLES, ELEMENT_STATES, ELEMENT_MARKS):
            assert all(note_text(note, lang) for note in table.values())
    assert set(ELEMENT_TITLES) == set(ELEMENTS)
