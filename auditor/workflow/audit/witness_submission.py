"""Submits checkpoints to outside witnesses, so that the log cannot be rewritten. A witness that fails ends nothing;
one that refuses is journalled and named, and the command that met it exits non-zero."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.clock import timestamp
from auditor.custody import (
    Checkpoint,
    Journal,
    collect_cosignatures,
    last_cosigned_size,
    parse_witness,
    request_cosignature,
    write_submission,
)
from auditor.errors import CustodyError, RefusedByWitnessError, VaultError
from auditor.model.targets.estate import Estate, Witness
from auditor.workflow.wiring import Instruments


@dataclass(frozen=True, slots=True)
class WitnessResults:
    """How a checkpoint was received outside."""

    failures: tuple[str, ...] = ()
    """A sentence for each witness that did not cosign it."""
    refused_by: tuple[str, ...] = ()
    """Ids of those that refused it."""

    def __add__(self, other: WitnessResults) -> WitnessResults:
        return WitnessResults((*self.failures, *other.failures), (*self.refused_by, *other.refused_by))


def submit_to_witnesses(instruments: Instruments, checkpoint: Checkpoint) -> WitnessResults:
    """Send a checkpoint to every witness of `targets.yaml`, keep what they sign.

    `VaultError` where what a witness signed or refused cannot be stored.
    """
    results = WitnessResults()
    for witness in instruments.estate.timestamping.witnesses:
        results += _submit(instruments, checkpoint, witness)
    return results


def refusing_witnesses(journal: Journal, estate: Estate) -> dict[str, str]:
    """Witnesses of `targets.yaml` whose last word on this log is a refusal: id to a sentence."""
    by_key = {one.key: one.id for one in estate.timestamping.witnesses}
    return {
        by_key[one.witness]: f"witness {by_key[one.witness]} refused the checkpoint of {one.size} lines at "
        f"{timestamp(one.at)} and has cosigned none since ({one.said})"
        for one in journal.ledger.standing_refusals()
        if one.witness in by_key
    }


def _submit(instruments: Instruments, checkpoint: Checkpoint, declared: Witness) -> WitnessResults:
    failures = list[str]()
    try:
        witness = parse_witness(declared.key, declared.url)
        if declared.url:
            request_cosignature(instruments.custody.vault, checkpoint, witness)
        else:
            folder = instruments.workspace.home / declared.folder
            _, failures = collect_cosignatures(instruments.custody.vault, witness, folder)
            write_submission(instruments.journal, checkpoint, last_cosigned_size(instruments.journal, witness), folder)
    except VaultError:
        raise
    except CustodyError as error:
        told = f"witness {declared.id}: the checkpoint of {checkpoint.size} lines is not cosigned by it: {error}"
        return WitnessResults((told,), (declared.id,) if isinstance(error, RefusedByWitnessError) else ())
    return WitnessResults(tuple(f"witness {declared.id}: {failure}" for failure in failures))
