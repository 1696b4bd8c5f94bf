"""What every `EvidenceStore` does: written once, whole or not at all, and never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.custody.packages.local_store import LocalEvidenceBatch, LocalEvidenceStore
from auditor.errors import IntegrityError, VaultError
from auditor.model.evidence import Removal
from auditor.model.ports import EvidenceStore
from auditor.optional_parts import is_installed

Opener = Callable[[], EvidenceStore]
"""Opens the same store again, as another process would."""
LIMIT = 1 << 20
FILES = {"dom.html": b"<p>34</p>", "view/screenshot.png": bytes(range(256)) * 40, "view/deep/tls-chain.pem": b"-----"}


def _local(request: pytest.FixtureRequest) -> Opener:
    base: Path = request.getfixturevalue("tmp_path")
    return lambda: LocalEvidenceStore(base)


PLUGS: dict[type, Callable[[pytest.FixtureRequest], Opener]] = {LocalEvidenceStore: _local}
BATCHES: set[type] = {LocalEvidenceBatch}
"""The kinds of batch that the stores above give."""

if is_installed("fleet"):
    from auditor.fleet import S3EvidenceBatch, S3EvidenceStore, StoreAddress
    from auditor.workflow.replica.acting import MirroredBatch, MirroredEvidence

    def _s3(request: pytest.FixtureRequest) -> Opener:
        base, address = request.getfixturevalue("tmp_path"), StoreAddress(request.getfixturevalue("empty_store"))

        def opened() -> EvidenceStore:
            store = S3EvidenceStore(address, base)
            request.addfinalizer(store.close)
            return store

        return opened

    def _mirrored(request: pytest.FixtureRequest) -> Opener:
        base, address = request.getfixturevalue("tmp_path"), StoreAddress(request.getfixturevalue("empty_store"))

        def opened() -> EvidenceStore:
            store = MirroredEvidence(address, base, base / "replica")
            request.addfinalizer(store.close)
            return store

        return opened

    PLUGS |= {S3EvidenceStore: _s3, MirroredEvidence: _mirrored}
    BATCHES |= {S3EvidenceBatch, MirroredBatch}


@pytest.fixture(params=PLUGS, ids=lambda plug: plug.__name__)
def again(request: pytest.FixtureRequest) -> Opener:
    return PLUGS[request.param](request)


def published(again: Opener, home: str = "site-a/c1") -> EvidenceStore:
    batch = again().stage("capture-c1")
    for path, data in FILES.items():
        batch.write(path, data, flush=False)
    batch.flush()
    batch.publish_package(home)
    return again()


def test_an_empty_store_holds_nothing(again: Opener) -> None:
    store = again()
    assert not store.exists("site-a")
    assert list(store.names("site-a")) == []
    assert list(store.staged()) == []
    with pytest.raises(IntegrityError):
        store.read("site-a/c1/dom.html", LIMIT)


def test_what_is_staged_is_no_evidence_yet(again: Opener) -> None:
    batch = again().stage("capture-c1")
    assert type(batch) in BATCHES
    batch.write("dom.html", FILES["dom.html"])
    assert not again().exists("dom.html")
    assert list(again().staged()) == ["capture-c1"]
    with pytest.raises(VaultError):
        again().stage("capture-c1")


def test_a_package_becomes_evidence_whole_and_byte_for_byte(again: Opener) -> None:
    store = published(again)
    assert {path: store.read(f"site-a/c1/{path}", LIMIT) for path in FILES} == FILES
    assert list(store.names("site-a")) == ["c1"]
    assert list(store.names("site-a/c1")) == ["dom.html", "view"]
    assert list(store.staged()) == []


def test_evidence_is_written_once(again: Opener) -> None:
    published(again)
    batch = again().stage("capture-c1")
    batch.write("dom.html", b"another")
    batch.flush()
    with pytest.raises(VaultError, match="written once"):
        batch.publish_package("site-a/c1")
    assert again().read("site-a/c1/dom.html", LIMIT) == FILES["dom.html"]


def test_a_file_of_a_batch_is_written_once(again: Opener) -> None:
    batch = again().stage("capture-c1")
    batch.write("dom.html", b"one")
    with pytest.raises(VaultError):
        batch.write("dom.html", b"two")
    assert batch.read("dom.html", LIMIT) == b"one"


def test_what_a_dead_process_left_is_there_to_be_finished(again: Opener) -> None:
    batch = again().stage("capture-c1")
    for path, data in FILES.items():
        batch.write(path, data)
    batch.flush()
    left = again().reopen("capture-c1")
    assert left.name == "capture-c1"
    assert list(left.files()) == sorted(FILES)
    assert {path: left.digest(path) for path in left.files()} == {
        path: (hashlib.sha256(data).hexdigest(), len(data)) for path, data in FILES.items()
    }
    left.write("manifest.json", b"{}")
    left.flush()
    left.publish_package("site-a/c1")
    assert again().read("site-a/c1/manifest.json", LIMIT) == b"{}"


def test_what_is_given_up_leaves_no_trace(again: Opener) -> None:
    batch = again().stage("capture-c1")
    batch.write("view/dom.html", b"one")
    batch.discard()
    assert list(again().staged()) == []
    again().stage("capture-c1").write("view/dom.html", b"two")


def test_files_are_placed_under_their_own_paths_beside_what_stands_there(again: Opener) -> None:
    published(again)
    for name in ("alpha", "beta"):
        batch = again().stage(f"place-{name}")
        batch.write(f"site-a/c1/manifest.{name}.tsr", name.encode())
        batch.write(f"trust/{name}.pem", b"pem")
        batch.write(".event", b"what is about to be journalled")
        batch.flush()
        batch.publish_files([f"site-a/c1/manifest.{name}.tsr", f"trust/{name}.pem"])
    store = again()
    assert store.read("site-a/c1/manifest.beta.tsr", LIMIT) == b"beta"
    assert list(store.names("trust")) == ["alpha.pem", "beta.pem"]
    assert not store.exists(".event")
    assert list(store.staged()) == []
    assert store.read("site-a/c1/dom.html", LIMIT) == FILES["dom.html"]


def test_reading_is_bounded_and_of_files_alone(again: Opener) -> None:
    store = published(again)
    size = len(FILES["view/screenshot.png"])
    assert len(store.read("site-a/c1/view/screenshot.png", size)) == size
    for path, limit in (("site-a/c1/view/screenshot.png", size - 1), ("site-a/c1/view", LIMIT), ("site-a/x", LIMIT)):
        with pytest.raises(IntegrityError):
            store.read(path, limit)


def test_pruning_takes_what_is_named_and_nothing_else(again: Opener) -> None:
    store = published(again)
    assert store.remove("site-a/c1", ["dom.html", "view/deep/tls-chain.pem", "never-there.txt"]) == Removal(2)
    store = again()
    assert not store.exists("site-a/c1/dom.html")
    assert store.read("site-a/c1/view/screenshot.png", LIMIT) == FILES["view/screenshot.png"]
    assert store.remove("site-a/c1", ["dom.html", "view/deep/tls-chain.pem"]) == Removal(0)
