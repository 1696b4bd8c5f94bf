"""Verifying one package that lies in no workspace: what it can prove of itself, and what it cannot.

Its files against its manifest, and the timestamps over the manifest against roots from elsewhere. Without the journal
nobody can tell whether the package was recorded when it says, or whether others were left out: the verdict is
`not checked` at best.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from auditor.custody.files import durable
from auditor.custody.packages.stage import package_name
from auditor.custody.timestamps import token_checks, trust_anchors
from auditor.custody.timestamps.messages import MAX_RESPONSE
from auditor.custody.timestamps.token_checks import TimeWindow
from auditor.custody.timestamps.trust_anchors import PinnedAuthority
from auditor.custody.verification.filings import check_filing_contents
from auditor.custody.verification.packages import Hasher, check_contents
from auditor.custody.verification.trust import load_trust_dir
from auditor.errors import IntegrityError
from auditor.formats import filing_manifest, manifest
from auditor.formats.evidence_layout import REFUSED
from auditor.formats.filing_manifest import FilingManifest
from auditor.formats.manifest import Manifest
from auditor.model.evidence import CheckList, Progress, Verification

JOURNAL = (
    "the journal is not here: when this was recorded, whether anything was left out or pruned, and whether a"
    " certificate was revoked, was not checked"
)
TRUST = "no roots from elsewhere: give --trust DIR with the certificates of each authority as NAME.pem"


def verify_single_package(
    folder: Path, *, trust: Path | None = None, progress: Progress | None = None, workers: int | None = None
) -> Verification:
    """Verify a package folder by itself. `trust`: a directory with NAME.pem for each authority of the manifest.

    Never passes as a whole: `journal.record` is not checked. Raises `ConfigError` for a trust directory of no use.
    """
    checks = CheckList()
    pins = {Path(name).stem: pinned for name, pinned in load_trust_dir(trust).pins.items()} if trust is not None else {}
    subject = f"{folder.name}/{manifest.NAME}"
    try:
        data = durable.read(folder / manifest.NAME, manifest.MAX_MANIFEST)
        described = _decoded(data, subject)
    except IntegrityError as error:
        checks.failed("manifest.form", subject, str(error))
        return checks.done()
    told = described.capture if isinstance(described, Manifest) else described.filing
    if folder.name != package_name(told.id, told.started_at):
        checks.failed("package.place", folder.name, f"holds {told.id}, whose folder has another name")
    beside = sorted(path.name for path in folder.glob("manifest.*.ts[qr]"))
    with ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="verify") as pool:
        hasher = Hasher(pool, checks, progress)
        if isinstance(described, Manifest):
            check_contents(folder, folder.name, described, set(beside), hasher)
        else:
            check_filing_contents(folder, folder.name, described, dict.fromkeys(beside, ""), hasher)
        hasher.finish()
    _seal(folder, data, described, [name for name in beside if name.endswith(".tsr")], pins, checks)
    checks.unchecked("journal.record", folder.name, JOURNAL)
    checks.count("packages")
    return checks.done()


def _decoded(data: bytes, subject: str) -> Manifest | FilingManifest:
    """The manifest of a capture, or of a filing."""
    if f'"format":"{filing_manifest.FILING_FORMAT}"'.encode() in data:
        return filing_manifest.decode_filing(data, subject)
    return manifest.decode_manifest(data, subject)


def _seal(
    folder: Path,
    data: bytes,
    described: Manifest | FilingManifest,
    responses: list[str],
    pins: dict[str, PinnedAuthority],
    checks: CheckList,
) -> None:
    """How many owners' timestamps over the manifest hold; owners as the stamped manifest itself names them."""
    owners = dict(described.authorities)
    holding: dict[str, str] = {}
    for name in responses:
        subject, authority = f"{folder.name}/{name}", name.split(".")[1]
        pinned = pins.get(authority)
        if REFUSED in name:
            checks.unchecked("token.refused", subject, "refused when it came, kept, and never counted")
            continue
        if pinned is None:
            checks.unchecked("token.trust", subject, TRUST)
            continue
        try:
            request = durable.read(folder / f"{name.removesuffix('.tsr')}.tsq", MAX_RESPONSE)
            response = durable.read(folder / name, MAX_RESPONSE)
        except IntegrityError as error:
            checks.failed("token.digest", subject, str(error))
            continue
        told = described.capture if isinstance(described, Manifest) else described.filing
        window = TimeWindow(told.ended_at, None)
        found = token_checks.check_token(token_checks.digest_function(data), request, response, pinned, window)
        if found.check:
            checks.failed(found.check, subject, found.verdict.why)
            continue
        when = f"{found.verdict.gen_time:%Y-%m-%d %H:%M:%S}Z of {found.verdict.signer} by {found.verdict.verified_by}"
        checks.passed("token.verified", subject, when)
        holding.setdefault(trust_anchors.signer_identity(found.chain), owners.get(authority, ""))
    vouching = {owner for owner in holding.values() if owner}
    if len(vouching) >= max(1, described.quorum):
        checks.passed("seal.quorum", folder.name, f"{len(vouching)} owners: {', '.join(sorted(vouching))}")
    else:
        checks.unchecked("seal.quorum", folder.name, f"{len(vouching)} owners hold of {described.quorum} asked for")
