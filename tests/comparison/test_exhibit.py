"""The exhibit: sixteen screens in the judgment's order, one number on both pictures, both languages from one source."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from auditor.model.comparisons import ScreenDecision
from auditor.reporting import ExhibitInput, exhibit_html
from auditor.reporting.compared.exhibit import exhibit_words
from tests.comparison.make_samples import SAMPLES
from tests.comparison.sample_systems import CONTROLS, SCREENS
from tests.comparison.test_five_systems import compare

DECISION = ScreenDecision("marc", "substantially_same", "<b>A. Analyst</b>", "label by label", date(2026, 11, 26))


def load(package: str, path: str) -> bytes | None:
    found = SAMPLES / package.removeprefix("evidence/") / path
    return found.read_bytes() if found.exists() else None


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    given = ExhibitInput("x-1", compare("copy", CONTROLS), (DECISION,), {"copy": "223.247.185.129:90"}, load)
    return {lang: exhibit_html(given, lang).decode() for lang in ("zh", "en")}


def test_sixteen_screens_stand_in_order_in_both_languages(pages: dict[str, str]) -> None:
    for page in pages.values():
        places = [page.index(f"<h2>{at} / 16 {one.name}</h2>") for at, one in enumerate(SCREENS, 1)]
        assert places == sorted(places)
    rows = {lang: page.count("<tr>") for lang, page in pages.items()}
    assert rows["zh"] == rows["en"]


def test_the_same_numbers_stand_on_both_pictures_and_in_the_table(pages: dict[str, str]) -> None:
    section = re.search(r'id="screen-10">.*?</section>', pages["zh"], re.DOTALL)
    assert section is not None
    left, right = re.findall(r"<svg.*?</svg>", section[0], re.DOTALL)
    numbers = [re.findall(r"<text[^>]*>(\d+)</text>", one) for one in (left, right)]
    assert numbers[0] == numbers[1] == [str(at) for at in range(1, len(numbers[0]) + 1)]
    assert re.findall(r'<td class="num">(\d+)</td><td>', section[0]) == numbers[0]


def test_pictures_go_in_unaltered_with_their_digest(pages: dict[str, str]) -> None:
    import base64
    import hashlib

    found = re.findall(r'href="data:image/png;base64,([^"]+)"', pages["zh"])
    assert len(found) == 4  # two screens of the samples have pictures, on both sides
    for picture in found:
        assert hashlib.sha256(base64.b64decode(picture)).hexdigest() in pages["zh"]


def test_what_a_person_said_stands_beside_the_screen_and_is_escaped(pages: dict[str, str]) -> None:
    assert "基本相同" in pages["zh"]
    assert "substantially the same" in pages["en"]
    assert "<b>A. Analyst</b>" not in pages["en"]
    assert "&lt;b&gt;A. Analyst" in pages["en"]
    assert "<script" not in pages["en"]


def test_without_controls_that_stands_on_the_first_page() -> None:
    given = ExhibitInput("x-1", compare("copy", ()), (), {}, load)
    assert "NO CONTROLS" in exhibit_html(given, "en").decode()


def test_an_altered_picture_is_not_shown(pages: dict[str, str]) -> None:
    def altered(package: str, path: str) -> bytes | None:
        data = load(package, path)
        return data + b"x" if data else None

    given = ExhibitInput("x-1", compare("copy", CONTROLS), (), {}, altered)
    assert "data:image/png" not in exhibit_html(given, "en").decode()


def test_the_command_that_makes_it_again_asks_for_the_same(pages: dict[str, str]) -> None:
    """Controls and screens may have been named on the command line, and not in `targets.yaml`."""
    said = "auditor compare make copy --reference licensed --name libnet-copy "
    said += " ".join(f"--controls {one}" for one in CONTROLS)
    said += " " + " ".join(f"--screens {one.id}" for one in SCREENS)
    assert all(f"{said}</p>" in page for page in pages.values())


def test_every_word_has_both_languages() -> None:
    assert exhibit_words("zh").keys() == exhibit_words("en").keys()
    for key, text in exhibit_words("en").items():
        places = [re.findall(r"\{(\w+)\}", one) for one in (text, exhibit_words("zh")[key])]
        assert sorted(places[0]) == sorted(places[1]), key


def test_the_same_input_gives_the_same_bytes(pages: dict[str, str]) -> None:
    given = ExhibitInput("x-1", compare("copy", CONTROLS), (DECISION,), {"copy": "223.247.185.129:90"}, load)
    assert exhibit_html(replace(given), "zh").decode() == pages["zh"]
