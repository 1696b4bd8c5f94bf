"""A stage on a folder, as the tests need it: the same duties as the evidence store's."""

from __future__ import annotations

import gzip
import hashlib
import io
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from auditor.errors import VaultError
from auditor.model.captures import Artefact


class FolderStage:
    """Keeps disclosable files under `open/` and sealed originals, unencrypted here, under `sealed/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sealed: dict[str, bytes] = {}

    def put(self, path: str, data: bytes, *, media_type: str, made_by: str, sealed: bool = False) -> Artefact:
        if sealed:
            path += ".sealed"
        file = self.folder / ("sealed" if sealed else "open") / path
        if file.exists():
            raise VaultError(f"{path} was already put")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return Artefact(path, media_type, hashlib.sha256(data).hexdigest(), len(data), made_by)

    def read(self, path: str) -> bytes:
        return (self.folder / "open" / path).read_bytes()

    def disclosable(self) -> dict[str, bytes]:
        """Every disclosable file by path, compressed ones opened."""
        found: dict[str, bytes] = {}
        for file in sorted((self.folder / "open").rglob("*")):
            if file.is_file():
                data = file.read_bytes()
                found[file.relative_to(self.folder / "open").as_posix()] = (
                    gzip.decompress(data) if file.suffix == ".gz" else data
                )
        return found

    def records(self, path: str = "traffic.warc.gz") -> list[tuple[str, str, bytes, dict[str, str]]]:
        """(type, target, content, HTTP headers) of every record of a WARC file, digests checked."""
        rows = []
        stream = ArchiveIterator(io.BytesIO(self.read(path)), check_digests="raise")
        for record in stream:
            uri = record.rec_headers.get_header("WARC-Target-URI") or ""
            head = record.http_headers
            headers = {name.lower(): value for name, value in head.headers} if head else {}
            if head:
                headers[":status"] = head.statusline
            rows.append((record.rec_type, uri, record.content_stream().read(), headers))
        return rows
