"""The state of one cell while the rules for quantities read it, and the helpers that the rules share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from auditor.document import count_words
from auditor.document.locales import language_of, languages
from auditor.document.normalisation import NBSP, comparison_form
from auditor.model.notes import Note, make_note
from auditor.model.reading.reading_checks import ReadingCertainty
from auditor.model.reading.readings import Quantity, QuantityKind
from auditor.model.targets.deployments import CountRole, Meaning
from auditor.reading.numbers import numerals

ANOTHER_METRIC = make_note("count.another_metric")
"""The number counts something else than the cell as a whole: users of one branch, beside the branches."""
ABBREVIATED = make_note("count.abbreviated")
SENTINELS = frozenset(
    (0, 9999, 99999, 999999, 9999999, 99999999, 999999999, 32767, 65535, 1000000, 2147483647, 4294967295)
)
"""Caps that products write for unlimited, for none, or in earnest: only the page's declared meaning tells which."""


@dataclass(frozen=True, slots=True)
class CountCell:
    """What the rules see: the working text beside the raw one, and what the page declares."""

    raw: str
    text: str
    role: CountRole
    locale: str | None
    means: Mapping[str, Meaning]
    order: tuple[CountRole, ...]
    chinese_numerals: bool
    qualifiers: tuple[Note, ...] = ()
    doubtful: bool = False
    """Something beside the number asks for a person: a footnote, struck-out text, an expiry."""

    def having(self, text: str, *qualifiers: Note, doubtful: bool = False) -> CountCell:
        """The same cell with a part of its text explained."""
        return replace(self, text=text, qualifiers=(*self.qualifiers, *qualifiers), doubtful=self.doubtful or doubtful)

    def answer(
        self,
        kind: QuantityKind,
        value: int | None,
        rule: str,
        *,
        role: CountRole | None = None,
        unit: str | None = None,
        notes: tuple[Note, ...] = (),
        doubtful: bool = False,
    ) -> Quantity:
        """A quantity of this cell. Anything but an undoubted `exact` or `unlimited` needs review, `at_most` aside."""
        plain = kind in ("exact", "unlimited", "at_most") and not (doubtful or self.doubtful)
        certainty: ReadingCertainty = "certain" if plain else "needs_review"
        return Quantity(
            role=role or self.role,
            kind=kind,
            value=value,
            raw=self.raw,
            rule=rule,
            certainty=certainty,
            unit=unit or None,
            qualifiers=(*self.qualifiers, *notes),
        )

    def unknown(self, rule: str, why: Note, *, role: CountRole | None = None) -> tuple[Quantity, ...]:
        """No number, and why."""
        return (self.answer("unknown", None, rule, role=role, notes=(why,)),)


@dataclass(frozen=True, slots=True)
class ParsedAmount:
    """One side of a pair, or one number of a sentence."""

    kind: QuantityKind
    value: int | None
    unit: str | None = None
    notes: tuple[Note, ...] = field(default=())


BLANK_AMOUNT = ParsedAmount("unknown", None, notes=(make_note("count.blank"),))
_SIGNS = {"k": 1_000, "m": 1_000_000}
_AMOUNT = re.compile(
    rf"({numerals.NUMBER})\s*([mM](?![^\W\d_])|{count_words.SCALES})?\s*(.*)", re.DOTALL | re.IGNORECASE
)


def unit_of(text: str) -> str | None:
    """The unit that the text after a number names: '' for none, None where it is no unit of a count."""
    bare = text.strip(f" .。:：*{NBSP}").strip()
    if not bare:
        return ""
    return bare if comparison_form(bare) in count_words.UNITS else None


def parse_amount(text: str, cell: CountCell, role: CountRole | None = None) -> ParsedAmount | None:
    """A number with its unit, an unlimited word or a declared meaning; None where the text is none of them.

    A declared `unlimited` says nothing about the used side of a pair: `0/0` may be none used of no limit.
    """
    bare = text.strip().strip("()（）").strip()
    declared = cell.means.get(comparison_form(bare))
    if declared and not (declared == "unlimited" and role == "used"):
        return ParsedAmount("unlimited", None) if declared == "unlimited" else ParsedAmount("exact", 0)
    if not bare or bare in "-—–":
        return BLANK_AMOUNT
    if comparison_form(bare) in count_words.UNLIMITED:
        return ParsedAmount("unlimited", None)
    found = _AMOUNT.fullmatch(bare)
    # `+2` is a change, not a count.
    if not found or bare.startswith("+"):
        return None
    unit = unit_of(found.group(3))
    if unit is None:
        return None
    return scale_amount(found.group(1), found.group(2), unit, cell)


def scale_amount(token: str, scale: str | None, unit: str | None, cell: CountCell) -> ParsedAmount | None:
    """The number with its k, 万 or `mil`: exact only for a whole number of 万 or 千, since the others round.

    A word of magnitude is one in its own language alone: `mil` is a thousand in Spanish and a million in Czech. On a
    page that does not declare that language it gives no number, and says why.
    """
    if not scale:
        read = numerals.parse_integer(token, cell.locale)
        return None if read.value is None else ParsedAmount("exact", read.value, unit)
    whole, sign, fraction = token.replace(",", ".").partition(".")
    if not whole.isdigit() or (sign and not fraction.isdigit()) or len(whole + fraction) > 9:
        return None
    times = _times(scale, cell.locale)
    if times is None:
        return ParsedAmount("unknown", None, unit, (make_note("count.magnitude", text=f"{scale!r}"),))
    value, rest = divmod(int(whole + fraction) * times, 10 ** len(fraction))
    if rest:
        return None
    if not count_words.is_wide(scale) or fraction:
        return ParsedAmount("approximate", value, unit, (ABBREVIATED,))
    return ParsedAmount("exact", value, unit)


def _times(scale: str, locale: str | None) -> int | None:
    """What a word of magnitude multiplies by; None where the page's language does not say."""
    word = scale.lower().rstrip(".")
    if word in _SIGNS:
        return _SIGNS[word]
    own = language_of(locale)
    if own is None and not count_words.is_wide(word):
        return None
    known = languages().values() if count_words.is_wide(word) or own is None else (own,)
    said = {times for language in known for name, times in language.magnitudes.items() if name.lower() == word}
    return said.pop() if len(said) == 1 else None


def as_quantity(
    cell: CountCell, role: CountRole, found: ParsedAmount, rule: str, *, doubtful: bool = False
) -> Quantity:
    """The amount in its role, held against what that role can be.

    A cap that is a sentinel, a negative count and an unlimited use are unknown; nothing here turns one into a number.
    """
    declared = bool(found.kind == "exact" and found.value == 0 and "none" in cell.means.values())
    notes = found.notes
    if found.kind == "unlimited" and role == "used":
        return cell.answer("unknown", None, rule, role=role, notes=(make_note("count.unlimited_use"),))
    if found.value is not None and not declared:
        if found.value < 0 and role != "remaining":
            return cell.answer("unknown", None, rule, role=role, notes=(make_note("count.literal", value=found.value),))
        if role == "cap" and found.value in SENTINELS:
            note = make_note("count.sentinel", value=found.value)
            return cell.answer("unknown", None, rule, role=role, notes=(note,))
    return cell.answer(found.kind, found.value, rule, role=role, unit=found.unit, notes=notes, doubtful=doubtful)
