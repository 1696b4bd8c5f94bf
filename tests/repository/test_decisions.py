"""Every decision has number, status and date, stands in the index, and is superseded by one that says so too."""

from __future__ import annotations

from tests.repository.decision_index import INDEX, make_index, read_heads


def test_the_index_is_up_to_date() -> None:
    assert INDEX.read_text(encoding="utf-8") == make_index(), "run: make docs"


def test_each_decision_has_the_number_of_its_file_and_no_other_has_it() -> None:
    heads = read_heads()
    assert heads
    assert all(head.path.name.startswith(f"{head.number}-") for head in heads)
    assert len({head.number for head in heads}) == len(heads)


def test_what_supersedes_and_what_is_superseded_name_each_other() -> None:
    heads = {head.path.name: head for head in read_heads()}
    forwards = {(head.superseded_by, name) for name, head in heads.items() if head.superseded_by}
    backwards = {(name, head.supersedes) for name, head in heads.items() if head.supersedes}
    assert forwards == backwards
    assert {name for pair in forwards for name in pair} <= set(heads)
    assert ("0092-a-docket-beside-the-index.md", "0090-a-large-estate-kept-as-read.md") in forwards


def test_only_what_is_superseded_whole_says_so() -> None:
    for head in read_heads():
        assert (head.status == "superseded") == bool(head.superseded_by and not head.partly), head.path.name
