"""Two amounts in one text, whatever their order and words: `34 of 20`, `20 seats (34 used)`, `50 중 34`. Pure.

The words around each are read by themselves: a number whose own words are unknown, deny it or count time gives none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from auditor.document.count_words import ACTIVE_WORDS, is_wide, words_pattern
from auditor.document.locales import languages
from auditor.model.reading.readings import Quantity
from auditor.model.targets.deployments import CountRole
from auditor.reading.numbers.cell import CountCell, ParsedAmount, as_quantity
from auditor.reading.numbers.context import next_word, of_word, words_around
from auditor.reading.numbers.sentences import RoleToken, has_other_number, remove_role_words, role_of_words, tokens_of

LONGEST: Final = 200
"""Characters of a text that is looked at for two amounts."""

_OF: Final = re.compile(
    words_pattern(word for language in languages().values() for word in language.words["of"]), re.IGNORECASE
)
_CAP_FIRST: Final = re.compile(
    words_pattern(word for language in languages().values() for word in language.words["cap_first"])
)
_CLAUSE_ENDS: Final = re.compile(r"[;；。\n]")
_SEVERAL: Final = re.compile(r"[0-9].*[^0-9\s.,'].*")
_SIGN: Final = re.compile(r"[(/|,，、]")
_AFTER_ALL: Final[tuple[CountRole, ...]] = ("used", "remaining", "peak")


@dataclass(frozen=True, slots=True)
class AmountWithWords:
    """One amount, and the words before and after it that belong to it."""

    amount: ParsedAmount
    before: str
    after: str
    roles: tuple[RoleToken, ...]

    @property
    def role(self) -> CountRole | None:
        """What its own words say it is; None where they say nothing, or several things."""
        return role_of_words(self.roles) if self.roles else None


def read_two_amounts(cell: CountCell) -> tuple[Quantity, ...] | None:
    """Both amounts in their roles; None where the text is not two amounts with a sign or a word between them."""
    if len(cell.text) > LONGEST or not _SEVERAL.search(cell.text):
        return None
    tokens = tokens_of(cell.text, cell)
    amounts = [token for token in tokens or () if token.amount is not None]
    if tokens is None or len(amounts) != 2 or has_other_number(cell.text, amounts):
        return None
    first, second = amounts
    lead, middle = cell.text[: first.start], cell.text[first.end : second.start]
    tail = cell.text[second.end :]
    link = _link(middle, tail, cell)
    if link is None:
        return None
    kind, start, end = link
    left = _side(first, lead, middle[:start], tokens, cell.text)
    right = _side(second, middle[end:], tail, tokens, cell.text)
    roles = _roles(kind, left, right, cell)
    if left is None or right is None or roles is None:
        return None
    for side in (left, right):
        unit = next_word(remove_role_words(side.after), cell.locale)
        around = words_around(remove_role_words(f"{side.before} , {side.after}"), cell.locale)
        if around.effect == "no_count":
            return cell.unknown("two amounts", around.why(cell.locale))
        if unit.kind == "unlisted" and unit.word:
            return cell.unknown("two amounts", unit.why(cell.locale))
        if around.effect == "unlisted" and kind == "comma":
            return None
        if around.effect == "unlisted":
            cell = cell.having(cell.text, around.why(cell.locale), doubtful=True)
    rule = {"of": "used of cap", "cap_first": "cap_first"}.get(kind, "pair")
    read = as_quantity(cell, roles[0], left.amount, rule), as_quantity(cell, roles[1], right.amount, rule)
    return read if roles[0] != "cap" else (read[1], read[0])


def _link(middle: str, tail: str, cell: CountCell) -> tuple[str, int, int] | None:
    """What stands between the amounts, and where: `of`, `cap_first`, a bracket or a stroke; None for anything else."""
    if _CLAUSE_ENDS.search(middle):
        return None
    signs = list(_SIGN.finditer(middle))
    words = [found for found in _OF.finditer(middle) if of_word(found.group(), cell.locale)]
    if len(words) > 1 and words[0].start() == words[-1].start():
        return None
    firsts = [found for found in _CAP_FIRST.finditer(middle) if _after_units(middle[: found.start()])]
    if firsts and not signs and not words:
        return "cap_first", *firsts[0].span()
    if len(words) == 1:
        bracketed = len(signs) == 1 and signs[0].group() == "(" and tail.rstrip().endswith(")")
        inside = not signs or (bracketed and signs[0].start() < words[0].start())
        start = signs[0].start() if signs else words[0].start()
        return ("of", start, words[0].end()) if inside else None
    if len(signs) == 1 and not words:
        kind = {"(": "bracket", "/": "stroke", "|": "stroke"}.get(signs[0].group(), "comma")
        closed = kind != "bracket" or tail.rstrip().endswith(")")
        return (kind, *signs[0].span()) if closed else None
    return None


def _after_units(text: str) -> bool:
    """Whether nothing but a unit stands before the word that puts the limit first."""
    bare = text.strip()
    return not bare or (is_wide(bare) and next_word(bare, None).kind == "plain")


def _side(token: RoleToken, before: str, after: str, tokens: list[RoleToken], text: str) -> AmountWithWords | None:
    """An amount with the words of role in the text before and after it."""
    if token.amount is None:
        return None
    low, high = token.start - len(before), token.end + len(after)
    own = tuple(one for one in tokens if one.role is not None and low <= one.start and one.end <= high)
    return AmountWithWords(token.amount, before, after, own)


def _roles(
    kind: str, left: AmountWithWords | None, right: AmountWithWords | None, cell: CountCell
) -> tuple[CountRole, CountRole] | None:
    """The roles of both; None where the words do not give them, or contradict each other."""
    if left is None or right is None:
        return None
    if (left.roles and left.role is None) or (right.roles and right.role is None):
        return None
    if kind == "of":
        return _of_roles(left, right)
    if kind == "cap_first":
        if left.role not in (None, "cap") or right.role not in (None, "used", "remaining"):
            return None
        return "cap", right.role or "used"
    if left.role is not None and right.role is not None:
        return (left.role, right.role) if left.role != right.role and kind == "bracket" else None
    if kind != "bracket" and not left.after.strip() and (kind == "comma" or right.role == "used"):
        return None
    if right.role == "cap" and left.role is None:
        return ("used" if cell.role not in _AFTER_ALL else cell.role), "cap"
    if right.role == "used" and left.role is None:
        return None if any(one.word in ACTIVE_WORDS for one in right.roles) else ("cap", "used")
    if kind == "bracket" and right.amount.kind == "unlimited" and not right.roles:
        return left.role or ("used" if cell.role not in _AFTER_ALL else cell.role), "cap"
    return None


def _of_roles(left: AmountWithWords, right: AmountWithWords) -> tuple[CountRole, CountRole] | None:
    """`34 of 20`: used of a limit; a word after both, as in `3 of 5 used`, says what the first is."""
    if left.role == "cap":
        return None
    if right.role in (None, "cap"):
        return left.role or "used", "cap"
    if right.role in _AFTER_ALL and left.role in (None, right.role):
        return right.role, "cap"
    return None


_IN_BRACKETS: Final = re.compile(r"(?P<outer>[^()]+\S)\s*\((?P<inner>[^()]*[0-9][^()]*)\)")


def parts_in_brackets(text: str) -> tuple[str, str] | None:
    """`12 of 10 (2 over)` as its two parts; None where the text has another form."""
    found = _IN_BRACKETS.fullmatch(text)
    return (found.group("outer").strip(), found.group("inner").strip()) if found else None
