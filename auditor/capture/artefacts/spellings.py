"""How a secret may be written in a stored file: by programs, and by a page that hides it letter by letter. Pure."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

MIN_TOKEN_LENGTH = 8
"""Bytes from which on a token is told apart from the words of a page."""


def written_forms(secret: str) -> tuple[bytes, ...]:
    """Every way a secret may be written in a stored file, up to one way within another, longest first."""
    raw = secret.encode("utf-8", "replace")
    once = {secret} | _written(secret)
    texts = once.union(*(_written(text) for text in once))
    forms = {text.encode("utf-8", "replace") for text in texts} | _base64_forms(raw)
    forms |= {quote(form, safe="").encode() for form in _base64_forms(raw)}
    hexadecimal = raw.hex()
    forms |= {hexadecimal.encode(), hexadecimal.upper().encode()}
    return tuple(sorted(forms, key=lambda form: (-len(form), form)))


_OF_LETTERS = (
    "&#{};",
    "&#x{:x};",
    "&#x{:X};",
    "&#X{:X};",
    "\\u{:04x}",
    "\\u{:04X}",
    "\\u{{{:x}}}",
    "\\{:x} ",
    "\\{:06x}",
)
_OF_BYTES = ("%{:02x}", "%{:02X}", "\\x{:02x}", "\\x{:02X}", "{:02x} ", "{:02X} ", "{:03o} ", "{} ", "{}, ", "{},")


def spelled_forms(secret: str) -> tuple[bytes, ...]:
    """Ways of writing that no program has a reason to, each letter for itself or once more around another way: what a
    page does to carry a password past whoever looks for it."""
    raw = secret.encode("utf-8", "replace")
    letters = [ord(letter) for letter in secret]
    forms = {"".join(shape.format(letter) for letter in letters).encode() for shape in _OF_LETTERS}
    forms |= {"".join(shape.format(byte) for byte in raw).strip(" ,").encode() for shape in _OF_BYTES}
    for wide in ("utf-16-le", "utf-16-be"):
        forms |= {secret.encode(wide, "replace"), *_base64_forms(secret.encode(wide, "replace"))}
    forms |= _base64_forms(base64.b64encode(raw)) | {base64.b32encode(raw)[: len(raw) * 8 // 5]}
    return tuple(sorted(forms))


def _written(text: str) -> set[str]:
    """A text as addresses, JSON and HTML write it."""
    in_address, in_json = quote(text, safe=""), json.dumps(text)[1:-1]
    return {
        in_address,
        re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), in_address),
        quote(text, safe="/"),
        quote_plus(text),
        in_json,
        json.dumps(text, ensure_ascii=False)[1:-1],
        in_json.replace("/", "\\/"),
        re.sub(r"[<>&'\"]", lambda found: f"\\u{ord(found[0]):04x}", text),
        html.escape(text),
        html.escape(text, quote=False),
        html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
        "".join(f"&#{ord(character)};" if ord(character) > 126 else character for character in text),
    }


def _base64_forms(raw: bytes) -> set[bytes]:
    """The part of a base64 text that depends on the secret alone, for each of the three places it can start at."""
    forms: set[bytes] = set()
    for lead in range(3):
        encoded = base64.b64encode(bytes(lead) + raw)
        core = encoded[(0, 2, 3)[lead] : len(encoded) - (0, 3, 2)[(lead + len(raw)) % 3]]
        if len(core) >= MIN_TOKEN_LENGTH:
            forms |= {core, core.translate(bytes.maketrans(b"+/", b"-_"))}
    return forms
