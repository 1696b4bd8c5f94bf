"""Entries are added to a targets file by inserting text: everything else stays byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.errors import ConfigError
from auditor.targets import load_estate
from auditor.targets.editing import append_list_item, insert_entry, replace_entry, write_targets
from tests.targets.worked_example_edits import EXAMPLE

PAGE = 'seats:\n  # made by a test\n  path: "/seats"\n  fields:\n    used: {labels: ["In use"]}\n'


def left_out(text: str, longer: str) -> str:
    """The inserted part, where the longer text is the shorter one with one stretch added."""
    start = next((n for n, (a, b) in enumerate(zip(text, longer, strict=False)) if a != b), len(text))
    end = len(longer) - (len(text) - start)
    # A stretch that begins like what follows it can be cut at more than one place: all give the same rest.
    assert longer[:start] + longer[end:] == text, "more than one place was changed"
    return longer[start:end]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_file_is_the_same_outside_the_inserted_lines(tmp_path: Path, newline: str) -> None:
    text = EXAMPLE.replace("\n", newline)
    longer = insert_entry(text, "pages", PAGE)
    added = left_out(text, longer)
    assert "seats:" in added
    assert added.count(newline) == added.count("\n") == 5
    path = tmp_path / "targets.yaml"
    path.write_bytes(text.encode())
    for folder in ("docs",):
        (tmp_path / folder).mkdir()
        for scan in (Path(__file__).parent / "samples" / folder).iterdir():
            (tmp_path / folder / scan.name).write_bytes(scan.read_bytes())
    before = load_estate(path)
    estate = write_targets(path, longer)
    assert path.read_bytes() == longer.encode()
    assert estate.pages["seats"].fields[0].labels == ("In use",)
    assert {id_: page for id_, page in estate.pages.items() if id_ != "seats"} == before.pages


SMALL = """\
# head
deployments:            # where
  main:
    address: "http://x/"   # its address
    pages: [a]
  # about the other

  other: {address: "http://y/", pages: a}

# about pages
pages:
  a: {path: /}   # first
  b:
    path: /b     # second
# about the browser
browser: {sandbox: false}
"""


def test_an_entry_goes_to_the_end_of_its_section_above_the_comment_of_the_next() -> None:
    longer = insert_entry(SMALL, "pages", PAGE)
    assert "path: /b     # second\n  seats:\n    # made by a test\n" in longer
    assert left_out(SMALL, longer).endswith('labels: ["In use"]}\n')
    assert longer.endswith("# about the browser\nbrowser: {sandbox: false}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("format: 1\npages: {}\n", 'pages:\n  seats:\n    # made by a test\n    path: "/seats"\n    fields:\n'),
        ("pages: {\n}  # none\nformat: 1\n", "pages:  # none\n  seats:\n    # made by a test\n"),
        ("pages: {a: {path: /}}   # one\n", "pages: {a: {path: /}, seats: {"),
        ("pages:\nformat: 1\n", "pages:\n  seats:\n"),
        ("format: 1", 'format: 1\n\npages:\n  seats:\n    # made by a test\n    path: "/seats"\n'),
        ("pages:\n    a:\n        path: /\n", "        path: /\n    seats:\n      # made by a test\n"),
    ],
    ids=["empty-braces", "empty-braces-apart", "braces", "empty", "absent", "wide"],
)
def test_sections_of_every_form(text: str, expected: str) -> None:
    assert expected in insert_entry(text, "pages", PAGE)


def test_a_page_is_added_to_the_list_of_its_deployment() -> None:
    assert "    pages: [a, seats]\n" in append_list_item(SMALL, "deployments", "main", "pages", "seats")
    assert '{address: "http://y/", pages: [a, seats]}' in append_list_item(
        SMALL, "deployments", "other", "pages", "seats"
    )
    block = "deployments:\n  m:\n    pages:\n      - a   # one\n    address: x\n"
    assert "      - a   # one\n      - seats\n    address" in append_list_item(
        block, "deployments", "m", "pages", "seats"
    )
    with pytest.raises(ConfigError, match=r"deployments\.nobody\.pages"):
        append_list_item(SMALL, "deployments", "nobody", "pages", "seats")


def test_an_entry_is_replaced_and_nothing_else() -> None:
    changed = replace_entry(SMALL, "pages", "b", PAGE.replace("seats:", "b:"))
    assert changed.startswith(SMALL[: SMALL.index("  b:\n")])
    assert changed.endswith("# about the browser\nbrowser: {sandbox: false}\n")
    assert "/b " not in changed
    with pytest.raises(ConfigError, match="not an entry on a line of its own"):
        replace_entry("pages: {a: {path: /}}\n", "pages", "a", PAGE)


def test_a_result_that_is_not_valid_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "targets.yaml"
    path.write_text(EXAMPLE, encoding="utf-8")
    with pytest.raises(ConfigError, match="not changed"):
        write_targets(path, insert_entry(EXAMPLE, "pages", "seats:\n  pathh: /\n"))
    assert path.read_text(encoding="utf-8") == EXAMPLE
    assert [item.name for item in tmp_path.iterdir()] == ["targets.yaml"]
