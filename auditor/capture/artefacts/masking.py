"""Masking inside structured files: parts of MHTML behind an encoding, the strings of a DOM snapshot. Pure."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from itertools import accumulate, pairwise
from typing import Any

import orjson

from auditor.capture.artefacts.mask import Mask
from auditor.capture.browser.dom_snapshot import encode_json

_BOUNDARY = re.compile(rb'boundary="([^"]{1,200})"', re.IGNORECASE)
_ENCODED_FIELD = re.compile(rb"^([\w-]+:[ \t]*)([^\r\n]*=\?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE)
"""A header field with words in RFC 2047's encoding, and the lines it is folded over."""
_Q_WORD = re.compile(rb"=\?[^?\s]+\?[qQ]\?[^\s]*\?=")
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
    if mask.empty:
        return data, Counter()
    document: dict[str, Any] = orjson.loads(data)
    counts: Counter[str] = Counter()
    for captured in [document["captured"], *(item["captured"] for item in document["outOfProcess"])]:
        strings: list[str] = captured["strings"]
        held = bool(mask("\n".join(strings).encode("utf-8", "replace"))[1])  # JSON itself spells some letters anew
        for index, text in enumerate(strings):
            if not held and "<" not in text:
                continue
            masked, more = mask(text.encode("utf-8", "replace"))
            if more:
                strings[index] = masked.decode("utf-8", "replace")
                counts += more
        for part in captured.get("documents", ()):
            counts += _mask_spelled(strings, part, mask)
    return (encode_json(document) if counts else data), counts


def _mask_spelled(strings: list[str], document: dict[str, Any], mask: Mask) -> Counter[str]:
    """Take out what several texts, drawn one after the other, spell together; their strings may stand elsewhere too."""
    layout, values = document.get("layout", {}), document.get("nodes", {}).get("nodeValue", [])
    texts: list[int] = layout.get("text", [])
    drawn = [strings[text].encode("utf-8", "replace") if text >= 0 else b"" for text in texts]
    masked, counts = mask(b"".join(drawn))
    places = pairwise(accumulate(map(len, drawn), initial=0))
    for number, (start, end) in enumerate(places) if counts else ():
        if masked[start:end] != drawn[number]:
            strings.append(masked[start:end].decode("utf-8", "replace"))
            texts[number] = len(strings) - 1
            node = layout["nodeIndex"][number]
            if 0 <= node < len(values) and values[node] >= 0:
                values[node] = texts[number]
    return counts


def _mask_head(head: bytes, mask: Mask) -> tuple[bytes, Counter[str]]:
    """A head without secrets in its encoded words; a field is written anew only where its text held one."""
    counts: Counter[str] = Counter()

    def masked(field: re.Match[bytes]) -> bytes:
        for text in _field_texts(field[2]):
            plain, more = mask(text.encode("utf-8", "replace"))
            if more:
                counts.update(more)
                return field[1] + Header(plain.decode("utf-8", "replace"), "utf-8").encode(linesep="\r\n").encode()
        return field[0]

    return _ENCODED_FIELD.sub(masked, head), counts


def _field_texts(value: bytes) -> Iterator[str]:
    """What a field may say: as RFC 2047 section 4.2 reads it, as Chromium means it, and where its words are broken.

    Chromium leaves `_` as it is within a word of the Q encoding, where the RFC reads a space.
    """
    for written in (value, _Q_WORD.sub(lambda word: word[0].replace(b"_", b"=5F"), value)):
        with suppress(HeaderParseError, UnicodeError, LookupError, ValueError):
            yield str(make_header(decode_header(written.decode("ascii", "replace"))))
    yield quopri.decodestring(value).decode("utf-8", "replace")


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
