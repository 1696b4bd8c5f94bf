"""What lies over a page, what asks for a password, and sentences that state numbers: said beside a page's survey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from auditor.document import controls
from auditor.document.damage import refuse_damage
from auditor.document.dom.visibility import is_never_seen
from auditor.document.page import StoredPage, page_from_snapshot
from auditor.reading.live_page import password_fields

MAX_SENTENCES, MAX_DIALOGS, MAX_BUTTONS = 40, 5, 8
LONGEST_SENTENCE = 240
BESIDE = 18
"""Characters on each side of a number by which a pattern knows it again."""
_NUMBER = re.compile(r"[0-9](?:[0-9,.'’ \u00a0]*[0-9])?")
_LETTERS = re.compile(r"[^\W\d_]")
_BUTTONS = frozenset(("button", "a", "input"))


@dataclass(frozen=True, slots=True)
class SurveyedDialog:
    """A dialog over the page, by what it says and what can be pressed in it."""

    text: str
    buttons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurveyedSentence:
    """One number of a sentence, with the pattern that finds it again."""

    text: str
    number: str
    pattern: str


@dataclass(frozen=True, slots=True)
class PageRemarks:
    """What a survey of pairs and lists does not show."""

    dialogs: tuple[SurveyedDialog, ...] = ()
    sentences: tuple[SurveyedSentence, ...] = ()
    asks_for_password: bool = False


@refuse_damage
def remarks_on_page(snapshot: bytes) -> PageRemarks:
    """The remarks about a page, from its layout snapshot."""
    page = page_from_snapshot(snapshot)
    return PageRemarks(
        tuple(islice(_dialogs(page), MAX_DIALOGS)),
        tuple(islice(_sentences(page), MAX_SENTENCES)),
        any(True for _ in password_fields(page)),
    )


def _dialogs(page: StoredPage) -> Iterator[SurveyedDialog]:
    tree = page.tree
    inside = -1
    for node, name in enumerate(tree.names):
        if node < inside or name[0] in "#:":
            continue
        attrs = tree.attrs(node)
        marked = attrs.get("role") in ("dialog", "alertdialog") or attrs.get("aria-modal") == "true"
        if not (marked or (name == "dialog" and "open" in attrs)) or not controls.is_visible(page, node):
            continue
        inside = tree.ends[node]
        yield SurveyedDialog(page.texts.text(node)[:120], tuple(islice(_pressed(page, node), MAX_BUTTONS)))


def _pressed(page: StoredPage, dialog: int) -> Iterator[str]:
    """The texts of what can be pressed in a dialog."""
    tree = page.tree
    for node in range(dialog, tree.ends[dialog]):
        attrs = tree.attrs(node) if tree.names[node][0] not in "#:" else {}
        button = tree.names[node] in _BUTTONS or attrs.get("role") == "button"
        text = (page.texts.text(node) or attrs.get("aria-label", "") or attrs.get("value", "")).strip()
        if button and text and attrs.get("type") not in ("text", "password", "hidden"):
            yield text[:60]


def _sentences(page: StoredPage) -> Iterator[SurveyedSentence]:
    texts = page.texts
    for first, end, _ in texts.units:
        text = texts.raw(first, end)
        if len(text) > LONGEST_SENTENCE or is_never_seen(texts.sight.why_hidden(texts.nodes[first])):
            continue
        if len(_LETTERS.findall(_NUMBER.sub("", text))) < 6:
            continue
        for number in _NUMBER.finditer(text):
            pattern = _pattern(text, number)
            found = re.search(pattern, text)
            if found is not None and found.group(1).strip() == number.group().strip():
                yield SurveyedSentence(" ".join(text.split()), number.group(), pattern)


def _pattern(text: str, number: re.Match[str]) -> str:
    """A pattern for a number between what stands on both sides of it; other numbers there may change."""
    before = text[max(0, number.start() - BESIDE) : number.start()]
    after = text[number.end() : number.end() + BESIDE]
    left, right = (_NUMBER.sub("\x00", side) for side in (before, after))
    if number.start() > BESIDE and " " in left:
        left = left[left.index(" ") :]  # a word that was cut is left out
    if number.end() + BESIDE < len(text) and " " in right:
        right = right[: right.rindex(" ")]
    parts = ["[0-9][0-9,.]*".join(map(re.escape, side.split("\x00"))) for side in (left, right)]
    return f"{parts[0]}([0-9][0-9,.]*){parts[1]}"
