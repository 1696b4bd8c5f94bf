"""A scope holds in what goes on: works under way, grants that change, cases with a time, files of the targets."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import requests

from auditor import custody
from auditor.errors import ConfigError
from auditor.model.events import BundleExported
from auditor.model.people import EVERYBODY, AccessScope, SignedIn
from auditor.workflow import COMMAND_LINE, Accounts, Desk, NewPerson, digest_shown, read_targets, rebuild_index
from auditor.workflow.confirm import DecisionBasis, confirm_count
from auditor.workflow.desk.reads.standing import StandingCache
from auditor.workflow.desk.works import OneWork, Works
from tests.cli.small_workspace import commit_capture
from tests.web.served_workspace import OTHER, Served, make_two_customers, served

MORE = "more.yaml"
UNDER_WAY = ("sleep", "60")


def make_longer(root: Path) -> dict[str, str]:
    """Two customers; after its mark of 22 one shows 19. The targets have a file that they include."""
    captures = make_two_customers(root)
    captures["covered"] = commit_capture(root, "covered", 19, 20)
    targets = root / "targets.yaml"
    (root / MORE).write_text("parties: {}\n", encoding="utf-8")
    targets.write_text(targets.read_text("utf-8").replace("format: 1\n", f"format: 1\ninclude: [{MORE}]\n"), "utf-8")
    return captures


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("longer")) as found:
        yield found


@contextmanager
def serving(root: Path) -> Iterator[Served]:
    with served(root, make=make_longer) as found:
        rebuild_index(found.workspace, read_targets(found.workspace)[0], lambda *_: None)
        yield found


def under_way(site: Served, person: str, about: tuple[str, ...], said: str = "") -> OneWork:
    """A run of a person as it is while its process lives."""
    works = site.office.works
    process = subprocess.Popen(UNDER_WAY, start_new_session=True)
    line = len(site.journalled())
    made = OneWork(
        f"w{100 + len(works.every())}", "run", site.people[person].id, about, site.office.clock(), line, process,
        said=said,
    )  # fmt: skip
    works._begun[made.id] = made
    return made


def add(site: Served, name: str, role: str, scope: AccessScope) -> None:
    accounts = Accounts(site.office.store, site.office.sessions, site.office.journal)
    site.people[name] = accounts.add(NewPerson(name, name, (role,), scope), COMMAND_LINE)


def desk(site: Served, person: str) -> Desk:
    who, now = site.people[person], site.office.clock()
    return Desk(site.office, SignedIn(who, "passkey", "s-1", who.permissions, who.scope, now), now)


def get(site: Served, who: requests.Session, path: str) -> requests.Response:
    return who.get(site.origin + path, timeout=60, allow_redirects=False)


def until(found: Callable[[], bool]) -> None:
    """What is looked for every two seconds."""
    ends = time.monotonic() + 10
    while not found():
        assert time.monotonic() < ends
        time.sleep(0.1)


def captured_at(site: Served, capture: str) -> datetime:
    row = desk(site, "manager").reads.standing.evidence.get(capture)
    assert row is not None
    return row.captured_at


def first_event(answer: requests.Response) -> dict[str, object]:
    lines = answer.iter_lines(chunk_size=1, decode_unicode=True)
    found: dict[str, object] = json.loads(next(line for line in lines if line.startswith("data:"))[5:])
    return found


# Works.


def test_a_run_of_a_scope_tells_nothing_of_another_customer(site: Served) -> None:
    work = under_way(site, "analyst", ("covered",), f"{OTHER}lib: 31 shown")
    who, address = site.browser("analyst"), f"/works/{work.id}"
    with custody.open_workspace(site.workspace.root) as held:
        held.plan(run="run-x", slots=[{"slot": one, "deployment": one} for one in ("zqxlib", "suspect", "covered")])
        held.gap("the host was down", run="run-x", deployment="zqxlib")

    def told() -> tuple[object, ...]:
        with get(site, who, address) as page, who.get(f"{site.origin}{address}/live", stream=True, timeout=60) as live:
            assert OTHER not in page.text.lower()
            state = first_event(live)
        return tuple(state[name] for name in ("planned", "done", "line", "last"))

    planned = told()
    assert planned[:2] == (1, 0)
    assert planned[3] == "plan"
    line = planned[2]
    assert isinstance(line, int)
    assert line < len(site.journalled()), "the newest line is about somebody else"
    with custody.open_workspace(site.workspace.root) as held:
        held.gap("the host was down", run="run-x", deployment="covered")
    done = told()
    assert (done[:2], done[3]) == ((1, 1), "gap")
    wide = under_way(site, "manager", (), f"{OTHER}lib: 31 shown")
    assert f"{OTHER}lib: 31 shown" in get(site, site.browser("manager"), f"/works/{wide.id}").text


def test_all_that_a_work_is_about_is_journalled(site: Served) -> None:
    lines = len(site.journalled())
    desk(site, "manager").acts.request_work("run", ["covered"] * 401)
    made = [body for _, body in site.journalled()[lines:] if body["action"] == "requested"]
    assert [len(body["about"]) for body in made] == [400, 1]  # type: ignore[arg-type]


def test_a_work_that_was_begun_under_a_wider_scope_is_hidden_once_the_grant_is_narrower(site: Served) -> None:
    add(site, "narrowed", "analyst", EVERYBODY)
    whole = under_way(site, "narrowed", ())
    both = under_way(site, "narrowed", ("covered", "zqxlib"))
    own = under_way(site, "narrowed", ("covered",))
    every = [f"/works/{one.id}" for one in (whole, both, own)]
    before = site.browser("narrowed")
    assert [get(site, before, one).status_code for one in every] == [200] * 3
    accounts = Accounts(site.office.store, site.office.sessions, site.office.journal)
    narrow = AccessScope(contracts=frozenset({"AG-7"}))
    site.people["narrowed"] = accounts.grant("narrowed", ("analyst",), narrow, COMMAND_LINE)
    who = site.browser("narrowed")
    for suffix in ("", "/live"):
        answers = [who.get(f"{site.origin}{one}{suffix}", timeout=60, stream=True) for one in every]
        assert [one.status_code for one in answers] == [404, 404, 200]
        for one in answers:
            one.close()
    page = get(site, who, "/schedule").text
    assert [one in page for one in every] == [False, False, True]
    assert who.post(f"{site.origin}{every[1]}/end", timeout=60).status_code == 404
    assert both.process.poll() is None


def test_streams_hold_no_thread_and_end_with_their_session(site: Served) -> None:
    work = under_way(site, "own_manager", ("covered",))
    whos, session = [site.browser("own_manager") for _ in range(7)], site.people["own_manager"].id
    with ExitStack() as open_:
        live = [
            open_.enter_context(
                requests.get(f"{site.origin}/works/{work.id}/live", headers=dict(who.headers), stream=True, timeout=60)
            )
            for who in whos
            for _ in range(6)  # more in all than all threads that answers are made in
        ]
        parts = [one.iter_content(None) for one in live]
        assert all(b'"done": 0' in next(one) for one in parts)
        began = time.monotonic()
        assert get(site, whos[0], "/").status_code == 200
        assert get(site, whos[0], "/api/v1/me").status_code == 200
        assert time.monotonic() - began < 15
        site.office.sessions.end(session)
        left = [b"".join(one) for one in parts]  # ended by the server, not by a time-out
    assert work.process.poll() is None
    assert not any(b'"ended": true' in one for one in left)


def test_what_does_not_end_is_killed_with_all_that_it_began(site: Served, tmp_path: Path) -> None:
    works = Works(site.workspace, site.office.clock, patience=0.5)
    told = tmp_path / "pid"
    script = f"trap '' TERM; sleep 120 & echo $! > {told}; wait; wait"
    process = subprocess.Popen(["sh", "-c", script], start_new_session=True)
    until(lambda: told.exists() and told.read_text().strip().isdecimal())
    works._begun["w1"] = OneWork("w1", "run", "p-1", (), site.office.clock(), 0, process)
    works.close()
    assert process.wait(10) == -9
    stat = Path(f"/proc/{told.read_text().strip()}/stat")
    until(lambda: not stat.exists() or stat.read_text().split()[2] == "Z")


# The time of a case.


def bundle(name: str, since: datetime | None, end: datetime | None, at: datetime) -> BundleExported:
    return BundleExported(
        case="", as_of=at, since=since, until=end, deployments=("covered",), contracts=(), findings=(), proceeding="",
        legal_basis="", answered_by="", taken_or_stored_in=(), bundle=name, tags_sha256="0" * 64, zip_sha256="0" * 64,
        captures=1, note="",
    )  # fmt: skip


def test_the_time_of_a_case_bounds_all_that_is_told(tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        check_time_of_a_case(site)


def check_time_of_a_case(site: Served) -> None:
    newest, now = site.captures["covered"], site.office.clock()
    begins = captured_at(site, newest)
    basis = DecisionBasis("Kim", "two are tests", ("c-001",))
    decided = confirm_count(site.workspace, "covered", 18, basis)
    everything = desk(site, "manager").reads.standing.composed().report
    finding = next(one for one in everything.findings if one.deployment == "covered")
    confirmed = desk(site, "manager").acts.decide_finding(
        finding.fingerprint, "acknowledged", seen=digest_shown(finding), reason="seen"
    )
    site.office.journal.record(
        bundle("all", None, None, now), bundle("late", begins, None, now), bundle("early", None, begins, begins)
    )
    scope = AccessScope(deployments=frozenset({"covered"}), case="late", since=begins)
    add(site, "late", "counsel", scope)
    add(site, "early", "counsel", replace(scope, case="early", since=None, until=begins))

    whole, late, ended = (desk(site, one).reads for one in ("manager", "late", "early"))
    (position,) = late.standing.composed().positions["covered"]
    (all_of_it,) = whole.standing.opened("covered").positions["covered"]
    (before,) = ended.standing.composed().positions["covered"]
    assert (all_of_it.displayed, all_of_it.hwm, all_of_it.captures) == (19, 22, 3)
    assert all_of_it.over_since is not None
    assert all_of_it.over_since < begins
    assert (position.displayed, position.hwm, position.captures) == (19, 19, 1)
    assert (position.over_since, position.hwm_capture) == (begins, newest)
    assert (before.displayed, before.hwm, before.capture) == (22, 22, "c-002")  # the moment itself is outside

    report = late.standing.report
    assert {one.capture for one in report.history} == {row.capture for row in report.evidence} == {newest}
    assert {basis.capture for found in report.findings for basis in found.basis if basis.capture} <= {newest}
    assert report.findings
    assert decided.id in {one.id for one in whole.standing.opened("covered").report.decisions}
    assert {one.id for one in report.decisions} == {confirmed.id}
    assert "c-001" not in str(report)
    assert "c-002" not in str(report)
    assert newest not in str(ended.standing.report)

    assert [one.name for one in whole.bundles()] == ["early", "late", "all"]
    assert [one.name for one in late.bundles()] == ["late"]
    assert [one.name for one in ended.bundles()] == ["early"]

    for day in (whole.today, date.max):
        known = late.contract("AG-7", day)
        assert [(one.hwm, one.captures) for one in known.positions if one.deployment == "covered"] == [(19, 1)]
    assert [one.hwm for one in whole.contract("AG-7", whole.today).positions if one.deployment == "covered"] == [22]


def test_a_day_without_a_day_after_it_is_answered(site: Served) -> None:
    answer = get(site, site.browser("analyst"), "/contracts/AG-7?known_on=9999-12-31")
    assert answer.status_code == 200, answer.text
    assert "9999-12-31" in answer.text


JANUARY = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("end", "scope"), [("since", replace(EVERYBODY, since=JANUARY)), ("until", replace(EVERYBODY, until=JANUARY))]
)
def test_everybody_goes_with_no_time(site: Served, end: str, scope: AccessScope) -> None:
    with pytest.raises(ConfigError, match="not with everybody"):
        add(site, "timed", "manager", scope)
    form = {"name": "T", "sign_in_name": "timed", "role": "manager", "everybody": "yes", end: "2026-01-05"}
    who = site.browser("administrator")
    assert who.post(f"{site.origin}/people/add", form, timeout=30).status_code == 400
    assert site.office.store.person_named("timed") is None


# The files of the targets.


def test_a_wrong_file_is_told_to_whoever_sees_everybody_alone(site: Served) -> None:
    targets, good = site.workspace.targets, site.workspace.targets.read_bytes()
    analyst, manager = site.browser("analyst"), site.browser("manager")
    count = {"value": 18, "reason": "two are tests"}
    targets.write_bytes(good.replace(b"    licensee: zqxparty\n", b"    licensee: zqxnobody\n"))
    try:
        until(lambda: get(site, analyst, "/").status_code == 400)
        narrow = [get(site, analyst, one) for one in ("/", "/api/v1/positions", "/deployments/covered", "/schedule")]
        narrow.append(analyst.post(f"{site.origin}/api/v1/deployments/covered/counts", json=count, timeout=60))
        assert {one.status_code for one in narrow} == {400}
        assert not any(OTHER in one.text.lower() for one in narrow)
        assert "targets.yaml cannot be used" in narrow[0].text
        for path in ("/", "/api/v1/positions"):
            told = get(site, manager, path)
            assert (told.status_code, "zqxnobody" in told.text, "targets.yaml:" in told.text) == (400, True, True)
    finally:
        targets.write_bytes(good)
    until(lambda: get(site, analyst, "/").status_code == 200)


def test_an_included_file_and_midnight_make_the_standing_anew(site: Served) -> None:
    at = [datetime(2030, 1, 5, 15, 59, 59, tzinfo=UTC)]
    cache = StandingCache(site.workspace, lambda: at[0], lambda: site.office.estates.of(EVERYBODY))
    scope = AccessScope(contracts=frozenset({"AG-7"}))
    first = cache.of(scope)
    assert cache.of(scope) is first
    at[0] += timedelta(seconds=1)  # midnight in Asia/Shanghai, of one day in UTC
    second = cache.of(scope)
    assert second is not first
    assert second.report.as_of == at[0]
    (site.workspace.root / MORE).write_text("parties: {}  # looked at\n", encoding="utf-8")
    until(lambda: cache.of(scope) is not second)


def test_a_page_that_others_share_is_rewritten_by_who_sees_them_all(site: Served) -> None:
    value: dict[str, object] = {"kind": "count", "role": "used", "pointer": "/used", "labels": ["当前分馆数量"]}
    capture, now = site.captures["covered"], site.office.clock()
    made = site.office.proposals.propose("covered", "status", ("used", value, ""), by="Ann", capture=capture, at=now)
    before, address = site.workspace.targets.read_bytes(), f"{site.origin}/proposals/{made.id}/accept"
    refused = site.browser("own_manager").post(address, timeout=60)
    assert refused.status_code == 403
    kind, body = site.journalled()[-1]
    assert (kind, body["action"], body["why"], body["what"]) == ("access", "refused", "permission", "accept_page")
    assert site.workspace.targets.read_bytes() == before
    assert site.browser("manager").post(address, timeout=60, allow_redirects=False).status_code == 303
    assert "当前分馆数量".encode() in site.workspace.targets.read_bytes()
