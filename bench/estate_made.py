"""The estates that `bench/estate.py` measures: targets, an index without packages, a journal without files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.clock import timestamp
from auditor.custody import open_keys, open_workspace
from auditor.custody.journal.lines import head_text
from auditor.custody.journal.local_journal import LocalJournalStore
from auditor.custody.journal.writing.segments import write_segments
from auditor.formats.canonical_json import encode, sha256
from auditor.formats.evidence_layout import HEAD_FILE, TAIL_FILE
from auditor.index import Index, IndexedCapture
from auditor.model.events import RunClosed, RunOpened
from auditor.model.evidence import Seal, TokenVerdict
from auditor.model.reading.observations import Basis, Observation
from auditor.model.reports import EvidenceRow
from auditor.workflow.wiring import initialise_workspace
from auditor.workspace import Workspace
from bench.targets import many_files

START = datetime(2025, 1, 1, tzinfo=UTC)
SCHEDULE = 'schedules: {weekly: {cron: "0 3 * * 1", jitter_seconds: 3600}}\n'
UNSEALED_EVERY = 1_000
"""Of so many captures one waits for its seal."""
BATCH = 5_000
DIGEST = "0123456789abcdef" * 4


def estate_of(folder: Path, deployments: int) -> None:
    """Targets in includes of ten, with a schedule."""
    shutil.rmtree(folder / "customers", ignore_errors=True)
    many_files(folder, deployments)
    main = folder / "targets.yaml"
    main.write_text(main.read_text(encoding="utf-8") + SCHEDULE, encoding="utf-8")
    (folder / "a.pem").write_text("", encoding="ascii")


def grown(root: Path, each: int, before: int, captures: int) -> None:
    """A workspace of so many captures, from one that has fewer; its journal knows two runs and no package."""
    estate_of(root, captures // each)
    if not before:
        initialise_workspace(Workspace(root), origin="bench.example/estate", clock=lambda: START)
        for run, week in (("r-1", each - 2), ("r-2", each - 1)):
            at = START + timedelta(days=7 * week, hours=12)
            with open_workspace(root, at=lambda at=at: at) as custody:  # type: ignore[misc]
                custody.journal.record(RunOpened(run=run))
                custody.journal.record(RunClosed(run=run))
    with Index.open(Workspace(root).db) as index:
        for first in range(before, captures, BATCH):
            numbers = range(first, min(captures, first + BATCH))
            index.record([record(number // each, number % each, number) for number in numbers])


def later(deployment: int, turn: int) -> IndexedCapture:
    """A capture of a deployment after all that `grown` made."""
    return record(deployment, 104 + turn, deployment)


def record(deployment: int, turn: int, number: int) -> IndexedCapture:
    capture, name, at = f"c-{deployment}-{turn}", f"d{deployment}", START + timedelta(days=7 * turn)
    sealed = number % UNSEALED_EVERY != UNSEALED_EVERY - 1
    verdict = TokenVerdict("a", "A", "verified", "openssl", at + timedelta(seconds=5))
    seal = Seal(DIGEST, (verdict,) if sealed else (), 1)
    row = EvidenceRow(capture, name, f"evidence/{name}/{capture}", "complete", at, DIGEST, seal, ())
    shown = 15 + (deployment + turn) % 12
    basis = Basis(capture, "registration/dom.html", DIGEST, "html/body/table/tr/td", str(shown), None)
    seen = Observation(
        name, "branch", capture, at, sealed=False, displayed=shown, displayed_raw=str(shown), cap=20, cap_raw="20",
        listed=None, listed_complete=False, basis={"displayed": basis},
        fields={"edition": "flagship", "licensee": "安徽某某科技有限公司"},
    )  # fmt: skip
    return IndexedCapture("r", row, None, (seen,), ())


def journalled(root: Path, captures: int) -> None:
    """A journal of so many captures, written as one whole; every line and its head are as the journal writes them."""
    initialise_workspace(Workspace(root), origin="bench.example/estate", clock=lambda: START)
    folder = root / "evidence" / "journal"
    begun = [line for line, _ in LocalJournalStore(root).lines()]
    (folder / TAIL_FILE).unlink()
    last = [b""]

    def lines() -> Iterator[bytes]:
        yield from begun
        number, previous = len(begun), sha256(begun[-1])
        for capture in range(captures):
            for kind, body in bodies(capture):
                members = {
                    "at": timestamp(START), "body": body, "kind": kind, "number": number, "previous": previous,
                }  # fmt: skip
                last[0] = encode(members)
                yield last[0]
                number, previous = number + 1, sha256(last[0])

    made, keys = write_segments(folder, lines(), durably=False), open_keys(root)
    (folder / HEAD_FILE).write_bytes(keys.sign(head_text(keys.origin, made.size, made.frontier.root(), last[0])))


def bodies(number: int) -> list[tuple[str, dict[str, object]]]:
    """The events of one capture, in the sizes they have."""
    name, digest = f"c-{number:012x}", sha256(str(number).encode())
    home = f"d{number // 10}/20250101T000000Z-{name}"
    tokens = [token(home, authority) for authority in ("a", "b")]
    files = [{"path": path, "sha256": digest} for one in tokens for path in (one["request"], one["response"])]
    known: dict[str, object] = {"deployment": f"d{number // 10}", "intent": name, "run": "r-1"}
    intent: dict[str, object] = {
        "access": "contract_clause: §6.2", "address": f"https://lib{number // 10}.example/", "pages": ["registration"],
        "slot": f"d{number // 10}",
    }  # fmt: skip
    capture: dict[str, object] = {
        "artefacts": 20, "capture": name, "manifest_bytes": 8552, "manifest_sha256": digest, "package": home,
        "quorum": 2, "state": "complete",
    }  # fmt: skip
    seal: dict[str, object] = {
        "capture": name, "deployment": known["deployment"], "files": files, "quorum": 2,
        "subject": {"path": f"{home}/manifest.json", "sha256": digest}, "tokens": tokens,
    }  # fmt: skip
    return [("intent", known | intent), ("capture", known | capture), ("seal", seal)]


def token(home: str, authority: str) -> dict[str, object]:
    at = timestamp(START)
    return {
        "accuracy_ms": 1000, "asked_at": at, "authority": authority, "gen_time": at, "notes": [],
        "owner": f"Authority {authority}", "policy": "1.3.6.1.4.1.32473.3161.1", "practice": False,
        "request": f"{home}/manifest.{authority}.tsq", "response": f"{home}/manifest.{authority}.tsr",
        "serial": "660e4310efa2e000002", "signer": f"CN=TSA {authority},O=Authority {authority} sha256:{DIGEST}",
        "signer_since": at, "signer_until": at, "status": "verified",
        "verified_by": "rfc3161-client 1.0.9 and openssl 3.0.19", "why": "",
    }  # fmt: skip
