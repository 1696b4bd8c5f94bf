"""What lets a list not be complete: words beside it, in every language; its JSON; the answers that filled it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from auditor.capture.artefacts.warc import WarcWriter
from auditor.capture.base.exchange import Exchange
from auditor.model.captures import View
from auditor.model.notes import Note
from auditor.model.reading.readings import ListedRow, ListingReading, Locator
from auditor.model.targets.deployments import ListingSpec, PageSpec
from auditor.reading import read_capture
from auditor.reading.lists.json_answers import MOST_ANSWER_BYTES, MOST_ANSWERS, MOST_ARRAYS, JsonAnswers
from auditor.reading.lists.json_pages import read_beside_array
from auditor.reading.lists.list_words import known_languages, phrases_of, row_text

SPEC = PageSpec("p", listing=ListingSpec("users", "user", columns={"login": ("E-mail",)}))


def codes(listing: ListingReading) -> list[str]:
    inner = [note.value("remark") if note.code == "list.on_page" else note for note in listing.remarks]
    return [note.code for note in inner if isinstance(note, Note)]


def listed(*pages: str) -> ListingReading:
    bodies = {f"b{at}": page.encode() for at, page in enumerate(pages, start=1)}
    views = [
        View(f"v{at}", "p", at, "u", "u", "observed", "", 200, None, artefacts={"body": f"b{at}"})
        for at in range(1, len(pages) + 1)
    ]
    reading = read_capture(views, {"p": SPEC}, bodies.__getitem__, capture="c", deployment="d")
    return reading.listings[0]


def page(first: int, end: int, after: str = "", before: str = "") -> str:
    rows = "".join(f"<tr><td>user{n}@x.example</td><td>Member</td></tr>" for n in range(first, end))
    return f"<meta charset=utf-8>{before}<table><tr><th>E-mail</th><th>Role</th></tr>{rows}</table><p>{after}</p>"


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ("1-7 of 57", "list.total_differs"),
        ("57 resultados, 1 a 7", "list.states_more"),
        ("Łącznie 57 użytkowników", "list.states_more"),
        ("Celkem 57 záznamů", "list.states_more"),
        ("Totalt 57 användare", "list.states_more"),
        ("ทั้งหมด 57 รายการ", "list.states_more"),
        ("סך הכל 57 משתמשים", "list.states_more"),
        ("共有 57 名用户", "list.states_more"),
        ("点击加载更多", "list.more"),
        ("Zobrazit další", "list.more"),
        ("Nur die ersten 7 Einträge", "list.part"),
        ("…und 50 weitere", "list.part"),
        ("1–7 of more than 7", "list.open_end"),
        ("Strona 1 z 9", "list.page_of"),
        ("Loading", "list.still_loading"),
        ("57 seats purchased", None),
        ("Licence valid for 57 days", None),
        ("7 users in all", None),
        ("Version 57", None),
    ],
)
def test_words_after_the_rows(after: str, code: str | None) -> None:
    found = listed(page(0, 7, after))
    assert len(found.rows) == 7
    assert codes(found) == ([] if code is None else [code])
    assert found.complete == (code is None)


RANGES = (
    "Showing 1 to {b} of {n} entries", "{a} bis {b} von {n} Einträgen", "Affichage de {a} à {b} sur {n} entrées",
    "Mostrando registros del {a} al {b} de un total de {n} registros", "Mostrando de {a} até {b} de {n} registros",
    "Vista da {a} a {b} di {n} elementi", "{a} tot {b} van {n} resultaten", "Visar {a} till {b} av totalt {n} rader",
    "Viser {a} til {b} af {n} linjer", "Viser {a} til {b} av {n} linjer", "Näytetään rivit {a} - {b} (yhteensä {n} )",
    "Pozycje od {a} do {b} z {n} łącznie", "Zobrazuji {a} až {b} z celkem {n} záznamů",
    "Találatok: {a} - {b} Összesen: {n}", "Afișate de la {a} la {b} din {n} înregistrări",
    "Записи с {a} до {b} из {n} записей", "Записи з {a} по {b} із {n} записів",
    "Показване на резултати от {a} до {b} от общо {n}", "Δείχνοντας {a} εως {b} από {n} εγγραφές",
    "{n} kayıttan {a} - {b} arasındaki kayıtlar gösteriliyor", "إظهار {a} إلى {b} من أصل {n} مدخل",
    "מציג {a} עד {b} מתוך {n} רשומות", "نمایش {a} تا {b} از {n} ردیف", "แสดง {a} ถึง {b} จาก {n} แถว",
    "Đang xem {a} đến {b} trong tổng số {n} mục", "Menampilkan {a} sampai {b} dari {n} entri",
    "显示第 {a} 至 {b} 项结果，共 {n} 项", "顯示第 {a} 至 {b} 項結果，共 {n} 項", "{n} 件中 {a} から {b} まで表示",
    "{a} - {b} / {n}",
)  # fmt: skip


@pytest.mark.parametrize("said", RANGES)
def test_a_range_with_its_total_in_any_language(said: str) -> None:
    whole = listed(page(0, 7, said.format(a=1, b=7, n=7)))
    assert (whole.complete, codes(whole)) == (True, [])
    part = listed(page(0, 7, said.format(a=1, b=7, n=57)))
    assert not part.complete
    assert set(codes(part)) <= {"list.states_more", "list.total_differs"}
    stated = listed(page(0, 10, said.format(a=1, b=10, n=10)))
    assert stated.complete, "a stated total makes ten rows complete"
    last = listed(page(0, 7, said.format(a=1, b=7, n=10)), page(7, 10, said.format(a=8, b=10, n=10)))
    assert (last.complete, len(last.rows)) == (True, 10)


@pytest.mark.parametrize("rows", [10, 15, 20, 25, 30, 40, 50, 100])
def test_as_many_rows_as_a_page_holds_need_a_stated_total(rows: int) -> None:
    alone = listed(page(0, rows))
    assert (alone.complete, codes(alone)) == (False, ["list.full_page"])
    stated = listed(page(0, rows, f"Total: {rows} users"))
    assert (stated.complete, stated.stated_total, codes(stated)) == (True, rows, [])


def test_a_walk_to_a_shorter_page_reached_the_end() -> None:
    assert listed(page(0, 6), page(6, 10)).complete
    assert codes(listed(page(0, 5), page(5, 10))) == ["list.full_page"]


def test_a_number_over_the_rows_is_held_against_all_pages() -> None:
    heads = "<h2>Users (12)</h2>"
    assert listed(page(0, 7, before=heads), page(7, 12, before=heads)).complete
    assert codes(listed(page(0, 7, before=heads), page(7, 11, before=heads))) == ["list.states_more"]


def test_every_language_says_how_many_and_where_to_more() -> None:
    assert len(known_languages()) >= 25
    for kind in ("total", "more", "part", "page", "next", "licence", "units"):
        phrases = list(phrases_of(kind))
        assert len(phrases) >= len(known_languages())
        for phrase in phrases:
            said = row_text(phrase.replace("#", "57"))
            assert said.says(kind), f"{kind}: {phrase!r} is not found in itself"


@pytest.mark.parametrize(
    ("document", "pointer", "rows", "totals", "more"),
    [
        ({"items": [1, 2], "next_cursor": None, "total": 2}, "/items", 2, [2], []),
        ({"items": [1], "size": 20, "number": 0, "totalElements": 1, "last": True}, "/items", 1, [1], []),
        ({"items": [1], "totalElements": 57, "last": False}, "/items", 1, [57], ["list.json_more"]),
        ({"d": {"n": [1], "pageInfo": {"hasNextPage": True, "endCursor": "x"}}}, "/d/n", 1, [], ["list.json_more"]),
        ({"d": {"n": [1], "pageInfo": {"hasNextPage": False, "endCursor": "x"}}}, "/d/n", 1, [], []),
        ({"members": [1], "response_metadata": {"next_cursor": "a"}}, "/members", 1, [], ["list.json_more"]),
        ({"entry": [1], "link": [{"relation": "next", "url": "x"}]}, "/entry", 1, [], ["list.json_more"]),
        ({"users": [1], "current_page": 1, "last_page": 3}, "/users", 1, [], ["list.json_pages"]),
        ({"hits": {"total": {"value": 57}, "hits": [1]}}, "/hits/hits", 1, [57], []),
        ({"users": [1], "seats": 50, "nextBilling": "2027-01-01"}, "/users", 1, [], []),
        ([1], "", 1, [], []),
    ],
)
def test_what_stands_beside_an_array(
    document: object, pointer: str, rows: int, totals: list[int], more: list[str]
) -> None:
    found = read_beside_array(document, pointer, rows)
    assert [number for number, _ in found.totals] == totals
    assert [note.code for note in found.more] == more


def stored(*answers: tuple[str, Mapping[str, Any] | list[Any] | bytes, tuple[tuple[str, str], ...]]) -> bytes:
    """An archive as a visit writes it; empty bytes: the browser did not give the body."""
    writer = WarcWriter("c", None)
    for at, (url, said, heads) in enumerate(answers):
        when = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
        item = Exchange(
            id=f"{at}", loader="", frame="", kind="XHR", url=url, method="GET", wall_time=when, login=False,
            request_headers=(),
        )  # fmt: skip
        item.status, item.reason = 200, "OK"
        item.response_headers = (("Content-Type", "application/json"), *heads)
        if said == b"":
            item.body_missing = "larger than 32 MB"
        else:
            item.body = said if isinstance(said, bytes) else json.dumps(said).encode()
        writer.exchange(item)
    return writer.to_bytes()


def archive(*answers: tuple[str, Mapping[str, Any] | list[Any] | bytes, tuple[tuple[str, str], ...]]) -> JsonAnswers:
    kept = stored(*answers)
    return JsonAnswers(lambda _: kept, "traffic.warc.gz")


ROWS = [ListedRow(MappingProxyType({"login": f"user{n}@x.example"}), Locator("v", "a", "n"), None) for n in range(4)]
FOUR = [{"mail": f"user{n}@x.example"} for n in range(4)]


def test_an_answer_that_names_the_rows_speaks_for_the_list() -> None:
    other = ("http://x/menu", {"entries": [{"title": "Home"}], "hasMore": True}, ())
    quiet = archive(other, ("http://x/users", {"users": FOUR}, ())).beside(ROWS)
    assert (quiet.totals, quiet.more, quiet.pages) == ((), (), ())
    loud = archive(other, ("http://x/users", {"users": FOUR, "hasMore": True, "total": 57}, ())).beside(ROWS)
    assert [number for number, _ in loud.totals] == [57]
    assert [note.code for note in loud.more] == ["list.json_more"]


def test_an_answer_may_hold_more_than_is_shown() -> None:
    held = archive(("http://x/users", [*FOUR, {"mail": "user4@x.example"}], ())).beside(ROWS)
    assert [number for number, _ in held.totals] == [5]


def test_the_last_answer_of_a_list_that_loads_on_decides() -> None:
    first = ("http://x/users?page=1", {"users": FOUR[:2], "next": "/users?page=2"}, ())
    last = ("http://x/users?page=2", {"users": FOUR[2:], "next": None}, ())
    assert not archive(first, last).beside(ROWS).more
    assert archive(last, first).beside(ROWS).more


def test_heads_and_addresses_of_answers_say_it_too() -> None:
    heads = (("Link", '<http://x/users?page=2>; rel="next"'), ("X-Total-Count", "57"))
    found = archive(("http://x/users?limit=4", FOUR, heads)).beside(ROWS)
    assert [number for number, _ in found.totals] == [57]
    assert [note.code for note in (*found.more, *found.pages)] == ["list.json_more", "list.page_size"]
    alone = archive(("http://x/users", FOUR, heads)).beside(ROWS, heads_alone=True)
    assert [number for number, _ in alone.totals] == [57]


def test_what_was_loaded_later_for_other_things_settles_nothing() -> None:
    users = ("http://x/users", {"users": FOUR, "hasMore": True}, ())
    me = ("http://x/me", {"owners": ["user0@x.example"]}, ())
    assert [note.code for note in archive(users, me).beside(ROWS).more] == ["list.json_more"]
    inside = (
        "http://x/q",
        {"data": {"users": {"items": FOUR, "hasMore": True}, "me": {"of": ["user0@x.example"]}}},
        (),
    )
    assert [note.code for note in archive(inside).beside(ROWS).more] == ["list.json_more"]


def test_each_answer_of_a_batch_is_one() -> None:
    said = [{"data": {"users": {"nodes": FOUR, "pageInfo": {"hasNextPage": True}}}}, {"data": {"menu": ["Home"]}}]
    assert [note.code for note in archive(("http://x/graphql", said, ())).beside(ROWS).more] == ["list.json_more"]


TWINS = json.dumps({"users": FOUR}).replace("{", '{"hasMore": false, "hasMore": true, ', 1).encode()


@pytest.mark.parametrize(
    ("answers", "unread"),
    [
        (b"\x1f\x8b nothing", True),
        (stored(("http://x/users", b"", ())), True),
        (stored(("http://x/users", b")]}'," + json.dumps(FOUR).encode(), ())), True),
        (stored(("http://x/users", TWINS, ())), True),
        (stored(("http://x/users", b"[%s]" % (b" " * MOST_ANSWER_BYTES), ())), True),
        (stored(*[("http://x/poll", {"n": [{"a": 1}]}, ())] * (MOST_ANSWERS + 1)), True),
        (stored(("http://x/poll", {f"k{at}": [{"a": 1}] for at in range(MOST_ARRAYS + 1)}, ())), True),
        (stored(("http://x/beacon", b"no JSON", ())), False),
        (stored(("http://x/beacon", b" ", ())), False),
        (stored(), False),
    ],
)
def test_an_answer_that_was_not_looked_at_is_none_that_says_nothing(answers: bytes, unread: bool) -> None:
    bodies = {"b": page(0, 4).encode(), "traffic.warc.gz": answers}
    view = View("v", "p", 1, "u", "u", "observed", "", 200, None, artefacts={"body": "b"})
    counted = page(0, 4, "4 users in all").encode()
    for body, complete in ((bodies["b"], not unread), (counted, True)):
        found = read_capture(
            [view], {"p": SPEC}, {**bodies, "b": body}.__getitem__, capture="c", deployment="d",
            traffic="traffic.warc.gz",
        ).listings[0]  # fmt: skip
        assert (found.complete, codes(found)) == (complete, [] if complete else ["list.answer_unread"])
