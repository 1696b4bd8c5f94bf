"""One-time codes (RFC 6238): six digits for thirty seconds, one step early or late, each used once."""

from __future__ import annotations

import hmac
import io
import re
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
_DIGITS = re.compile("[0-9]{6}").fullmatch


def new_code_secret() -> str:
    """A secret of 160 bits, in the base-32 form that apps take."""
    return pyotp.random_base32()


def enrolment_uri(secret: str, name: str, issuer: str) -> str:
    """What an app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def enrolment_picture(uri: str) -> bytes:
    """The QR code as a PNG."""
    out = io.BytesIO()
    segno.make(uri, error="m").save(out, kind="png", scale=5, border=4)
    return out.getvalue()


def matching_step(secret: str, typed: str, now: datetime) -> int | None:
    """The step whose code was typed: now, the one before or the one after; None where it is none of them."""
    code = re.sub(r"\s", "", typed[:20])
    if not _DIGITS(code):
        return None
    totp, step = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    found = None
    for one in (step - 1, step, step + 1):
        if hmac.compare_digest(totp.generate_otp(one), code):
            found = one
    return found
