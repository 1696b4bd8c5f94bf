"""A workspace moves from its folder to a database and a store, goes on there, and comes back; interrupted anywhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from auditor import custody
from auditor.custody import Custody, Journal, Sealer, Vault, open_keys, open_workspace, recover_staged, verify_workspace
from auditor.custody.journal.keys import generate_keys
from auditor.custody.journal.lines import parse_head
from auditor.errors import AwayError, ConfigError, IntegrityError, VaultError
from auditor.fleet import (
    Bucket,
    DatabaseAddress,
    PostgresJournalStore,
    S3EvidenceStore,
    StoreAddress,
    carrying_from,
    connect,
    prepare_database,
)
from auditor.model.events import KeyRotated, RunClosed
from auditor.model.evidence import Verification
from auditor.workflow.relocation.moving_back import bring, finish_moving_back
from auditor.workflow.relocation.moving_there import WorkspaceMove, copy_workspace, finish_move, move_to_fleet
from auditor.workflow.relocation.verifying import verify_fleet
from auditor.workflow.replica.place import moved_place
from auditor.workspace import Workspace
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import PATIENT, Authorities
from tests.fleet.servers import StoreServer
from tests.fleet.store_faults import faulty_store


def wrong(found: Verification) -> list[str]:
    return [f"{one.name} {one.subject}: {one.detail}" for one in found.checks if one.verdict != "passed"]


@dataclass
class Mover:
    """A workspace with an empty database and an empty place in a store."""

    root: Path
    address: DatabaseAddress
    store: str
    stamps: Authorities
    said: list[str] = field(default_factory=list)

    @property
    def bucket(self) -> Bucket:
        return Bucket(StoreAddress(self.store))

    def sealer(self, vault: Vault) -> Sealer:
        return Sealer(vault, custody.http_authorities(self.stamps.pinned(), PATIENT), 2, patience=PATIENT)

    def there(self) -> WorkspaceMove:
        kept = PostgresJournalStore(self.address)
        try:
            if moved_place(self.root) is None:
                with open_workspace(self.root) as held:
                    copy_workspace(held, self.sealer(held.vault), kept, self.bucket, self.said.append)
            place = moved_place(self.root)
            assert place is not None
            return finish_move(self.root, kept, self.bucket, place, self.said.append)
        finally:
            kept.close()

    def work(self, do: Callable[[Custody, Sealer], object], before: timedelta = timedelta(0)) -> None:
        """As maintenance does, over the database and the store; `before`: by a clock that is so far behind."""
        kept = PostgresJournalStore(self.address)
        store = S3EvidenceStore(StoreAddress(self.store), self.root)
        with ExitStack() as stack:
            stack.callback(kept.close)
            stack.callback(store.close)
            journal = Journal.open(self.root, open_keys(self.root), lambda: kept.clock() - before, kept)
            stack.callback(journal.close)
            vault = Vault(self.root, journal, store)
            do(Custody(self.root, journal, vault), self.sealer(vault))

    def back(self) -> WorkspaceMove:
        kept = PostgresJournalStore(self.address)
        try:
            if not kept.moved_to():
                self.work(lambda held, sealer: bring(held, sealer, kept, self.bucket, self.said.append))
        finally:
            kept.close()
        return finish_moving_back(self.root, self.said.append)

    def verify(self) -> Verification:
        place = moved_place(self.root)
        return verify_fleet(place) if place is not None else verify_workspace(self.root)


@pytest.fixture
def mover(workspace: Path, empty_database: str, empty_store: str, stamps: Authorities) -> Iterator[Mover]:
    address = DatabaseAddress(empty_database)
    prepare_database(address)
    yield Mover(workspace, address, empty_store, stamps)


def a_visit(name: str, stamps: Authorities) -> Callable[[Custody, Sealer], None]:
    def visit(held: Custody, sealer: Sealer) -> None:
        sealer.seal(practice.keep(held, name, authorities=stamps.pinned()))
        custody.sign_checkpoint(held.journal, sealer, "a day has passed")

    return visit


def test_there_and_back_everything_verifies_and_goes_on(mover: Mover) -> None:
    before = [entry.line for entry in Journal.open(mover.root).entries()]
    records = Journal.open(mover.root).ledger.checkpoints()
    first_key = open_keys(mover.root).verifier
    moved = mover.there()
    assert (moved.lines, moved.checkpoints) == (len(before) + 3, len(records) + 1)
    assert wrong(mover.verify()) == []
    second_key = open_keys(mover.root).verifier
    assert second_key != first_key and not list(mover.root.glob("keys.old-*/log.pem"))
    mover.work(a_visit("c7", mover.stamps))
    assert wrong(mover.verify()) == []
    back = mover.back()
    assert back.checkpoints == len(records) + 3
    assert wrong(mover.verify()) == []
    after = Journal.open(mover.root)
    assert [entry.line for entry in after.entries()][: len(before)] == before
    kinds = [one.kind for one in after.entries(kinds=("workspace.moving", "workspace.moved"))]
    assert kinds == ["workspace.moving", "workspace.moved"] * 2
    proofs = [custody.load_checkpoint(mover.root, one.path) for one in after.ledger.checkpoints()]
    assert [after.tree(one.size).root for one in proofs] == [one.root for one in proofs]
    with open_workspace(mover.root) as held:
        a_visit("c8", mover.stamps)(held, mover.sealer(held.vault))
        assert held.journal.ring.revoked.keys() == {str(first_key), str(second_key)}
    assert wrong(mover.verify()) == []


def test_what_was_hashed_anew_holds_where_packages_are_brought(mover: Mover) -> None:
    """A renewal lists every file of every package; one that differs in the store is told."""
    with open_workspace(mover.root) as held:
        a_visit("c7", mover.stamps)(held, mover.sealer(held.vault))
        (renewed,) = custody.reseal(held.journal, mover.sealer(held.vault), rehash=True)
        assert renewed.seal.sealed
    mover.there()
    found = mover.verify()
    assert wrong(found) == []
    assert [one.name for one in found.checks].count("renewal.digest") == 1
    key = next(key for key, _ in mover.bucket.keys("evidence/") if key.endswith(".package-0.zip"))
    mover.bucket.remove(key)
    assert [one for one in wrong(mover.verify()) if one.startswith("renewal.digest") and key.rpartition("/")[0] in one]


def test_only_one_side_goes_on(mover: Mover, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(mover.root, tmp_path / "copy", symlinks=True))
    mover.there()
    with pytest.raises(ConfigError, match="moved to a fleet"), open_workspace(mover.root):
        pass
    with pytest.raises(VaultError, match="goes on elsewhere"):
        Journal.open(mover.root, open_keys(copy)).record(RunClosed(run="x"))
    mover.back()
    kept = PostgresJournalStore(mover.address)
    try:
        with pytest.raises(VaultError, match="the log moved to folder"):
            kept.append(b"x", kept.size())
        with (
            connect(mover.address, "auditor_maintenance") as who,
            pytest.raises(psycopg.Error, match="moved"),
        ):
            who.execute(
                "select auditor.append_line('intent', %s)", ('{"deployment":"a","intent":"x","run":"r","slot":""}',)
            )
    finally:
        kept.close()
    with pytest.raises(ConfigError, match=r"goes on there already|holds another log"):
        Mover(copy, mover.address, mover.store, mover.stamps).there()


class InterruptedHere(Exception):  # noqa: N818 (no error of ours)
    """A move that was killed at a step."""


@pytest.mark.parametrize("step", [2, 4, *(pytest.param(one, marks=pytest.mark.long) for one in (0, 1, 3, 5))])
def test_interrupted_at_any_step_the_old_place_stands_or_the_next_try_finishes(mover: Mover, step: int) -> None:
    """A move is killed when it has said so many things; what it says stands between its steps."""

    def said(line: str, most: int = step) -> None:
        mover.said.append(line)
        if len(mover.said) > most:
            raise InterruptedHere(line)

    whole = Mover(mover.root, mover.address, mover.store, mover.stamps, _Telling(said))
    try:
        whole.there()
    except InterruptedHere:
        if moved_place(mover.root) is None:
            assert wrong(mover.verify()) == []
            with open_workspace(mover.root) as held:
                held.gap("work goes on in the folder", run="", deployment="site-a", slot="s")
            assert wrong(mover.verify()) == []
    assert mover.there().checkpoints >= 1
    assert wrong(mover.verify()) == []
    again = Mover(mover.root, mover.address, mover.store, mover.stamps, _Telling(said))
    mover.said.clear()
    try:
        again.back()
    except InterruptedHere:
        if moved_place(mover.root) is not None:
            assert wrong(mover.verify()) == []
    mover.back()
    assert wrong(mover.verify()) == []


class _Telling(list[str]):
    def __init__(self, said: Callable[[str], None]) -> None:
        super().__init__()
        self._said = said

    def append(self, line: str) -> None:
        self._said(line)


def test_a_file_that_changes_while_it_is_moved_is_not_moved(mover: Mover) -> None:
    """Between the check of the folder and the copy of it."""
    page = next(mover.root.glob("evidence/site-a/*/registration/dom.html"))

    def said(line: str) -> None:
        if line == "the workspace verifies":
            page.chmod(0o644)
            page.write_bytes(page.read_bytes()[:-1] + b"!")

    whole = Mover(mover.root, mover.address, mover.store, mover.stamps, _Telling(said))
    with pytest.raises(IntegrityError, match="not as the manifest lists it"):
        whole.there()
    assert moved_place(mover.root) is None


@pytest.mark.parametrize("name", ["site-a/20260101T000000Z-x/.package-0.zip", "site-a/foreign.txt", "pruned"])
def test_what_is_in_the_store_and_not_of_the_workspace_is_not_taken(mover: Mover, name: str) -> None:
    package = next(mover.root.glob("evidence/site-a/*"))
    key = f"evidence/site-a/{package.name}/.package-1.zip" if name == "pruned" else f"evidence/{name}"
    mover.bucket.try_to_create(key, b"x")
    with pytest.raises(ConfigError, match="not of this workspace as it is now"):
        mover.there()
    assert moved_place(mover.root) is None and wrong(mover.verify()) == []
    mover.bucket.remove(key)


def test_a_manifest_of_another_folder_within_a_package_makes_no_package(mover: Mover) -> None:
    files = {"view/manifest.json": b"{}", "view/dom.html": b"<p>x</p>"}
    with open_workspace(mover.root) as held:
        sealer = mover.sealer(held.vault)
        sealer.seal(practice.keep(held, "nested", authorities=mover.stamps.pinned(), files=files))
        custody.sign_checkpoint(held.journal, sealer, "a day has passed")
    mover.there()
    keys = [key.split("/") for key, _ in mover.bucket.keys("evidence/site-a/") if key.endswith(".zip")]
    assert len(keys) == 3 and all(len(one) == 4 for one in keys)
    assert wrong(mover.verify()) == []
    deep = f"evidence/site-a/{keys[0][2]}/view/.package-0.zip"
    mover.bucket.try_to_create(deep, b"x")
    assert any(one.startswith("store.object") for one in wrong(mover.verify()))


def test_a_database_that_refuses_to_say_is_not_one_without_a_log(mover: Mover) -> None:
    with connect(mover.address, None) as owner:
        owner.execute("revoke select on auditor.head from auditor_maintenance")
        with pytest.raises(IntegrityError, match="relation head is not as this program makes it"):
            move_to_fleet(Workspace(mover.root), mover.address.url, mover.store)
        owner.execute("grant select on auditor.head to auditor_maintenance")


def test_a_folder_that_was_made_and_is_gone_lets_nothing_go_on_here(mover: Mover) -> None:
    """The database was told, and what was to be put in place is not there, or is another one."""
    mover.there()
    kept = PostgresJournalStore(mover.address)
    mover.work(lambda held, sealer: bring(held, sealer, kept, mover.bucket, mover.said.append))
    made, away = mover.root / ".moving-back", mover.root / ".away"
    before = kept.moved_to(), sorted(path.name for path in (mover.root / "evidence").iterdir())
    made.rename(away)
    for old in (False, True):
        if old:
            shutil.copytree(mover.root / "evidence", made / "evidence")
        with pytest.raises(IntegrityError, match="nothing was changed"):
            mover.back()
        assert moved_place(mover.root) is not None
        assert (kept.moved_to(), sorted(path.name for path in (mover.root / "evidence").iterdir())) == before
    shutil.rmtree(made)
    away.rename(made)
    kept.close()
    mover.back()
    assert wrong(mover.verify()) == []


def test_a_workspace_that_another_machine_brought_back_is_not_put_in_place_here_too(mover: Mover) -> None:
    """What was made here and not put in place is older, or the same lines: the log goes on in one folder."""
    mover.there()
    other = Mover(mover.root.with_name("other"), mover.address, mover.store, mover.stamps)
    shutil.copytree(mover.root, other.root)
    kept = PostgresJournalStore(mover.address)
    made, left = mover.root / ".moving-back", mover.root.with_name("left")

    def meanwhile(line: str) -> None:
        if "verifies" in line:
            other.work(lambda held, sealer: bring(held, sealer, kept, mover.bucket, other.said.append))
            shutil.copytree(other.root / made.name / "evidence", left)
            other.back()

    with pytest.raises(IntegrityError, match="lines came"):
        mover.work(lambda held, sealer: bring(held, sealer, kept, mover.bucket, meanwhile))
    kept.close()
    for same_lines in (False, True):
        if same_lines:
            shutil.rmtree(made / "evidence")
            left.rename(made / "evidence")
        with pytest.raises(IntegrityError, match="another one brought the workspace back"):
            mover.back()
        assert moved_place(mover.root) is not None
    assert wrong(other.verify()) == []


def test_a_database_that_holds_another_log_is_left_alone(mover: Mover) -> None:
    kept = PostgresJournalStore(mover.address)
    try:
        kept.append(b"another log", 0)
        with pytest.raises(ConfigError, match="holds another log"):
            mover.there()
        assert [line for line, _ in kept.lines()] == [b"another log"]
    finally:
        kept.close()
    assert wrong(mover.verify()) == []


def test_without_the_quorum_nothing_moves(mover: Mover) -> None:
    mover.stamps.behave("unavailable")
    with pytest.raises(VaultError, match="nothing was moved"):
        mover.there()
    mover.stamps.behave("honest")
    assert moved_place(mover.root) is None
    assert wrong(mover.verify()) == []


def test_a_workspace_that_does_not_verify_is_not_moved(mover: Mover) -> None:
    page = next(mover.root.glob("evidence/site-a/*/manifest.json"))
    page.parent.chmod(0o755)
    page.chmod(0o644)
    page.write_bytes(page.read_bytes() + b" ")
    with pytest.raises(IntegrityError, match="nothing was moved"):
        mover.there()
    assert moved_place(mover.root) is None


def test_what_is_altered_in_the_store_or_the_database_is_told(mover: Mover) -> None:
    mover.there()
    bucket = mover.bucket
    package = next(key for key, _ in bucket.keys("evidence/site-a/") if key.endswith(".zip"))
    token = next(key for key, _ in bucket.keys("evidence/site-a/") if key.endswith(".tsr"))
    kept = {key: bucket.read(key, 1 << 24) for key in (package, token)}
    for key, data, expected in (
        (package, kept[package].replace(b"<p>", b"<q>"), "package.object"),
        (package, kept[package][:-30], "package.object"),
        (package, None, "manifest.missing"),
        (token, kept[token][:-1], "token"),
        (token, None, "package.missing-file"),
        ("evidence/site-a/foreign.txt", b"x", "workspace.extra-file"),
        ("evidence/site-b/20260101T000000Z-x/.package-0.zip", kept[package], "package.unrecorded"),
        ("evidence/journal/more.txt", b"x", "journal.extra-file"),
        ("evidence/..%2fup", b"x", "store.object"),
    ):
        bucket.remove(key)
        if data is not None:
            bucket.try_to_create(key, data)
        told = [one.split()[0] for one in wrong(mover.verify())]
        assert any(one.startswith(expected) for one in told), (key, expected, wrong(mover.verify()))
        bucket.remove(key)
        if key in kept:
            bucket.try_to_create(key, kept[key])
    assert wrong(mover.verify()) == []
    with connect(mover.address, None) as owner:
        owner.execute("update auditor.tile set hashes = repeat('x', octet_length(hashes))::bytea")
        line = owner.execute("select line from auditor.ledger where number = 2").fetchone()
        owner.execute("update auditor.ledger set line = 'x' where number = 2")
        assert any(one.startswith("journal.line") for one in wrong(mover.verify()))
        owner.execute("update auditor.ledger set line = %s where number = 2", line)
        owner.execute("delete from auditor.ledger where number = 4")
        with pytest.raises(IntegrityError, match="line 4"):
            mover.verify()


def test_a_share_is_read_again_from_the_store(mover: Mover) -> None:
    mover.there()

    def scrub(held: Custody, _: Sealer) -> None:
        with carrying_from(mover.bucket) as carrier:
            done = custody.scrub_next_share(
                held.vault, custody.ScrubCoverage(), turns=1, evidence=carrier.evidence, carrier=carrier
            )
        told.append((done.failed, done.bytes > 1000))

    told: list[tuple[tuple[str, ...], bool]] = []
    mover.work(scrub)
    package = next(key for key, _ in mover.bucket.keys("evidence/site-a/") if key.endswith(".zip"))
    mover.bucket.remove(package)
    mover.work(scrub)
    assert told[0] == ((), True)
    assert len(told[1][0]) >= 1 and "package" in told[1][0][0]


@pytest.mark.parametrize("name", ["manifest.json", "registration"])
def test_an_object_beside_a_package_under_the_name_of_a_file_or_folder_of_it_is_told(mover: Mover, name: str) -> None:
    """By the share that is read again, by `auditor verify` and by the way back; the other packages are read."""
    mover.there()
    home = min(key for key, _ in mover.bucket.keys("evidence/site-a/") if key.endswith(".zip")).rpartition("/")[0]
    told: list[tuple[str, ...]] = []

    def scrub(held: Custody, _: Sealer) -> None:
        with carrying_from(mover.bucket) as carrier:
            told.append(
                custody.scrub_next_share(
                    held.vault, custody.ScrubCoverage(), turns=1, evidence=carrier.evidence, carrier=carrier
                ).failed
            )

    mover.work(a_visit("c8", mover.stamps))
    mover.bucket.try_to_create(f"{home}/{name}", b"{}")
    mover.work(scrub)
    assert all(home in one for one in told[0]), told
    assert f"{home}/{name}: the store holds '{name}' twice" in told[0][0] and "\n" not in told[0][0]
    assert any(one.startswith(f"package.object {home}: ") and "twice" in one for one in wrong(mover.verify()))
    with pytest.raises(IntegrityError, match="twice"):
        mover.back()
    mover.bucket.remove(f"{home}/{name}")
    mover.work(scrub)
    assert told[1] == () and wrong(mover.verify()) == []


@pytest.mark.parametrize("key", ["evidence/hosting/loose.txt", "evidence/hosting/site-a/loose.txt"])
def test_an_object_where_a_cabinet_has_folders_is_told(mover: Mover, key: str) -> None:
    mover.there()
    mover.bucket.try_to_create(key, b"x")
    assert any(one.startswith("workspace.extra-file evidence/hosting/") for one in wrong(mover.verify()))
    with pytest.raises(IntegrityError, match="extra-file"):
        mover.back()
    mover.bucket.remove(key)


def test_an_object_of_a_visit_that_was_not_kept_is_told_and_stays_behind(mover: Mover) -> None:
    mover.there()
    place = put_without_a_line(mover, lost_visit(mover))
    found = mover.verify()
    assert wrong(found) == [] and any("lost" in notice for notice in found.notices)
    mover.back()
    assert wrong(mover.verify()) == []
    assert not list(mover.root.glob("evidence/site-a/*lost*"))
    assert any("lost stays in the store" in line for line in mover.said)
    assert mover.bucket.size(place) is not None


def lost_visit(mover: Mover, name: str = "lost") -> str:
    """A visit that ended as a gap; where its package would lie."""
    homes: list[str] = []

    def lose(held: Custody, _: Sealer) -> None:
        at = held.intent(name, run="run-1", deployment="site-a", slot="").at
        held.gap("the worker is gone", run="run-1", deployment="site-a", intent=name)
        homes.append(f"site-a/{at:%Y%m%dT%H%M%SZ}-{name}")

    mover.work(lose)
    return homes[0]


def put_without_a_line(mover: Mover, home: str) -> str:
    """Another package's object under that folder; its key."""
    key, bucket = f"evidence/{home}/.package-0.zip", mover.bucket
    package = next(one for one, _ in bucket.keys("evidence/site-a/") if one.endswith(".zip"))
    bucket.try_to_create(key, bucket.read(package, 1 << 24))
    return key


@pytest.mark.parametrize("moment", ["GET /evidence?", "GET /evidence/"])
def test_a_visit_that_comes_while_all_is_verified_is_no_stray(
    mover: Mover, store: StoreServer, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Before the store is listed, or between that and its first object; package, tokens and checkpoint."""
    mover.there()
    come: list[bool] = []

    def visit() -> None:
        mover.work(a_visit("c7", mover.stamps))
        come.append(True)

    with faulty_store(store.port) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        proxy.meanwhile = (moment.encode(), visit)
        found = mover.verify()
        monkeypatch.setenv("AWS_ENDPOINT_URL", store.endpoint)
    assert come and [one for one in found.checks if one.verdict == "failed"] == []
    assert any("not signed yet" in notice for notice in found.notices)
    assert wrong(mover.verify()) == []


def told_meanwhile(
    mover: Mover, store: StoreServer, monkeypatch: pytest.MonkeyPatch, happen: Callable[[], None]
) -> list[str]:
    """What a verification finds wrong where something happens once it has copied the lines."""
    come: list[bool] = []

    def happens() -> None:
        happen()
        come.append(True)

    with faulty_store(store.port) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        proxy.meanwhile = (b"GET /evidence?", happens)
        found = wrong(mover.verify())
        monkeypatch.setenv("AWS_ENDPOINT_URL", store.endpoint)
    assert come
    return found


def test_a_later_head_is_believed_under_a_key_that_the_one_before_leads_to(
    mover: Mover, store: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acts of the holder of the key while all is verified, also under a new key, are no lines of another hand."""
    mover.there()

    def acts(held: Custody, _: Sealer) -> None:
        held.journal.record(RunClosed(run="r-1"))
        custody.rotate_log_keys(held.vault, why="yearly")
        held.journal.record(RunClosed(run="r-2"))

    assert told_meanwhile(mover, store, monkeypatch, lambda: mover.work(acts)) == []
    assert wrong(mover.verify()) == []


@pytest.mark.parametrize("by", ["another key", "a key that came in", "other lines"])
def test_a_later_head_that_does_not_hold_signs_no_line(
    mover: Mover, store: StoreServer, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """Whoever writes to the database puts a line there that only the holder of the key writes, with a head of so many
    lines: under a key of his own, under one that he brought in, or over other lines than stand there."""
    mover.there()
    forger = generate_keys(open_keys(mover.root).origin)

    def act(held: Custody, _: Sealer) -> None:
        if by == "a key that came in":
            brought = KeyRotated(log=str(forger.verifier), box=forger.box_public, endorsed="", why="x")
            held.journal.record(brought)
            held.journal.keys = forger
        held.journal.record(RunClosed(run="r-1"))
        if by == "another key":
            store = held.journal.store
            with store.exclusive():
                store.replace_head(forger.sign(parse_head(store.head()).note.text))

    def forge() -> None:
        mover.work(act)
        if by == "other lines":
            with connect(mover.address, None) as owner:
                owner.execute("alter table auditor.ledger disable trigger all")
                owner.execute(
                    "update auditor.ledger set"
                    " line = convert_to(replace(convert_from(line, 'UTF8'), 'r-1', 'r-9'), 'UTF8')"
                    " where number = (select max(number) from auditor.ledger)"
                )
                owner.execute("alter table auditor.ledger enable trigger all")

    told = told_meanwhile(mover, store, monkeypatch, forge)
    assert any(one.startswith("journal.chain postgresql://") for one in told), told


@pytest.mark.parametrize(("hours", "verdict"), [(0, "not checked"), (2, "failed")])
def test_a_package_is_under_way_while_its_intent_is_open_and_not_for_long(
    mover: Mover, hours: int, verdict: str
) -> None:
    """Its line is about to be written, says the journal; what the store says of its age counts as nothing."""
    mover.there()
    homes: list[str] = []

    def begin(held: Custody, _: Sealer) -> None:
        at = held.intent("open", run="run-1", deployment="site-a", slot="").at
        homes.append(f"site-a/{at:%Y%m%dT%H%M%SZ}-open")

    mover.work(begin, timedelta(hours=hours))
    put_without_a_line(mover, homes[0])
    found = {one.name: one.verdict for one in mover.verify().checks if "open" in one.subject}
    assert (found["package.unrecorded"], found["intent.outcome"]) == (verdict, verdict)


def test_an_object_under_the_id_of_a_visit_that_it_is_not_of_is_no_left_over(mover: Mover) -> None:
    """Of a visit that was kept, of another deployment, or of another moment: it was planted."""
    mover.there()
    lost = lost_visit(mover)
    kept = next(key for key, _ in mover.bucket.keys("evidence/site-a/") if key.endswith(".zip")).split("/")[2]
    for home in (
        f"site-a/20200101T000000Z-{kept.partition('Z-')[2]}",
        f"site-b/{kept}",
        lost.replace("site-a", "site-b"),
        f"site-a/20200101T000000Z-{lost.partition('Z-')[2]}",
    ):
        key = put_without_a_line(mover, home)
        failed = [one for one in mover.verify().checks if one.verdict == "failed"]
        assert "package.unrecorded" in [one.name for one in failed], home
        with pytest.raises(IntegrityError, match="no journal line records this package"):
            mover.back()
        assert moved_place(mover.root) is not None
        mover.bucket.remove(key)
    assert wrong(mover.verify()) == []


def test_files_whose_line_stands_and_that_the_store_did_not_take_are_put_at_the_next_start(
    mover: Mover, store: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store goes away between the line and the files: the files wait, staged, and are put later."""
    mover.there()
    with faulty_store(store.port) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{proxy.port}")
        proxy.faults = {"PUT": ["error"] * 99}
        with pytest.raises(AwayError):
            mover.work(lambda held, sealer: custody.sign_checkpoint(held.journal, sealer, "the store is away"))
        monkeypatch.setenv("AWS_ENDPOINT_URL", store.endpoint)
    assert any("missing-file" in one for one in wrong(mover.verify()))
    said: list[str] = []
    mover.work(lambda held, _: said.extend(recover_staged(held.vault)))
    assert len(said) == 1 and "were put in place" in said[0]
    assert wrong(mover.verify()) == []
