"""The hosting record of a subject: every address with its ladder, made from stored bytes and decisions alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from auditor.custody import Journal, filed_packages, open_filing, require_initialised
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats.canonical_json import JsonObject
from auditor.formats.evidence_layout import HOSTING, in_evidence
from auditor.hosting import LadderInputs, hosting_record, parse_address, read_lookup
from auditor.model.events import DecisionMade
from auditor.model.filings import FiledPackage
from auditor.model.hosting import HostAttachment, HostDecision, HostingReading, HostingRecord
from auditor.workflow.hosting.attach import ATTACHMENT, ATTACHMENT_FORMAT
from auditor.workflow.hosting.capture_view import ConnectionView, newest_captures, view_capture
from auditor.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FiledLookup:
    """A look-up as it is filed, and as it is read now."""

    package: FiledPackage
    reading: HostingReading
    deployments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostingFile:
    """Everything on record about where anything runs."""

    lookups: tuple[FiledLookup, ...]
    attachments: tuple[HostAttachment, ...]
    decisions: Mapping[str, HostDecision]
    """The decision in force, by subject."""

    @property
    def deployments(self) -> tuple[str, ...]:
        """Every deployment that something is on record about."""
        named = [name for one in self.lookups for name in one.deployments]
        return tuple(dict.fromkeys([*named, *(one.subject for one in self.attachments), *self.decisions]))


def read_hosting_file(root: Path, journal: Journal, until: datetime | None = None) -> HostingFile:
    """From the journal and the filings' bytes, as of a moment. `IntegrityError` where they are not what is recorded."""
    lookups: list[FiledLookup] = []
    attachments: list[HostAttachment] = []
    for package in filed_packages(journal):
        if until is not None and package.at > until:
            continue
        described, files = open_filing(root, package)
        if described.filing.kind == "lookup":
            named = tuple(filter(None, described.filing.facts.get("deployments", "").split(",")))
            lookups.append(FiledLookup(package, read_lookup(files), named))
        elif described.filing.kind == "attachment":
            attachments.append(_attachment(package, files))
    return HostingFile(tuple(lookups), tuple(attachments), _decisions(journal, until))


def _attachment(package: FiledPackage, files: Mapping[str, bytes]) -> HostAttachment:
    what = f"{package.path}/{ATTACHMENT}"
    body = JsonObject(canonical_json.decode(files.get(ATTACHMENT, b""), what), what)
    if body.text("format") != ATTACHMENT_FORMAT or body.text("kind") not in ("icp", "registry", "other"):
        raise IntegrityError(f"{what}: not an attachment of this version")
    kind = body.text("kind")
    return HostAttachment(
        package.filing, body.text("subject"), kind,  # type: ignore[arg-type]
        body.text("says"), date.fromisoformat(body.text("on")), body.text("by"), package.path, body.text("file"),
    )  # fmt: skip


def _decisions(journal: Journal, until: datetime | None) -> dict[str, HostDecision]:
    found: dict[str, HostDecision] = {}
    for entry in journal.entries(kinds=("decision",)):
        made = DecisionMade.of(entry).decision
        if made.kind == "hosting" and (until is None or entry.at <= until):
            found[made.subject] = HostDecision(made.id, made.text, made.by, made.reason, made.at, made.evidence)
    return found


def hosting_records(workspace: Workspace, subject: str) -> list[HostingRecord]:
    """What may be said about a deployment, one record for each of its addresses, or about one address.

    Empty where nothing is on record: no look-up, no capture, no attachment, no decision.
    """
    require_initialised(workspace.root)
    journal = Journal.open(workspace.root)
    return records_of(workspace.root, journal, read_hosting_file(workspace.root, journal), subject)


def recorded_hosting(
    root: Path, journal: Journal, wanted: Iterable[str], until: datetime | None = None
) -> tuple[HostingRecord, ...]:
    """The records of those of these deployments that anything is on record about, as of a moment, by deployment."""
    if not (root / in_evidence(HOSTING)).is_dir():
        return ()
    known = read_hosting_file(root, journal, until)
    named = set(known.deployments)
    return tuple(record for name in sorted(set(wanted) & named) for record in records_of(root, journal, known, name))


def records_of(root: Path, journal: Journal, known: HostingFile, subject: str) -> list[HostingRecord]:
    """As `hosting_records`, from a file that is read already."""
    address = parse_address(subject).address
    deployment = "" if address is not None else subject
    lookups = [one for one in known.lookups if _is_about(one, str(address) if address else "", deployment)]
    wanted = [deployment] if deployment else list(dict.fromkeys(name for one in lookups for name in one.deployments))
    views = [view_capture(root, one) for one in newest_captures(root, journal, wanted).values()] if wanted else []
    return [
        hosting_record(_inputs(known, one, deployment, lookups, views, subject))
        for one in _addresses(str(address) if address else "", lookups, views, known, subject)
    ]


def _is_about(lookup: FiledLookup, address: str, deployment: str) -> bool:
    return lookup.reading.address == address if address else deployment in lookup.deployments


def _addresses(
    address: str, lookups: Sequence[FiledLookup], views: Iterable[ConnectionView], known: HostingFile, subject: str
) -> list[str]:
    if address:
        decided = subject in known.decisions or any(one.subject == subject for one in known.attachments)
        return [address] if lookups or decided else []
    own = [one.address for view in views for one in view.traffic.connections if one.main]
    return list(dict.fromkeys([*own, *(one.reading.address for one in lookups)]))


def _inputs(
    known: HostingFile, address: str, deployment: str, lookups: Sequence[FiledLookup], views: Sequence[ConnectionView],
    subject: str,
) -> LadderInputs:  # fmt: skip
    latest = next((one for one in reversed(lookups) if one.reading.address == address), None)
    here = [view for view in views if address in view.addresses]
    ordered = here or list(views)
    newest = ordered[-1] if ordered else None
    own = tuple(one for one in known.attachments if one.subject in {address, deployment, subject})
    return LadderInputs(
        address=address,
        deployment=deployment,
        reading=latest.reading if latest is not None else None,
        lookup=latest.package.filing if latest is not None else "",
        connections=tuple(one for view in views for one in view.traffic.connections),
        headers=newest.traffic.headers if newest is not None else None,
        filings=newest.filings if newest is not None else (),
        filings_capture=newest.capture if newest is not None and newest.looked_at_text else "",
        attachments=own,
        decision=known.decisions.get(deployment) or known.decisions.get(address),
        certificate=newest.certificate if newest is not None else "",
    )
