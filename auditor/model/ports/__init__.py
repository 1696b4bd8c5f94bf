"""The ports of the house: what a plug must do to be a way of seeing, a witness of time, or a place to keep things.

Each protocol is used by the room that depends on it and is met by the plugs of a table; `tests/contracts/` holds one
file for each, which runs over every plug of its table. What a plug does beyond its protocol, nobody may rely on.

======================  ====================================  ==================================================
protocol                used by                               plugs
======================  ====================================  ==================================================
`CaptureMethod`         `capture.capture`                     `capture.methods.METHODS`: browser, http
`TimestampAuthority`    `custody.timestamps.sealer`           `HttpTimestampAuthority`: RFC 3161 over HTTP
`EvidenceStore`         `custody.packages.vault`              `LocalEvidenceStore`: a folder;
                                                              `fleet.S3EvidenceStore`: objects of a bucket
`JournalStore`          `custody.journal.journal`             `LocalJournalStore`: segments in a folder;
                                                              `fleet.PostgresJournalStore`: rows of a database
`EvidenceIndex`         `workflow`                            `index.Index`: SQLite
`ReportIndex`           `workflow.report`                     the same, and `WindowedIndex`: without what is earlier
`StandingReader`        `workflow`, `web`                     `index.StandingRows`: the same SQLite database
`ListReader`            `workflow.desk`                       `index.ListRows`: the same
`Lease`                 `custody`, `workflow`                 `OwnClaims`: in the process that holds the workspace;
                                                              `fleet.DatabaseLease`: locks of a database session
======================  ====================================  ==================================================

Paths here are names of evidence (`auditor.formats.evidence_paths`): relative, with `/`, never of the machine. Where a
plug cannot do what it is asked, it raises the error that is named here and leaves things as they were.

Files:

=====================  ============================================================================================
`capture_method`       how pages are visited: the port of capture
`evidence_index`       what answers questions about the evidence: the port of the corridor, and what is put into it
`evidence_store`       where evidence lies: the port of the vault
`journal_store`        where the journal lies: the port of the journal
`list_reader`          what answers lists of positions and findings whole: the port of lists
`lease`                what only one of those who share an estate may do at a time: the port of visits
`standing_reader`      what answers lists, overviews and trends: the port of screens
`timestamp_authority`  who witnesses time: the port of sealing
=====================  ============================================================================================
"""

from auditor.model.ports.capture_method import CaptureMethod
from auditor.model.ports.evidence_index import DeploymentSize, EvidenceIndex, IndexedCapture, ReportIndex
from auditor.model.ports.evidence_store import EvidenceBatch, EvidenceStore
from auditor.model.ports.journal_store import JournalStore
from auditor.model.ports.lease import Lease
from auditor.model.ports.list_reader import ListReader
from auditor.model.ports.standing_reader import StandingReader
from auditor.model.ports.timestamp_authority import DigestName, TimestampAnswer, TimestampAuthority

__all__ = [
    "CaptureMethod",
    "DeploymentSize",
    "DigestName",
    "EvidenceBatch",
    "EvidenceIndex",
    "EvidenceStore",
    "IndexedCapture",
    "JournalStore",
    "Lease",
    "ListReader",
    "ReportIndex",
    "StandingReader",
    "TimestampAnswer",
    "TimestampAuthority",
]
