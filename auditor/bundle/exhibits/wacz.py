"""WACZ 1.1.1 of one capture, made from the bytes that were kept: for viewing in ReplayWeb.page, not as proof.

Source: https://specs.webrecorder.net/wacz/1.1.1/. The WARC inside is byte for byte the package's traffic.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator

from auditor.clock import timestamp
from auditor.errors import IntegrityError
from auditor.formats.fixed_zip import DATE
from auditor.model.captures import Capture

TRAFFIC = "traffic.warc.gz"
ARCHIVE, INDEX, PAGES = "archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl"
VIEWING_ONLY_NOTICE = "FOR VIEWING, NOT AS PROOF 仅供查看"


def build_wacz(capture: Capture, warc: bytes, software: str) -> bytes:
    """The archive; `IntegrityError` where the traffic is not a WARC that can be read."""
    files = {ARCHIVE: warc, INDEX: _index(warc, capture.id), PAGES: _pages(capture)}
    described = json.dumps(_described(capture, files, software), ensure_ascii=False, indent=2, sort_keys=True).encode()
    digest = {"path": "datapackage.json", "hash": _hash(described)}
    files["datapackage.json"] = described
    files["datapackage-digest.json"] = json.dumps(digest, sort_keys=True).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, DATE)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def _hash(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _described(capture: Capture, files: dict[str, bytes], software: str) -> dict[str, object]:
    return {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": f"{VIEWING_ONLY_NOTICE}: {capture.deployment} {capture.id}",
        "description": "Made from traffic.warc.gz of the evidence package, without a second visit.",
        "software": software,
        "created": timestamp(capture.ended_at),
        "mainPageUrl": capture.views[0].final_url if capture.views else "",
        "resources": [
            {"name": path.rpartition("/")[2], "path": path, "hash": _hash(data), "bytes": len(data)}
            for path, data in sorted(files.items())
        ],
    }


def _pages(capture: Capture) -> bytes:
    lines: list[dict[str, object]] = [{"format": "json-pages-1.0", "id": "pages", "title": VIEWING_ONLY_NOTICE}]
    lines += [
        {"id": view.id, "url": view.final_url, "ts": timestamp(view.captured_at), "title": view.title}
        for view in capture.views
        if view.captured_at is not None
    ]
    return "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines).encode()


def _index(warc: bytes, capture: str) -> bytes:
    """CDXJ: one line for each response, sorted."""
    try:
        return "".join(f"{line}\n" for line in sorted(_responses(warc))).encode()
    except Exception as error:
        raise IntegrityError(f"{capture}/{TRAFFIC}: not a readable WARC: {error!s:.200}; not exported") from error


def _responses(warc: bytes) -> Iterator[str]:
    records = ArchiveIterator(io.BytesIO(warc))
    for record in records:
        offset = records.get_record_offset()
        headers, kind = record.rec_headers, record.rec_type
        status = record.http_headers.get_statuscode() if record.http_headers else ""
        mime = (record.http_headers.get_header("Content-Type", "") if record.http_headers else "").split(";")[0]
        records.read_to_end()
        if kind not in {"response", "resource"}:
            continue
        url = headers.get_header("WARC-Target-URI", "")
        date = "".join(letter for letter in headers.get_header("WARC-Date", "") if letter.isdigit())[:14]
        fields = {
            "url": url, "mime": mime, "status": status or "200",
            "digest": headers.get_header("WARC-Payload-Digest", ""),
            "length": str(records.get_record_length()), "offset": str(offset), "filename": ARCHIVE.rpartition("/")[2],
        }  # fmt: skip
        yield f"{_key(url)} {date} {json.dumps(fields, ensure_ascii=False, sort_keys=True)}"


def _key(url: str) -> str:
    """The address in the order that indexes sort by (SURT): `cn,example)/path`."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        host = ",".join(reversed(host.split(".")))
    port = f":{parts.port}" if parts.port else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{port}){parts.path or '/'}{query}".lower().replace(" ", "%20")
