"""Texts of strangers, bounded: as they can be shown, and as evidence can keep them. Pure.

A captured page decides what its texts hold. Shown as they are, they could move a terminal's cursor, change its colours
or title, answer in the user's name, or turn the figures around them by a right-to-left override: characters that
nobody would see are named instead. Kept, they are texts that UTF-8 can write, and no longer than a stated bound.
"""

from __future__ import annotations

import re
import unicodedata

TEXT_LIMIT = 600
"""Characters of a foreign text that is shown; the stored bytes keep the rest."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_UNPRINTABLE = re.compile("[^\n -~]")


def visible_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """A foreign text in one line: bounded, with control, bidirectional and other invisible characters named.

    A right-to-left override in a captured page would otherwise turn the figures around it; it is shown as `⟦U+202E⟧`.
    """
    kept = text[:limit]
    shown = kept if kept.isprintable() else "".join(" " if char in "\n\t\r" else _named(char) for char in kept)
    return shown if len(text) <= limit else f"{shown} … (+{len(text) - limit:,})"


def visible_lines(text: str) -> str:
    """A text of several lines, whatever its parts are made of: only its line feeds are left as they are."""
    if text.isprintable():
        return text
    return "".join(char if char == "\n" else _named(char) for char in text.replace("\r\n", "\n").replace("\t", "    "))


def visible_json(text: str) -> str:
    """The text of a JSON value with invisible characters in its strings escaped (RFC 8259 §7): the same value."""
    if text.isprintable():
        return text
    return _UNPRINTABLE.sub(lambda found: _escaped(found[0]), text)


def _named(char: str) -> str:
    return f"⟦U+{ord(char):04X}⟧" if unicodedata.category(char) in _INVISIBLE else char


def _escaped(char: str) -> str:
    if unicodedata.category(char) not in _INVISIBLE:
        return char
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


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
