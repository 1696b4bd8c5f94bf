"""Every byte of a stored file, and every byte it unpacks to: gzip, WARC records, MIME parts, ZIP members."""

from __future__ import annotations

import base64
import email
import email.policy
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from warcio.archiveiterator import ArchiveIterator

DEEPEST = 5


def unpacked(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """`data` itself, then whatever is inside it, to the bottom."""
    yield data
    if depth >= DEEPEST:
        return
    for inner in _members(data):
        yield from unpacked(inner, depth + 1)


def _members(data: bytes) -> Iterator[bytes]:
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    if data[:5] == b"WARC/":
        yield from _records(data)
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if b"MIME-Version:" in data[:2000] or b"Content-Type: multipart/" in data[:2000]:
        yield from _parts(data)


def _records(data: bytes) -> Iterator[bytes]:
    """Payloads of WARC records: as stored, de-chunked, and decompressed where they say so."""
    for record in ArchiveIterator(io.BytesIO(data)):
        encoding = (record.http_headers.get_header("Content-Encoding") or "") if record.http_headers else ""
        raw = record.raw_stream.read()
        yield raw
        if encoding in {"gzip", "deflate"}:
            yield _inflated(raw)


def _inflated(raw: bytes) -> bytes:
    try:
        return zlib.decompress(raw, 47)
    except zlib.error:
        return b""


def _parts(data: bytes) -> Iterator[bytes]:
    for part in email.message_from_bytes(data, policy=email.policy.default).walk():
        if not part.is_multipart():
            found = part.get_payload(decode=True)
            if isinstance(found, bytes):
                yield found


def forms(secret: str) -> set[bytes]:
    """The ways in which a secret may be written down; base64 at each of its three alignments."""
    plain = secret.encode()
    found = {plain, plain.upper(), plain.lower(), plain.hex().encode(), plain.hex().upper().encode()}
    found |= {
        secret.encode("utf-16-le"),
        secret.encode("utf-16-be"),
        quote(secret, "").encode(),
        quote_plus(secret).encode(),
    }
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + plain)
        found.add(encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4])
    return found
