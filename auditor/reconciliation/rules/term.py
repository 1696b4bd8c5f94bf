"""Rules about time: before the start, after the end, growth after a date, and dates that are coming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from auditor.model.findings import Certainty, Finding, Position
from auditor.model.notes import Note, make_note
from auditor.model.reading.observations import Count
from auditor.model.targets.contracts import Contract
from auditor.reconciliation.entitlement.calendar import check_notice, last_day, parse_iso_date, term_spans
from auditor.reconciliation.rules.context import ComparisonDate, RuleContext
from auditor.reconciliation.rules.finding import make_finding, position_finding
from auditor.reconciliation.rules.texts.position_words import both_languages, enumeration, list_text, words_for_position

SOON_DAYS = 90


def before_start(facts: RuleContext) -> Iterator[Finding]:
    """T501: in use, or registered, before the first day of the order or the contract."""
    for position in facts.positions:
        contract = facts.contract(position)
        current = facts.current(position)
        if contract is None or current is None or not position.timeline or facts.metric(position) is None:
            continue
        start = position.timeline[0].from_
        registered = parse_iso_date(current.fields.get("registered_on", ""))
        counted = facts.counted(position)
        first = facts.day(counted[0].captured_at, contract)
        earliest = min(first, registered) if registered is not None else first
        if earliest < start:
            words = words_for_position(facts, position) | {"earliest": earliest, "start": start}
            yield position_finding(
                "T501",
                position,
                words,
                basis=(*facts.bases(counted[0], "displayed"), *facts.bases(current, "registered_on")),
            )


def first_signs(facts: RuleContext, deployment: str) -> dict[str, date]:
    """Dated signs on the pages that a deployment existed, by name: registration, first account, first listed row."""
    latest = facts.latest(deployment)
    if latest is None:
        return {}
    added = [parse_iso_date(row.get("added_on", "")[:10]) for row in facts.rows(latest)]
    signs = {
        "accounts_from": parse_iso_date(latest.derived.get("accounts_from", "")),
        "registered_on": parse_iso_date(latest.fields.get("registered_on", "")),
        "rows_from": min((day for day in added if day is not None), default=None),
    }
    return {name: day for name, day in signs.items() if day is not None}


def new_after_end(facts: RuleContext) -> Iterator[Finding]:
    """T502: a deployment that came up after the last day, by a date on its pages; by first capture alone, review."""
    for position in facts.positions:
        contract = facts.contract(position)
        end = None if contract is None else last_day(contract.term)
        counted = facts.counted(position)
        if contract is None or end is None or not counted or position.status != "unlicensed":
            continue
        first = facts.day(counted[0].captured_at, contract)
        signs = first_signs(facts, position.deployment)
        account = signs.get("accounts_from")
        dated = account if account is not None else min(signs.values(), default=None)
        if first <= end or (dated is not None and dated <= end):
            continue
        words = words_for_position(facts, position) | {"end": end, "first": first, "sign": dated or "–"}
        yield position_finding(
            "T502",
            position,
            words,
            variant="" if dated is not None else "captured",
            kind="fail" if dated is not None else "review",
            certainty="likely" if dated is not None else "needs_review",
            basis=(
                *facts.bases(counted[0], "displayed"),
                *facts.bases(facts.current(position), "accounts_from", "registered_on"),
            ),
            units=position.over_by,
            assumptions=(
                make_note("assumption.captured_is_not_installed"),
                make_note("assumption.valued_with_position"),
            ),
        )


@dataclass(frozen=True, slots=True)
class Growth:
    """Units added after a day: the highest later count less the last count before, else the first one after."""

    units: int
    before: Count
    after: Count
    spans_day: bool
    """True where the lower count was captured before the day: part of the growth may be earlier."""


def growth(facts: RuleContext, series: Sequence[Count], day: date, contract: Contract | None) -> Growth | None:
    """What was added after a day; None where no later capture shows more."""
    earlier = [one for one in series if facts.day(one.captured_at, contract) <= day]
    later = [one for one in series if facts.day(one.captured_at, contract) > day]
    if not later:
        return None
    base = earlier[-1] if earlier else later[0]
    top = max(later, key=lambda one: one.counted or 0)
    units = (top.counted or 0) - (base.counted or 0)
    rises = top.captured_at > base.captured_at and units > 0
    return Growth(units, base, top, bool(earlier)) if rises else None


def units_added_after(facts: RuleContext) -> Iterator[Finding]:
    """T503: more units than at the end of the contract, or at a notice, judgment or undertaking: each date named."""
    for position in facts.positions:
        contract = facts.contract(position)
        if position.status not in ("over", "unlicensed"):
            continue
        allowed = contract is not None and contract.term.after_end.added_units == "allowed"
        series = facts.counted(position)
        found: list[tuple[ComparisonDate, Growth]] = []
        for event in facts.events(contract, position.deployment):
            grown = [growth(facts, series, day, contract) for day in event.days]
            some = [one for one in grown if one is not None]
            if some and not (event.kind == "end" and allowed and position.status == "over"):
                found.append((event, min(some, key=lambda one: one.units)))
        if not found:
            continue
        yield _added(facts, position, found)


def _added(facts: RuleContext, position: Position, found: list[tuple[ComparisonDate, Growth]]) -> Finding:
    most = max((one for _, one in found), key=lambda one: one.units)
    contract = facts.contract(position)
    words = words_for_position(facts, position) | {
        "added": most.units,
        "before": most.before.counted,
        "before_day": facts.day(most.before.captured_at, contract),
        "after": most.after.counted,
        "after_day": facts.day(most.after.captured_at, contract),
        "events": "; ".join(f"{event.what}: +{one.units}" for event, one in found),
        "events_zh": "；".join(f"{event.what_zh}+{one.units}" for event, one in found),
    }
    return position_finding(
        "T503",
        position,
        words,
        certainty=_grown_certainty(facts, found, contract),
        basis=facts.all_bases([most.before, most.after], "displayed"),
        units=most.units,
        assumptions=(make_note("assumption.aggravation"),),
        since=most.after.captured_at,
    )


def _grown_certainty(
    facts: RuleContext, found: list[tuple[ComparisonDate, Growth]], contract: Contract | None
) -> Certainty:
    if any(len(event.days) > 1 for event, _ in found) and all(len(event.days) > 1 for event, _ in found):
        return "needs_review"
    if not all(one.before.certain and one.after.certain for _, one in found):
        return "needs_review"
    interval = timedelta(days=31 if contract is None else contract.audit_interval_days)
    near = [
        not one.spans_day or event.days[0] - facts.day(one.before.captured_at, contract) <= interval
        for event, one in found
    ]
    return "certain" if any(near) else "likely"


def use_after_stop(facts: RuleContext) -> Iterator[Finding]:
    """T504: in use after existing units had to stop, the wind-down included."""
    for position in facts.positions:
        contract = facts.contract(position)
        end = None if contract is None else last_day(contract.term)
        if contract is None or end is None or not position.timeline or not position.counted:
            continue
        means = contract.term.after_end.existing_units
        wind_down = timedelta(days=contract.term.after_end.wind_down_days)
        stop = end + wind_down if means == "must_stop" else max(means, end) if isinstance(means, date) else None
        day = facts.day(position.captured_at or facts.as_of, contract)
        if stop is not None and day > stop:
            yield position_finding(
                "T504",
                position,
                words_for_position(facts, position) | {"stop": stop},
                units=position.over_by,
                list_value=position.list_value,
                net_value=position.net_value,
            )


def term_unclear(facts: RuleContext) -> Iterator[Finding]:
    """T505: late notice, an end that is no term's end, ends without effects, or a contract that overlaps another."""
    for contract in facts.estate.contracts.values():
        reasons = [*_notice_reasons(contract), *_end_reasons(contract), *_overlaps(facts, contract)]
        if reasons:
            words = {"contract": contract.id} | both_languages("reasons", make_note("several", notes=tuple(reasons)))
            yield make_finding(
                "T505", deployment="", contract=contract.id, words=words, certainty="needs_review", favours="neither"
            )


def _notice_reasons(contract: Contract) -> Iterator[Note]:
    checked, ended = check_notice(contract), contract.term.ended
    if checked is None or ended is None or ended.accepted_late:
        return
    readings = (
        ("term.notice_given", checked.given_days, checked.in_time_as_given),
        ("term.notice_received", checked.received_days, checked.in_time_as_received),
    )
    for code, days, in_time in readings:
        if in_time is False:
            yield make_note(code, days=days, end=checked.last_day, needed=checked.needed_by)


def _end_reasons(contract: Contract) -> Iterator[Note]:
    term = contract.term
    end = last_day(term)
    if term.ended is not None and term.ended.by == "notice":
        ends = {span.through for span in term_spans(term, term.ended.last_day, ended_known=False)}
        if term.ended.last_day not in ends:
            yield make_note("term.no_end_of_term", day=term.ended.last_day)
    after = term.after_end
    effects = (
        ("term.new_deployments", after.new_deployments),
        ("term.added_units", after.added_units),
        ("term.existing_units", after.existing_units),
    )
    missing = [make_note(code) for code, value in effects if value is None]
    if end is not None and missing:
        yield make_note("term.effects_unrecorded", day=end, effects=enumeration(missing))
    if term.renewal.mode == "by_agreement" and term.ended is None:
        yield make_note("term.no_renewal_document")


def _overlaps(facts: RuleContext, contract: Contract) -> Iterator[Note]:
    shared: dict[str, list[str]] = {}
    for name in dict.fromkeys(entry.deployment for entry in contract.authorised):
        for listed in facts.ledger.listed.get(name, {}):
            shared.setdefault(listed, []).append(name)
    for other_id, both in shared.items():
        other = facts.estate.contracts[other_id]
        if other.id <= contract.id or other.product != contract.product:
            continue
        if contract.id in (other.replaces, other.adds_to) or other.id in (contract.replaces, contract.adds_to):
            continue
        end = last_day(contract.term) or date.max
        start = max(contract.term.from_, other.term.from_)
        if start <= min(end, last_day(other.term) or date.max):
            names = list_text(sorted(both))
            yield make_note("term.both_cover", one=contract.id, other=other.id, names=names, day=start)


def date_coming(facts: RuleContext) -> Iterator[Finding]:
    """T506: a notice deadline or the last day of a term within ninety days."""
    for contract in facts.estate.contracts.values():
        today, term = facts.today, contract.term
        soon = today + timedelta(days=SOON_DAYS)
        current = next(
            (span for span in term_spans(term, today) if span.through is None or today <= span.through), None
        )
        if current is None or current.through is None:
            continue
        coming = [(current.through, "term.ends")]
        if term.ended is None and term.renewal.mode == "automatic" and term.renewal.notice_days is not None:
            deadline = current.through - timedelta(days=term.renewal.notice_days)
            coming.append((deadline, "term.notice_due"))
        near = sorted(found for found in coming if today <= found[0] <= soon)
        if near:
            what = make_note("several", notes=tuple(make_note(code, day=day) for day, code in near))
            words = {"contract": contract.id} | both_languages("what", what)
            yield make_finding(
                "T506", deployment="", contract=contract.id, words=words, certainty="certain", favours="neither"
            )
