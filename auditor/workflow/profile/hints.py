"""Hints for `auditor profile`: what to do next, given what the page shows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.errors import ConfigError
from auditor.model.readings import ListingReading, Reading

_REFUSED = re.compile(r"^(POST|PUT) (/[^ ?#]+): only reading is allowed after login$")
_MAY_READ = re.compile(r"session|refresh|token|graphql|search|quer(?:y|ies)|list|fetch|find|rpc|read", re.IGNORECASE)
"""Paths that may well be asked only to read; others, such as `/settings/store`, are not offered."""
_UNBUILT = re.compile(r"built only when it is scrolled|the document holds [0-9]+$|nothing on the page says that it is")
_ON = "the last page was not reached"


def refused_request_hint(warnings: Iterable[str]) -> str:
    """How a page is described whose scripts were refused a request that may only read; empty where none was."""
    found = [match.groups() for warning in warnings if (match := _REFUSED.match(warning))]
    reading = [path if method == "POST" else f"{method} {path}" for method, path in found if _MAY_READ.search(path)]
    named = " ".join(f'--read-posts "{path}"' for path in reading[:3])
    return f"Where the page lacks something and these only read, or renew the session: {named}" if named else ""


def require_stated_fields(reading: Reading) -> None:
    """Raises `ConfigError` for a chosen field that the page does not state: a run would read nothing there."""
    for read in reading.fields:
        if read.status == "missing":
            more = "; a pattern tells capitals apart, and reads what is displayed" if "matches" in read.why else ""
            raise ConfigError(f"{read.field}: {read.why} on this page, so nothing was written{more}")


def listing_hint(listed: ListingReading) -> str:
    """What is still to be done for a list to be counted; empty where nothing is."""
    if listed.complete or not listed.rows:
        return ""
    unbuilt = next((remark for remark in listed.remarks if _UNBUILT.search(remark)), "")
    if unbuilt and listed.stated_total is None:
        why = unbuilt.partition(": ")[2]
        return f"; not counted: {why}. Make the window taller (browser: {{height: 3000}}), or name a stated total"
    if _ON in listed.remarks:
        return "; further pages are visited by a run"
    if listed.stated_total is not None and unbuilt:
        return "; rows are built only when it is scrolled: name that total with --used or --pattern 'used=([0-9,]+) …'"
    if listed.stated_total is not None:
        return "; no control that leads on was found: name it with --next CSS, or the total with --used or --pattern"
    return f"; not counted: {'; '.join(listed.remarks)}"
