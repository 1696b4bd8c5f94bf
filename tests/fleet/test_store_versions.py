"""A store that keeps versions: a capture's line names the one of its package. What a plain PUT lays on top of it, or a
plain DELETE that hides it, is told; it is read, verified and brought back by that name. Real database, real store."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from auditor.custody import Custody, Journal, StagedPackage, committed_event, prune, verify_workspace
from auditor.custody.journal.lines import parse_line
from auditor.errors import AwayError, IntegrityError, VaultError
from auditor.fleet import Bucket, S3EvidenceStore, StoreAddress, package_key, try_store
from auditor.formats import canonical_json, manifest
from auditor.formats.canonical_json import sha256
from auditor.model.events import CaptureCommitted
from auditor.model.evidence import Check, JournalEntry, Verification
from auditor.workflow.relocation.verifying import verify_fleet
from auditor.workflow.replica.place import MovedPlace
from tests.bundle import printed_sheet as sheet
from tests.cli.small_workspace import commit_in
from tests.custody.practice_authorities import Authorities
from tests.fleet.moved_workspace import Moved, elsewhere, make_moved
from tests.fleet.servers import PostgresServer, StoreServer
from tests.fleet.store_faults import faulty_store
from tests.fleet.test_worker_visits import Fleet
from tests.workflow.http_estate import JsonSite

Shadow = Callable[["Kept"], str]


@pytest.fixture
def versioned(store: StoreServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket that keeps versions."""
    store.require_running()
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    name = f"versions-{secrets.token_hex(4)}"
    store.make_versioned_bucket(name)
    return f"s3://{name}"


def by_others(address: str) -> S3Store:
    """The bucket as somebody else has it who may write there and asks for nothing."""
    place = StoreAddress(address)
    return S3Store(place.bucket, endpoint=place.endpoint, client_options={"allow_http": True})


def lay_on_top(address: str, key: str, data: bytes) -> None:
    """A plain PUT."""
    obstore.put(by_others(address), f"{StoreAddress(address).prefix}{key}", data, mode="overwrite")


def commit_as_worker(held: Custody, staged: StagedPackage, data: bytes) -> None:
    """As a worker makes evidence: the object first, then the line, with the version that came back."""
    described = staged.finish(data)
    version = staged.publish()
    held.journal.record(committed_event(described, staged.home, data, version))


class Kept:
    """A workspace that moved into a bucket with versions, where a worker then brought a capture."""

    def __init__(self, moved: Moved, server: StoreServer) -> None:
        self.moved, self.server = moved, server
        with moved.there() as held:
            self.capture = commit_in(held, "suspect", 5, authorities=moved.stamps.pinned(), commit=commit_as_worker)
            moved.sealer(held.vault).seal_outbox()
        self.said = moved.told("show", self.capture)
        record = Journal.open(moved.replica).ledger.package_record(self.capture)
        assert record is not None and record.version
        self.home, self.version, self.key = record.home, record.version, package_key(record.home)
        self.bytes = moved.bucket.read(self.key, 1 << 26)

    def current(self) -> str:
        found = self.moved.bucket.look(self.key)
        assert found is not None
        return found.version

    def hide(self) -> None:
        obstore.delete(by_others(self.moved.store), self.key)

    def take_away(self, version: str) -> None:
        name = StoreAddress(self.moved.store).bucket
        self.server.ask("DELETE", f"{name}/{self.key}?versionId={version}").raise_for_status()

    def verified(self) -> Verification:
        return verify_fleet(MovedPlace(self.moved.database, self.moved.store, 1))

    def failed(self) -> list[Check]:
        return [one for one in self.verified().checks if one.verdict == "failed"]


@pytest.fixture
def kept(
    tmp_path: Path, versioned: str, postgres: PostgresServer, stamps: Authorities, store: StoreServer
) -> Iterator[Kept]:
    stamps.behave("honest")
    database = postgres.new_database(f"v{secrets.token_hex(6)}")
    yield Kept(make_moved(tmp_path / "w", stamps, dict(store.environment), database, versioned), store)


def test_the_trial_tells_versions_and_create_only_holds_there_too(versioned: str) -> None:
    bucket = Bucket(StoreAddress(versioned))
    assert try_store(bucket).versions
    made = bucket.create("evidence/a", b"first", hashlib.sha256(b"first").hexdigest())
    assert made.version and not bucket.try_to_create("evidence/a", b"second")
    lay_on_top(versioned, "evidence/a", b"second")
    now = bucket.look("evidence/a")
    assert now is not None and now.version != made.version and now.sha256 != made.sha256


def test_a_workers_line_names_the_version_that_its_package_has(
    tmp_path: Path, versioned: str, empty_database: str
) -> None:
    with ExitStack() as stack:
        fleet = Fleet(tmp_path / "fleet", empty_database, JsonSite(), stack)
        store = stack.enter_context(closing(S3EvidenceStore(StoreAddress(versioned), tmp_path / "spool")))
        fleet.store = store
        assert fleet.visit()
        (line,) = fleet.world.ask("select line from auditor.ledger where kind = 'capture'")
        said = CaptureCommitted.of(_entry(bytes(line[0])))
        found = store.bucket.look(package_key(said.package))
        assert found is not None and said.version == found.version != ""


def test_what_is_laid_on_top_of_a_package_without_a_version_is_told_by_verify(kept: Kept) -> None:
    """Packages that moved name none."""
    moved = kept.moved
    assert kept.failed() == []
    key = next(key for key, _ in moved.bucket.keys("evidence/covered/") if key.endswith(".package-0.zip"))
    lay_on_top(moved.store, key, moved.bucket.read(key, 1 << 26)[:-1])
    failed = kept.failed()
    assert failed and any("c-001" in f"{one.subject} {one.detail}" for one in failed), failed


def laid(kept: Kept) -> str:
    lay_on_top(kept.moved.store, kept.key, kept.bytes[:-1])
    return kept.current()


def laid_alike(kept: Kept) -> str:
    lay_on_top(kept.moved.store, kept.key, kept.bytes)
    return kept.current()


def hidden(kept: Kept) -> str:
    kept.hide()
    assert kept.moved.bucket.look(kept.key) is None
    return "DELETE"


def made_again(kept: Kept) -> str:
    """Hidden, so that a create-only write succeeds."""
    kept.hide()
    assert kept.moved.bucket.try_to_create(kept.key, b"of another hand")
    return kept.current()


@pytest.mark.parametrize(
    "shadow",
    [laid, pytest.param(laid_alike, marks=pytest.mark.long), hidden, pytest.param(made_again, marks=pytest.mark.long)],
    ids=lambda one: one.__name__,
)
def test_a_shadowed_package_is_read_verified_and_brought_back_by_its_version_and_told(
    kept: Kept, shadow: Shadow
) -> None:
    moved = kept.moved
    assert kept.failed() == []
    by = shadow(kept)
    (failed,) = kept.failed()
    assert (failed.name, failed.subject) == ("store.shadowed", f"evidence/{kept.home}")
    assert by in failed.detail and kept.version in failed.detail
    assert failed.detail.endswith("is there and holds what was recorded"), failed.detail
    anew = elsewhere(moved)
    assert anew.told("show", kept.capture) == kept.said
    assert anew.report()["positions"] == moved.report()["positions"]
    store = S3EvidenceStore(StoreAddress(moved.store), moved.root / "staging")
    data = store.read(f"{kept.home}/{manifest.NAME}", 1 << 20, kept.version)
    assert manifest.decode_manifest(data).capture.id == kept.capture
    store.close()
    told = moved.auditor("move", "--back")[1]
    assert kept.version in told and by in told
    assert not [one for one in verify_workspace(moved.root).checks if one.verdict == "failed"]
    assert (moved.root / "evidence" / kept.home / manifest.NAME).read_bytes() == data


def test_a_hidden_package_without_tokens_beside_it_is_found_by_its_line(kept: Kept) -> None:
    """No listing has anything of its folder then."""
    moved = kept.moved
    with moved.there() as held:
        name = commit_in(held, "suspect", 6, commit=commit_as_worker)
        record = held.journal.ledger.package_record(name)
    assert record is not None
    obstore.delete(by_others(moved.store), package_key(record.home))
    (failed,) = kept.failed()
    assert (failed.name, failed.subject) == ("store.shadowed", f"evidence/{record.home}")
    moved.auditor("move", "--back")
    assert not [one for one in verify_workspace(moved.root).checks if one.verdict == "failed"]


def test_a_version_that_does_not_hold_what_was_recorded_is_told_as_that(kept: Kept) -> None:
    """As by a store that lies: the line names another version than that of the package."""
    moved = kept.moved
    lay_on_top(moved.store, kept.key, b"no package")

    def commit(held: Custody, staged: StagedPackage, data: bytes) -> None:
        described = staged.finish(data)
        staged.publish()
        key = package_key(staged.home)
        whole = moved.bucket.read(key, 1 << 26)
        lay_on_top(moved.store, key, whole[:-1])
        found = moved.bucket.look(key)
        lay_on_top(moved.store, key, whole)
        assert found is not None
        held.journal.record(committed_event(described, staged.home, data, found.version))

    with moved.there() as held:
        name = commit_in(held, "covered", 5, commit=commit)
    failed = [one for one in kept.failed() if name in one.subject]
    assert "package.object" in {one.name for one in failed}
    assert all("holds what was recorded" not in one.detail for one in failed)


def test_a_package_that_has_neither_is_failed_and_not_brought_back(kept: Kept) -> None:
    kept.take_away(kept.version)
    assert {one.name for one in kept.failed()} & {"package.missing", "manifest.missing"}
    assert kept.capture in kept.moved.auditor("move", "--back", expect=4)[1]
    assert "not in the store" in elsewhere(kept.moved).auditor("show", kept.capture, expect=2)[1]


def test_a_store_that_was_restored_under_other_versions_is_verified_and_told_once(kept: Kept) -> None:
    kept.take_away(kept.version)
    lay_on_top(kept.moved.store, kept.key, kept.bytes)
    found = kept.verified()
    assert not [one for one in found.checks if one.verdict == "failed"]
    assert [one for one in found.notices if "ANOTHER VERSION" in one and "1 PACKAGES" in one]
    shutil.rmtree(kept.moved.replica)
    assert kept.moved.told("show", kept.capture) == kept.said


@pytest.mark.parametrize("status", [400, pytest.param(403, marks=pytest.mark.long), 500])
def test_a_version_id_that_the_store_does_not_take_for_one_counts_as_gone(kept: Kept, status: int) -> None:
    """As one of another store, from where the bucket was copied. A store that only does not answer, or refuses these
    credentials, says nothing of it."""
    lay_on_top(kept.moved.store, kept.key, kept.bytes)
    with faulty_store(kept.server.port) as proxy, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        proxy.refused[b"versionId="] = status
        bucket = Bucket(StoreAddress(kept.moved.store))
        if status == 400:
            found = bucket.examine(kept.key, kept.version)
            assert found is not None and found[1].renamed and found[1].version == kept.current()
            kept.hide()
            assert bucket.examine(kept.key, kept.version) is None
        else:
            with pytest.raises(AwayError if status == 500 else IntegrityError):
                bucket.examine(kept.key, kept.version)


def test_a_pruning_goes_by_the_version_too(kept: Kept) -> None:
    """What it leaves is of the package, not of what was laid on top."""
    moved = kept.moved
    laid(kept)
    with moved.there() as held:
        assert prune(held.vault, [kept.capture], "a rule").files
    left = moved.bucket.read(package_key(kept.home, 1), 1 << 26)
    assert b"manifest.json" in left and b"status/body" not in left[-200:]
    assert kept.failed() == []


def test_a_bundle_of_a_shadowed_package_verifies_without_us(kept: Kept, tmp_path: Path) -> None:
    moved, trust = kept.moved, tmp_path / "trust"
    hidden(kept)
    (moved.root / "evidence").rename(moved.root / "evidence.gone")
    asked = ("bundle", "--deployment", "suspect", "--no-pdf", "--json", "-o", str(tmp_path / "out"))
    bag = Path(json.loads(moved.auditor(*asked)[0])["bundle"])
    trust.mkdir()
    keys = [key for _, key in Journal.open(moved.replica).ring.history]
    (trust / "log.vkey").write_text("".join(f"{key}\n" for key in keys), encoding="utf-8")
    for name in ("alpha", "beta"):
        shutil.copy(moved.root / f"{name}.pem", trust / f"{name}.pem")
    verified, said = sheet.run(sheet.script(bag), bag, trust)
    assert verified, said
    assert "verdict: passed" in moved.auditor("verify", str(bag), "--trust", str(trust))[0]


@pytest.mark.parametrize("away", [False, True])
def test_what_another_hand_says_a_pruning_left_is_told_and_not_read(kept: Kept, *, away: bool) -> None:
    """Beside the package, or in its place."""
    other = package_key(kept.home, 1)
    assert kept.moved.bucket.try_to_create(other, b"of another hand")
    if away:
        kept.hide()
    failed = {one.name: one for one in kept.failed()}
    assert failed.keys() == ({"store.object", "store.shadowed"} if away else {"store.object"})
    assert failed["store.object"].subject.endswith(other)
    assert elsewhere(kept.moved).told("show", kept.capture) == kept.said
    with kept.moved.there() as held:
        if not away:
            with pytest.raises(VaultError, match="other bytes"):
                prune(held.vault, [kept.capture], "a rule")
    assert (kept.moved.bucket.size(kept.key) is None) == away, "nothing of it is taken away"


def test_nothing_more_is_asked_of_the_store_while_all_is_well(kept: Kept) -> None:
    def asked(version: str) -> int:
        with faulty_store(kept.server.port) as proxy, pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
            store = S3EvidenceStore(StoreAddress(kept.moved.store), kept.moved.root / "staging")
            assert sha256(store.read(f"{kept.home}/{manifest.NAME}", 1 << 20, version))
            store.close()
            return len(proxy.seen)

    assert asked(kept.version) == asked("")
    laid(kept)
    assert asked(kept.version) > 0
    with pytest.raises(IntegrityError):
        asked("")


def _entry(line: bytes) -> JournalEntry:
    body = canonical_json.decode(line, "line")
    return parse_line(line, int(str(body["number"])), str(body["previous"]))
