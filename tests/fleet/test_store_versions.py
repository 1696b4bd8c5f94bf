"""A store that keeps versions: its trial says so, each object's version is read back with it, and what is laid on top
of a package by a plain PUT is told by `verify_fleet`, while the version below is what the journal names."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from auditor.fleet import Bucket, StoreAddress, try_store
from auditor.workflow.relocation.verifying import verify_fleet
from auditor.workflow.replica.place import MovedPlace
from tests.custody.practice_authorities import Authorities
from tests.fleet.moved_workspace import make_moved
from tests.fleet.servers import ACCESS_KEY, SECRET_KEY, StoreServer

ENABLED = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


def keep_versions(store: StoreServer, bucket: str) -> None:
    """PutBucketVersioning, signed as S3 asks (AWS Signature Version 4)."""
    at, host = datetime.now(UTC), f"127.0.0.1:{store.port}"
    stamp, scope = at.strftime("%Y%m%dT%H%M%SZ"), at.strftime("%Y%m%d/us-east-1/s3/aws4_request")
    digest = hashlib.sha256(ENABLED).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    told = "".join(f"{name}:{value}\n" for name, value in headers.items())
    asked = "\n".join(("PUT", f"/{bucket}", "versioning=", told, ";".join(headers), digest))
    signed = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(asked.encode()).hexdigest()))
    key = f"AWS4{SECRET_KEY}".encode()
    for part in (*scope.split("/"), signed):
        key = hmac.digest(key, part.encode(), "sha256")
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, SignedHeaders={';'.join(headers)}, Signature={key.hex()}"
    )
    request = urllib.request.Request(f"http://{host}/{bucket}?versioning", ENABLED, headers, method="PUT")
    urllib.request.urlopen(request, timeout=10).close()


@pytest.fixture
def versioned(store: StoreServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket that keeps versions."""
    store.require_running()
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    name = f"versions-{secrets.token_hex(4)}"
    store.make_bucket(name)
    keep_versions(store, name)
    return f"s3://{name}"


def lay_on_top(address: str, key: str, data: bytes) -> None:
    """A plain PUT, as by somebody who may write and asks for nothing."""
    place = StoreAddress(address)
    laid = S3Store(place.bucket, endpoint=place.endpoint, client_options={"allow_http": True})
    obstore.put(laid, f"{place.prefix}{key}", data, mode="overwrite")


def test_the_trial_tells_versions_and_create_only_holds_there_too(versioned: str) -> None:
    bucket = Bucket(StoreAddress(versioned))
    assert try_store(bucket).versions
    made = bucket.create("evidence/a", b"first", hashlib.sha256(b"first").hexdigest())
    assert made.version and not bucket.try_to_create("evidence/a", b"second")
    lay_on_top(versioned, "evidence/a", b"second")
    now = bucket.look("evidence/a")
    assert now is not None and now.version != made.version and now.sha256 != made.sha256


def test_what_is_laid_on_top_of_a_package_is_told_by_verify(
    tmp_path: Path, versioned: str, empty_database: str, stamps: Authorities, store: StoreServer
) -> None:
    stamps.behave("honest")
    moved = make_moved(tmp_path / "w", stamps, dict(store.environment), empty_database, versioned)
    place = MovedPlace(empty_database, versioned, 1)
    assert not [one for one in verify_fleet(place).checks if one.verdict == "failed"]
    key = next(key for key, _ in moved.bucket.keys("evidence/covered/") if key.endswith(".package-0.zip"))
    lay_on_top(versioned, key, moved.bucket.read(key, 1 << 26)[:-1])
    failed = [one for one in verify_fleet(place).checks if one.verdict == "failed"]
    assert failed and any("c-001" in f"{one.subject} {one.detail}" for one in failed), failed
