"""What is asked of the journal's lines: packages, visits, files, tokens, checkpoints, prunings.

Tables answer which lines there are; what a line says is read from the line itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from itertools import groupby

from auditor import clock
from auditor.custody.journal.health import AuthorityHealth
from auditor.custody.journal.holds import HoldRecord
from auditor.custody.journal.ledger.records import (
    CheckpointRecord,
    CosignatureRecord,
    PackageRecord,
    PruneRecord,
    RefusalRecord,
    TokenRecord,
    removable_path,
    seal_of,
    token_record,
)
from auditor.custody.journal.standing import IntentRecord, StandingState, TrustStatement
from auditor.custody.journal.tables import CHECKPOINT_COLUMNS, PACKAGE_COLUMNS, JournalTables
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats import evidence_layout as layout
from auditor.model.events import SECOND, ArtefactsRemoved, StampedEvent, VisitIntended, line_name, parse_entry
from auditor.model.evidence import JournalEntry, Package


class LedgerQuestions:
    """Questions about the lines that were learnt so far; nothing is changed."""

    def __init__(self, entry: Callable[[int], JournalEntry], tables: JournalTables, standing: StandingState) -> None:
        """`entry` reads a line of the journal by its number."""
        self.entry = entry
        self.tables = tables
        self.standing = standing

    @property
    def trust(self) -> list[TrustStatement]:
        return self.standing.trust

    @property
    def holds(self) -> dict[str, HoldRecord]:
        return self.standing.holds()

    @property
    def authorities(self) -> dict[str, AuthorityHealth]:
        return self.standing.authorities

    def package_record(self, capture: str) -> PackageRecord | None:
        """What was journalled of a capture; None where nothing was."""
        row = self.tables.row(f"SELECT {PACKAGE_COLUMNS} FROM package WHERE capture = ?", capture)  # noqa: S608
        return PackageRecord.of_row(row) if row else None

    def package_at(self, home: str) -> PackageRecord | None:
        """The package that has its place there; None where none has."""
        row = self.tables.row(f"SELECT {PACKAGE_COLUMNS} FROM package WHERE home = ?", home)  # noqa: S608
        return PackageRecord.of_row(row) if row else None

    def version_of(self, record: PackageRecord) -> str:
        """The version that a package's line names of its object; empty where it names none, or the package was pruned:
        of what a pruning left no line names one."""
        return "" if record.version and self.is_pruned(record.capture) else record.version

    def packages(self, deployment: str | None = None, since: int = 0) -> Iterator[PackageRecord]:
        """Every package, or those of one deployment, journalled in line `since` or later, in order."""
        where, values = "number >= ?", (since,)
        if deployment is not None:
            where, values = "deployment = ? AND number >= ?", (deployment, since)  # type: ignore[assignment]
        return map(PackageRecord.of_row, self.tables.rows(
            f"SELECT {PACKAGE_COLUMNS} FROM package WHERE {where} ORDER BY number", *values  # noqa: S608
        ))  # fmt: skip

    def newest_first(self, deployment: str | None = None) -> Iterator[PackageRecord]:
        """The packages that were not pruned, or those of one deployment, the newest first."""
        where, values = ("", ()) if deployment is None else ("deployment = ? AND ", (deployment,))
        query = (
            f"SELECT {PACKAGE_COLUMNS} FROM package WHERE {where}"  # noqa: S608
            "NOT EXISTS (SELECT 1 FROM pruned WHERE pruned.capture = package.capture) ORDER BY number DESC"
        )
        return map(PackageRecord.of_row, self.tables.rows(query, *values))

    def kept(self, capture: str) -> PackageRecord | None:
        """The package of that id; None where there is none, or it was pruned."""
        record = self.package_record(capture)
        return None if record is None or self.is_pruned(capture) else record

    def packages_before(self, moment: datetime) -> Iterator[PackageRecord]:
        """Packages that were journalled before a moment and not pruned, in order."""
        query = (
            f"SELECT {PACKAGE_COLUMNS} FROM package WHERE at < ?"  # noqa: S608
            " AND capture NOT IN (SELECT capture FROM pruned) ORDER BY number"
        )
        return map(PackageRecord.of_row, self.tables.rows(query, clock.timestamp(moment)))

    def newest(self) -> dict[str, str]:
        """By deployment, the last of its captures that was not pruned."""
        found = self.tables.rows(
            "SELECT deployment, capture, max(number) FROM package WHERE capture NOT IN (SELECT capture FROM pruned)"
            " GROUP BY deployment"
        )
        return {str(deployment): str(capture) for deployment, capture, _ in found}

    def packages_between(self, first: int, behind: int) -> Iterator[PackageRecord]:
        """The packages from one place among all captures up to another, in order."""
        query = f"SELECT {PACKAGE_COLUMNS} FROM package WHERE ordinal >= ? AND ordinal < ? ORDER BY ordinal"  # noqa: S608
        return map(PackageRecord.of_row, self.tables.rows(query, first, behind))

    def packages_changed(self, since: int) -> Iterator[PackageRecord]:
        """Packages that were journalled or stamped by line `since` or a later one, in order."""
        return map(PackageRecord.of_row, self.tables.rows(
            f"SELECT {PACKAGE_COLUMNS} FROM package WHERE number >= ? UNION SELECT {PACKAGE_COLUMNS} FROM package"  # noqa: S608
            " WHERE home IN (SELECT substr(subject, 1, length(subject) - 14) FROM stamp WHERE number >= ?)"
            " ORDER BY number", since, since,
        ))  # fmt: skip

    def captured_in(self, run: str) -> set[str]:
        """The deployments of which a run has a capture."""
        return {str(row[0]) for row in self.tables.rows("SELECT deployment FROM package WHERE run = ?", run)}

    def has_intent(self, intent: str) -> bool:
        return self.tables.row("SELECT 1 FROM intent WHERE id = ?", intent) is not None

    def intent(self, intent: str) -> IntentRecord | None:
        """A visit that was announced; None where none of that id was."""
        row = self.tables.row("SELECT number FROM intent WHERE id = ?", intent)
        if row is None:
            return None
        entry = self.entry(int(row[0]))
        said = VisitIntended.of(entry)
        return IntentRecord(
            said.intent, said.run, said.deployment, said.slot, entry.number, canonical_json.sha256(entry.line)
        )

    def outcomes(self, intent: str) -> list[int]:
        """Numbers of the captures and gaps that ended a visit."""
        found = self.tables.rows("SELECT number FROM outcome WHERE intent = ? ORDER BY number", intent)
        return [int(row[0]) for row in found]

    def ended_by(self, number: int) -> list[str]:
        """Ids of the visits that a capture or a gap ended, by the number of its line."""
        return [str(row[0]) for row in self.tables.rows("SELECT intent FROM outcome WHERE number = ?", number)]

    def slot_ends(self, run: str, slot: str) -> list[str] | None:
        """How a planned slot ended: `intent`, `gap`; None where no such slot was planned."""
        row = self.tables.row("SELECT ends FROM slot WHERE run = ? AND slot = ?", run, slot)
        return None if row is None else str(row[0]).split()

    def slots_planned(self, run: str) -> int:
        """How many slots the plan of a run has."""
        row = self.tables.row("SELECT count(*) FROM slot WHERE run = ?", run)
        return int(row[0]) if row else 0

    def untouched_slots(self, run: str) -> list[str]:
        """The planned slots of a run that nothing was done for, in order."""
        found = self.tables.rows("SELECT slot FROM slot WHERE run = ? AND ends = '' ORDER BY place", run)
        return [str(row[0]) for row in found]

    def file(self, path: str) -> str | None:
        """The SHA-256 of a placed file, by its path below `evidence/`; None where no line records it."""
        row = self.tables.row("SELECT sha256 FROM file WHERE path = ?", path)
        return bytes(row[0]).hex() if row else None

    def files(self, prefix: str) -> Iterator[tuple[str, str]]:
        """The placed files whose paths begin so, with their SHA-256, by path."""
        found = self.tables.rows(
            "SELECT path, sha256 FROM file WHERE path >= ? AND path < ? ORDER BY path", prefix, f"{prefix}\U0010ffff"
        )
        return ((str(path), bytes(digest).hex()) for path, digest in found)

    def placed_in(self, home: str) -> dict[str, str]:
        """Journalled files inside a package: path within it to SHA-256."""
        return {path.removeprefix(f"{home}/"): digest for path, digest in self.files(f"{home}/")}

    def tokens(self, subject: str) -> list[TokenRecord]:
        """Every answer about a stamped file, by its path below `evidence/`, in order."""
        return self._tokens(self.stamped_by(subject))

    def stamped_by(self, subject: str) -> list[int]:
        """Numbers of the lines with answers about a stamped file, in order."""
        rows = self.tables.rows("SELECT number FROM stamp WHERE subject = ? ORDER BY number", subject)
        return [int(row[0]) for row in rows]

    def stamped(self, prefix: str = "") -> Iterator[tuple[str, list[TokenRecord]]]:
        """Every stamped file whose path begins so, with the answers about it."""
        found = self.tables.rows(
            "SELECT subject, number FROM stamp WHERE subject >= ? AND subject < ? ORDER BY subject, number",
            prefix, f"{prefix}\U0010ffff",
        )  # fmt: skip
        for subject, rows in groupby(found, key=lambda row: str(row[0])):
            yield subject, self._tokens([int(number) for _, number in rows])

    def _tokens(self, numbers: Iterable[int]) -> list[TokenRecord]:
        made: list[TokenRecord] = []
        for number in numbers:
            entry = self.entry(number)
            event = parse_entry(entry)
            if not isinstance(event, StampedEvent):
                raise IntegrityError(f"{line_name(entry)}: holds no timestamps, as db/ledger.db says; remove that file")
            made += [token_record(one, entry, event.subject, event.quorum) for one in event.tokens]
        return made

    def checkpoints(self) -> list[CheckpointRecord]:
        """Every signed checkpoint, in order."""
        rows = self.tables.rows(f"SELECT {CHECKPOINT_COLUMNS} FROM checkpoint ORDER BY number")  # noqa: S608
        return list(map(CheckpointRecord.of_row, rows))

    def checkpoints_over(self, number: int) -> Iterator[CheckpointRecord]:
        """The checkpoints that cover a line, in order."""
        return map(CheckpointRecord.of_row, self.tables.rows(
            f"SELECT {CHECKPOINT_COLUMNS} FROM checkpoint WHERE size > ? ORDER BY size, number", number  # noqa: S608
        ))  # fmt: skip

    def last_checkpoint(self) -> CheckpointRecord | None:
        row = self.tables.row(f"SELECT {CHECKPOINT_COLUMNS} FROM checkpoint ORDER BY number DESC LIMIT 1")  # noqa: S608
        return CheckpointRecord.of_row(row) if row else None

    def checkpoint_of(self, size: int) -> CheckpointRecord | None:
        """The checkpoint over so many lines; None where none was made."""
        row = self.tables.row(f"SELECT {CHECKPOINT_COLUMNS} FROM checkpoint WHERE size = ? ORDER BY number DESC", size)  # noqa: S608
        return CheckpointRecord.of_row(row) if row else None

    def cosignatures(self) -> Iterator[CosignatureRecord]:
        """Every cosignature that was kept, in order."""
        found = self.tables.rows("SELECT size, witness, path, number FROM cosignature ORDER BY number")
        return (CosignatureRecord(int(row[0]), str(row[1]), str(row[2]), int(row[3])) for row in found)

    def last_cosigned(self, witness: str) -> int:
        """The largest size that a witness cosigned, by its verifier key; 0 where none."""
        row = self.tables.row("SELECT max(size) FROM cosignature WHERE witness = ?", witness)
        return int(row[0]) if row and row[0] is not None else 0

    def revocations(self, *, answers: bool) -> list[str]:
        """Paths of the revocation lists that were kept, or of the OCSP answers, in order."""
        return [path for _, path in self.revocations_by_line(answers=answers)]

    def revocations_by_line(self, *, answers: bool) -> list[tuple[int, str]]:
        """As `revocations`, each with the number of its line."""
        mark = "=" if answers else "!="
        query = f"SELECT number, path FROM revocation WHERE kind {mark} 'ocsp' ORDER BY number, place"  # noqa: S608
        return [(int(number), str(path)) for number, path in self.tables.rows(query)]

    def waiting_filings(self) -> list[int]:
        """Numbers of the lines that committed filings which wait for their quorum, in order."""
        return [int(row[0]) for row in self.tables.rows("SELECT number FROM filing WHERE waits ORDER BY number")]

    def is_pruned(self, capture: str) -> bool:
        return self.tables.row("SELECT 1 FROM pruned WHERE capture = ?", capture) is not None

    def pruned_in(self, since: int = 0) -> Iterator[tuple[str, int, str]]:
        """Captures pruned by line `since` or a later one: id, number of the line, rule."""
        found = self.tables.rows(
            "SELECT capture, number, rule FROM pruned WHERE number >= ? ORDER BY number, capture", since
        )
        return ((str(row[0]), int(row[1]), str(row[2])) for row in found)

    def last_pruning(self) -> int:
        """Number of the last line that removed anything; 0 where none did."""
        row = self.tables.row("SELECT max(number) FROM pruned")
        return int(row[0]) if row and row[0] is not None else 0

    def prune_record(self, capture: str) -> PruneRecord | None:
        """What was removed of a capture, by one line or several; None where nothing was."""
        files, made, held = dict[str, str](), None, ""
        for number, rule in self.tables.rows(
            "SELECT number, rule FROM pruned WHERE capture = ? ORDER BY number", capture
        ):
            entry = self.entry(int(number))
            said = [one for one in ArtefactsRemoved.of(entry).captures if one.capture == capture]
            files |= {removable_path(file.path): file.sha256 for one in said for file in one.removed}
            holds, day = self.standing.holds(entry.number).values(), entry.at.date()
            covering = (hold.id for hold in holds for one in said if hold.covers(capture, one.deployment, day))
            held = held or next(covering, "")
            made = PruneRecord(capture, str(rule), files, entry.number, entry.at, held)
        return made

    def pruned_count(self) -> tuple[int, datetime | None]:
        """How many captures were pruned, and when the newest of them was journalled."""
        row = self.tables.row(
            "SELECT count(DISTINCT pruned.capture), max(package.at) FROM pruned JOIN package USING (capture)"
        )
        return (int(row[0]), clock.parse_timestamp(str(row[1]))) if row and row[0] else (0, None)

    def is_removed(self, path: str) -> bool:
        """Whether an artefact, by its path below `evidence/`, was removed under a retention rule."""
        parts = path.split("/", 2)
        record = self.package_at("/".join(parts[:2])) if len(parts) == 3 else None
        gone = self.prune_record(record.capture) if record is not None else None
        return gone is not None and parts[2] in gone.files

    def numbers(self, kinds: Iterable[str], start: int = 0) -> list[int]:
        """Numbers of the lines of these kinds, from one on, in order."""
        found: list[int] = []
        for kind in kinds:
            rows = self.tables.rows("SELECT number FROM event WHERE kind = ? AND number >= ?", kind, start)
            found += [int(row[0]) for row in rows]
        return sorted(found)

    def newest_numbers(self, kinds: Iterable[str], before: int, most: int) -> list[int]:
        """Numbers of the last lines of these kinds before one, at most so many, the newest first."""
        found: list[int] = []
        for kind in kinds:
            query = "SELECT number FROM event WHERE kind = ? AND number < ? ORDER BY number DESC LIMIT ?"
            found += [int(row[0]) for row in self.tables.rows(query, kind, before, most)]
        return sorted(found, reverse=True)[:most]

    def intents_ended_otherwise(self) -> Iterator[tuple[str, int]]:
        """Intents that ended in another number of ways than one, in order, with that number."""
        found = self.tables.rows(
            "SELECT id, (SELECT count(*) FROM outcome WHERE outcome.intent = intent.id) AS ends FROM intent"
            " WHERE ends != 1 ORDER BY number"
        )
        return ((str(intent), int(ends)) for intent, ends in found)

    def outcomes_of_nothing(self) -> Iterator[str]:
        """Ids of intents that ended and were never announced."""
        found = self.tables.rows(
            "SELECT DISTINCT intent FROM outcome WHERE intent NOT IN (SELECT id FROM intent) ORDER BY intent"
        )
        return (str(row[0]) for row in found)

    def slots_left(self) -> Iterator[tuple[str, str]]:
        """Planned slots of runs that are not under way which nothing was done for: run, slot."""
        found = self.tables.rows(
            "SELECT slot.run, slot.slot FROM slot LEFT JOIN run ON run.id = slot.run"
            " WHERE ends = '' AND coalesce(run.closed, 1) ORDER BY place"
        )
        return ((str(run), str(slot)) for run, slot in found)

    def second_slots(self) -> Iterator[tuple[str, str, int]]:
        """Planned slots of second parties, the newest first: run, slot, number of the plan's line."""
        found = self.tables.rows(
            "SELECT run, slot, place >> 24 FROM slot WHERE instr(slot, ?) ORDER BY place DESC", SECOND
        )
        return ((str(run), str(slot), int(line)) for run, slot, line in found)

    def totals(self) -> tuple[int, int]:
        """How many intents and how many planned slots were journalled."""
        row = self.tables.row("SELECT (SELECT count(*) FROM intent), (SELECT count(*) FROM slot)")
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def refusals(self) -> list[RefusalRecord]:
        """Every refusal of a witness, in order."""
        found = self.tables.rows("SELECT size, witness, contradicts, said, number, at FROM refusal ORDER BY number")
        return [
            RefusalRecord(size, witness, bool(contradicts), said, number, clock.parse_timestamp(at))
            for size, witness, contradicts, said, number, at in found
        ]

    def standing_refusals(self) -> list[RefusalRecord]:
        """The newest refusal of each witness that has cosigned nothing since."""
        newest = {one.witness: one for one in self.refusals()}
        cosigned = {one.witness: one.number for one in self.cosignatures()}
        return [one for one in newest.values() if one.number > cosigned.get(one.witness, -1)]

    def open_intents(self) -> list[IntentRecord]:
        """Intents that ended neither as a capture nor as a gap."""
        return list(self.standing.intents.values())

    def package(self, capture: str) -> Package:
        """A package with the seal that the journal records. `KeyError` for an unknown capture."""
        record = self.package_record(capture)
        if record is None:
            raise KeyError(capture)
        return self.package_of(record)

    def package_of(self, record: PackageRecord) -> Package:
        """As `package`, of a record at hand."""
        tokens = self.tokens(record.manifest)
        quorum = max([record.quorum, *(token.quorum for token in tokens)])
        seal = seal_of(record.manifest_sha256, max(1, quorum), tokens)
        return Package(record.capture, record.deployment, layout.in_evidence(record.home), record.manifest_sha256, seal)

    def unsealed(self, except_of: Collection[str] = ()) -> list[Package]:
        """The outbox: packages that wait for their quorum, oldest first; without those of some runs."""
        records = [self.package_record(one.capture) for one in list(self.standing.waiting.values())]
        return [self.package_of(one) for one in records if one is not None and one.run not in except_of]
