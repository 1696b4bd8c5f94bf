"""Journals what may happen to a workspace, in an order that only the seed knows."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor import custody
from auditor.custody import Custody, Journal, Sealer
from auditor.custody.journal.state import JournalState
from auditor.model.events import (
    ArtefactsRemoved,
    DecisionMade,
    HoldsTakenUp,
    HostDeferred,
    PrunedCapture,
    RemovedFile,
    ScheduleDropped,
)
from auditor.model.evidence import JournalEntry
from auditor.model.findings import Decision
from auditor.model.targets.estate import Hold

AT = datetime(2026, 1, 5, tzinfo=UTC)
DIGEST = "ab" * 32


class Clerk:
    """Goes on from what the journal says, so that it may be another one after an interruption."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def write(self, held: Custody, events: int) -> None:
        acts = [*[self.intent] * 4, *[self.capture] * 4, *[self.stamp] * 5, *[self.rare] * 2, self.run, self.checkpoint]
        for _ in range(events):
            self.chance.choice(acts)(held)

    def _name(self, journal: Journal) -> str:
        return f"{journal.size}-{self.chance.randrange(1 << 30):x}"

    def intent(self, held: Custody) -> None:
        held.intent(f"i-{self._name(held.journal)}", run="r-1", deployment="d1", slot="s")

    def capture(self, held: Custody) -> None:
        waiting = held.journal.ledger.open_intents()
        if not waiting:
            return
        intent = self.chance.choice(waiting)
        if self.chance.random() < 0.3:
            held.gap("网站 down", run="r-1", deployment="d1", intent=intent.id)
            return
        name = f"c-{self._name(held.journal)}"
        body = {
            "capture": name, "intent": intent.id, "deployment": "d1", "run": "r-1", "package": f"d1/x-{name}",
            "state": "complete", "artefacts": 1, "manifest_sha256": DIGEST, "manifest_bytes": 1,
            "quorum": self.chance.choice([1, 2, 2]),
        }  # fmt: skip
        held.journal.append("capture", body)

    def stamp(self, held: Custody) -> None:
        known = list(held.journal.ledger.packages())
        if not known:
            return
        record = self.chance.choice(known[-6:])
        named = self.chance.sample(["a", "b", "c"], self.chance.choice([1, 2]))
        tokens = [token(one, self.chance.choice(["verified", "verified", "absent"])) for one in named]
        subject = {"path": record.manifest, "sha256": DIGEST}
        path = f"{record.home}/manifest.{self._name(held.journal)}.tsr"
        files = [{"path": path, "sha256": f"{self.chance.randrange(1 << 200):064x}"}]
        quorum = self.chance.choice([1, 2, 2, 3])
        body = {"capture": record.capture, "files": files, "subject": subject, "quorum": quorum, "tokens": tokens}
        held.journal.append("seal", body)

    def run(self, held: Custody) -> None:
        run = f"r-{self._name(held.journal)}"
        held.journal.append("run.opened", {"run": run, "software": "x", "targets": {"a": DIGEST}})
        held.plan(run=run, slots=[{"slot": name, "deployment": name} for name in ("d1", "d2")])
        held.gap("nobody home", run=run, deployment="d2", slot="d2")
        if self.chance.random() < 0.8:
            held.journal.append("run.closed", {"run": run, "complete": self.chance.choice([0, 3]), "planned": 3})

    def checkpoint(self, held: Custody) -> None:
        custody.sign_checkpoint(held.journal, Sealer(held.vault, [], 1), "a test")

    def rare(self, held: Custody) -> None:
        journal, ledger = held.journal, held.journal.ledger
        match self.chance.randrange(5):
            case 0:
                journal.record(HostDeferred(host="h", until=AT + timedelta(days=1), header="86400", capture="c-1"))
            case 1:
                journal.record(ScheduleDropped(schedule="weekly"))
            case 2:
                reason = Decision(self._name(journal), "confirmed_count", AT, "an analyst", "a reason", "d1", value=3)
                journal.record(DecisionMade(decision=reason))
            case 3:
                hold = Hold(id=f"h-{self.chance.randrange(3)}", matter="m", reason="r", from_=AT.date())
                journal.record(HoldsTakenUp(holds=(hold,)))
            case 4:
                gone = [one for one in ledger.packages() if not ledger.is_pruned(one.capture)]
                if gone:
                    files = (RemovedFile(path="dom.html", sha256=DIGEST, size=3),)
                    one = self.chance.choice(gone)
                    said = PrunedCapture(
                        capture=one.capture, deployment="d1", package=one.home, manifest_sha256=DIGEST, removed=files
                    )
                    journal.record(ArtefactsRemoved(rule="x", captures=(said,)))


def token(authority: str, status: str) -> dict[str, object]:
    return {
        "authority": authority, "owner": f"Owner {authority}", "status": status, "verified_by": "x", "policy": "",
        "serial": "1", "signer": "s", "why": "", "request": "", "response": "", "practice": True, "notes": [],
        "gen_time": None, "accuracy_ms": None, "asked_at": "2026-01-05T00:00:00.000000Z", "signer_until": None,
        "signer_since": None,
    }  # fmt: skip


def read_whole(root: Path) -> tuple[Journal, JournalState]:
    """The journal as it opens, and what its lines say when they are read from the first one on."""
    journal = Journal.open(root)
    return journal, folded(journal, journal.entries())


def folded(journal: Journal, entries: Iterable[JournalEntry]) -> JournalState:
    """What some of its lines say, one after another."""
    state = JournalState(journal.entry)
    state.tables.begin()
    for one in entries:
        state.take(one)
    state.tables.commit(0, b"", "")
    return state


def difference(journal: Journal, whole: JournalState) -> list[str]:
    """What the journal at hand says otherwise than its lines, read from the first one on."""
    mark = (journal.size, journal.chain.previous, journal.last_at)
    found = whole.tables.differing(journal.ledger.tables)
    if journal.ledger.standing.encode(*mark) != whole.standing.encode(*mark):
        found.append(f"{journal.ledger.standing} is not {whole.standing}")
    if sorted(one.capture for one in journal.ledger.unsealed()) != sorted(
        one.capture for one in map(whole.package_of, whole.packages()) if not one.seal.sealed
    ):
        found.append("other packages wait")
    return found
