"""Edits in place: keys set and taken out in many entries at once, comments and every other byte as they were."""

from __future__ import annotations

import pytest

from auditor.errors import ConfigError
from auditor.targets.bulk_edits import EntryEdits, KeyEdit, TextEdits, apply_edits

TEXT = """\
# head
contracts:
  - id: A      # the first
    term: {from: "2015-01-01", through: "2020-01-01"} # term
    title: a
  # between
  - title: b
    id: B
    price:
      # what is paid
      net: {percent_of_list: "30"}
deployments: # all of them
  one:
    address: "https://one.example/"  # old
    pages: [x]

  two: {address: "https://two.example/", pages: [x], name: two}
# tail
"""


def test_every_other_byte_stays() -> None:
    edits = TextEdits(
        changed=[
            EntryEdits(("contracts", "A"), (KeyEdit(("term",), "through", None), KeyEdit((), "title", None))),
            EntryEdits(("contracts", "B"), (KeyEdit(("price", "net"), "percent_of_list", "50"),)),
            EntryEdits(
                ("deployments", "one"), (KeyEdit((), "address", "https://1.example/"), KeyEdit((), "name", "1"))
            ),
            EntryEdits(("deployments", "two"), (KeyEdit((), "pages", None), KeyEdit((), "group", "g"))),
        ],
        orders={"A": [{"deployment": "one", "edition": "e"}]},
    )
    edits.added["deployments"].append(("three", {"address": "https://3.example/"}))
    assert (
        apply_edits(TEXT, edits)
        == """\
# head
contracts:
  - id: A      # the first
    term: {from: "2015-01-01"} # term
    authorised:
      - {deployment: "one", edition: "e"}
  # between
  - title: b
    id: B
    price:
      # what is paid
      net: {percent_of_list: "50"}
deployments: # all of them
  one:
    address: "https://1.example/"  # old
    pages: [x]
    name: "1"

  two: {address: "https://two.example/", name: two, group: "g"}
  three:
    address: "https://3.example/"
# tail
"""
    )


def test_sections_in_braces_are_edited_too() -> None:
    text = "deployments: {a: {name: x, group: g}, b: {name: y}} # c\n"
    edits = TextEdits(
        changed=[EntryEdits(("deployments", "a"), (KeyEdit((), "name", "z"), KeyEdit((), "group", None)))]
    )
    assert apply_edits(text, edits) == 'deployments: {a: {name: "z"}, b: {name: y}} # c\n'


def test_an_entry_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"deployments\.nine: no such entry"):
        apply_edits(TEXT, TextEdits(changed=[EntryEdits(("deployments", "nine"), (KeyEdit((), "name", "x"),))]))
