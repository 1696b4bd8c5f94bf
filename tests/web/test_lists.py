"""Lists go on behind a row, in either direction, whatever is added meanwhile; a cursor of another list does no harm."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.workflow.desk.reads.lists import ListOrder, decode_cursor, encode_cursor, parse_query, portion

Row = tuple[int, str]
ORDER: ListOrder[Row] = ListOrder(
    {"size": lambda row: (row[0],), "name": lambda row: (row[1],)}, "size", frozenset({"size"}), lambda row: row[1]
)
NAMES = ("a", "b", "ab", "B", "合", "合肥", "aa", "c", "", "z")
ROWS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 3), max_size=10).map(
    lambda found: [(size, name) for name, size in found.items()]
)


@given(ROWS, st.sampled_from(("", "size", "-size", "name", "-name")), st.integers(1, 7))
def test_portions_join_to_the_whole_list_in_its_order(rows: list[Row], sort: str, limit: int) -> None:
    asked = {"sort": sort, "limit": str(limit)}
    found: list[Row] = []
    while True:
        answer = portion(rows, len(rows), parse_query(asked, (), ORDER), ORDER)
        found += answer.rows
        if not answer.more:
            break
        assert len(answer.rows) == limit
        asked["after"] = answer.more
    key = ORDER.keys[sort.removeprefix("-") or "size"]
    descending = sort in ("", "size", "-name")
    assert found == sorted(rows, key=lambda row: (key(row), row[1]), reverse=descending)


@given(ROWS, ROWS)
def test_rows_that_come_later_shift_nothing(rows: list[Row], later: list[Row]) -> None:
    first = portion(rows, len(rows), parse_query({"limit": "3"}, (), ORDER), ORDER)
    known = {row[1] for row in rows}
    grown = rows + [row for row in later if row[1] not in known]
    query = parse_query({"limit": "200", "after": first.more}, (), ORDER)
    rest = portion(grown, len(grown), query, ORDER).rows if first.more else ()
    assert not set(first.rows) & set(rest)
    assert set(rows) - set(first.rows) <= set(rest) or not first.more


@given(st.text(max_size=80))
def test_what_is_no_cursor_is_none(text: str) -> None:
    found = decode_cursor(text)
    assert found is None or decode_cursor(encode_cursor(found)) == found


def test_a_query_is_bounded_and_knows_its_own_filters_alone() -> None:
    query = parse_query({"status": " x " * 400, "evil": "1", "limit": "100000", "sort": "nonsense"}, ("status",), ORDER)
    assert set(query.filters) == {"status"}
    assert len(query.text("status")) <= 200
    assert (query.limit, query.sort, query.descending) == (200, "size", True)
    other = parse_query({"after": encode_cursor((("text",), "b"))}, (), ORDER)
    assert portion([(1, "a"), (2, "c")], 2, other, ORDER).rows == ((2, "c"), (1, "a"))
