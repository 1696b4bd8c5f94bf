"""A01–A08: changes of quantity, in the order of their days."""

from __future__ import annotations

from auditor.model.targets.contracts import UNLIMITED, Amendment
from auditor.targets.rules.context import ContractFacts, amount_due, amount_paid, effective_day, format_amount, units_on
from auditor.targets.yaml.nodes import SequenceNode, find_node


def check_start(facts: ContractFacts) -> None:
    """A01: takes effect before the contract."""
    begins = facts.contract.term.from_
    for amendment in facts.contract.amendments:
        day = effective_day(facts, amendment)
        if day is not None and day < begins:
            message = f"amendment {amendment.id} takes effect {day}, before the contract ({begins}). Correct the day."
            facts.note_at("A01", amendment, message)


def check_after_end(facts: ContractFacts) -> None:
    """A02: units added after the end although that is forbidden."""
    term = facts.contract.term
    if term.ended is None or term.after_end.added_units != "forbidden":
        return
    for amendment in facts.contract.amendments:
        day = effective_day(facts, amendment)
        if amendment.kind != "remove_units" and day is not None and day > term.ended.last_day:
            message = (
                f"amendment {amendment.id} takes effect {day}, after the contract ended ({term.ended.last_day}), "
                "and after_end.added_units is forbidden. Correct the day, or name the contract that allows it."
            )
            facts.note_at("A02", amendment, message)


def check_covered(facts: ContractFacts) -> None:
    """A05: for a deployment that is not in the closed list."""
    node = find_node(facts.node, "authorised")
    if isinstance(node, SequenceNode) and len(node.items) != len(facts.contract.authorised):
        return  # an entry could not be read (noted): the list is not known to be closed
    for amendment in facts.contract.amendments:
        if amendment.deployment not in facts.authorised:
            verb = {"add_units": "adds units to", "remove_units": "removes units from"}.get(amendment.kind, "changes")
            message = (
                f"amendment {amendment.id} {verb} {amendment.deployment}, which is not in authorised. "
                "Add it there or correct the id."
            )
            facts.note_at("A05", amendment, message, "deployment")


def check_backdated(facts: ContractFacts) -> None:
    """A06: in effect before it was signed."""
    for amendment in facts.contract.amendments:
        day = amendment.effective.on
        if day is not None and day < amendment.signed_on:
            message = (
                f"{amendment.id} was signed {amendment.signed_on} but is effective {day} "
                f"(backdated {(amendment.signed_on - day).days} days). Positions between change."
            )
            facts.note_at("A06", amendment, message, "effective")


def check_occasion(facts: ContractFacts) -> None:
    """A07, A08: the occasion on which it takes effect has not come, so its units are not counted."""
    for amendment in facts.contract.amendments:
        if effective_day(facts, amendment) is not None:
            continue
        units = "its units are" if amendment.kind == "set_unlimited" else f"its {amendment.units} units are"
        if amendment.effective.upon == "acceptance":
            message = f"amendment {amendment.id} is upon: acceptance, but accepted_on is missing; {units} not counted."
            facts.note_at("A08", amendment, f"{message} Give the day of acceptance.", "effective")
        elif amendment.effective.upon == "payment":
            facts.note_at("A07", amendment, _unpaid(facts, amendment, units), "effective")


def _unpaid(facts: ContractFacts, amendment: Amendment, units: str) -> str:
    needed = amendment.net.amount if amendment.net else (amount_due(facts, amendment) or (None, ""))[0]
    got = format_amount(amount_paid(facts, amendment.payments))
    what = (
        f"{got} of {format_amount(needed)} is recorded" if needed is not None else f"net is missing ({got} is recorded)"
    )
    what += f"; {units} not counted. Record the payments."
    return f"amendment {amendment.id} is upon: payment, but {what}"


def check_removals(facts: ContractFacts) -> None:
    """A04: more units removed than there are."""
    for amendment in facts.contract.amendments:
        day = effective_day(facts, amendment)
        if amendment.kind != "remove_units" or day is None:
            continue
        there = units_on(facts, amendment.deployment, amendment.metric, day, amendment)
        if there is not None and there != UNLIMITED and amendment.units > there:
            message = (
                f"amendment {amendment.id} removes {amendment.units} units; {amendment.deployment} has {there} "
                f"on {day}. Correct units or the day."
            )
            facts.note_at("A04", amendment, message, "units")
