"""Verifying filings: each announced, each ended once, each package where the journal says, with what it lists."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.packages.filings import FilingRecord, FilingState, filing_home
from auditor.custody.verification.at_hand import PackageCarrier
from auditor.custody.verification.others_at_work import UnsignedLines
from auditor.custody.verification.packages import Hasher, brought
from auditor.custody.verification.tokens import check_tokens
from auditor.custody.verification.trust import TrustResolver
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, evidence_paths, filing_manifest, manifest
from auditor.formats import evidence_layout as layout
from auditor.formats.filing_manifest import FilingManifest
from auditor.model.evidence import CheckList

MAX_PLACED = 1 << 20


def check_filings(
    evidence: Path,
    state: FilingState,
    trust: TrustResolver,
    hasher: Hasher,
    wanted: tuple[str, ...] | None,
    carrier: PackageCarrier,
    *,
    unsigned: UnsignedLines | None = None,
    busy: bool,
) -> None:
    """Every filing of the journal against the disk, and the disk against the journal.

    `wanted`: paths below `evidence/` to be looked at; None for all, and then the journal's lines too. `unsigned`: the
    lines behind the signed head, where others are at work.
    """
    checks = hasher.checks
    by_home = {one.committed.package: one for one in state.committed() if one.committed is not None}
    on_disk = _homes(evidence, checks)
    for home in sorted({*on_disk, *by_home}):
        if wanted is not None and not any(home == path or home.startswith(f"{path}/") for path in wanted):
            continue
        record = by_home.get(home)
        if home not in on_disk:
            checks.failed("package.missing", layout.in_evidence(home), "recorded in the journal, not on the disk")
        elif record is None and unsigned is not None and home in unsigned.homes:
            why = "its journal line is not signed yet: verify again later"
            checks.unchecked("package.unrecorded", layout.in_evidence(home), why)
        elif record is None:
            checks.failed("package.unrecorded", layout.in_evidence(home), "no journal line records this filing")
        else:
            with brought(carrier, home, hasher):
                placed = trust.ledger.placed_in(home)
                placed |= unsigned.there(evidence, home) if unsigned is not None else {}
                _package(evidence, home, record, placed, trust, hasher)
    if wanted is None:
        _ends(state, checks, busy=busy)


def _homes(evidence: Path, checks: CheckList) -> list[str]:
    """Every folder of a filing; anything else in a cabinet is told."""
    return [home for name in sorted(layout.CABINETS) for home in _cabinet(evidence, name, checks)]


def _cabinet(evidence: Path, cabinet_name: str, checks: CheckList) -> list[str]:
    found: list[str] = []
    cabinet = evidence / cabinet_name
    if not cabinet.is_dir() or cabinet.is_symlink():
        return found
    for subject in sorted(cabinet.iterdir()):
        inner = sorted(subject.iterdir()) if subject.is_dir() and not subject.is_symlink() else []
        if not inner:
            checks.failed(
                "workspace.extra-file",
                layout.in_evidence(f"{cabinet_name}/{subject.name}"),
                "not a folder of filings",
            )
        for one in inner:
            name = f"{cabinet_name}/{subject.name}/{one.name}"
            if one.is_symlink() or not one.is_dir():
                checks.failed("workspace.extra-file", layout.in_evidence(name), "not a package folder")
            else:
                found.append(name)
    return found


def _package(
    evidence: Path, home: str, record: FilingRecord, placed: Mapping[str, str], trust: TrustResolver, hasher: Hasher
) -> None:
    checks, before, made = hasher.checks, hasher.checks.failures(), record.committed
    assert made is not None  # noqa: S101 (its home is known)
    subject = layout.in_evidence(f"{home}/{manifest.NAME}")
    try:
        data = durable.read(evidence / home / manifest.NAME, filing_manifest.MAX_FILING)
        described = filing_manifest.decode_filing(data, subject)
    except IntegrityError as error:
        checks.failed("manifest.form", subject, str(error))
        return
    digest = canonical_json.sha256(data)
    if digest != made.manifest_sha256:
        checks.failed("manifest.digest", subject, "differs from the journal's record", made.manifest_sha256, digest)
    filing = described.filing
    if (filing.id, filing.cabinet, filing.subject) != (made.intent, made.cabinet, made.subject):
        checks.failed("manifest.record", subject, "names another filing or subject than the journal")
    if home != filing_home(filing.cabinet, filing.subject, filing.id, filing.started_at):
        checks.failed("package.place", layout.in_evidence(home), f"holds {filing.id}, which belongs elsewhere")
    if described.intent_sha256 != record.line_sha256:
        checks.failed("manifest.intent", subject, f"intent {filing.id} is not the journal line it names")
    check_filing_contents(evidence / home, layout.in_evidence(home), described, placed, hasher)
    _seal(evidence, data, record, described, trust, checks)
    if checks.failures() == before:
        checks.passed(
            "package.listing", layout.in_evidence(home), f"{len(filing.artefacts)} artefacts listed, a filing"
        )
    checks.count("filings")


def check_filing_contents(
    folder: Path, home: str, described: FilingManifest, placed: Mapping[str, str], hasher: Hasher
) -> None:
    """Every file of a filing is listed, or placed beside its manifest as recorded; every such file is there.

    `placed`: SHA-256 by path; an empty one where nothing is here that records it.
    """
    checks = hasher.checks
    listed = {artefact.path: artefact for artefact in described.filing.artefacts}
    found = dict(durable.walk(folder))
    for left, right in evidence_paths.collisions(found):
        checks.failed("package.name", f"{home}/{right}", f"one name with {left} on some file systems")
    for path, entry in sorted(found.items()):
        name = f"{home}/{path}"
        if entry.is_symlink() or not (path.endswith("/") or entry.is_file(follow_symlinks=False)):
            checks.failed("package.symlink", name, "a link or special file; not followed")
        elif path in listed:
            hasher.put(name, listed[path], Path(entry.path))
        elif path in placed:
            if placed[path]:
                _placed(folder / path, name, placed[path], checks)
        elif path != manifest.NAME:
            checks.failed("package.extra-file", name, "neither in the manifest nor in the journal")
    for path in sorted({*listed, *placed} - set(found)):
        checks.failed("package.missing-file", f"{home}/{path}", "recorded, not on the disk")


def _placed(file: Path, subject: str, digest: str, checks: CheckList) -> None:
    try:
        found = canonical_json.sha256(durable.read(file, MAX_PLACED))
    except IntegrityError as error:
        checks.failed("token.digest", subject, str(error))
        return
    if found != digest:
        checks.failed("token.digest", subject, "its bytes differ from the journal's record", digest, found)


def _seal(
    evidence: Path,
    data: bytes,
    record: FilingRecord,
    described: FilingManifest,
    trust: TrustResolver,
    checks: CheckList,
) -> None:
    subject = layout.in_evidence(record.manifest)
    tokens = trust.ledger.tokens(record.manifest)
    digest = lambda algorithm: hashlib.new(algorithm, data).digest()  # noqa: E731
    standing = check_tokens(evidence, tokens, trust, digest, described.quorum, described.filing.ended_at, checks)
    if standing == "broken":
        checks.failed("seal.quorum", subject, "recorded timestamps do not hold, so neither does the quorum")
    elif standing == "waits":
        checks.unchecked("seal.quorum", subject, f"UNSEALED, waits in the outbox for {described.quorum} owners")


def _ends(state: FilingState, checks: CheckList, *, busy: bool) -> None:
    """Each announced filing ended as one package or one gap; none ended that was not announced."""
    for name, record in state.records.items():
        if not record.ends and busy:
            checks.unchecked("intent.outcome", f"filing {name}", "under way now: the workspace is in use")
        elif len(record.ends) != 1:
            checks.failed(
                "intent.outcome", f"filing {name}", f"{len(record.ends)} outcomes, expected one package or gap"
            )
    for name in state.strays:
        checks.failed("intent.outcome", f"filing {name}", "announced twice, never announced, or about another subject")
    if state.records:
        checks.passed("filing.outcome", layout.in_evidence(layout.JOURNAL), f"{len(state.records)} filings announced")
