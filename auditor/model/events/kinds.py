"""The table of events: which class each kind of line has, and, where a kind has several, by which `action`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from auditor.model.events import access, comparisons, filings, keys, matters, runs, scheduling, stamps
from auditor.model.events.codecs import Misfit
from auditor.model.events.records import JournalEvent, line_name, misfit_error, read_record
from auditor.model.evidence import Event, EventKind

_CLASSES: tuple[type[JournalEvent], ...] = (
    runs.WorkspaceCreated,
    runs.LayoutChanged,
    runs.WorkspaceMoving,
    runs.WorkspaceMoved,
    runs.StoreTried,
    runs.EvidenceScrubbed,
    runs.RunOpened,
    runs.TargetsListed,
    runs.RunPlanned,
    runs.VisitIntended,
    runs.CaptureCommitted,
    runs.CapturesPaired,
    runs.GapRecorded,
    runs.RunClosed,
    runs.RecoveryNoted,
    stamps.PackageStamped,
    stamps.RenewalListed,
    stamps.RenewalStamped,
    stamps.CheckpointSigned,
    stamps.CheckpointStamped,
    stamps.CheckpointCosigned,
    stamps.CheckpointRefused,
    stamps.BundleExported,
    stamps.ExportContinued,
    stamps.ExportStamped,
    keys.KeysPublished,
    keys.TrustStated,
    keys.RevocationKept,
    keys.KeyRotated,
    keys.KeyRevoked,
    matters.DecisionMade,
    matters.KeyDateRecorded,
    matters.HoldsTakenUp,
    matters.ArtefactsRemoved,
    matters.RecordsImported,
    comparisons.ComparisonDeclared,
    comparisons.ComparisonMade,
    comparisons.ComparisonStamped,
    comparisons.CandidatesImported,
    comparisons.CandidateLooked,
    comparisons.CandidateStamped,
    comparisons.CandidateAdopted,
    scheduling.ScheduleAdopted,
    scheduling.ScheduleDropped,
    scheduling.ScheduleFinished,
    scheduling.HostDeferred,
    scheduling.AlertSent,
    scheduling.AlertFailed,
    scheduling.SchedulerStarted,
    scheduling.SchedulerStopped,
    scheduling.SchedulerFailed,
    scheduling.SlotMisfired,
    scheduling.SlotOverlapped,
    filings.FilingIntended,
    filings.FilingCommitted,
    filings.FilingAbandoned,
    filings.FilingStamped,
    filings.NoticeChecked,
    filings.NoticeSendBegun,
    filings.NoticeSendRefused,
    access.PersonSignedIn,
    access.SessionEnded,
    access.AccessRefused,
    access.AccessGranted,
    access.AccessRevoked,
    access.CredentialChanged,
    access.EvidenceHandedOut,
    access.WorkRequested,
    access.CommentMade,
    access.DismissalProposed,
    access.ViewsSealed,
    access.BundleShared,
    access.SharingEnded,
)


def _by_kind() -> Mapping[EventKind, Mapping[str, type[JournalEvent]]]:
    found: dict[EventKind, dict[str, type[JournalEvent]]] = {}
    for one in _CLASSES:
        found.setdefault(one.kind, {})[one.action] = one
    return MappingProxyType({kind: MappingProxyType(shapes) for kind, shapes in found.items()})


EVENT_CLASSES = _by_kind()
"""Kind to `action` to class; the action is empty for the shape that has none."""


def event_classes() -> Iterator[type[JournalEvent]]:
    """Every event class, kind by kind."""
    return (one for shapes in EVENT_CLASSES.values() for one in shapes.values())


def parse_event(kind: EventKind, body: Mapping[str, object], what: str = "journal event") -> JournalEvent:
    """What a line of that kind says. `what` names it in the `IntegrityError` raised for a shape that no class has."""
    try:
        return _read(kind, body)
    except Misfit as wrong:
        raise misfit_error(wrong, what) from None


def _read(kind: EventKind, body: Mapping[str, object]) -> JournalEvent:
    shapes = EVENT_CLASSES[kind]
    action = body.get("action", "")
    shape = shapes.get(action) if isinstance(action, str) else None
    if shape is None:
        known = ", ".join(repr(name) if name else "none" for name in shapes)
        raise Misfit(f"has the action {action!r:.80}; expected {known}")
    return read_record(shape, body)


def parse_entry(entry: Event) -> JournalEvent:
    """What an entry says; `IntegrityError` naming the line where it has a shape that no class has."""
    try:
        return _read(entry.kind, entry.body)
    except Misfit as wrong:
        raise misfit_error(wrong, line_name(entry)) from None
