"""Responses read back from a stored web archive (WARC, ISO 28500), bounded. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

MAX_RESPONSES = 20_000
MAX_BODY = 32 << 20
"""Bytes of one response that are read; a longer one is cut and says so."""
MAX_TOTAL = 512 << 20
"""Bytes of all responses of an archive that are read."""


@dataclass(frozen=True, slots=True)
class ArchivedResponse:
    """One response as it was archived: its body is decoded."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Names in lower case."""
    body: bytes = b""
    cut: bool = False

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        return self.headers.get("content-type", "").lower().partition("charset=")[2].strip(" \"'")


def read_responses(data: bytes) -> tuple[ArchivedResponse, ...]:
    """Every response of an archive, in order; what is damaged ends the list where it is damaged."""
    return tuple(_responses(data))


def _responses(data: bytes) -> Iterator[ArchivedResponse]:
    total = 0
    try:
        for number, record in enumerate(ArchiveIterator(io.BytesIO(data))):
            if record.rec_type != "response" or record.http_headers is None:
                continue
            body = record.content_stream().read(min(MAX_BODY, MAX_TOTAL - total) + 1)
            cut = len(body) > min(MAX_BODY, MAX_TOTAL - total)
            total += len(body)
            status = record.http_headers.get_statuscode()
            headers = _headers(record.http_headers.headers)
            yield ArchivedResponse(
                record.rec_headers.get_header("WARC-Target-URI") or "", int(status) if status.isdigit() else 0,
                headers, body[:MAX_BODY], cut or record.rec_headers.get_header("WARC-Truncated") is not None,
            )  # fmt: skip
            if number > MAX_RESPONSES or total > MAX_TOTAL:
                return
    except (ArchiveLoadFailed, EOFError, OSError, ValueError):
        return


def _headers(lines: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Headers by name in lower case; what is sent several times (cookies), one under the other."""
    found: dict[str, str] = {}
    for name, value in lines:
        key = name.lower()
        found[key] = f"{found[key]}\n{value}" if key in found else value
    return MappingProxyType(found)
