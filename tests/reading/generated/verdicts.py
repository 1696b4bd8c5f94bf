"""What a reading came to, held against what is right for the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from auditor.model.reading.readings import Quantity, Reading
from auditor.model.targets.deployments import CountRole
from tests.reading.generated.stated_page import NO_NUMBER, StatedPage

VerdictKind = Literal["right", "right, needs review", "unknown", "WRONG, needs review", "WRONG, certain"]
ORDER: Final[tuple[VerdictKind, ...]] = (
    "right",
    "right, needs review",
    "unknown",
    "WRONG, needs review",
    "WRONG, certain",
)
"""From the best to the worst; a page comes to the worst of its answers."""
SIGNS = {"exact": "", "at_least": "≥", "at_most": "≤", "approximate": "~"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One page judged."""

    page: StatedPage
    kind: VerdictKind
    said: str
    """What was read, in the notation of `StatedPage.right`, with `?` where it needs review."""

    def __str__(self) -> str:
        right = ", ".join(f"{role} {'|'.join(answers)}" for role, answers in self.page.right.items())
        if self.page.listed is not None:
            right += f" list {self.page.listed}"
        return f"{self.kind}: {self.page.name} ({self.page.kind}): right {right.strip()}; said {self.said}"


def judge(page: StatedPage, reading: Reading) -> Verdict:
    """The worst of all that the page asks for."""
    kinds: list[VerdictKind] = []
    said: list[str] = []
    for role, right in page.right.items():
        kind, words = _count(right, *_stated(reading, role))
        kinds.append(kind)
        said.append(f"{role} {words}")
    if page.listed is not None:
        kind, words = _list(page, reading)
        kinds.append(kind)
        said.append(words)
    return Verdict(page, max(kinds, key=ORDER.index), ", ".join(said))


def _stated(reading: Reading, role: str) -> tuple[Quantity | None, bool]:
    """The count of a role: of the field that bears its name, else of any field that states it (a pair); with whether
    all its checks hold."""
    fields = [field for field in reading.fields if field.status == "read"]
    fields.sort(key=lambda field: field.field != role)
    wanted: CountRole = "remaining" if role == "left" else role  # type: ignore[assignment]
    for field in fields:
        for quantity in field.quantities:
            if quantity.role == wanted and quantity.kind != "unknown":
                return quantity, field.certainty_of(quantity) == "certain"
    return None, False


def _count(right: Sequence[str], quantity: Quantity | None, certain: bool) -> tuple[VerdictKind, str]:
    if quantity is None:
        return ("right" if tuple(right) == (NO_NUMBER,) else "unknown"), "no number"
    value = "unlimited" if quantity.kind == "unlimited" else f"{SIGNS[quantity.kind]}{quantity.value}"
    review = not certain
    if value in right:
        return ("right, needs review" if review else "right"), value + "?" * review
    return ("WRONG, needs review" if review else "WRONG, certain"), value + "?" * review


def _list(page: StatedPage, reading: Reading) -> tuple[VerdictKind, str]:
    if not reading.listings:
        return "unknown", "no list"
    listing = reading.listings[0]
    rows = len(listing.rows)
    said = f"list {rows} {'complete' if listing.complete else 'not complete'}"
    if listing.complete:
        return ("right" if rows == page.listed else "WRONG, certain"), said
    if page.listed == rows:
        return "unknown", said
    return ("right" if rows <= page.on_page or rows == page.listed else "WRONG, needs review"), said


def tally(verdicts: Sequence[Verdict]) -> Mapping[VerdictKind, int]:
    """How many pages came to what, the best first."""
    counted = Counter(verdict.kind for verdict in verdicts)
    return {kind: counted[kind] for kind in ORDER}


def share_read_right(verdicts: Sequence[Verdict]) -> float:
    """Of the pages that a person reads at a glance, the share read right without a person's help."""
    plain = [verdict for verdict in verdicts if verdict.page.glance]
    return sum(verdict.kind == "right" for verdict in plain) / len(plain) if plain else 0.0
