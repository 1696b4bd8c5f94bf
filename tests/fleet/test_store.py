"""What a store answers is not believed; what it cannot do is told in one line, and nothing is half started."""

from __future__ import annotations

import hashlib
import resource
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.errors import ConfigError, IntegrityError, VaultError
from auditor.fleet import Bucket, S3EvidenceStore, StoreAddress, try_as_worker, try_store
from auditor.fleet.store import package_objects
from auditor.model.evidence import Removal
from auditor.workflow.fleet.setting_up import worker_staging
from tests.fleet.servers import StoreServer
from tests.fleet.store_faults import FaultyStore, faulty_store

DATA = b"evidence " * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def bucket(empty_store: str) -> Bucket:
    return Bucket(StoreAddress(empty_store))


@pytest.fixture
def faulty(empty_store: str, store: StoreServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyStore]:
    """The store behind a proxy that answers wrongly when it is asked to."""
    with faulty_store(store.port) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        yield proxy


def test_a_conflict_that_kept_nothing_is_tried_again(faulty: FaultyStore, empty_store: str) -> None:
    """Some libraries tell a transient 409 as "exists already", although nothing is there."""
    faulty.faults = {"PUT": ["conflict", "conflict"]}
    made = Bucket(StoreAddress(empty_store)).create("evidence/a", DATA, SHA256)
    assert (made.size, made.sha256) == (len(DATA), SHA256)
    assert faulty.seen.count("PUT conflict") == 2


@pytest.mark.parametrize("fault", ["error", "landed"])
def test_an_error_is_looked_behind(faulty: FaultyStore, empty_store: str, fault: str) -> None:
    faulty.faults = {"PUT": [fault]}  # type: ignore[list-item]
    assert Bucket(StoreAddress(empty_store)).create("evidence/a", DATA, SHA256).sha256 == SHA256


def test_bytes_that_come_back_otherwise_are_refused(faulty: FaultyStore, empty_store: str) -> None:
    faulty.faults = {"GET": ["flipped"]}
    with pytest.raises(VaultError, match="other bytes came back") as told:
        Bucket(StoreAddress(empty_store)).create("evidence/a", DATA, SHA256)
    assert "\n" not in str(told.value)


def test_an_answer_that_ends_in_the_middle_is_no_evidence(faulty: FaultyStore, empty_store: str) -> None:
    bucket = Bucket(StoreAddress(empty_store))
    bucket.create("evidence/a", DATA, SHA256)
    faulty.faults = {"GET": ["short"] * 20}
    with pytest.raises((VaultError, IntegrityError)):
        bucket.read("evidence/a", 1 << 20)


def test_other_bytes_under_the_key_stay(bucket: Bucket) -> None:
    bucket.create("evidence/a", DATA, SHA256)
    with pytest.raises(VaultError, match="written once"):
        bucket.create("evidence/a", b"other", hashlib.sha256(b"other").hexdigest())
    assert bucket.read("evidence/a", 1 << 20) == DATA


def test_a_store_that_keeps_create_only_writes_passes_its_trial_and_nothing_is_left(bucket: Bucket) -> None:
    trial = try_store(bucket)
    assert trial.told() == ["object versions: no", "Object Lock: no"]
    assert list(bucket.keys("trial/")) == []


def test_a_store_that_replaces_objects_is_refused(faulty: FaultyStore, empty_store: str) -> None:
    faulty.careless = True
    with pytest.raises(ConfigError, match="replaces an object") as told:
        try_store(Bucket(StoreAddress(empty_store)))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(("name", "value"), [("AWS_SECRET_ACCESS_KEY", "wrong"), ("AWS_ACCESS_KEY_ID", "nobody")])
def test_wrong_credentials_are_one_line(
    empty_store: str, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="check AWS_ACCESS_KEY_ID") as told:
        try_store(Bucket(StoreAddress(empty_store)))
    assert "\n" not in str(told.value) and "fleet-tests-secret" not in str(told.value)


def test_a_store_that_is_not_there_is_one_line(empty_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(VaultError, match="check AWS_ENDPOINT_URL") as told:
        Bucket(StoreAddress(empty_store)).look("x")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("url", ["http://x/y", "s3://", "s3://user:secret@bucket/x", "s3://bucket?x=1"])
def test_another_address_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(ConfigError) as told:
        StoreAddress(url)
    assert "secret" not in str(told.value)


def _package(store: S3EvidenceStore, name: str = "c1") -> None:
    batch = store.stage(f"capture-{name}")
    for path in ("dom.html", "manifest.json", "view/picture.png"):
        batch.write(path, path.encode() * 100)
    batch.publish_package(f"site-a/{name}")


def test_a_package_is_one_object_whose_bytes_depend_on_its_files_alone(empty_store: str, tmp_path: Path) -> None:
    digests = set()
    for place in ("one", "two"):
        store = S3EvidenceStore(StoreAddress(f"{empty_store}/{place}"), tmp_path / place)
        _package(store)
        ((key, _),) = store.bucket.keys("evidence/")
        assert key == "evidence/site-a/c1/.package-0.zip"
        store.bucket.save(key, tmp_path / f"{place}.zip")
        with zipfile.ZipFile(tmp_path / f"{place}.zip") as opened:
            assert opened.namelist() == ["dom.html", "view/picture.png", "manifest.json"]
        digests.add(hashlib.sha256((tmp_path / f"{place}.zip").read_bytes()).hexdigest())
        store.close()
    assert len(digests) == 1


def test_a_publication_that_was_interrupted_behind_the_object_is_finished(empty_store: str, tmp_path: Path) -> None:
    store = S3EvidenceStore(StoreAddress(empty_store), tmp_path)
    batch = store.stage("capture-c1")
    batch.write("manifest.json", b"{}")
    folder = tmp_path / "evidence" / ".staging" / "capture-c1"
    kept = (folder / "manifest.json").read_bytes()
    batch.publish_package("site-a/c1")
    folder.mkdir()
    (folder / "manifest.json").write_bytes(kept)
    store.reopen("capture-c1").publish_package("site-a/c1")
    assert list(store.staged()) == [] and store.read("site-a/c1/manifest.json", 10) == b"{}"
    store.close()


def test_a_pruning_that_was_interrupted_is_read_as_done_and_finished(empty_store: str, tmp_path: Path) -> None:
    store = S3EvidenceStore(StoreAddress(empty_store), tmp_path)
    _package(store)
    whole = store.bucket.read("evidence/site-a/c1/.package-0.zip", 1 << 20)
    assert store.remove("site-a/c1", ["dom.html"]) == Removal(1)
    store.bucket.create("evidence/site-a/c1/.package-0.zip", whole, hashlib.sha256(whole).hexdigest())
    again = S3EvidenceStore(StoreAddress(empty_store), tmp_path)
    assert again.names("site-a/c1") == ["manifest.json", "view"]
    assert again.remove("site-a/c1", ["dom.html"]) == Removal(0)
    assert [key for key, _ in again.bucket.keys("evidence/")] == ["evidence/site-a/c1/.package-1.zip"]
    with pytest.raises(VaultError, match="written once"):
        _package(again)
    store.close()
    again.close()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [["../out.txt"], ["/etc/x"], ["a", "a"], ["con.txt"], ["view/../../x"]])
def test_a_package_object_by_another_hand_leads_nowhere(empty_store: str, tmp_path: Path, names: list[str]) -> None:
    made = tmp_path / "made.zip"
    with zipfile.ZipFile(made, "w") as out:
        for name in names:
            out.writestr(zipfile.ZipInfo(name), b"x")
    bucket = Bucket(StoreAddress(empty_store))
    bucket.create("evidence/site-a/c1/.package-0.zip", made, hashlib.sha256(made.read_bytes()).hexdigest())
    store = S3EvidenceStore(bucket.address, tmp_path)
    with pytest.raises(IntegrityError):
        store.read("site-a/c1/dom.html", 100)
    store.close()


def test_a_compressed_member_is_not_blown_up(empty_store: str, tmp_path: Path) -> None:
    made = tmp_path / "made.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("dom.html", b"\0" * (1 << 24))
    bucket = Bucket(StoreAddress(empty_store))
    bucket.create("evidence/site-a/c1/.package-0.zip", made, hashlib.sha256(made.read_bytes()).hexdigest())
    store = S3EvidenceStore(bucket.address, tmp_path)
    with pytest.raises(IntegrityError, match="compressed"):
        store.read("site-a/c1/dom.html", 1 << 30)
    store.close()


def test_a_worker_tries_the_store_with_one_object_however_often_and_not_with_a_wrong_secret(
    bucket: Bucket, empty_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        try_as_worker(bucket)
    assert [key for key, _ in bucket.keys("trial/")] == ["trial/worker"]
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(ConfigError, match="refuses these credentials"):
        try_as_worker(Bucket(StoreAddress(empty_store)))


def test_a_worker_does_not_begin_where_its_folder_takes_no_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(VaultError, match="nothing can be written there"), worker_staging(tmp_path / "file"):
        pass
    with worker_staging(tmp_path / "new") as folder:
        assert [one.name for one in folder.iterdir()] == [".auditor.lock"], "what was written to try is gone"


def test_a_full_disk_is_told_as_that(tmp_path: Path) -> None:
    """A package that is whole, and a disk that does not take it."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "big.bin").write_bytes(bytes(200_000))
    packed = package_objects.pack(tmp_path / "in", ["big.bin"], tmp_path / "made.zip")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(VaultError, match="File too large"):
            package_objects.unpack(packed.path, tmp_path / "out", "it")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "out").iterdir()) == []
    assert package_objects.unpack(packed.path, tmp_path / "again", "it") == ["big.bin"]


def test_a_directory_that_is_said_to_be_large_is_not_read(tmp_path: Path) -> None:
    made = tmp_path / "made.zip"
    with made.open("wb") as out:
        out.truncate(1 << 28)
        out.seek(1 << 28)
        out.write(package_objects.END.pack(b"PK\5\6", 0, 0, 1, 1, 1 << 27, 0, 0))
    tracemalloc.start()
    try:
        with pytest.raises(IntegrityError):
            package_objects.unpack(made, tmp_path / "out", "it")
        assert tracemalloc.get_traced_memory()[1] < 1 << 23
    finally:
        tracemalloc.stop()


def test_members_that_share_their_bytes_are_not_blown_up(tmp_path: Path) -> None:
    """Stored, each with its right checksum: one lies within the other."""
    inner, made = tmp_path / "inner.zip", tmp_path / "made.zip"
    with zipfile.ZipFile(inner, "w") as out:
        out.writestr(zipfile.ZipInfo("b"), bytes(100_000))
        within = out.getinfo("b")
    with zipfile.ZipFile(made, "w") as out:
        out.writestr(zipfile.ZipInfo("a"), inner.read_bytes()[: 30 + 1 + 100_000])
        within.header_offset = 30 + 1
        out.filelist.append(within)
    with zipfile.ZipFile(made) as read:
        assert [len(read.read(name)) for name in ("a", "b")] == [100_031, 100_000]
    with pytest.raises(IntegrityError, match="larger than the whole"):
        package_objects.unpack(made, tmp_path / "out", "it")
    assert not (tmp_path / "out").exists()


def test_an_answer_that_is_longer_than_an_object_may_be_is_not_kept(empty_store: str, tmp_path: Path) -> None:
    bucket = Bucket(StoreAddress(empty_store))
    bucket.create("evidence/a", DATA, SHA256)
    with pytest.raises(IntegrityError, match="more than 100 bytes"):
        bucket.save("evidence/a", tmp_path / "a", 100)
    assert bucket.read_range("evidence/a", 3, 12) == DATA[3:12]


def test_a_file_that_changed_after_it_was_staged_is_not_published(empty_store: str, tmp_path: Path) -> None:
    store = S3EvidenceStore(StoreAddress(empty_store), tmp_path)
    batch = store.stage("capture-c1")
    batch.write("dom.html", b"<p>as it was seen</p>")
    file = tmp_path / "evidence" / ".staging" / "capture-c1" / "dom.html"
    file.chmod(0o644)
    file.write_bytes(b"<p>as it is wanted</p>")
    with pytest.raises(VaultError, match="other bytes than were written"):
        batch.publish_package("site-a/c1")
    assert list(store.bucket.keys("evidence/")) == []
    store.close()
