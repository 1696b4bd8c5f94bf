"""A fleet of a test's own: a ledger begun, maintenance in this process, workers as processes, and the judge."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg

from auditor.custody import Journal, create_keys
from auditor.custody.journal.lines import parse_head, parse_line
from auditor.fleet import DatabaseAddress, PostgresJournalStore, S3EvidenceStore, StoreAddress
from auditor.formats import canonical_json, manifest, merkle
from auditor.formats.canonical_json import ZERO_DIGEST
from auditor.model.events import CaptureCommitted, WorkspaceCreated, parse_entry
from auditor.model.evidence import JournalEntry
from auditor.workflow.fleet.maintenance import FleetMaintenance, MaintenanceOptions
from auditor.workflow.fleet.setting_up import prepare_fleet
from auditor.workflow.fleet.wiring import FleetPlaces
from auditor.workflow.relocation.verifying import verify_fleet
from auditor.workflow.replica.place import MovedPlace
from auditor.workspace import Workspace

SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
LIMIT = 64 << 20


@dataclass
class FleetWorld:
    """One fleet: maintenance's workspace in a folder, a database and a place in the store."""

    root: Path
    database: str
    store: str
    environment: dict[str, str]
    patience: timedelta = timedelta(hours=1)
    told: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, root: Path, database: str, store: str, environment: dict[str, str], targets: str) -> FleetWorld:
        root.mkdir()
        (root / "targets.yaml").write_text(targets, encoding="utf-8")
        prepare_fleet(database)
        keys = create_keys(root, origin="test.example/fleet")
        ledger = PostgresJournalStore(DatabaseAddress(database))
        opening = WorkspaceCreated(
            format="auditor.workspace/1", origin=keys.origin, software="test", log=str(keys.verifier),
            box=keys.box_public,
        )  # fmt: skip
        Journal.create(root, keys, opening, ledger.clock, ledger).close()
        ledger.close()
        return cls(root, database, store, environment)

    def evidence(self, spool: str = "staging") -> S3EvidenceStore:
        return S3EvidenceStore(StoreAddress(self.store), self.root / spool)

    def maintenance(self) -> FleetMaintenance:
        places = FleetPlaces(DatabaseAddress(self.database), self.evidence())
        options = MaintenanceOptions(places, 0.2, self.patience, told=self.told.append)
        return FleetMaintenance(Workspace(self.root), options)

    def maintain(self, only: tuple[str, ...] | None = None) -> None:
        """One pass; `only`: a run of these is begun first, of all where it is empty."""
        assert self.maintenance().once(only), "somebody else leads"

    @contextmanager
    def worker(
        self,
        name: str = "one",
        *more: str,
        home: Path | None = None,
        vantage: str = "main",
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[subprocess.Popen[str]]:
        """`auditor worker` as a process of its own, killed at the end where it has not ended.

        `home`: the folder of its `targets.yaml`, where that is not maintenance's.
        """
        command = [
            sys.executable, "-m", "auditor", "--workspace", str(home or self.root), "worker",
            "--database", self.database, "--store", self.store, "--staging", str(self.root / f"worker-{name}"),
            "--vantage", vantage, "--concurrency", "2", *SANDBOX, *more,
        ]  # fmt: skip
        log = self.root / f"worker-{name}.log"
        with log.open("ab") as out:
            started = subprocess.Popen(
                command, stdout=out, stderr=out, text=True, env={**os.environ, **self.environment, **environment},
                start_new_session=True,
            )  # fmt: skip
        try:
            yield started
        finally:
            end(started)
            said = log.read_text()
            assert "Traceback" not in said, said[-4000:]

    def said(self, name: str = "one") -> str:
        return (self.root / f"worker-{name}.log").read_text()

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def one(self, query: str, *values: object) -> Any:
        return self.ask(query, *values)[0][0]

    def until(self, query: str, *values: object, seconds: float = 150.0, maintained: bool = False) -> None:
        """Wait until the database says so; `maintained`: with a pass of maintenance between two looks."""
        stop = time.monotonic() + seconds
        while not self.one(query, *values):
            logs = "\n".join(f"{one.name}: {one.read_text()[-1500:]}" for one in self.root.glob("*.log"))
            assert time.monotonic() < stop, f"{query} {values}\n{logs}\n{self.told}"
            if maintained:
                self.maintain()
            time.sleep(0.1)

    def judge(self, *, captures: int | None = None, gaps: int = 0) -> list[JournalEntry]:
        """One query over the rows, one full check of chain, head, tree and objects; the lines.

        `captures`: how many there are, where a test knows it; `gaps`: requests that ended without one.
        """
        self.maintain()
        self._judge_rows(gaps)
        lines = self._judge_lines()
        self._judge_objects(lines)
        found = verify_fleet(MovedPlace(self.database, self.store, 1))
        assert not [one for one in found.checks if one.verdict == "failed"], found.checks
        committed = [one for one in lines if one.kind == "capture"]
        assert captures is None or len(committed) == captures, f"{len(committed)} captures"
        return lines

    def _judge_rows(self, gaps: int) -> None:
        """Every request ended, once; every attempt ended; every line is that of its row."""
        found = self.ask(
            """
            select (select count(*) from auditor.request where ended_at is null),
                   (select count(*) from auditor.attempt where ended_at is null),
                   (select count(*) from auditor.request where outcome = 'gap'),
                   (select count(*) from (select request from auditor.attempt where outcome = 'capture'
                                          group by request having count(*) > 1) as twice),
                   (select count(*) from auditor.attempt) - (select count(*) from auditor.ledger where kind = 'intent'),
                   (select count(*) from auditor.attempt where outcome = 'capture')
                   - (select count(*) from auditor.ledger where kind = 'capture'),
                   (select count(*) from auditor.request where outcome = 'capture')
                   - (select count(*) from auditor.ledger where kind = 'capture'),
                   (select count(*) from auditor.attempt as a
                        join auditor.attempt as b on (a.request, a.number) < (b.request, b.number)
                         and a.outcome = 'capture' and b.outcome = 'capture'
                        join auditor.request as r on r.id = a.request
                        join auditor.request as s on s.id = b.request and s.deployment = r.deployment
                     where a.began_at < b.ended_at and b.began_at < a.ended_at)
            """
        )
        assert found == [(0, 0, gaps, 0, 0, 0, 0, 0)], found
        assert self.slots_ended_otherwise() == []

    def slots_ended_otherwise(self) -> list[tuple[Any, ...]]:
        """Planned slots that have another number of ends than one: captures of them, and gaps of them."""
        return self.ask(
            """
            with said as (select kind, convert_from(line, 'UTF8')::json -> 'body' as body from auditor.ledger
                           where kind in ('plan', 'intent', 'capture', 'gap')),
                 ends as (select i.body ->> 'run' as run, i.body ->> 'slot' as slot from said as c
                            join said as i on i.kind = 'intent' and i.body ->> 'intent' = c.body ->> 'intent'
                           where c.kind = 'capture'
                           union all
                          select body ->> 'run', body ->> 'slot' from said where kind = 'gap' and body ->> 'slot' <> '')
            select p.body ->> 'run', planned ->> 'slot', count(e.slot)
              from said as p cross join lateral json_array_elements(p.body -> 'slots') as planned
              left join ends as e on e.run = p.body ->> 'run' and e.slot = planned ->> 'slot'
             where p.kind = 'plan' group by 1, 2 having count(e.slot) <> 1
            """
        )

    def _judge_lines(self) -> list[JournalEntry]:
        ledger = PostgresJournalStore(DatabaseAddress(self.database))
        lines, previous, tree = list[JournalEntry](), ZERO_DIGEST, merkle.Frontier()
        for line, _ in ledger.lines():
            entry = parse_line(line, len(lines), previous)
            parse_entry(entry)
            previous = canonical_json.sha256(line)
            tree.add(merkle.leaf_hash(line))
            lines.append(entry)
        head = parse_head(ledger.head())
        assert (head.size, head.root) == (len(lines), tree.root()), "the signed head is not that of the lines"
        journal = Journal.open(self.root, None, store=ledger)
        assert journal.tree().root == tree.root(), "the tiles have another root"
        assert not journal.ledger.open_intents()
        assert not list(journal.ledger.intents_ended_otherwise())
        assert not list(journal.ledger.slots_left())
        assert not journal.ledger.standing.runs, "a run is open"
        journal.close()
        ledger.close()
        return lines

    def _judge_objects(self, lines: Sequence[JournalEntry]) -> None:
        """Every package is there, whole; what else is there belongs to an attempt that was not kept."""
        store, known = self.evidence("judge"), set[str]()
        for line in lines:
            if line.kind != "capture":
                continue
            said = CaptureCommitted.of(line)
            known.add(said.package)
            data = store.read(f"{said.package}/{manifest.NAME}", LIMIT)
            assert canonical_json.sha256(data) == said.manifest_sha256
            described = manifest.decode_manifest(data)
            assert described.capture.id == said.capture
            intent = next(one for one in lines if one.kind == "intent" and one.body["intent"] == said.intent)
            assert described.intent_sha256 == canonical_json.sha256(intent.line)
            assert intent.number < line.number
            for artefact in described.capture.artefacts:
                bytes_there = store.read(f"{said.package}/{artefact.path}", LIMIT)
                assert canonical_json.sha256(bytes_there) == artefact.sha256
        lost = {str(row[0]) for row in self.ask("select intent from auditor.attempt where outcome <> 'capture'")}
        for home in set(store.homes()) - known:
            assert home.partition("-")[2] in lost or home.rpartition("Z-")[2] in lost, f"{home}: of no attempt"
        store.close()


def end(process: subprocess.Popen[str], number: int = signal.SIGKILL) -> None:
    """End a worker; by SIGKILL with its browser, as the service manager does with what is left of its group."""
    if process.poll() is None:
        if number == signal.SIGKILL:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    process.wait(150)


def kill_alone(process: subprocess.Popen[str]) -> None:
    """`kill -9` of the worker itself; then what it left behind."""
    process.kill()
    process.wait(20)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
