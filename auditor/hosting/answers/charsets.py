"""Bytes to text without losing any: the declared charset, UTF-8, GB18030, in that order, and which it was. Pure."""

from __future__ import annotations

import codecs
import re

_CHARSET = re.compile(r"charset=\"?([A-Za-z0-9_-]{2,20})", re.ASCII)
_CONTROLS = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0x2028, 0x2029])
_BIDI = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def decode_text(data: bytes, declared: str = "") -> tuple[str, str]:
    """The text and the charset that read it; `latin-1` where none other does, so that nothing is dropped."""
    for name in filter(None, (declared, "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "", "utf-8", "gb18030")):
        try:
            return data.decode(name), name.removesuffix("-sig").lower()
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("latin-1"), "latin-1"


def declared_charset(content_type: str) -> str:
    """The charset that a Content-Type names; empty where it names none that Python knows."""
    match = _CHARSET.search(content_type)
    if match is None:
        return ""
    try:
        codecs.lookup(match[1])
    except LookupError:
        return ""
    return match[1]


def printable(text: str, most: int = 300) -> str:
    """One line without control characters, terminal escapes or marks that turn the writing direction."""
    return " ".join(text.translate(_CONTROLS).translate(_BIDI).split())[:most]
