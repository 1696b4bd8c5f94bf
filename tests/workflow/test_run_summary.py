"""A run's summary is a value, folded from the endings of its slots in whatever order they come."""

from __future__ import annotations

from dataclasses import asdict
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from auditor.workflow.audit.run_summary import RunSummary, VisitOutcome

OUTCOMES = st.lists(
    st.builds(
        VisitOutcome,
        capture=st.uuids().map(str),
        deployment=st.just("d"),
        state=st.sampled_from(["complete", "partial", "failed"]),
        sealed=st.booleans(),
    ),
    max_size=20,
    unique_by=lambda one: one.capture,
)


def folded(outcomes: list[VisitOutcome], planned: int = 20) -> RunSummary:
    return reduce(RunSummary.with_visit, outcomes, RunSummary(planned, run="r-1"))


@given(OUTCOMES)
def test_each_visit_counts_once(outcomes: list[VisitOutcome]) -> None:
    found = folded(outcomes)
    states = [one.state for one in outcomes]
    counted = (states.count("complete"), states.count("partial"), states.count("failed"))
    assert (found.complete, found.partial, found.failed) == counted
    assert found.sealed + len(found.waiting) == found.ended == len(outcomes)
    assert found.waiting == tuple(one.capture for one in outcomes if not one.sealed)
    backwards = folded(outcomes[::-1])
    assert {**asdict(backwards), "waiting": set(backwards.waiting)} == {**asdict(found), "waiting": set(found.waiting)}


@given(OUTCOMES, st.data())
def test_a_package_that_waited_is_counted_as_sealed_once(outcomes: list[VisitOutcome], data: st.DataObject) -> None:
    before = folded(outcomes)
    late = data.draw(st.lists(st.sampled_from([*before.waiting, "c-of-another-run"])))
    after = before.with_sealed_later(late)
    assert after.sealed + len(after.waiting) == before.sealed + len(before.waiting)
    assert set(after.waiting) == set(before.waiting) - set(late)
    assert after.with_sealed_later(late) == after


def test_gaps_and_a_stop() -> None:
    before = RunSummary(3)
    after = before.with_gaps(1).with_gaps(2, stopped=True)
    assert (after.gaps, after.ended, after.stopped) == (3, 3, True)
    assert after.with_gaps(0).stopped, "a stop is not forgotten"
    assert before == RunSummary(3), "values: nothing was changed in place"


def test_what_the_journal_keeps_of_it() -> None:
    found = RunSummary(4, complete=1, partial=1, failed=1, gaps=1, sealed=2, seconds=1.5, run="r-1", stopped=True)
    assert found.with_notices(["a certificate ends"]).closing_event().body() == {
        "run": "r-1", "planned": 4, "complete": 1, "partial": 1, "failed": 1, "gaps": 1, "sealed": 2,
        "milliseconds": 1500, "stopped": True,
    }  # fmt: skip
    assert "stopped" not in RunSummary(0, run="r-1").closing_event().body()
