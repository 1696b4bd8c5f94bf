"""An exhibit: one capture on numbered pages. Page 1 states it, the pictures follow, the marked readings come last.

The number of a page follows from the capture's views and the size of their pictures alone: it never changes, whatever
is read from them later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import segno
from jinja2 import Environment, Template
from markupsafe import Markup

from auditor.bundle.dossier import BundledPackage, Dossier, LoadedPackage
from auditor.bundle.exhibits import pictures
from auditor.bundle.exhibits.redaction import REDACTION_BAR, WithheldArtefact, is_redacted
from auditor.bundle.shipped import packaged_text
from auditor.model.captures import View
from auditor.model.reading.readings import Candidate, FieldReading

BEIJING = ZoneInfo("Asia/Shanghai")
CROPS_A_PAGE = 3
NO_PICTURE = "截图无法显示 · the picture cannot be shown here; see the file"
WITHHELD = "不公开 · withheld: {reason}"


@dataclass(frozen=True, slots=True)
class PicturePage:
    """One page with a picture, or with the reason why there is none."""

    view: str
    part: str
    title: str
    url: str
    at: str
    path: str
    sha256: str
    src: str
    note: str
    none: str


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An exhibit as a page to print."""

    number: int
    html: bytes
    pages: int


def utc_and_beijing_time(at: datetime | None) -> str:
    """UTC with the Beijing time beside it; a dash for None."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC({at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S} 北京时间)" if at else "–"


def build_exhibit(
    dossier: Dossier,
    entry: BundledPackage,
    opened: LoadedPackage,
    masked: Sequence[WithheldArtefact],
    hidden: Sequence[str],
) -> Exhibit:
    """The pages of one capture."""
    out = {item.path: item for item in masked}
    shots = [shot for view in opened.capture.views for shot in _shots(view, opened, out, gone=bool(entry.pruned))]
    crops = list(_crops(dossier, opened, out, hidden))
    groups = [crops[at : at + CROPS_A_PAGE] for at in range(0, len(crops), CROPS_A_PAGE)]
    pages = 1 + len(shots) + len(groups)
    seal = entry.package.seal
    practice = ", ".join(verdict.authority for verdict in seal.verdicts if verdict.practice)
    page = _template(
        "exhibit.html"
    ).render(
        title=f"Exhibit {entry.number}",
        number=entry.number,
        pages=pages,
        case=dossier.case,
        deployment=dossier.report.names.get(opened.capture.deployment, opened.capture.deployment),
        digest=entry.package.manifest_sha256,
        qr=Markup(segno.make(f"sha256:{entry.package.manifest_sha256}", error="m").svg_inline(border=1, omitsize=True)),  # noqa: S704
        practice=practice,
        facts=_facts(dossier, entry, opened),
        tokens=_tokens(entry),
        views=_views(opened, shots),
        warnings=opened.capture.warnings[:6],
        shots=shots,
        crops=groups,
    )
    return Exhibit(entry.number, page.encode(), pages)


def _template(name: str) -> Template:
    return Environment(autoescape=True, trim_blocks=True).from_string(packaged_text(name))


def _facts(dossier: Dossier, entry: BundledPackage, opened: LoadedPackage) -> list[tuple[str, str]]:
    capture = opened.capture
    deployment = dossier.estate.deployments.get(capture.deployment)
    first = capture.views[0] if capture.views else None
    return [
        ("取证编号 capture", f"{capture.id} ({capture.method}, {capture.state})"),
        ("部署 deployment", capture.deployment),
        ("请求地址 address asked", first.url if first else "–"),
        ("最终地址 final address", first.final_url if first else "–"),
        ("连接地址 connected to", capture.facts.get("address", "–")),
        ("开始 started", utc_and_beijing_time(capture.started_at)),
        ("结束 ended", utc_and_beijing_time(capture.ended_at)),
        ("访问依据 access basis", f"{deployment.access.kind}: {deployment.access.reference}" if deployment else "–"),
        ("日志行 log lines", f"{entry.intent_line} (intent), {entry.capture_line} (capture) · {dossier.log.origin}"),
        ("数据 artefacts", f"{len(capture.artefacts)}, {sum(a.size for a in capture.artefacts):,} bytes"),
    ]


def _tokens(entry: BundledPackage) -> list[Mapping[str, object]]:
    return [
        {
            "authority": verdict.authority, "owner": verdict.owner, "practice": verdict.practice,
            "at": f"{verdict.gen_time:%Y-%m-%d %H:%M:%S}" if verdict.gen_time else verdict.why,
            "serial": verdict.serial, "by": verdict.verified_by,
        }
        for verdict in entry.package.seal.verdicts
    ]  # fmt: skip


def _views(opened: LoadedPackage, shots: Sequence[PicturePage]) -> list[Mapping[str, object]]:
    digests = {artefact.path: artefact.sha256 for artefact in opened.capture.artefacts}
    rows: list[Mapping[str, object]] = []
    for view in opened.capture.views:
        places = [number for number, shot in enumerate(shots, start=2) if shot.view == view.id]
        pages = f"{places[0]}–{places[-1]}" if len(places) > 1 else str(places[0]) if places else "–"
        rows.append(
            {
                "pages": pages, "id": view.id, "outcome": view.outcome, "why": view.why,
                "at": f"{view.captured_at:%Y-%m-%d %H:%M:%S}" if view.captured_at else "–",
                "sha256": digests.get(view.artefacts.get("screenshot", ""), "–"),
            }
        )  # fmt: skip
    return rows


def _pictures(view: View, opened: LoadedPackage) -> list[str]:
    """A view's screenshot and its further tiles, by path."""
    first = view.artefacts.get("screenshot", "")
    stem = first.removesuffix(".png")
    tiles = [
        a.path for a in opened.capture.artefacts if first and a.path.startswith(f"{stem}-") and a.path.endswith(".png")
    ]
    return [first, *sorted(tiles, key=lambda path: (len(path), path))] if first else []


def _shots(
    view: View, opened: LoadedPackage, out: Mapping[str, WithheldArtefact], *, gone: bool
) -> Iterator[PicturePage]:
    """`gone`: the pictures are no more, so each has one page that says so."""
    digests = {artefact.path: artefact.sha256 for artefact in opened.capture.artefacts}
    for path in _pictures(view, opened):
        original = b"" if gone else opened.load(path)
        item = out.get(path)
        shown = original if item is None else item.derivative
        count, pages = 1 if gone else pictures.slice_count(original), list(pictures.slices(shown)) if shown else []
        note = "" if item is None else f"已遮盖 redacted copy; original sha256 above, {item.reason}"
        none = WITHHELD.format(reason=item.reason) if item else NO_PICTURE
        for part in range(count):
            yield PicturePage(
                view.id, f"({part + 1}/{count})" if count > 1 else "", view.title, view.final_url,
                utc_and_beijing_time(view.captured_at), path, digests.get(path, ""),
                pictures.data_uri(pages[part]) if part < len(pages) else "", note, none,
            )  # fmt: skip


def _crops(
    dossier: Dossier, opened: LoadedPackage, out: Mapping[str, WithheldArtefact], hidden: Sequence[str]
) -> Iterator[Mapping[str, str]]:
    """Each field that was read, on a copy of its picture; one that stood in a redacted region is barred."""
    views = {view.id: view for view in opened.capture.views}
    for field in opened.reading.fields if opened.reading else ():
        if field.status != "read" or not field.candidates:
            continue
        candidate = field.candidates[0]
        view = views.get(candidate.locator.view)
        path = view.artefacts.get("screenshot", "") if view else ""
        cut = b""
        if view and path and candidate.box and path not in out:
            cut = pictures.marked_crop(opened.load(path), candidate.box, view.scale)
        gone = candidate.box and is_redacted(candidate.box, candidate.locator.view, opened.capture, dossier.redactions)
        yield {
            "field": field.field,
            "raw": REDACTION_BAR * 6 if gone else mask_redacted(candidate.raw, hidden),
            "value": REDACTION_BAR * 6 if gone else mask_redacted(_value(field), hidden),
            "rule": field.rule or (field.quantities[0].rule if field.quantities else "text"),
            "place": _place(candidate, view),
            "seen": "" if gone or field.seen is None or field.seen.agree else mask_redacted(field.seen.text, hidden),
            "doubted": "yes" if not gone and field.seen is not None and not field.seen.agree else "",
            "src": pictures.data_uri(cut) if cut else "",
        }


def mask_redacted(words: str, hidden: Sequence[str]) -> str:
    """Text with every redacted part replaced by bars."""
    for part in hidden:
        words = words.replace(part, REDACTION_BAR * len(part))
    return words


def _value(field: FieldReading) -> str:
    if field.quantities:
        return ", ".join(f"{q.role}: {q.kind if q.value is None else q.value}" for q in field.quantities)
    if field.dates:
        return " / ".join(day.isoformat() for day in field.dates.candidates)
    return field.text


def _place(candidate: Candidate, view: View | None) -> str:
    box = candidate.box
    where = f"x {box.x}, y {box.y}, {box.w}×{box.h} CSS px" if box else "no place on the picture"
    return f"{view.id if view else '?'}: {where}"
