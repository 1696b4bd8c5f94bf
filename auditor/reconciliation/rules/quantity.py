"""Rules about quantity: used against entitled, on one day and over time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from auditor.model.findings import Certainty, Finding, Position
from auditor.model.notes import Note, make_note
from auditor.model.reading.observations import Count
from auditor.model.targets.contracts import Amendment, Contract
from auditor.reconciliation.entitlement.prices import net_price
from auditor.reconciliation.entitlement.timeline import effective_on, entitled_on
from auditor.reconciliation.position.counted_series import CountedPoint, peak_over
from auditor.reconciliation.position.position import EXCESS
from auditor.reconciliation.position.valuation import PRICED_AT, unit_price
from auditor.reconciliation.rules.context import RuleContext
from auditor.reconciliation.rules.finding import format_money, make_finding, position_finding
from auditor.reconciliation.rules.texts.position_words import words_for_position


def over_entitlement(facts: RuleContext) -> Iterator[Finding]:
    """Q101: used above entitled on the day of the capture, and no later amendment covers it."""
    for position in facts.positions:
        if (
            position.status != "over"
            or position.rule.code != EXCESS.code
            or _covered_later(facts, position) is not None
        ):
            continue
        yield position_finding(
            "Q101",
            position,
            words_for_position(facts, position),
            certainty=_certainty(facts, position),
            units=position.over_by,
            list_value=position.list_value,
            net_value=position.net_value,
            assumptions=_assumptions(facts, position),
            since=position.over_since,
        )


def _certainty(facts: RuleContext, position: Position) -> Certainty:
    """Certain takes a complete list that agrees and two captures that are over; an unclear reading asks for review."""
    current = facts.current(position)
    if current is None or not current.certain:
        return "needs_review"
    over = [point for point in facts.points(position) if point.over > 0]
    agreed = position.listed is not None and position.listed == position.displayed
    return "certain" if len(over) >= 2 and agreed else "likely"


def _assumptions(facts: RuleContext, position: Position) -> tuple[Note, ...]:
    contract = facts.contract(position)
    if contract is None:
        return ()
    terms = contract.overage
    said = [
        make_note("assumption.tolerance", units=terms.tolerance_units, days=terms.tolerance_days),
        make_note("assumption.whole_days", zone=contract.timezone),
        make_note("assumption.price", which=PRICED_AT[terms.priced_at]),
    ]
    if position.excluded and position.confirmed is None:
        said.append(make_note("assumption.rows_not_counted", rows=len(position.excluded)))
    return tuple(said)


def _amendments(contract: Contract, position: Position) -> list[Amendment]:
    return [
        found
        for found in contract.amendments
        if found.deployment == position.deployment and found.metric == position.metric
    ]


def _covered_later(facts: RuleContext, position: Position, point: CountedPoint | None = None) -> Amendment | None:
    """The amendment after a point over (by default the latest) that entitles to what was used then."""
    contract = facts.contract(position)
    points = facts.points(position)
    chosen = point or (points[-1] if points else None)
    if contract is None or chosen is None:
        return None
    product = facts.product(position.deployment)
    for amendment in _amendments(contract, position):
        day = effective_on(contract, product, amendment)
        if day is None or not chosen.day < day <= facts.today:
            continue
        total = entitled_on(position.timeline, day)
        if isinstance(total, str) or (total is not None and total >= chosen.used):
            return amendment
    return None


def peak_over_now_within(facts: RuleContext) -> Iterator[Finding]:
    """Q102: over at the peak, within at the latest capture, and no amendment covered the peak."""
    for position in facts.positions:
        worst = peak_over(facts.points(position))
        if position.status != "within" or worst is None or _covered_later(facts, position, worst) is not None:
            continue
        day = worst.day
        words = words_for_position(facts, position) | {
            "peak": worst.used,
            "peak_day": day,
            "peak_over": worst.over,
            "peak_capture": worst.count.capture,
        }
        yield position_finding(
            "Q102",
            position,
            words,
            certainty="likely" if worst.count.certain else "needs_review",
            basis=(*facts.bases(worst.count, "displayed"), *position.basis),
            units=worst.over,
            since=worst.at,
        )


def over_before_amendment(facts: RuleContext) -> Iterator[Finding]:
    """Q103: over on an earlier day that a later amendment covers for the future and does not cure for the past."""
    for position in facts.positions:
        contract = facts.contract(position)
        found: list[tuple[CountedPoint, Amendment]] = []
        for point in facts.points(position):
            amendment = _covered_later(facts, position, point) if point.over > 0 else None
            if amendment is not None and amendment.cures_past_overage is not True:
                found.append((point, amendment))
        if not found or contract is None:
            continue
        point, amendment = max(found, key=lambda pair: pair[0].over)
        unit = unit_price(
            facts.estate,
            facts.deployment(position.deployment),
            contract,
            position.metric,
            point.count,
            point.day,
        )
        listed = None if unit is None else unit[0].times(point.over)
        net = None if listed is None else net_price(contract, listed)
        words = words_for_position(facts, position) | {
            "past_day": point.day,
            "past_used": point.used,
            "past_over": point.over,
            "amendment": amendment.id,
            "past_list": format_money(listed),
            "past_net": format_money(net),
        }
        yield position_finding(
            "Q103",
            position,
            words,
            variant="" if amendment.cures_past_overage is False else "silent",
            certainty="likely" if point.count.certain else "needs_review",
            basis=facts.bases(point.count, "displayed"),
            units=point.over,
            list_value=listed,
            net_value=net,
            assumptions=(make_note("assumption.units_of_the_past"),),
            since=point.at,
        )


def overage_growing(facts: RuleContext) -> Iterator[Finding]:
    """Q104: over, and rising in the last three captures."""
    for position in facts.positions:
        points = facts.points(position)[-3:]
        if len(points) < 3 or position.status not in ("over", "unlicensed", "over_permitted"):
            continue
        if all(one.over < two.over for one, two in pairwise(points)):
            words = words_for_position(facts, position) | {
                "series": " → ".join(str(point.over) for point in points),
                "since": points[0].day,
            }
            yield position_finding(
                "Q104",
                position,
                words,
                basis=facts.all_bases([point.count for point in points], "displayed"),
                since=points[0].at,
            )


def near_the_limit(facts: RuleContext) -> Iterator[Finding]:
    """Q105: within, at 90 % of the entitlement or more."""
    for position in facts.positions:
        total, used = position.entitled, position.all_units
        if (
            position.status != "within"
            or position.rule.code != EXCESS.code
            or not isinstance(total, int)
            or used is None
        ):
            continue
        if total > 0 and used * 10 >= total * 9:
            yield position_finding("Q105", position, words_for_position(facts, position))


def entitlement_unused(facts: RuleContext) -> Iterator[Finding]:
    """Q106: at most 80 % of the entitlement in every capture of a stretch of 180 days or more."""
    for position in facts.positions:
        run: list[CountedPoint] = []
        for point in reversed(facts.points(position)):
            total = entitled_on(position.timeline, point.day)
            if not isinstance(total, int) or point.used * 10 > total * 8:
                break
            run.append(point)
        if position.status == "within" and run and run[0].day - run[-1].day >= timedelta(days=180):
            words = words_for_position(facts, position) | {"since": run[-1].day, "runs": len(run)}
            yield position_finding(
                "Q106",
                position,
                words,
                since=run[-1].at,
            )


def over_own_cap(facts: RuleContext) -> Iterator[Finding]:
    """Q107: the page shows more in use than its own cap, or fewer than none remaining."""
    for position in facts.positions:
        current = facts.current(position)
        if current is None or current.counted is None:
            continue
        remaining = current.derived.get("remaining", "")
        over = current.counted - current.cap if isinstance(current.cap, int) else 0
        if over > 0 or remaining.startswith(("-", "−")):
            words = words_for_position(facts, position) | {"remaining": remaining or "–"}
            yield position_finding(
                "Q107",
                position,
                words,
                certainty="likely" if current.certain else "needs_review",
            )


def headline_against_list(facts: RuleContext) -> Iterator[Finding]:
    """Q108: the count the page states differs from the rows of its complete list."""
    for position in facts.positions:
        if position.displayed is None or position.listed is None or position.displayed == position.listed:
            continue
        words = words_for_position(facts, position) | {"listed": position.listed}
        yield position_finding(
            "Q108",
            position,
            words,
            certainty="certain",
        )


def sudden_drop(facts: RuleContext) -> Iterator[Finding]:
    """Q109: the count falls by a fifth or more between two captures, or from before a notice to after it."""
    for position in facts.positions:
        series = facts.counted(position)
        drops = [(one, two, "") for one, two in pairwise(series) if _fell(one, two)]
        contract = facts.contract(position)
        for event in facts.events(contract, position.deployment):
            if event.kind != "notice" or len(event.days) != 1:
                continue
            before = [one for one in series if facts.day(one.captured_at, contract) <= event.days[0]]
            after = [one for one in series if facts.day(one.captured_at, contract) > event.days[0]]
            if before and after and _fell(before[-1], after[-1]):
                drops.append((before[-1], after[-1], event.what))
        if not drops:
            continue
        one, two, after_what = drops[-1]
        words = words_for_position(facts, position) | {
            "before": one.counted,
            "before_day": facts.day(one.captured_at, contract),
            "after": two.counted,
            "after_day": facts.day(two.captured_at, contract),
            "event": after_what,
        }
        yield position_finding(
            "Q109",
            position,
            words,
            variant="notice" if after_what else "",
            basis=facts.all_bases([one, two], "displayed"),
            since=two.captured_at,
        )


def _fell(one: Count, two: Count) -> bool:
    before, after = one.counted or 0, two.counted or 0
    return before > 0 and after * 10 <= before * 8


def shared_pool(facts: RuleContext) -> Iterator[Finding]:
    """Q111: the counts of all deployments that share a quantity add up to more than it."""
    sharers: dict[tuple[str | None, str], list[Position]] = {}
    for one in facts.positions:
        sharers.setdefault((one.contract, one.metric), []).append(one)
    for contract in facts.estate.contracts.values():
        for metric, pool in contract.pools.items():
            sharing = sharers.get((contract.id, metric), [])
            known = [one for one in sharing if one.all_units is not None and one.timeline]
            used = sum(one.all_units or 0 for one in known)
            if not known or not isinstance(pool, int) or used <= pool:
                continue
            moments = [one.captured_at for one in known if one.captured_at is not None]
            window = (max(moments) - min(moments)).days if moments else 0
            first = known[0]
            unit = unit_price(
                facts.estate,
                facts.deployment(first.deployment),
                contract,
                metric,
                facts.counted(first)[-1],
                facts.today,
            )
            listed = None if unit is None else unit[0].times(used - pool)
            yield make_finding(
                "Q111",
                deployment=first.deployment,
                contract=contract.id,
                metric=metric,
                words={
                    "contract": contract.id,
                    "used": used,
                    "pool": pool,
                    "over": used - pool,
                    "count": len(known),
                    "window": window,
                },
                certainty="likely" if window <= 1 else "needs_review",
                basis=tuple(basis for one in known for basis in one.basis[:1]),
                units=used - pool,
                list_value=listed,
                net_value=None if listed is None else net_price(contract, listed),
                others=tuple(one.deployment for one in known[1:]),
            )
