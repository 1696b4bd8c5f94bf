"""Verifying packages: nothing changed, nothing missing, nothing added, and each where the journal says."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.journal.ledger.records import PackageRecord, PruneRecord
from auditor.custody.journal.state import JournalState
from auditor.custody.packages.stage import package_name
from auditor.custody.verification.at_hand import PackageCarrier, PackagesOnDisk
from auditor.custody.verification.tokens import check_tokens
from auditor.custody.verification.trust import TrustResolver
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, evidence_paths, manifest
from auditor.formats import evidence_layout as layout
from auditor.formats.manifest import Manifest
from auditor.model.captures import Artefact
from auditor.model.events import CaptureCommitted
from auditor.model.evidence import CheckList, Progress

UNLISTED_FILES = {layout.README, ".gitkeep"}
"""Files beside the evidence that are not evidence."""
MAX_PLACED = 1 << 20
MAX_QUEUED = 512
"""Files in hand at once: bounds memory, keeps every core busy."""


@dataclass
class Hasher:
    """Hashes files on several threads, in constant memory; results come back in order."""

    pool: ThreadPoolExecutor
    checks: CheckList
    progress: Progress | None
    total: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        self._waiting: deque[tuple[str, Artefact, Future[tuple[str, int]]]] = deque()

    def put(self, subject: str, artefact: Artefact, file: Path) -> None:
        self.total += artefact.size
        self._waiting.append((subject, artefact, self.pool.submit(_digest, file)))
        if len(self._waiting) >= MAX_QUEUED:
            self._take()

    def finish(self) -> None:
        """Wait for what is left, and say what was hashed in all."""
        self.drain()
        if count := self.checks.counts.get("artefacts", 0):
            self.checks.passed(
                "artefact.digest", "evidence", f"{count} artefacts hashed, {self.done} bytes; any that differ are named"
            )

    def drain(self) -> None:
        """Wait for what is in hand: nothing of it is read any more."""
        while self._waiting:
            self._take()

    def _take(self) -> None:
        subject, artefact, future = self._waiting.popleft()
        try:
            digest, size = future.result()
        except (IntegrityError, OSError) as error:
            self.checks.failed("artefact.digest", subject, f"cannot be read: {error}")
            return
        self.done += size
        self.checks.count("artefacts")
        self.checks.count("bytes", size)
        if self.progress is not None:
            self.progress(self.done, self.total)
        if size != artefact.size:
            self.checks.failed(
                "artefact.size", subject, "longer or shorter than recorded", str(artefact.size), str(size)
            )
        elif digest != artefact.sha256:
            self.checks.failed(
                "artefact.digest", subject, "its bytes differ from the manifest's record", artefact.sha256, digest
            )


def _digest(file: Path) -> tuple[str, int]:
    with durable.open_regular_file(file) as handle:
        return durable.digest(handle)


def iter_package_folders(evidence: Path, checks: CheckList) -> Iterator[str]:
    """Every package folder there is; anything else in `evidence/` is told."""
    for entry in sorted(evidence.iterdir()):
        folder = entry.is_dir() and not entry.is_symlink()
        if (entry.name in {layout.JOURNAL, layout.TRUST} and folder) or (
            entry.name in UNLISTED_FILES and entry.is_file()
        ):
            continue
        if folder and entry.name in {layout.STAGING, *layout.CABINETS}:
            continue
        if not folder or not any(entry.iterdir()):
            checks.failed(
                "workspace.extra-file", layout.in_evidence(entry.name), "neither a deployment's folder nor the journal"
            )
            continue
        for inner in sorted(entry.iterdir()):
            if inner.is_symlink() or not inner.is_dir():
                checks.failed(
                    "workspace.extra-file", layout.in_evidence(f"{entry.name}/{inner.name}"), "not a package folder"
                )
            else:
                yield f"{entry.name}/{inner.name}"


@contextmanager
def brought(carrier: PackageCarrier, home: str, hasher: Hasher, version: str = "") -> Iterator[None]:
    """The package is at hand until all of it is hashed; one that cannot be brought is told, and looked at as it is.

    `version`: the one that its line names. It is what is looked at; that whoever asks the store gets another one, or
    none, is a failure of its own.
    """
    checks, subject, shadow = hasher.checks, layout.in_evidence(home), ""
    with ExitStack() as stack:
        try:
            shadow = stack.enter_context(carrier.at_hand(home, version))
        except IntegrityError as error:
            checks.failed("package.object", subject, str(error))
        before = checks.failures() if shadow else 0
        yield
        if not isinstance(carrier, PackagesOnDisk):
            hasher.drain()
        if shadow:
            holds = "holds" if checks.failures() == before else "does not hold"
            checks.failed("store.shadowed", subject, f"{shadow} and {holds} what was recorded")


def check_package(
    evidence: Path,
    home: str,
    record: PackageRecord | None,
    placed: Mapping[str, str],
    trust: TrustResolver,
    hasher: Hasher,
) -> None:
    """A package folder against its manifest, the journal and its timestamps. `placed`: its journalled files."""
    checks, subject = hasher.checks, layout.in_evidence(home)
    before = checks.failures()
    data, described = _manifest(evidence, home, record, checks)
    if described is None:
        return
    pruned = trust.ledger.prune_record(record.capture) if record is not None else None
    check_contents(evidence / home, subject, described, placed, hasher, pruned)
    if record is not None:
        _intent(home, described, trust.ledger, checks)
        _party(home, described, record, trust.ledger, checks)
        _placed(evidence, home, placed, checks)
        _seal(evidence, data, described, record, trust, checks)
    if checks.failures() == before:
        state = described.capture.state
        checks.passed(
            "package.listing", subject, f"{len(described.capture.artefacts)} artefacts listed, capture {state}"
        )
    checks.count("packages")


def _seal(
    evidence: Path, data: bytes, described: Manifest, record: PackageRecord, trust: TrustResolver, checks: CheckList
) -> None:
    subject, records = layout.in_evidence(record.home), trust.ledger.tokens(record.manifest)
    digest = lambda algorithm: hashlib.new(algorithm, data).digest()  # noqa: E731
    standing = check_tokens(evidence, records, trust, digest, described.quorum, described.capture.ended_at, checks)
    if standing == "broken":
        checks.failed("seal.quorum", subject, "recorded timestamps do not hold, so neither does the quorum")
    elif standing == "waits":
        reasons = "; ".join(f"{r.verdict.authority}: {r.verdict.why}" for r in records[-4:] if r.verdict.why)
        detail = f"UNSEALED, waits in the outbox for {described.quorum} owners: {reasons or 'none asked yet'}"
        checks.unchecked("seal.quorum", subject, detail)
    elif described.quorum < 2:
        checks.notice(
            f"{subject} was sealed by a quorum of {described.quorum}: one authority alone vouches for its time."
        )


def _intent(home: str, described: Manifest, ledger: JournalState, checks: CheckList) -> None:
    """The manifest names the journal line that announced the visit, by its digest."""
    intent = ledger.intent(described.capture.intent)
    if intent is None or intent.line_sha256 != described.intent_sha256:
        subject = layout.in_evidence(f"{home}/{manifest.NAME}")
        checks.failed("manifest.intent", subject, f"intent {described.capture.intent} is not the journal line it names")


def _party(home: str, described: Manifest, record: PackageRecord, ledger: JournalState, checks: CheckList) -> None:
    """The party that the manifest names is the one whose key signed it, by the capture's line."""
    named = described.capture.facts.get("party_key", "")
    if named and CaptureCommitted.of(ledger.entry(record.number)).party_key != named:
        subject = layout.in_evidence(f"{home}/{manifest.NAME}")
        checks.failed("capture.party", subject, f"names party key {named}, which its journal line is not signed by")


def _manifest(
    evidence: Path, home: str, record: PackageRecord | None, checks: CheckList
) -> tuple[bytes, Manifest | None]:
    subject = layout.in_evidence(f"{home}/{manifest.NAME}")
    try:
        data = durable.read(evidence / home / manifest.NAME, manifest.MAX_MANIFEST)
    except IntegrityError as error:
        checks.failed("manifest.missing", subject, str(error))
        return b"", None
    digest = canonical_json.sha256(data)
    if record is not None and digest != record.manifest_sha256:
        checks.failed("manifest.digest", subject, "differs from the journal's record", record.manifest_sha256, digest)
    try:
        described = manifest.decode_manifest(data, subject)
    except IntegrityError as error:
        checks.failed("manifest.form", subject, str(error))
        return data, None
    capture = described.capture
    if home != f"{capture.deployment}/{package_name(capture.id, capture.started_at)}":
        checks.failed(
            "package.place",
            layout.in_evidence(home),
            f"holds {capture.deployment}/{capture.id}, which belongs elsewhere",
        )
    if record is not None and (capture.id, capture.intent, capture.run) != (record.capture, record.intent, record.run):
        checks.failed("manifest.record", subject, "names another capture, intent or run than the journal")
    return data, described


def check_contents(
    folder: Path,
    subject: str,
    described: Manifest,
    placed: Collection[str],
    hasher: Hasher,
    pruned: PruneRecord | None = None,
) -> None:
    """Every file of a package folder is listed, or placed beside the manifest; every such file is there."""
    checks = hasher.checks
    listed = {artefact.path: artefact for artefact in described.capture.artefacts}
    found = dict(durable.walk(folder))
    for left, right in evidence_paths.collisions(found):
        checks.failed("package.name", f"{subject}/{right}", f"one name with {left} on some file systems")
    for path, entry in sorted(found.items()):
        name = f"{subject}/{path}"
        if entry.is_symlink() or not (path.endswith("/") or entry.is_file(follow_symlinks=False)):
            checks.failed("package.symlink", name, "a link or special file; not followed")
        elif path in listed:
            hasher.put(name, listed[path], Path(entry.path))
        elif path != manifest.NAME and path not in placed:
            checks.failed("package.extra-file", name, "neither in the manifest nor in the journal")
    gone = set() if pruned is None else _pruned(subject, listed, found, pruned, hasher.checks)
    for path in sorted((set(listed) | set(placed)) - set(found) - gone):
        checks.failed("package.missing-file", f"{subject}/{path}", "recorded, not on the disk")


def _pruned(
    subject: str, listed: Mapping[str, Artefact], found: Collection[str], pruned: PruneRecord, checks: CheckList
) -> set[str]:
    """What may be gone: what the journal's line names with the manifest's digests, and no more."""
    if {path: one.sha256 for path, one in listed.items()} != dict(pruned.files):
        checks.failed(
            "package.pruned", subject, f"journal line {pruned.number} names other artefacts than the manifest"
        )
        return set()
    if pruned.held:
        checks.failed(
            "package.held", subject, f"pruned by journal line {pruned.number} although hold {pruned.held} covered it"
        )
    for path in sorted(set(listed) & set(found)):
        why = "pruned by the journal and still there: open the workspace to finish an interrupted pruning"
        checks.failed("package.pruned", f"{subject}/{path}", why)
    detail = f"pruned under rule: {pruned.rule}; {len(listed)} files, digests kept (journal line {pruned.number})"
    checks.passed("package.pruned", subject, detail)
    checks.count("pruned")
    return set(listed)


def _placed(evidence: Path, home: str, placed: Mapping[str, str], checks: CheckList) -> None:
    """Requests and responses beside the manifest, refused ones as well, byte for byte."""
    for path, digest in placed.items():
        subject = layout.in_evidence(f"{home}/{path}")
        if not (evidence / home / path).exists():
            continue
        try:
            found = canonical_json.sha256(durable.read(evidence / home / path, MAX_PLACED))
        except IntegrityError as error:
            checks.failed("token.digest", subject, str(error))
            continue
        if found != digest:
            checks.failed("token.digest", subject, "its bytes differ from the journal's record", digest, found)
