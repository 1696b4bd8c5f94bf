"""Showing the log to somebody outside, so that it cannot be told twice. A witness that fails costs nothing."""

from __future__ import annotations

from auditor.custody import Checkpoint, collect, drop, last_size, parse_witness, send
from auditor.errors import CustodyError, VaultError
from auditor.model.estate import Witness
from auditor.workflow.opening import House


def show(house: House, at: Checkpoint) -> list[str]:
    """Send a checkpoint to every witness of `targets.yaml`, keep what they sign; a sentence for each that failed.

    `VaultError` where what a witness signed cannot be stored.
    """
    return [said for witness in house.estate.timestamping.witnesses for said in _one(house, at, witness)]


def _one(house: House, at: Checkpoint, named: Witness) -> list[str]:
    try:
        witness = parse_witness(named.key, named.url)
        if named.url:
            send(house.custody.vault, at, witness)
            return []
        folder = house.workspace.root / named.folder
        _, wrong = collect(house.custody.vault, witness, folder)
        drop(house.journal, at, last_size(house.journal, witness), folder)
    except VaultError:
        raise
    except CustodyError as error:
        return [f"witness {named.id}: the checkpoint of {at.size} lines is not cosigned by it: {error}"]
    else:
        return [f"witness {named.id}: {said}" for said in wrong]
