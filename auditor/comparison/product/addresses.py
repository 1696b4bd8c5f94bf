"""Addresses out of lists that others made: exports of telemetry, tickets, certificate logs, resellers' lists. Pure.

Every text of a list is looked at for addresses; what becomes of an entry that is none, or that no public front page can
be had of, is told. Nothing is made up: no port, no neighbour, no other host of a range.
"""

from __future__ import annotations

import csv
import io
import ipaddress
import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from auditor.comparison.code.scripts import decode_script
from auditor.comparison.product.workbook import read_rows
from auditor.errors import ConfigError
from auditor.model.candidates import ProductCandidate, RefusedEntry
from auditor.model.notes import Note, make_note

MAX_FILE = 64 << 20
MAX_ADDRESSES = 100_000
_URL = re.compile(r"https?://[^\s\"'<>\]\[(){}|\\^`，。；、]+", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![\w@.\-/])((?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}|(?:\*\.)?(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+"
    r"[a-z][a-z0-9\-]{1,62})(?::[0-9]{1,5})?(?:/[0-9]{1,3}(?![\w.]))?)(?![\w@\-]|\.[0-9a-z])",
    re.IGNORECASE,
)
_FILES = re.compile(
    r"\.(?:html?|jpe?g|png|gif|pdf|docx?|xlsx?|csv|txt|js|css|json|xml|zip|exe|php|aspx?|jsp|log)$", re.IGNORECASE
)


def read_candidates(
    data: bytes, name: str, sha256: str, *, private: bool = False
) -> tuple[tuple[ProductCandidate, ...], tuple[RefusedEntry, ...]]:
    """Candidates of a file, each address once, and entries that were refused.

    `private`: addresses of private networks are taken too. `ConfigError` for a file that cannot be read.
    """
    if len(data) > MAX_FILE:
        raise ConfigError(f"{name}: {len(data)} bytes, of which at most {MAX_FILE} are read; split it")
    found: dict[str, ProductCandidate] = {}
    refused: dict[str, RefusedEntry] = {}
    for place, text in _texts(data, name):
        for entry in _entries(text):
            address, why = front_address(entry, private=private)
            if why is not None:
                refused.setdefault(entry, RefusedEntry(place, entry[:200], why))
            elif len(found) < MAX_ADDRESSES:
                found.setdefault(address, ProductCandidate(address, name, sha256, place))
            else:
                raise ConfigError(f"{name}: more than {MAX_ADDRESSES} addresses; split it")
    return tuple(found.values()), tuple(refused.values())


def _texts(data: bytes, name: str) -> Iterator[tuple[str, str]]:
    """Place and text of everything that may hold an address."""
    if data[:4] == b"PK\x03\x04":
        for sheet, number, row in read_rows(data, name):
            yield f"{sheet}, row {number}", "\n".join(row)
        return
    text = decode_script(data)
    if text.lstrip()[:1] in ("{", "["):
        try:
            yield from _strings(json.loads(text), "")
        except RecursionError:
            raise ConfigError(f"{name}: JSON that nests too deep") from None
        except ValueError:
            yield from _lines(text)
        return
    if name.lower().endswith(".csv"):
        try:
            rows = csv.reader(io.StringIO(text, newline=""), dialect=_dialect(text))
            for number, cells in enumerate(rows, 1):
                yield f"row {number}", "\n".join(cells)
        except csv.Error as error:
            raise ConfigError(f"{name}: not CSV that can be read ({error})") from None
        return
    yield from _lines(text)


def _dialect(text: str) -> type[csv.Dialect] | csv.Dialect:
    try:
        return csv.Sniffer().sniff(text[:4096], delimiters=",;\t|")
    except csv.Error:
        return csv.excel


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        yield f"line {number}", line[:10_000]


def _strings(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place or "/", value[:10_000]
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, f"{place}/{key}"[:200])
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _strings(inner, f"{place}/{number}"[:200])


def _entries(text: str) -> Iterator[str]:
    whole = [(match.start(), match[0].rstrip(".,;:!?")) for match in _URL.finditer(text)]
    rest = _URL.sub(lambda match: " " * len(match[0]), text)
    bare = [(match.start(), match[1]) for match in _BARE.finditer(rest) if not _FILES.search(match[1])]
    for _, entry in sorted(whole + bare):
        yield entry


def front_address(entry: str, *, private: bool = False) -> tuple[str, Note | None]:
    """The address of a public front page, or why there is none.

    A bare name is asked by https, a bare number or one with a port by http; a query, which may hold somebody's session,
    is left out.
    """
    if "://" not in entry:
        host = entry.partition("/")[0]
        if "/" in entry:
            return "", make_note("candidate.range")
        numeric = host.replace(".", "").replace(":", "").isdigit()
        plain = numeric or (":" in host and not host.endswith(":443"))
        entry = f"{'http' if plain else 'https'}://{host}/"
    try:
        parts = urlsplit(entry)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "", make_note("candidate.no_address")
    if parts.username is not None or parts.password is not None:
        return "", make_note("candidate.credentials")
    if "*" in host:
        return "", make_note("candidate.wildcard")
    if not host or not re.fullmatch(r"[\w.\-:]+", host):
        return "", make_note("candidate.no_address")
    why = _why_unreachable(host)
    if why is not None and not (private and why.code == "candidate.private"):
        return "", why
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme.lower()]
    place = shown if port in (None, default) else f"{shown}:{port}"
    return urlunsplit((parts.scheme.lower(), place, parts.path or "/", "", "")), None


def _why_unreachable(host: str) -> Note | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        local = host == "localhost" or host.endswith((".local", ".localhost", ".internal", ".lan"))
        if local:
            return make_note("candidate.private")
        return make_note("candidate.no_address") if "." not in host or host.replace(".", "").isdigit() else None
    return None if address.is_global else make_note("candidate.private")
