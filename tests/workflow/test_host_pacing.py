"""When a slot is handed out: hosts apart, the earliest first, a stop noticed at once, `Retry-After` heeded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from auditor.model.events import HostDeferred
from auditor.model.targets.deployments import AccessBasis, Deployment
from auditor.model.targets.estate import HostRule, Politeness
from auditor.planning import QueueDecision
from auditor.workflow.audit.host_pacing import HostPacer, queue_slots, retry_after_of
from auditor.workflow.audit.slots import VisitSlot
from auditor.workflow.audit.visit_timing import VisitTiming
from tests.workflow.http_estate import capture_with

NOW = datetime(2026, 1, 5, 3, tzinfo=UTC)
ONE_AT_A_TIME = Politeness(HostRule(1, 0.0), longest_wait_seconds=60)


def slot(name: str, address: str) -> VisitSlot:
    basis = AccessBasis("public_page", "test")
    return VisitSlot("r-1", name, Deployment(name, "p", "licensed", address, basis, ("page",)))


def pacer(
    addresses: dict[str, str],
    *,
    delays: dict[str, float] | None = None,
    held: dict[str, float] | None = None,
    politeness: Politeness = ONE_AT_A_TIME,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = lambda: 100.0,
) -> HostPacer:
    timing = VisitTiming(2, held or {}, delays or {})
    slots = [slot(name, address) for name, address in addresses.items()]
    return HostPacer(queue_slots(slots, politeness, timing, 100.0), stop, clock)


def named(decision: QueueDecision[VisitSlot] | None) -> str:
    assert decision is not None
    assert decision.stop is not None
    return decision.stop.id


def test_a_host_is_the_same_on_every_port_and_in_every_case() -> None:
    assert slot("a", "http://Lib.Example:8801/x").host == slot("b", "https://lib.example/").host == "lib.example"


def test_delays_order_a_hosts_slots() -> None:
    made = pacer({"late": "http://a/", "soon": "http://a/"}, delays={"late": 30.0, "soon": 0.0})
    assert named(asyncio.run(made.next())) == "soon"
    assert made.left == 1


def test_a_slot_is_waited_for_until_its_host_is_free() -> None:
    async def go() -> tuple[str, bool, str]:
        made = pacer({"a0": "http://a/", "a1": "http://a/"})
        first = named(await made.next())
        waiting = asyncio.ensure_future(made.next())
        await asyncio.sleep(0.01)
        held = waiting.done()
        made.release("a")
        return first, held, named(await asyncio.wait_for(waiting, 5))

    assert asyncio.run(go()) == ("a0", False, "a1")


def test_at_the_end_there_is_none() -> None:
    async def go() -> QueueDecision[VisitSlot] | None:
        made = pacer({"a0": "http://a/"})
        assert made.expects_more
        await made.next()
        assert not made.expects_more
        return await made.next()

    assert asyncio.run(go()) is None


def test_a_stop_is_noticed_while_every_host_is_busy() -> None:
    asked: list[bool] = []

    async def go() -> QueueDecision[VisitSlot] | None:
        made = pacer({"a0": "http://a/", "a1": "http://a/"}, stop=lambda: bool(asked))
        await made.next()
        waiting = asyncio.ensure_future(made.next())
        await asyncio.sleep(0.01)
        asked.append(True)
        found = await asyncio.wait_for(waiting, 5)
        assert made.left == 1
        assert not made.expects_more
        return found

    assert asyncio.run(go()) is None


def test_a_host_that_is_held_for_too_long_is_given_up_with_the_seconds_that_are_left() -> None:
    decision = asyncio.run(pacer({"a0": "http://a/"}, held={"a": 90.0}).next())
    assert (named(decision), decision.held_for if decision else 0) == ("a0", 90.0)


def test_a_hold_counts_from_now() -> None:
    made = pacer({"a0": "http://a/", "b0": "http://b/"}, clock=lambda: 100.0)
    made.hold("a", 3600.0)
    found = {named(one): one.held_for for one in (asyncio.run(made.next()), asyncio.run(made.next())) if one}
    assert found == {"a0": 3600.0, "b0": 0.0}


@pytest.mark.parametrize(
    ("header", "seconds"), [("120", 120.0), ("Mon, 05 Jan 2026 03:10:00 GMT", 600.0), ("soon", None), ("0", None)]
)
def test_what_a_host_asks_for(header: str, seconds: float | None) -> None:
    asked = retry_after_of("a", capture_with({"retry_after": header}), NOW)
    assert (asked.seconds if asked else None) == seconds
    if asked is not None:
        assert asked.until == NOW + timedelta(seconds=asked.seconds)
        assert asked.event() == HostDeferred(host="a", until=asked.until, header=header, capture="c-1")


def test_a_host_that_asks_for_nothing() -> None:
    assert retry_after_of("a", capture_with({}), NOW) is None
