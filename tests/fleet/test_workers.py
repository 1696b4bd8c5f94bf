"""From a request to a sealed package: a worker's visit, under a lease, into the store and the ledger."""

from __future__ import annotations

import signal
from collections.abc import Callable

import psycopg
import pytest

from auditor.formats import manifest
from auditor.model.events import CaptureCommitted
from auditor.workflow.fleet.status import fleet_status
from tests.fleet.test_chaos import SlowSite
from tests.fleet.world import LIMIT, FleetWorld, end
from tests.scheduler import loopback_estate
from tests.workflow import http_estate

ENDED = "select count(*) = 0 from auditor.request where ended_at is null"


def test_a_page_is_seen_by_chromium_and_becomes_evidence(fleet: Callable[[str], FleetWorld]) -> None:
    site = loopback_estate.Site()
    with loopback_estate.serving(site) as address:
        world = fleet(loopback_estate.targets(address, 1))
        world.maintain(())
        with world.worker() as process:
            world.until(ENDED)
            found = fleet_status(world.database)
            assert [one.at_work for one in found.vantages] == [1]
            assert not found.attempts
            end(process, signal.SIGTERM)
            assert process.returncode == 0, world.said()
    lines = world.judge(captures=1)
    kinds = [one.kind for one in lines if one.kind in {"run.opened", "plan", "intent", "capture", "run.closed"}]
    assert kinds == ["run.opened", "plan", "intent", "capture", "run.closed"]
    said = next(CaptureCommitted.of(one) for one in lines if one.kind == "capture")
    assert said.state == "complete"
    store = world.evidence("look")
    described = manifest.decode_manifest(store.read(f"{said.package}/{manifest.NAME}", LIMIT))
    assert described.capture.facts["vantage"] == "main"
    assert "registration/screenshot.png" in {one.path for one in described.capture.artefacts}
    (worker,) = fleet_status(world.database).vantages[0].workers
    assert worker.ended_at is not None and described.capture.facts["worker"] == worker.id


@pytest.mark.long
def test_two_workers_share_what_is_due_and_finish_it_when_asked_to_stop(fleet: Callable[[str], FleetWorld]) -> None:
    site = http_estate.JsonSite(busy={"d5": "1"})
    with http_estate.serving(site) as address:
        world = fleet(http_estate.targets(address, 12))
        world.maintain(())
        with world.worker("one") as one, world.worker("two") as two:
            world.until(ENDED, maintained=True)
            world.until("select count(*) = 2 from auditor.worker")
            end(one, signal.SIGTERM)
            end(two, signal.SIGTERM)
            assert (one.returncode, two.returncode) == (0, 0), world.said("one") + world.said("two")
    lines = world.judge(captures=12)
    assert sorted(site.asked) == sorted(f"d{number}" for number in range(12)), "each was visited once"
    closed = next(one for one in lines if one.kind == "run.closed")
    assert (closed.body["planned"], closed.body["complete"], closed.body["failed"]) == (12, 11, 1)


@pytest.mark.long
def test_a_worker_that_can_begin_nothing_ends_and_leaves_the_requests_to_others(
    fleet: Callable[[str], FleetWorld],
) -> None:
    site = SlowSite()
    with http_estate.serving(site) as address:
        world = fleet(http_estate.targets(address, 8))
        world.maintain(())
        with world.worker() as process:
            for _ in range(2):  # its two places
                assert site.arrived.acquire(timeout=120), world.said()
            begin = "function auditor.begin_attempt(text, integer, text, bigint, text)"
            with psycopg.connect(world.database, autocommit=True) as connection:
                connection.execute(f"revoke execute on {begin} from auditor_worker".encode())
            site.go.set()
            process.wait(60)
        assert process.returncode == 1, world.said()
        assert "5 visits in a row were not made or not kept; the last: VaultError" in world.said()
        assert len(site.asked) == 2
        assert world.one("select count(*) from auditor.ledger where kind in ('intent', 'gap')") == 2
        assert world.one("select count(*) from auditor.request where ended_at is null and next_try_at > due_at") >= 5
