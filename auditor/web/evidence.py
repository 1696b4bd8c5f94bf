"""Stored bytes leave as a picture, as plain text or as a file to keep: never as a document of this origin."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import quote

from starlette.responses import Response

from auditor.web.routing import WebRequest
from auditor.web.security import SANDBOX

PNG = b"\x89PNG\r\n\x1a\n"
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})").fullmatch
Shown = Literal["picture", "text", "file"]


def stored_file(request: WebRequest, data: bytes, sha256: str, name: str, shown: Shown = "file") -> Response:
    """The answer with stored bytes whose digest was checked: `sha256` is their ETag.

    `picture`: shown as PNG, where the bytes begin as one does, else given as a file. `text`: shown as plain text.
    One range is answered as one; of several, none: then the whole is sent.
    """
    headers = {
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "bytes",
        "ETag": f'"{sha256}"',
    }
    if shown == "picture" and data.startswith(PNG):
        media_type = "image/png"
    elif shown == "text":
        media_type = "text/plain; charset=utf-8"
    else:
        media_type = "application/octet-stream"
        headers["Content-Disposition"] = _attachment(name)
    wanted = _wanted(request, len(data), f'"{sha256}"')
    if wanted is None:
        return _answer(data, 200, headers, media_type)
    first, last = wanted
    if first >= len(data) or last < first:
        headers["Content-Range"] = f"bytes */{len(data)}"
        return _answer(b"", 416, headers, "text/plain; charset=utf-8")
    headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return _answer(data[first : last + 1], 206, headers, media_type)


def _answer(data: bytes, status: int, headers: dict[str, str], media_type: str) -> Response:
    return Response(data, status, {**headers, "Content-Type": media_type})


def _wanted(request: WebRequest, size: int, etag: str) -> tuple[int, int] | None:
    """First and last byte that are asked for; None for the whole."""
    text = request.headers.get("range", "")
    found = _RANGE(text)
    if found is None or found[0] == "bytes=-" or request.headers.get("if-range", etag) != etag:
        return None
    first, last = found[1], found[2]
    if not first:
        length = int(last)
        return (max(0, size - length), size - 1) if length else (size, size - 1)
    return int(first), min(int(last), size - 1) if last else size - 1


def _attachment(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name.rsplit("/", 1)[-1])[:100] or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name.rsplit('/', 1)[-1][:200], safe='')}"
