"""Custody: the room that keeps. It writes evidence once, has it timestamped, journals it, and verifies it again.

Protocol: `open_workspace(root)` holds a workspace (one process at a time; others work through that one) and gives a
`Custody`: its `vault.stage(…)` is a `model.captures.Stage`; `commit` makes a read-only package and journals it; a
`Sealer` asks timestamp authorities and insists on a quorum of different owners; `sign_checkpoint` signs the journal's
Merkle root; `verify_workspace` believes none of it.

=================  ====================================================================================
`workspace`        `open_workspace`: lock, keys, journal, vault, recovery, opened as one `Custody`
`journal`          append-only, hash-chained, signed head; keys and their history
`packages`         stage, commit write-once, read, recover, prune
`timestamps`       RFC 3161: client, checks of tokens, quorum, outbox, revocation data
`transparency`     checkpoints (RFC 6962, C2SP), witnesses, key rotation, renewal
`sharing`          the process that holds a workspace serves commands of other processes
`verification`     everything checked again, three-valued; printed steps for OpenSSL
`files`            durable writes, the lock, claims
=================  ====================================================================================

Plugs: a timestamp authority is a `model.ports.TimestampAuthority`, first of all one that answers RFC 3161 over HTTP
(`pin_authority` it to its certificates); packages lie in an `EvidenceStore`, the journal in a `JournalStore`; a
witness is anything that answers C2SP `add-checkpoint`, or a folder that somebody carries.

Decided here: `grantedWithMods` is refused (see `token_checks`); a token's time may lie at most five minutes from the
local clock at receipt; an authority that fails waits 1, 2, 4 … minutes up to 6 hours before it is asked again. Whatever
stands in `evidence/` was journalled before it got its name there, so an unknown file is never taken for an
interrupted write.

Files:

=================  =====================================================================================================
`upgrade`          a workspace of an earlier version brought into the present layout: the same lines, in segments
`workspace`        a workspace's custody, opened as one: lock, keys, journal, vault, recovery, and the events of a run
`files/`           files on the disk: durable writes, the lock that keeps one holder in a workspace, claims
`journal/`         the journal: append-only, hash-chained, signed; and what its lines say, folded in order
`packages/`        packages: staged, committed write-once, read back, recovered after an interruption, pruned under a
                   rule
`sharing/`         one workspace for several commands: a process holds it, the others work through that process
`timestamps/`      RFC 3161 timestamps: authorities asked, every token checked at once, a quorum insisted on, revocation
                   kept
`transparency/`    the journal as a transparency log: signed checkpoints, witnesses, keys changed and timestamps renewed
`verification/`    the verifier: packages, journal, seals and trust against each other; `passed`, `failed` or `not
                   checked`
=================  =====================================================================================================
"""

from typing import TYPE_CHECKING

from auditor.formats.canonical_json import sha256
from auditor.formats.filing_manifest import FilingManifest, decode_filing, encode_filing
from auditor.formats.manifest import Manifest, encode_manifest

if TYPE_CHECKING:
    from auditor.custody.files.claims import OUTBOX, RENEWALS, ClaimName, claimed
    from auditor.custody.files.durable import os_errors_as_vault_error, remove_tree
    from auditor.custody.files.lock import is_at_work, is_locked, lock_workspace
    from auditor.custody.journal.continuation import KnownLedger
    from auditor.custody.journal.health import AuthorityHealth, expiry_warnings
    from auditor.custody.journal.journal import Journal
    from auditor.custody.journal.key_history import KeyHistory
    from auditor.custody.journal.keys import Keys, create_keys, encrypt_to_box, open_keys
    from auditor.custody.journal.ledger.as_of import LedgerAsOf, lines_by_moment
    from auditor.custody.journal.ledger.records import CheckpointRecord, PackageRecord, seal_of
    from auditor.custody.journal.lines import BrokenJournalError
    from auditor.custody.journal.local_journal import LocalJournalStore
    from auditor.custody.journal.opening import told_lines
    from auditor.custody.journal.state import JournalState
    from auditor.custody.journal.writing.extension import JournalExtension, begin_copy, extend_journal
    from auditor.custody.journal.writing.segments import WrittenSegments, copy_journal
    from auditor.custody.packages.filings import (
        FilingRecord,
        FilingState,
        StagedFiling,
        describe_filing,
        filed_packages,
        open_filing,
    )
    from auditor.custody.packages.local_store import LocalEvidenceBatch, LocalEvidenceStore
    from auditor.custody.packages.looking import look_for_packages
    from auditor.custody.packages.pruning import PRUNING, PruneResult, prune
    from auditor.custody.packages.read_through import PackageSource, bring_package, give_source, stream_packages
    from auditor.custody.packages.reader import OpenPackage, open_package, stored_packages, unsealed_packages
    from auditor.custody.packages.recovery import recover_staged
    from auditor.custody.packages.stage import PackageStage, committed_event, require_package_ids
    from auditor.custody.packages.vault import StagedPackage, Vault
    from auditor.custody.timestamps.client import (
        HttpTimestampAuthority,
        Timeouts,
        http_authorities,
        request_first_timestamp,
        request_timestamps,
    )
    from auditor.custody.timestamps.filing_seals import seal_filing, seal_waiting_filings
    from auditor.custody.timestamps.probe import AuthorityProbe, probe_authorities
    from auditor.custody.timestamps.sealer import Sealer
    from auditor.custody.timestamps.token_checks import TimeWindow, check_token, digest_function
    from auditor.custody.timestamps.trust_anchors import (
        PinnedAuthority,
        fingerprint,
        pin_authority,
        pin_authority_file,
        signer_identity,
    )
    from auditor.custody.transparency.checkpoints import (
        Checkpoint,
        check_inclusion,
        consistency_proof,
        inclusion_proof,
        is_checkpoint_due,
        latest_checkpoint,
        load_checkpoint,
        sign_checkpoint,
    )
    from auditor.custody.transparency.key_rotation import finish_rotation, revoke_log_key, rotate_log_keys
    from auditor.custody.transparency.parties import (
        PARTY_KINDS,
        LedgerCaptures,
        PartyChecks,
        PartyKey,
        by_two_keys,
        check_pair,
        check_party_signature,
        create_party_key,
        open_party_key,
        parse_party_key,
    )
    from auditor.custody.transparency.renewal import (
        TimestampRenewal,
        finish_renewals,
        list_renewals,
        reseal,
        stamp_renewal,
    )
    from auditor.custody.transparency.witnesses import (
        CheckpointWitness,
        accept_cosignature,
        collect_cosignatures,
        last_cosigned_size,
        parse_witness,
        request_cosignature,
        write_submission,
    )
    from auditor.custody.upgrade import JournalUpgrade, upgrade_workspace
    from auditor.custody.verification.at_hand import PackageCarrier
    from auditor.custody.verification.offline_script import offline_verification_script
    from auditor.custody.verification.others_at_work import UnsignedLines, was_not_kept
    from auditor.custody.verification.scrub import ScrubCoverage, is_scrub_due, scrub_coverage, scrub_next_share
    from auditor.custody.verification.single_package import verify_single_package
    from auditor.custody.verification.trust import load_trust_dir
    from auditor.custody.verification.workspace import verify_workspace
    from auditor.custody.workspace import (
        Custody,
        SharingTerms,
        create_workspace,
        entry_sha256,
        forget_tables,
        mark_moved,
        moved_text,
        name_portions,
        open_workspace,
        put_in_place,
        require_initialised,
        workspace_exists,
    )
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "AuthorityHealth": "journal.health",
            "AuthorityProbe": "timestamps.probe",
            "BrokenJournalError": "journal.lines",
            "Checkpoint": "transparency.checkpoints",
            "CheckpointRecord": "journal.ledger.records",
            "CheckpointWitness": "transparency.witnesses",
            "ClaimName": "files.claims",
            "Custody": "workspace",
            "FilingRecord": "packages.filings",
            "FilingState": "packages.filings",
            "HttpTimestampAuthority": "timestamps.client",
            "Journal": "journal.journal",
            "JournalState": "journal.state",
            "LedgerAsOf": "journal.ledger.as_of",
            "lines_by_moment": "journal.ledger.as_of",
            "JournalUpgrade": "upgrade",
            "KeyHistory": "journal.key_history",
            "Keys": "journal.keys",
            "LocalEvidenceBatch": "packages.local_store",
            "LocalEvidenceStore": "packages.local_store",
            "OpenPackage": "packages.reader",
            "PackageStage": "packages.stage",
            "PackageCarrier": "verification.at_hand",
            "PinnedAuthority": "timestamps.trust_anchors",
            "LedgerCaptures": "transparency.parties",
            "PARTY_KINDS": "transparency.parties",
            "PartyChecks": "transparency.parties",
            "PartyKey": "transparency.parties",
            "by_two_keys": "transparency.parties",
            "check_pair": "transparency.parties",
            "check_party_signature": "transparency.parties",
            "PruneResult": "packages.pruning",
            "ScrubCoverage": "verification.scrub",
            "OUTBOX": "files.claims",
            "RENEWALS": "files.claims",
            "Sealer": "timestamps.sealer",
            "SharingTerms": "workspace",
            "StagedFiling": "packages.filings",
            "StagedPackage": "packages.vault",
            "TimeWindow": "timestamps.token_checks",
            "Timeouts": "timestamps.client",
            "TimestampRenewal": "transparency.renewal",
            "UnsignedLines": "verification.others_at_work",
            "Vault": "packages.vault",
            "WrittenSegments": "journal.writing.segments",
            "JournalExtension": "journal.writing.extension",
            "KnownLedger": "journal.continuation",
            "LocalJournalStore": "journal.local_journal",
            "PRUNING": "packages.pruning",
            "PackageRecord": "journal.ledger.records",
            "PackageSource": "packages.read_through",
            "begin_copy": "journal.writing.extension",
            "bring_package": "packages.read_through",
            "extend_journal": "journal.writing.extension",
            "give_source": "packages.read_through",
            "stream_packages": "packages.read_through",
            "accept_cosignature": "transparency.witnesses",
            "check_inclusion": "transparency.checkpoints",
            "claimed": "files.claims",
            "check_token": "timestamps.token_checks",
            "collect_cosignatures": "transparency.witnesses",
            "committed_event": "packages.stage",
            "consistency_proof": "transparency.checkpoints",
            "copy_journal": "journal.writing.segments",
            "create_keys": "journal.keys",
            "create_party_key": "transparency.parties",
            "create_workspace": "workspace",
            "describe_filing": "packages.filings",
            "digest_function": "timestamps.token_checks",
            "encrypt_to_box": "journal.keys",
            "entry_sha256": "workspace",
            "expiry_warnings": "journal.health",
            "filed_packages": "packages.filings",
            "fingerprint": "timestamps.trust_anchors",
            "finish_renewals": "transparency.renewal",
            "finish_rotation": "transparency.key_rotation",
            "forget_tables": "workspace",
            "http_authorities": "timestamps.client",
            "inclusion_proof": "transparency.checkpoints",
            "is_checkpoint_due": "transparency.checkpoints",
            "is_at_work": "files.lock",
            "is_locked": "files.lock",
            "is_scrub_due": "verification.scrub",
            "last_cosigned_size": "transparency.witnesses",
            "latest_checkpoint": "transparency.checkpoints",
            "load_checkpoint": "transparency.checkpoints",
            "load_trust_dir": "verification.trust",
            "lock_workspace": "files.lock",
            "mark_moved": "workspace",
            "moved_text": "workspace",
            "name_portions": "workspace",
            "offline_verification_script": "verification.offline_script",
            "look_for_packages": "packages.looking",
            "open_filing": "packages.filings",
            "open_keys": "journal.keys",
            "open_package": "packages.reader",
            "open_party_key": "transparency.parties",
            "open_workspace": "workspace",
            "os_errors_as_vault_error": "files.durable",
            "parse_party_key": "transparency.parties",
            "parse_witness": "transparency.witnesses",
            "pin_authority": "timestamps.trust_anchors",
            "pin_authority_file": "timestamps.trust_anchors",
            "probe_authorities": "timestamps.probe",
            "prune": "packages.pruning",
            "put_in_place": "workspace",
            "recover_staged": "packages.recovery",
            "request_cosignature": "transparency.witnesses",
            "request_first_timestamp": "timestamps.client",
            "request_timestamps": "timestamps.client",
            "remove_tree": "files.durable",
            "require_initialised": "workspace",
            "require_package_ids": "packages.stage",
            "list_renewals": "transparency.renewal",
            "reseal": "transparency.renewal",
            "stamp_renewal": "transparency.renewal",
            "revoke_log_key": "transparency.key_rotation",
            "rotate_log_keys": "transparency.key_rotation",
            "scrub_coverage": "verification.scrub",
            "scrub_next_share": "verification.scrub",
            "seal_filing": "timestamps.filing_seals",
            "seal_of": "journal.ledger.records",
            "seal_waiting_filings": "timestamps.filing_seals",
            "sign_checkpoint": "transparency.checkpoints",
            "signer_identity": "timestamps.trust_anchors",
            "stored_packages": "packages.reader",
            "told_lines": "journal.opening",
            "unsealed_packages": "packages.reader",
            "upgrade_workspace": "upgrade",
            "verify_single_package": "verification.single_package",
            "verify_workspace": "verification.workspace",
            "was_not_kept": "verification.others_at_work",
            "workspace_exists": "workspace",
            "write_submission": "transparency.witnesses",
        },
    )

__all__ = [
    "OUTBOX",
    "PARTY_KINDS",
    "PRUNING",
    "RENEWALS",
    "AuthorityHealth",
    "AuthorityProbe",
    "BrokenJournalError",
    "Checkpoint",
    "CheckpointRecord",
    "CheckpointWitness",
    "ClaimName",
    "Custody",
    "FilingManifest",
    "FilingRecord",
    "FilingState",
    "HttpTimestampAuthority",
    "Journal",
    "JournalExtension",
    "JournalState",
    "JournalUpgrade",
    "KeyHistory",
    "Keys",
    "KnownLedger",
    "LedgerAsOf",
    "LedgerCaptures",
    "LocalEvidenceBatch",
    "LocalEvidenceStore",
    "LocalJournalStore",
    "Manifest",
    "OpenPackage",
    "PackageCarrier",
    "PackageRecord",
    "PackageSource",
    "PackageStage",
    "PartyChecks",
    "PartyKey",
    "PinnedAuthority",
    "PruneResult",
    "ScrubCoverage",
    "Sealer",
    "SharingTerms",
    "StagedFiling",
    "StagedPackage",
    "TimeWindow",
    "Timeouts",
    "TimestampRenewal",
    "UnsignedLines",
    "Vault",
    "WrittenSegments",
    "accept_cosignature",
    "begin_copy",
    "bring_package",
    "by_two_keys",
    "check_inclusion",
    "check_pair",
    "check_party_signature",
    "check_token",
    "claimed",
    "collect_cosignatures",
    "committed_event",
    "consistency_proof",
    "copy_journal",
    "create_keys",
    "create_party_key",
    "create_workspace",
    "decode_filing",
    "describe_filing",
    "digest_function",
    "encode_filing",
    "encode_manifest",
    "encrypt_to_box",
    "entry_sha256",
    "expiry_warnings",
    "extend_journal",
    "filed_packages",
    "fingerprint",
    "finish_renewals",
    "finish_rotation",
    "forget_tables",
    "give_source",
    "http_authorities",
    "inclusion_proof",
    "is_at_work",
    "is_checkpoint_due",
    "is_locked",
    "is_scrub_due",
    "last_cosigned_size",
    "latest_checkpoint",
    "lines_by_moment",
    "list_renewals",
    "load_checkpoint",
    "load_trust_dir",
    "lock_workspace",
    "look_for_packages",
    "mark_moved",
    "moved_text",
    "name_portions",
    "offline_verification_script",
    "open_filing",
    "open_keys",
    "open_package",
    "open_party_key",
    "open_workspace",
    "os_errors_as_vault_error",
    "parse_party_key",
    "parse_witness",
    "pin_authority",
    "pin_authority_file",
    "probe_authorities",
    "prune",
    "put_in_place",
    "recover_staged",
    "remove_tree",
    "request_cosignature",
    "request_first_timestamp",
    "request_timestamps",
    "require_initialised",
    "require_package_ids",
    "reseal",
    "revoke_log_key",
    "rotate_log_keys",
    "scrub_coverage",
    "scrub_next_share",
    "seal_filing",
    "seal_of",
    "seal_waiting_filings",
    "sha256",
    "sign_checkpoint",
    "signer_identity",
    "stamp_renewal",
    "stored_packages",
    "stream_packages",
    "told_lines",
    "unsealed_packages",
    "upgrade_workspace",
    "verify_single_package",
    "verify_workspace",
    "was_not_kept",
    "workspace_exists",
    "write_submission",
]
