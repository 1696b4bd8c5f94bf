"""Which worker may have work, and what becomes of one that is not well: told from values, and from a server."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import urllib3

from auditor.capture import observe_egress
from auditor.capture.environment.egress import LINGERING
from auditor.clock import monotonic
from auditor.demo.http_server import Application, HttpRequest, HttpResponse, LoopbackServer
from auditor.errors import AwayError, CaptureError, ConfigError, VaultError
from auditor.fleet import Vantage
from auditor.workflow.fleet.faults import MOST_FAULTS, FaultCount, again_seconds, ends_worker, where_raised
from auditor.workflow.fleet.fitness import WorkerFacts, why_other_targets, why_unfit
from auditor.workflow.fleet.heartbeat import keep_beating
from auditor.workflow.fleet.worker_fitness import EgressWatch

DECLARED = Vantage("eu", ("203.0.113.0/24", "2001:db8::/32"), "https://observer.example/")
HERE = timedelta(0)


@pytest.mark.parametrize("seconds", [-5, -4.9, 0, 5])
def test_a_clock_within_five_seconds_is_right(seconds: float) -> None:
    assert why_unfit(WorkerFacts(timedelta(seconds=seconds)), Vantage("eu")) == ""


@pytest.mark.parametrize(("seconds", "side"), [(-7200, "ahead of"), (7200, "behind"), (5.1, "behind")])
def test_a_clock_that_is_further_off_gets_no_work(seconds: float, side: str) -> None:
    assert f"s {side} the database's" in why_unfit(WorkerFacts(timedelta(seconds=seconds)), Vantage("eu"))


@pytest.mark.parametrize("egress", ["203.0.113.9", "2001:db8::7"])
def test_seen_from_where_the_vantage_declares(egress: str) -> None:
    assert why_unfit(WorkerFacts(HERE, egress), DECLARED) == ""


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (WorkerFacts(HERE, "198.51.100.1"), "it is seen from 198.51.100.1; vantage eu declares 203.0.113.0/24"),
        (WorkerFacts(HERE, "::ffff:203.0.113.9"), "it is seen from ::ffff:203.0.113.9"),
        (WorkerFacts(HERE, "", "it does not answer"), "is not known: it does not answer"),
        (WorkerFacts(HERE, "nonsense"), "it is seen from nonsense"),
    ],
)
def test_seen_from_elsewhere_or_nobody_knows(facts: WorkerFacts, why: str) -> None:
    assert why in why_unfit(facts, DECLARED)


def test_where_nothing_is_declared_nothing_is_checked() -> None:
    assert why_unfit(WorkerFacts(HERE, "198.51.100.1"), Vantage("eu")) == ""


def test_other_targets_are_told_by_their_first_file() -> None:
    assert why_other_targets({"a.yaml": "1", "b.yaml": "2"}, {"b.yaml": "2", "a.yaml": "1"}) == ""
    assert "its a.yaml is not" in why_other_targets({"a.yaml": "1"}, {"a.yaml": "2"})
    assert "(2 differ)" in why_other_targets({"a.yaml": "1"}, {"b.yaml": "1"})


def test_a_disk_without_room_gets_no_work() -> None:
    assert "its disk has 20 MiB free" in why_unfit(WorkerFacts(HERE, free_bytes=20 << 20), Vantage("eu"))
    assert why_unfit(WorkerFacts(HERE, free_bytes=2 << 30), Vantage("eu")) == ""


def test_after_each_fault_a_worker_waits_longer_and_after_several_it_ends() -> None:
    count = FaultCount()
    assert [count.failed() for _ in range(MOST_FAULTS - 1)] == [2, 4, 8, 16] and not count.too_many
    count.kept()
    count.failed()
    assert not count.too_many
    for _ in range(9):
        assert count.failed() <= 60
    assert count.too_many


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 30), (2, 60), (5, 480), (8, 3600), (5000, 3600)])
def test_a_request_whose_attempts_fail_is_tried_less_and_less_often(attempt: int, seconds: int) -> None:
    assert again_seconds(attempt) == seconds


def test_what_every_visit_would_run_into_ends_a_worker() -> None:
    full = VaultError("no room")
    full.__cause__ = OSError(28, "No space left on device")
    assert all(map(ends_worker, [full, ConfigError("refused"), CaptureError("no browser")]))
    assert not any(map(ends_worker, [VaultError("exists already"), AwayError("later"), ValueError("odd")]))


def test_where_an_error_came_from_is_one_line() -> None:
    try:
        json.loads("{")
    except ValueError as error:
        said = where_raised(error)
    assert "decoder.py:" in said and "test_where_an_error_came_from_is_one_line" in said and "\n" not in said


def test_a_sign_of_life_needs_no_place_of_a_visit_and_outlives_every_error() -> None:
    free, beats, told = threading.Event(), list[int](), list[str]()

    def beat() -> None:
        beats.append(len(beats))
        if len(beats) < 4:
            raise (VaultError("away"), OSError("odd"), urllib3.exceptions.ProtocolError("odd"))[len(beats) - 1]

    async def work() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        visit = loop.run_in_executor(None, free.wait, 20)
        beating = asyncio.create_task(keep_beating(beat, 0.01, told.append))
        try:
            async with asyncio.timeout(10):
                while len(told) < 2:
                    await asyncio.sleep(0.01)
        finally:
            beating.cancel()
            free.set()
            await visit

    asyncio.run(work())
    assert len(beats) >= 5 and set(told) == {"WATCHDOG=1"}


def test_an_observer_that_breaks_off_is_told() -> None:
    class Broken(Application):
        def answer(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse(b"203.0.113.9", headers=(("Content-Encoding", "gzip"),), media_type="text/plain")

    server = LoopbackServer(Broken(), name="observer", port=0)
    server.start()
    try:
        assert observe_egress(f"http://127.0.0.1:{server.port}/") == (
            "", f"http://127.0.0.1:{server.port}/ does not answer: DecodeError",
        )  # fmt: skip
    finally:
        server.stop()


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_observer_that_never_comes_to_an_end_is_told_in_time(before: bytes) -> None:
    """Each letter comes long before a reader would give the next one up; the address is whole before the answer is."""
    over = threading.Event()

    def drip(listening: socket.socket) -> None:
        with listening.accept()[0] as asked:
            asked.sendall(before)
            for letter in itertools.cycle(b"203.0.113.9"):
                if over.wait(0.1):
                    return
                asked.sendall(bytes([letter]))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, args=(listening,), daemon=True)
        dripping.start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        began = monotonic()
        told = observe_egress(address, 1.5)
        took = monotonic() - began
        over.set()
        dripping.join()
    assert told == ("", f"{address} does not answer within 1.5 s") and took < 3


def test_an_observer_that_is_not_asked_since_too_many_linger_is_told_as_that() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address, held = f"http://127.0.0.1:{silent.getsockname()[1]}/", list[socket.socket]()
        for _ in range(LINGERING):
            asking = threading.Thread(target=observe_egress, args=(address, 30.0), daemon=True)
            asking.start()
            held.append(silent.accept()[0])
        told = observe_egress(address, 0.3)
        for one in held:
            one.close()
    assert told == ("", f"{address} was not asked: {LINGERING} answers are awaited already")


def test_nobody_is_believed_who_is_no_longer_to_be_asked() -> None:
    class Observer(Application):
        def answer(self, request: HttpRequest) -> HttpResponse:
            asked.append(request.path)
            return HttpResponse(b"203.0.113.9\n", media_type="text/plain")

    asked: list[str] = []
    server, watch = LoopbackServer(Observer(), name="observer", port=0), EgressWatch()
    server.start()
    try:
        address = f"http://127.0.0.1:{server.port}"
        assert watch.look(f"{address}/a") == watch.look(f"{address}/a") == ("203.0.113.9", "")
        assert watch.look("") == ("", "")
        watch.look(f"{address}/b")
        assert asked == ["/a", "/b"]
    finally:
        server.stop()
