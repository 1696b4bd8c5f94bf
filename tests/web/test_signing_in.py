"""Signing in: password, code, link; one answer for every failure; sessions that end when they must."""

from __future__ import annotations

import re
import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests

from auditor.errors import ConfigError, SignInError, TooManyTriesError, VaultError
from auditor.model.people import EVERYBODY, AccessScope, Permission, why_roles_conflict
from auditor.people import Passkey, SessionRegister, TryLimits, matching_step, network_of
from auditor.people.sessions import IDLE, LONGEST
from auditor.web.app import cookie_name
from auditor.workflow import COMMAND_LINE, Accounts, Entrance, NewPerson, PageView, Visitor, check_view_log
from auditor.workflow.access.view_log import ViewLog
from tests.web.served_workspace import PASSWORD, Served, served

HERE = Visitor("127.0.0.1", "tests")
AT = datetime(2026, 1, 5, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def known(site: Served) -> Iterator[Served]:
    """Everybody has a password; the manager has a second factor too."""
    hashed = site.office.passwords.make(PASSWORD)
    for person in site.people.values():
        site.office.store.set_password(person.id, hashed)
    yield site


def sign_in(site: Served, typed: str, password: str = PASSWORD, code: str = "", **more: str) -> requests.Response:
    site.office.account_tries.forget(f"{typed} 127.0.0.0/24")
    site.office.network_tries.forget("127.0.0.0/24")
    form = {"name": typed, "password": password, "code": code, **more}
    return site.browser().post(f"{site.origin}/sign-in", form, timeout=30, allow_redirects=False)


def with_cookie(site: Served, answer: requests.Response) -> requests.Session:
    who = site.browser()
    who.headers["Cookie"] = answer.headers["Set-Cookie"].partition(";")[0]
    return who


def code_of(secret: str, site: Served) -> str:
    return pyotp.TOTP(secret).at(site.office.clock())


def test_a_password_opens_what_needs_no_more(known: Served) -> None:
    answer = sign_in(known, "ANN", next="/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/"))
    assert "Domain" not in cookie
    assert with_cookie(known, answer).get(f"{known.origin}/", timeout=30).status_code == 200
    body = known.journalled()[-1][1]
    assert (body["action"], body["means"], body["name"]) == ("signed_in", "password", "Ann Analyst")


def test_a_second_factor_is_set_up_before_anything_else_opens(known: Served) -> None:
    answer = sign_in(known, "otto")
    assert answer.headers["Location"] == "/account"
    who = with_cookie(known, answer)
    assert who.get(f"{known.origin}/", timeout=30, allow_redirects=False).headers["Location"] == "/account"
    assert who.get(f"{known.origin}/api/v1/positions", timeout=30).status_code == 403
    page = who.post(f"{known.origin}/account/codes", timeout=30).text
    secret = re.search(r"[A-Z2-7]{32}", page)
    assert secret is not None
    picture = who.get(f"{known.origin}/account/codes/picture", timeout=30)
    assert (picture.headers["Content-Type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    confirmed = who.post(
        f"{known.origin}/account/codes/confirm", {"code": code_of(secret[0], known)}, timeout=30, allow_redirects=False
    )
    whole = with_cookie(known, confirmed)
    assert whole.get(f"{known.origin}/", timeout=30, allow_redirects=False).status_code == 200
    assert who.get(f"{known.origin}/", timeout=30, allow_redirects=False).headers["Location"] == "/sign-in"  # old id
    # The code that turned it on is used up; the next one opens.
    assert sign_in(known, "otto", code=code_of(secret[0], known)).status_code == 403
    later = pyotp.TOTP(secret[0]).at(known.office.clock() + timedelta(seconds=30))
    assert sign_in(known, "otto", code=later).headers["Location"] == "/"
    assert sign_in(known, "otto", code=later).status_code == 403
    assert secret[0] not in str(known.journalled())


def manager(site: Served, name: str) -> str:
    """The id of a further account that a password alone does not open."""
    accounts = Accounts(site.office.store, site.office.sessions, site.office.journal)
    site.people[name] = accounts.add(NewPerson(name, name, ("manager",), EVERYBODY), COMMAND_LINE)
    site.office.store.set_password(site.people[name].id, site.office.passwords.make(PASSWORD))
    return site.people[name].id


def refused_changes(site: Served, who: requests.Session) -> None:
    """What would replace a second factor, or open the account without it, is asked for its secret."""
    paths = ("codes", "codes/remove", "passkeys/options", "passkeys", "passkeys/remove", "tokens", "password")
    for path in paths:
        form = {"password": "another long password", "credential": "00"}
        answer = who.post(f"{site.origin}/account/{path}", form, timeout=30, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/prove?next=/account"), path


@pytest.mark.parametrize("factor", ["passkey", "identity", "codes"])
def test_a_password_alone_replaces_no_second_factor(known: Served, factor: str) -> None:
    person, keys = manager(known, f"half {factor}"), known.office.keys
    half = with_cookie(known, sign_in(known, f"half {factor}"))  # the password was shown a moment ago
    assert "Set up a passkey" in half.get(f"{known.origin}/account", timeout=30).text
    if factor == "passkey":
        keys.add_passkey(Passkey(factor.encode(), person, "one", b"key", 1, known.office.clock(), None))
    elif factor == "identity":
        keys.bind_identity("https://login.example", "subject", person)
    else:
        keys.propose_code_secret(person, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
        keys.use_code_step(person, 1)
    refused_changes(known, half)
    assert "/prove" in half.get(f"{known.origin}/account", timeout=30).text
    known.office.account_tries.forget(f"{person} 127.0.0.0/24")
    again = half.post(f"{known.origin}/prove", {"password": PASSWORD}, timeout=30, allow_redirects=False)
    if factor == "codes":
        assert again.status_code == 403, "a code is asked for"
    else:
        half = with_cookie(known, again)
    refused_changes(known, half)
    assert (len(keys.passkeys(person)), len(keys.identities(person)), keys.code_secret(person) is not None) == (
        factor == "passkey", factor == "identity", factor == "codes",
    )  # fmt: skip
    assert half.get(f"{known.origin}/", timeout=30, allow_redirects=False).headers["Location"] == "/account"


def test_recovery_leaves_nothing_that_opened_the_account(known: Served) -> None:
    person, keys, now = manager(known, "recovered"), known.office.keys, known.office.clock()
    allowed: list[Permission] = ["read"]
    keys.add_passkey(Passkey(b"theirs", person, "one", b"key", 1, now, None))
    keys.bind_identity("https://login.example", "theirs", person)
    _, token = keys.make_token(person, "a program", allowed, (), now, now + timedelta(days=9))
    program = requests.Session()
    program.headers["Authorization"] = f"Bearer {token}"
    assert program.get(f"{known.origin}/api/v1/me", timeout=30).status_code == 200
    accounts = Accounts(known.office.store, known.office.sessions, known.office.journal)
    link = f"{known.origin}/password/{accounts.invite('recovered', COMMAND_LINE)}"
    known.office.network_tries.forget("127.0.0.0/24")
    known.browser().post(link, {"password": "another long password"}, timeout=30)
    assert (keys.passkeys(person), keys.identities(person), keys.tokens(person)) == ((), (), ())
    assert keys.identity("https://login.example", "theirs") is None
    assert program.get(f"{known.origin}/api/v1/me", timeout=30).status_code == 401
    changed = [
        (body["what"], body["change"])
        for _, body in known.journalled()
        if body.get("action") == "credential" and body["person"] == person and body["what"] != "recovery_link"
    ]
    assert changed == [
        ("password", "made"), ("passkey", "removed"), ("token", "removed"), ("oidc", "removed")
    ]  # fmt: skip


def test_every_failure_has_one_answer(known: Served) -> None:
    answers = [
        sign_in(known, "ann", "wrong password"), sign_in(known, "nobody at all", "wrong password"),
        sign_in(known, "", ""), sign_in(known, "ann", PASSWORD + " "), sign_in(known, "ann", "x" * 500),
    ]  # fmt: skip
    assert {one.status_code for one in answers} == {403}
    texts = {re.sub(r'name="name" value="[^"]*"', "", one.text) for one in answers}
    assert len(texts) == 1
    refusals = [body for kind, body in known.journalled() if body.get("action") == "refused"]
    assert PASSWORD not in str(refusals)
    assert "nobody at all" not in str(refusals), "what was typed may be a password in the wrong field"


@pytest.mark.parametrize("path, then", [
    ("/account", "/account"), ("/?q=a%20b", "/?q=a%20b"), ("//evil.example/", "/"), ("/\\evil.example", "/"),
    ("https://evil.example/", "/"), ("/nowhere", "/"), ("/account\r\nX: y", "/"), ("", "/"), ("/sign-out", "/"),
])  # fmt: skip
def test_one_goes_on_to_a_page_of_ours_alone(known: Served, path: str, then: str) -> None:
    who = known.browser("analyst")
    answer = who.get(f"{known.origin}/sign-in", params={"next": path}, timeout=30, allow_redirects=False)
    assert answer.headers["Location"] == then


def test_a_session_ends_in_every_tab_and_a_given_id_is_never_taken(known: Served) -> None:
    fixed = known.browser()
    fixed.headers["Cookie"] = f"{cookie_name(known.office, known.settings)}=chosen-by-somebody-else"
    form = {"name": "ann", "password": PASSWORD}
    known.office.network_tries.forget("127.0.0.0/24")
    answer = fixed.post(f"{known.origin}/sign-in", form, timeout=30, allow_redirects=False)
    one, other = with_cookie(known, answer), with_cookie(known, answer)
    assert "chosen-by-somebody-else" not in answer.headers["Set-Cookie"]
    assert fixed.get(f"{known.origin}/", timeout=30, allow_redirects=False).status_code == 303
    left = one.post(f"{known.origin}/sign-out", timeout=30, allow_redirects=False)
    assert left.headers["Clear-Site-Data"]
    assert other.get(f"{known.origin}/", timeout=30, allow_redirects=False).headers["Location"] == "/sign-in"


def test_a_revoked_account_opens_nothing_at_once(known: Served) -> None:
    accounts = Accounts(known.office.store, known.office.sessions, known.office.journal)
    person = accounts.add(
        NewPerson("Rita Revoked", "rita", ("analyst",), AccessScope(contracts=frozenset({"AG-7"}))), COMMAND_LINE
    )
    known.people["rita"] = person
    known.office.store.set_password(person.id, known.office.passwords.make(PASSWORD))
    who = known.browser("rita")
    assert who.get(f"{known.origin}/", timeout=30).status_code == 200
    administrator = known.browser("administrator")
    gone = administrator.post(f"{known.origin}/people/revoke", {"person": person.id}, timeout=30, allow_redirects=False)
    assert gone.status_code == 303
    assert who.get(f"{known.origin}/", timeout=30, allow_redirects=False).headers["Location"] == "/sign-in"
    assert sign_in(known, "rita").status_code == 403
    assert "rita" in administrator.get(f"{known.origin}/people", timeout=30).text


def test_an_administrator_adds_grants_and_sees_no_customer(known: Served) -> None:
    who = known.browser("administrator")
    form = {"name": "Nina New", "sign_in_name": "nina", "role": "analyst", "contracts": "AG-7"}
    page = who.post(f"{known.origin}/people/add", form, timeout=30).text
    link = re.search(r"/password/[\w-]{43}", page)
    assert link is not None
    short = known.browser().post(known.origin + link[0], {"password": "short"}, timeout=30)
    assert (short.status_code, "12 characters" in short.text) == (400, True)
    assert (
        known.browser()
        .post(known.origin + link[0], {"password": PASSWORD}, timeout=30, allow_redirects=False)
        .status_code
        == 303
    )
    assert known.browser().post(known.origin + link[0], {"password": PASSWORD}, timeout=30).status_code == 403
    assert sign_in(known, "nina").status_code == 303
    person = known.office.store.person_named("nina")
    assert person is not None
    granted = who.post(
        f"{known.origin}/people/grant", {"person": person.id, "role": "counsel", "deployments": "covered", "case": "X"},
        timeout=30, allow_redirects=False,
    )  # fmt: skip
    assert granted.status_code == 303
    bodies = [
        body for kind, body in known.journalled() if body.get("person") == person.id and body["action"] == "granted"
    ]
    assert [(body["roles"], body["by"]) for body in bodies] == [
        (["analyst"], known.people["administrator"].id),
        (["counsel"], known.people["administrator"].id),
    ]
    refused: list[dict[str, Any]] = [
        {"role": "administrator", "everybody": "yes"}, {"role": ["administrator", "manager"]}, {"role": []},
        {"role": "counsel", "everybody": "yes", "case": "X"},
    ]  # fmt: skip
    for wrong in refused:
        wrong["person"] = person.id
        assert who.post(f"{known.origin}/people/grant", wrong, timeout=30).status_code == 400, wrong
    own = {"person": known.people["administrator"].id, "role": "administrator"}
    assert who.post(f"{known.origin}/people/grant", own, timeout=30).status_code == 400
    text = who.get(f"{known.origin}/people", timeout=30).text
    assert not any(name in text for name in ("合肥市图书馆", "zqxlib", "lib.hefei.example"))


def test_grants_ask_for_a_secret_that_was_shown_lately(known: Served) -> None:
    who = known.browser("administrator")
    session = known.office.sessions.list(known.office.clock(), known.people["administrator"].id)[0]
    known.office.sessions._database.change(
        "UPDATE session SET proved_at = ? WHERE name = ?", "2020-01-01T00:00:00.000000Z", session.name
    )
    answer = who.get(f"{known.origin}/people", timeout=30, allow_redirects=False)
    assert answer.headers["Location"] == "/prove?next=/people"
    form = {"name": "X", "sign_in_name": "x", "role": "administrator"}
    assert who.post(f"{known.origin}/people/add", form, timeout=30, allow_redirects=False).status_code == 303
    assert known.office.store.person_named("x") is None
    known.office.account_tries.forget(f"{known.people['administrator'].id} 127.0.0.0/24")
    again = who.post(
        f"{known.origin}/prove", {"password": PASSWORD, "next": "/people"}, timeout=30, allow_redirects=False
    )
    assert again.headers["Location"] == "/people"
    assert with_cookie(known, again).get(f"{known.origin}/people", timeout=30, allow_redirects=False).status_code == 200
    gone = who.get(f"{known.origin}/people", timeout=30, allow_redirects=False)
    assert gone.headers["Location"] == "/sign-in?next=%2Fpeople", "the id of before opens nothing"


def test_a_link_on_the_machine_works_once(known: Served) -> None:
    secret = known.office.store.make_link(
        known.people["manager"].id, "sign_in", known.office.clock(), timedelta(hours=1)
    )
    address = f"{known.origin}/sign-in/link/{secret}"
    for _ in range(2):  # looking at it uses nothing up
        assert known.browser().get(address, timeout=30).status_code == 200
    opened = known.browser().post(address, timeout=30, allow_redirects=False)
    assert (opened.status_code, opened.headers["Location"]) == (303, "/")
    assert known.browser().post(address, timeout=30).status_code == 403
    assert known.journalled()[-1][1]["why"] == "sign_in"
    late = known.office.store.make_link(known.people["manager"].id, "sign_in", AT, timedelta(hours=1))
    assert known.browser().post(f"{known.origin}/sign-in/link/{late}", timeout=30).status_code == 403


def test_tries_are_counted_by_account_and_network_and_nobody_is_locked_out_from_elsewhere(known: Served) -> None:
    entrance = Entrance(known.office)
    here, there = Visitor("198.51.100.7", "tests"), Visitor("203.0.113.7", "tests")
    for _ in range(5):
        with pytest.raises(SignInError):
            entrance.by_password("carl", "wrong", "", here)
    with pytest.raises(TooManyTriesError) as told:
        entrance.by_password("carl", PASSWORD, "", here)
    assert 0 < told.value.seconds <= 12
    assert entrance.by_password("carl", PASSWORD, "", there).full


def test_buckets_are_refilled_by_time_and_forget_the_oldest() -> None:
    limits = TryLimits(5)
    for _ in range(5):
        limits.take("a", AT)
    with pytest.raises(TooManyTriesError):
        limits.take("a", AT + timedelta(seconds=11))
    limits.take("a", AT + timedelta(seconds=13))
    limits.take("b", AT)
    assert network_of("2001:db8:1:2:3::4") == "2001:db8:1::/56"
    assert network_of("::ffff:192.0.2.77") == network_of("192.0.2.1") == "192.0.2.0/24"


def test_sessions_run_out(tmp_path: Path) -> None:
    store = SessionRegister(tmp_path / "sessions.db")
    secret, row = store.begin("p-1", "password", AT, full=True, network="n", agent="a")
    assert store.find(secret, AT + IDLE - timedelta(seconds=1)) is not None
    at = AT
    while at < AT + LONGEST:  # used all the time
        found = store.find(secret, at)
        assert found is not None
        at += timedelta(minutes=20)
    assert store.find(secret, AT + LONGEST) is None
    other, _ = store.begin("p-1", "password", AT, full=True, network="n", agent="a")
    assert store.find(other, AT + IDLE) is None
    kept, _ = store.begin("p-1", "password", AT, full=False, network="n", agent="a")
    for _ in range(25):
        store.begin("p-1", "password", AT + timedelta(minutes=1), full=True, network="n", agent="a")
    assert len(store.list(AT + timedelta(minutes=2), "p-1")) == 20
    assert store.find(kept, AT + timedelta(minutes=2)) is None
    assert row.name not in secret
    assert secret.encode() not in (tmp_path / "sessions.db").read_bytes()
    store.close()


def test_half_a_sign_in_is_no_visit(tmp_path: Path) -> None:
    """A password without the second factor that the account needs: whoever gave it has seen nothing."""
    store = SessionRegister(tmp_path / "sessions.db")

    def begin(hours: int, *, full: bool) -> tuple[str, str]:
        secret, row = store.begin("p-1", "password", AT + timedelta(hours=hours), full=full, network="n", agent="a")
        return secret, row.name

    first = begin(0, full=True)[1]
    assert store.visited_before(first) is None
    secret, half = begin(1, full=False)
    assert store.find(secret, AT + timedelta(hours=1, minutes=2)) is not None
    assert store.last_used("p-1") == AT and store.visited_before(half) is None
    second = begin(2, full=True)[1]
    assert store.visited_before(second) == AT
    assert store.renew(half, "password_totp", AT + timedelta(hours=3), full=True) is not None
    assert store.visited_before(half) == AT + timedelta(hours=2), "it is a visit from now on"
    assert store.last_used("p-1") == AT + timedelta(hours=3)
    assert store.renew(half, "passkey", AT + timedelta(hours=4), full=True) is not None
    assert store.visited_before(half) == AT + timedelta(hours=2), "a secret that is shown again begins no other visit"
    assert store.renew("s-none", "passkey", AT, full=True) is None
    store.close()


def test_a_file_of_accounts_that_others_may_read_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    SessionRegister(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        SessionRegister(path)


@pytest.mark.parametrize(
    "typed, ok",
    [("{code}", True), (" {code} ", True), ("{code}0", False), ("000000", False), ("", False), ("٠١٢٣٤٥", False)],
)
def test_codes_are_six_digits_of_now(typed: str, ok: bool) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    code = pyotp.TOTP(secret).at(AT)
    assert (matching_step(secret, typed.format(code=code), AT) is not None) is ok
    assert (matching_step(secret, code, AT + timedelta(seconds=29)) is not None) is True
    assert matching_step(secret, code, AT + timedelta(seconds=61)) is None


def test_roles_that_do_not_go_together() -> None:
    assert why_roles_conflict(["manager", "analyst"]) == ""
    for roles in ([], ["king"], ["administrator", "analyst"], ["counsel", "manager"]):
        assert why_roles_conflict(roles)


def test_accounts_that_differ_from_what_was_granted_are_told(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        accounts = Accounts(site.office.store, site.office.sessions, site.office.journal)
        assert accounts.disagreements() == []
        site.office.store.database.change(
            "UPDATE person SET roles = 'manager', scope = ? WHERE id = ?",
            '{"everybody": true, "contracts": [], "deployments": [], "case": "", "since": null, "until": null}',
            site.people["counsel"].id,
        )
        assert len(accounts.disagreements()) == 1
        assert "other roles" in site.browser("administrator").get(f"{site.origin}/people", timeout=30).text
        who = site.browser("analyst")
        for _ in range(3):
            who.get(f"{site.origin}/", timeout=30)
        views = site.workspace.views
    roots = [body for kind, body in site.journalled() if body.get("action") == "views"]
    assert [body["lines"] for body in roots] == [4]
    from auditor.model.events import ViewsSealed

    sealed = [ViewsSealed.parse(body) for body in roots]
    assert check_view_log(views, sealed) == 4
    whole = views.read_bytes()
    for altered in (whole.replace(b"overview", b"overviex", 1), b"".join(whole.splitlines(True)[:3]), b""):
        views.write_bytes(altered)
        with pytest.raises(Exception, match=r"views\.jsonl"):
            check_view_log(views, sealed)


def test_bundles_ask_for_a_secret_that_was_shown_lately(known: Served) -> None:
    who = known.browser("manager")
    session = known.office.sessions.list(known.office.clock(), known.people["manager"].id)[0]
    known.office.sessions._database.change(
        "UPDATE session SET proved_at = ? WHERE name = ?", "2020-01-01T00:00:00.000000Z", session.name
    )
    lines = len(known.journalled())
    for path, form in (("/bundles", {"contract": "AG-7"}), ("/bundles/any/zip", {})):
        answer = who.post(known.origin + path, form, timeout=30, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/prove?next=/bundles"), path
    assert len(known.journalled()) == lines
    assert who.get(f"{known.origin}/bundles", timeout=30).status_code == 200


def test_a_view_that_cannot_be_written_whole_leaves_no_trace(tmp_path: Path) -> None:
    """A file that may grow no further takes part of a line, as a full disk does."""
    path = tmp_path / "views.jsonl"
    log = ViewLog(path)
    view = PageView("p-1", "s-1", "overview", "")
    log.write(view, AT)
    whole = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, limits[1]))
    try:
        with pytest.raises(VaultError, match="cannot be written whole"):
            log.write(view, AT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == whole
    with path.open("ab") as stream:
        stream.write(b'{"at": "half')  # of a line that could not be taken away then
    log.write(view, AT)
    log.close()
    assert check_view_log(path, []) == 2
    ViewLog(path).close()
