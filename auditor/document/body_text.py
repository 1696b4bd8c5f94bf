"""The text of a stored body, by its bytes, by the header that it came with and by its `meta`. Pure."""

from __future__ import annotations

import html
import re

_AS_BROWSERS = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252", "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874", "tis-620": "cp874", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932",
    "x-sjis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "gb2312": "gb18030", "gbk": "gb18030",
    "x-gbk": "gb18030",
}  # fmt: skip
"""Names of charsets that browsers take for a larger one (WHATWG Encoding Standard, names and labels)."""


def charset_of(media_type: str) -> str:
    """The charset that a `Content-Type` says; '' where it says none."""
    found = re.search(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", media_type, re.IGNORECASE)
    return found.group(1).lower() if found else ""


def as_browsers_show(body: bytes, media_type: str) -> bytes:
    """Plain text as the page that browsers make of it, with its lines; anything else as it is."""
    if media_type.partition(";")[0].strip().lower() != "text/plain" or body.lstrip()[:1] in (b"{", b"["):
        return body
    text = decode_body(body, charset_of(media_type))
    return f"<html><body><pre>{html.escape(text)}</pre></body></html>".encode("utf-8", "replace")


def decode_body(body: bytes, charset: str = "") -> str:
    """The text of a stored body: UTF-8 where it is, else what the header said, else the page's `meta`, else GB 18030
    with marks."""
    for encoding in ("utf-8-sig", charset, _declared(body), "gb18030"):
        if encoding:
            try:
                return body.decode(_AS_BROWSERS.get(encoding.lower(), encoding))
            except (UnicodeDecodeError, LookupError):
                continue
    return body.decode("utf-8", "replace")


def _declared(body: bytes) -> str:
    found = re.search(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{2,20})", body[:4096], re.IGNORECASE)
    return found.group(1).decode("ascii") if found else ""
