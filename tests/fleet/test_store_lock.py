"""Object Lock, as the bucket says it and as a trial shows it; and what a pruning says of bytes that the store keeps.

Real store; where it is to lie, something between answers for it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.fleet import Bucket, S3EvidenceStore, StoreAddress, StoreTrial, package_key, try_store
from auditor.fleet.store.object_lock import NO_CREDENTIALS, BucketLock, SignedBucket
from auditor.model.events import StoreTried
from auditor.model.evidence import Removal
from auditor.workflow.fleet.maintenance import FleetMaintenance, MaintenanceOptions
from auditor.workflow.fleet.setting_up import fleet_places
from auditor.workspace import Workspace
from tests.custody.practice_authorities import Authorities
from tests.fleet.moved_workspace import make_moved
from tests.fleet.servers import LOCKS, PostgresServer, StoreServer
from tests.fleet.store_faults import FaultyStore, faulty_store

DAY = b"<Mode>COMPLIANCE</Mode><Days>1</Days>"
DATA = b"a page"
Make = Callable[[StoreServer, str], None]
HELD = "COMPLIANCE, 1 days by default"


def locked(store: StoreServer, name: str) -> None:
    store.make_locked_bucket(name, DAY)


def governed(store: StoreServer, name: str) -> None:
    store.make_locked_bucket(name, b"<Mode>GOVERNANCE</Mode><Years>2</Years>")


def lock_without_default(store: StoreServer, name: str) -> None:
    store.make_locked_bucket(name)


def versions_alone(store: StoreServer, name: str) -> None:
    store.make_versioned_bucket(name)


def plain(store: StoreServer, name: str) -> None:
    store.make_bucket(name)


@pytest.fixture
def made(store: StoreServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[Make], Bucket]:
    store.require_running()
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)

    def make(kind: Make) -> Bucket:
        name = f"lock-{secrets.token_hex(4)}"
        kind(store, name)
        return Bucket(StoreAddress(f"s3://{name}"))

    return make


@pytest.fixture
def between(store: StoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyStore]:
    with faulty_store(store.port) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        yield proxy


def put(bucket: Bucket, key: str) -> str:
    return bucket.create(key, DATA, hashlib.sha256(DATA).hexdigest()).version


@pytest.mark.parametrize(
    ("kind", "versions", "lock"),
    [
        (plain, "no", "no"),
        (versions_alone, "yes", "no"),
        (lock_without_default, "yes", "enabled without a default retention, which locks nothing: give the bucket one"),
        (locked, "yes", f"{HELD}: a version written just now could not be taken away"),
        (governed, "yes", "GOVERNANCE, 730 days by default: a version written just now could not be taken away"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_the_trial_tells_what_the_bucket_does(
    made: Callable[[Make], Bucket], kind: Make, versions: str, lock: str
) -> None:
    """Again at every start: what a lock keeps of the trials before is in nobody's way."""
    bucket = made(kind)
    for _ in range(3):
        said = try_store(bucket).told()
        assert said[0] == f"object versions: {versions}"
        assert said[1].startswith(f"Object Lock: {lock}"), said
    assert list(bucket.keys("")) == []


def test_a_trial_leaves_no_version_where_nothing_keeps_it(made: Callable[[Make], Bucket], store: StoreServer) -> None:
    bucket = made(versions_alone)
    try_store(bucket)
    assert b"<Version>" not in store.ask("GET", f"{bucket.address.bucket}?versions").content
    kept = made(locked)
    try_store(kept)
    assert store.ask("GET", f"{kept.address.bucket}?versions").content.count(b"<Version>") == 2


def test_a_lock_that_does_not_hold_is_told(
    made: Callable[[Make], Bucket], between: FaultyStore, store: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bucket says that it locks, and takes versions away."""
    address = made(versions_alone).address
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{between.port}")
    between.said[b"?object-lock"] = LOCKS % (b"<Rule><DefaultRetention>%b</DefaultRetention></Rule>" % DAY)
    trial = try_store(Bucket(address))
    assert trial.holds is False and f"{HELD}: IT DOES NOT HOLD" in trial.told()[1]


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_credentials_from_elsewhere_leave_it_unchecked(
    made: Callable[[Make], Bucket], monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """As those of an instance: the bucket's library has them, the environment does not."""
    bucket = made(locked)
    monkeypatch.delenv(missing)
    trial = try_store(bucket)
    assert trial.versions and trial.told()[1] == f"Object Lock: not checked: {NO_CREDENTIALS}"


def test_who_may_not_ask_is_told_as_unchecked(
    made: Callable[[Make], Bucket], monkeypatch: pytest.MonkeyPatch, store: StoreServer
) -> None:
    address = made(locked).address
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    assert SignedBucket(address).lock().why == "the store answered 403 SignatureDoesNotMatch"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    found = SignedBucket(address).lock()
    assert (found.mode, found.why) == ("unchecked", "the store did not answer (ConnectionError)")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<ObjectLockConfiguration/>",
        b'<!DOCTYPE a [<!ENTITY b "Enabled">]><a><ObjectLockEnabled>&b;</ObjectLockEnabled></a>',
        (LOCKS % b"").decode().encode("utf-16"),
        LOCKS % (b"<!-- -->" + b" " * (1 << 20)),
        LOCKS % (b" " * (1 << 20)),
        LOCKS % b"<Rule><DefaultRetention><Mode>COMPLIANCE</Mode></DefaultRetention></Rule>",
        LOCKS % b"<Rule><DefaultRetention><Mode>NONE</Mode><Days>1</Days></DefaultRetention></Rule>",
        LOCKS % b"<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>-1</Days></DefaultRetention></Rule>",
        LOCKS % b"<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>0</Days></DefaultRetention></Rule>",
        LOCKS % b"<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>99999999</Days></DefaultRetention></Rule>",
    ],
)
def test_an_answer_that_is_none_is_told_as_unchecked(
    made: Callable[[Make], Bucket], between: FaultyStore, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    address = made(plain).address
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{between.port}")
    between.said[b"?object-lock"] = body
    found = SignedBucket(address).lock()
    assert found.mode == "unchecked" and found.why


def test_what_a_lock_keeps_is_not_said_to_be_removed(made: Callable[[Make], Bucket], tmp_path: Path) -> None:
    """What is left is made, nobody sees the former object any more, and its bytes are told as what they are."""
    bucket = made(locked)
    store = S3EvidenceStore(bucket.address, tmp_path)
    batch = store.stage("capture-c1")
    batch.write("manifest.json", b"{}")
    batch.write("dom.html", DATA)
    batch.flush()
    version = batch.publish_package("site-a/c1")
    removal = store.remove("site-a/c1", ["dom.html"], version)
    (told,) = removal.kept
    assert removal.files == 0 and f"version {version} stays in the store: kept by the store's lock until " in told
    until = datetime.fromisoformat(told.rpartition(" ")[2])
    assert timedelta(hours=23) < until - datetime.now(UTC) <= timedelta(days=1)
    assert list(store.names("site-a/c1")) == ["manifest.json"]
    assert [key for key, _ in bucket.keys("evidence/")] == [package_key("site-a/c1", 1)]
    assert bucket.save(package_key("site-a/c1"), tmp_path / "whole", version=version).shadowed
    assert DATA in (tmp_path / "whole").read_bytes()


def test_without_a_lock_every_version_of_it_goes(
    made: Callable[[Make], Bucket], tmp_path: Path, store: StoreServer
) -> None:
    bucket = made(versions_alone)
    kept = S3EvidenceStore(bucket.address, tmp_path)
    batch = kept.stage("capture-c1")
    batch.write("manifest.json", b"{}")
    batch.write("dom.html", DATA)
    batch.flush()
    version = batch.publish_package("site-a/c1")
    name, key = bucket.address.bucket, package_key("site-a/c1")
    store.ask("PUT", f"{name}/{key}", b"laid on top").raise_for_status()
    store.ask("PUT", f"{name}/{key}0", b"of another key").raise_for_status()
    assert kept.remove("site-a/c1", ["dom.html"], version) == Removal(1)
    left = store.ask("GET", f"{name}?versions&prefix={key}").text
    assert left.count("<Version>") == 1 and f"<Key>{key}0</Key>" in left


def test_who_cannot_take_versions_away_says_so(made: Callable[[Make], Bucket], monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = made(versions_alone)
    put(bucket, "evidence/a")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    (told,) = bucket.take_away("evidence/a")
    assert "its versions stay in the store" in told and told.endswith(NO_CREDENTIALS)
    assert bucket.size("evidence/a") is None


def test_a_store_that_refuses_even_to_hide_what_it_locks_is_told(
    made: Callable[[Make], Bucket], between: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = made(locked).address
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{between.port}")
    bucket = Bucket(address)
    version = put(bucket, "evidence/a")
    between.faults["POST"] = ["denied"]
    (told,) = bucket.take_away("evidence/a")
    assert version in told and "kept by the store's lock" in told
    assert bucket.size("evidence/a") == len(DATA)
    between.faults["POST"] = ["denied"] * 2
    assert try_store(bucket).holds


def test_prune_says_what_is_still_in_the_store(
    tmp_path: Path, store: StoreServer, postgres: PostgresServer, stamps: Authorities, made: Callable[[Make], Bucket]
) -> None:
    stamps.behave("honest")
    address = made(locked).address.url
    database = postgres.new_database(f"l{secrets.token_hex(6)}")

    def more(root: Path) -> None:
        with (root / "targets.yaml").open("a", encoding="utf-8") as out:
            out.write("\nretention: {keep_days: 30}\n")

    moved = make_moved(
        tmp_path / "w", stamps, dict(store.environment), database, address, more, began=timedelta(days=60)
    )
    done = json.loads(moved.auditor("prune", "--yes", "--json")[0])
    assert [one["capture"] for one in done["captures"]] == ["c-001"]
    assert (done["files"], done["bytes"]) == (0, 0)
    (told,) = done["not_removed"]
    assert "stays in the store: kept by the store's lock until" in told
    assert "nothing was changed" not in moved.auditor("prune", "--yes")[0]
    found = json.loads(moved.auditor("verify", "--json")[0])
    assert not [one for one in found["checks"] if one["verdict"] == "failed"]


def test_the_ledger_has_what_the_store_showed_where_it_changed(
    tmp_path: Path, store: StoreServer, postgres: PostgresServer, stamps: Authorities, made: Callable[[Make], Bucket]
) -> None:
    """After the move, and when maintenance begins to lead: a line where the trial differs from the one before."""
    stamps.behave("honest")
    address = made(locked).address
    database = postgres.new_database(f"l{secrets.token_hex(6)}")
    moved = make_moved(tmp_path / "w", stamps, dict(store.environment), database, address.url)

    def lines() -> list[StoreTried]:
        found = moved.ask("select line from auditor.ledger where kind = 'store.tried' order by number")
        return [StoreTried.read(json.loads(line)["body"]) for (line,) in found]

    def led() -> list[str]:
        told = list[str]()
        places = fleet_places(database, address.url, moved.root / "staging", True, told.append)
        options = MaintenanceOptions(places, 0.2, told=told.append)
        maintenance = FleetMaintenance(Workspace(moved.root), options)
        thread = threading.Thread(target=maintenance.run)
        thread.start()
        until = time.monotonic() + 60
        while "maintenance: this process leads" not in told:
            assert time.monotonic() < until and thread.is_alive(), told
            time.sleep(0.1)
        maintenance.stop.set()
        thread.join(60)
        return told

    one_day = StoreTried(
        store=address.url, endpoint=store.endpoint, versions=True, lock="COMPLIANCE", days=1, holds=True
    )
    assert lines() == [one_day]
    assert any(line.startswith(f"store: Object Lock: {HELD}") for line in led())
    assert lines() == [one_day]
    store.lock_by_default(address.bucket, DAY.replace(b"1", b"2"))
    led()
    led()
    assert lines() == [one_day, replace(one_day, days=2)]
    told = json.loads(moved.auditor("fleet", "status", "--database", database, "--json", expect=3)[0])
    assert told["store"].pop("tried_at") and told["store"] == lines()[1].body()
    said = moved.auditor("fleet", "status", "--database", database, expect=3)[0]
    assert f"store: {address.url} at {store.endpoint}, tried at 20" in said
    assert "object versions: yes; Object Lock: COMPLIANCE, 2 days by default, which holds" in said
    assert ", 0 failed," in moved.auditor("verify")[0]


def test_the_line_of_a_trial_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://somebody:secret@store.example:9000/path?token=secret")
    trial = StoreTrial(StoreAddress("s3://bucket/prefix"), False, BucketLock("unchecked", why="nobody asked"))
    assert trial.event() == StoreTried(
        store="s3://bucket/prefix", endpoint="https://store.example:9000", versions=False, lock="unchecked"
    )
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert trial.event().endpoint == ""


@pytest.mark.parametrize(
    ("environment", "bucket", "at"),
    [
        ({}, "evidence", "https://evidence.s3.us-east-1.amazonaws.com"),
        ({"AWS_REGION": "eu-central-1"}, "evidence", "https://evidence.s3.eu-central-1.amazonaws.com"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "my.evidence", "https://s3.eu-west-1.amazonaws.com/my.evidence"),
        ({"AWS_ENDPOINT_URL": "https://store.example:9000/"}, "evidence", "https://store.example:9000/evidence"),
    ],
)
def test_where_a_bucket_is_asked(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], bucket: str, at: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert SignedBucket(StoreAddress(f"s3://{bucket}/prefix")).base == at
