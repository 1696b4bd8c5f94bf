"""`auditor verify`: packages, journal, checkpoints, seals and trust against each other."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from auditor import clock
from auditor.custody.files import durable, lock
from auditor.custody.journal.ledger.records import PackageRecord
from auditor.custody.journal.state import JournalState
from auditor.custody.packages.read_through import make_places
from auditor.custody.timestamps.token_checks import MAX_GAP
from auditor.custody.transparency import renewal
from auditor.custody.verification.at_hand import PackageCarrier, PackagesOnDisk
from auditor.custody.verification.filings import check_filings
from auditor.custody.verification.journal import (
    JournalWalk,
    check_checkpoints,
    check_cosignatures,
    check_files,
    check_keys,
    check_renewals,
    walk_journal,
)
from auditor.custody.verification.others_at_work import UnsignedLines
from auditor.custody.verification.packages import Hasher, brought, check_package, iter_package_folders
from auditor.custody.verification.tokens import check_tokens
from auditor.custody.verification.trust import TrustDirectory, TrustResolver, load_trust_dir
from auditor.custody.verification.witness_coverage import check_outside_checkpoints, check_witnesses
from auditor.errors import ConfigError, IntegrityError
from auditor.formats import evidence_layout as layout
from auditor.model.evidence import CheckList, Progress, Verification


def verify_workspace(
    root: Path,
    paths: Sequence[Path] = (),
    *,
    trust: Path | None = None,
    at: clock.Clock = clock.now,
    progress: Progress | None = None,
    workers: int | None = None,
    carrier: PackageCarrier | None = None,
    unsigned: UnsignedLines | None = None,
) -> Verification:
    """Verify a workspace, or the packages of it that `paths` name (the journal is always walked).

    Nothing is changed and nothing is believed that was not read here. `trust`: a directory of roots and log keys from
    elsewhere; without it the copy inside is used and a notice says so. Memory does not grow with the size of files.
    `carrier`: brings packages that lie elsewhere; `unsigned`: of a place where others are at work, the lines behind the
    signed head.
    """
    checks, now = CheckList(), at()
    outside = load_trust_dir(trust) if trust is not None else None
    evidence = root / layout.EVIDENCE
    if not evidence.is_dir():
        raise ConfigError(f"{root}: no evidence/ here; give a workspace")
    history = walk_journal(root, checks, now, MAX_GAP, outside)
    _tell(outside, history, checks)
    if in_use := lock.is_at_work(root):
        checks.notice(
            "THE WORKSPACE IS IN USE: what is written meanwhile may show as missing or extra; "
            "verify again when it rests."
        )
    carrier = carrier or PackagesOnDisk(evidence)
    filed = _filing_paths(root, paths)
    others = [path for path in paths if path not in filed]
    wanted = _wanted(root, others, history.ledger)
    named = None if _is_whole(root, paths) else partial(_is_named, bool(others), wanted, tuple(filed.values()))
    _journal(evidence, history, outside, now, unsigned, carrier, named, checks)
    believed = TrustResolver(evidence, history.ledger, outside)
    _stamped(evidence, history.ledger, believed, checks)
    here = _Here(root, history, believed, carrier, unsigned, in_use or unsigned is not None, checks)
    with ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="verify") as pool:
        hasher = Hasher(pool, checks, progress)
        if others or not paths:
            _packages(here, wanted, bool(others), hasher)
        whole = None if _is_whole(root, paths) else tuple(filed.values())
        check_filings(
            evidence, history.filings, believed, hasher, whole, here.carrier, unsigned=unsigned, busy=here.busy
        )
        hasher.finish()
    _tell_pruned(history.ledger, checks)
    if not paths:
        _complete(here)
    return checks.done()


@dataclass(frozen=True, slots=True)
class _Here:
    """What is verified, where its packages come from, and who is at work there."""

    root: Path
    history: JournalWalk
    trust: TrustResolver
    carrier: PackageCarrier
    unsigned: UnsignedLines | None
    busy: bool
    checks: CheckList

    @property
    def evidence(self) -> Path:
        return self.root / layout.EVIDENCE

    def under_way(self, intent: str) -> str:
        """Why a visit may have no outcome; empty where it must have one."""
        if self.unsigned is None:
            return "under way now: the workspace is in use" if self.busy else ""
        if self.unsigned.ends.get(intent):
            return "the line that ends it is not signed yet: verify again later"
        return "under way now" if self.unsigned.is_under_way(self.history.ledger, intent) else ""


def _journal(
    evidence: Path,
    history: JournalWalk,
    outside: TrustDirectory | None,
    now: datetime,
    unsigned: UnsignedLines | None,
    carrier: PackageCarrier,
    wanted: Callable[[str], bool] | None,
    checks: CheckList,
) -> None:
    """What lies beside the lines, and whose keys they are signed by."""
    check_keys(history, outside, checks)
    check_files(evidence, history, checks, unsigned)
    check_checkpoints(evidence, history, checks)
    check_cosignatures(evidence, history, outside, checks)
    check_witnesses(history, outside, now, checks)
    check_outside_checkpoints(history, outside, checks)
    check_renewals(evidence, history, carrier, wanted, checks)


def _tell_pruned(ledger: JournalState, checks: CheckList) -> None:
    pruned = checks.counts.get("pruned")
    if not pruned:
        return
    checks.notice(
        f"OF {pruned} PACKAGES ONLY DIGESTS, SEALS AND JOURNAL LINES ARE LEFT: their files were removed under a"
        " retention rule, and what they showed can no longer be read."
    )
    if contracts := sorted(one.id for one in ledger.holds.values() if one.contracts):
        checks.notice(
            f"WHETHER HOLDS BY CONTRACT COVERED THEM WAS NOT CHECKED ({', '.join(contracts)}): which deployments a"
            " contract had is in targets.yaml, not in the journal."
        )


def _filing_paths(root: Path, paths: Sequence[Path]) -> dict[Path, str]:
    """The named paths that are filings, as they are below `evidence/`."""
    base = (root / layout.EVIDENCE).absolute()
    below = {
        path: path.absolute().relative_to(base).as_posix() for path in paths if path.absolute().is_relative_to(base)
    }
    return {path: name for path, name in below.items() if name.split("/")[0] in layout.CABINETS}


def _is_whole(root: Path, paths: Sequence[Path]) -> bool:
    """Whether everything is asked for: nothing is named, or the workspace or its evidence."""
    base = root.absolute()
    return not paths or any(path.absolute() in {base, base / layout.EVIDENCE} for path in paths)


def _tell(outside: TrustDirectory | None, history: JournalWalk, checks: CheckList) -> None:
    if outside is None:
        checks.notice(
            "THE AUTHORITIES' ROOTS WERE TAKEN FROM INSIDE THE EVIDENCE ITSELF: "
            "give --trust DIR with roots from elsewhere."
        )
    if not history.read:
        why = "the journal is broken: what follows in it, and packages known only from there, were not checked"
        checks.unchecked("journal.record", "evidence", why)


def _stamped(evidence: Path, ledger: JournalState, trust: TrustResolver, checks: CheckList) -> None:
    """Tokens over checkpoints and renewals."""
    for subject, records in ledger.stamped(f"{layout.JOURNAL}/"):
        try:
            data = durable.read(evidence / subject, renewal.MAX_RENEWAL)
        except IntegrityError as error:
            checks.failed("checkpoint.token", layout.in_evidence(subject), str(error))
            continue
        digest = lambda algorithm, data=data: hashlib.new(algorithm, data).digest()  # noqa: E731
        if check_tokens(evidence, records, trust, digest, 1, None, checks) != "holds":
            checks.notice(f"{layout.in_evidence(subject)} is not timestamped by the quorum.")


def _packages(here: _Here, wanted: Callable[[str], bool], named: bool, hasher: Hasher) -> None:
    ledger, checks, evidence = here.history.ledger, here.checks, here.evidence
    if named:
        make_places(evidence, (record.home for record in ledger.packages() if wanted(record.home)))
    for home in iter_package_folders(evidence, checks):
        record = ledger.package_at(home)
        if not wanted(home) or (record is None and (not here.history.read or _unrecorded(here, home))):
            continue
        placed = ledger.placed_in(home) if record is not None else {}
        placed |= here.unsigned.there(evidence, home) if here.unsigned is not None else {}
        with brought(here.carrier, home, hasher, ledger.version_of(record) if record is not None else ""):
            check_package(evidence, home, record, placed, here.trust, hasher)
    for record in ledger.packages():
        if wanted(record.home) and not _there(evidence / record.home):
            _missing(here, record, hasher)


def _there(folder: Path) -> bool:
    return folder.is_dir() and not folder.is_symlink() and not folder.parent.is_symlink()


def _missing(here: _Here, record: PackageRecord, hasher: Hasher) -> None:
    """A package that is not where it was recorded; a store may have it all the same, by the version in its line."""
    ledger, evidence, home = here.history.ledger, here.evidence, record.home
    if version := ledger.version_of(record):
        with brought(here.carrier, home, hasher, version):
            if _there(evidence / home):
                check_package(evidence, home, record, ledger.placed_in(home), here.trust, hasher)
                return
    here.checks.failed("package.missing", layout.in_evidence(home), "recorded in the journal, not on the disk")


def _unrecorded(here: _Here, home: str) -> bool:
    """What a package without a line is; whether that is all there is to say of it."""
    checks, subject = here.checks, layout.in_evidence(home)
    standing = here.unsigned.standing(here.history.ledger, home) if here.unsigned is not None else "unrecorded"
    if standing == "not_kept":
        why = "was put by a visit that was not kept, as the gap of its intent says: it is no evidence."
        checks.notice(f"{subject} {why}")
    elif standing == "not_signed":
        why = "its journal line is not signed yet: verify again later"
        checks.unchecked("package.unrecorded", subject, why)
    elif standing == "under_way":
        why = "no journal line records this package yet; its visit is under way: verify again later"
        checks.unchecked("package.unrecorded", subject, why)
    else:
        checks.failed("package.unrecorded", subject, "no journal line records this package")
    return standing != "unrecorded"


def _wanted(root: Path, paths: Sequence[Path], ledger: JournalState) -> Callable[[str], bool]:
    """Whether a home is at or below one of the named paths; every one where none is named."""
    names: set[str] = set()
    base = (root / layout.EVIDENCE).absolute()
    for path in paths:
        full = path.absolute()
        if full in {base, root.absolute()}:
            return lambda _: True
        if not full.is_relative_to(base):
            raise ConfigError(f"{path}: not below {base}; give a package of this workspace")
        name = "/".join(full.relative_to(base).parts[:2])
        there = (base / name).is_dir() and any((base / name).iterdir())
        recorded = ledger.package_at(name) if "/" in name else next(ledger.packages(name), None)
        if not there and recorded is None and name.split("/")[0] not in {layout.JOURNAL, layout.TRUST}:
            raise ConfigError(f"{path}: no package there, on the disk or in the journal; see `auditor status`")
        names.add(name)
    return lambda home: not paths or home in names or home.split("/")[0] in names


def _is_named(others: bool, wanted: Callable[[str], bool], filed: Sequence[str], home: str) -> bool:
    """Whether a package, or a filing, is among those that were named."""
    if home.split("/")[0] in layout.CABINETS:
        return any(f"{home}/".startswith(f"{one}/") or f"{one}/".startswith(f"{home}/") for one in filed)
    return others and wanted(home)


def _complete(here: _Here) -> None:
    """Every intent has its outcome, every planned slot its end, and no staging is left."""
    evidence, ledger, checks = here.evidence, here.history.ledger, here.checks
    leftovers = sorted((evidence / layout.STAGING).iterdir()) if (evidence / layout.STAGING).is_dir() else []
    for entry in leftovers:
        subject = layout.in_evidence(f"{layout.STAGING}/{entry.name}")
        if here.busy and here.unsigned is None:
            checks.unchecked("workspace.staging", subject, "under way now: the workspace is in use")
        else:
            checks.failed(
                "workspace.staging", subject, "left by an interruption or put there: open the workspace to recover"
            )
    for intent, ends in ledger.intents_ended_otherwise():
        if not ends and (why := here.under_way(intent)):
            checks.unchecked("intent.outcome", f"intent {intent}", why)
        else:
            checks.failed("intent.outcome", f"intent {intent}", f"{ends} outcomes, expected one capture or gap")
    for known in ledger.outcomes_of_nothing():
        checks.failed("intent.outcome", f"intent {known}", "an outcome of an intent that was never journalled")
    for run, slot in ledger.slots_left():
        checks.failed("plan.slot", f"run {run} slot {slot}", "planned, and ended neither in a visit nor in a gap")
    intents, slots = ledger.totals()
    checks.passed("intent.outcome", layout.in_evidence(layout.JOURNAL), f"{intents} intents, {slots} planned slots")
