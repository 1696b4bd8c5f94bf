"""Stored bytes leave as a picture, as plain text or as a file to keep: never as a document of this origin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from auditor.web.routing import WebRequest
from auditor.web.security import SANDBOX
from auditor.workflow import Desk, OutgoingFile

PNG = b"\x89PNG\r\n\x1a\n"
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})").fullmatch
Shown = Literal["picture", "text", "file"]
Handed = Literal["package", "bundle", "list"]


def stored_file(request: WebRequest, data: bytes, sha256: str, name: str, shown: Shown = "file") -> Response:
    """The answer with stored bytes whose digest was checked: `sha256` is their ETag.

    `picture`: shown as PNG, where the bytes begin as one does, else given as a file. `text`: shown as plain text.
    One range is answered as one; of several, none: then the whole is sent.
    """
    headers = _headers(sha256)
    if shown == "picture" and data.startswith(PNG):
        media_type = "image/png"
    elif shown == "text":
        media_type = "text/plain; charset=utf-8"
    else:
        media_type = "application/octet-stream"
        headers["Content-Disposition"] = _attachment(name)
    first, last, status = _part(request, len(data), sha256, headers)
    if status == 416:
        media_type = "text/plain; charset=utf-8"
    return Response(data[first : last + 1], status, {**headers, "Content-Type": media_type})


def handed_out(
    desk: Desk,
    request: WebRequest,
    what: tuple[Handed, str, str],
    file: OutgoingFile,
    name: str,
    media_type: str = "application/octet-stream",
) -> Response:
    """A file that leaves, as `stored_file` but never whole in memory: that it does is journalled first. `what`: its
    kind, its id or question, and its form. The file is closed in any case."""
    try:
        desk.acts.hand_out(*what, file.sha256)
    except BaseException:
        file.stream.close()
        raise
    return outgoing(request, file, name, media_type)


def outgoing(
    request: WebRequest, file: OutgoingFile, name: str, media_type: str = "application/octet-stream"
) -> Response:
    """A file that leaves, where that is journalled already. It is closed in any case."""
    headers = {**_headers(file.sha256), "Content-Disposition": _attachment(name)}
    first, last, status = _part(request, file.size, file.sha256, headers)
    headers["Content-Length"] = str(last + 1 - first)
    return _OutgoingResponse(file, (first, last), status, {**headers, "Content-Type": media_type})


class _OutgoingResponse(StreamingResponse):
    """The bytes of a part of a file, read as fast as the client takes them; then it is closed."""

    def __init__(self, file: OutgoingFile, part: tuple[int, int], status: int, headers: Mapping[str, str]) -> None:
        super().__init__(file.pieces(*part), status, headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.stream.close()


def _headers(sha256: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "bytes",
        "ETag": f'"{sha256}"',
    }


def _part(request: WebRequest, size: int, sha256: str, headers: dict[str, str]) -> tuple[int, int, int]:
    """First and last byte that are sent, and the status; what a part needs is put into `headers`."""
    wanted = _wanted(request, size, f'"{sha256}"')
    if wanted is None:
        return 0, size - 1, 200
    first, last = wanted
    if first >= size or last < first:
        headers["Content-Range"] = f"bytes */{size}"
        return 0, -1, 416
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return first, last, 206


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
