"""What a command opens does not grow with the packages that there are: it reads the end, and what waits."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.cli import confirm, prune, run, status
from auditor.clock import now
from auditor.custody import Journal, encode_manifest, entry_sha256, filed_packages, sign_checkpoint
from auditor.demo.http_server import LoopbackServer
from auditor.formats.tiles import WIDTH
from auditor.model.captures import Capture, StepRecord, View
from auditor.model.events import HostDeferred, RunClosed, RunOpened, RunPlanned
from auditor.workflow.audit.maintenance import seal_waiting
from auditor.workflow.bundle.selection import BundleRequest, determine_cutoff
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.report.compose import compose_report
from auditor.workflow.views.status import workspace_status
from auditor.workflow.wiring import Instruments, open_instruments
from auditor.workspace import Workspace
from tests.custody.forks import Ends, forked
from tests.custody.journal_clerk import difference, read_whole, token
from tests.workflow.http_estate import JsonSite, opened

LOADED = (confirm, prune, run, status)
SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
FEW, MANY = 8, 80


def capture(instruments: Instruments, number: int) -> None:
    """A package of one file, sealed as the journal tells it."""
    custody, name = instruments.custody, f"c-{number}"
    intent = custody.intent(name, run="", deployment=f"d{number % 2}")
    at, stage = intent.at, custody.vault.stage(f"d{number % 2}", name, intent.at)
    stage.put("status/body.json", b'{"used": 18, "cap": 20}', media_type="application/json", made_by="test")
    view = View(
        id="status", page="status", number=1, url="http://127.0.0.1/", final_url="http://127.0.0.1/",
        outcome="observed", why="", status=200, captured_at=at, title="", artefacts={"body": "status/body.json"},
    )  # fmt: skip
    step = StepRecord("open", at, at + timedelta(milliseconds=1), ok=True)
    made = Capture(name, f"d{number % 2}", "", name, "http", at, at, (view,), (step,), stage.artefacts, facts={})
    manifest = encode_manifest(made, intent_sha256=entry_sha256(intent), quorum=1, authorities=(), software={"a": "0"})
    package = stage.commit(manifest)
    home = package.path.removeprefix("evidence/")
    subject = {"path": f"{home}/manifest.json", "sha256": package.manifest_sha256}
    tokens = [token(one, "verified") for one in ("a", "b")]
    body = {"capture": name, "files": [], "subject": subject, "quorum": 1, "tokens": tokens}
    instruments.journal.append("seal", body)


def stamp(journal: Journal) -> None:
    """As the journal tells of a checkpoint that an authority stamped."""
    record = journal.ledger.last_checkpoint()
    assert record is not None
    subject = {"path": record.path, "sha256": record.sha256}
    body = {"action": "stamped", "size": record.size, "subject": subject, "files": [], "quorum": 1,
            "tokens": [token("a", "verified")]}  # fmt: skip
    journal.append("checkpoint", body)


def run_of_one(instruments: Instruments, number: int) -> None:
    """A run of a schedule that brings one capture: what says of schedules grows with the captures."""
    journal, run, slot = instruments.journal, f"r-{number}", f"s/{number}"
    planned = now()
    journal.record(RunOpened(run=run))
    journal.record(RunPlanned(run=run, slots=(), schedule="nightly", schedule_slot=slot, planned=planned, late=False))
    capture(instruments, number)
    journal.record(RunClosed(run=run, complete=1))


@dataclass(frozen=True)
class Grown:
    """Two workspaces over the same deployments, of few and of many packages; each was asked for its status before."""

    few: Path
    many: Path


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    folder = tmp_path_factory.mktemp("grown")
    server = LoopbackServer(JsonSite(), name="json", port=0)
    server.start()
    try:
        for name, count in (("few", FEW), ("many", MANY)):
            with opened(folder / name, f"http://127.0.0.1:{server.port}/", 2) as instruments:
                while instruments.journal.size <= 2 * WIDTH:  # sealed segments, with their tiles, are there in both
                    instruments.journal.record(HostDeferred(host="h", until=now(), header="1", capture="c-0"))
                for number in range(count):
                    run_of_one(instruments, number)
                index_missing_captures(instruments)
                sign_checkpoint(instruments.journal, instruments.sealer, "a test")
                stamp(instruments.journal)
            workspace_status(Workspace(folder / name))
        yield Grown(folder / "few", folder / "many")
    finally:
        server.stop()


def opened_by(root: Path, work: Callable[[], object]) -> list[str]:
    """The files and folders below `evidence/` that some work opened or listed, as often as it did."""

    def act(ends: Ends) -> None:
        found: list[str] = []
        evidence = str(root / "evidence")

        def watch(event: str, values: object) -> None:
            if event in {"open", "os.listdir", "os.scandir"} and isinstance(values, tuple):
                path = str(values[0])
                if path.startswith(evidence):
                    found.append(path.removeprefix(evidence))

        sys.stdout = sys.stderr = io.StringIO()
        sys.addaudithook(watch)
        code = work()
        for told in (code, *list(found)):
            ends.say(told)

    with forked(act) as process:
        assert process.line() == "0", work
        paths = [line.rstrip("\n") for line in process.told]
        assert process.end() == 0
    return paths


def command_of(root: Path, arguments: tuple[str, ...]) -> Callable[[], object]:
    def work() -> object:
        sys.argv = ["auditor", "--workspace", str(root), *arguments]
        try:
            from auditor.cli import main

            main()
        except SystemExit as end:
            return end.code
        return 0

    return work


def of_packages_of_before(paths: list[str]) -> list[str]:
    return [path for path in paths if re.match(r"/d[01]/[0-9TZ]+-c-[0-9]{1,3}(/|$)", path)]


@pytest.mark.parametrize(
    "command",
    [
        ("status", "--json"),
        ("confirm", "event", "e", "notice", "2026-01-05", "--what", "x"),
        ("confirm", "other", "d1", "Library", "--by", "A", "--reason", "x"),
        ("prune",),
        ("run", *SANDBOX, "--only", "d0"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_what_a_command_opens_does_not_grow_with_the_packages(grown: Grown, command: tuple[str, ...]) -> None:
    few, many = (opened_by(root, command_of(root, command)) for root in (grown.few, grown.many))
    assert of_packages_of_before(many) == [], "no package of before is opened"
    assert len(many) <= len(few) + 6, sorted(set(many) - set(few))
    assert len(segments(many)) <= len(segments(few)), "no more of the journal is read"


def segments(paths: list[str]) -> list[str]:
    """The sealed segments of the journal that were opened, as often as they were: each is 256 lines."""
    return [path for path in paths if path.startswith("/journal/entries/") and path.endswith(".jsonl")]


def begin_claim(instruments: Instruments) -> None:
    """What `claim`, `report` and `bundle` judge by."""
    compose_report(instruments.estate, instruments.index, instruments.journal, now(), "")


def begin_bundle(instruments: Instruments) -> None:
    """Up to where its packages are chosen."""
    checkpoint = instruments.journal.ledger.checkpoints()[0]
    as_of = instruments.journal.entry(checkpoint.size - 1).at
    cutoff = determine_cutoff(instruments, BundleRequest(deployments=("d0",), as_of=as_of))
    assert cutoff.ledger.open_intents() == []
    assert cutoff.ledger.last == checkpoint.size - 1


def begin_reseal(instruments: Instruments) -> None:
    """Up to where the tokens are listed, which it is to timestamp anew."""
    seal_waiting(instruments)
    index_missing_captures(instruments)


@pytest.mark.parametrize("begin", [begin_claim, begin_bundle, begin_reseal])
def test_what_a_long_work_begins_with_does_not_grow_with_the_captures(
    grown: Grown, begin: Callable[[Instruments], object]
) -> None:
    def work(root: Path) -> Callable[[], object]:
        def begun() -> object:
            with open_instruments(Workspace(root)) as instruments:
                begin(instruments)
            return 0

        return begun

    few, many = (opened_by(root, work(root)) for root in (grown.few, grown.many))
    assert of_packages_of_before(many) == []
    assert len(segments(many)) <= len(segments(few)), "no more of the journal is read"


def test_a_filing_waits_until_its_quorum_of_owners_has_stamped_it(tmp_path: Path) -> None:
    """Which of them do is asked of a table: no line of the others is read."""
    with opened(tmp_path / "w", "http://127.0.0.1:1/", 2) as instruments:
        journal = instruments.journal

        def stamp(filing: str, *authorities: str) -> None:
            subject = {"path": f"hosting/example/20260105T000000Z-{filing}/manifest.json", "sha256": "ab" * 32}
            told = [token(one, "verified") for one in authorities]
            body = {"action": "filing", "filing": filing, "files": [], "subject": subject, "quorum": 2, "tokens": told}
            journal.append("seal", body)

        def waiting() -> list[str]:
            return [str(journal.entry(number).body["intent"]) for number in journal.ledger.waiting_filings()]

        for filing in ("f0", "f1", "f2"):
            named = {"intent": filing, "cabinet": "hosting", "subject": "example"}
            journal.append("filing", {**named, "action": "intended", "about": "a test"})
            journal.append("filing", {
                **named, "action": "committed", "package": f"hosting/example/20260105T000000Z-{filing}",
                "manifest_sha256": "ab" * 32, "manifest_bytes": 1, "artefacts": 1, "quorum": 2,
            })  # fmt: skip
        assert waiting() == ["f0", "f1", "f2"]
        stamp("f1", "a", "b")
        stamp("f2", "a")
        assert waiting() == ["f0", "f2"]
        stamp("f2", "b")
        assert waiting() == ["f0"]
        known = [one.filing for one in filed_packages(journal) if not one.seal.sealed]
        assert known == waiting()
    assert difference(*read_whole(tmp_path / "w")) == []
