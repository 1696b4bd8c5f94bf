"""Texts of strangers in a form that evidence can keep: as UTF-8 can write them, and never longer than a bound. Pure."""

from __future__ import annotations

import re

MAX_TITLE = 2_000
MAX_URL = 8_000
MAX_SENTENCE = 4_000
MAX_FACT = 500
"""Characters, after which a text is cut and says how many were left out. Chromium's addresses have up to 2 MB."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def as_unicode(text: str) -> str:
    """The text with U+FFFD for every lone surrogate: RFC 8785 refuses what UTF-8 cannot write (RFC 3629 §3)."""
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def bounded(text: str, most: int) -> str:
    """The text where it has at most so many characters; else its beginning, and how many were left out."""
    left_out = len(text) - most
    return text if left_out <= 0 else f"{text[:most]}… ({left_out:,} more characters left out)"
