"""T01–T05, T07: the term, its renewal and its end."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice, pairwise

from auditor.targets.rules.context import ContractFacts, add_periods, term_ends
from auditor.targets.yaml.nodes import find_node


def check_order(facts: ContractFacts) -> None:
    """T01: a period ends before it begins."""
    term = facts.contract.term
    if term.through is not None and term.through < term.from_:
        facts.note(
            "T01", f"term.through {term.through} is before term.from {term.from_}. Correct one.", "term", "through"
        )
    if term.ended is not None and term.ended.last_day < term.from_:
        message = f"ended.last_day {term.ended.last_day} is before term.from {term.from_}. Correct one."
        facts.note("T01", message, "term", "ended", "last_day")
    for item in facts.contract.authorised:
        if item.through is not None and item.through < item.from_:
            message = f"authorised {item.deployment}: through {item.through} is before from {item.from_}. Correct one."
            facts.note_at("T01", item, message, "through")
    for exemption in facts.contract.exemptions:
        if exemption.through is not None and exemption.through < exemption.from_:
            message = f"exemption: through {exemption.through} is before from {exemption.from_}. Correct one."
            facts.note_at("T01", exemption, message, "through")


def check_renewal(facts: ContractFacts) -> None:
    """T02: automatic renewal without its length."""
    rule = facts.contract.term.renewal
    if rule.mode == "automatic" and rule.each is None and not _written(facts, "term", "renewal", "each"):
        message = 'renewal.mode is automatic but "each" is missing. Give the renewal length, e.g. P1Y.'
        facts.note("T02", message, "term", "renewal")


def check_notice(facts: ContractFacts) -> None:
    """T03: a notice given, or received, later than the contract requires."""
    term = facts.contract.term
    ended, needed = term.ended, term.renewal.notice_days
    if ended is None or ended.by != "notice" or needed is None or ended.accepted_late:
        return
    for verb, day in (("given", ended.given_on), ("received", ended.received_on)):
        if day is not None and (ended.last_day - day).days < needed:
            clause = term.renewal.source.clause or "the contract"
            message = (
                f"notice {verb} {day} is {(ended.last_day - day).days} days before last_day {ended.last_day}; {clause} "
                f"requires {needed}.{_renewed(facts, ended.last_day)} "
                "Set ended.accepted_late: true with a document, or correct last_day."
            )
            facts.note("T03", message, "term", "ended")
            return


def _renewed(facts: ContractFacts, last_day: date) -> str:
    each = facts.contract.term.renewal.each
    if each is None or last_day == date.max:
        return ""
    return f" The contract may have renewed to {add_periods(last_day + timedelta(days=1), each) - timedelta(days=1)}."


def check_last_day(facts: ContractFacts) -> None:
    """T04: a contract ended by notice or expiry on a day that is not the end of any term."""
    term = facts.contract.term
    if term.ended is None or term.through is None or term.ended.by not in ("notice", "expiry"):
        return
    day = term.ended.last_day
    if day < term.from_ or (term.renewal.mode == "automatic" and term.renewal.each is None):
        return
    ends = tuple(term_ends(facts.contract, day))
    if day in ends:
        return
    near = ", ".join(str(end) for end in ends[-2:])
    message = (
        f"ended.last_day {day} is not the end of any term ({near}). "
        "If the contract ended early, set ended.by: breach or agreement."
    )
    facts.note("T04", message, "term", "ended", "last_day")


def check_after_end(facts: ContractFacts) -> None:
    """T05: the contract ended, and it is not said whether installed units may stay."""
    term = facts.contract.term
    if term.ended is None or term.after_end.existing_units is not None:
        return
    if not _written(facts, "term", "after_end", "existing_units"):
        message = (
            "term.after_end.existing_units is missing: after the contract ended, may installed units stay? "
            "perpetual, until DATE, or must_stop."
        )
        facts.note("T05", message, "term", "after_end")


def check_renewed_by_rule(facts: ContractFacts) -> None:
    """T07: terms that exist only by the renewal rule. A document named under `check_renewal` answers it."""
    term = facts.contract.term
    if term.through is None or term.renewal.mode != "automatic" or term.renewal.each is None:
        return
    if term.renewal.source.document:
        return
    if term.ended is None:
        message = f"terms after {term.through} exist only by the automatic-renewal rule; no document recorded."
        facts.note("T07", f"{message} Name it under renewal.document.", "term", "renewal")
        return
    ends = [min(end, term.ended.last_day) for end in term_ends(facts.contract, term.ended.last_day)]
    spans = [f"{before + timedelta(days=1)} – {end}" for before, end in pairwise(ends)]
    if spans:
        shown = " and ".join(islice(spans, 2)) + (f" and {len(spans) - 2} more" if len(spans) > 2 else "")
        verb = "exist" if len(spans) > 1 else "exists"
        message = f"{shown} {verb} only by the automatic-renewal rule; no document recorded."
        facts.note("T07", f"{message} Name it under renewal.document.", "term", "renewal")


def _written(facts: ContractFacts, *path: str) -> bool:
    """Whether a key is there, even if it could not be read (which was noted already)."""
    return find_node(facts.node, *path) is not None
