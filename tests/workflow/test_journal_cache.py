"""The docket says what the whole journal says, whatever was kept; what is kept is used for the very bytes alone."""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.custody import Journal, JournalSummary, entry_sha256, open_workspace, rotate_log_keys, verify_workspace
from auditor.custody.journal_summary import summarise_journal
from auditor.custody.timestamps.health import authority_health
from auditor.errors import AuditorError, IntegrityError
from auditor.model.events import (
    ArtefactsRemoved,
    DecisionMade,
    HostDeferred,
    JournalEvent,
    KeyDateRecorded,
    PrunedCapture,
    ScheduleAdopted,
    ScheduleDefinition,
    ScheduleDropped,
    ScheduleFinished,
)
from auditor.model.findings import Decision, KeyDate
from auditor.planning import HISTORY_KINDS, ScheduleHistory
from auditor.targets import load_cached_estate
from auditor.workflow.index.caches import forget_caches
from auditor.workflow.index.compare import compare_index
from auditor.workflow.journal_cache import SUMMARISED_EVENTS, load_journal_summary
from auditor.workflow.report.compose import REPORTED_EVENT_KINDS
from auditor.workflow.report.render import WorkspaceReportRequest, workspace_report
from auditor.workflow.views.status import workspace_status
from auditor.workflow.wiring import initialise_workspace
from auditor.workspace import Workspace
from tests.scheduler.loopback_estate import Place, targets

AT = datetime(2026, 1, 5, tzinfo=UTC)
DIGEST = "ab" * 32


class Clerk:
    """Journals what may happen, in an order that only the seed knows."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.number = 0
        self.open: list[str] = []
        self.waiting: list[str] = []
        self.sealed: list[str] = []

    def write(self, journal: Journal, events: int) -> None:
        acts = [*[self.intent] * 4, *[self.capture] * 4, *[self.seal] * 4]
        acts += [self.gap, self.run, self.schedule, self.decision, self.checkpoint]
        for _ in range(events):
            self.number += 1
            self.chance.choice(acts)(journal)

    def intent(self, journal: Journal) -> None:
        self.open.append(f"i-{self.number}")
        body = {"intent": f"i-{self.number}", "run": "r-1", "deployment": "d1", "slot": "d1"}
        assert entry_sha256(journal.append("intent", body))

    def capture(self, journal: Journal) -> None:
        if not self.open:
            return
        name = f"c-{self.number}"
        body = {
            "capture": name, "intent": self.open.pop(0), "deployment": "d1", "run": "r-1", "package": f"d1/x-{name}",
            "state": "complete", "artefacts": 1,
            "manifest_sha256": DIGEST, "manifest_bytes": 1, "quorum": self.chance.choice([1, 2, 2]),
        }  # fmt: skip
        self.waiting.append(name)
        journal.append("capture", body)

    def seal(self, journal: Journal) -> None:
        if self.waiting:
            self.stamp(journal, name := self.chance.choice(self.waiting), quorum=2)
            if all(package.capture != name for package in journal.ledger.unsealed()):
                self.waiting.remove(name)
                self.sealed.append(name)

    def stamp(self, journal: Journal, name: str, *, quorum: int) -> None:
        named = self.chance.sample(["a", "b", "c"], self.chance.choice([1, 2]))
        tokens = [token(one, self.chance.choice(["verified", "verified", "absent"])) for one in named]
        subject = {"path": f"d1/x-{name}/manifest.json", "sha256": DIGEST}
        body = {"capture": name, "files": [], "subject": subject, "quorum": quorum, "tokens": tokens}
        journal.append("seal", body)

    def gap(self, journal: Journal) -> None:
        intent = self.open.pop() if self.open and self.chance.random() < 0.7 else ""
        late = {"schedule": "weekly", "planned": "2026-01-05T00:00:00.000000Z", "count": 2, "deployments": ["d1", "d2"]}
        body = {"why": "网站 down", "intent": intent, "run": "r-1", "deployment": "d1", "slot": "d1"}
        journal.append("gap", body if intent else body | late)

    def run(self, journal: Journal) -> None:
        run = f"r-{self.number}"
        journal.append("run.opened", {"run": run, "software": "x", "targets": {"a": DIGEST}})
        slots = [{"slot": "d1", "deployment": "d1"}]
        plan = {"schedule": "weekly", "schedule_slot": f"weekly/{run}", "planned": "2026-01-05T00:00:00.000000Z"}
        journal.append("plan", {"run": run, "slots": slots, **(plan if self.chance.random() < 0.5 else {})})
        if self.chance.random() < 0.8:
            journal.append("run.closed", {"run": run, "complete": self.chance.choice([0, 3]), "planned": 3})

    def schedule(self, journal: Journal) -> None:
        definition = ScheduleDefinition(cron="0 3 * * 1", every_seconds=None, timezone="UTC", blackout=())
        events: list[JournalEvent] = [
            ScheduleAdopted(schedule="weekly", definition=definition),
            ScheduleDropped(schedule="weekly"),
            ScheduleFinished(schedule="weekly", run="r-1"),
            HostDeferred(host="h", until=AT + timedelta(days=1), header="86400", capture="c-1"),
        ]
        journal.record(self.chance.choice(events))

    def decision(self, journal: Journal) -> None:
        decision = Decision(f"d-{self.number}", "confirmed_count", AT, "an analyst", "a reason", "d1", value=3)
        events = [DecisionMade(decision=decision), KeyDateRecorded(event=KeyDate("notice", "notice", AT.date()))]
        journal.record(self.chance.choice(events))

    def checkpoint(self, journal: Journal) -> None:
        subject = {"path": f"journal/checkpoints/{self.number}.checkpoint", "sha256": DIGEST}
        tokens = [token("c", "verified")]
        body = {"action": "stamped", "size": 1, "files": [], "subject": subject, "quorum": 3, "tokens": tokens}
        journal.append("checkpoint", body)

    def prune(self, journal: Journal) -> None:
        name = self.sealed.pop(0)
        gone = PrunedCapture(capture=name, deployment="d1", package=f"d1/x-{name}", manifest_sha256=DIGEST, removed=())
        journal.record(ArtefactsRemoved(rule="x", captures=(gone,)))


def token(authority: str, status: str) -> dict[str, object]:
    return {
        "authority": authority, "owner": f"Owner {authority}", "status": status, "verified_by": "x", "policy": "",
        "serial": "1", "signer": "s", "why": "", "request": "", "response": "", "practice": True, "notes": [],
        "gen_time": None, "accuracy_ms": None, "asked_at": "2026-01-05T00:00:00.000000Z", "signer_until": None,
        "signer_since": None,
    }  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    initialise_workspace(Workspace(tmp_path), origin="test.example/docket", clock=lambda: AT)
    (tmp_path / "db").mkdir()
    return Workspace(tmp_path)


def whole(workspace: Workspace) -> JournalSummary:
    return summarise_journal(Journal.open(workspace.root), SUMMARISED_EVENTS)


def kept(workspace: Workspace) -> Path:
    return workspace.db.with_name("journal.json")


def marked(workspace: Workspace) -> None:
    """What is kept says a number of captures that no journal has, so that its use can be seen."""
    head, _, body = kept(workspace).read_bytes().partition(b"\n")
    said = json.dumps(json.loads(body) | {"captures": 1_000_000}).encode()
    kept(workspace).write_bytes(
        json.dumps(json.loads(head) | {"body": hashlib.sha256(said).hexdigest()}).encode() + b"\n" + said
    )


def used(workspace: Workspace) -> bool:
    return load_journal_summary(workspace).captures >= 1_000_000


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    with open_workspace(workspace.root, at=lambda: AT) as custody:
        Clerk(1).write(custody.journal, 40)
    load_journal_summary(workspace, min_lines=1)
    marked(workspace)
    assert used(workspace)
    return workspace


@pytest.mark.parametrize("seed", range(12))
def test_going_on_says_what_the_whole_journal_says(workspace: Workspace, seed: int) -> None:
    clerk = Clerk(seed)
    for step in range(6):
        with open_workspace(workspace.root, at=lambda: AT) as custody:
            clerk.write(custody.journal, clerk.chance.choice([0, 1, 7, 20]))
            if step == 2 + seed % 3:
                rotate_log_keys(custody.vault, why="test")
            if step == 3 and seed % 3 == 0 and clerk.sealed:
                clerk.prune(custody.journal)
            if step == 4 and seed % 3 == 1 and clerk.sealed:
                clerk.stamp(custody.journal, clerk.sealed[0], quorum=3)
        found = load_journal_summary(workspace, min_lines=clerk.chance.choice([1, 1, 15]))
        assert found == whole(workspace)
        journal = Journal.open(workspace.root)
        assert found.unsealed == tuple(package.capture for package in journal.ledger.unsealed())
        assert found.open_intents == tuple(intent.id for intent in journal.ledger.open_intents())
        assert dict(found.authorities) == authority_health(journal.ledger)
        assert (found.size, found.captures) == (journal.size, len(journal.ledger.packages))
        assert found.pruned[0] == len(journal.ledger.pruned)
        assert ScheduleHistory.of(found.entries(HISTORY_KINDS)) == ScheduleHistory.of(
            journal.entries(kinds=HISTORY_KINDS)
        )
        told = [(one.number, one.at, one.kind) for one in found.entries(REPORTED_EVENT_KINDS)]
        assert told == [(one.number, one.at, one.kind) for one in journal.entries(kinds=REPORTED_EVENT_KINDS)]


def test_an_altered_beginning_is_told_as_ever(filled: Workspace) -> None:
    place = Place(filled.root)
    (place.root / "targets.yaml").write_text(targets("http://127.0.0.1:9/", 1, ""), encoding="utf-8")
    assert workspace_status(filled).health.captures == 1_000_000
    path = filled.journal / "journal.jsonl"
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"slot":"d1"', b'"slot":"d2"', 1))
    for ask in (
        load_journal_summary,
        workspace_status,
        lambda w: workspace_report(w, WorkspaceReportRequest(cached_journal=True)),
    ):
        with pytest.raises(IntegrityError) as told:
            ask(filled)
        assert "\n" not in str(told.value)
    said = place.auditor("status", expect=4)
    assert "journal line" in said
    assert "journal line" in place.auditor("report", expect=4)
    assert any(
        check.name == "journal.chain" for check in verify_workspace(filled.root).checks if check.verdict == "failed"
    )


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def of_another_program(path: Path) -> None:
    head, _, body = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps(json.loads(head) | {"state": DIGEST}).encode() + b"\n" + body)


def writable_for_others(path: Path) -> None:
    path.chmod(0o666)


def foreign(path: Path) -> None:
    os.chown(path, 12345, 12345)


def a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("spoil", [truncated, of_another_program, writable_for_others, foreign, a_link, Path.unlink])
def test_what_is_not_as_it_was_kept_is_not_used(filled: Workspace, spoil: Callable[[Path], None]) -> None:
    if spoil is foreign and os.geteuid():
        pytest.skip("only root can give a file away")
    spoil(kept(filled))
    assert load_journal_summary(filled) == whole(filled)
    assert not used(filled)


def _cache_checks(workspace: Workspace) -> list[tuple[str, str]]:
    made = compare_index(workspace, lambda done, total, what: None).answers.made
    return [(check.subject, check.verdict) for check in made if check.name == "index.cache"]


def test_verify_tells_a_cache_that_says_other_than_its_source_and_rebuild_removes_it(
    filled: Workspace,
) -> None:
    (filled.root / "targets.yaml").write_text(targets("http://127.0.0.1:9/", 1, ""), encoding="utf-8")
    estate = filled.db.with_name("targets.json")
    load_cached_estate(filled.targets, estate, worth=1)
    assert _cache_checks(filled) == [("db/journal.json", "failed"), ("db/targets.json", "passed")]
    head, _, body = estate.read_bytes().partition(b"\n")
    said = body.replace(b"127.0.0.1:9", b"127.0.0.1:8")
    assert said != body
    changed = json.loads(head) | {"body": hashlib.sha256(said).hexdigest()}
    estate.write_bytes(json.dumps(changed).encode() + b"\n" + said)
    assert _cache_checks(filled) == [("db/journal.json", "failed"), ("db/targets.json", "failed")]
    for cache in (kept(filled), estate):
        forget, spoilt = cache.read_bytes(), cache.read_bytes()[:-9]
        cache.write_bytes(spoilt)
        assert ("db/" + cache.name, "failed") not in _cache_checks(filled), "what is not used says nothing"
        cache.write_bytes(forget)
    forget_caches(filled)
    assert _cache_checks(filled) == [] and not used(filled)
    load_journal_summary(filled, min_lines=1)
    assert _cache_checks(filled) == [("db/journal.json", "passed")]


def test_a_head_by_another_key_is_told(filled: Workspace, tmp_path: Path) -> None:
    head = filled.journal / "head"
    text, _, signature = head.read_text(encoding="utf-8").rpartition("\n\n")
    head.write_text(text + "\n\n" + signature.replace(signature[-9:-5], "AAAA"), encoding="utf-8")
    with pytest.raises(AuditorError, match=r"head|signature"):
        load_journal_summary(filled)


def test_a_line_that_does_not_follow_is_told(filled: Workspace) -> None:
    with open_workspace(filled.root, at=lambda: AT) as custody:
        custody.journal.append("gap", {"why": "x", "run": "", "deployment": "d1", "slot": "s", "intent": ""})
        custody.journal.append("gap", {"why": "y", "run": "", "deployment": "d1", "slot": "s", "intent": ""})
    path = filled.journal / "journal.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"why":"x"', b'"why":"z"'))
    with pytest.raises(IntegrityError, match="does not follow"):
        load_journal_summary(filled)


def test_an_interrupted_last_line_comes_from_the_head(workspace: Workspace) -> None:
    with open_workspace(workspace.root, at=lambda: AT) as custody:
        Clerk(2).write(custody.journal, 20)
        load_journal_summary(workspace, min_lines=1)
        custody.journal.append("gap", {"why": "x", "run": "", "deployment": "d1", "slot": "s", "intent": ""})
    full = load_journal_summary(workspace, min_lines=99)
    path = workspace.journal / "journal.jsonl"
    data = path.read_bytes()
    path.write_bytes(data[:-30])
    before = kept(workspace).read_bytes()
    assert load_journal_summary(workspace, min_lines=1) == full == whole(workspace)
    assert kept(workspace).read_bytes() == before  # what the file does not hold yet is not kept
    kept(workspace).unlink()
    assert load_journal_summary(workspace, min_lines=1) == full
    assert not kept(workspace).exists()


def test_beside_a_writing_process(filled: Workspace) -> None:
    with open_workspace(filled.root, at=lambda: AT + timedelta(hours=1)) as custody:
        custody.journal.append("gap", {"why": "x", "run": "", "deployment": "d1", "slot": "s", "intent": ""})
        size = custody.journal.size
        with (filled.journal / "journal.jsonl").open("ab") as file:
            file.write(b'{"at":"2026')  # the head does not count it yet
        found = load_journal_summary(filled, min_lines=1)
        assert (found.size, found.last_at) == (size, AT + timedelta(hours=1))
    with pytest.raises(IntegrityError):
        load_journal_summary(filled)
