"""What every `TimestampAuthority` does: never raise, and call nothing verified but a token over these very bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.clock import monotonic, now
from auditor.custody.timestamps.client import HttpTimestampAuthority
from auditor.demo.authority import Behaviour
from auditor.model.ports import DigestName, TimestampAnswer, TimestampAuthority
from tests.custody import practice_authorities as practice

DATA = "注册授权信息 34 of an unlimited number".encode()
REFUSED: tuple[Behaviour, ...] = ("wrong_imprint", "wrong_nonce", "foreign_token", "replay", "expired_signer")


@dataclass
class Desk:
    """A plug with a real authority behind it that can be told to misbehave."""

    plug: TimestampAuthority
    behave: Callable[[Behaviour], None]
    bound_seconds: float
    """The longest that the plug may take, as it was made."""

    def ask(self, data: bytes = DATA, algorithm: DigestName = "sha256") -> TimestampAnswer:
        return self.plug.stamp(data, at=now, finished_at=now(), algorithm=algorithm)


def _http(folder: Path) -> Iterator[Desk]:
    with practice.authorities(folder) as stamps:
        plug = HttpTimestampAuthority(stamps.pinned()[0], practice.QUICK)
        yield Desk(plug, stamps.behave, practice.QUICK.whole)


PLUGS: dict[type, Callable[[Path], Iterator[Desk]]] = {HttpTimestampAuthority: _http}


@pytest.fixture(scope="module", params=PLUGS, ids=lambda plug: plug.__name__)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    yield from PLUGS[request.param](tmp_path_factory.mktemp("authority"))


@pytest.fixture
def desk(opened: Desk) -> Iterator[Desk]:
    yield opened
    opened.behave("honest")


def test_it_says_who_it_is_and_what_it_is_judged_by(desk: Desk) -> None:
    assert desk.plug.authority.id
    assert desk.plug.authority.owner
    assert b"BEGIN CERTIFICATE" in desk.plug.certificates


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_an_honest_answer_is_verified_and_kept_byte_for_byte(desk: Desk, algorithm: DigestName) -> None:
    before = now()
    answer = desk.ask(algorithm=algorithm)
    verdict = answer.verdict
    assert (verdict.status, verdict.why, answer.failed_check) == ("verified", "", "")
    assert (verdict.authority, verdict.owner) == (desk.plug.authority.id, desk.plug.authority.owner)
    assert hashlib.new(algorithm, DATA).digest() in answer.request
    assert hashlib.new(algorithm, DATA).digest() in answer.response
    assert before <= answer.asked_at <= now()
    assert verdict.gen_time is not None
    assert abs(verdict.gen_time - answer.asked_at) < timedelta(minutes=5)
    assert answer.chain
    assert answer.valid is not None
    assert answer.valid[0] <= verdict.gen_time <= answer.valid[1]


def test_no_two_askings_are_alike(desk: Desk) -> None:
    assert desk.ask().request != desk.ask().request


@pytest.mark.parametrize("behaviour", REFUSED)
def test_a_token_that_proves_nothing_is_refused_and_kept(desk: Desk, behaviour: Behaviour) -> None:
    desk.behave(behaviour)
    answer = desk.ask()
    assert answer.verdict.status == "refused"
    assert answer.verdict.why
    assert answer.failed_check.startswith("token.")
    assert answer.response
    assert answer.chain == ()


@pytest.mark.parametrize("behaviour", ["unavailable", "drop", "html"])
def test_no_token_is_absent_with_the_reason(desk: Desk, behaviour: Behaviour) -> None:
    desk.behave(behaviour)
    answer = desk.ask()
    assert (answer.verdict.status, answer.response) == ("absent", b"")
    assert answer.verdict.why
    assert answer.request


def test_silence_costs_no_more_than_its_bound(desk: Desk) -> None:
    desk.behave("hang")
    began = monotonic()
    assert desk.ask().verdict.status == "absent"
    assert monotonic() - began < desk.bound_seconds + 5


def test_a_token_older_than_the_thing_is_refused(desk: Desk) -> None:
    later = now() + timedelta(hours=1)
    answer = desk.plug.stamp(DATA, at=now, finished_at=later, algorithm="sha256")
    assert (answer.verdict.status, answer.failed_check) == ("refused", "token.time")


def test_several_threads_may_ask_at_once(desk: Desk) -> None:
    things = [f"thing {number}".encode() for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(desk.ask, things))
    assert [answer.verdict.status for answer in answers] == ["verified"] * 4
    for thing, answer in zip(things, answers, strict=True):
        assert hashlib.sha256(thing).digest() in answer.response
