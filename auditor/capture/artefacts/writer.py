"""From originals in memory to artefacts on the stage: masked, compressed, hashed. Runs in threads."""

from __future__ import annotations

import json
import ssl
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.capture.artefacts.mask import UNKNOWN, Mask
from auditor.capture.artefacts.masking import mask_mhtml, mask_snapshot
from auditor.capture.artefacts.page_originals import PageOriginals
from auditor.capture.artefacts.picture_bars import bar_picture
from auditor.capture.artefacts.secrets import Secrets
from auditor.capture.artefacts.warc import write_warc
from auditor.capture.base.exchange import Exchange
from auditor.capture.browser.dom_snapshot import Snapshot, compress_snapshot
from auditor.capture.browser.screenshot import Clip, tile_clips, tile_name
from auditor.model.captures import Artefact, Stage, WithheldSecret

_Masked = tuple[bytes, Counter[str]]


@dataclass(frozen=True, slots=True)
class _Held:
    """Bytes that wait until every secret of the visit is known."""

    path: str
    data: bytes
    media_type: str
    made_by: str
    mask: Callable[[bytes, Mask], _Masked]
    pack: Callable[[bytes], bytes]
    of_login: bool
    unknown: bool
    """Whether it may hold secrets that are not known."""


class ArtefactWriter:
    """Keeps what one visit brought back. All of it goes to the stage when every secret is known."""

    def __init__(self, stage: Stage) -> None:
        self.artefacts: list[Artefact] = []
        self.withheld: list[WithheldSecret] = []
        self._stage = stage
        self._held: list[_Held] = []
        self._unknown = False
        """Whether what the page stores is not known yet."""
        self._lost = False
        """Whether some of it never will be: the traffic of the visit is then left out."""

    def looked(self, known: bool) -> None:
        """Say whether what the page stores is known, for what is kept of it from now on."""
        self._unknown = not known

    def settle(self, known: bool) -> frozenset[str]:
        """Say whether the rest is known at the end of the visit. Returns the files that are disclosed without any text,
        since what their page stored never was."""
        self._lost = self._lost or not known
        if not self._lost:
            self._held = [replace(held, unknown=False) for held in self._held]
        return frozenset(held.path for held in self._held if held.unknown)

    def view(self, view_id: str, originals: PageOriginals) -> dict[str, str]:
        """Keep one page's originals; returns their paths by kind."""
        paths: dict[str, str] = {}
        snapshot = originals.look.snapshot
        for number, (png, clip) in enumerate(zip(originals.pictures, originals.clips, strict=True), 1):
            key = tile_name(number)
            paths[key] = f"{view_id}/{key}.png"
            self._picture(paths[key], png, clip, snapshot)
        paths["snapshot"] = f"{view_id}/domsnapshot.json.gz"
        made_by = "cdp:DOMSnapshot.captureSnapshot"
        self._hold(
            paths["snapshot"],
            originals.look.data,
            "application/gzip",
            made_by,
            mask=mask_snapshot,
            pack=compress_snapshot,
        )
        paths["mhtml"] = f"{view_id}/page.mhtml"
        self._hold(paths["mhtml"], originals.mhtml, "multipart/related", "cdp:Page.captureSnapshot", mask=mask_mhtml)
        for number, document in enumerate(originals.documents):
            key = "dom" if number == 0 else f"dom-frame-{number}"
            paths[key] = f"{view_id}/{key}.html"
            self._hold(paths[key], document, "text/html; charset=utf-8", "cdp:DOM.getOuterHTML")
        return paths

    def login_page(self, view_id: str, png: bytes, snapshot: Snapshot, document: bytes) -> dict[str, str]:
        """Keep how a login ended: picture and markup only, since a snapshot also holds what was typed."""
        paths = {"screenshot": f"{view_id}/screenshot.png", "dom": f"{view_id}/dom.html"}
        self._picture(paths["screenshot"], png, tile_clips(*snapshot.size)[0][0], snapshot, of_login=True)
        self._hold(paths["dom"], document, "text/html; charset=utf-8", "cdp:DOM.getOuterHTML", of_login=True)
        return paths

    def body(self, view_id: str, body: bytes, media_type: str) -> dict[str, str]:
        """Keep the body of a response that was not shown by a browser."""
        suffix = "json" if "json" in media_type else "html" if "html" in media_type else "bin"
        path = f"{view_id}/body.{suffix}"
        self._hold(path, body, media_type or "application/octet-stream", "requests")
        return {"body": path}

    def record(self, path: str, document: Mapping[str, object], made_by: str) -> None:
        """Keep a JSON document about the visit."""
        data = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode() + b"\n"
        self._hold(path, data, "application/json", made_by, of_page=False)

    def certificates(self, chains: Mapping[str, tuple[bytes, ...]], made_by: str) -> None:
        """Keep the certificate chains, one after another, each under its origin."""
        blocks = [
            f"# {origin} certificate {number}\n{ssl.DER_cert_to_PEM_cert(der)}"
            for origin, chain in chains.items()
            for number, der in enumerate(chain)
        ]
        if blocks:
            self._put("tls-chain.pem", "".join(blocks).encode(), "application/x-pem-file", made_by)

    def finish(
        self,
        secrets: Secrets,
        *,
        capture_id: str,
        at: datetime,
        exchanges: list[Exchange],
        sockets: list[str],
        fields: Mapping[str, str],
        means: str,
    ) -> Mask:
        """Put everything still held, without secrets; what had to be altered is also kept whole, sealed."""
        for item in exchanges:
            _learn(secrets, item)
        for url in sockets:
            secrets.url(url)
        mask = Mask(secrets)
        login_mask = Mask(secrets, of_login=True) if secrets.codes else mask
        unknown = Mask(secrets, unknown=True)
        for held in self._held:
            masked, counts = held.mask(held.data, unknown if held.unknown else login_mask if held.of_login else mask)
            self._put(held.path, held.pack(masked), held.media_type, held.made_by)
            if counts:
                self._put(held.path, held.pack(held.data), held.media_type, held.made_by, sealed=True)
                self._withhold(held.path, counts)
        if exchanges or sockets:
            if self._lost:
                counts = Counter({UNKNOWN: 1})
            else:
                warc, counts = write_warc(capture_id, at, exchanges, sockets, fields, mask, login_mask)
                self._put("traffic.warc.gz", warc, "application/warc", f"{means}, warcio")
            if counts:
                full, _ = write_warc(capture_id, at, exchanges, sockets, fields, None)
                self._put("traffic.warc.gz", full, "application/warc", f"{means}, warcio", sealed=True)
                self._withhold("traffic.warc.gz", counts)
        return mask

    def _picture(self, path: str, png: bytes, clip: Clip, snapshot: Snapshot, *, of_login: bool = False) -> None:
        """Hold a picture; `snapshot`: the layout of the same moment, which says where it shows a secret."""

        def bar(data: bytes, mask: Mask) -> _Masked:
            return bar_picture(data, clip, snapshot, mask, canvases=of_login)

        self._hold(path, png, "image/png", "cdp:Page.captureScreenshot", mask=bar, of_login=of_login)

    def _hold(
        self,
        path: str,
        data: bytes,
        media_type: str,
        made_by: str,
        *,
        mask: Callable[[bytes, Mask], _Masked] = lambda data, mask: mask(data),
        pack: Callable[[bytes], bytes] = bytes,
        of_login: bool = False,
        of_page: bool = True,
    ) -> None:
        unknown = of_page and self._unknown
        self._held.append(_Held(path, data, media_type, made_by, mask, pack, of_login, unknown))

    def _put(self, path: str, data: bytes, media_type: str, made_by: str, *, sealed: bool = False) -> None:
        self.artefacts.append(self._stage.put(path, data, media_type=media_type, made_by=made_by, sealed=sealed))

    def _withhold(self, path: str, counts: Counter[str]) -> None:
        self.withheld.extend(WithheldSecret(path, what, times) for what, times in sorted(counts.items()))


def _learn(secrets: Secrets, item: Exchange) -> None:
    """Every secret that one exchange gives away."""
    secrets.url(item.url)
    for name, value in (*item.request_headers, *item.response_headers):
        secrets.header(name, value)
        if name.lower() in ("location", "referer"):
            secrets.url(value)
    if item.body and item.kind in ("Document", "XHR", "Fetch"):
        secrets.markup(item.body.decode("utf-8", "replace"))
