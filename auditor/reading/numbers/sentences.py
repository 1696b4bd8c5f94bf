"""Sentences that state several metrics: each number takes its role from the word beside it, or the whole is unknown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from auditor.document import count_words
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.readings import Quantity
from auditor.model.targets.deployments import CountRole
from auditor.reading.numbers import numerals
from auditor.reading.numbers.cell import CountCell, ParsedAmount, as_quantity, scale_amount
from auditor.reading.numbers.context import WordsAround, denied_outright, next_word, words_around


@dataclass(frozen=True, slots=True)
class RoleToken:
    """A number or a word of role in a text, and where it stands."""

    role: CountRole | None
    amount: ParsedAmount | None
    word: str
    start: int
    end: int


_ROLE_OF: Final = {word: role for role, known in count_words.ROLE_WORDS.items() for word in known}
_Stated = tuple[CountRole, ParsedAmount, str]


_UNITS_WITH_A_ROLE: Final = tuple(
    unit for unit in count_words.UNITS if count_words.is_wide(unit) and any(r in unit for r in _ROLE_OF if r != unit)
)
"""사용자 is a user, and no use."""
_TOKEN: Final = re.compile(
    "|".join(
        (
            rf"(?P<infinite>{count_words.UNLIMITED_INSIDE})",
            rf"(?P<number>{numerals.NUMBER})\s*(?P<scale>{count_words.SCALES})?",
            f"(?P<unit>{count_words.words_pattern(_UNITS_WITH_A_ROLE)})",
            f"(?P<role>{count_words.words_pattern(_ROLE_OF)})",
        )
    ),
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(r"(?!(?<=[0-9])[,，][0-9])[，,;；。|\n/]\s*(?![0-9]{3}(?![0-9]))|、")
_LIMIT: Final = re.compile(
    rf"(?P<head>[^0-9]*?)(?:(?P<n>{numerals.NUMBER})|{count_words.UNLIMITED_INSIDE})\s*", re.IGNORECASE
)


def read_sentence(cell: CountCell) -> tuple[Quantity, ...] | None:
    """Every number with its role, or None where one number has none or two, or counts something else."""
    if len(cell.text) > 400 or not re.search(r"[^\W\d_]", cell.text):
        return None
    clauses = [part for part in _CLAUSE.split(cell.text) if part and part.strip()]
    found: list[_Stated] = []
    unlisted = False
    for clause in clauses:
        tokens = tokens_of(clause, cell)
        read = _clause(clause, tokens) if tokens is not None else None
        if tokens is None or read is None:
            return None
        why = _why_none(clause, tokens, cell) if read else None
        if why is not None:
            return cell.unknown("sentence", why)
        around = words_around(_blanked(clause, tokens), cell.locale) if read else WordsAround()
        if around.effect == "no_count":
            return cell.unknown("sentence", around.why(cell.locale))
        unlisted = unlisted or around.effect == "unlisted"
        found += read
    if not found or (len(found) == 1 and found[0][0] == cell.role and len(clauses) == 1 and not found[0][2]):
        return None
    return _settled(cell.having(cell.text, doubtful=True) if unlisted else cell, found)


def _why_none(clause: str, tokens: Sequence[RoleToken], cell: CountCell) -> Note | None:
    """Why a number of the clause is none: a word denies its use in itself, or what it counts is not known."""
    denied = denied_outright(clause)
    if denied:
        return make_note("count.denied", text=f"{denied!r}")
    blanked = _blanked(clause, tokens, "\0")
    for token in tokens:
        unit = next_word(blanked[token.end :], cell.locale) if token.amount is not None else None
        if unit is not None and unit.kind == "unlisted":
            return unit.why(cell.locale)
    return None


def remove_role_words(text: str) -> str:
    """The text without its words of role."""
    return _TOKEN.sub(lambda found: " " if found.group("role") else found.group(), text)


def _blanked(clause: str, tokens: Sequence[RoleToken], blank: str = " ") -> str:
    """The clause without its numbers and words of role."""
    rest = list(clause)
    for token in tokens:
        rest[token.start : token.end] = blank * (token.end - token.start)
    return "".join(rest)


def tokens_of(clause: str, cell: CountCell) -> list[RoleToken] | None:
    """The numbers and the words of role of a text in their order; None where a number says nothing."""
    tokens = []
    for match in _TOKEN.finditer(clause):
        if match.group("unit"):
            continue
        if match.group("number"):
            read = scale_amount(match.group("number"), match.group("scale"), None, cell)
            if read is None:
                return None
            tokens.append(RoleToken(None, read, "", *match.span()))
        elif match.group("infinite"):
            tokens.append(RoleToken(None, ParsedAmount("unlimited", None), "", *match.span()))
        else:
            word = re.sub(r"\s+", " ", match.group().lower())
            tokens.append(RoleToken(_ROLE_OF[word], None, word, *match.span()))
    return tokens


def _clause(clause: str, tokens: list[RoleToken]) -> list[_Stated] | None:
    amounts = [token for token in tokens if token.amount is not None]
    roles = [token for token in tokens if token.role is not None]
    if not amounts:
        return [] if not re.search(r"[0-9]", clause) else None
    if has_other_number(clause, amounts):
        return None
    if len(amounts) == 1:
        return _single(amounts[0], roles)
    if len(amounts) != len(roles) or any(a.role == b.role for a, b in pairwise(tokens) if a.role):
        return None
    ordered = tokens[0::2], tokens[1::2]
    labels, numbers = ordered if ordered[0][0].role else (ordered[1], ordered[0])
    if any(t.role is None for t in labels) or any(t.amount is None for t in numbers):
        return None
    return [
        (lab.role, num.amount, lab.word) for lab, num in zip(labels, numbers, strict=True) if lab.role and num.amount
    ]


def has_other_number(clause: str, amounts: Sequence[RoleToken]) -> bool:
    """Whether figures stand in the text beside these amounts: `1.,1` is a piece of a number that is not known."""
    rest = _blanked(clause, amounts)
    return any(char.isdigit() for char in rest) or bool(re.search(r"\s[-–]\s*$|第\s*$", rest))


def _single(number: RoleToken, roles: list[RoleToken]) -> list[_Stated] | None:
    """One number and its word of role; several words must make one role together."""
    if not roles or number.amount is None:
        return None
    chosen = _chosen(roles)
    return [(chosen.role, number.amount, chosen.word)] if chosen is not None and chosen.role else None


def _chosen(roles: Sequence[RoleToken]) -> RoleToken | None:
    """The word that gives the role among several; None where they make none together."""
    peak = next((token for token in roles if token.role == "peak"), None)
    return peak or (roles[0] if len({token.role for token in roles}) == 1 else _together(roles))


def role_of_words(roles: Sequence[RoleToken]) -> CountRole | None:
    """The role that words make together; None where they make none."""
    chosen = _chosen(roles) if roles else None
    return chosen.role if chosen is not None else None


def _together(roles: Sequence[RoleToken]) -> RoleToken | None:
    """`已用授权` and `licensed users in use` are used, `使用上限` a cap, `超出上限` over; None for any other mixture.

    A word for the licence itself only says what is counted; a word for its limit changes what the number is.
    """
    firm = [token for token in roles if token.word not in count_words.LICENCE_WORDS]
    kinds = {token.role for token in firm}
    if len(kinds) == 1:
        current = firm[0].word in ("当前", "目前") and any(
            token.word in ("授权", "授權", "许可", "許可") for token in roles
        )
        return None if current else firm[0]
    if kinds == {"over", "cap"}:
        return next(token for token in firm if token.role == "over")
    if kinds == {"used", "cap"} and firm[0].word in ("使用", "用户使用") and firm[-1].word == "上限":
        return firm[-1]
    return None


def _settled(cell: CountCell, found: list[_Stated]) -> tuple[Quantity, ...]:
    """The quantities of the sentence, with what follows from them: a cap from used and remaining, an overage."""
    seen = {word for _, _, word in found}
    counted_twice = "active" in seen and "total" in seen
    result = []
    for role, value, word in found:
        if counted_twice and word in ("active", "total"):
            noted = ParsedAmount(value.kind, value.value, value.unit, (quote_text(word),))
            result.append(as_quantity(cell, "used", noted, "sentence", doubtful=True))
        else:
            result.append(as_quantity(cell, role, value, "sentence"))
    values = {role: value.value for role, value, _ in found if value.kind == "exact"}
    roles = [role for role, _, _ in found]
    used, left = values.get("used"), values.get("remaining")
    if used is not None and left is not None and roles.count("used") == 1 and "cap" not in roles and used + left >= 0:
        total = ParsedAmount("exact", used + left, None, (make_note("count.derived_sum"),))
        result.append(as_quantity(cell, "cap", total, "sentence"))
    if left is not None and left < 0 and used is None:
        result.append(
            cell.answer("exact", -left, "negative remaining", role="over", notes=(make_note("count.derived"),))
        )
    return tuple(result)


def read_metric_limits(cell: CountCell) -> tuple[Quantity, ...] | None:
    """`Asset number <= 5000, User number unlimited`: one limit per metric, each named by its unit."""
    clauses = [part.strip() for part in re.split(r"[,，;；]\s*(?![0-9]{3}(?![0-9]))", cell.text) if part.strip()]
    if len(clauses) < 2:
        return None
    result = []
    for clause in clauses:
        found = _LIMIT.fullmatch(clause)
        unit = _metric(found.group("head")) if found else ""
        if not found or not unit:
            return None
        bounded = bool(re.search(r"<=|≤", found.group("head")))
        limit = ParsedAmount("unlimited", None, unit)
        if found.group("n"):
            read = numerals.parse_integer(found.group("n"), cell.locale)
            if read.value is None:
                return None
            limit = ParsedAmount("at_most" if bounded else "exact", read.value, unit)
        result.append(as_quantity(cell, cell.role, limit, "metrics"))
    return tuple(result)


def _metric(head: str) -> str:
    """The unit that names the metric: a whole Latin word, or a Chinese one of at least two characters."""
    latin: list[str] = [word for word in re.findall(r"[a-z]+", head.lower()) if word in count_words.UNITS]
    wide = [unit for unit in count_words.UNITS if len(unit) > 1 and count_words.is_wide(unit) and unit in head]
    return (latin or sorted(wide, key=len, reverse=True) or [""])[0]
