"""A bundle leaves by a link that ends: journalled, taken back, and held against the journal."""

from __future__ import annotations

import hashlib
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
import requests

from auditor.clock import timestamp
from auditor.errors import NotShownError
from auditor.model.events import BundleExported
from auditor.model.people import EVERYBODY, AccessScope
from auditor.workflow import COMMAND_LINE, Accounts, NewPerson
from auditor.workflow.upkeep.access import access_checks
from tests.web.served_workspace import OTHER, Served

DATA = b"PK the zip of a bundle, as far as a link is concerned" * 2_000
NAME = "EB-ZQX-1"
DAY = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundle(site: Served) -> Iterator[str]:
    """The other customer's bundle, as the journal tells of it."""
    folder = site.workspace.bundles
    folder.mkdir()
    (folder / f"{NAME}.zip").write_bytes(DATA)
    digest = hashlib.sha256(DATA).hexdigest()
    exported(site, NAME, digest)
    yield digest


def exported(site: Served, name: str, digest: str) -> None:
    """A bundle of the other customer is on record."""
    site.office.journal.record(
        BundleExported(
            bundle=name, as_of=site.office.clock(), case="", contracts=("ZQX-9",), deployments=("zqxlib",),
            captures=1, since=None, until=None, proceeding="", legal_basis="", answered_by="", zip_sha256=digest,
            findings=(), taken_or_stored_in=(), tags_sha256="0" * 64, note="",
        )
    )  # fmt: skip


def shared(site: Served, person: str = "manager", days: str = "3", name: str = NAME) -> requests.Response:
    form = {"recipient": "Court <b>7</b>", "days": days}
    return site.browser(person).post(f"{site.origin}/bundles/{name}/share", form, timeout=30)


def link_of(answer: requests.Response) -> str:
    found = re.search(r"http://localhost:[0-9]+/shared/[\w-]{43}", answer.text)
    assert found is not None, answer.text[-3_000:]
    return found[0]


def acts(site: Served) -> list[dict[str, object]]:
    return [body for kind, body in site.journalled() if kind == "access"]


def standing(site: Served) -> str:
    """The public name of the newest link."""
    return site.office.shared.links.every()[0].id


def test_whoever_holds_a_link_takes_the_bundle_until_it_is_taken_back(site: Served, bundle: str) -> None:
    link, stranger = link_of(shared(site)), site.browser()
    made = acts(site)[-1]
    assert (made["action"], made["bundle"], made["zip_sha256"]) == ("shared", NAME, bundle)
    assert (made["recipient"], made["by"]) == ("Court <b>7</b>", site.people["manager"].id)
    assert link.rpartition("/")[2] not in "".join(map(str, acts(site))), "the secret stands nowhere"
    page = stranger.get(link, timeout=30)
    assert page.status_code == 200 and bundle in page.text and "<b>7" not in page.text
    assert stranger.post(link, headers={"Sec-Fetch-Site": "cross-site"}, timeout=30).status_code == 403
    taken = stranger.post(link, timeout=30)
    assert (taken.status_code, taken.content) == (200, DATA)
    assert "attachment" in taken.headers["Content-Disposition"]
    assert "sandbox" in taken.headers["Content-Security-Policy"]
    handed = acts(site)[-1]
    assert (handed["action"], handed["person"], handed["sha256"]) == ("handed_out", standing(site), bundle)
    assert [check.verdict for check in access_checks(site.workspace) if check.name == "people.grants"] == ["passed"]
    ended = site.browser("manager").post(f"{site.origin}/shares/end", {"share": standing(site)}, timeout=30)
    assert ended.status_code == 200
    for answer in (stranger.get(link, timeout=30), stranger.post(link, timeout=30)):
        assert (answer.status_code, "has ended" in answer.text) == (410, True)
        assert NAME not in answer.text
    assert [one["action"] for one in acts(site)[-3:]] == ["share_ended", "refused", "refused"]
    assert stranger.get(f"{site.origin}/shared/{'x' * 43}", timeout=30).status_code == 404


def test_a_link_ends_by_itself_and_with_the_account_that_made_it(site: Served, bundle: str) -> None:
    link = link_of(shared(site, days="1"))
    past = timestamp(site.office.clock() - timedelta(seconds=1))
    site.office.shared.links.database.change("UPDATE share SET expires_at = ? WHERE id = ?", past, standing(site))
    assert site.browser().post(link, timeout=30).status_code == 410
    (told,) = [one for one in access_checks(site.workspace) if one.name == "people.grants"]
    assert (told.verdict, "for longer" in told.detail) == ("failed", True), "what was altered does not verify"
    site.office.shared.links.database.change("DELETE FROM share WHERE id = ?", standing(site))
    other = link_of(shared(site))
    site.office.store.revoke(site.people["manager"].id, site.office.clock())
    try:
        assert site.browser().get(other, timeout=30).status_code == 410
    finally:
        site.office.store.database.change("UPDATE person SET revoked_at = NULL WHERE id = ?", site.people["manager"].id)


def test_only_who_makes_bundles_of_the_scope_shares_one(site: Served, bundle: str) -> None:
    before = len(acts(site))
    assert {shared(site, person).status_code for person in ("analyst", "counsel", "administrator")} == {403}
    assert shared(site, "own_manager").status_code == 404
    assert shared(site, name="nothing").status_code == 404
    assert {shared(site, days=days).status_code for days in ("0", "91", "-1", "", "1e3", "٣")} == {400}
    assert not [one for one in acts(site)[before:] if one["action"] == "shared"]
    link_of(shared(site))
    own = site.browser("own_manager")
    assert standing(site) not in own.get(f"{site.origin}/bundles", timeout=30).text
    assert own.post(f"{site.origin}/shares/end", {"share": standing(site)}, timeout=30).status_code == 404


def test_an_administrator_sees_and_ends_links_and_learns_no_customer(site: Served, bundle: str) -> None:
    link = link_of(shared(site))
    who = site.browser("administrator")
    page = who.get(f"{site.origin}/people", timeout=30).text
    assert standing(site) in page and "Mai Manager" in page
    assert OTHER not in page.lower().replace(OTHER + "party", "") and NAME not in page
    assert who.post(f"{site.origin}/people/shares/end", {"share": standing(site)}, timeout=30).status_code == 200
    assert acts(site)[-1]["by"] == site.people["administrator"].id
    assert site.browser().get(link, timeout=30).status_code == 410


def test_a_zip_that_is_another_by_now_is_not_given(site: Served, bundle: str) -> None:
    link, path = link_of(shared(site)), site.workspace.root / "bundles" / f"{NAME}.zip"
    path.write_bytes(DATA + b"x")
    assert site.browser().post(link, timeout=30).status_code == 404
    assert refused(site) == standing(site)
    path.unlink()
    before = len(acts(site))
    assert site.browser().post(link, timeout=30).status_code == 404
    assert len(acts(site)) == before + 1 and refused(site) == standing(site)
    path.write_bytes(DATA)
    assert site.browser().post(link, timeout=30).status_code == 200


def links_to(site: Served, name: str, many: int) -> list[str]:
    """Links that the manager made to a bundle, without the page."""
    with (site.workspace.bundles / f"{name}.zip").open("rb") as stream:
        shown = name, hashlib.file_digest(stream, "sha256").hexdigest()
    made = [site.office.shared.share(shown, "Court", "3", site.people["manager"]) for _ in range(many)]
    return [f"{site.origin}/shared/{secret}" for _, secret in made]


@contextmanager
def large(site: Served, name: str, size: int) -> Iterator[Path]:
    """The zip of a bundle that takes a while to read; a file of holes, which takes no room."""
    path = site.workspace.bundles / f"{name}.zip"
    with path.open("wb") as stream:
        stream.truncate(size)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    exported(site, name, digest)
    yield path
    path.unlink()


def test_a_link_that_is_taken_back_while_its_zip_is_read_gives_nothing(site: Served, bundle: str) -> None:
    """A large zip is read for its digest first; until its last byte the link can be taken back."""
    with large(site, "EB-LARGE", 1 << 30) as path, ThreadPoolExecutor(1) as pool:
        link = link_of(shared(site, name="EB-LARGE"))
        asked = pool.submit(lambda: site.browser().post(link, timeout=120))
        while not is_open(path):
            assert not asked.done(), asked.result().status_code
        ended = site.browser("manager").post(f"{site.origin}/shares/end", {"share": standing(site)}, timeout=30)
        assert (ended.status_code, asked.done()) == (200, False), "it was taken back while the zip was read"
        assert asked.result().status_code == 410
    assert [one["action"] for one in acts(site)[-2:]] == ["share_ended", "refused"]


def test_whoever_takes_links_keeps_no_page_waiting(site: Served, bundle: str) -> None:
    """A link is taken by one at a time, and its zip is read beside the pages, however many take however many links."""

    def taken(link: str) -> int:
        with site.browser().post(link, stream=True, timeout=120) as answer:
            return answer.status_code

    with (
        large(site, "EB-LONG", 1 << 30) as path,
        large(site, "EB-MANY", 1 << 27),
        ThreadPoolExecutor(25) as pool,
    ):
        (one,), many = links_to(site, "EB-LONG", 1), links_to(site, "EB-MANY", 24)
        first = pool.submit(taken, one)
        while not is_open(path):
            assert not first.done()
        assert (taken(one), first.done()) == (429, False), "the same link, while it is taken"
        others = [pool.submit(taken, link) for link in many]
        time.sleep(0.3)
        assert site.browser().get(f"{site.origin}/sign-in", timeout=60).status_code == 200
        done = sum(other.done() for other in others)
        assert done < 12, "a page waits for no zip"
        assert first.result() == 200 and {other.result() for other in others} == {200}


def test_a_link_is_taken_back_once_however_many_ask(site: Served, bundle: str) -> None:
    """Threads that ask at the same moment, which the interpreter changes between as often as it can."""
    together, before, by = Barrier(8), len(acts(site)), site.people["manager"]
    links = [site.office.shared.share((NAME, bundle), "Court", "3", by)[0].id for _ in range(25)]

    def ends(name: str) -> bool:
        together.wait(30)
        try:
            site.office.shared.end(name, by.id)
        except NotShownError:
            return False
        return True

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            told = [[pool.submit(ends, name) for _ in range(8)] for name in links]
            assert [sum(one.result() for one in each) for each in told] == [1] * len(links)
    finally:
        sys.setswitchinterval(usual)
    assert [one["action"] for one in acts(site)[before:]].count("share_ended") == len(links)


def test_tries_of_links_and_of_sign_ins_keep_nobody_else_out(site: Served, bundle: str) -> None:
    """All of these come from one network."""
    link, stranger = link_of(shared(site)), site.browser()
    ended = link_of(shared(site))
    site.browser("manager").post(f"{site.origin}/shares/end", {"share": standing(site)}, timeout=30)

    def tried(address: str) -> list[int]:
        return [stranger.post(address, timeout=30).status_code for _ in range(40)]

    guessed, over = tried(f"{site.origin}/shared/{'y' * 43}"), tried(ended)
    assert guessed[:20] == [404] * 20 and 429 in guessed
    assert over[:20] == [410] * 20 and 429 in over
    assert stranger.post(link, timeout=30).content == DATA, "another link is none of theirs"
    form = {"name": "nobody", "password": "nothing"}
    signed = [stranger.post(f"{site.origin}/sign-in", form, timeout=60).status_code for _ in range(7)]
    assert signed[0] == 403, "nor is signing in"
    while signed[-1] != 429 or len(signed) < 45:  # of the account, then of the network
        signed.append(stranger.post(f"{site.origin}/sign-in", form, timeout=60).status_code)
    assert stranger.post(link, timeout=30).content == DATA


@pytest.mark.parametrize(
    ("roles", "scope", "stands"),
    [
        (("manager",), AccessScope(contracts=frozenset({"ZQX-9", "AG-7"})), True),
        (("manager",), EVERYBODY, True),
        (("analyst",), AccessScope(contracts=frozenset({"ZQX-9"})), False),
        (("manager",), AccessScope(contracts=frozenset({"AG-7"})), False),
        (("manager",), AccessScope(deployments=frozenset({"zqxlib"})), False),
        (("manager",), AccessScope(contracts=frozenset({"ZQX-9"}), since=DAY), False),
        (("manager",), AccessScope(contracts=frozenset({"ZQX-9"}), until=DAY), False),
    ],
)
def test_a_link_ends_where_its_maker_may_do_or_see_less(
    site: Served, bundle: str, roles: tuple[str, ...], scope: AccessScope, stands: bool
) -> None:
    accounts = Accounts(site.office.store, site.office.sessions, site.office.journal)
    if "maker" not in site.people:
        new = NewPerson("Mo", "mo", ("manager",), AccessScope(contracts=frozenset({"ZQX-9"})))
        site.people["maker"] = accounts.add(new, COMMAND_LINE)
    maker = site.people["maker"]
    accounts.grant(maker.id, ("manager",), AccessScope(contracts=frozenset({"ZQX-9"})), COMMAND_LINE)
    link, name = link_of(shared(site, "maker")), standing(site)
    accounts.grant(maker.id, roles, scope, COMMAND_LINE)
    assert site.browser().post(link, timeout=30).status_code == (200 if stands else 410)
    assert [one["share"] for one in acts(site) if one["action"] == "share_ended"].count(name) == (not stands)
    assert [one.verdict for one in access_checks(site.workspace) if one.name == "people.grants"] == ["passed"]


def refused(site: Served) -> object:
    """What the last act was refused about."""
    last = acts(site)[-1]
    assert last["action"] == "refused", last
    return last["what"]


def is_open(path: Path) -> bool:
    """Whether this process, which serves the pages too, has a file open."""
    for one in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if one.readlink() == path:
                return True
    return False
