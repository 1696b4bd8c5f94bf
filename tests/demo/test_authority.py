"""Each behaviour yields bytes with the intended property, checked with the `openssl` program."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from auditor.demo import ANY_PORT, BEHAVIOURS, POLICY, Behaviour, DemoEnvironment
from auditor.demo.der import elements

DATA = "四个分馆".encode()
QUERY_TYPE = "application/timestamp-query"


def openssl(*arguments: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *map(str, arguments)], input=given, capture_output=True, check=False, timeout=60)


def query(digest: str = "sha256", data: bytes = DATA) -> bytes:
    value = hashlib.new(digest, data).hexdigest()
    return openssl("ts", "-query", "-digest", value, f"-{digest}", "-cert").stdout


def post(url: str, body: bytes, *, timeout: float = 30) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(url, data=body, headers={"Content-Type": QUERY_TYPE}, timeout=timeout)


class Desk:
    """Asks practice-a under a behaviour, and verifies with practice-a's root."""

    def __init__(self, world: DemoEnvironment, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.query = query()

    def ask(self, behaviour: Behaviour, body: bytes | None = None) -> bytes:
        self.world.authority_behaves("practice-a", behaviour)
        response = post(self.world.authorities["practice-a"], body or self.query)
        assert response.status_code == 200, response.text
        assert response.headers["Content-Type"] == "application/timestamp-reply"
        return response.content

    def verify(
        self, response: bytes, *options: str | Path, asked: bytes | None = None, root: str = "practice-a"
    ) -> str:
        """What `openssl ts -verify` says: `OK`, or its last error."""
        (self.folder / "q.tsq").write_bytes(asked or self.query)
        (self.folder / "r.tsr").write_bytes(response)
        files = ("-queryfile", self.folder / "q.tsq", "-in", self.folder / "r.tsr")
        done = openssl("ts", "-verify", *files, "-CAfile", self.world.roots[root], *options)
        return "OK" if done.returncode == 0 else done.stderr.decode()

    def text(self, response: bytes) -> str:
        (self.folder / "t.tsr").write_bytes(response)
        done = openssl("ts", "-reply", "-in", self.folder / "t.tsr", "-text")
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    def cms(self, response: bytes) -> str:
        (self.folder / "c.tsr").write_bytes(response)
        token = openssl("ts", "-reply", "-in", self.folder / "c.tsr", "-token_out").stdout
        return openssl("cms", "-cmsout", "-print", "-inform", "DER", "-noout", given=token).stdout.decode()

    def certificates(self, response: bytes) -> list[bytes]:
        """The embedded certificates, encoded, in their order."""
        content = elements(elements(elements(response)[0].body)[1].body)[1]
        signed = elements(elements(content.body)[0].body)
        return [one.whole for part in signed if part.tag == 0xA0 for one in elements(part.body)]


@pytest.fixture
def desk(world: DemoEnvironment, tmp_path: Path) -> Desk:
    return Desk(world, tmp_path)


def about(certificate: bytes, *what: str) -> str:
    return openssl("x509", "-inform", "DER", "-noout", *what, given=certificate).stdout.decode()


def test_honest_token_verifies_and_says_what_it_is(desk: Desk) -> None:
    response = desk.ask("honest")
    text, cms = desk.text(response), desk.cms(response)
    assert desk.verify(response) == "OK"
    assert f"Policy OID: {POLICY}" in text
    assert "Accuracy: 0x01 seconds" in text and "Status: Granted." in text
    assert "PRACTICE TSA usual - Practice Authority A (demo)" in text
    assert "signingCertificateV2" in cms and "id-smime-aa-signingCertificate " not in cms
    (certificate,) = desk.certificates(response)
    assert "Time Stamping" in about(certificate, "-ext", "extendedKeyUsage")
    assert "critical" in about(certificate, "-ext", "extendedKeyUsage")


def test_the_two_authorities_have_different_roots_and_names(desk: Desk) -> None:
    other = post(desk.world.authorities["practice-b"], desk.query).content
    assert desk.verify(other, root="practice-b") == "OK"
    assert "unable to get local issuer certificate" in desk.verify(other)
    assert "Practice Authority B (demo)" in desk.text(other)


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_digests(desk: Desk, digest: str) -> None:
    asked = query(digest)
    response = desk.ask("honest", asked)
    assert f"Hash Algorithm: {digest}" in desk.text(response)
    assert desk.verify(response, asked=asked) == "OK"


def test_an_unaccepted_digest_is_rejected_by_openssl_itself(desk: Desk) -> None:
    text = desk.text(desk.ask("honest", query("sha1")))
    assert "Status: Rejected." in text and "unrecognized or unsupported algorithm" in text


def test_serials_never_repeat_under_concurrency(desk: Desk) -> None:
    def stamp(name: str) -> str:
        text = desk_text(post(desk.world.authorities[name], desk.query).content)
        found = re.search(r"Serial number: (\w+)", text)
        assert found is not None
        return name + found.group(1)

    def desk_text(response: bytes) -> str:
        return openssl("ts", "-reply", "-in", "/dev/stdin", "-text", given=response).stdout.decode()

    with ThreadPoolExecutor(16) as pool:
        serials = list(pool.map(stamp, ["practice-a", "practice-b"] * 20))
    assert len(set(serials)) == 40


REFUSED: dict[Behaviour, str] = {
    "wrong_nonce": "nonce mismatch",
    "wrong_imprint": "message imprint mismatch",
    "foreign_token": "unable to get local issuer certificate",
    "foreign_root": "self-signed certificate in certificate chain",
    "expired_signer": "certificate has expired",
    "no_timestamping_usage": "unsuitable certificate purpose",
    "no_certificates": "signer certificate not found",
    "rejected": "no time stamp token",
}
ACCEPTED: tuple[Behaviour, ...] = (
    "ec_key",
    "sha384",
    "fraction_of_a_second",
    "extra_certificates",
    "unsorted_certificates",
    "granted_with_mods",
)


@pytest.mark.parametrize(("behaviour", "reason"), REFUSED.items())
def test_refused_for_the_intended_reason(desk: Desk, behaviour: Behaviour, reason: str) -> None:
    assert reason in desk.verify(desk.ask(behaviour))


@pytest.mark.parametrize("behaviour", ACCEPTED)
def test_unusual_and_right(desk: Desk, behaviour: Behaviour) -> None:
    assert desk.verify(desk.ask(behaviour)) == "OK"


def test_every_behaviour_is_covered_here() -> None:
    others = {"honest", "unavailable", "html", "hang", "drop", "truncated", "replay"}
    assert set(BEHAVIOURS) == others | set(REFUSED) | set(ACCEPTED)


def test_wrong_answers_are_wrong_in_one_thing_only(desk: Desk) -> None:
    plain = desk.text(desk.ask("honest"))
    nonce, imprint = desk.text(desk.ask("wrong_nonce")), desk.text(desk.ask("wrong_imprint"))
    of = re.compile(r"Nonce: (\w+)").findall
    dump = re.compile(r"^    00.0 - ([0-9a-f -]+)", re.MULTILINE).findall
    assert of(nonce) != of(plain) == of(imprint)
    assert dump(nonce) == dump(plain) != dump(imprint)


def test_foreign_token_verifies_under_the_other_root(desk: Desk) -> None:
    assert desk.verify(desk.ask("foreign_token"), root="practice-b") == "OK"


def test_foreign_root_embeds_itself(desk: Desk) -> None:
    certificates = desk.certificates(desk.ask("foreign_root"))
    names = [about(one, "-subject", "-issuer").splitlines() for one in certificates]
    rooted = [subject for subject, issuer in names if subject.split("=", 1)[1] == issuer.split("=", 1)[1]]
    assert len(certificates) == 2 and len(rooted) == 1 and "Stray Root" in rooted[0]


def test_expired_signer_was_valid_once(desk: Desk) -> None:
    response = desk.ask("expired_signer")
    (certificate,) = desk.certificates(response)
    assert "notAfter=Jan  1 00:00:00 2021 GMT" in about(certificate, "-dates")
    assert "signingCertificateV2" in desk.cms(response)


def test_signer_without_usage(desk: Desk) -> None:
    (certificate,) = desk.certificates(desk.ask("no_timestamping_usage"))
    assert "Time Stamping" not in about(certificate, "-text")


def test_keys_and_digests(desk: Desk) -> None:
    (usual,) = desk.certificates(desk.ask("honest"))
    (curve,) = desk.certificates(desk.ask("ec_key"))
    assert "2048 bit" in about(usual, "-text") and "prime256v1" in about(curve, "-text")
    assert "ecdsa-with-SHA384" in desk.cms(desk.ask("sha384"))


def test_certificate_orders(desk: Desk) -> None:
    extra, unsorted = (desk.certificates(desk.ask(name)) for name in ("extra_certificates", "unsorted_certificates"))
    assert len(extra) == len(unsorted) == 2
    assert extra == sorted(extra) and unsorted != sorted(unsorted)


def test_no_certificates(desk: Desk) -> None:
    assert desk.certificates(desk.ask("no_certificates")) == []


def test_granted_with_modifications(desk: Desk) -> None:
    assert "Status: Granted with modifications." in desk.text(desk.ask("granted_with_mods"))


def test_rejection_has_a_reason_and_no_token(desk: Desk) -> None:
    text = desk.text(desk.ask("rejected"))
    assert "Status: Rejected." in text and "quota exceeded" in text and "TST info:\nNot included." in text


def test_replay_is_the_earlier_response(desk: Desk) -> None:
    first = desk.ask("honest")
    later = query(data=b"another")
    assert desk.ask("replay", later) == first
    assert "mismatch" in desk.verify(first, asked=later)


def test_replay_without_an_earlier_response_is_for_another_digest(tmp_path: Path) -> None:
    with DemoEnvironment(ports=ANY_PORT, state_dir=tmp_path / "state") as world:
        fresh = Desk(world, tmp_path)
        assert "mismatch" in fresh.verify(fresh.ask("replay"))


def test_html_with_status_200(desk: Desk) -> None:
    desk.world.authority_behaves("practice-a", "html")
    response = post(desk.world.authorities["practice-a"], desk.query)
    assert response.status_code == 200 and response.headers["Content-Type"].startswith("text/html")


def test_unavailable(desk: Desk) -> None:
    desk.world.authority_behaves("practice-a", "unavailable")
    assert post(desk.world.authorities["practice-a"], desk.query).status_code == 503


def test_hang(desk: Desk) -> None:
    desk.world.authority_behaves("practice-a", "hang")
    with pytest.raises(requests.ReadTimeout):
        post(desk.world.authorities["practice-a"], desk.query, timeout=0.3)


@pytest.mark.parametrize(("behaviour", "what"), [("drop", "reset by peer"), ("truncated", "IncompleteRead")])
def test_broken_connections(desk: Desk, behaviour: Behaviour, what: str) -> None:
    desk.world.authority_behaves("practice-a", behaviour)
    with pytest.raises(requests.RequestException, match=what):
        post(desk.world.authorities["practice-a"], desk.query)


@pytest.mark.parametrize(
    "body", [b"", b"0", b"\x30\x80", b"\x30\x03\x02\x01\x01", b"\x30\x84\xff\xff\xff\xff", b"{}" * 9]
)
def test_what_is_no_query_is_refused_in_one_line(desk: Desk, body: bytes) -> None:
    response = post(desk.world.authorities["practice-a"], body)
    assert response.status_code == 400 and len(response.text.splitlines()) == 1


def test_another_media_type_is_refused(desk: Desk) -> None:
    with requests.Session() as session:
        assert session.post(desk.world.authorities["practice-a"], data={"a": "b"}, timeout=5).status_code == 415


def test_it_says_that_it_is_for_practice(desk: Desk) -> None:
    with requests.Session() as session:
        assert "PRACTICE" in session.get(desk.world.authorities["practice-a"], timeout=5).text


def test_nothing_is_left_in_the_key_folder(desk: Desk) -> None:
    desk.ask("honest")
    desk.ask("expired_signer")
    folder = desk.world.roots["practice-a"].parent
    assert [entry.name for entry in folder.iterdir() if entry.name.startswith(".")] == []
    assert {entry.stat().st_mode & 0o077 for entry in folder.glob("*.key")} == {0}


def test_unknown_behaviour_is_refused(world: DemoEnvironment) -> None:
    refuse: Callable[[str, str], None] = world.authority_behaves  # type: ignore[assignment]
    with pytest.raises(ValueError, match="expected one of"):
        refuse("practice-a", "wrong_nonse")
