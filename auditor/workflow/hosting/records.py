"""The hosting record of a subject: every address with its ladder, made from stored bytes and decisions alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from auditor.custody import Journal, describe_filing, filed_packages, open_filing, require_initialised
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats.canonical_json import JsonObject
from auditor.formats.evidence_layout import HOSTING, in_evidence
from auditor.formats.web_origins import host_of
from auditor.hosting import LadderInputs, hosting_record, parse_address, read_lookup
from auditor.model.events import DecisionMade
from auditor.model.filings import FiledPackage
from auditor.model.hosting import HostAttachment, HostDecision, HostingReading, HostingRecord
from auditor.model.targets.deployments import Deployment
from auditor.workflow.hosting.attach import ATTACHMENT, ATTACHMENT_FORMAT
from auditor.workflow.hosting.capture_view import ConnectionView, newest_captures, view_capture
from auditor.workflow.wiring import read_targets_cached
from auditor.workspace import Workspace


@dataclass(frozen=True, slots=True)
class FiledLookup:
    """A look-up as it is filed; its bytes are read when it is told."""

    package: FiledPackage
    address: str
    deployments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HostingFile:
    """Everything on record about where anything runs."""

    root: Path
    lookups: tuple[FiledLookup, ...]
    attachments: tuple[HostAttachment, ...]
    decisions: Mapping[str, HostDecision]
    """The decision in force, by subject."""

    @property
    def subjects(self) -> frozenset[str]:
        """Every deployment and address that something is on record about."""
        named = {name for one in self.lookups for name in (one.address, *one.deployments)}
        return frozenset(named | {one.subject for one in self.attachments} | set(self.decisions))

    def latest(self, address: str, deployment: str = "") -> FiledLookup | None:
        """The newest look-up of an address: one made for the deployment where there is any, else for whichever."""
        found = [one for one in reversed(self.lookups) if one.address == address]
        return next((one for one in found if deployment in one.deployments), found[0] if found else None)


def read_hosting_file(root: Path, journal: Journal, until: datetime | None = None) -> HostingFile:
    """From the journal and the filings' manifests, as of a moment. `IntegrityError` where they are not as recorded."""
    lookups: list[FiledLookup] = []
    attachments: list[HostAttachment] = []
    for package in filed_packages(journal):
        if package.cabinet != "hosting" or (until is not None and package.at > until):
            continue
        filing = describe_filing(root, package).filing
        if filing.kind == "lookup":
            named = tuple(filter(None, filing.facts.get("deployments", "").split(",")))
            lookups.append(FiledLookup(package, filing.facts.get("address", ""), named))
        elif filing.kind == "attachment":
            attachments.append(_attachment(package, open_filing(root, package)[1]))
    return HostingFile(root, tuple(lookups), tuple(attachments), _decisions(journal, until))


def _attachment(package: FiledPackage, files: Mapping[str, bytes]) -> HostAttachment:
    what = f"{package.path}/{ATTACHMENT}"
    body = JsonObject(canonical_json.decode(files.get(ATTACHMENT, b""), what), what)
    if body.text("format") != ATTACHMENT_FORMAT or body.text("kind") not in ("icp", "registry", "other"):
        raise IntegrityError(f"{what}: not an attachment of this version")
    kind = body.text("kind")
    return HostAttachment(
        package.filing, _plain(body.text("subject")), kind,  # type: ignore[arg-type]
        body.text("says"), date.fromisoformat(body.text("on")), body.text("by"), package.path, body.text("file"),
    )  # fmt: skip


def _plain(subject: str) -> str:
    """A subject as it is looked for: earlier versions kept an address as it was typed, with its port."""
    address = parse_address(subject).address
    return subject if address is None else str(address)


def _decisions(journal: Journal, until: datetime | None) -> dict[str, HostDecision]:
    found: dict[str, HostDecision] = {}
    for entry in journal.entries(kinds=("decision",)):
        made = DecisionMade.of(entry).decision
        if made.kind == "hosting" and (until is None or entry.at <= until):
            found[_plain(made.subject)] = HostDecision(made.id, made.text, made.by, made.reason, made.at, made.evidence)
    return found


def hosting_records(workspace: Workspace, subject: str, addresses: Iterable[str] = ()) -> list[HostingRecord]:
    """What may be said about a deployment, one record for each of its addresses, or about one address.

    `addresses`: those that a look-up just now found it at. Empty where nothing is on record: no look-up, no capture,
    no attachment, no decision.
    """
    require_initialised(workspace.root)
    journal = Journal.open(workspace.root)
    known = read_hosting_file(workspace.root, journal)
    deployment = read_targets_cached(workspace).deployments.get(subject)
    own = literal_address(deployment.address) if deployment is not None else ""
    host = host_of(deployment.address) if deployment is not None else ""
    return records_of(journal, known, subject, [*filter(None, [own]), *addresses], host)


def recorded_hosting(
    root: Path, journal: Journal, wanted: Iterable[Deployment], until: datetime | None = None
) -> tuple[HostingRecord, ...]:
    """The records of those of these deployments that anything is on record about, as of a moment, by deployment."""
    if not (root / in_evidence(HOSTING)).is_dir():
        return ()
    known = read_hosting_file(root, journal, until)
    subjects = known.subjects
    hosts = {one.id: host_of(one.address) for one in wanted}
    literals = {name: str(parse_address(host).address or "") for name, host in hosts.items()}
    chosen = sorted(name for name, address in literals.items() if name in subjects or address in subjects)
    return tuple(
        record
        for name in chosen
        for record in records_of(journal, known, name, [literals[name]] if literals[name] else [], hosts[name])
    )


def literal_address(url: str) -> str:
    """The IP address that a deployment's own address is written with; empty where it is a name."""
    found = parse_address(host_of(url)).address
    return "" if found is None else str(found)


def records_of(
    journal: Journal, known: HostingFile, subject: str, also: Iterable[str] = (), host: str = ""
) -> list[HostingRecord]:
    """As `hosting_records`, from a file that is read already. `also`: addresses that it is known to be at.

    `host`: of the deployment's own address.
    """
    address = parse_address(subject).address
    if address is not None:
        if str(address) not in known.subjects and subject not in known.subjects:
            return []
        latest = known.latest(str(address))
        wanted, found = latest.deployments if latest is not None else (), [str(address)]
    else:
        wanted, found = (subject,), list(also)
    views = [view_capture(known.root, one) for one in newest_captures(journal, wanted).values()]
    if address is None:
        own = [one.address for view in views for one in view.traffic.connections if one.main]
        asked = [one.address for one in known.lookups if subject in one.deployments]
        found = list(dict.fromkeys([*own, *asked, *found]))
        if not views and subject not in known.subjects and not any(known.latest(one) for one in found):
            return []
    deployment = "" if address is not None else subject
    return [hosting_record(_inputs(known, one, deployment, views, subject, host)) for one in found]


def _reading(known: HostingFile, latest: FiledLookup, deployment: str, host: str) -> HostingReading:
    """What a look-up says; of one that was made for another deployment, the names of that one are left out."""
    reading = read_lookup(open_filing(known.root, latest.package)[1])
    if not deployment or deployment in latest.deployments:
        return reading
    return replace(reading, dns=tuple(one for one in reading.dns if one.name == host))


def _inputs(
    known: HostingFile, address: str, deployment: str, views: Sequence[ConnectionView], subject: str, host: str
) -> LadderInputs:
    latest = known.latest(address, deployment)
    ordered = [view for view in views if address in view.addresses] or list(views)
    newest = ordered[-1] if ordered else None
    here = newest is not None and any(one.main and one.address == address for one in newest.traffic.connections)
    own = tuple(one for one in known.attachments if one.subject in {address, deployment, subject})
    return LadderInputs(
        address=address,
        deployment=deployment,
        reading=_reading(known, latest, deployment, host) if latest is not None else None,
        lookup=latest.package.filing if latest is not None else "",
        connections=tuple(one for view in views for one in view.traffic.connections),
        headers=newest.traffic.headers if newest is not None and here else None,
        filings=newest.filings if newest is not None else (),
        filings_capture=newest.capture if newest is not None and newest.looked_at_text else "",
        attachments=own,
        decision=known.decisions.get(deployment) or known.decisions.get(address),
        certificate=newest.certificate if newest is not None and here else "",
        visit_dns=newest.names if newest is not None else (),
        handshake=newest.handshake if newest is not None and newest.handshake_address == address else None,
        proofs=newest.proofs if newest is not None else (),
    )
