"""What is decided in a workspace that moved is appended to the fleet's ledger, beside maintenance; bundles and
pages are made of what the store has. Real database, real store."""

from __future__ import annotations

import difflib
import hashlib
import html
import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from auditor.custody import Journal
from auditor.errors import IntegrityError
from auditor.workflow import bring_up_to_date
from auditor.workflow.replica.digests import digests_in_store
from auditor.workflow.replica.place import moved_place
from auditor.workspace import Workspace
from tests.bundle import printed_sheet as sheet
from tests.cli.small_workspace import commit_in
from tests.fleet.moved_workspace import Moved, moved
from tests.fleet.servers import StoreServer
from tests.fleet.store_proxy import store_proxy
from tests.fleet.world import FleetWorld
from tests.web.served_workspace import Served, served

__all__ = ["moved"]

WHO = ("--by", "Ann", "--reason", "looked at it")
PAGES = ("/findings", "/deployments/covered", "/captures/c-002", "/contracts", "/claims")


@pytest.fixture(scope="module")
def alone(moved: Moved) -> Moved:
    """Without the evidence that its folder had before it moved: nothing may be read of it."""
    moved.auditor("captures")
    (moved.root / "evidence").rename(moved.root / "evidence.gone")
    return moved


def maintained(moved: Moved) -> FleetWorld:
    return FleetWorld(moved.root, moved.database, moved.store, moved.environment)


def test_what_a_fleet_does_not_have_is_said_in_one_line(alone: Moved) -> None:
    before = alone.lines()
    assert "moved to a fleet" in (said := alone.auditor("sign-in", "covered", "--no-window", expect=2)[1])
    assert said.count("\n") == 1
    assert alone.auditor("upgrade")[0].startswith("nothing to do: the log goes on in a fleet")
    assert json.loads(alone.auditor("upgrade", "--json")[0]) == {
        "format": "auditor.upgrade/1", "done": False, "moved": True, "rebuild": False,
    }  # fmt: skip
    assert alone.lines() == before


def test_tokens_are_renewed_in_the_store_beside_maintenance(alone: Moved) -> None:
    """Every token of the log is in the list, read from the store; maintenance at work does not ask about it, too."""
    maintained(alone).maintain()
    tokens = [key for key, _ in alone.bucket.keys("evidence/") if key.endswith((".tsq", ".tsr"))]
    before, stop = alone.lines(), threading.Event()

    def maintain() -> None:
        while not stop.is_set():
            maintained(alone).maintain()

    thread = threading.Thread(target=maintain)
    thread.start()
    try:
        renewed = json.loads(alone.auditor("reseal", "--json")[0])
    finally:
        stop.set()
        thread.join()
    (listed,) = renewed["renewals"]
    assert renewed["sealed"] and len(tokens) <= renewed["files"] <= len(tokens) + 12, "checkpoints came meanwhile"
    said = json.loads(alone.bucket.read(listed["path"], 1 << 20))
    assert {f"evidence/{one['path']}" for one in said["files"]} >= set(tokens)
    kinds = alone.ask("select line from auditor.ledger where kind = 'seal' and number >= %s", before)
    stamped = [body for (line,) in kinds if (body := json.loads(bytes(line))["body"]).get("renewal")]
    assert [one["action"] for one in stamped] == ["renewal", "renewal stamped"]
    assert ", 0 failed," in alone.auditor("verify")[0]
    assert "auditor move --back" in alone.auditor("reseal", "--rehash", expect=2)[1]


def test_acts_go_on_while_the_tokens_are_read(alone: Moved, store: StoreServer) -> None:
    before = alone.lines()
    with store_proxy(store.port) as proxy, ThreadPoolExecutor(1) as pool:
        proxy.held = {"GET"}
        renewing = pool.submit(alone.auditor, "reseal", AWS_ENDPOINT_URL=proxy.endpoint)
        assert proxy.arrived.acquire(timeout=60)
        alone.auditor("hosting", "confirm", "covered", "Some Host Ltd", "--evidence", "c-002", *WHO)
        assert alone.lines() == before + 1 and not renewing.done()
        proxy.release.set()
        assert "sealed" in renewing.result()[0]
    assert alone.lines() == before + 3, "filed, and stamped"


def test_digests_come_sixteen_at_once_in_their_order_and_end_with_who_asks(alone: Moved) -> None:
    place, taken = moved_place(alone.root), [0]
    assert place is not None
    keys = [key for key, size in alone.bucket.keys("evidence/") if size < 4096] * 20

    def names() -> Iterator[str]:
        for key in keys:
            taken[0] += 1
            yield key.removeprefix("evidence/")

    found = []
    for number, digest in enumerate(digests_in_store(place, names(), "sha256"), start=1):
        assert taken[0] <= number + 16, "no more than that is asked for ahead"
        found.append(digest)
        if number == 60:
            break
    assert found == [hashlib.sha256(alone.bucket.read(key, 4096)).hexdigest() for key in keys[:60]]
    with pytest.raises(IntegrityError):
        list(digests_in_store(place, ["covered/none"], "sha256"))


def test_what_is_decided_is_in_the_ledger_and_in_what_is_told(alone: Moved) -> None:
    """A count, a finding's life and a host; each is one line, followed by maintenance, and all of it verifies."""
    before, known = alone.lines(), len(json.loads(alone.auditor("confirm", "list")[0]))
    alone.auditor("confirm", "count", "covered", "7", "--exclude", "B008=a test", *WHO)
    assert alone.lines() == before + 1 == Journal.open(alone.replica).size
    (found,) = [one for one in alone.report()["positions"] if one["deployment"] == "covered"]
    assert found["confirmed"] == 7
    (finding, *_) = alone.report()["findings"]
    alone.auditor("confirm", "finding", finding["fingerprint"], "acknowledged", *WHO)
    alone.auditor("hosting", "confirm", "covered", "Some Host Ltd", "--evidence", "c-002", *WHO)
    assert alone.lines() == before + 3
    decided = json.loads(alone.auditor("confirm", "list")[0])
    assert len(decided) == known + 3
    maintained(alone).maintain()
    assert "some host" in alone.auditor("hosting", "show", "covered")[0].lower()
    assert ", 0 failed," in alone.auditor("verify")[0]


def test_acts_go_on_beside_maintenance_but_for_the_keys(alone: Moved) -> None:
    """Maintenance leads and appends; acts of other processes are between its lines. The keys it works with are changed
    where it does not lead, and it goes on with the new ones."""
    maintenance = maintained(alone).maintenance()
    thread = threading.Thread(target=maintenance.run)
    thread.start()
    try:
        until = time.monotonic() + 30
        while not alone.ask("select count(*) from pg_locks where locktype = 'advisory'")[0][0]:
            assert time.monotonic() < until
            time.sleep(0.1)
        for day in ("2021-01-27", "2021-12-07", "2021-01-27"):
            alone.auditor("confirm", "date", "judgment-1", day, *WHO)
        said = alone.auditor("keys", "rotate", "--why", "yearly", expect=2)[1]
        assert "maintenance works with the keys" in said and said.count("\n") == 1, said
    finally:
        maintenance.stop.set()
        thread.join(60)
    assert not thread.is_alive()
    before = (alone.root / "keys" / "log.vkey").read_text()
    alone.auditor("keys", "rotate", "--why", "yearly")
    assert (alone.root / "keys" / "log.vkey").read_text() != before
    alone.auditor("confirm", "date", "judgment-1", "2021-01-27", *WHO)
    maintained(alone).maintain()
    assert ", 0 failed," in alone.auditor("verify")[0]
    assert alone.told("captures")


def test_where_the_key_is_not_nothing_is_decided(alone: Moved) -> None:
    root = alone.root.with_name("desk")
    root.mkdir()
    for name in ("targets.yaml", "MOVED", "alpha.pem", "beta.pem"):
        (root / name).write_bytes((alone.root / name).read_bytes())
    there, before = Moved(root, alone.database, alone.store, alone.environment, alone.stamps, {}), alone.lines()
    said = there.auditor("confirm", "date", "judgment-1", "2021-01-27", *WHO, expect=2)[1]
    assert "the log's key is not here" in said and said.count("\n") == 1, said
    assert alone.lines() == before and there.told("captures")


def test_a_bundle_is_made_of_the_store_and_verifies_without_us(alone: Moved, tmp_path: Path) -> None:
    for folder in (alone.replica / "evidence").glob("*/*-c-*"):
        shutil.rmtree(folder)
    before = alone.lines()
    asked = ("bundle", "--deployment", "covered", "--no-pdf", "--json", "-o", str(tmp_path / "out"))
    made = json.loads(alone.auditor(*asked)[0])
    assert made["captures"] == 2 and alone.lines() > before
    assert [one for one in Journal.open(alone.replica).entries(before) if one.kind == "export"]
    bag, trust = Path(made["bundle"]), tmp_path / "trust"
    trust.mkdir()
    keys = [key for _, key in Journal.open(alone.replica).ring.history]
    assert len(keys) >= 2, "the move changed the key"
    (trust / "log.vkey").write_text("".join(f"{key}\n" for key in keys), encoding="utf-8")
    for name in ("alpha", "beta"):
        shutil.copy(alone.root / f"{name}.pem", trust / f"{name}.pem")
    verified, said = sheet.run(sheet.script(bag), bag, trust)
    assert verified, said
    assert "verdict: passed" in alone.auditor("verify", str(bag), "--trust", str(trust))[0]


def test_a_bundle_of_the_pages_leaves_by_a_link(alone: Moved) -> None:
    alone.auditor("bundle", "--deployment", "covered", "--no-pdf")
    (made,) = (alone.root / "bundles").glob("*.zip")
    with served(alone.root, make=lambda root: {}, opened=moved_folder) as site:
        form = {"recipient": "Court", "days": "3"}
        shown = site.browser("manager").post(f"{site.origin}/bundles/{made.stem}/share", form, timeout=60)
        link = re.search(rf"{site.origin}/shared/[\w-]{{43}}", shown.text)
        assert link is not None, shown.text[-2_000:]
        taken = site.browser().post(link[0], timeout=60)
        assert (taken.status_code, taken.content == made.read_bytes()) == (200, True)


def plain(site: Served, page: str) -> str:
    """What a page says once nothing is being judged, without what differs from one look to the next."""
    end = time.monotonic() + 60
    while True:
        answer = site.browser("manager").get(f"{site.origin}{page}", timeout=60)
        assert answer.status_code == 200, (page, answer.status_code, answer.text[:400])
        if "being judged again" not in answer.text or time.monotonic() > end:
            break
        time.sleep(0.3)
    text = re.sub(r"<script.*?</script>|<[^>]*>", " ", answer.text, flags=re.DOTALL)
    said = re.sub(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?\S*", "MOMENT", html.unescape(text))
    return " ".join(re.sub(r"(line|lines) [\d,]+", "LINE", said).split())


def moved_folder(root: Path) -> Workspace:
    """As `auditor serve` opens the workspace of a folder."""
    found = bring_up_to_date(root)
    return Workspace(root) if found is None else found.workspace


def test_pages_show_the_fleet_and_say_the_same_once_it_is_brought_back(alone: Moved) -> None:
    """A capture that comes is on its page without a restart; accounts are in the ledger; the pages of the workspace
    that is then brought back into its folder are the same."""
    with served(alone.root, make=lambda root: {}, opened=moved_folder) as site:
        assert len([1 for kind, _ in site.journalled() if kind == "access"]) >= 5, "accounts are in the ledger"
        with alone.there() as held:
            name = commit_in(held, "suspect", 6)
            alone.sealer(held.vault).seal_outbox()
        end = time.monotonic() + 30
        while (
            site.browser("manager").get(f"{site.origin}/captures/{name}", timeout=60).status_code != requests.codes.ok
        ):
            assert time.monotonic() < end, site.office.follower and site.office.follower.trouble
            time.sleep(0.3)
        told = {page: plain(site, page) for page in PAGES}
    assert "c-002" in told["/captures/c-002"]
    alone.auditor("move", "--back")
    assert not alone.replica.exists() and not (alone.root / "MOVED").exists()
    with served(alone.root, make=lambda root: {}, opened=moved_folder) as site:
        for page, said in told.items():
            now = plain(site, page)
            apart = [one for one in difflib.ndiff(said.split(), now.split()) if one[0] in "-+"]
            # What is new is so since the reader's last visit, and this is another one.
            assert not [one for one in apart if one[2:] != "new"], (page, apart)
