"""A person's look at where a page states its numbers, once for all deployments that are read by that description."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from auditor.custody import Journal, OpenPackage, open_package, require_initialised
from auditor.errors import ConfigError
from auditor.model.evidence import Package
from auditor.model.findings import Decision
from auditor.model.reading.readings import FieldReading
from auditor.model.targets.deployments import PageSpec
from auditor.model.targets.estate import Estate
from auditor.reporting import MarkedBox, mark_screenshot, png_dimensions
from auditor.wording import english
from auditor.workflow.confirm import DecisionBasis, record_decision
from auditor.workflow.index.record import read_stored_package
from auditor.workflow.wiring import read_targets
from auditor.workspace import Workspace

MOST_LOOKS = 20
"""Captures of the page that are read to find one that shows all its fields."""


@dataclass(frozen=True, slots=True)
class PageLook:
    """One captured page with its fields as they were read."""

    page: str
    capture: str
    fields: tuple[FieldReading, ...]
    """Those that were read, each with its place."""
    picture: bytes
    """The screenshot with a mark at each value, as PNG; empty for a page fetched without a browser."""
    evidence: tuple[str, ...]
    """The capture, and the digest of the bytes that the person looks at."""


def look_at_page(workspace: Workspace, page: str, fields: Sequence[str] = (), capture: str = "") -> PageLook:
    """What a person confirms: the fields of a page on one capture, the newest on which they were all read.

    `fields`: all of the page where none is named; where no capture has those that need not be there, the newest with
    the others. Raises `ConfigError` where the page or a field is unknown, or none of its last `MOST_LOOKS` captures
    will do.
    """
    estate, _ = read_targets(workspace)
    spec = _page(estate, page, fields, str(workspace.targets))
    wanted = fields or [one.id for one in spec.fields]
    optional = () if fields else [one.id for one in spec.fields if not one.required]
    require_initialised(workspace.root)
    why = f"no capture of page {page}. Run: auditor run"
    best: PageLook | None = None
    for package, stored in islice(_captures_of(workspace, page, capture), MOST_LOOKS):
        read = read_stored_package(workspace.root, estate, package)
        found = {one.field: one for one in read.fields if one.page == page and one.field in wanted}
        there = [name for name in wanted if name in found and found[name].place is not None]
        missing = [name for name in wanted if name not in there and name not in optional]
        whole = len(there) == len(wanted)
        if there and not missing and (whole or best is None):
            best = _look(stored, page, package.capture, tuple(found[name] for name in there))
        if whole:
            break
        name = (*missing, *wanted)[0]
        reason = found[name].why if name in found else None
        why = f"capture {package.capture}: {name} was not read ({english(reason) or 'not on the page'})"
    if best is None:
        raise ConfigError(f"page {page}: {why}")
    return best


def _captures_of(workspace: Workspace, page: str, capture: str) -> Iterator[tuple[Package, OpenPackage]]:
    """The captures that hold the page, newest first; the named one alone where one is named."""
    ledger = Journal.open(workspace.root).ledger
    named = ledger.kept(capture) if capture else None
    for record in ledger.newest_first() if not capture else [named] if named is not None else []:
        package = ledger.package_of(record)
        stored = open_package(workspace.root / package.path, package.manifest_sha256)
        if any(view.page == page for view in stored.capture.views):
            yield package, stored


def confirm_page(workspace: Workspace, look: PageLook, basis: DecisionBasis) -> tuple[Decision, ...]:
    """Record that the named person found each field where the picture marks it."""
    evidence = tuple(dict.fromkeys((*look.evidence, *basis.evidence)))
    made = []
    for one in look.fields:
        decision = basis.decision("page_field", f"{look.page}/{one.field}")
        made.append(record_decision(workspace, replace(decision, evidence=evidence, place=one.place)))
    return tuple(made)


def _page(estate: Estate, page: str, fields: Sequence[str], targets: str) -> PageSpec:
    spec = estate.pages.get(page)
    if spec is None:
        raise ConfigError(f"{page}: no such page in {targets}; it has {', '.join(estate.pages) or 'none'}")
    known = [one.id for one in spec.fields]
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise ConfigError(f"page {page}: no field {unknown[0]}; it has {', '.join(known) or 'none'}")
    if not known:
        raise ConfigError(f"page {page}: it has no field to confirm")
    return spec


def _look(stored: OpenPackage, page: str, capture: str, fields: tuple[FieldReading, ...]) -> PageLook:
    view = next(view for view in stored.capture.views if view.id == fields[0].candidates[0].locator.view)
    path = view.artefacts.get("screenshot")
    seen = path or fields[0].candidates[0].locator.artefact
    digest = next(one.sha256 for one in stored.capture.artefacts if one.path == seen)
    picture = _marked(stored.load(path), fields, view.scale, page) if path is not None else b""
    return PageLook(page, capture, fields, picture, (capture, digest))


def _marked(png: bytes, fields: Sequence[FieldReading], scale: float, page: str) -> bytes:
    """The picture with a mark at each value. A value that it does not show is nothing a person can confirm."""
    height = png_dimensions(png)[1] / scale
    marks = []
    for one in fields:
        box = one.candidates[0].box
        if box is None or not one.candidates[0].shown or box.y + box.h > height:
            raise ConfigError(f"page {page}: {one.field} is not on the page's first picture; name the other fields")
        marks.append(MarkedBox(one.field, box, one.kind))
    return mark_screenshot(png, marks, scale)


def write_picture(look: PageLook, path: Path) -> None:
    """Write the marked picture. Raises `ConfigError` where there is none or the file cannot be written."""
    if not look.picture:
        raise ConfigError(f"page {look.page}: fetched without a browser, there is no picture; leave --picture away")
    try:
        path.write_bytes(look.picture)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
