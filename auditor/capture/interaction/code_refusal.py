"""Why a one-time code was not accepted: what the clocks of this machine and of the server say. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from auditor.capture.base.exchange import Exchange
from auditor.model.captures import Circumstances

TELLING_SECONDS = 20.0
"""How far a server's clock must be from this machine's to be the likely reason: the `Date` of an answer is exact to a
second, and servers accept the code before and the one after."""


def why_refused(circumstances: Circumstances, answer: Exchange | None, now: datetime) -> str:
    """Why a code may not have been accepted, as a sentence: the clock of this machine, where anything speaks for it.

    `answer`: the last document of the server that did not accept it.
    """
    ahead = _server_ahead(answer, now)
    if ahead is not None and abs(ahead) > TELLING_SECONDS:
        where = "behind" if ahead > 0 else "ahead of"
        return f"This machine's clock is about {abs(ahead):.0f} s {where} the server's, which is the likely reason."
    clock = next((check for check in circumstances.checks if check.name == "clock"), None)
    if clock is not None and clock.result == "passed":
        return "This machine's clock is right, so it is another account's secret, or the code was used before."
    if clock is None:
        return ""
    return f"This machine's clock was not found right ({clock.fact}), which may be the reason."


def _server_ahead(answer: Exchange | None, now: datetime) -> float | None:
    """By how many seconds the server's clock is ahead; None where it does not say."""
    headers: Mapping[str, str] = {name.lower(): value for name, value in answer.response_headers} if answer else {}
    try:
        said = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError):
        return None
    return None if said.tzinfo is None else (said - now).total_seconds()
