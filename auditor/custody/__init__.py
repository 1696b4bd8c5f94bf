"""Custody: the room that keeps. It writes evidence once, has it timestamped, journals it, and verifies it again.

Protocol: `opened(root)` holds a workspace (one process at a time) and gives a `Custody`: its `vault.stage(…)` is a
`model.captures.Stage`; `commit` makes a read-only package and journals it; a `Sealer` asks timestamp authorities and
insists on a quorum of different owners; `checkpoint` signs the journal's Merkle root; `verify` believes none of it.

==================  ===========================================================================================
lock                `locking`: one process per workspace, `flock`
keys                `keys`, `rotation`, `keyring`: Ed25519 log key, X25519 box key, history in the journal
pruning             `pruning`: artefacts removed under a retention rule, journalled first; digests and seals stay
journal             `journal`, `ledger`, `docket`: append-only, hash-chained, fsynced, signed head
transparency log    `note`, `merkle`, `checkpoints`, `witnesses`: RFC 6962, C2SP notes, proofs, cosignatures
vault               `vault`, `manifest`, `shelf`, `recovery`: stage, flush, journal, rename, read-only
timestamps          `stamping`, `tokens`, `pinning`, `judging`, `sealing`: RFC 3161, quorum, outbox, back-off
years later         `revocation`, `withdrawals`, `renewal`: lists and answers kept, tokens renewed before they weaken
verification        `verifying`, `verifying_*`, `trusting`, `checking`: three-valued
explanation         `explaining`: the same with coreutils, OpenSSL and Python alone
==================  ===========================================================================================

Plugs: a timestamp authority is anything that answers RFC 3161 over HTTP (`pin` it to its certificates); a witness is
anything that answers C2SP `add-checkpoint`, or a folder that somebody carries.

Decided here: `grantedWithMods` is refused (see `judging`); a token's time may lie at most five minutes from the local
clock at receipt; an authority that fails waits 1, 2, 4 … minutes up to 6 hours before it is asked again. Whatever
stands in `evidence/` was journalled before it got its name there, so an unknown file is never taken for an
interrupted write.
"""

from auditor.custody.canonical import sha256
from auditor.custody.checkpoints import (
    Checkpoint,
    check_inclusion,
    checkpoint,
    consistency_proof,
    due,
    inclusion_proof,
    latest,
)
from auditor.custody.docket import Docket
from auditor.custody.explaining import explain
from auditor.custody.journal import Journal
from auditor.custody.keys import Keys, create_keys, open_keys
from auditor.custody.ledger import Ledger
from auditor.custody.locking import lock
from auditor.custody.manifest import Manifest, describe
from auditor.custody.pinning import Pinned, pin, pin_file
from auditor.custody.pruning import Removed, prune
from auditor.custody.renewal import Renewal, finish, reseal
from auditor.custody.rotation import revoke, rotate
from auditor.custody.sealing import Health, Sealer, expiring
from auditor.custody.shelf import OpenPackage, open_package, outbox, packages
from auditor.custody.stamping import Answer, Patience, stamp
from auditor.custody.vault import Staging, Vault
from auditor.custody.verifying import verify
from auditor.custody.verifying_alone import verify_alone
from auditor.custody.witnesses import Witness, accept, collect, drop, last_size, parse_witness, send
from auditor.custody.workspace import Custody, create, exists, line_sha256, opened

__all__ = [
    "Answer",
    "Checkpoint",
    "Custody",
    "Docket",
    "Health",
    "Journal",
    "Keys",
    "Ledger",
    "Manifest",
    "OpenPackage",
    "Patience",
    "Pinned",
    "Removed",
    "Renewal",
    "Sealer",
    "Staging",
    "Vault",
    "Witness",
    "accept",
    "check_inclusion",
    "checkpoint",
    "collect",
    "consistency_proof",
    "create",
    "create_keys",
    "describe",
    "drop",
    "due",
    "exists",
    "expiring",
    "explain",
    "finish",
    "inclusion_proof",
    "last_size",
    "latest",
    "line_sha256",
    "lock",
    "open_keys",
    "open_package",
    "opened",
    "outbox",
    "packages",
    "parse_witness",
    "pin",
    "pin_file",
    "prune",
    "reseal",
    "revoke",
    "rotate",
    "send",
    "sha256",
    "stamp",
    "verify",
    "verify_alone",
]
