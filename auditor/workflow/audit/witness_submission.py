"""Submits checkpoints to outside witnesses, so that the log cannot be rewritten. A witness that fails ends nothing."""

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


def submit_to_witnesses(instruments: Instruments, checkpoint: Checkpoint) -> list[str]:
    """Send a checkpoint to every witness of `targets.yaml`, keep what they sign; a sentence for each that failed.

    `VaultError` where what a witness signed cannot be stored.
    """
    return [
        failure
        for witness in instruments.estate.timestamping.witnesses
        for failure in _submit(instruments, checkpoint, witness)
    ]


def _submit(instruments: Instruments, checkpoint: Checkpoint, declared: Witness) -> list[str]:
    try:
        witness = parse_witness(declared.key, declared.url)
        if declared.url:
            request_cosignature(instruments.custody.vault, checkpoint, witness)
            return []
        folder = instruments.workspace.root / declared.folder
        _, failures = collect_cosignatures(instruments.custody.vault, witness, folder)
        write_submission(instruments.journal, checkpoint, last_cosigned_size(instruments.journal, witness), folder)
    except VaultError:
        raise
    except CustodyError as error:
        return [f"witness {declared.id}: the checkpoint of {checkpoint.size} lines is not cosigned by it: {error}"]
    else:
        return [f"witness {declared.id}: {failure}" for failure in failures]
