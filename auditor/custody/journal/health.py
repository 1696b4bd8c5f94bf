"""How each timestamp authority answered lately, and when it may be asked again; told by the journal. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from auditor.model.events import StampedEvent
from auditor.model.evidence import TokenStatus

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
WARN_AT = 0.8
"""Share of a signer certificate's life after which its end is warned about."""


@dataclass(frozen=True, slots=True)
class AuthorityHealth:
    """How an authority answered lately."""

    failures: int = 0
    """In a row."""
    asked_at: datetime | None = None
    signer: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def due(self, now: datetime) -> datetime | None:
        """When it may be asked again; None at any time. A failure dated ahead of now was told by a clock that was wrong
        and holds nothing back."""
        if not self.failures or self.asked_at is None or self.asked_at > now:
            return None
        return self.asked_at + min(LONGEST_WAIT, FIRST_WAIT * (1 << min(self.failures - 1, 16)))

    def after(
        self, status: TokenStatus, signer: str, asked_at: datetime, since: datetime | None, until: datetime | None
    ) -> AuthorityHealth:
        if status != "verified":
            return replace(self, failures=self.failures + 1, asked_at=asked_at)
        return AuthorityHealth(0, asked_at, signer, since, until)


def after_answers(known: Mapping[str, AuthorityHealth], event: StampedEvent) -> dict[str, AuthorityHealth]:
    """Each authority's health after what it answered about one thing."""
    found = dict(known)
    for one in event.tokens:
        before = found.get(one.authority, AuthorityHealth())
        found[one.authority] = before.after(one.status, one.signer, one.asked_at, one.signer_since, one.signer_until)
    return found


def expiry_warnings(health: Mapping[str, AuthorityHealth], at: datetime) -> list[str]:
    """Warnings about signer certificates past 80 % of their life, one sentence each."""
    warnings = []
    for authority, known in sorted(health.items()):
        if known.since is None or known.until is None:
            continue
        if at >= known.since + (known.until - known.since) * WARN_AT:
            left = (known.until - at).days
            warnings.append(
                f"authority {authority}: its certificate ends {known.until:%Y-%m-%d} ({left} days left); "
                "run `auditor reseal`"
            )
    return warnings
