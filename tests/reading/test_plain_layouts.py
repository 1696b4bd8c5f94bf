"""Lines of plain text, rows of values above their labels, cells of signs, charsets of headers: from bytes alone."""

from __future__ import annotations

import pytest

from auditor.document.body_text import charset_of, decode_body
from auditor.document.dom.styles import Turn, stands_on_its_head, style_effects, turned_by
from auditor.document.page import page_from_body
from auditor.model.captures import View
from auditor.model.reading.readings import FieldReading
from auditor.model.targets.deployments import CountRole, FieldSpec, PageSpec
from auditor.reading import read_capture


def read(body: bytes, label: str, role: CountRole = "used", media_type: str = "text/html", **more: str) -> FieldReading:
    """One field of a page of which only the body was kept."""
    labels = (label,) if label else ()
    spec = PageSpec("p", "/p", fields=(FieldSpec("f", "count", role, "seat", labels, pattern=more.get("pattern")),))
    view = View("p", "p", 1, "http://x/", "http://x/", "observed", "", 200, None, artefacts={"body": "p/body.html"})
    stored = {"p/body.html": body}.__getitem__
    types = {"p/body.html": media_type}
    return read_capture([view], {"p": spec}, stored, capture="c", deployment="d", media_types=types).fields[0]


def values(reading: FieldReading) -> dict[str, int | str | None]:
    return {one.role: one.value if one.kind != "unlimited" else "unlimited" for one in reading.quantities}


SERVER = b"""<pre>licence server UP 99 days
Users of dvt_e:  (Total of 20 licenses issued;  Total of 34 licenses in use)

  "dvt_e" v2.0, vendor: dvtlmd
Users of dvt_u:  (Uncounted, node-locked)
port=27000
</pre>"""


def test_a_line_ends_a_value_and_begins_a_label() -> None:
    assert values(read(SERVER, "Users of dvt_e")) == {"used": 34, "cap": 20}
    assert values(read(SERVER, "Users of dvt_u", "cap")) == {"cap": "unlimited"}
    assert values(read(SERVER, "port", "cap")) == {"cap": 27000}


def test_plain_text_served_as_such_keeps_its_lines() -> None:
    text = "used < 99%\nseats_used=34\nseats_total=20\n".encode("utf-16")
    assert values(read(text, "seats_used", media_type="text/plain; charset=utf-16")) == {"used": 34}
    assert values(read(b"seats_used=34\nseats_total=20\n", "seats_total", "cap", "text/plain")) == {"cap": 20}


def test_figures_of_two_lines_are_of_two_numbers() -> None:
    assert values(read(b"<pre>seats: 34\n20\n</pre>", "seats")) == {"used": 34}
    assert read(b"<pre>34\n20</pre>", "", pattern="34.*20").candidates[0].raw == "34 ⇅ 20"


@pytest.mark.parametrize("style", ["", " style='white-space: pre-wrap'"])
def test_the_lines_of_a_text_lie_one_under_the_other(style: str) -> None:
    texts = page_from_body(f"<pre{style}>a: 1\nb: 2\n\nc: 3</pre>".encode()).texts
    assert [texts.raw(first, end) for first, end, _ in texts.units] == ["a: 1", "b: 2", "c: 3"]
    assert list(texts.lines.values()) == [(0, 4), (1, 4), (3, 4)]


def test_what_shows_no_lines_has_none() -> None:
    texts = page_from_body(b"<pre style='white-space: normal'>seats\n34</pre><p>used\n20</p>").texts
    assert [texts.raw(first, end) for first, end, _ in texts.units] == ["seats 34", "used 20"]


def test_a_pattern_is_held_against_lines_far_down_and_over_several() -> None:
    far = b"<pre>" + b"filling line of a status\n" * 900 + SERVER[5:]
    pattern = r"Users of dvt_e: *\(Total of [0-9]+ licenses? issued; *Total of ([0-9]+)"
    assert values(read(far, "", pattern=pattern)) == {"used": 34}
    over = b"<pre>seats\n  in use: 34\n</pre>"
    assert values(read(over, "", pattern=r"seats in use: ([0-9]+)")) == {"used": 34}


@pytest.mark.parametrize("sign", [":", "\uff1a", "\u24d8", "?", "i"])
def test_a_cell_of_a_sign_is_no_value(sign: str) -> None:
    page = f"<table><tr><td>Seats used</td><td>{sign}</td><td>34</td></tr></table>".encode()
    assert values(read(page, "Seats used")) == {"used": 34}


@pytest.mark.parametrize("cell", ["-", "", "n/a", "error"])
def test_a_cell_that_says_no_value_is_not_passed_over(cell: str) -> None:
    page = f"<table><tr><td>Seats used</td><td>{cell}</td><td>20</td></tr></table>".encode()
    assert read(page, "Seats used").status != "read"


def test_values_above_the_row_of_their_labels() -> None:
    page = b"<table><tr><td>34</td><td>20</td></tr><tr><td>Used</td><td>Limit</td></tr></table>"
    assert values(read(page, "Used")) == {"used": 34}
    assert values(read(page, "Limit", "cap")) == {"cap": 20}
    boxes = b"<div><div>34</div><div>20</div></div><div><div>Used</div><div>Limit</div></div>"
    assert values(read(boxes, "Limit", "cap")) == {"cap": 20}


@pytest.mark.parametrize("row", ["<td>34</td><td></td>", "<td>34</td><td>n/a</td>", "<td>34</td>"])
def test_a_row_above_that_is_not_whole_gives_nothing(row: str) -> None:
    page = f"<table><tr>{row}</tr><tr><td>Used</td><td>Limit</td></tr></table>".encode()
    assert read(page, "Limit", "cap").status != "read"


@pytest.mark.parametrize(
    ("charset", "label"),
    [("windows-1251", "Пользователи"), ("Shift_JIS", "利用者数"), ("iso-8859-2", "Użytkownicy"), ("euc-kr", "사용자")],
)
def test_the_header_names_the_charset(charset: str, label: str) -> None:
    body = f"<table><tr><td>{label}</td><td>34</td></tr></table>".encode(charset)
    assert values(read(body, label, media_type=f'text/html; charset="{charset}"')) == {"used": 34}
    assert read(body, label).status == "missing"


def test_utf_8_stays_utf_8_whatever_the_header_says() -> None:
    assert decode_body("Größe".encode(), "iso-8859-1") == "Größe"
    assert decode_body(b"\x80 34", charset_of("text/html;charset=ISO-8859-1")) == "€ 34"
    assert charset_of("text/html") == ""
    assert decode_body(b"\xff", "no-such-charset")


BADGE = "<div><b>6</b></div>"
"""A figure that a style may float to either side of the header in whose cell it stands."""


@pytest.mark.parametrize(
    "table",
    [
        f"<tr><th>{BADGE}Seats used</th><td>34</td></tr>",
        f"<tr><td>{BADGE}Seats used</td><td>34</td></tr>",
        f"<tr><th>{BADGE}Seats used</th><th>Cap</th></tr><tr><td>34</td><td>50</td></tr>",
        f"<tr><th>Cap</th><th>{BADGE}Seats used</th></tr><tr><td>50</td><td>34</td></tr>",
    ],
)
def test_a_figure_in_the_cell_of_a_label_gives_way_to_the_table_and_is_looked_at(table: str) -> None:
    found = read(f"<table>{table}</table>".encode(), "Seats used")
    assert values(found) == {"used": 34}
    assert found.checks.in_place.answer == "failed"


@pytest.mark.parametrize("value", ["-", "", "n/a"])
def test_a_figure_in_the_cell_of_a_label_is_not_certain_where_the_table_says_no_value(value: str) -> None:
    found = read(f"<table><tr><th>{BADGE}Seats used</th><td>{value}</td></tr></table>".encode(), "Seats used")
    assert found.checks.in_place.answer == "failed"


@pytest.mark.parametrize(
    ("turn", "upset"),
    [
        ((-1.0, 0.0, 0.0, -1.0), True),
        ((-1.0, 0.0, 0.0, 1.0), True),
        ((1.0, 0.0, 0.0, -1.0), True),
        ((0.0, 1.0, -1.0, 0.0), False),
        ((0.98, 0.17, -0.17, 0.98), False),
        ((2.0, 0.0, 0.0, 2.0), False),
    ],
)
def test_what_stands_on_its_head_is_not_seen_as_written(turn: Turn, upset: bool) -> None:
    assert stands_on_its_head(turn) is upset
    if upset:
        assert not stands_on_its_head(turned_by(turn, turn)), "turned or mirrored twice, it stands upright again"


def test_all_three_properties_turn() -> None:
    def turn(**styles: str) -> bool:
        return stands_on_its_head(style_effects(lambda name: styles.get(name, "none")).turn)

    assert turn(rotate="180deg") and turn(rotate="y 180deg") and turn(scale="-1 1")
    assert turn(transform="matrix(-1, 0, 0, 1, 0, 0)")
    assert turn(transform="matrix3d(-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1)")
    assert not turn(rotate="180deg", scale="-1")
    assert not turn(transform="matrix(1.2, 0, 0, 1.2, 8, 0)")
