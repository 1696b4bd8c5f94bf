"""Events of a workspace's runs: its creation, each run with its plan, each visit with its end. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from auditor.model.captures import CaptureState
from auditor.model.events.codecs import Sha256, VersionId
from auditor.model.events.parts import FileDigest, PairedCapture, PlannedSlot
from auditor.model.events.records import JournalEvent, absent
from auditor.model.evidence import LockMode

_BY_HAND = "by hand: no schedule began the run"
_NO_SCHEDULE = "the gap of a visit: only a missed slot of a schedule has it"
_NO_PARTY = "the visit was made by the workspace's own machine or worker"
_INTERRUPTED = "a run that was interrupted: the next start closes it without figures"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceCreated(JournalEvent):
    """The first line: the workspace and its public keys."""

    kind = "workspace.created"
    format: str
    """`auditor.workspace/1`."""
    origin: str
    """Name of the log, a URL without its scheme."""
    software: str
    """Name and version of the software that made it."""
    log: str
    """Public log key, a C2SP verifier key (Ed25519)."""
    box: str
    """Public key to which originals with secrets are encrypted (X25519), base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutChanged(JournalEvent):
    """The lines before this one were brought into another layout, byte for byte."""

    kind = "journal.layout"
    layout: str
    """`auditor.journal/2`: segments of 256 lines and hash tiles."""
    lines: int
    """How many lines stood there."""
    root: str
    """Their Merkle root (RFC 6962), base64."""
    checkpoints: int | None = absent("an interruption came between the change and this line")
    """Stored checkpoints whose roots were held against these lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceMoving(JournalEvent):
    """The log is about to go on in another place: the last line before that."""

    kind = "workspace.moving"
    to: str
    """Where it goes on: a database, or `folder`."""
    store: str
    """Where the evidence goes: a store, or `folder`."""
    size: int
    """How many lines stand before this one."""
    root: str
    """Their Merkle root (RFC 6962), base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceMoved(JournalEvent):
    """The log went on here: every line, every checkpoint's root and every file was held against the place before."""

    kind = "workspace.moved"
    to: str
    """Where it goes on: a database, or `folder`."""
    store: str
    """Where the evidence lies: a store, or `folder`."""
    size: int
    """How many lines were moved."""
    root: str
    """Their Merkle root (RFC 6962), base64."""
    checkpoints: int
    """Stored checkpoints whose roots were computed again from the lines in the new place."""
    objects: int
    """Files and packages that were read back in the new place."""
    functions: str | None = absent("the new place is a folder")
    """SHA-256 of what stands in the database's schema: functions, owners, rights, triggers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreTried(JournalEvent):
    """A fleet's store passed its trial: of writes at once one wins, a key written once stays, bytes come back."""

    kind = "store.tried"
    store: str
    """Where the evidence lies: `s3://…`."""
    endpoint: str
    """The store's host, as `https://host:port`; empty for that of AWS."""
    versions: bool
    """Whether it gives objects a version id."""
    lock: LockMode
    """Object Lock of the bucket: `none`; `unchecked`; `enabled`, without a default that locks anything; or its mode."""
    days: int | None = absent("nothing is locked by default")
    """For how long whatever is written is kept by default."""
    holds: bool | None = absent("nothing is locked by default, or it was not tried")
    """Whether a version that was written just now could not be taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceScrubbed(JournalEvent):
    """A share of what is kept was read again and checked, in turn with the others."""

    kind = "scrub"
    segments: tuple[int, ...]
    """Journal segments that were read: the first, and the one behind the last."""
    packages: tuple[int, ...]
    """Captures whose packages were read, by their place among all captures: the first, and the one behind the last."""
    bytes: int
    """Bytes that were read."""
    failed: tuple[str, ...]
    """What did not hold, in one sentence each, at most 50; `auditor verify` says more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOpened(JournalEvent):
    """An audit begins."""

    kind = "run.opened"
    run: str
    """Id of the run."""
    software: str | None = absent("test workspaces")
    """Name and version of the software."""
    targets: Mapping[str, str] | None = absent("test workspaces")
    """SHA-256 of `targets.yaml` and of every file it includes, by path."""
    sandbox: bool | None = absent("test workspaces")
    """Whether Chromium's own sandbox was on."""
    at: datetime | None = absent("test workspaces")
    """When the run began, by the local clock."""
    targets_sha256: Sha256 | None = absent("all lines but those of test workspaces")
    """Digest of a test's targets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetsListed(JournalEvent):
    """More of the files that a run's targets were read from than its opening can name in one line."""

    kind, action = "run.opened", "targets"
    run: str
    """Id of the run."""
    digests: Mapping[str, str]
    """SHA-256 of further files, by path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlanned(JournalEvent):
    """Every visit that a run will make; journalled and timestamped before the first."""

    kind = "plan"
    run: str
    """Id of the run."""
    slots: tuple[PlannedSlot, ...]
    """The planned visits, in the order of `targets.yaml`."""
    schedule: str | None = absent(_BY_HAND)
    """Id of the schedule."""
    schedule_slot: str | None = absent(_BY_HAND)
    """Id of the schedule's slot that the run is made for."""
    planned: datetime | None = absent(_BY_HAND)
    """The slot's planned moment."""
    late: bool | None = absent(_BY_HAND)
    """Whether the run makes up for slots that were missed."""
    part: int | None = absent("one line holds the whole plan")
    """Which line of the plan this is, counted from 1."""
    parts: int | None = absent("one line holds the whole plan")
    """How many lines hold the plan; the run is not begun before the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitIntended(JournalEvent):
    """A visit is about to happen; journalled before the first page load."""

    kind = "intent"
    intent: str
    """Id of the intent; a capture of the visit has the same id."""
    run: str
    """Id of the run."""
    deployment: str
    """Id of the deployment."""
    slot: str
    """Id of the planned slot; empty where none was planned."""
    address: str | None = absent("test workspaces")
    """The address that is visited."""
    pages: tuple[str, ...] | None = absent("test workspaces")
    """Ids of the pages to be opened."""
    access: str | None = absent("test workspaces")
    """Kind and reference of the legal basis of the access, as `targets.yaml` states it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureCommitted(JournalEvent):
    """A package is evidence: its folder is flushed and gets its name after this line."""

    kind = "capture"
    capture: str
    """Id of the capture."""
    intent: str
    """Id of the intent that it ends."""
    deployment: str
    """Id of the deployment."""
    run: str
    """Id of the run."""
    state: CaptureState
    """`complete`, `partial` or `failed`, computed from its steps and views."""
    package: str
    """Folder of the package below `evidence/`."""
    manifest_sha256: Sha256
    """Digest of the package's `manifest.json`."""
    manifest_bytes: int
    """Size of the manifest in bytes."""
    artefacts: int
    """Number of artefacts that the manifest lists."""
    quorum: int
    """Different owners whose tokens must verify before the package counts as sealed."""
    party: str | None = absent(_NO_PARTY)
    """Id of the party, by `targets.yaml`, whose worker made the visit."""
    party_key: str | None = absent(_NO_PARTY)
    """Its verifier key (C2SP signed-note, Ed25519)."""
    party_signature: str | None = absent(_NO_PARTY)
    """Its signature line over `auditor.party/1`, the ids of capture and deployment, and the manifest's digest."""
    version: VersionId | None = absent("the package lies in a folder, or in a store that keeps no versions")
    """Version id of the package's object in the fleet's store, as it was read back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturesPaired(JournalEvent):
    """Two parties captured one deployment in one run: each manifest by its digest, before either is timestamped."""

    kind = "pair"
    run: str
    """Id of the run."""
    deployment: str
    """Id of the deployment."""
    captures: tuple[PairedCapture, ...]
    """The two, in the order in which their lines came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRecorded(JournalEvent):
    """A visit that was intended or planned ended without a capture, and why."""

    kind = "gap"
    run: str
    """Id of the run; empty where no run was begun for the slot."""
    deployment: str
    """Id of the deployment; empty where the line names several, or none belongs to the schedule."""
    slot: str
    """Id of the planned slot, or of the schedule's; empty for several at once."""
    intent: str
    """Id of the intent that it ends; empty where the visit was not begun."""
    why: str
    """The reason, in one sentence."""
    deployments: tuple[str, ...] | None = absent("one deployment is named by `deployment`")
    """Ids of the deployments that were left out together."""
    slots: tuple[PlannedSlot, ...] | None = absent("one slot is named by `slot`")
    """The planned slots of a run that were left out together."""
    schedule: str | None = absent(_NO_SCHEDULE)
    """Id of the schedule."""
    planned: datetime | None = absent(_NO_SCHEDULE)
    """The slot's planned moment; of several, that of the last."""
    missed: str | None = absent(_NO_SCHEDULE)
    """What the schedule says of missed slots: `catch_up` or `skip`."""
    count: int | None = absent("the line stands for one slot")
    """How many slots of the schedule the line stands for."""
    first_planned: datetime | None = absent("the line stands for one slot")
    """The planned moment of the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClosed(JournalEvent):
    """A run has ended."""

    kind = "run.closed"
    run: str
    """Id of the run."""
    planned: int | None = absent(_INTERRUPTED)
    """Visits planned."""
    complete: int | None = absent(_INTERRUPTED)
    """Captures that are complete."""
    partial: int | None = absent(_INTERRUPTED)
    """Captures that are partial."""
    failed: int | None = absent(_INTERRUPTED)
    """Captures that failed."""
    gaps: int | None = absent(_INTERRUPTED)
    """Visits that ended without a capture."""
    unread: int | None = absent("nothing was looked for in a store, or each package was there")
    """Captures whose packages could not be read in the store; they count neither as complete nor partial nor failed."""
    sealed: int | None = absent(_INTERRUPTED)
    """Packages sealed by the end of the run."""
    milliseconds: int | None = absent(_INTERRUPTED)
    """Duration of the run in milliseconds."""
    stopped: bool | None = absent("the run was not asked to stop")
    """True where somebody asked it to stop before its end."""
    interrupted: bool | None = absent("the run was not interrupted")
    """True where the next start closed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryNoted(JournalEvent):
    """What was found and done after an interruption."""

    kind = "recovery"
    what: str
    """What was done, in one sentence."""
    put: tuple[str, ...] | None = absent("no files were put in place")
    """Paths below `evidence/` of files that were put in place."""
    capture: str | None = absent("it is not about a staged capture")
    """Id of the capture that was under way."""
    dropped: tuple[FileDigest, ...] | None = absent("nothing was dropped")
    """Staged files of an unfinished capture that were dropped, at most 100; paths below its folder."""
