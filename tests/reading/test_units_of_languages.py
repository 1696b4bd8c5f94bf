"""A unit that nobody listed gives no number; the units and the words for "no limit" of each language are read."""

from __future__ import annotations

import pytest

from auditor.reading import read_quantities

NO_COUNTS = (
    *("30 dagar", "30 dagar kvar", "30 dias", "30 dní", "12 месяцев", "30 gün", "30 يوم", "30 ימים", "30 giorni"),
    *("12 mille", "12 mila", "12 duizend", "12 bin", "3 lakh", "12 mil", "12 Tsd", "6 nicht genutzt", "6 sin usar"),
    *("6 nieużywanych", "14 zu viel", "34 frobnitz", "34 blau gestreifte Dinge"),
)
UNITS = (
    *("74 licencias", "7 licencji", "6 użytkowników", "683 licenser", "9 användare", "3 licenties", "8 lisans"),
    *("8 kullanıcı", "18 רישיונות", "7 משתמשים", "5 ترخيص", "5 تراخيص", "5155 лицензий", "4 seats"),
)
UNLIMITED = ("Sınırsız", "Obegränsat", "Bez limitu", "Nieograniczona", "غير محدود", "ללא הגבלה", "Без ограничений")


@pytest.mark.parametrize("text", NO_COUNTS)
@pytest.mark.parametrize("role", ["used", "cap"])
def test_what_counts_no_known_unit_is_no_number(text: str, role: str) -> None:
    read = read_quantities(text, role="cap" if role == "cap" else "used")
    assert all(quantity.value is None for quantity in read if quantity.role != "over")
    assert text == "14 zu viel" or not any(quantity.role == "over" for quantity in read)


@pytest.mark.parametrize("text", UNITS)
def test_a_listed_unit_is_a_plain_count(text: str) -> None:
    (read,) = read_quantities(text, role="used")
    assert (read.role, read.value, read.certainty) == ("used", int(text.split()[0]), "certain")


@pytest.mark.parametrize("text", UNLIMITED)
def test_no_limit_is_said_in_each_language(text: str) -> None:
    (read,) = read_quantities(text, role="cap")
    assert read.kind == "unlimited"


@pytest.mark.parametrize("text", ["6 z 86", "12 av 86", "18 מתוך 7", "34 من 20", "34 van 20", "34 из 20"])
def test_of_is_said_in_each_language(text: str) -> None:
    used, cap = read_quantities(text, role="used")
    numbers = [int(word) for word in text.split() if word.isdigit()]
    assert [(used.role, used.value), (cap.role, cap.value)] == [("used", numbers[0]), ("cap", numbers[1])]


@pytest.mark.parametrize("space", ["\u00a0", "\u202f"])
def test_a_no_break_space_groups_without_a_locale(space: str) -> None:
    (read,) = read_quantities(f"12{space}345", role="used")
    assert read.value == 12345
