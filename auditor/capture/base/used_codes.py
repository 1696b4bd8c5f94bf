"""The one-time codes that a process has sent: each at most once, and early in its period."""

from __future__ import annotations

import asyncio
import hashlib

from auditor.capture.base.one_time_codes import CodeSecret, code_of_step, step_at
from auditor.clock import Clock

LEAST_SECONDS = 4.0
"""How long a code must still be valid when it is typed."""


class UsedCodes:
    """The codes sent so far by this process: a server refuses one that it saw before (RFC 6238 §5.2)."""

    def __init__(self) -> None:
        self._steps: dict[bytes, int] = {}

    async def next(self, secret: CodeSecret, clock: Clock) -> str:
        """A code that was not sent yet and stays valid for a while; waits for the next period where it must."""
        account = hashlib.sha256(secret.key).digest()
        while True:
            seconds = clock().timestamp()
            step = step_at(secret, seconds)
            left = (step + 1) * secret.period - seconds
            if left >= min(LEAST_SECONDS, secret.period / 2) and step != self._steps.get(account):
                self._steps[account] = step
                return code_of_step(secret, step)
            await asyncio.sleep(left + 0.05)
