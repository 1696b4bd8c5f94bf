"""Masking inside structured files: parts of MHTML behind an encoding, the strings of a DOM snapshot. Pure."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections import Counter
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from typing import Any

import orjson

from auditor.capture.artefacts.secrets import Mask
from auditor.capture.browser.dom_snapshot import encode_json

_BOUNDARY = re.compile(rb'boundary="([^"]{1,200})"', re.IGNORECASE)
_ENCODED_FIELD = re.compile(rb"^([\w-]+:[ \t]*)([^\r\n]*=\?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE)
"""A header field with words in RFC 2047's encoding, and the lines it is folded over."""
_ENCODING = re.compile(rb"^content-transfer-encoding:[ \t]*([\w-]+)", re.IGNORECASE | re.MULTILINE)


def mask_mhtml(data: bytes, mask: Mask) -> tuple[bytes, Counter[str]]:
    """The document without secrets. A part is written anew only where its decoded bytes held one."""
    found = _BOUNDARY.search(data, 0, 65536)
    if found is None:
        return mask(data)
    delimiter = b"--" + found[1]
    head, gap, body = data.partition(b"\r\n\r\n")
    head, counts = _mask_head(head, mask)
    parts = (head + gap + body).split(delimiter)
    for index in range(1, len(parts)):
        parts[index], more = _mask_part(parts[index], mask)
        counts.update(more)
    masked, more = mask(delimiter.join(parts))
    return masked, counts + more


def mask_snapshot(data: bytes, mask: Mask) -> tuple[bytes, Counter[str]]:
    """The snapshot without secrets: only its tables of strings are masked, never the names of its parts."""
    if not mask(data)[1]:
        return data, Counter()
    document: dict[str, Any] = orjson.loads(data)
    counts: Counter[str] = Counter()
    for captured in [document["captured"], *(item["captured"] for item in document["outOfProcess"])]:
        for index, text in enumerate(captured["strings"]):
            masked, more = mask(text.encode("utf-8", "replace"))
            if more:
                captured["strings"][index] = masked.decode("utf-8", "replace")
                counts += more
    return encode_json(document), counts


def _mask_head(head: bytes, mask: Mask) -> tuple[bytes, Counter[str]]:
    """A head without secrets in its encoded words; a field is written anew only where its text held one."""
    counts: Counter[str] = Counter()

    def masked(field: re.Match[bytes]) -> bytes:
        try:
            text = str(make_header(decode_header(field[2].decode("ascii", "replace"))))
        except (HeaderParseError, UnicodeError, LookupError, ValueError):
            return field[0]
        plain, more = mask(text.encode("utf-8", "replace"))
        if not more:
            return field[0]
        counts.update(more)
        return field[1] + Header(plain.decode("utf-8", "replace"), "utf-8").encode(linesep="\r\n").encode()

    return _ENCODED_FIELD.sub(masked, head), counts


def _mask_part(part: bytes, mask: Mask) -> tuple[bytes, Counter[str]]:
    head, gap, body = part.partition(b"\r\n\r\n")
    encoding = _ENCODING.search(head)
    kind = encoding[1].lower() if encoding else b""
    if not gap or kind not in (b"quoted-printable", b"base64"):
        return part, Counter()
    try:
        plain = quopri.decodestring(body) if kind == b"quoted-printable" else base64.b64decode(body)
    except (binascii.Error, ValueError):
        return part, Counter()
    masked, counts = mask(plain)
    if not counts:
        return part, counts
    if kind == b"base64":
        written = base64.encodebytes(masked).replace(b"\n", b"\r\n")
    else:
        written = quopri.encodestring(masked.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return head + gap + written, counts
