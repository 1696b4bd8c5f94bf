"""Generated contracts: the timeline against a count made day by day from the bare facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.findings import EntitlementStep
from auditor.model.targets.contracts import (
    AfterEnd,
    Amendment,
    AuthorisedDeployment,
    Contract,
    ContractEnd,
    Edition,
    Effective,
    ListPrice,
    Payment,
    Period,
    Product,
    Renewal,
    Term,
    Unlimited,
)
from auditor.reconciliation.entitlement.timeline import entitled_on, entitlement_timeline
from tests.reconciliation.worked_contract import BRANCH, CONTRACT, yuan

START = date(2020, 1, 1)
SPAN = 120
"""Everything happens within so many days: collisions on one day are wanted."""
days = st.integers(0, SPAN).map(lambda number: START + timedelta(days=number))
some_day = st.none() | days
INCLUDED: Mapping[str, int | Unlimited] = {"small": 1, "large": 20, "endless": "unlimited"}
KINDS: tuple[Literal["add_units", "remove_units", "set_unlimited"], ...] = (
    "add_units",
    "remove_units",
    "set_unlimited",
)
MEANS: tuple[Literal["perpetual", "must_stop"] | None, ...] = ("perpetual", "must_stop", None)
EDITIONS = tuple(
    Edition(name, (name,), (ListPrice(date(2015, 1, 1), yuan("1000"), includes, yuan("10"), "list"),))
    for name, includes in INCLUDED.items()
)
PRODUCT = Product("libsys", "LIBSYS", (BRANCH,), EDITIONS)


@st.composite
def orders(draw: st.DrawFn) -> AuthorisedDeployment:
    start = draw(days)
    through = draw(some_day)
    edition = draw(st.sampled_from(["small", "large", "large", "endless"]))
    return AuthorisedDeployment("hefei", edition, start, None if through is None else max(start, through))


@st.composite
def changes(draw: st.DrawFn) -> Amendment:
    signed = draw(days)
    effective = draw(
        st.sampled_from([Effective(upon="signature"), Effective(upon="acceptance"), Effective(upon="payment")])
        | days.map(lambda on: Effective(on=on))
    )
    kind = draw(st.sampled_from((*KINDS[:1], *KINDS)))
    paid = draw(
        st.lists(st.tuples(days, st.sampled_from(["5", "10"]), st.sampled_from(["", "maintenance"])), max_size=3)
    )
    return Amendment(
        "S1",
        "",
        kind,
        draw(st.sampled_from(["hefei", "hefei", "wuhu"])),
        "branch",
        draw(st.integers(0, 9)),
        signed,
        effective,
        accepted_on=draw(some_day),
        net=yuan("10"),
        payments=tuple(Payment(on, yuan(amount), purpose=purpose) for on, amount, purpose in paid),
        known_from=draw(some_day),
    )


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    ended = draw(some_day)
    means: Literal["perpetual", "must_stop"] | date | None = draw(st.one_of(st.sampled_from(MEANS), days))
    after = AfterEnd(
        draw(st.sampled_from(["allowed", "forbidden", None])),
        draw(st.sampled_from(["allowed", "forbidden", None])),
        means,
        draw(st.integers(0, 20)),
    )
    renewal = draw(st.sampled_from([Renewal("none"), Renewal("automatic", Period(months=1)), Renewal("by_agreement")]))
    through = draw(some_day)
    term = Term(START, through, renewal, None if ended is None else ContractEnd("agreement", ended), after)
    starts = draw(st.lists(orders(), min_size=1, max_size=3, unique_by=lambda order: order.from_))
    return replace(
        CONTRACT, term=term, authorised=tuple(starts), amendments=tuple(draw(st.lists(changes(), max_size=4)))
    )


def counted_by_hand(contract: Contract, day: date, known: date | None) -> int | Unlimited | None:
    """The same question asked of the facts directly, for one day and without any timeline."""
    term, after = contract.term, contract.term.after_end
    end: date | None = None
    if term.ended is not None:
        end = term.ended.last_day
    elif term.through is not None and term.renewal.mode != "automatic":
        end = term.through
    if end is not None and day > end:
        last = end
        if after.existing_units == "must_stop":
            last = end + timedelta(days=after.wind_down_days)
        elif after.existing_units == "perpetual":
            last = date.max
        elif isinstance(after.existing_units, date):
            last = max(end, after.existing_units)
        if day > last:
            return None
    running = None
    for order in contract.authorised:
        late = end is not None and order.from_ > end and after.new_deployments == "forbidden"
        if not late and order.from_ <= day and (order.through is None or day <= order.through):
            running = order if running is None or order.from_ > running.from_ else running
    if running is None:
        return None
    units, endless = {"small": 1, "large": 20, "endless": 0}[running.edition], running.edition == "endless"
    for change in contract.amendments:
        if change.deployment != "hefei" or (known is not None and (change.known_from or change.signed_on) > known):
            continue
        since = first_day(change, known)
        if since is None or since > day:
            continue
        if end is not None and since > end and after.added_units == "forbidden":
            continue
        if change.kind == "set_unlimited":
            endless = True
        else:
            units += change.units if change.kind == "add_units" else -change.units
    return "unlimited" if endless else max(0, units)


def first_day(change: Amendment, known: date | None) -> date | None:
    if change.effective.on is not None:
        return change.effective.on
    if change.effective.upon == "signature":
        return change.signed_on
    if change.effective.upon == "acceptance":
        return change.accepted_on
    sums = [
        (payment.paid_on, int(payment.amount.amount))
        for payment in change.payments
        if not payment.purpose and (known is None or payment.paid_on <= known)
    ]
    reached = [on for on, _ in sums if sum(amount for paid_on, amount in sums if paid_on <= on) >= 10]
    return min(reached, default=None)


def steps_of(contract: Contract, known: date | None) -> tuple[EntitlementStep, ...]:
    last = START + timedelta(days=2 * SPAN)
    return entitlement_timeline(contract, PRODUCT, "hefei", "branch", as_known_on=known, as_of=last)


@given(contract=contracts(), known=some_day)
@settings(max_examples=120, deadline=None)
def test_every_day_is_entitled_to_what_the_facts_of_that_day_say(contract: Contract, known: date | None) -> None:
    steps = steps_of(contract, known)
    for number in range(-2, SPAN + 45):
        day = START + timedelta(days=number)
        assert entitled_on(steps, day) == counted_by_hand(contract, day, known), day


@given(contract=contracts())
@settings(max_examples=40, deadline=None)
def test_steps_rise_by_day_and_generated_terms_are_labelled(contract: Contract) -> None:
    steps = steps_of(contract, None)
    assert [step.from_ for step in steps] == sorted(step.from_ for step in steps)
    assert all(step.by_rule == (step.why.code == "entitlement.renewed") for step in steps)
    assert all(step.units == 0 for step in steps if step.by_rule)
    assert all(step.source for step in steps)
