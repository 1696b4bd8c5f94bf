"""Slots that end without a capture, journalled with the reason: an absence is then proved, not guessed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.custody import Custody, JournalState
from auditor.workflow.audit.slots import VisitSlot


@dataclass(frozen=True, slots=True)
class UnfinishedSlots:
    """The slots of a run that have no ending yet."""

    begun: tuple[VisitSlot, ...]
    """Their intent is journalled: each needs an ending of its own."""
    untouched: tuple[VisitSlot, ...]
    """Nothing was done for them: one gap stands for all."""

    @property
    def count(self) -> int:
        return len(self.begun) + len(self.untouched)


def find_unfinished(slots: Sequence[VisitSlot], journalled: JournalState) -> UnfinishedSlots:
    """Which of a run's slots have no ending in the journal."""
    begun = [slot for slot in slots if journalled.has_intent(slot.capture)]
    others = [slot for slot in slots if not journalled.has_intent(slot.capture)]
    return UnfinishedSlots(
        tuple(slot for slot in begun if not journalled.outcomes(slot.capture)),
        tuple(slot for slot in others if not journalled.slot_ends(slot.run, slot.id)),
    )


def record_unfinished(custody: Custody, slots: Sequence[VisitSlot], why: str) -> int:
    """Journal a gap for every slot without an ending; how many slots that were.

    Raises `VaultError` where the journal cannot be written: the next start of the workspace then records the rest.
    """
    found = find_unfinished(slots, custody.journal.ledger)
    for slot in found.begun:
        custody.gap(why, run=slot.run, deployment=slot.deployment.id, slot=slot.id, intent=slot.capture)
    if len(found.untouched) == 1:
        (slot,) = found.untouched
        custody.gap(why, run=slot.run, deployment=slot.deployment.id, slot=slot.id)
    elif found.untouched:
        custody.gap_of_several(
            why,
            run=found.untouched[0].run,
            slots=[{"slot": slot.id, "deployment": slot.deployment.id} for slot in found.untouched],
        )
    return found.count


def end_broken_visit(custody: Custody, slot: VisitSlot, why: str) -> bool:
    """Whether the slot's package is committed; where it is not, what was staged is dropped and a gap says why.

    Raises `VaultError` where the journal cannot be written.
    """
    if custody.journal.ledger.package_record(slot.capture) is not None:
        return True
    custody.vault.give_up(slot.capture)
    intent = slot.capture if custody.journal.ledger.has_intent(slot.capture) else ""
    custody.gap(
        f"the visit was not kept: {why}", run=slot.run, deployment=slot.deployment.id, slot=slot.id, intent=intent
    )
    return False


def why_left_alone(host: str, seconds: float, longest_wait: int) -> str:
    """Why a slot is given up whose host is to be left alone for so long. Pure."""
    left = math.ceil(seconds)
    return f"host {host} asked to be left alone for {left} s more; a run waits at most {longest_wait} s"


def record_host_left_alone(custody: Custody, slot: VisitSlot, seconds: float, longest_wait: int) -> None:
    """Journal a gap: the slot's host asked to be left alone for longer than a run waits, both in seconds."""
    why = why_left_alone(slot.host, seconds, longest_wait)
    custody.gap(why, run=slot.run, deployment=slot.deployment.id, slot=slot.id)
