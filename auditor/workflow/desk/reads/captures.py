"""One capture as it is looked at: the stored picture with numbered boxes, its values, what proves it, what it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from auditor.custody import (
    Journal,
    OpenPackage,
    bring_package,
    inclusion_proof,
    latest_checkpoint,
    open_package,
)
from auditor.document.dom.layout_snapshot import inflate, read_snapshot
from auditor.document.web_archive import read_responses
from auditor.errors import AuditorError, CustodyError
from auditor.formats.foreign_text import visible_lines, visible_text
from auditor.index import Index
from auditor.model.captures import Artefact, Capture, View
from auditor.model.evidence import Verification
from auditor.model.reading.readings import Box, FieldReading, Quantity, Reading
from auditor.model.reports import EvidenceRow
from auditor.reporting import CropRefused, png_dimensions
from auditor.workflow.desk.reads.standing import ScopeStanding
from auditor.workflow.incompleteness import capture_reasons
from auditor.workspace import Workspace

TABS = ("values", "text", "layout", "circumstances", "connection", "traffic", "manifest", "seal", "journal")
MOST_CHARACTERS = 200_000
MOST_LINES = 400
TRAFFIC = "traffic.warc.gz"
UNSEEN = frozenset(("script", "style", "noscript", "template"))


@dataclass(frozen=True, slots=True)
class NumberedBox:
    """A rectangle on the picture, in CSS pixels; the number is that of its value in the table."""

    number: int
    box: Box
    kind: str
    """`count`, `date`, `text`; `row` for a row of a list, which has no number of its own."""


@dataclass(frozen=True, slots=True)
class ReadValue:
    """One value that was read, or the reason why there is none, with both eyes' readings."""

    number: int
    """Its number on a picture; 0 where it has no place there."""
    view: str
    field: str
    role: str
    status: str
    quantity: Quantity | None
    text: str
    """What a field without a number says."""
    reading: FieldReading
    certainty: str
    sha256: str
    """Digest of the artefact that it was read from."""


@dataclass(frozen=True, slots=True)
class ViewRead:
    """One page of the capture, with its picture."""

    view: View
    screenshot: Artefact | None
    width: int
    """Of the picture in CSS pixels; 0 where none can be shown."""
    height: int
    boxes: tuple[NumberedBox, ...]
    trouble: str
    """Why its picture cannot be shown; empty where it can."""


@dataclass(frozen=True, slots=True)
class LayoutText:
    """A text of the stored layout with its place, CSS pixels."""

    text: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class ArchivedAnswer:
    """One response of the stored traffic, without its body."""

    url: str
    status: int
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class CaptureLog:
    """What the journal says of a capture."""

    number: int
    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class CaptureRead:
    """One capture, and the part of it that is looked at."""

    row: EvidenceRow
    capture: Capture
    reasons: tuple[object, ...]
    reading: Reading | None
    views: tuple[View, ...]
    shown: ViewRead
    values: tuple[ReadValue, ...]
    tab: str
    before: str
    """The capture before it of the same deployment; empty where it is the first."""
    behind: str
    text: str = ""
    """For the tabs that show text."""
    layout: tuple[LayoutText, ...] = ()
    circumstances: tuple[Mapping[str, str], ...] = ()
    traffic: tuple[ArchivedAnswer, ...] = ()
    log: tuple[CaptureLog, ...] = ()
    proof: str = ""


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """One value in two captures."""

    view: str
    field: str
    one: str
    other: str
    changed: bool


@dataclass(frozen=True, slots=True)
class CapturePair:
    """Two captures side by side."""

    one: CaptureRead
    other: CaptureRead
    values: tuple[ChangedValue, ...]
    """The changed ones first."""


def read_capture_page(
    workspace: Workspace, standing: ScopeStanding, row: EvidenceRow, asked: Mapping[str, str]
) -> CaptureRead:
    """The capture with the view and the tab that are asked for. `IntegrityError` where it is not what was recorded."""
    package = open_package(workspace.root / row.path, row.manifest_sha256)
    with Index.open_to_read(workspace.db) as index:
        reading = index.reading(row.capture)
    capture = package.capture
    values = tuple(_values(reading, package))
    chosen = _chosen(capture, values, asked.get("view", ""))
    tab = asked.get("tab", "") if asked.get("tab", "") in TABS else "values"
    before, behind = standing.beside(row)
    found = CaptureRead(
        row,
        capture,
        capture_reasons(capture),
        reading,
        capture.views,
        _view(package, chosen, values, reading),
        values,
        tab,
        before,
        behind,
    )
    return _with_tab(workspace, package, found)


def compare_captures(
    workspace: Workspace, standing: ScopeStanding, rows: tuple[EvidenceRow, EvidenceRow], asked: Mapping[str, str]
) -> CapturePair:
    """Two captures side by side, with what they say otherwise first."""
    one = read_capture_page(workspace, standing, rows[0], {**asked, "tab": ""})
    other = read_capture_page(workspace, standing, rows[1], {**asked, "tab": "", "view": one.shown.view.id})
    mine, theirs = _told(one.values), _told(other.values)
    values = [
        ChangedValue(view, field, mine.get((view, field), "–"), theirs.get((view, field), "–"),
                     mine.get((view, field)) != theirs.get((view, field)))
        for view, field in dict.fromkeys((*mine, *theirs))
    ]  # fmt: skip
    return CapturePair(one, other, tuple(sorted(values, key=lambda value: not value.changed)))


def verify_capture(workspace: Workspace, row: EvidenceRow) -> Verification:
    """Everything about the package checked again now: its files, its timestamps, its journal lines.

    Of a workspace that moved, what its store has now is checked: `IntegrityError` where that is not what was recorded,
    `AwayError` where it cannot be had.
    """
    bring_package(workspace.root / row.path, afresh=True)
    from auditor.workflow.upkeep.verify import verify_paths  # all that checks, loaded where something is checked

    return verify_paths(workspace, [workspace.root / row.path], trust=None, index=False)


def stored_artefact(workspace: Workspace, row: EvidenceRow, path: str) -> tuple[Artefact, bytes]:
    """An artefact that the manifest lists, with its bytes; `IntegrityError` for any other path or other bytes."""
    package = open_package(workspace.root / row.path, row.manifest_sha256)
    return package.artefact(path), package.load(path)


def package_files(workspace: Workspace, row: EvidenceRow) -> Iterator[tuple[str, bytes]]:
    """Every stored file of a package that may leave as it is: the manifest, its tokens, and what it lists."""
    folder = workspace.root / row.path
    package = open_package(folder, row.manifest_sha256)
    for name in sorted(path.name for path in folder.glob("manifest.*") if path.is_file() and not path.is_symlink()):
        yield name, (folder / name).read_bytes()
    for artefact in package.capture.artefacts:
        if not artefact.path.endswith(".sealed"):
            yield artefact.path, package.load(artefact.path)


def _values(reading: Reading | None, package: OpenPackage) -> Iterator[ReadValue]:
    digests = {one.path: one.sha256 for one in package.capture.artefacts}
    number = 0
    for one in () if reading is None else reading.fields:
        first = one.candidates[0] if one.candidates else None
        mark = 0
        if first is not None and first.box is not None:
            number += 1
            mark = number
        view = "" if first is None else first.locator.view
        digest = "" if first is None else digests.get(first.locator.artefact, "")
        if one.status == "read" and one.quantities:
            for quantity in one.quantities:
                yield ReadValue(
                    mark, view, one.field, quantity.role, one.status, quantity, "", one, one.certainty_of(quantity),
                    digest,
                )  # fmt: skip
            continue
        text = one.text if one.dates is None else " / ".join(day.isoformat() for day in one.dates.candidates)
        yield ReadValue(mark, view, one.field, "", one.status, None, text, one, "", digest)


def _told(values: Sequence[ReadValue]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for one in values:
        name = f"{one.field} · {one.role}" if one.role not in ("", one.field) else one.field
        said = one.text or one.status
        if one.quantity is not None:
            said = one.quantity.kind if one.quantity.value is None else f"{one.quantity.value:,}"
        found[one.view, name] = said
    return found


def _chosen(capture: Capture, values: Sequence[ReadValue], name: str) -> View:
    """The view asked for, else the first with a value, else the first."""
    named = {view.id: view for view in capture.views}
    marked = next((one.view for one in values if one.number and one.view in named), "")
    return named.get(name) or named.get(marked) or capture.views[0]


def _view(package: OpenPackage, view: View, values: Sequence[ReadValue], reading: Reading | None) -> ViewRead:
    boxes: dict[int, NumberedBox] = {}
    for one in values:
        first = one.reading.candidates[0] if one.reading.candidates else None
        if one.number and one.view == view.id and first is not None and first.box is not None:
            boxes[one.number] = NumberedBox(one.number, first.box, one.reading.kind)
    rows = [
        NumberedBox(0, row.box, "row")
        for listing in (() if reading is None else reading.listings)
        for row in listing.rows
        if row.box is not None and row.locator.view == view.id
    ]
    path = view.artefacts.get("screenshot", "")
    if not path:
        return ViewRead(view, None, 0, 0, (), "no_view")
    artefact = package.artefact(path)
    try:
        width, height = png_dimensions(package.load(path)[:32])
    except (CustodyError, OSError):
        return ViewRead(view, artefact, 0, 0, (), "differs")
    except CropRefused:
        return ViewRead(view, artefact, 0, 0, (), "unreadable")
    scale = view.scale or 1.0
    return ViewRead(
        view, artefact, round(width / scale), round(height / scale), (*rows[:MOST_LINES], *boxes.values()), ""
    )


def _with_tab(workspace: Workspace, package: OpenPackage, found: CaptureRead) -> CaptureRead:
    from dataclasses import replace

    view, files = found.shown.view, {one.path for one in package.capture.artefacts}
    try:
        match found.tab:
            case "text":
                path = view.artefacts.get("dom") or view.artefacts.get("body") or ""
                return replace(found, text=_as_text(package.load(path)) if path else "")
            case "layout":
                path = view.artefacts.get("snapshot", "")
                return replace(found, layout=tuple(layout_texts(package.load(path)))) if path else found
            case "circumstances":
                data = package.load("circumstances.json") if "circumstances.json" in files else b"{}"
                return replace(found, circumstances=tuple(_checks(data)), text=_as_json(data))
            case "connection":
                parts = [name for name in ("dns.json", "tls-chain.pem") if name in files]
                return replace(found, text="\n\n".join(f"{name}\n{_as_text(package.load(name))}" for name in parts))
            case "traffic":
                data = package.load(TRAFFIC) if TRAFFIC in files else b""
                answers = [
                    ArchivedAnswer(one.url, one.status, one.media_type, len(one.body)) for one in read_responses(data)
                ]
                return replace(found, traffic=tuple(answers[:MOST_LINES]))
            case "manifest":
                return replace(found, text=_as_json((package.folder / "manifest.json").read_bytes()))
            case "journal":
                log, proof = _log(workspace, found.row)
                return replace(found, log=log, proof=proof)
    except (AuditorError, OSError, ValueError) as error:
        return replace(found, text=str(error))
    return found


def layout_texts(snapshot: bytes, most: int = MOST_LINES) -> Iterator[LayoutText]:
    """The texts of a stored layout in document order, each with its box on the picture."""
    tree = read_snapshot(inflate(snapshot))
    told = 0
    for node, text in tree.texts.items():
        box = tree.box(node)
        shown = " ".join(text.split())
        if box is None or not shown or tree.names[tree.parents[node]] in UNSEEN:
            continue
        yield LayoutText(visible_text(shown, 200), (int(box[0]), int(box[1]), int(box[2]), int(box[3])))
        told += 1
        if told >= most:
            return


def _checks(data: bytes) -> Iterator[Mapping[str, str]]:
    found = json.loads(data)
    for one in found.get("checks", []) if isinstance(found, dict) else []:
        if isinstance(one, dict):
            yield {name: visible_text(str(one.get(name) or ""), 600) for name in ("name", "result", "fact", "expected")}


def _as_text(data: bytes) -> str:
    return visible_lines(data[: 4 * MOST_CHARACTERS].decode("utf-8", "replace")[:MOST_CHARACTERS])


def _as_json(data: bytes) -> str:
    text = json.dumps(json.loads(data), ensure_ascii=False, indent=2)
    return visible_lines(text[:MOST_CHARACTERS])


def _log(workspace: Workspace, row: EvidenceRow) -> tuple[tuple[CaptureLog, ...], str]:
    """The lines about a capture, and the proof that the one that recorded it stands in the newest signed tree."""
    journal = Journal.open(workspace.root)
    try:
        ledger = journal.ledger
        record = ledger.package_record(row.capture)
        if record is None:
            return (), ""
        numbers = {record.number, *(token.number for token in ledger.tokens(record.manifest))}
        intent = ledger.intent(record.intent)
        if intent is not None:
            numbers.add(intent.number)
        pruned = ledger.prune_record(row.capture)
        if pruned is not None:
            numbers.add(pruned.number)
        lines = [journal.entry(number) for number in sorted(numbers)]
        log = tuple(
            CaptureLog(one.number, one.at, one.kind, visible_text(one.line.decode("utf-8", "replace"), 4_000))
            for one in lines
        )
        checkpoint = latest_checkpoint(workspace.root)
        if checkpoint is None or checkpoint.size <= record.number:
            return log, ""
        return log, inclusion_proof(journal, record.number, checkpoint)
    finally:
        journal.close()
