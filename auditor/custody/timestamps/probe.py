"""Asking each authority once, for nobody's evidence: does it answer, does its token verify, and what time has it?

A token over random bytes is asked for, and the date of an HTTP answer; neither is kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from auditor.clock import Clock
from auditor.custody.timestamps.client import HttpTimestampAuthority, Timeouts
from auditor.custody.timestamps.trust_anchors import pin_authority_file
from auditor.errors import ConfigError
from auditor.model.evidence import Authority, TokenVerdict


@dataclass(frozen=True, slots=True)
class AuthorityProbe:
    """What one authority answered."""

    authority: str
    verdict: TokenVerdict | None
    """None where it was not asked: its certificates cannot be read."""
    why: str = ""
    """Why it was not asked."""
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    http_date: datetime | None = None
    """The `Date` of its HTTP answer, in whole seconds; None where it states none."""
    date_asked_at: datetime | None = None
    date_answered_at: datetime | None = None


def probe_authorities(
    authorities: Sequence[Authority], base: Path, at: Clock, patience: Timeouts
) -> tuple[AuthorityProbe, ...]:
    """Every authority asked at once; the answers in their order. `base`: the folder that `roots` begins at."""
    if not authorities:
        return ()
    with ThreadPoolExecutor(len(authorities), thread_name_prefix="probe") as pool:
        return tuple(pool.map(lambda one: _probe(one, base, at, patience), authorities))


def _probe(authority: Authority, base: Path, at: Clock, patience: Timeouts) -> AuthorityProbe:
    try:
        pinned = pin_authority_file(authority, base)
    except ConfigError as error:
        return AuthorityProbe(authority.id, None, str(error))
    asked_at = at()
    answer = HttpTimestampAuthority(pinned, patience).stamp(secrets.token_bytes(32), at=at)
    answered_at = at()
    said = _http_date(authority.url, patience)
    return AuthorityProbe(authority.id, answer.verdict, "", asked_at, answered_at, said, answered_at, at())


def _http_date(url: str, patience: Timeouts) -> datetime | None:
    """The date of any answer, whatever its status."""
    waits = (patience.connect, patience.read)
    try:
        with requests.head(url, timeout=waits, allow_redirects=False) as answer:
            said = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (requests.RequestException, HTTPError, OSError, ValueError):
        return None
    return said if said.tzinfo is not None else None
