"""A redaction reaches look-ups and notices too: what holds the text, or may, stays out and is named."""

from __future__ import annotations

import gzip
import io
import zipfile
from base64 import b64encode
from datetime import UTC, datetime
from email.message import EmailMessage

import dns.message
import dns.name
import dns.rrset
import pytest

from auditor.bundle.dossier import LoadedPackage, Redaction
from auditor.bundle.exhibits.filing_redaction import withheld_of_filing
from auditor.bundle.exhibits.redaction import withheld_artefacts
from auditor.model.captures import Artefact, Capture

TEXT = "王某"
AT = datetime(2026, 11, 20, tzinfo=UTC)


def out(files: dict[str, bytes], *redactions: Redaction, filing: str = "n-1", subject: str = "N-2026-001") -> list[str]:
    found = withheld_of_filing(filing, subject, files, dict.fromkeys(files, "00"), redactions)
    assert all((one.capture, one.sha256, one.derivative) == (filing, "00", b"") for one in found)
    return [one.path for one in found]


def text(what: str = TEXT, subject: str = "site-a") -> Redaction:
    return Redaction(subject, "text", what, "a name", "B. Counsel", AT, "d-1")


def letter(body: str = "nothing", name: str = "", attached: bytes = b"", sub: str = "plain") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"{name} <a@example.org>", "b@example.org", "a letter"
    message.set_content(body, cte="base64")
    if attached:
        message.add_attachment(attached, maintype="application", subtype=sub, filename="a.bin")
    return message.as_bytes()


def packed(body: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", body)
    return made.getvalue()


HOLDING = {
    "plain.txt": f"for {TEXT} alone".encode(),
    "whois.raw": f"for {TEXT} alone".encode("gb18030"),
    "wide.txt": TEXT.encode("utf-16-le"),
    "rdap.body": b'{"name": "\\u738b\\u67d0"}',
    "page.html": "<b>王</b><i>某</i>".encode(),
    "references.html": b"<p>&#29579;&#26576;</p>",
    "way.txt": b"https://example.org/?q=%E7%8E%8B%E6%9F%90",
    "body.eml": letter(TEXT),
    "head.eml": letter(name=TEXT),
    "inside.eml": letter(attached=packed(TEXT.encode())),
    "reply.raw": letter(TEXT),
    "paper.docx": packed("<w:t>王</w:t></w:r><w:r><w:t>某</w:t>".encode()),
    "packed.gz": gzip.compress(TEXT.encode()),
    "broken.gz": gzip.compress(b"some text that goes on")[:-12],
    "annex.png": b"\x89PNG\r\n\x1a\n",
    "scan.jpg": b"\xff\xd8\xff\xe0",
    "paper.pdf": b"%PDF-1.7 compressed streams",
    "picture.eml": letter(attached=b"\x89PNG\r\n\x1a\n", sub="octet-stream"),
}


@pytest.mark.parametrize("path", HOLDING)
def test_a_file_that_holds_the_text_or_may_is_withheld(path: str) -> None:
    assert out({path: HOLDING[path]}, text()) == [path]


def wire(name: str, kind: str, *values: str) -> bytes:
    """A message as it goes over the wire."""
    message: dns.message.Message = dns.message.make_query(name, kind)
    if values:
        message = dns.message.make_response(dns.message.make_query(name, kind))
        message.answer = [dns.rrset.from_text(dns.name.from_text(name), 300, "IN", kind, *values)]
    return message.to_wire()


ON_THE_WIRE = {
    "www.suspect.example": (wire("WWW.Suspect.example", "A"), wire("a.www.suspect.example", "TXT", "x")),
    "203.0.113.10": (wire("x.example", "A", "203.0.113.10"), wire("10.113.0.203.in-addr.arpa", "PTR")),
    "2001:DB8:0:0::7": (wire("x.example", "AAAA", "2001:db8::7"),),
    "例子.测试": (wire("xn--fsqu00a.xn--0zwm56d", "A"), b"\x01\0\0\x20 SNI xn--fsqu00a.xn--0zwm56d"),
}
OTHERS = (
    wire("www.other.example", "A", "203.0.113.11"),
    wire("suspect.test", "A"),
    wire("11.113.0.203.in-addr.arpa", "PTR"),
)


@pytest.mark.parametrize("what", ON_THE_WIRE)
def test_a_name_or_an_address_is_found_in_the_form_that_it_has_on_the_wire(what: str) -> None:
    for data in ON_THE_WIRE[what]:
        for path in ("dns/01.answer", "dns/01.query", "handshake.bin"):
            assert out({path: data}, text(what)) == [path], data
        assert withheld_of_visit(what, data) == ["hosting/dns/01.answer"], "and in what a visit keeps"
    for data in OTHERS:
        assert out({"dns/01.answer": data}, text(what)) == [] == withheld_of_visit(what, data)


def withheld_of_visit(what: str, data: bytes) -> list[str]:
    """Of a capture that holds this answer."""
    artefact = Artefact("hosting/dns/01.answer", "application/dns-message", "00", len(data), "auditor.hosting")
    capture = Capture(
        id="c-1", deployment="site-a", run="r", intent="i", method="http", started_at=AT, ended_at=AT, views=(),
        steps=(), artefacts=(artefact,), facts={},
    )  # fmt: skip
    opened = LoadedPackage(b"", capture, None, {artefact.path: data}.__getitem__, 0, {})
    return [one.path for one in withheld_artefacts(opened, [text(what)])]


FREE = {
    "plain.txt": b"nobody is named",
    "whois.raw": "某云计算有限公司".encode("gb18030"),
    "body.eml": letter("nobody is named"),
    "paper.docx": packed(b"<w:t>nobody</w:t>"),
    "01.answer": b"\0\x01\x81\x80\0\x01",
    "handshake.bin": b"\x01\0\0\x20",
    "encoded.txt": b64encode(b"nobody is named"),
}


@pytest.mark.parametrize("path", FREE)
def test_what_does_not_hold_it_stays(path: str) -> None:
    assert out({path: FREE[path]}, text()) == []


def test_a_region_of_a_capture_takes_the_pictures_of_the_letters_that_name_it() -> None:
    files = {
        "notice.json": b'{"places": [{"capture": "c-77"}], "deployment": "site-a"}', "annexes/01-c-77.png": b"\x89PNG",
        "message.eml": letter(attached=b"\x89PNG\0", sub="octet-stream"), "paper/notice.zh.docx": packed(b"<t>x</t>"),
        "paper/notice.zh.pdf": b"%PDF",
    }  # fmt: skip
    taken = ["annexes/01-c-77.png", "message.eml", "paper/notice.zh.pdf"]
    for subject in ("c-77", "site-a", "*"):
        region = Redaction(subject, "region", "registration:0,0,9,9", "a seal", "B", AT, "d-2")
        assert out(files, region) == taken, subject
    other = Redaction("c-78", "region", "registration:0,0,9,9", "a seal", "B", AT, "d-2")
    assert out(files, other) == []


def test_a_region_takes_what_is_packed_and_cannot_be_read() -> None:
    lzma = io.BytesIO()
    with zipfile.ZipFile(lzma, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"word " * 400)
    odd = bytearray(lzma.getvalue())
    odd[60:90] = bytes(30)
    nested = packed(packed(b"\x89PNG\r\n\x1a\n"))
    about = {"notice.json": b'{"capture": "c-77"}'}
    region = Redaction("c-77", "region", "registration:0,0,9,9", "a seal", "B", AT, "d-2")
    for data in (bytes(odd), packed(b"x" * 400)[:-30], gzip.compress(b"text that goes on")[:-12], nested):
        assert out({**about, "paper.docx": data}, region) == ["paper.docx"]
    assert out({**about, "paper.docx": packed(packed(b"text"))}, region) == []


def test_one_file_of_a_filing_is_named_by_its_path() -> None:
    files = {"rdap/01.body": b"{}", "whois/01.raw": b"%"}
    assert out(files, Redaction("n-1", "artefact", "whois/01.raw", "persons", "B", AT, "d-3")) == ["whois/01.raw"]
    assert out(files, Redaction("n-2", "artefact", "whois/01.raw", "persons", "B", AT, "d-3")) == []
