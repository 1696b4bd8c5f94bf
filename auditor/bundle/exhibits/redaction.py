"""What is withheld from a bag, and the derivatives that stand in for it. The original stays sealed where it is.

Texts and rectangles are removed from the page's picture and from its document; every other artefact of the view that
may hold them (snapshot, archive, traffic) is withheld whole, since a derivative of it could not be told from the
original by eye.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from PIL import Image, ImageDraw

from auditor.bundle.bag.tables import csv_lines
from auditor.bundle.dossier import LoadedPackage, Redaction
from auditor.clock import timestamp
from auditor.errors import ConfigError
from auditor.formats.web_origins import host_of
from auditor.model.captures import Artefact, Capture, View
from auditor.model.reading.readings import Box

SEALED = ".sealed"
REDACTION_BAR = "█"
COLUMNS = (
    "capture", "path", "original_sha256", "derivative_sha256", "reason", "who", "when", "decision",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WithheldArtefact:
    """An artefact that stays out, with its derivative where one is made."""

    capture: str
    path: str
    sha256: str
    derivative: bytes
    """Empty where the artefact is withheld whole."""
    reason: str
    by: str
    at: str
    decision: str

    def row(self) -> tuple[str, ...]:
        derived = hashlib.sha256(self.derivative).hexdigest() if self.derivative else ""
        return (self.capture, self.path, self.sha256, derived, self.reason, self.by, self.at, self.decision)


def hidden_texts(redactions: Iterable[Redaction]) -> list[str]:
    """The texts that nothing disclosed may hold."""
    return sorted({redaction.what for redaction in redactions if redaction.kind == "text"})


def withheld_artefacts(
    opened: LoadedPackage, redactions: Sequence[Redaction], pruned: str = ""
) -> list[WithheldArtefact]:
    """The artefacts of one capture that stay out: sealed ones, those a redaction touches; all, where it was pruned."""
    capture = opened.capture
    if pruned:
        gone = sorted(capture.artefacts, key=lambda artefact: artefact.path)
        return [WithheldArtefact(capture.id, one.path, one.sha256, b"", pruned, "auditor", "", "") for one in gone]
    asked = [redaction for redaction in redactions if redaction.concerns(capture)]
    found = []
    for artefact in sorted(capture.artefacts, key=lambda artefact: artefact.path):
        if artefact.path.endswith(SEALED):
            why = "holds a secret (a password, a cookie, a token); stored encrypted, stays with the custodian"
            found.append(WithheldArtefact(capture.id, artefact.path, artefact.sha256, b"", why, "auditor", "", ""))
            continue
        touching = [each for each in asked if _touches(each, artefact, opened)]
        if touching:
            found.append(_masked(artefact, opened, touching))
    return found


def _masked(artefact: Artefact, opened: LoadedPackage, touching: Sequence[Redaction]) -> WithheldArtefact:
    return WithheldArtefact(
        opened.capture.id,
        artefact.path,
        artefact.sha256,
        _derivative(artefact, opened, touching),
        "; ".join(dict.fromkeys(each.reason for each in touching)),
        "; ".join(dict.fromkeys(each.by for each in touching)),
        timestamp(max(each.at for each in touching)),
        "; ".join(dict.fromkeys(each.decision for each in touching if each.decision)),
    )


def _touches(redaction: Redaction, artefact: Artefact, opened: LoadedPackage) -> bool:
    if redaction.kind == "artefact":
        return artefact.path == redaction.what
    views = opened.capture.views
    # Traffic, frames and tiles may hold the same in a form that cannot be searched, such as a compressed body.
    apart = not any(artefact.path in view.artefacts.values() for view in views)
    hides = apart and not artefact.path.endswith((".json", ".pem"))
    if redaction.kind == "region":
        view = region_view(redaction, views)
        return view is not None and (hides or artefact.path in set(view.artefacts.values()))
    if hides and any(_shows(redaction.what, view, opened) for view in views):
        return True
    return _holds(redaction.what, artefact, opened) or any(
        artefact.path == view.artefacts.get("screenshot") and _shows(redaction.what, view, opened)
        for view in opened.capture.views
    )


def wire_holds(text: str, data: bytes) -> bool:
    """Whether a protocol's message may hold a name or an address: as bytes, as labels, each behind its length (RFC 1035
    section 3.1), as the labels of the address's reverse name, or as its ASCII form in one piece (TLS)."""
    name, low = text.strip("[]. "), data.lower()
    try:
        address = ip_address(name)
    except ValueError:
        pass
    else:
        return address.packed in data or str(address).encode() in low or _labels_in(address.reverse_pointer, low)
    if re.search(r"[\s/@:?#]", name):
        return False  # no host name
    form = host_of(f"//{name}").encode("utf-8", "replace").lower()
    return bool(form) and (form in low or (b"." in form and _labels_in(form.decode("utf-8", "replace"), low)))


def _labels_in(name: str, low: bytes) -> bool:
    """Whether each label stands there behind its length, wherever: a message names a suffix that it has had by its
    place alone."""
    return all(len(one) < 64 and bytes([len(one)]) + one in low for one in name.encode("utf-8").split(b"."))


def _holds(text: str, artefact: Artefact, opened: LoadedPackage) -> bool:
    """Whether an artefact may hold a text: compressed and encoded forms that cannot be searched count as holding it."""
    raw = opened.load(artefact.path)
    if artefact.path.endswith((".png", ".pem")):
        return False
    if artefact.path.startswith("hosting/") and wire_holds(text, raw):
        return True
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError):
            return True
    encoded = {text.encode(), text.encode("unicode_escape"), text.encode("gb18030"), text.encode("utf-16-le")}
    if artefact.path.endswith(".mhtml"):
        quoted = "".join(f"={byte:02X}" for byte in text.encode())
        return quoted.encode() in raw.replace(b"=\r\n", b"").replace(b"=\n", b"") or any(e in raw for e in encoded)
    return any(form in raw for form in encoded)


def _shows(text: str, view: View, opened: LoadedPackage) -> bool:
    """Whether the document behind a picture holds the text: then the picture may show it."""
    dom = view.artefacts.get("dom")
    return bool(dom) and text.encode() in opened.load(str(dom))


def region_view(redaction: Redaction, views: Sequence[View]) -> View | None:
    """The view that a region names as `<view>:x,y,w,h`."""
    name = redaction.what.partition(":")[0]
    return next((view for view in views if view.id == name), None)


def region_box(region: str) -> tuple[int, int, int, int]:
    """The rectangle of `<view>:x,y,w,h`, CSS pixels; `ConfigError` where it cannot be read."""
    try:
        x, y, w, h = (int(part) for part in region.partition(":")[2].split(","))
    except ValueError:
        raise ConfigError(f"redaction {region!r}: expected <view>:x,y,w,h in CSS pixels") from None
    if w <= 0 or h <= 0:
        raise ConfigError(f"redaction {region!r}: an empty rectangle; give its width and height")
    return x, y, w, h


def is_redacted(box: Box, view: str, capture: Capture, redactions: Iterable[Redaction]) -> bool:
    """Whether a place on a view's picture lies in a region that is redacted, in part at least."""
    for each in redactions:
        if each.kind == "region" and each.concerns(capture) and each.what.partition(":")[0] == view:
            x, y, w, h = region_box(each.what)
            if box.x < x + w and x < box.x + box.w and box.y < y + h and y < box.y + box.h:
                return True
    return False


def _derivative(artefact: Artefact, opened: LoadedPackage, touching: Sequence[Redaction]) -> bytes:
    """A document with bars for the texts, a picture with filled rectangles, or nothing."""
    view = next((view for view in opened.capture.views if artefact.path in view.artefacts.values()), None)
    if any(each.kind == "artefact" for each in touching) or view is None:
        return b""
    if artefact.path == view.artefacts.get("dom") and all(each.kind == "text" for each in touching):
        document = opened.load(artefact.path).decode("utf-8", "replace")
        for each in touching:
            document = document.replace(each.what, REDACTION_BAR * len(each.what))
        return document.encode()
    if artefact.path == view.artefacts.get("screenshot") and artefact.path.endswith(".png"):
        boxes = [box for each in touching for box in _boxes(each, view, opened)]
        told = [_found(each, view, opened) for each in touching if each.kind == "text"]
        return _blacked(opened.load(artefact.path), boxes, view.scale) if boxes and all(told) else b""
    return b""


def _boxes(redaction: Redaction, view: View, opened: LoadedPackage) -> list[tuple[int, int, int, int]]:
    """Rectangles on a view's picture: the region given, or where the reader found the text on it."""
    if redaction.kind == "region":
        return [region_box(redaction.what)]
    rows = [row for listing in opened.reading.listings for row in listing.rows] if opened.reading else []
    return [
        (row.box.x, row.box.y, row.box.w, row.box.h)
        for row in rows
        if row.box and row.locator.view == view.id and any(redaction.what in cell for cell in row.cells.values())
    ]


def _found(redaction: Redaction, view: View, opened: LoadedPackage) -> bool:
    """Whether every place of a text on a page is known: else its picture is withheld whole."""
    dom = opened.load(str(view.artefacts.get("dom"))).decode("utf-8", "replace")
    return dom.count(redaction.what) <= len(_boxes(redaction, view, opened))


def _blacked(png: bytes, boxes: Sequence[tuple[int, int, int, int]], scale: float) -> bytes:
    with Image.open(io.BytesIO(png), formats=("PNG",)) as original:
        picture = original.convert("RGB")
    pen = ImageDraw.Draw(picture)
    for x, y, w, h in boxes:
        pen.rectangle(
            (round(x * scale), round(y * scale), round((x + w) * scale), round((y + h) * scale)), fill=(0, 0, 0)
        )
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=9)
    return buffer.getvalue()


def withheld_csv(rows: Iterable[tuple[str, ...]]) -> Iterator[bytes]:
    """The map from original digests to derivatives, with reason and who, of such rows."""
    return csv_lines(COLUMNS, rows)
