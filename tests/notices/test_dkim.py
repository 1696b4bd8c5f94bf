"""The letter's own signature (DKIM), and what the recipient's domain says of its exchangers (A12)."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from auditor.demo.registers import NameServer, SignedZones
from auditor.errors import ConfigError
from auditor.model.notices import NoticeDelivery
from auditor.notices import check_dkim, dkim_key_name, dkim_record, parse_dkim_key, sign_mail
from auditor.wording import Lang
from auditor.workflow.notices.approval import approve_notice
from auditor.workflow.notices.drafting import draft_notice
from auditor.workflow.notices.papers import record_papers
from auditor.workflow.notices.receiving import receive_reply
from auditor.workflow.notices.records import notice_records_of
from auditor.workflow.notices.sending import send_notice
from auditor.workflow.notices.wording import record_json, record_lines
from tests.notices.estates import NOTICE, NoticeEstate, held
from tests.notices.mail_servers import MailPost
from tests.notices.test_papers import words

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MAIL = (
    b"From: Vendor <legal@vendor.example>\r\nTo: ipr@cloud.example\r\nSubject:  a   letter\r\n with a fold\r\n"
    b"Message-ID: <1@vendor.example>\r\n\r\nfirst  line \r\n.dot\r\n\r\nlast\r\n\r\n\r\n"
)


@cache
def pem(kind: str) -> str:
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_the_signature_holds_and_every_changed_letter_breaks_it(kind: str) -> None:
    key = parse_dkim_key(pem(kind))
    made, record = sign_mail(MAIL, key, "vendor.example", "s1", AT), dkim_record(key)
    assert made.endswith(MAIL) and made.startswith(b"DKIM-Signature: v=1;")
    assert all(len(line) < 100 for line in made.split(b"\r\n"))
    assert check_dkim(made, record) == "holds"
    for was, now, verdict in (
        (b"last", b"lost", "body_differs"), (b"a   letter", b"a letterr", "signature"),
        (b"legal@", b"l3gal@", "signature"), (b"<1@vendor", b"<2@vendor", "signature"),
        (b"d=vendor", b"d=vendr", "signature"), (b"a=", b"a=x", "not_read"),
        (b"From: Vendor", b"From: x@evil.example\r\nFrom: Vendor", "not_read"),
    ):  # fmt: skip
        assert check_dkim(made.replace(was, now, 1), record) == verdict, was
    other = dkim_record(parse_dkim_key(pem("ed25519" if kind == "rsa" else "rsa")))
    assert check_dkim(made, other) in ("signature", "key")
    assert check_dkim(made, "v=DKIM1; p=") == "key"
    assert check_dkim(MAIL, record) == "unsigned"


def test_what_a_relay_may_do_to_spaces_breaks_nothing() -> None:
    key = parse_dkim_key(pem("ed25519"))
    made = sign_mail(MAIL, key, "vendor.example", "s1", AT)
    relayed = made.replace(b"first  line \r\n", b"first line\r\n").replace(b"last\r\n\r\n\r\n", b"last\r\n")
    relayed = b"Received: from a by b\r\n" + relayed.replace(
        b"Subject:  a   letter\r\n with", b"Subject: a letter with"
    )
    assert check_dkim(relayed, dkim_record(key)) == "holds"


def test_a_mail_that_a_program_kept_with_other_line_ends_is_checked_as_it_travelled() -> None:
    key = parse_dkim_key(pem("ed25519"))
    made = sign_mail(MAIL, key, "vendor.example", "s1", AT)
    head, _, body = made.partition(b"\r\n\r\n")
    for kept in (made.replace(b"\r\n", b"\n"), head.replace(b"\r\n", b"\n") + b"\n\n" + body):
        assert check_dkim(kept, dkim_record(key)) == "holds"
        assert dkim_key_name(kept) == "s1._domainkey.vendor.example"


def by_hand(mail: bytes, listed: str, sign: Callable[[bytes], bytes], algorithm: str = "ed25519-sha256") -> bytes:
    """A mail of one-line headers with a signature over the listed ones alone (RFC 6376 section 3.7)."""
    head, _, body = mail.partition(b"\r\n\r\n")
    values = {line.partition(b":")[0].lower(): line.partition(b":")[2].strip() for line in head.split(b"\r\n")}
    digest = b64encode(hashlib.sha256(body).digest()).decode()
    tags = f"v=1; a={algorithm}; c=relaxed/relaxed; d=vendor.example; s=s1; h={listed}; bh={digest}; b="
    signed = b"".join(name.encode() + b":" + values[name.encode()] + b"\r\n" for name in listed.split(":"))
    made = b64encode(sign(signed + b"dkim-signature:" + tags.encode())).decode()
    return f"DKIM-Signature: {tags}{made}\r\n".encode() + mail


PLAIN = b"From: legal@vendor.example\r\nSubject: a letter\r\n\r\nbody\r\n"


def test_a_signature_that_leaves_its_author_open_names_nobody() -> None:
    """RFC 6376 sections 5.4 and 8.15: From is signed, and there is one."""
    key = ed25519.Ed25519PrivateKey.generate()
    record = dkim_record(key)

    def sign(data: bytes) -> bytes:
        return key.sign(hashlib.sha256(data).digest())

    assert check_dkim(by_hand(PLAIN, "from:subject", sign), record) == "holds"
    assert check_dkim(by_hand(PLAIN, "subject", sign), record) == "not_read"
    two = by_hand(PLAIN, "from:subject", sign).replace(b"DKIM", b"From: other@evil.example\r\nDKIM", 1)
    assert check_dkim(two, record) == "not_read"


def test_a_key_that_anybody_can_break_shows_nothing(tmp_path: Path) -> None:
    for bits, verdict in (("768", "key"), ("1024", "holds")):
        path = tmp_path / "key.pem"
        subprocess.run(["openssl", "genrsa", "-out", path, bits], check=True, capture_output=True)
        said = subprocess.run(
            ["openssl", "rsa", "-in", path, "-pubout", "-outform", "DER"], check=True, capture_output=True
        )
        command = ["openssl", "dgst", "-sha256", "-sign", str(path)]
        mail = by_hand(
            PLAIN, "from:subject", partial(_signed_by, command), "rsa-sha256"
        )  # fmt: skip
        assert check_dkim(mail, f"v=DKIM1; k=rsa; p={b64encode(said.stdout).decode()}") == verdict, bits


def _signed_by(command: list[str], data: bytes) -> bytes:
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


@pytest.mark.parametrize("text", ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="no PEM private key"):
        parse_dkim_key(text)


@contextmanager
def named(
    estate: NoticeEstate, post: MailPost, exchanger: str, record: str, broken: frozenset[str] = frozenset()
) -> Iterator[None]:
    """The recipient's domain with this exchanger, the sender's with this key record, in signed zones."""
    zones = {
        ".": "", "example.": "", "cloud.example.": f"cloud.example. 300 IN MX 10 {exchanger}.\n",
        "vendor.example.": f's1._domainkey.vendor.example. 300 IN TXT "{record[:200]}" "{record[200:]}"\n',
    }  # fmt: skip
    signed = SignedZones({name: text for name, text in zones.items() if name != "."}, broken=broken)
    (estate.workspace.root / "root.ds").write_text(signed.root_keys)
    with NameServer(signed) as server:
        path = estate.workspace.targets
        text = path.read_text("utf-8").replace("server: 127.0.0.1", "server: localhost")
        text = re.sub(r"authority: '[^']*'", "security: none, dkim: {selector: s1, key_env: DKIM_KEY}", text, count=1)
        hosting = f"hosting: {{name_servers: [{{address: 127.0.0.1, port: {server.port}}}], root_keys: root.ds}}\n"
        path.write_text(text + hosting, "utf-8")
        yield


@pytest.mark.parametrize(
    ("exchanger", "via", "said"), [("localhost", "mx", "named"), ("mx.elsewhere.example", "relay", "not_named")]
)
def test_a_250_shows_receipt_only_from_an_exchanger_that_the_recipients_domain_names(
    estate: NoticeEstate, post: MailPost, exchanger: str, via: str, said: str
) -> None:
    key = parse_dkim_key(pem("rsa"))
    with named(estate, post, exchanger, dkim_record(key)), held(estate.workspace) as instruments:
        draft_notice(instruments, NOTICE, environment=lambda name: pem("rsa"))
        approve_notice(instruments, NOTICE, by="B. Counsel", why="checked")
        sent: NoticeDelivery = send_notice(instruments, NOTICE, NOTICE, lambda name: None)
    assert (sent.outcome, sent.via) == ("accepted", via)
    (taken,) = post.taken
    (filing,) = estate.workspace.root.glob("evidence/notices/*/*/sending.json")
    facts = json.loads(filing.read_bytes())["facts"]
    assert (facts["mx"], facts["mx_dnssec"], facts["dkim"]) == (said, "secure", "published")
    assert len(list(filing.parent.glob("names/dns/*.answer"))) >= 2, "the answers are kept as wire bytes"
    (record,) = notice_records_of(estate.workspace, NOTICE, None)
    assert (record.received_on is not None) == (via == "mx")
    assert record.deliveries[-1].exchanger == said
    told = words(dict(record_papers(record))["delivery.en.docx"])
    assert ("does not name it" in told) == (said == "not_named")
    kept = next(estate.workspace.root.glob("evidence/notices/*/*/dkim-record.txt")).read_text()
    assert kept.startswith("s1._domainkey.vendor.example v=DKIM1; k=rsa; p=")
    assert check_dkim(taken.replace(b"\r\n..", b"\r\n."), kept.partition(" ")[2]) == "holds"


def test_a_replys_own_signature_is_checked_with_the_record_of_the_day_which_is_kept(
    estate: NoticeEstate, post: MailPost, tmp_path: Path
) -> None:
    key = parse_dkim_key(pem("ed25519"))
    signed = sign_mail(MAIL, key, "vendor.example", "s1", AT)
    elsewhere = sign_mail(MAIL, key, "vendor.example", "s2", AT)
    other = sign_mail(MAIL.replace(b"legal@vendor.example", b"desk@cloud.example"), key, "vendor.example", "s1", AT)
    replies = {
        "holds": signed, "body_differs": signed + b"more\r\n", "key": elsewhere, "": MAIL,
        "holds_for_another_domain": other,
    }  # fmt: skip
    with named(estate, post, "localhost", dkim_record(key)), held(estate.workspace) as instruments:
        for number, (verdict, data) in enumerate(replies.items()):
            path = tmp_path / f"{number}.eml"
            path.write_bytes(data)
            kept = receive_reply(instruments, path, notice=NOTICE)
            assert kept.dkim == verdict, number
            wire = list((estate.workspace.root / kept.file).parents[1].glob("names/dns/*.answer"))
            assert bool(wire) == bool(verdict)
        below = sign_mail(MAIL.replace(b"@vendor", b"@mail.vendor"), key, "vendor.example", "s1", AT)
        (tmp_path / "below.eml").write_bytes(below)
        assert receive_reply(instruments, tmp_path / "below.eml", notice=NOTICE).dkim == "holds"
    (record,) = notice_records_of(estate.workspace, NOTICE, None)
    assert [one.dkim for one in record.replies] == [*replies, "holds"], "read back as they were written"
    wanted: tuple[tuple[Lang, str, str], ...] = (
        ("en", "another domain's than its sender's", "not the one that was signed"),
        ("zh", "签名域名并非发件域名", "正文与所签内容"),
    )  # fmt: skip
    for lang, another, body in wanted:
        lines = "\n".join(record_lines(record, lang))
        paper = words(dict(record_papers(record))[f"delivery.{lang}.docx"])
        sentences = [one["dkim_sentence"] for one in json.loads(json.dumps(record_json(record, lang)))["replies"]]
        for said in (lines, paper, "\n".join(sentences)):
            assert another in said and body in said, lang


def test_a_bogus_zone_says_nothing_of_its_exchangers_nor_of_its_keys(
    estate: NoticeEstate, post: MailPost, tmp_path: Path
) -> None:
    """An answer whose signature does not hold is anybody's: neither a relay nor a signature is told from it."""
    key = parse_dkim_key(pem("ed25519"))
    path = tmp_path / "reply.eml"
    path.write_bytes(sign_mail(MAIL, key, "vendor.example", "s1", AT))
    broken = frozenset({"cloud.example.", "vendor.example."})
    with (
        named(estate, post, "mx.elsewhere.example", dkim_record(key), broken),
        held(estate.workspace) as instruments,
    ):
        draft_notice(instruments, NOTICE, environment=lambda name: pem("ed25519"))
        approve_notice(instruments, NOTICE, by="B. Counsel", why="checked")
        sent: NoticeDelivery = send_notice(instruments, NOTICE, NOTICE, lambda name: None)
        assert receive_reply(instruments, path, notice=NOTICE).dkim == "not_checked"
    (filing,) = estate.workspace.root.glob("evidence/notices/*/*/sending.json")
    facts = json.loads(filing.read_bytes())["facts"]
    assert (sent.via, facts["mx"], facts["mx_dnssec"], facts["dkim"]) == ("mx", "not_checked", "bogus", "not_checked")


def test_without_its_key_nothing_is_drafted_and_the_key_stands_in_no_byte(
    estate: NoticeEstate, post: MailPost, tmp_path: Path
) -> None:
    with named(estate, post, "localhost", "v=DKIM1; p="), held(estate.workspace) as instruments:
        with pytest.raises(ConfigError, match="DKIM_KEY is not set"):
            draft_notice(instruments, NOTICE, environment=lambda name: None)
        draft_notice(instruments, NOTICE, environment=lambda name: pem("ed25519"))
    secret = pem("ed25519").splitlines()[1].encode()
    files = [path for path in estate.workspace.root.rglob("*") if path.is_file()]
    assert files and not [path for path in files if secret in path.read_bytes()]
