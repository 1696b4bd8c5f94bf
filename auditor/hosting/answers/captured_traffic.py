"""What a visit's own package says of where it was connected to: every response, not the first alone. Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from auditor.clock import parse_timestamp
from auditor.formats.web_origins import host_of
from auditor.hosting.answers.addresses import parse_address
from auditor.hosting.answers.charsets import printable
from auditor.model.hosting import SeenConnection

MAX_RECORDS = 5000
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class CapturedTraffic:
    """The connections of a visit, and the headers of the page's own document."""

    connections: tuple[SeenConnection, ...] = ()
    headers: Mapping[str, str] | None = None
    """None where no document was found; names in small letters."""


def read_traffic(warc: bytes, capture: str, asked: str, arrived: str) -> CapturedTraffic:
    """`asked` and `arrived`: the addresses of the page's document, before and after redirects.

    A file that is damaged gives what stands before the damage.
    """
    connections: dict[tuple[str, str, int | None], SeenConnection] = {}
    headers: Mapping[str, str] | None = None
    try:
        for number, record in enumerate(ArchiveIterator(io.BytesIO(warc))):
            if number >= MAX_RECORDS:
                break
            address = parse_address(record.rec_headers.get_header("WARC-IP-Address") or "").address
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            if record.rec_type != "response" or address is None:
                continue
            main = bare_url(url) == bare_url(arrived)
            if main and record.http_headers is not None:
                headers = MappingProxyType(
                    {name.lower(): printable(value) for name, value in record.http_headers.headers[:200]}
                )
            key = (host_of(url), str(address), port_of(url))
            at = parse_timestamp(record.rec_headers.get_header("WARC-Date"))
            if key not in connections or main:
                connections[key] = SeenConnection(
                    capture,
                    *key[:2],
                    at,
                    key[2],
                    main,
                    origin_of(asked) if main else "",
                    origin_of(url) if main else "",
                )
    except (ArchiveLoadFailed, EOFError, ValueError, TypeError, OSError):
        pass
    return CapturedTraffic(tuple(connections.values()), headers)


def bare_url(url: str) -> str:
    """An address without its fragment."""
    return url.partition("#")[0]


def port_of(url: str) -> int | None:
    """The port that an address is asked at; None where it names none that can be."""
    try:
        parts = urlsplit(url)
        return parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None


def origin_of(url: str) -> str:
    """Scheme, host and port, the port always named."""
    return f"{url.partition('://')[0].lower()}://{host_of(url)}:{port_of(url) or 0}"
