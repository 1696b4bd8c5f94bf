"""What a deployment's newest capture says of where it was connected to: read from the stored bytes, nothing asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.custody import Journal, OpenPackage, open_package
from auditor.errors import IntegrityError
from auditor.hosting import (
    FOLDER,
    VISIT,
    CapturedTraffic,
    decode_visit,
    filing_numbers,
    parse_address,
    read_handshake,
    read_names,
    read_traffic,
)
from auditor.model.evidence import Package
from auditor.model.hosting import DnsAnswer, SeenConnection, SignedMoment, VisitProof

TRAFFIC = "traffic.warc.gz"


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """What one capture says."""

    capture: str
    traffic: CapturedTraffic
    certificate: str
    filings: tuple[str, ...]
    looked_at_text: bool
    """Whether any page's text was there to look for filing numbers."""
    proofs: tuple[VisitProof, ...] = ()
    names: tuple[DnsAnswer, ...] = ()
    handshake: SignedMoment | None = None
    handshake_address: str = ""
    """With which address it was made."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that was connected to, that of the page's own document first."""
        ordered = sorted(self.traffic.connections, key=lambda one: not one.main)
        return tuple(dict.fromkeys(one.address for one in ordered))


def newest_captures(journal: Journal, deployments: Iterable[str]) -> Mapping[str, Package]:
    """The newest package of each of these deployments."""
    found = ((name, next(journal.ledger.newest_first(name), None)) for name in dict.fromkeys(deployments))
    return {name: journal.ledger.package_of(one) for name, one in found if one is not None}


def view_capture(root: Path, package: Package) -> ConnectionView:
    """What a package says; one that cannot be read is told by `auditor verify`, and says nothing here."""
    try:
        opened = open_package(root / package.path, package.manifest_sha256)
        return _view(opened)
    except IntegrityError:
        return ConnectionView(package.capture, CapturedTraffic(), "", (), False)


def _view(opened: OpenPackage) -> ConnectionView:
    capture = opened.capture
    arrived = next((view for view in capture.views if view.final_url), None)
    paths = {artefact.path for artefact in capture.artefacts}
    traffic = CapturedTraffic()
    if TRAFFIC in paths and arrived is not None:
        traffic = read_traffic(opened.load(TRAFFIC), capture.id, arrived.url, arrived.final_url)
    if not traffic.connections:
        traffic = CapturedTraffic(_from_facts(opened), traffic.headers)
    pages = [view.artefacts["dom"] for view in capture.views if view.artefacts.get("dom") in paths]
    texts = [opened.load(path).decode("utf-8", "replace") for path in pages]
    found = tuple(dict.fromkeys(number for text in texts for number in filing_numbers(text)))
    certificate = capture.facts.get("tls_sha256", "")
    view = ConnectionView(capture.id, traffic, certificate, found, bool(pages))
    own = {path: opened.load(path) for path in paths if path.startswith(FOLDER) and not path.endswith(".sealed")}
    if FOLDER + VISIT not in own:
        return view
    proofs = decode_visit(own[FOLDER + VISIT])
    made = next((one.facts.get("address", "") for one in proofs if one.name == "handshake"), "")
    return replace(
        view, proofs=proofs, names=read_names(own, capture.id),
        handshake=read_handshake(own, capture.id, certificate), handshake_address=made,
    )  # fmt: skip


def _from_facts(opened: OpenPackage) -> tuple[SeenConnection, ...]:
    """The one address that the manifest itself names, where the traffic is no more or was never kept."""
    said = parse_address(opened.capture.facts.get("address", ""))
    if said.address is None:
        return ()
    at = opened.capture.started_at
    return (SeenConnection(opened.capture.id, "", str(said.address), at, said.port, main=True),)
