"""What a fleet tells by itself: the maintenance that leads sends what `auditor schedule` sends on one machine.

Real database, real store, a real receiver of webhooks and a real mail server.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import Message
from pathlib import Path

import pytest

from auditor.clock import now
from auditor.custody import Journal, open_keys
from auditor.fleet import DatabaseAddress, DatabaseLease, PostgresJournalStore, connect
from auditor.model.events import AlertFailed, AlertSent, ChannelResult, JournalEvent, ScheduleAdopted, parse_entry
from auditor.planning import ScheduleHistory, due_digest, schedule_definition
from auditor.workflow.index import catching_up
from auditor.workflow.index.catching_up import bring_up_to_date
from auditor.workflow.replica.acting import ALERTING
from auditor.workflow.replica.turns import my_turn
from auditor.workflow.wiring import open_custody, read_targets
from auditor.workspace import Workspace
from tests.alerting.receivers import Hook, Post, hooked, posting
from tests.cli.small_workspace import commit_in
from tests.custody.practice_authorities import Authorities
from tests.fleet.moved_workspace import Moved, elsewhere, new_place
from tests.fleet.servers import PostgresServer, StoreServer
from tests.fleet.world import FleetWorld
from tests.scheduler.loopback_estate import interval

WEBHOOK = "webhooks: {ops: {url_env: HOOK, secret_env: HOOK_KEY}}"


@dataclass
class Told:
    """A workspace that moved, and what was received of it."""

    moved: Moved
    hook: Hook
    post: Post

    @property
    def world(self) -> FleetWorld:
        return FleetWorld(self.moved.root, self.moved.database, self.moved.store, self.moved.environment)

    @contextmanager
    def maintained(self, count: int = 1) -> Iterator[list[str]]:
        """So many maintenances at once, of which one leads, until the block ends; what they say."""
        world, threads = self.world, []
        found = [world.maintenance() for _ in range(count)]
        for one in found:
            threads.append(threading.Thread(target=one.run))
            threads[-1].start()
        try:
            yield world.told
        finally:
            for one in found:
                one.stop.set()
            for thread in threads:
                thread.join(90)
            assert not any(thread.is_alive() for thread in threads)

    def lines(self, wanted: type[JournalEvent]) -> list[JournalEvent]:
        found = bring_up_to_date(self.moved.root, indexed=False)
        assert found is not None
        with closing(Journal.open(found.workspace.root)) as journal:
            entries = list(journal.entries(kinds=("schedule",)))
        return [one for one in map(parse_entry, entries) if isinstance(one, wanted)]

    def raised(self, kind: str) -> list[str]:
        """Keys of that kind in every message so far."""
        return [one["key"] for said in self.hook.received for one in said["raised"] if one["kind"] == kind]

    def over(self) -> list[str]:
        return [key for said in self.hook.received for key in said["over"]]


def until(found: Callable[[], object], said: Sequence[str] = (), seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, said
        time.sleep(0.1)


@pytest.fixture
def tell(
    tmp_path: Path,
    stamps: Authorities,
    postgres: PostgresServer,
    store: StoreServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Told]]:
    """Moves a workspace whose `targets.yaml` declares these alerts, and schedules."""
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as stack:
        hook, post = stack.enter_context(hooked()), stack.enter_context(posting())
        monkeypatch.setenv("HOOK", hook.url)
        monkeypatch.setenv("HOOK_KEY", "k")

        def made(alerts: str, more: str = "") -> Told:
            mail = f"mail: {{server: 127.0.0.1, port: {post.port}, security: none, sender: a@x.example,"
            alerts = alerts.replace("MAIL", f"{mail} recipients: [b@x.example]}}")

            def declare(root: Path) -> None:
                with (root / "targets.yaml").open("a", encoding="utf-8") as out:
                    out.write(f"alerts: {{{alerts}}}\n{more}")

            return Told(new_place(tmp_path, stamps, postgres, store, declare), hook, post)

        yield made


def digests(here: Told) -> list[dict[str, bytes]]:
    """What is attached to each digest that the mail server took."""
    letters = [
        {one.get_filename() or "": _content(one) for one in letter.iter_attachments()} for letter in here.post.letters
    ]
    return [one for one in letters if b"auditor.digest/1" in one["alert.json"]]


def _content(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found


def record_at(moved: Moved, at: datetime, event: JournalEvent) -> None:
    """A line of an earlier moment, as another process with the key writes it."""
    kept = PostgresJournalStore(DatabaseAddress(moved.database))
    journal = Journal.open(moved.root, open_keys(moved.root), lambda: at, kept)
    journal.record(event)
    journal.close()
    kept.close()


def test_findings_are_told_once_and_that_they_ended_too(tell: Callable[..., Told]) -> None:
    """By two maintenances, of which one leads; the other goes on where it ends, and sends nothing again."""
    here = tell(f"{WEBHOOK}, least_severity: low")
    standing = [one["fingerprint"] for one in here.moved.report()["findings"] if one["severity"] != "info"]
    assert standing
    with here.maintained(2) as told:
        until(lambda: here.raised("finding") and here.lines(AlertSent), told)
        (sent,) = here.lines(AlertSent)
        assert isinstance(sent, AlertSent) and sorted(sent.raised) == sorted(f"finding/{one}" for one in standing)
        assert [(one.channel, one.ok) for one in sent.channels] == [("webhook ops", True)]
        found = bring_up_to_date(here.moved.root)
        assert found is not None
        with open_custody(found.workspace) as held:  # another process, beside the one that leads
            commit_in(held, "covered", 2)  # within what is authorised
        until(here.over, told)
    left = {one["fingerprint"] for one in here.moved.report()["findings"] if one["baseline"] != "absent"}
    assert set(here.over()) == {f"finding/{one}" for one in standing if one not in left}
    before = len(here.hook.received)
    with here.maintained(2) as told:
        until(lambda: sum("leads" in line for line in told), told)
        time.sleep(3)
    here.world.maintain()
    assert len(here.hook.received) == before
    assert len(here.raised("finding")) == len(set(here.raised("finding")))
    assert ", 0 failed," in here.moved.auditor("verify")[0]


def test_two_processes_do_not_tell_at_the_same_time(tell: Callable[..., Told]) -> None:
    """While another one tells, as who looks from outside does, nothing is sent; the next pass sends what is left."""
    here = tell(f"{WEBHOOK}, least_severity: low")
    address = DatabaseAddress(here.moved.database)
    with connect(address, "auditor_maintenance") as connection:
        assert DatabaseLease(connection, address).take([ALERTING]) == ""
        here.world.maintain()
        assert here.hook.received == []
    here.world.maintain()
    assert len(here.hook.received) == 1


def test_slots_that_nobody_began_are_told_as_they_are_recorded(tell: Callable[..., Told]) -> None:
    every = interval(now())
    here = tell(WEBHOOK, f"schedules: {{hourly: {{every_seconds: {every}, missed: skip, grace_seconds: 60}}}}\n")
    (schedule,) = read_targets(Workspace(here.moved.root))[0].schedules.values()
    at = now()
    last = int(at.timestamp()) // every * every
    since = at - timedelta(seconds=int(at.timestamp()) - last + every + every // 2)
    adopted = ScheduleAdopted(schedule="hourly", definition=schedule_definition(schedule))
    record_at(here.moved, since, adopted)
    with here.maintained() as told:
        until(lambda: here.raised("missed"), told)
        until(lambda: here.raised("finding"), told)
    with here.moved.there() as held:
        gaps = [str(one.body["slot"]) for one in held.journal.entries(kinds=("gap",)) if one.body.get("schedule")]
    assert len(gaps) == 2 and here.raised("missed") == [f"missed/{slot}" for slot in gaps]
    assert here.raised("overdue") == []
    here.world.maintain()
    assert len(here.raised("missed")) == 2


def test_the_digest_leaves_when_its_moment_has_come_and_once(tell: Callable[..., Told]) -> None:
    here = tell('MAIL, least_severity: high, digest: {cron: "0 8 * * 1", lang: zh, statements: true}')
    with here.moved.there() as held:
        commit_in(held, "covered", 9)
    with here.maintained() as told:
        until(lambda: digests(here), told)
    (attached,) = digests(here)
    assert "covered" in [one["subject"] for one in json.loads(attached["alert.json"])["over"]]
    assert "statement-reader.zh.docx" in attached
    here.world.maintain()
    here.world.maintain()
    keys = [key for one in here.lines(AlertSent) if isinstance(one, AlertSent) for key in one.raised]
    assert len([key for key in keys if key.startswith("digest/")]) == 1
    assert len(digests(here)) == 1


def test_a_channel_that_fails_is_told_and_keeps_nothing_from_going_on(
    tell: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tell(f"{WEBHOOK}, least_severity: low")
    here.hook.status = 503
    with here.maintained() as told:
        until(lambda: here.lines(AlertFailed), told)
        here.moved.auditor("fleet", "run", "--only", "covered", "--database", here.moved.database)
        until(lambda: here.moved.ask("select count(*) from auditor.request")[0][0], told)
        time.sleep(2)
    assert any("alert by webhook ops: answered with status 503" in line for line in told)
    assert len(here.lines(AlertFailed)) == 1 and not here.lines(AlertSent), "it is not tried with each pass"


def test_an_authority_that_fails_again_and_again_is_told(tell: Callable[..., Told], stamps: Authorities) -> None:
    here = tell(f"{WEBHOOK}, least_severity: high")
    stamps.behave("unavailable")
    with here.moved.there() as held:
        commit_in(held, "covered", 7, authorities=stamps.pinned())
        here.moved.sealer(held.vault).seal_outbox()
        failed = parse_entry(next(held.journal.newest(("seal",))))
    here.world.maintain()
    assert not here.raised("authority"), "once is no cause"
    with here.moved.there() as held:
        for _ in range(2):  # as in the hours after
            held.journal.record(failed)
    for _ in range(2):
        here.world.maintain()
        assert here.raised("authority") == ["authority/alpha"]


@pytest.mark.long
def test_where_the_store_is_away_findings_wait_and_the_rest_is_told(
    tell: Callable[..., Told], store: StoreServer
) -> None:
    """The packages that the index lacks cannot be had: nothing is told of findings by what was there before."""
    here = tell(f"{WEBHOOK}, least_severity: low", "schedules: {daily: {cron: '0 3 * * *', missed: skip}}\n")
    with here.moved.there() as held:
        commit_in(held, "suspect", 9)
    (schedule,) = read_targets(Workspace(here.moved.root))[0].schedules.values()
    record_at(
        here.moved,
        now() - timedelta(days=1, hours=1),
        ScheduleAdopted(schedule="daily", definition=schedule_definition(schedule)),
    )
    store.kill()
    try:
        with here.maintained() as told:
            until(lambda: any("findings are not told yet" in line for line in told), told)
            until(lambda: here.raised("missed"), told)
        assert not here.raised("finding")
    finally:
        store.start()
    with (
        here.maintained() as told
    ):  # it answers some requests with 500 at first, and a look is tried again after a minute
        until(lambda: here.raised("finding"), told, 150)


def test_where_the_copy_of_the_log_is_behind_findings_wait(tell: Callable[..., Told]) -> None:
    """It cannot be brought up to date here: nothing is told of findings by what was copied before."""
    here = tell(f"{WEBHOOK}, least_severity: low")
    here.moved.auditor("captures")
    place = here.moved.root / "MOVED"
    text = place.read_text()
    place.write_text(text.replace(here.moved.database, "postgresql://nobody@127.0.0.1:9/none"))
    with here.maintained() as told:
        until(lambda: any("findings are not told yet: " in line for line in told), told)
        time.sleep(1)
    (said,) = [line for line in told if "findings" in line]
    assert "does not answer" in said or "cannot be opened" in said
    assert "told is what was copied here" in said
    assert not here.hook.received
    place.write_text(text)
    here.world.maintain()
    assert here.raised("finding")


@pytest.mark.long
def test_a_digest_that_another_process_sent_meanwhile_is_not_sent_again(tell: Callable[..., Told]) -> None:
    """As one that led before, whose session was ended while its mail went out: it is in the ledger after the next one
    has begun to compose it."""
    here = tell('MAIL, least_severity: high, digest: {cron: "0 8 * * 1", lang: zh}')
    here.moved.auditor("captures")
    address = DatabaseAddress(here.moved.database)
    with ExitStack() as turn:
        assert turn.enter_context(my_turn(here.moved.replica / catching_up.TURN, 30)), "whoever looks waits for it"
        with here.maintained() as told, connect(address, "auditor_maintenance") as connection:
            until(looking, told)
            lease = DatabaseLease(connection, address)
            until(lambda: lease.take([ALERTING]) == "", told)
            record_at(here.moved, now(), sent_digest(here.moved))
            turn.close()
            until(lambda: not looking(), told)
            lease.give_back([ALERTING])
            time.sleep(2)
    assert digests(here) == []


def sent_digest(moved: Moved) -> AlertSent:
    """What is recorded of the digest that is due now."""
    declared = read_targets(Workspace(moved.root))[0].alerts.digest
    assert declared is not None
    due = due_digest(declared, ScheduleHistory(), now())
    assert due is not None
    return AlertSent(
        digest="0" * 64, raised=(due.key,), over=(), channels=(ChannelResult(channel="mail", ok=True, why=""),)
    )


def looking() -> bool:
    """Whether the maintenance of this process looks for findings and what a digest says."""
    return any(one.name == "findings" for one in threading.enumerate())


def test_who_looks_from_outside_tells_of_a_fleet_too(tell: Callable[..., Told]) -> None:
    """With the log's key it is in the ledger and told once, also beside maintenance; without, or without the database,
    it is told each time."""
    here = tell(WEBHOOK, "schedules: {daily: {cron: '0 3 * * *'}}\n")
    watch = ("status", "--watchdog", "--alert")
    said = here.moved.auditor(*watch, expect=1)[1]
    assert "alert by webhook ops: delivered" in said and "no scheduler has taken it up" in said
    assert here.raised("overdue") == ["overdue/daily"]
    assert "alert by" not in here.moved.auditor(*watch, expect=1)[1]
    (sent,) = here.lines(AlertSent)
    assert isinstance(sent, AlertSent) and sent.raised == ("overdue/daily",)
    there = elsewhere(here.moved)
    for _ in range(2):
        assert "alert by webhook ops: delivered" in there.auditor(*watch, expect=1)[1]
    assert len(here.raised("overdue")) == 3 and len(here.lines(AlertSent)) == 1
    place = there.root / "MOVED"
    place.write_text(place.read_text().replace(here.moved.database, "postgresql://nobody@127.0.0.1:9/none"))
    said = there.auditor(*watch, expect=1)[1]
    assert "alert by webhook ops: delivered" in said and "minutes ago" in said, said
    with here.maintained() as told:
        until(here.over, told)
    assert here.over() == ["overdue/daily"], "maintenance took the schedule up"
