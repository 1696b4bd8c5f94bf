"""Showing the log to somebody outside, so that it cannot be told twice. A witness that fails costs nothing."""

from __future__ import annotations

from auditor.custody import (
    Checkpoint,
    collect_cosignatures,
    last_cosigned_size,
    parse_witness,
    request_cosignature,
    write_submission,
)
from auditor.errors import CustodyError, VaultError
from auditor.model.estate import Witness
from auditor.workflow.wiring import Instruments


def submit_to_witnesses(instruments: Instruments, at: Checkpoint) -> list[str]:
    """Send a checkpoint to every witness of `targets.yaml`, keep what they sign; a sentence for each that failed.

    `VaultError` where what a witness signed cannot be stored.
    """
    return [said for witness in instruments.estate.timestamping.witnesses for said in _one(instruments, at, witness)]


def _one(instruments: Instruments, at: Checkpoint, named: Witness) -> list[str]:
    try:
        witness = parse_witness(named.key, named.url)
        if named.url:
            request_cosignature(instruments.custody.vault, at, witness)
            return []
        folder = instruments.workspace.root / named.folder
        _, wrong = collect_cosignatures(instruments.custody.vault, witness, folder)
        write_submission(instruments.journal, at, last_cosigned_size(instruments.journal, witness), folder)
    except VaultError:
        raise
    except CustodyError as error:
        return [f"witness {named.id}: the checkpoint of {at.size} lines is not cosigned by it: {error}"]
    else:
        return [f"witness {named.id}: {said}" for said in wrong]
