"""Which visit comes next: limits of a host, pauses, hosts that asked to be left alone."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.targets.estate import HostRule, Politeness
from auditor.planning import HostQueue, retry_after_seconds

NOW = datetime(2026, 1, 5, 3, tzinfo=UTC)


def way(politeness: Politeness, stops: dict[str, int], held: dict[str, float] | None = None) -> HostQueue[str]:
    made: HostQueue[str] = HostQueue(politeness, held or {})
    for host, count in stops.items():
        made.add(host, [(0.0, f"{host}{number}") for number in range(count)])
    return made


def test_no_more_visits_to_a_host_than_it_may_have() -> None:
    made = way(Politeness(HostRule(2, 0.0)), {"a": 3})
    first, second, third = made.take(0), made.take(0), made.take(0)
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.stop, second.stop, third.stop, third.wait) == ("a0", "a1", None, math.inf)
    made.release("a")
    after = made.take(0)
    assert after is not None
    assert after.stop == "a2"
    assert made.take(0) is None


def test_a_pause_between_two_visits_and_another_host_meanwhile() -> None:
    made = way(Politeness(HostRule(4, 10.0), {"b": HostRule(1, 0.0)}), {"a": 2, "b": 1})
    taken = [made.take(1.0) for _ in range(3)]
    assert [(one.stop, one.wait) for one in taken if one] == [("a0", 0.0), ("b0", 0.0), (None, 10.0)]
    later = made.take(11.0)
    assert later is not None
    assert later.stop == "a1"


def test_a_host_that_asked_is_waited_for_or_given_up() -> None:
    made = way(Politeness(HostRule(1, 0.0), longest_wait_seconds=60), {"a": 2, "b": 1}, held={"a": 30.0})
    first = made.take(0)
    assert first is not None
    assert first.stop == "b0"
    waiting = made.take(0)
    assert waiting is not None
    assert (waiting.stop, waiting.wait) == (None, 30.0)
    made.hold("a", 7200)
    refused = [made.take(0), made.take(0)]
    assert [(one.stop, one.held_for) for one in refused if one] == [("a0", 7200), ("a1", 7200)]
    assert made.take(0) is None


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(1, 6), min_size=1),
    st.integers(1, 3),
    st.floats(0, 5),
    st.randoms(),
)
def test_every_stop_once_within_the_limits(stops: dict[str, int], most: int, pause: float, dice: object) -> None:
    made = way(Politeness(HostRule(most, pause)), stops)
    now, active, begun, seen = 0.0, dict.fromkeys(stops, 0), dict.fromkeys(stops, -math.inf), []
    while (turn := made.take(now)) is not None:
        if turn.stop is None:
            busy = [host for host, count in active.items() if count]
            if turn.wait == math.inf or (busy and dice.random() < 0.5):  # type: ignore[attr-defined]
                active[busy[0]] -= 1
                made.release(busy[0])
            else:
                now += turn.wait
            continue
        seen.append(turn.stop)
        active[turn.host] += 1
        assert active[turn.host] <= most
        assert now - begun[turn.host] >= pause - 1e-9
        begun[turn.host] = now
    assert sorted(seen) == sorted(f"{host}{number}" for host, count in stops.items() for number in range(count))


def test_retry_after_in_both_forms() -> None:
    assert retry_after_seconds("120", NOW) == 120
    assert retry_after_seconds("Mon, 05 Jan 2026 03:10:00 GMT", NOW) == 600
    assert retry_after_seconds("Mon, 05 Jan 2026 02:00:00 GMT", NOW) == 0
    assert retry_after_seconds("99999999999999", NOW) == 7 * 86_400
    assert retry_after_seconds("soon", NOW) is None
    assert retry_after_seconds("-5", NOW) is None
