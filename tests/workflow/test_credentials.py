"""Secrets by reference, from real files, programs and credentials folders; what is missing says why, and never what."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path

import keyring
import pytest
from click.testing import CliRunner
from keyring.backends import fail
from keyrings.alt.file import PlaintextKeyring

from auditor.cli import group
from auditor.errors import CredentialError
from auditor.model.targets.secret_references import SecretReference, parse_reference
from auditor.targets import find_problems, load_with_warnings
from auditor.workflow.credentials.lookup import Credentials
from auditor.workflow.credentials.sources import MAX_BYTES, SecretPlaces, read_secret
from auditor.workflow.logs import OneLineFormatter
from tests.certificates import self_signed

WORD = "pa55 wörd of a vault"
TARGETS = """format: 1
timezone: UTC
currency: CNY
parties: {v: {name: V, role: licensor}}
products: {p: {name: P, metrics: [{id: seat, label: seat}], editions: {}}}
contracts: []
logins:
  kept: {path: /login, username_env: WAY_USER, password_from: "file:word"}
  told: {path: /login, username_env: WAY_USER, password_from: "command:cat told"}
deployments:
  one: {address: "https://one.example/", pages: [seats], login: kept, access: {kind: own_account, reference: r}}
  two: {address: "https://two.example/", pages: [seats], login: told, access: {kind: own_account, reference: r}}
  six: {address: "https://six.example/", pages: [seats], login: kept, access: {kind: own_account, reference: r}}
pages:
  seats: {path: /seats, fields: {used: {labels: [Seats in use]}}}
"""


def kept(path: Path, text: str = WORD + "\n", mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def had(reference: str, folder: Path, seconds: float = 20.0, **environment: str) -> str | None:
    parsed = parse_reference(reference)
    assert parsed is not None
    return read_secret(parsed, SecretPlaces({"PATH": "/usr/bin:/bin", **environment}, folder, seconds))


def refused(reference: str, folder: Path, seconds: float = 20.0, **environment: str) -> str:
    with pytest.raises(CredentialError) as error:
        had(reference, folder, seconds, **environment)
    assert WORD not in str(error.value) and reference in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("LIB_PASSWORD", "LIB_PASSWORD"),
        ("env:LIB_PASSWORD", "LIB_PASSWORD"),
        ("file:/run/secrets/lib", "file:/run/secrets/lib"),
        ("keyring:auditor/libnet", "keyring:auditor/libnet"),
        ("command:pass show 'lib net/auditor'", "command:pass show 'lib net/auditor'"),
        ("systemd:lib-password", "systemd:lib-password"),
        ("hunter2!", None),
        ("vault:lib", None),
        ("env:lib", None),
        ("keyring:auditor", None),
        ("systemd:../lib", None),
        ("command:pass 'show", None),
        ("file:", None),
        ("file:a\nb", None),
    ],
)
def test_a_place_is_told_from_a_secret(text: str, canonical: str | None) -> None:
    found = parse_reference(text)
    assert (str(found) if found else None) == canonical
    assert found is None or parse_reference(str(found)) == found


def test_each_place_gives_its_secret(tmp_path: Path) -> None:
    kept(tmp_path / "word")
    assert had("WAY", tmp_path, WAY=WORD) == WORD
    assert had("WAY", tmp_path) is None
    assert had("file:word", tmp_path) == WORD
    assert had("systemd:word", tmp_path, CREDENTIALS_DIRECTORY=str(tmp_path)) == WORD
    assert had("command:cat word", tmp_path) == WORD


def test_a_file_that_others_can_read_is_no_secret(tmp_path: Path) -> None:
    kept(tmp_path / "word", mode=0o640)
    assert "mode 0640" in refused("file:word", tmp_path)
    assert "mode 0640" in refused("systemd:word", tmp_path, CREDENTIALS_DIRECTORY=str(tmp_path))
    assert "No such file" in refused("file:none", tmp_path)
    assert "not a file" in refused("file:.", tmp_path)
    kept(tmp_path / "empty", "\n")
    assert "empty" in refused("file:empty", tmp_path)
    kept(tmp_path / "large", "x" * (MAX_BYTES + 1))
    assert "larger" in refused("file:large", tmp_path)
    assert "LoadCredential=word" in refused("systemd:word", tmp_path)


def test_a_command_is_bounded_and_started_without_a_shell(tmp_path: Path) -> None:
    kept(tmp_path / "word")
    assert had("command:echo $HOME;id", tmp_path) == "$HOME;id"
    assert "ended with 1" in refused("command:cat none", tmp_path)
    assert "not on the PATH" in refused("command:no-such-program", tmp_path)
    assert "printed more than" in refused("command:yes", tmp_path)
    assert "nothing within 0.3 s" in refused("command:sleep 30", tmp_path, 0.3)
    assert "ended with 1" in refused("command:printenv AUDITOR_KEY_PASSPHRASE", tmp_path, AUDITOR_KEY_PASSPHRASE=WORD)


def test_the_keyring_is_asked_or_said_to_be_missing(tmp_path: Path) -> None:
    said = refused("keyring:auditor/libnet", tmp_path)
    assert "keyring" in said.split(": ", 1)[1] and SecretReference("keyring", "a/b/c").entry == ("a/b", "c")


def test_a_keyring_gives_what_it_keeps_and_says_why_it_gives_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keyring of the library's own, in a file; it stands for the desktop's, which a test has not."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    before = keyring.get_keyring()
    try:
        keyring.set_keyring(PlaintextKeyring())
        assert "keyring set auditor/libnet robot" in refused("keyring:auditor/libnet/robot", tmp_path)
        keyring.set_password("auditor/libnet", "robot", WORD)
        assert had("keyring:auditor/libnet/robot", tmp_path) == WORD
        keyring.set_password("auditor/libnet", "robot", "second")
        assert had("keyring:auditor/libnet/robot", tmp_path) == "second"
        keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
        assert "gave nothing (NoKeyringError)" in refused("keyring:auditor/libnet/robot", tmp_path)
    finally:
        keyring.set_keyring(before)
    assert [path.name for path in tmp_path.rglob("*.cfg")], "it was kept where it was said to be"


def test_what_was_had_is_hidden_in_every_line(tmp_path: Path) -> None:
    kept(tmp_path / "word", "a-secret-of-a-file")
    assert Credentials(tmp_path, {"file:word"})("file:word") == "a-secret-of-a-file"
    record = logging.LogRecord("auditor.x", logging.INFO, __file__, 1, "sent a-secret-of-a-file", (), None)
    assert OneLineFormatter().format(record).endswith("sent [hidden]")


def test_check_says_which_secrets_are_missing_and_visits_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    kept(tmp_path / "word")
    monkeypatch.setenv("WAY_USER", "auditor")
    asked = ["--workspace", str(tmp_path), "check", "--logins"]
    said = CliRunner().invoke(group, asked)
    assert said.exit_code == 2
    assert "password from file:word (one, six): found" in said.output
    assert "password from command:cat told (two): missing: command:cat told: cat ended with 1" in said.output
    assert "3 secrets, 1 missing; nothing was visited" in said.output and WORD not in said.output
    kept(tmp_path / "told")
    told = CliRunner().invoke(group, [*asked, "--json"])
    assert told.exit_code == 0 and WORD not in told.output
    assert [(one["reference"], one["found"]) for one in json.loads(told.output)] == [
        ("WAY_USER", True),
        ("file:word", True),
        ("command:cat told", True),
    ]


def test_both_spellings_of_a_place_are_read_and_not_both_at_once(tmp_path: Path) -> None:
    path = tmp_path / "targets.yaml"
    path.write_text(TARGETS, encoding="utf-8")
    estate, _ = load_with_warnings(path)
    assert (estate.logins["kept"].username, estate.logins["kept"].password) == ("WAY_USER", "file:word")
    path.write_text(TARGETS.replace('from: "file:word"', 'from: "file:word", password_env: P'), encoding="utf-8")
    assert "D12" in {problem.code for problem in find_problems(path)}
    path.write_text(TARGETS.replace('"file:word"', '"hunter2!"'), encoding="utf-8")
    found = [str(problem) for problem in find_problems(path) if problem.code == "D05"]
    assert len(found) == 1 and "hunter2" not in found[0]


WAYS = """
  app: {address: "https://app.example/", pages: [seats], login: {by: person, path: /}, access: {kind: own_account,
    reference: r}}
  api: {address: "https://api.example/", pages: [api], access: {kind: own_account, reference: r},
    bearer_from: "file:token", headers_from: {X-Seat: WAY_KEY},
    client_certificate: {certificate_from: "file:cert", key_from: "file:key"},
    proxy: {address: "socks5://proxy.example:1080", username_from: WAY_USER, password_from: "file:word"}}
pages:
  api: {path: /api, method: http, fields: {used: {pointer: /used}}}
"""


def test_check_knows_every_way_in_and_tells_when_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "targets.yaml").write_text(TARGETS.replace("\npages:\n", WAYS), encoding="utf-8")
    assert [str(one) for one in find_problems(tmp_path / "targets.yaml") if one.severity == "error"] == []
    self_signed(tmp_path / "cert", "client")
    (tmp_path / "cert").chmod(0o600)
    claims = base64.urlsafe_b64encode(b'{"exp": 1767225600}').decode().rstrip("=")
    kept(tmp_path / "token", f"eyJhbGciOiJub25lIn0.{claims}.c2ln")
    kept(tmp_path / "key", "-----BEGIN PRIVATE KEY-----")
    kept(tmp_path / "word")
    monkeypatch.setenv("WAY_USER", "auditor")
    said = CliRunner().invoke(group, ["--workspace", str(tmp_path), "check", "--logins", "--json"])
    assert said.exit_code == 2
    found = {one["reference"]: one for one in json.loads(said.output)}
    assert found["file:token"]["problem"] == "ended on 2026-01-01 00:00 UTC"
    assert found["file:cert"]["found"] and found["file:cert"]["ends"]
    assert found["sign-in app"]["problem"] == "none is kept; run: auditor sign-in app"
    assert found["WAY_KEY"]["uses"] == ["header"] and not found["WAY_KEY"]["found"]
    assert set(found["file:word"]["uses"]) == {"password", "proxy_password"}
