"""The traffic of a visit as WARC/1.1 (ISO 28500): request, response and metadata records, each gzipped. Pure.

Record ids and dates come from the capture and its events, so that the same exchanges give the same bytes. The body of
a response is stored decoded; `X-Archive-Orig-` keeps the headers that spoke of its encoding.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from auditor.capture.artefacts.mask import Mask
from auditor.capture.artefacts.secrets import is_secret_header, mask_header
from auditor.capture.base.exchange import Exchange, Headers
from auditor.clock import timestamp

_NAMESPACE = UUID("6a4e0b1c-59e2-5a8d-9d5c-5f0b3a3d2c11")
_BYTE_OF = {
    **{chr(code): bytes([code]) for code in range(256)},
    **{text: bytes([code]) for code in range(0x80, 0xA0) if (text := bytes([code]).decode("cp1252", "ignore"))},
    **dict.fromkeys("\r\n", b" "),
}
_REWRITTEN = frozenset({"content-encoding", "transfer-encoding", "content-length"})


class SentHead(StatusAndHeaders):  # type: ignore[misc] # warcio has no types
    """A head of HTTP whose bytes are those that were sent.

    warcio writes ASCII only: it percent-encodes fields beyond it, which makes other addresses of them, and refuses a
    reason phrase beyond it. RFC 9110 §5.5 and RFC 9112 §4 allow any byte from 0x80 on in both (obs-text).
    """

    def to_ascii_bytes(self, filter_func: None = None) -> bytes:
        """The head's bytes, with its closing empty line; the name is warcio's."""
        first = " ".join(part for part in (self.protocol, self.statusline) if part)
        lines = (first, *(": ".join(field) for field in self.headers), "")
        return b"".join(wire_bytes(line) + b"\r\n" for line in lines)


def wire_bytes(text: str) -> bytes:
    """The bytes of a head's text as they were on the wire.

    Chromium hands them over as windows-1252 and requests as ISO-8859-1: each byte one character. What neither knows
    (an address of ours in a request) is UTF-8. A line break within a field is a space, so that no field makes another.
    """
    return b"".join(_BYTE_OF.get(character) or character.encode("utf-8", "replace") for character in text)


class WarcWriter:
    """Writes one file. With a mask nothing secret gets in; without one it is the full original, to be sealed."""

    def __init__(self, capture_id: str, mask: Mask | None, login_mask: Mask | None = None) -> None:
        self._capture = capture_id
        self._mask = self._usual_mask = mask
        self._login_mask = login_mask or mask
        self._buffer = io.BytesIO()
        self._writer = WARCWriter(self._buffer, gzip=True, warc_version="1.1")
        self._count = 0
        self.withheld: Counter[str] = Counter()

    def info(self, at: datetime, fields: Mapping[str, str]) -> None:
        """The first record: by what and under which settings the file was made."""
        lines = {
            **fields,
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/",
        }
        self._record("warcinfo", "", at, _fields(lines), "application/warc-fields")

    def exchange(self, item: Exchange) -> None:
        """One request with its response, or with the reason why there is none."""
        self._mask = self._login_mask if item.login else self._usual_mask
        at = datetime.fromtimestamp(item.wall_time, UTC)
        url = self._text(item.url)
        request_id = self._request(item, url, at)
        if item.status is not None:
            self._response(item, url, at, request_id)
        notes = {
            "failed": item.failed,
            "bodyUnavailable": item.body_missing if item.body is None else "",
            "requestBodyUnavailable": "the browser did not give it" if item.request_body_missing else "",
        }
        if any(notes.values()):
            said = {name: self._text(value) for name, value in notes.items() if value}
            headers = {"WARC-Concurrent-To": request_id}
            self._record("metadata", url, at, _fields(said), "application/warc-fields", headers)

    def socket(self, url: str, at: datetime) -> None:
        """A WebSocket that was opened; its frames are not kept."""
        self._mask = self._usual_mask
        said = {"note": "WebSocket opened; its frames are not kept"}
        self._record("metadata", self._text(url), at, _fields(said), "application/warc-fields")

    def to_bytes(self) -> bytes:
        """The whole file."""
        return self._buffer.getvalue()

    def _request(self, item: Exchange, url: str, at: datetime) -> str:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = self._headers(tuple(pair for pair in item.request_headers if not pair[0].startswith(":")))
        if not any(name.lower() == "host" for name, _ in headers):
            headers = (("Host", parts.netloc), *headers)
        head = SentHead(f"{target} HTTP/1.1", list(headers), protocol=item.method)
        body = item.request_body
        if self._mask and body:
            if item.login:
                self.withheld[f"request body of {item.method} {parts.path}"] += 1
                body = b"x" * len(body)
            else:
                body = self._bytes(body)
        extra = {"WARC-IP-Address": item.address} if item.address else {}
        return self._http("request", url, at, head, body, extra)

    def _response(self, item: Exchange, url: str, at: datetime, request_id: str) -> None:
        body = self._bytes(item.body) if item.body is not None else b""
        headers: list[tuple[str, str]] = []
        for name, value in self._headers(tuple(pair for pair in item.response_headers if not pair[0].startswith(":"))):
            lower = name.lower()
            keep = lower not in _REWRITTEN or (lower == "content-length" and value == str(len(body)))
            headers.append((name if keep else f"X-Archive-Orig-{name}", value))
        if not any(name.lower() == "content-length" for name, _ in headers):
            headers.append(("Content-Length", str(len(body))))
        status = f"{item.status} {self._field(item.reason)}".strip()
        head = SentHead(status, headers, protocol="HTTP/1.1")
        extra = {"WARC-Concurrent-To": request_id}
        if item.address:
            extra["WARC-IP-Address"] = item.address
        if item.body is None and item.body_missing.startswith("larger"):
            extra["WARC-Truncated"] = "length"
        self._http("response", url, at, head, body, extra)

    def _http(
        self, kind: str, url: str, at: datetime, head: StatusAndHeaders, body: bytes, extra: Mapping[str, str]
    ) -> str:
        head.compute_headers_buffer(None)
        headers = {
            **extra,
            "WARC-Payload-Digest": _digest(body),
            "WARC-Block-Digest": _digest(head.headers_buff + body),
        }
        return self._record(kind, url, at, body, f"application/http; msgtype={kind}", headers, head)

    def _record(
        self,
        kind: str,
        url: str,
        at: datetime,
        body: bytes,
        media_type: str,
        extra: Mapping[str, str] | None = None,
        head: StatusAndHeaders | None = None,
    ) -> str:
        name = uuid5(_NAMESPACE, f"{self._capture}/{'masked' if self._mask else 'full'}/{self._count}")
        self._count += 1
        headers = {"WARC-Record-ID": f"<urn:uuid:{name}>", "WARC-Date": timestamp(at), **(extra or {})}
        headers.setdefault("WARC-Block-Digest", _digest(body))
        record = self._writer.create_warc_record(
            url, kind, io.BytesIO(body), len(body), media_type, headers, http_headers=head or None
        )
        self._writer.write_record(record)
        return headers["WARC-Record-ID"]

    def _headers(self, headers: Headers) -> Headers:
        if not self._mask:
            return headers
        written = []
        for name, value in headers:
            if is_secret_header(name):
                self.withheld[f"header {name.lower()}"] += 1
                value = mask_header(name, value)
            written.append((self._field(name), self._field(value)))
        return tuple(written)

    def _bytes(self, data: bytes) -> bytes:
        if not self._mask:
            return data
        masked, counts = self._mask(data)
        self.withheld += counts
        return masked

    def _text(self, text: str) -> str:
        return self._bytes(text.encode("utf-8", "replace")).decode("utf-8", "replace")

    def _field(self, text: str) -> str:
        """A text of a head, masked as it reads and as the bytes that it was: UTF-8 is handed over as other letters."""
        if not self._mask:
            return text
        return self._bytes(wire_bytes(self._text(text))).decode("latin-1")


def write_warc(
    capture_id: str,
    at: datetime,
    exchanges: Sequence[Exchange],
    sockets: Sequence[str],
    fields: Mapping[str, str],
    mask: Mask | None,
    login_mask: Mask | None = None,
) -> tuple[bytes, Counter[str]]:
    """A whole WARC file of a visit, and what was withheld from it. `login_mask`: for the requests of the login."""
    warc = WarcWriter(capture_id, mask, login_mask)
    warc.info(at, fields)
    for item in exchanges:
        warc.exchange(item)
    for url in sockets:
        warc.socket(url, at)
    return warc.to_bytes(), warc.withheld


def _fields(fields: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in fields.items()).encode()


def _digest(data: bytes) -> str:
    return "sha256:" + base64.b32encode(hashlib.sha256(data).digest()).decode()
