"""A look-up: announced, asked, committed and sealed; one for each address and day unless another is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from auditor import __version__
from auditor.custody import StagedFiling, describe_filing, encode_filing, filed_packages, seal_filing, sha256
from auditor.errors import ConfigError
from auditor.formats.web_origins import host_of
from auditor.hosting import (
    IpAddress,
    LookupBounds,
    LookupPlan,
    address_folder,
    look_up,
    parse_address,
    resolve_addresses,
)
from auditor.model.filings import FiledPackage, Filing
from auditor.workflow.hosting.capture_view import newest_captures, view_capture
from auditor.workflow.progress import Progress
from auditor.workflow.wiring import Instruments

Wait = Callable[[float], None]
LIBRARIES = ("dnspython", "requests")
MAX_ADDRESSES = 8
"""Of one deployment: its own document's, and what its name points to."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """One address of what was asked about."""

    address: str
    package: FiledPackage
    fresh: bool
    """False where today's look-up was there already."""


@dataclass(frozen=True, slots=True)
class HostingSubject:
    """What a person asks about: an address, or a deployment with the addresses that it is at."""

    addresses: tuple[str, ...]
    deployment: str = ""
    host: str = ""
    """The deployment's name; empty where its address is a number."""


def look_up_subject(
    instruments: Instruments,
    subject: str,
    *,
    again: bool = False,
    names: Sequence[str] = (),
    wait: Wait = time.sleep,
    bounds: LookupBounds | None = None,
    progress: Progress = lambda done, total, what: None,
) -> list[LookedUp]:
    """Ask about an address, or about every address of a deployment.

    `names`: further host names to be resolved with it. `again`: ask although today's look-up is there. Raises
    `ConfigError` for an unknown subject, `VaultError` where nothing can be stored.
    """
    found = find_subject(instruments, subject)
    if not found.addresses:
        raise ConfigError(
            f"{subject}: {found.host} points to no address now, and no capture shows one; nothing is asked"
        )
    today = instruments.clock().date()
    needed = {*names, *filter(None, [found.host])}
    known = {
        one.subject: one
        for one in filed_packages(instruments.journal)
        if one.cabinet == "hosting" and one.at.date() == today and _answers_for(instruments, one, needed)
    }
    looked: list[LookedUp] = []
    for number, address in enumerate(found.addresses):
        progress(number, len(found.addresses), address)
        folder = address_folder(_ip(address))
        if folder in known and not again:
            looked.append(LookedUp(address, known[folder], False))
        else:
            looked.append(
                LookedUp(address, _look(instruments, address, folder, found, tuple(names), wait, bounds), True)
            )
    progress(len(looked), len(looked), "")
    return looked


def _answers_for(instruments: Instruments, package: FiledPackage, names: set[str]) -> bool:
    """Whether a filing is a look-up that resolved all of these names."""
    filing = describe_filing(instruments.workspace.root, package).filing
    return filing.kind == "lookup" and names <= set(filing.facts.get("names", "").split(","))


def find_subject(instruments: Instruments, subject: str) -> HostingSubject:
    """The addresses that a subject stands for."""
    deployment = instruments.estate.deployments.get(subject)
    if deployment is None:
        return HostingSubject((require_address(subject),))
    host = host_of(deployment.address)
    literal = parse_address(host).address
    if literal is not None:
        return HostingSubject((str(literal),), subject)
    root, journal = instruments.workspace.root, instruments.journal
    newest = newest_captures(journal, (subject,)).get(subject)
    seen = view_capture(root, newest).traffic.connections if newest is not None else ()
    own = [one.address for one in seen if one.main]
    addresses = tuple(dict.fromkeys([*own, *resolve_addresses(host, instruments.estate.hosting)]))[:MAX_ADDRESSES]
    return HostingSubject(addresses, subject, host)


def require_address(text: str) -> str:
    """The address that a text is; `ConfigError` where it is none, or could be several."""
    said = parse_address(text)
    if said.address is not None:
        return str(said.address)
    if said.readings:
        several = " or ".join(f"{address}:{port}" for address, port in said.readings)
        raise ConfigError(f"{text:.80}: a colon is missing and several addresses are possible; write {several}")
    raise ConfigError(f"{text:.80}: neither a deployment of targets.yaml nor an address such as 203.0.113.5")


def _ip(text: str) -> IpAddress:
    address = parse_address(text).address
    assert address is not None  # noqa: S101 (made of one)
    return address


def _look(
    instruments: Instruments,
    address: str,
    folder: str,
    subject: HostingSubject,
    names: tuple[str, ...],
    wait: Wait,
    bounds: LookupBounds | None,
) -> FiledPackage:
    """1. announce, 2. ask and stage, 3. describe and commit, 4. seal."""
    custody, estate = instruments.custody, instruments.estate
    moment = instruments.clock()
    name = "l-" + sha256(f"{folder} {moment.isoformat()}".encode())[:16]
    stage = StagedFiling(custody.vault, "hosting", folder, name, f"asking who holds {address}")
    asked = tuple(dict.fromkeys(filter(None, (subject.host, *names))))
    plan = LookupPlan(
        address, estate.hosting, instruments.workspace.targets.parent, asked,
        (subject.deployment,) if subject.deployment else (), bounds or LookupBounds(),
    )  # fmt: skip
    try:
        look_up(plan, stage, instruments.clock, wait)
    except OSError as error:  # a file of targets.yaml that cannot be read
        stage.abandon(f"the look-up was not made: {error.strerror or type(error).__name__}")
        raise ConfigError(f"{error.filename}: cannot be read: {error.strerror}") from None
    facts = {"address": address, "deployments": subject.deployment, "names": ",".join(asked)}
    return commit_filing(instruments, stage, "lookup", {key: value for key, value in facts.items() if value})


def commit_filing(
    instruments: Instruments,
    stage: StagedFiling,
    kind: str,
    facts: dict[str, str],
    libraries: Sequence[str] = LIBRARIES,
) -> FiledPackage:
    """Describe what was staged, commit it and have it timestamped."""
    timestamping = instruments.estate.timestamping
    filing = Filing(
        stage.id, stage.cabinet, stage.subject, kind, stage.started_at, instruments.clock(), stage.artefacts, facts
    )
    data = encode_filing(
        filing,
        intent_sha256=stage.intent_sha256,
        quorum=timestamping.quorum,
        authorities=timestamping.authorities,
        software={"auditor": __version__, **{name: version(name) for name in libraries}},
    )
    return seal_filing(instruments.sealer, stage.commit(data))
