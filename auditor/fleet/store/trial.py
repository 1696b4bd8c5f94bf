"""A store tried before it is relied on: one of two racing writes wins, bytes come back, a key written once stays.

Some servers take the header of a create-only write and do not heed it; the second write then replaces the first, and
evidence could be replaced without a trace. Such a store is refused. Versions and Object Lock are told: a store may have
none.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from auditor.errors import AwayError, ConfigError
from auditor.fleet.store.address import StoreAddress
from auditor.fleet.store.bucket import Bucket
from auditor.fleet.store.object_lock import BucketLock, SignedBucket
from auditor.model.events import StoreTried

TRIAL, MARK = "trial/", "fleet-"
RACERS = 4


@dataclass(frozen=True, slots=True)
class StoreTrial:
    """What a store showed."""

    address: StoreAddress
    versions: bool
    """Whether it gives objects a version id."""
    lock: BucketLock
    holds: bool | None = None
    """Of a default retention: whether a version that was written just now could not be taken away; None where there is
    no such retention, or it was not tried."""

    def event(self) -> StoreTried:
        """What the ledger says of it."""
        place = urlsplit(self.address.endpoint)
        at = f":{place.port}" if place.port else ""
        return StoreTried(
            store=self.address.url,
            endpoint=f"{place.scheme}://{place.hostname}{at}" if place.hostname else "",
            versions=self.versions,
            lock=self.lock.mode,
            days=self.lock.days or None,
            holds=self.holds,
        )

    def told(self) -> list[str]:
        """In a line each."""
        return [f"object versions: {'yes' if self.versions else 'no'}", f"Object Lock: {self._lock()}"]

    def _lock(self) -> str:
        if self.lock.mode == "none":
            return "no"
        if self.lock.mode == "unchecked":
            return f"not checked: {self.lock.why}"
        if self.lock.mode == "enabled":
            return (
                "enabled without a default retention, which locks nothing: give the bucket one"
                " (PutObjectLockConfiguration)"
            )
        held = {
            True: "a version written just now could not be taken away",
            False: "IT DOES NOT HOLD: a version written just now could be taken away; ask who runs the store",
            None: "whether it holds was not checked",
        }
        return f"{self.lock.mode}, {self.lock.days} days by default: {held[self.holds]}"


def try_store(bucket: Bucket) -> StoreTrial:
    """Write, race, read and take away below `trial/`; `ConfigError` where the store cannot keep evidence.

    What a lock keeps of it stays there.
    """
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
    lock, holds = SignedBucket(bucket.address).lock(), None
    retained = lock.days > 0
    if retained and made.version:
        why = SignedBucket(bucket.address).remove(f"{key}-first", made.version)
        holds = None if why is None else bool(why)
    for name in ("first", "race"):
        try:
            bucket.take_away(f"{key}-{name}")
        except (ConfigError, AwayError):
            if not retained:
                raise
    return StoreTrial(bucket.address, bool(made.version), lock, holds)


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


def require_own_place(bucket: Bucket, boxes: Sequence[str]) -> None:
    """`ConfigError` where another fleet's mark is in this place, and none of the fleet whose keys for secrets were
    these, one after another. What somebody lays beside one's own mark keeps nobody out."""
    if any(bucket.size(_mark(box)) is not None for box in reversed(boxes)):
        return
    if mark := next((key for key, _ in bucket.keys(TRIAL) if key.startswith(f"{TRIAL}{MARK}")), ""):
        raise ConfigError(
            f"{bucket.address.url}: another fleet keeps its evidence in this place of the store ({mark} is its mark);"
            " give each a place of its own in AUDITOR_STORE, such as s3://bucket/name"
        )


def why_another_store(bucket: Bucket, box: str) -> str:
    """Why this is not the store of that fleet, in one sentence; empty where it is. `ConfigError`, `AwayError`."""
    if bucket.size(_mark(box)) is not None:
        return ""
    return (
        f"its store {bucket.address.url} is not the one that maintenance writes to: compare AUDITOR_STORE and"
        " AWS_ENDPOINT_URL with maintenance's"
    )


def _mark(box: str) -> str:
    return f"{TRIAL}{MARK}{hashlib.sha256(box.encode('utf-8')).hexdigest()[:32]}"


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
