"""Verifying the journal, its head, the trust folder and the checkpoints: every byte of every file in them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.journal.key_history import KeyHistory
from auditor.custody.journal.line_reader import LineReader
from auditor.custody.journal.lines import BrokenJournalError, head_text, parse_head, parse_line
from auditor.custody.journal.local_journal import LocalJournalStore, SingleFileJournal, local_store
from auditor.custody.journal.state import TELLING_KINDS, JournalState
from auditor.custody.packages.filings import FilingState
from auditor.custody.timestamps.sealer import MAX_CHECKPOINT
from auditor.custody.transparency import checkpoints, renewal, witnesses
from auditor.custody.transparency.parties import PARTY_KINDS, LedgerCaptures, PartyChecks
from auditor.custody.verification.at_hand import PackageCarrier
from auditor.custody.verification.kept_tables import KeptTables
from auditor.custody.verification.others_at_work import UnsignedLines
from auditor.custody.verification.trust import TrustDirectory
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, merkle, signed_note
from auditor.formats import evidence_layout as layout
from auditor.formats.canonical_json import ZERO_DIGEST
from auditor.formats.tiles import WIDTH, HashTile, TileRows
from auditor.model.events import parse_entry
from auditor.model.evidence import CheckList

JOURNAL = layout.in_evidence(layout.JOURNAL)
MAX_FILE = 64 << 20
UNFINISHED = "left by an interrupted upgrade; the old journal stands: run `auditor upgrade` again"


@dataclass
class JournalWalk:
    """What was learnt by walking the journal."""

    ledger: JournalState
    size: int = 0
    read: bool = False
    """True where every line could be read and follows from the one before."""
    whole: bool = False
    """True where every line and the head hold."""
    filings: FilingState = field(default_factory=FilingState)
    roots: dict[int, bytes] = field(default_factory=dict)
    """Merkle roots at the sizes that stored checkpoints name."""
    folds: dict[int, str] = field(default_factory=dict)
    """SHA-256 of what stood open at these sizes."""
    own_files: set[str] = field(default_factory=set)
    """The journal's own files as they must be: head, segments, tiles; paths below `evidence/`."""

    unfinished: tuple[str, ...] = ()
    """Where an interrupted upgrade leaves what it built, while the old journal stands."""

    @property
    def ring(self) -> KeyHistory:
        return self.ledger.standing.ring


@dataclass
class _Walker:
    """The lines one after another, in bounded memory, with everything that is made of them."""

    root: Path
    checks: CheckList
    store: LocalJournalStore | SingleFileJournal
    walk: JournalWalk
    wanted: set[int]
    """Sizes at which root and fold are kept."""
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    rows: TileRows = field(default_factory=TileRows)
    previous: str = ZERO_DIGEST
    last: bytes = b""
    at: datetime | None = None
    tiles: int = 0
    parties: PartyChecks = field(default_factory=PartyChecks)

    def take(self, line: bytes) -> None:
        walk, checks = self.walk, self.checks
        entry = parse_line(line, walk.size, self.previous)
        if self.at is not None and entry.at < self.at:
            if b'"stepped_back_ms"' not in line:
                raise BrokenJournalError(
                    "journal.time", f"journal line {entry.number}: earlier than the line before, and does not say so"
                )
            checks.notice(f"The local clock stepped back before journal line {entry.number}.")
        digest = canonical_json.sha256(line)
        if entry.kind in PARTY_KINDS:
            self.parties.take(entry, LedgerCaptures(walk.ledger), self.subject(), checks)
        walk.ledger.take(entry, digest)
        walk.filings.take(entry)
        if entry.kind not in TELLING_KINDS:
            parse_entry(entry)  # the ledger passes over kinds that tell it nothing
        leaf = merkle.leaf_hash(line)
        self.frontier.add(leaf)
        if self.store.grows:
            for tile in self.rows.add(leaf):
                self._tile(tile)
        self.previous, self.last, self.at = digest, line, entry.at
        walk.size += 1
        if walk.size in self.wanted:
            walk.roots[walk.size] = self.frontier.root()
            fold = walk.ledger.standing.encode(walk.size, digest, entry.at)
            walk.folds[walk.size] = canonical_json.sha256(fold)

    def subject(self) -> str:
        """The file in which the next line stands."""
        if not self.store.grows:
            return f"{JOURNAL}/{layout.JOURNAL_FILE}"
        name = layout.segment_path(self.walk.size // WIDTH)
        sealed = (self.store.folder / name).exists()
        return f"{JOURNAL}/{name if sealed else layout.TAIL_FILE}"

    def _tile(self, tile: HashTile) -> None:
        """The tile on the disk holds these hashes."""
        path = f"{layout.JOURNAL}/{tile.path}"
        self.walk.own_files.add(path)
        self.tiles += 1
        try:
            same = durable.read(self.root / layout.EVIDENCE / path, len(tile.hashes)) == tile.hashes
        except IntegrityError as error:
            self.checks.failed("journal.tile", layout.in_evidence(path), str(error))
            return
        if not same:
            why = "its hashes are not those of the journal's lines"
            self.checks.failed("journal.tile", layout.in_evidence(path), why)

    def finish_tiles(self) -> None:
        if not self.store.grows:
            return
        for tile in self.rows.partial():
            self._tile(tile)
        self.checks.passed(
            "journal.tile", f"{JOURNAL}/{layout.TILES}", f"{self.tiles} tiles; any that differ are named"
        )

    def name_own_files(self) -> None:
        own, base = self.walk.own_files, layout.JOURNAL
        own.add(f"{base}/{layout.HEAD_FILE}")
        if not self.store.grows:
            own.add(f"{base}/{layout.JOURNAL_FILE}")
            self.walk.unfinished = tuple(
                f"{base}/{name}" for name in (f"{layout.TILES}/", f"{layout.ENTRIES}/", layout.TAIL_FILE)
            )
            return
        whole, rest = divmod(self.walk.size, WIDTH)
        own |= {f"{base}/{layout.segment_path(index)}" for index in range(whole)}
        if rest:
            own.add(f"{base}/{layout.TAIL_FILE}")


def walk_journal(
    root: Path, checks: CheckList, now: datetime, slack: timedelta, outside: TrustDirectory | None = None
) -> JournalWalk:
    """Check chain, numbers, times, tiles and head, line by line in bounded memory; and `db/ledger.db` row by row.

    The roots are kept at the sizes of the checkpoints beside the journal and of those given from outside.
    """
    evidence, store = root / layout.EVIDENCE, local_store(root)
    walk = JournalWalk(JournalState(LineReader(store, checked=False).entry))
    wanted = {int(p.stem) for p in (evidence / layout.CHECKPOINTS).glob("*.checkpoint") if p.stem.isdecimal()}
    wanted |= {one.checkpoint.size for one in outside.checkpoints} if outside is not None else set()
    kept = KeptTables(root / layout.LEDGER)
    walker = _Walker(root, checks, store, walk, wanted)
    walk.ledger.tables.begin()
    try:
        for line, whole in store.lines():
            if not whole:
                raise IntegrityError(
                    "journal: its last line is not ended; open the workspace to finish an interrupted write"
                )
            walker.take(line)
            if walk.size == kept.size:
                kept.compare(walk.ledger.tables, walker.frontier.root(), checks)
    except BrokenJournalError as error:
        checks.failed(error.check, walker.subject(), str(error))
        return walk
    except (IntegrityError, OSError) as error:
        checks.failed("journal.line", walker.subject(), str(error))
        return walk
    finally:
        walk.ledger.tables.commit(walk.size, b"", "")
    walk.read = True
    given, own = outside.parties if outside is not None else None, [key for _, key in walk.ring.history]
    walker.parties.finish(given, own, JOURNAL, checks)
    kept.finish(walk.size, checks)
    walker.finish_tiles()
    walker.name_own_files()
    if walker.at is not None and walker.at > now + slack:
        at = walker.at
        checks.notice(
            f"The journal ends at {at:%Y-%m-%d %H:%M:%S}Z, after this machine's {now:%Y-%m-%d %H:%M:%S}Z: one is wrong."
        )
    checks.passed("journal.chain", JOURNAL, f"{walk.size} lines")
    walk.whole = _head(evidence, walk, walker.frontier.root(), walker.last, checks)
    return walk


def _head(evidence: Path, history: JournalWalk, root: bytes, last: bytes, checks: CheckList) -> bool:
    subject = f"{JOURNAL}/{layout.HEAD_FILE}"
    try:
        data = durable.read(evidence / layout.JOURNAL / layout.HEAD_FILE, signed_note.MAX_NOTE)
        head = parse_head(data)
        signed_note.parse_verified_note(data, history.ring.at(max(1, history.size - 1)), "journal head")
        expected = head_text(history.ring.origin, history.size, None if head.root is None else root, last)
        if expected != head.note.text:
            end = canonical_json.sha256(head.line)[:16]
            why = f"the signed head counts {head.size} lines ending in {end}…, the journal holds {history.size}"
            raise IntegrityError(why)
    except IntegrityError as error:
        checks.failed("journal.head", subject, str(error))
        return False
    checks.passed("journal.head", subject, f"signed by {history.ring.origin}")
    return True


def check_keys(history: JournalWalk, outside: TrustDirectory | None, checks: CheckList) -> None:
    """The key in force is given from outside, or endorsed link by link by one that is; it is not revoked.

    A break in the links is passed over only where a key given from outside stands after it.
    """
    active, given = history.ring.active, outside.keys if outside is not None else ()
    for number in history.ring.unendorsed:
        why = f"Journal line {number} introduces a log key that no valid key before it endorsed"
        if history.ring.leads_from(given):
            checks.notice(f"{why}: ask how it was lost.")
        else:
            checks.failed("journal.key", JOURNAL, f"{why}: anybody can write such a line")
    if active is not None and str(active) in history.ring.revoked:
        checks.failed(
            "journal.key",
            f"{JOURNAL}/{layout.HEAD_FILE}",
            f"the log key in force was revoked in line {history.ring.revoked[str(active)]}",
        )
    if outside is None or not outside.keys:
        where = f"{outside.folder} has no *.vkey" if outside else "no trust directory was given"
        checks.notice(
            f"THE LOG KEY WAS TAKEN FROM INSIDE THE EVIDENCE ITSELF ({where}): "
            f"compare {active} with a copy from elsewhere."
        )
        return
    if not history.ring.leads_from(given):
        why = f"signed by {active}, which is neither in {outside.folder} nor endorsed by a key that is"
        checks.failed("journal.key", f"{JOURNAL}/{layout.HEAD_FILE}", why)
    else:
        by = "given" if active in given else "endorsed link by link by a key given"
        checks.passed("journal.key", f"{JOURNAL}/{layout.HEAD_FILE}", f"{by} in {outside.folder}")


def check_files(evidence: Path, history: JournalWalk, checks: CheckList, unsigned: UnsignedLines | None = None) -> None:
    """`journal/` and `trust/` hold exactly the files that the journal records, byte for byte; those of lines behind
    the signed head may be there."""
    if not history.read:
        return
    for area in (layout.JOURNAL, layout.TRUST):
        found = dict(durable.walk(evidence / area, f"{area}/")) if (evidence / area).is_dir() else {}
        recorded = dict(history.ledger.files(f"{area}/"))
        for name, digest in unsigned.there(evidence, area).items() if unsigned is not None else ():
            recorded.setdefault(f"{area}/{name}", digest)
        good = 0
        for path, entry in sorted(found.items()):
            if path in history.own_files and entry.is_file(follow_symlinks=False):
                continue
            if path.startswith(history.unfinished):
                checks.unchecked("journal.upgrade", layout.in_evidence(path), UNFINISHED)
                continue
            if path not in recorded:
                checks.failed(f"{area}.extra-file", layout.in_evidence(path), "no journal line records this file")
            elif entry.is_symlink() or not entry.is_file(follow_symlinks=False):
                checks.failed(
                    f"{area}.symlink", layout.in_evidence(path), "a link or special file where a file is recorded"
                )
            else:
                good += _same(evidence, path, recorded[path], area, checks)
        own = {path for path in history.own_files if path.startswith(f"{area}/")}
        for path in sorted((set(recorded) | own) - set(found)):
            checks.failed(f"{area}.missing-file", layout.in_evidence(path), "recorded in the journal, not on the disk")
        checks.passed(f"{area}.digest", layout.in_evidence(area), f"{good} recorded files")


def _same(evidence: Path, path: str, digest: str, area: str, checks: CheckList) -> bool:
    try:
        found = canonical_json.sha256(durable.read(evidence / path, MAX_FILE))
    except IntegrityError as error:
        checks.failed(f"{area}.digest", layout.in_evidence(path), str(error))
        return False
    if found != digest:
        checks.failed(
            f"{area}.digest", layout.in_evidence(path), "its bytes differ from the journal's record", digest, found
        )
    return found == digest


def check_checkpoints(evidence: Path, history: JournalWalk, checks: CheckList) -> None:
    """Every recorded checkpoint: form, signature by the key of its time, root over the journal's lines."""
    for record in history.ledger.checkpoints():
        subject = layout.in_evidence(record.path)
        try:
            key = history.ring.at(record.size)
            if history.ring.revoked_before(key, record.size):
                raise IntegrityError(f"{record.path}: signed by {key}, which was revoked before")
            data = durable.read(evidence / record.path, MAX_CHECKPOINT)
            found = checkpoints.parse_checkpoint(data, record.path)
            signed_note.parse_verified_note(data, key, record.path)
        except IntegrityError as error:
            checks.failed("checkpoint.signature", subject, str(error))
            continue
        if (found.size, found.origin) != (record.size, history.ring.origin) or signed_note.b64(
            found.root
        ) != record.root:
            checks.failed("checkpoint.record", subject, "differs from its journal line")
        elif history.roots.get(found.size) != found.root:
            checks.failed(
                "checkpoint.root", subject, f"its root is not that of the first {found.size} journal lines: another log"
            )
        elif record.fold and history.folds.get(record.size) != history.ledger.file(record.fold):
            why = "it does not say what stood open at these lines"
            checks.failed("checkpoint.fold", layout.in_evidence(record.fold), why)
        else:
            checks.passed("checkpoint.root", subject, f"{found.size} lines")
            checks.count("checkpoints")


def check_cosignatures(evidence: Path, history: JournalWalk, outside: TrustDirectory | None, checks: CheckList) -> None:
    """Every kept cosignature is by the witness named, over the checkpoint named; who vouches for whom is said."""
    cosignatures = 0
    for record in history.ledger.cosignatures():
        cosignatures += 1
        subject = layout.in_evidence(record.path)
        try:
            key, cosigned = signed_note.parse_key(record.witness), history.ledger.checkpoint_of(record.size)
            if cosigned is None:
                raise IntegrityError(f"{record.path}: over a checkpoint of {record.size} lines that was never made")
            at = checkpoints.parse_checkpoint(durable.read(evidence / cosigned.path, MAX_CHECKPOINT), cosigned.path)
            moment = witnesses.check_cosignature(durable.read(evidence / record.path, MAX_FILE), key, at, record.path)
        except IntegrityError as error:
            checks.failed("checkpoint.cosignature", subject, str(error))
            continue
        if outside is None or key not in outside.keys:
            checks.notice(
                f"The key of witness {key.name} was taken from inside the evidence: "
                f"compare {key} with one from the witness."
            )
        checks.passed("checkpoint.cosignature", subject, f"{key.name} at {moment} s")
    if not cosignatures:
        checks.notice(
            "No witness outside cosigned a checkpoint: "
            "that no second version of this log exists rests on the timestamps alone."
        )


def check_renewals(
    evidence: Path,
    history: JournalWalk,
    carrier: PackageCarrier,
    wanted: Callable[[str], bool] | None,
    checks: CheckList,
) -> None:
    """Every file that a renewal lists still has the digest it says; packages are brought for it.

    `wanted`: of which packages alone, where some were named.
    """
    journal_digest, ledger = cache(partial(renewal.journal_digest, evidence.parent)), history.ledger

    def at_hand(home: str) -> AbstractContextManager[str]:
        record = ledger.package_at(home)
        return carrier.at_hand(home, ledger.version_of(record) if record is not None else "")

    for path in ledger.standing.renewals:
        subject = layout.in_evidence(path)
        try:
            data = durable.read(evidence / path, renewal.MAX_RENEWAL)
            found = renewal.check_renewal(evidence.parent, data, path, journal_digest, at_hand, wanted)
        except IntegrityError as error:
            checks.failed("renewal.form", subject, str(error))
            continue
        differing = [name for name in found.differing if (evidence / name).exists() or not ledger.is_removed(name)]
        for name in differing:
            checks.failed(
                "renewal.digest", layout.in_evidence(name), f"differs from what {path} renewed by {found.algorithm}"
            )
        if not differing:
            left = f"; {found.left_out} files of packages that were not named are left out" if found.left_out else ""
            checks.passed("renewal.digest", subject, f"{found.algorithm}{left}")
