"""What each answer of an authority is worth, and tokens that nobody here made."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from auditor import custody
from auditor.clock import monotonic, now
from auditor.custody.timestamps import client, messages, token_checks
from auditor.custody.timestamps.token_checks import TimeWindow, TokenCheck
from auditor.custody.timestamps.trust_anchors import PinnedAuthority
from auditor.demo.authority import Behaviour
from auditor.demo.der import TimestampQuery
from auditor.errors import ConfigError
from auditor.model.evidence import Authority
from auditor.model.ports import TimestampAnswer
from tests.custody.practice_authorities import QUICK, Authorities

DATA = b'{"format":"auditor.manifest/1"}'
ANY = TimeWindow(None, None)

# Behaviour, the verdict it ends in, the check that failed, and a word of the reason or of who verified it.
CASES: list[tuple[Behaviour, str, str, str]] = [
    ("honest", "verified", "", "rfc3161-client"),
    ("unavailable", "absent", "token.absent", "503"),
    ("html", "absent", "token.absent", "web page"),
    ("hang", "absent", "token.absent", "no answer"),
    ("drop", "absent", "token.absent", "no answer"),
    ("truncated", "absent", "token.absent", "no answer"),
    ("wrong_nonce", "refused", "token.nonce", "nonce"),
    ("wrong_imprint", "refused", "token.imprint", "the token is over"),
    ("foreign_token", "refused", "token.chain", "pinned root of alpha"),
    ("replay", "refused", "token.imprint|token.nonce", ""),
    ("expired_signer", "refused", "token.chain", "was valid"),
    ("no_timestamping_usage", "refused", "token.usage", "extended key usage"),
    ("ec_key", "verified", "", "rfc3161-client"),
    ("sha384", "verified", "", "rfc3161-client"),
    ("fraction_of_a_second", "verified", "", "rfc3161-client"),
    ("extra_certificates", "verified", "", "rfc3161-client"),
    ("unsorted_certificates", "verified", "", "openssl"),
    ("no_certificates", "refused", "token.signer", "neither in the token"),
    ("granted_with_mods", "refused", "token.status", "grantedWithMods"),
    ("foreign_root", "refused", "token.chain", "pinned root of alpha"),
    ("rejected", "refused", "token.status", "rejection"),
]


@pytest.mark.parametrize(("behaviour", "status", "check", "word"), CASES, ids=[case[0] for case in CASES])
def test_each_behaviour_ends_as_documented(
    stamps: Authorities, behaviour: Behaviour, status: str, check: str, word: str
) -> None:
    stamps.behave(behaviour)
    first, second = custody.request_timestamps(DATA, custody.http_authorities(stamps.pinned(), QUICK))
    assert first.verdict.status == status, first.verdict
    assert first.failed_check in check.split("|"), first.verdict
    assert word in (first.verdict.verified_by or first.verdict.why)
    assert second.verdict.status == "verified", "the other authority is not concerned"
    assert first.verdict.practice
    assert bool(first.response) == (status != "absent"), "a token is kept whatever it is worth"


def test_a_time_with_a_fraction_of_a_second_is_taken_with_it(stamps: Authorities) -> None:
    """RFC 3161 section 2.4.2. One that ends in nought is a whole second: three such in a row would be a wonder."""
    times: list[datetime] = []
    for _ in range(3):
        stamps.behave("fraction_of_a_second")
        answer, _other = custody.request_timestamps(DATA, custody.http_authorities(stamps.pinned(), QUICK))
        assert answer.verdict.status == "verified" and answer.verdict.gen_time is not None
        times.append(answer.verdict.gen_time)
    assert any(at.microsecond for at in times), times


def test_unsorted_certificates_are_verified_by_openssl_and_say_so(stamps: Authorities) -> None:
    stamps.behave("unsorted_certificates")
    verdict = custody.request_timestamps(DATA, custody.http_authorities(stamps.pinned(), QUICK))[0].verdict
    assert verdict.verified_by.startswith("openssl 3")
    assert "cannot decode it" in verdict.verified_by
    assert "InvalidSetOrdering" in verdict.verified_by


def test_a_machine_that_cannot_run_openssl_calls_no_token_bad(
    stamps: Authorities, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = custody.request_timestamps(DATA, custody.http_authorities(stamps.pinned(), QUICK))[0]
    asked = (token_checks.digest_function(DATA), answer.request, answer.response, stamps.pinned()[0], ANY)
    assert token_checks.check_token(*asked, cross=True).check == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = token_checks.check_token(*asked, cross=True)
    assert found.check == token_checks.NOT_MADE and "could not be run" in found.verdict.why


def test_a_pinned_signer_serves_for_a_token_without_certificates(stamps: Authorities) -> None:
    stamps.behave("no_certificates")
    pinned = stamps.pinned()[0]
    signer = stamps.one.ring.signer().certificate.read_bytes()
    asked = custody.http_authorities([custody.pin_authority(pinned.authority, pinned.pem + signer)], QUICK)
    verdict = custody.request_timestamps(DATA, asked)[0].verdict
    assert verdict.status == "verified"


def test_a_policy_that_is_not_accepted_is_refused(stamps: Authorities) -> None:
    answer = custody.request_timestamps(DATA, custody.http_authorities(stamps.pinned(policies=("1.2.3",)), QUICK))[0]
    assert (answer.verdict.status, answer.failed_check) == ("refused", "token.policy")
    loose = custody.request_timestamps(DATA, custody.http_authorities(stamps.pinned(policies=()), QUICK))[0]
    assert any("any policy is accepted" in note for note in loose.verdict.notes)


@pytest.mark.parametrize("gap", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_time_far_from_the_local_clock_is_refused(stamps: Authorities, gap: timedelta) -> None:
    asked = custody.http_authorities(stamps.pinned(), QUICK)
    answer = custody.request_timestamps(DATA, asked, at=lambda: now() + gap)[0]
    assert answer.failed_check == "token.time"


def test_an_address_where_nobody_listens(stamps: Authorities) -> None:
    pinned = replace(stamps.pinned()[0], authority=Authority("dead", "http://127.0.0.1:1/", "Nobody", ""))
    verdict = custody.request_timestamps(DATA, custody.http_authorities([pinned], QUICK))[0].verdict
    assert (verdict.status, verdict.why) == ("absent", "no answer: ConnectionError")


def test_one_authority_that_hangs_keeps_no_other_waiting(stamps: Authorities) -> None:
    """A visit waits for its timestamp: the first that verifies is enough, and one that does not is never given."""
    asked = custody.http_authorities(stamps.pinned(), QUICK)
    stamps.behave("hang")
    before = monotonic()
    answer = custody.request_first_timestamp(DATA, asked)
    assert answer is not None and answer.verdict.authority == "beta"
    assert monotonic() - before < QUICK.read, "the one that hangs was waited for"
    stamps.behave("wrong_nonce")
    assert custody.request_first_timestamp(DATA, asked[:1]) is None
    assert custody.request_first_timestamp(DATA, ()) is None


def _judge(
    answer: TimestampAnswer,
    pinned: PinnedAuthority,
    response: bytes,
    request: bytes | None = None,
    data: bytes = DATA,
) -> TokenCheck:
    return token_checks.check_token(
        token_checks.digest_function(data), request or answer.request, response, pinned, ANY
    )


def test_no_changed_byte_of_what_is_signed_is_accepted_and_none_raises(stamps: Authorities) -> None:
    answer = custody.request_timestamps(DATA, custody.http_authorities(stamps.pinned()[:1], QUICK))[0]
    accepted = 0
    for place in range(0, len(answer.response), 7):
        altered = bytearray(answer.response)
        altered[place] ^= 0x04
        found = _judge(answer, stamps.pinned()[0], bytes(altered))
        if found.verdict.status == "verified":
            accepted += 1
            assert found.verdict.gen_time == answer.verdict.gen_time, place
    assert accepted < 30, "only bytes that no signature covers may be accepted here; the journal's digest catches those"


@pytest.mark.parametrize("cut", [0, 1, 5, 100, -1])
def test_a_truncated_or_longer_response_is_refused(stamps: Authorities, cut: int) -> None:
    answer = custody.request_timestamps(DATA, custody.http_authorities(stamps.pinned()[:1], QUICK))[0]
    response = answer.response[:cut] if cut >= 0 else answer.response + b"\x00"
    assert _judge(answer, stamps.pinned()[0], response).check == "token.form"


def test_a_request_for_another_file_is_told(stamps: Authorities) -> None:
    answer = custody.request_timestamps(DATA, custody.http_authorities(stamps.pinned()[:1], QUICK))[0]
    assert _judge(answer, stamps.pinned()[0], answer.response, data=b"other").check == "token.request"
    again = client.make_request(DATA)
    assert _judge(answer, stamps.pinned()[0], answer.response, request=again).check == "token.nonce"


def test_roots_that_are_no_certificates() -> None:
    with pytest.raises(ConfigError, match="no readable certificate"):
        custody.pin_authority(
            Authority("x", "", "", ""), b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        )


SHARED = Path(__file__).parents[3] / "shared" / "tokens"
"""Responses of real authorities, kept outside the project."""
real = pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real authorities' responses is absent")

REAL = [
    ("digicert.tsr", "2025-03-24T11:17:47+00:00", "2.16.840.1.114412.7.1", "sha512"),
    ("identrust.tsr", "2025-03-11T08:52:08+00:00", "2.16.840.1.113839.0.6.13.3", "sha512"),
    ("sigstage-no-embedded-certificate.tsr", "2025-06-18T08:13:02+00:00", "1.3.6.1.4.1.57264.2", "sha256"),
    ("sigstage-sha256.tsr", "2025-05-09T11:58:55+00:00", "1.3.6.1.4.1.57264.2", "sha256"),
    ("sigstage-sha384.tsr", "2025-05-09T11:58:55+00:00", "1.3.6.1.4.1.57264.2", "sha384"),
]


def _query(token: messages.TimestampToken) -> bytes:
    """The request that a token answers, rebuilt: the true one was not kept."""
    oid = {"sha256": 1, "sha384": 2, "sha512": 3}[token.algorithm]
    algorithm = bytes.fromhex("300d06096086480165030402") + bytes([oid]) + bytes.fromhex("0500")
    return TimestampQuery(algorithm, token.imprint, b"", token.nonce, True).encode()


def _chains() -> dict[str, PinnedAuthority]:
    """Each authority's own chain: from its file, or the last certificate that its token carries."""
    digicert = messages.parse_response((SHARED / "digicert.tsr").read_bytes()).certificates[-1]
    found = {
        "sigstage": (SHARED / "sigstage-chain.pem").read_bytes(),
        "identrust": (SHARED / "identrust-chain.der").read_bytes(),
        "digicert": digicert,
    }
    return {name: custody.pin_authority(Authority(name, "", name, ""), data) for name, data in found.items()}


@real
@pytest.mark.parametrize(("name", "gen_time", "policy", "algorithm"), REAL, ids=[case[0] for case in REAL])
def test_real_responses_verify_against_their_own_chain_and_no_other(
    name: str, gen_time: str, policy: str, algorithm: str
) -> None:
    response = (SHARED / name).read_bytes()
    token = messages.parse_response(response)
    assert (token.gen_time, token.policy, token.algorithm) == (datetime.fromisoformat(gen_time), policy, algorithm)
    for owner, pinned in _chains().items():
        found = token_checks.check_token(lambda _: token.imprint, _query(token), response, pinned, ANY)
        if name.startswith(owner):
            assert found.verdict.status == "verified", found.verdict
            by = "openssl" if name == "digicert.tsr" else "rfc3161-client"
            assert found.verdict.verified_by.startswith(by)
            assert ("SHA-1 only" in " ".join(found.verdict.notes)) == (name == "identrust.tsr")
        elif name == "sigstage-no-embedded-certificate.tsr":
            assert found.check == "token.signer"
        else:
            assert found.check == "token.chain", found.verdict


@real
@pytest.mark.parametrize("name", [case[0] for case in REAL if case[0] != "digicert.tsr"])
def test_real_responses_are_over_the_word_they_were_asked_for(name: str) -> None:
    token = messages.parse_response((SHARED / name).read_bytes())
    assert hashlib.new(token.algorithm, b"hello").digest() == token.imprint


@real
def test_a_kept_request_of_a_real_authority() -> None:
    request = messages.parse_request((SHARED / "sigstage-request.tsq").read_bytes())
    assert (request.algorithm, request.imprint) == ("sha512", hashlib.sha512(b"hello").digest())
    assert request.nonce == 0x34CFA9899986D2F5
    assert request.wants_certificates
