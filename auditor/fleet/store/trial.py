"""A store tried before it is relied on: one of two racing writes wins, bytes come back, a key written once stays.

Some servers take the header of a create-only write and do not heed it; the second write then replaces the first, and
evidence could be replaced without a trace. Such a store is refused.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass

from auditor.errors import ConfigError
from auditor.fleet.store.bucket import Bucket

TRIAL = "trial/"
RACERS = 4


@dataclass(frozen=True, slots=True)
class StoreTrial:
    """What a store showed."""

    endpoint: str
    versions: bool
    """Whether it gives objects a version id."""


def try_store(bucket: Bucket) -> StoreTrial:
    """Write, race, read and take away below `trial/`; `ConfigError` where the store cannot keep evidence."""
    where, key = bucket.address.url, f"{TRIAL}{secrets.token_hex(8)}"
    first = secrets.token_bytes(64)
    made = bucket.create(f"{key}-first", first, hashlib.sha256(first).hexdigest())
    if bucket.try_to_create(f"{key}-first", secrets.token_bytes(64)):
        raise ConfigError(
            f"{where}: the store replaces an object although it was asked not to (If-None-Match: *); evidence could be"
            " overwritten there: use a store that keeps create-only writes"
        )
    winners = _race(bucket, f"{key}-race")
    found = bucket.look(f"{key}-race")
    if len(winners) != 1 or found is None or found.sha256 != winners[0]:
        raise ConfigError(
            f"{where}: of {RACERS} writes at once that may create one object {len(winners)} were told that they did;"
            " exactly one may: use a store that keeps create-only writes"
        )
    if {f"{key}-first", f"{key}-race"} - {name for name, _ in bucket.keys(TRIAL)}:
        raise ConfigError(f"{where}: the store does not list what was written just now; use one that does")
    for name in ("first", "race"):
        bucket.remove(f"{key}-{name}")
    return StoreTrial(bucket.address.endpoint, bool(made.version))


def try_as_worker(bucket: Bucket) -> None:
    """Write and read with credentials that may not take away again: one object below `trial/`, the same for every
    worker. A store that has it already is asked for it again, which it refuses only to who may write.

    `ConfigError` where the store refuses these credentials or does not have what it took; `AwayError`.
    """
    key = f"{TRIAL}worker"
    bucket.try_to_create(key, b"Written by a worker to see that it may.\n")
    if bucket.look(key) is None:
        raise ConfigError(f"{bucket.address.url}: the store took an object and does not have it; check the store")


def mark_store(bucket: Bucket, box: str) -> None:
    """Leave a mark of the fleet whose key for secrets this is, by which a worker knows its store."""
    bucket.try_to_create(_mark(box), b"Written by maintenance: its workers' store is this one.\n")


def why_another_store(bucket: Bucket, box: str) -> str:
    """Why this is not the store of that fleet, in one sentence; empty where it is. `ConfigError`, `AwayError`."""
    if bucket.size(_mark(box)) is not None:
        return ""
    return (
        f"its store {bucket.address.url} is not the one that maintenance writes to: compare AUDITOR_STORE and"
        " AWS_ENDPOINT_URL with maintenance's"
    )


def _mark(box: str) -> str:
    return f"{TRIAL}fleet-{hashlib.sha256(box.encode('utf-8')).hexdigest()[:32]}"


def _race(bucket: Bucket, key: str) -> list[str]:
    """The digests of those who were told that they made the object."""
    told, gate = list[str](), threading.Barrier(RACERS)

    def write() -> None:
        data = secrets.token_bytes(1024)
        gate.wait(10)
        if bucket.try_to_create(key, data):
            told.append(hashlib.sha256(data).hexdigest())

    racers = [threading.Thread(target=write) for _ in range(RACERS)]
    for one in racers:
        one.start()
    for one in racers:
        one.join()
    return told
