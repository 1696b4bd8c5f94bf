"""Every shape of journal event is written as it is read, and nothing else is read."""

from __future__ import annotations

import ast
import json
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from auditor.clock import timestamp
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.model.events import (
    EVENT_CLASSES,
    JournalEvent,
    event_classes,
    parse_entry,
    parse_event,
    write_record,
)
from auditor.model.events.codecs import Sha256, VersionId, is_version_id, write_moment
from auditor.model.events.reference import HEADING, events_markdown, member_meanings
from auditor.model.evidence import Event, EventKind
from auditor.model.findings import Decision, KeyDate
from auditor.model.targets.estate import Hold

ROOT = Path(__file__).parents[2]
JOURNALS = sorted((ROOT / "tests" / "samples").rglob("journal/**/*.jsonl"))
SHAPES = list(event_classes())
PAGE = ROOT / "docs" / "evidence.md"
UPDATE = 'Update it: python -c "from tests.model.test_events import write; write()"'

MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
ATOMS: dict[object, st.SearchStrategy[Any]] = {
    str: st.text(max_size=12),
    int: st.integers(-(2**53) + 1, 2**53 - 1),
    bool: st.booleans(),
    datetime: MOMENTS,
    date: st.dates(date(1000, 1, 1)),
    Sha256: st.binary(min_size=32, max_size=32).map(bytes.hex),
    VersionId: st.text("AZaz09._~+/=:-", min_size=1, max_size=12).filter(is_version_id),
}


def write() -> None:
    """Writes the generated part of the documentation."""
    head = PAGE.read_text(encoding="utf-8").partition(f"\n{HEADING}\n")[0]
    PAGE.write_text(f"{head}\n{events_markdown()}", encoding="utf-8")


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Values that a field of this annotation may have."""
    if hint in ATOMS:
        return ATOMS[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (typing.Union, types.UnionType):
        return st.none() | values(next(one for one in inner if one is not types.NoneType))
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=2).map(tuple)
    if origin is Mapping:
        return st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2)
    assert is_dataclass(hint)
    return instances(hint)


def instances(cls: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls, include_extras=True)
    return st.builds(cls, **{one.name: values(hints[one.name]) for one in fields(cls)})


def members(shape: Any) -> tuple[Field[Any], ...]:
    return fields(shape)


def name_of(shape: type[JournalEvent]) -> str:
    return shape.__name__


@pytest.mark.parametrize("shape", SHAPES, ids=name_of)
@settings(max_examples=settings().max_examples // 3, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_back_the_same(shape: type[JournalEvent], data: st.DataObject) -> None:
    event = data.draw(instances(shape))
    line = canonical_json.encode(event.body())
    body = canonical_json.decode(line, "event")
    again = shape.parse(body)
    assert again == event == parse_event(shape.kind, body)
    assert canonical_json.encode(again.body()) == line


@pytest.mark.parametrize("shape", SHAPES, ids=name_of)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_another_shape_is_refused_in_one_line(shape: type[JournalEvent], data: st.DataObject) -> None:
    body = data.draw(instances(shape)).body()
    hints = get_type_hints(shape, include_extras=True)
    may_be_absent = {one.name for one in members(shape) if one.metadata.get("absent")}
    for name in body:
        refused(shape, {**body, name: {"wrong": 1}}, name)
        refused(shape, {**body, name: 1.5}, name)
        if hints.get(name) is int:
            refused(shape, {**body, name: True}, name)
        if name in may_be_absent:
            refused(shape, {**body, name: None}, name)  # absent is not null
        else:
            # Without its action a body is taken for the shape that has none, and another member is missing.
            left = {other: value for other, value in body.items() if other != name}
            refused(shape, left, "" if name == "action" else name)
    refused(shape, {**body, "more": "x"}, "more")


def refused(shape: type[JournalEvent], body: Mapping[str, object], name: str) -> None:
    entry = Event(7, datetime(2026, 1, 5, tzinfo=UTC), shape.kind, body)
    for read in (shape.of, parse_entry):
        with pytest.raises(IntegrityError) as told:
            read(entry)
        message = str(told.value)
        assert message.startswith(f"journal line 7 ({shape.kind}): ") and "\n" not in message
        assert name in message


@pytest.mark.parametrize(
    ("member", "value", "told"),
    [
        ("quorum", "2", "member 'quorum' must be an integer, found '2'"),
        ("subject", {"path": "p", "sha256": "AB" * 32}, "member 'subject.sha256' must be a SHA-256"),
        ("tokens", [{}], "member 'tokens[0]' has no member 'accuracy_ms'"),
        ("files", [{"path": "a", "sha256": "ab" * 32}, {"path": 3, "sha256": "ab" * 32}], "member 'files[1].path'"),
        ("action", "renewed", "has the action 'renewed'; expected none, 'renewal', 'renewal stamped'"),
        ("colour", "red", "has an unknown member 'colour'"),
    ],
)
def test_the_message_names_the_place(member: str, value: object, told: str) -> None:
    subject = {"path": "p", "sha256": "ab" * 32}
    body = {"capture": "c-1", "quorum": 2, "subject": subject, "tokens": [], "files": [], member: value}
    with pytest.raises(IntegrityError) as error:
        parse_event("seal", body, "journal line 3 (seal)")
    assert told in str(error.value) and str(error.value).startswith("journal line 3 (seal): ")


@pytest.mark.parametrize(
    "text",
    ["2026-01-05T03:00:00Z", "2026-01-05 03:00:00.000000Z", "2026-01-05T03:00:00.000000+00:00",
     "2026-01-05T03:00:00,000000Z", "2026-W01-1T03:00:00.0000000Z", "2026-13-05T03:00:00.000000Z", "", None, 5],
)  # fmt: skip
def test_a_moment_has_one_form(text: object) -> None:
    with pytest.raises(IntegrityError, match=r"'until' must be a time in UTC with microseconds"):
        body = {"action": "retry_after", "host": "h", "until": text, "header": "", "capture": ""}
        parse_event("schedule", body)


@given(MOMENTS, st.integers(-14, 14))
def test_a_moment_is_written_as_the_clock_writes_it(moment: datetime, hours: int) -> None:
    moment = max(moment, datetime(1000, 1, 3, tzinfo=UTC))
    assert write_moment(moment.astimezone(timezone(timedelta(hours=hours)))) == timestamp(moment)


@settings(max_examples=200, deadline=None)
@given(st.one_of(instances(Decision), instances(KeyDate), instances(Hold)))
def test_decisions_are_written_as_they_always_were(value: Any) -> None:
    """Earlier versions wrote them by pydantic: ids of decisions are made from these very values."""
    before = TypeAdapter(type(value)).dump_python(value, mode="json", fallback=dict, warnings=False)
    later = {
        name
        for name, member in (("place", before.get("place")), ("deployment", before.get("deployment")))
        if member is None
    }
    before = {name: member for name, member in before.items() if name not in later}
    assert repr(sorted(write_record(value).items())) == repr(sorted(before.items()))


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.parts[-4])
def test_lines_that_are_kept_come_back_byte_for_byte(path: Path) -> None:
    lines = path.read_bytes().splitlines()
    assert lines
    for line in lines:
        members = json.loads(line)
        event = parse_event(members["kind"], members["body"])
        assert canonical_json.encode({**members, "body": event.body()}) == line


def test_the_kept_journals_are_all_asked() -> None:
    assert len(JOURNALS) >= 30


def leaves(cls: type[JournalEvent]) -> Iterator[type[JournalEvent]]:
    for inner in cls.__subclasses__():
        if "kind" in vars(inner):
            yield inner
        yield from leaves(inner)


def test_every_class_and_every_kind_is_in_the_table() -> None:
    assert set(EVENT_CLASSES) == set(get_args(EventKind))
    # `slots=True` makes each class a second time; the table holds the one that its module exports.
    assert {(one.kind, one.action) for one in leaves(JournalEvent)} == {(one.kind, one.action) for one in SHAPES}
    assert len({(one.kind, one.action) for one in SHAPES}) == len(SHAPES) == 73


def sources() -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted((ROOT / "auditor").rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_events_are_journalled_by_their_class_alone() -> None:
    """Nobody builds a body by hand, and nobody reads one by key."""
    kinds, wrong = set(get_args(EventKind)), []
    for path, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call | ast.Subscript):
                continue
            if isinstance(node, ast.Call) and _appends(node, kinds):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: a body built by hand")
            inner = node.value if isinstance(node, ast.Subscript) else getattr(node.func, "value", None)
            if isinstance(inner, ast.Attribute) and inner.attr == "body" and _by_key(node):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: a body read by key")
    assert wrong == []


def _appends(node: ast.Call, kinds: set[str]) -> bool:
    """Whether a kind and a body are given to something called `append`, here or in a thread."""
    asked = [node.func, *node.args]
    named = any(isinstance(one, ast.Constant) and one.value in kinds for one in node.args)
    return named and len(node.args) > 1 and any(getattr(one, "attr", "") == "append" for one in asked)


def _by_key(node: ast.Call | ast.Subscript) -> bool:
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
    return isinstance(node.func, ast.Attribute) and node.func.attr == "get"


def test_every_member_says_what_it_means() -> None:
    for shape in SHAPES:
        assert [one.name for one in members(shape) if not member_meanings(shape).get(one.name)] == [], shape
    rows = [line.split(" | ") for line in events_markdown().splitlines() if line.startswith("| `")]
    assert [row for row in rows if len(row) == 4 and not row[2].strip()] == []


def test_the_page_has_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8").endswith(f"\n\n{events_markdown()}"), UPDATE
