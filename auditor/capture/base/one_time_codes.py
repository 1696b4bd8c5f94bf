"""One-time codes from a shared secret and the time: TOTP (RFC 6238) over HOTP (RFC 4226). Pure.

A secret is written as applications show it: base32, in groups or not, or as the `otpauth://` address of their QR code.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

_ALGORITHMS: Final = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}


@dataclass(frozen=True, slots=True, repr=False)
class CodeSecret:
    """What an authenticator application keeps of an account."""

    key: bytes
    digits: int = 6
    period: int = 30
    """Seconds for which a code is valid."""
    algorithm: str = "SHA1"


def parse_code_secret(text: str) -> CodeSecret:
    """The secret that a text writes. Raises `ValueError` with the reason, which repeats nothing of the text."""
    if not text.lower().startswith("otpauth:"):
        return CodeSecret(_key(text))
    parts = urlsplit(text)
    if parts.netloc.lower() != "totp":
        raise ValueError("the otpauth address is not of the kind totp: codes that count uses are not made here")
    given = {name.lower(): values[0] for name, values in parse_qs(parts.query).items()}
    digits, period = given.get("digits", "6"), given.get("period", "30")
    algorithm = given.get("algorithm", "SHA1").upper().replace("-", "")
    if algorithm not in _ALGORITHMS or digits not in ("6", "7", "8"):
        raise ValueError("the otpauth address names an algorithm or a number of digits that RFC 6238 does not have")
    if not (period.isascii() and period.isdigit() and 5 <= int(period) <= 600):
        raise ValueError("the otpauth address names a period that is none")
    return CodeSecret(_key(given.get("secret", "")), int(digits), int(period), algorithm)


def step_at(secret: CodeSecret, seconds: float) -> int:
    """The number of the period that a moment (seconds of Unix time) lies in."""
    return int(seconds // secret.period)


def code_of_step(secret: CodeSecret, step: int) -> str:
    """The code of one period, with its leading zeros."""
    digest = hmac.new(secret.key, step.to_bytes(8, "big"), _ALGORITHMS[secret.algorithm]).digest()
    start = digest[-1] & 0x0F
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**secret.digits).zfill(secret.digits)


def _key(text: str) -> bytes:
    plain = "".join(text.split()).replace("-", "").rstrip("=").upper()
    try:
        key = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except (binascii.Error, ValueError):
        raise ValueError("the secret is not base32 (letters A to Z and digits 2 to 7)") from None
    if len(key) < 10:
        raise ValueError("the secret is shorter than 80 bits; it may have been cut")
    return key
