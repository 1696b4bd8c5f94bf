"""Journal events: what each line of the journal says, one frozen class for each shape.

Protocol: whoever has something to journal builds the class and hands it to `Journal.record` (or to `Vault.place`, with
files); `body()` gives the JSON object of the line. Whoever reads gives an entry to `parse_entry`, or, where the kind
has one shape, to `of` of its class. Both are strict: a shape that no class has is an `IntegrityError`, so that no line
is written that this table does not name. The table in `docs/evidence.md` is generated from the classes (`reference`).

==============  =======================================================================================
`runs`          workspace.created, store.tried, run.opened, plan, intent, capture, pair, gap, run.closed, recovery
`stamps`        seal, checkpoint, export: what authorities and witnesses signed
`keys`          key: published, trust, revocation, rotated, revoked
`matters`       decision, event (key dates), prune (holds, removed), records (tables taken in)
`comparisons`   comparison: declared, made, stamped; candidates imported, looked at, adopted
`scheduling`    schedule: adopted, dropped, slots, alerts, the scheduler's own life
`filings`       filing: intended, committed, gap, and its seal: packages that are no visits; notice: checked, sending,
                refused
`access`        access: signed in, refused, granted, handed out, asked for; the root of the log of views
`parts`         what stands inside several of them: file digests, token answers, planned slots
`records`       the base classes, `body` and `parse`
`codecs`        one value: texts, numbers, times, days, digests
`kinds`         the table, `parse_event`
`reference`     the table as Markdown
==============  =======================================================================================

An entry's kind and, where the kind has several shapes, its member `action` choose the class. A member that may be left
out is a field made with `absent(...)`: None where it is not in the line. Classes gain such members only; a member is
never renamed and never changes its meaning, since lines are kept for decades.
"""

from auditor.model.events.access import (
    AccessGranted,
    AccessRefused,
    AccessRevoked,
    BundleShared,
    CommentMade,
    CredentialChanged,
    DismissalProposed,
    EvidenceHandedOut,
    PersonSignedIn,
    SessionEnded,
    SharingEnded,
    ViewsSealed,
    WorkRequested,
)
from auditor.model.events.codecs import is_version_id
from auditor.model.events.comparisons import (
    CandidateAdopted,
    CandidateLooked,
    CandidatesImported,
    CandidateStamped,
    ComparisonDeclared,
    ComparisonMade,
    ComparisonStamped,
)
from auditor.model.events.filings import (
    CheckedProfile,
    FilingAbandoned,
    FilingCommitted,
    FilingIntended,
    FilingStamped,
    NoticeChecked,
    NoticeSendBegun,
    NoticeSendRefused,
)
from auditor.model.events.keys import (
    KeyRevoked,
    KeyRotated,
    KeysPublished,
    RevocationFile,
    RevocationKept,
    RevocationKind,
    TrustStated,
)
from auditor.model.events.kinds import EVENT_CLASSES, event_classes, parse_entry, parse_event
from auditor.model.events.matters import (
    ArtefactsRemoved,
    DecisionMade,
    HoldsTakenUp,
    KeyDateRecorded,
    PrunedCapture,
    RecordsImported,
    RemovedFile,
)
from auditor.model.events.parts import (
    SECOND,
    FileDigest,
    PairedCapture,
    PlacedEvent,
    PlannedSlot,
    StampedEvent,
    TokenAnswer,
    second_vantage,
)
from auditor.model.events.records import JournalEvent, JournalRecord, line_name, write_record
from auditor.model.events.runs import (
    CaptureCommitted,
    CapturesPaired,
    EvidenceScrubbed,
    GapRecorded,
    LayoutChanged,
    RecoveryNoted,
    RunClosed,
    RunOpened,
    RunPlanned,
    StoreTried,
    TargetsListed,
    VisitIntended,
    WorkspaceCreated,
    WorkspaceMoved,
    WorkspaceMoving,
)
from auditor.model.events.scheduling import (
    AlertFailed,
    AlertSent,
    ChannelResult,
    HostDeferred,
    ScheduleAdopted,
    ScheduleDefinition,
    ScheduleDropped,
    ScheduleFinished,
    SchedulerFailed,
    SchedulerStarted,
    SchedulerStopped,
    SlotMisfired,
    SlotOverlapped,
)
from auditor.model.events.stamps import (
    BundleExported,
    CheckpointCosigned,
    CheckpointRefused,
    CheckpointSigned,
    CheckpointStamped,
    ExportContinued,
    ExportStamped,
    PackageStamped,
    RenewalListed,
    RenewalStamped,
)

__all__ = [
    "EVENT_CLASSES",
    "SECOND",
    "AccessGranted",
    "AccessRefused",
    "AccessRevoked",
    "AlertFailed",
    "AlertSent",
    "ArtefactsRemoved",
    "BundleExported",
    "BundleShared",
    "CandidateAdopted",
    "CandidateLooked",
    "CandidateStamped",
    "CandidatesImported",
    "CaptureCommitted",
    "CapturesPaired",
    "ChannelResult",
    "CheckedProfile",
    "CheckpointCosigned",
    "CheckpointRefused",
    "CheckpointSigned",
    "CheckpointStamped",
    "CommentMade",
    "ComparisonDeclared",
    "ComparisonMade",
    "ComparisonStamped",
    "CredentialChanged",
    "DecisionMade",
    "DismissalProposed",
    "EvidenceHandedOut",
    "EvidenceScrubbed",
    "ExportContinued",
    "ExportStamped",
    "FileDigest",
    "FilingAbandoned",
    "FilingCommitted",
    "FilingIntended",
    "FilingStamped",
    "GapRecorded",
    "HoldsTakenUp",
    "HostDeferred",
    "JournalEvent",
    "JournalRecord",
    "KeyDateRecorded",
    "KeyRevoked",
    "KeyRotated",
    "KeysPublished",
    "LayoutChanged",
    "NoticeChecked",
    "NoticeSendBegun",
    "NoticeSendRefused",
    "PackageStamped",
    "PairedCapture",
    "PersonSignedIn",
    "PlacedEvent",
    "PlannedSlot",
    "PrunedCapture",
    "RecordsImported",
    "RecoveryNoted",
    "RemovedFile",
    "RenewalListed",
    "RenewalStamped",
    "RevocationFile",
    "RevocationKept",
    "RevocationKind",
    "RunClosed",
    "RunOpened",
    "RunPlanned",
    "ScheduleAdopted",
    "ScheduleDefinition",
    "ScheduleDropped",
    "ScheduleFinished",
    "SchedulerFailed",
    "SchedulerStarted",
    "SchedulerStopped",
    "SessionEnded",
    "SharingEnded",
    "SlotMisfired",
    "SlotOverlapped",
    "StampedEvent",
    "StoreTried",
    "TargetsListed",
    "TokenAnswer",
    "TrustStated",
    "ViewsSealed",
    "VisitIntended",
    "WorkRequested",
    "WorkspaceCreated",
    "WorkspaceMoved",
    "WorkspaceMoving",
    "event_classes",
    "is_version_id",
    "line_name",
    "parse_entry",
    "parse_event",
    "second_vantage",
    "write_record",
]
