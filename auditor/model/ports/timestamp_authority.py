"""Who witnesses time: the port of sealing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from auditor.model.evidence import Authority, TokenVerdict

DigestName = Literal["sha256", "sha512"]
"""The hash functions by which an authority may be asked for a timestamp."""


@dataclass(frozen=True, slots=True)
class TimestampAnswer:
    """What came of asking one authority about one thing: the bytes of both sides, and what they are worth."""

    request: bytes
    response: bytes
    """As it came, byte for byte; empty where none came or what came was no timestamp at all."""
    verdict: TokenVerdict
    """`verified`, `refused` with its reason, or `absent` with its reason."""
    asked_at: datetime
    """By the local clock, in UTC."""
    failed_check: str = ""
    """`token.imprint`, `token.nonce` …: the check that failed; empty where all passed."""
    chain: tuple[bytes, ...] = ()
    """DER certificates from the signer to a pinned anchor, of a token that verified."""
    valid: tuple[datetime, datetime] | None = None
    """From when the signer's certificate is valid, and until when all of the chain are."""


class TimestampAuthority(Protocol):
    """Somebody who states that bytes existed at a moment, and whose statement can be verified without trusting us.

    - Two askings never give the same request.
    - An authority that does not answer, answers late or answers wrongly gives an answer that says so; it never raises,
      and it never takes longer than the bound it was made with.
    - `verified` is said only of a token over these very bytes, signed by a certificate that leads to a pinned one, its
      time not before `finished_at` and near the local clock.
    - Safe to be asked from several threads.
    """

    @property
    def authority(self) -> Authority:
        """Its id, owner, address and policies, as configured."""
        ...

    @property
    def certificates(self) -> bytes:
        """PEM of the certificates that its answers are judged by; kept in `evidence/trust/`."""
        ...

    def stamp(
        self, data: bytes, *, at: Callable[[], datetime], finished_at: datetime | None, algorithm: DigestName
    ) -> TimestampAnswer:
        """Ask for a timestamp over `data`, hashed by `algorithm`, and judge the answer.

        `at` gives the local time; `finished_at`: when the thing was finished, before which no honest token lies.
        """
        ...
