"""Four ways in which a reading can be wrong, each checked by itself. Certain is what they come to; nobody says it.

===========  ==========================================================================================================
`drawn`      the pixels of the stored picture say the same as the layout
`at_rest`    the page had come to rest when its bytes were taken: nothing was under way that could change the value
`in_place`   independent readings of the document's structure lead from the label to the same value
`meant`      the words say this number of these units, exactly
===========  ==========================================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from auditor.model.notes import Note

CheckName = Literal["drawn", "at_rest", "in_place", "meant"]
CHECK_NAMES: Final[tuple[CheckName, ...]] = get_args(CheckName)
CheckAnswer = Literal["passed", "failed", "not_checked", "not_applicable"]
"""`not_checked` is never a pass. `not_applicable`: there is nothing of the kind that could be wrong; only `drawn` may
say so, of data that nobody draws (a JSON document or plain text)."""
ReadingCertainty = Literal["certain", "needs_review"]


@dataclass(frozen=True, slots=True)
class ReadingCheck:
    """One check with its answer."""

    answer: CheckAnswer = "not_checked"
    why: Note | None = None
    """What was compared, or why it was not."""

    @property
    def holds(self) -> bool:
        """Whether nothing stands against the reading here."""
        return self.answer in ("passed", "not_applicable")


@dataclass(frozen=True, slots=True)
class ReadingChecks:
    """The four checks of one value."""

    drawn: ReadingCheck = ReadingCheck()
    at_rest: ReadingCheck = ReadingCheck()
    in_place: ReadingCheck = ReadingCheck()
    meant: ReadingCheck = ReadingCheck()

    def __iter__(self) -> Iterator[tuple[CheckName, ReadingCheck]]:
        return iter(
            (("drawn", self.drawn), ("at_rest", self.at_rest), ("in_place", self.in_place), ("meant", self.meant))
        )

    @property
    def certainty(self) -> ReadingCertainty:
        """Certain where all four hold."""
        return "certain" if all(check.holds for _, check in self) else "needs_review"

    @property
    def doubts(self) -> tuple[Note, ...]:
        """Why it is not certain, in the order of the checks."""
        return tuple(check.why for _, check in self if not check.holds and check.why is not None)

    def lowered(self, name: CheckName, found: ReadingCheck) -> ReadingChecks:
        """With a further answer to one check: what does not hold is kept, whatever else is found."""
        before: ReadingCheck = getattr(self, name)
        return self if before.answer == "failed" or found.holds else replace(self, **{name: found})


UNCHECKED: Final = ReadingChecks()
"""Nothing was checked: never certain."""
