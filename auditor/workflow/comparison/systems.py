"""From a stored package to a system that can be compared: screens, served files, circumstances."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from auditor.comparison import CapturedScreen, CapturedSystem, served_scripts
from auditor.document.dom.layout_snapshot import is_snapshot
from auditor.document.page import StoredPage, page_from_body, page_from_snapshot
from auditor.document.web_archive import ArchivedResponse, read_responses
from auditor.errors import ReadingError
from auditor.model.captures import Capture, View
from auditor.model.comparisons import Screen, SystemRecord
from auditor.model.evidence import Package
from auditor.model.notes import Note, make_note

Load = Callable[[str], bytes]
Role = Literal["reference", "suspect", "control"]
WARC = "traffic.warc.gz"


def captured_system(
    role: Role,
    capture: Capture,
    package: Package,
    load: Load,
    screens: Sequence[Screen],
    *,
    version: str = "",
) -> CapturedSystem:
    """A capture as a system. `load`: bytes of an artefact by its path, held against the manifest.

    For a control, every observed page is a screen beside the declared ones, under its own name.
    """
    digests = {artefact.path: artefact.sha256 for artefact in capture.artefacts}
    views = _first_views(capture.views)
    found: dict[str, CapturedScreen] = {}
    missing: dict[str, Note] = {}
    wanted = {one.id: one.page for one in screens}
    if role == "control":
        pages = set(wanted.values())
        wanted |= {f"page:{page}": page for page in views if page not in pages}
    for name, page in wanted.items():
        view = views.get(page)
        read = _read(view, load) if view is not None else make_note("comparison.not_captured")
        if isinstance(read, Note):
            if not name.startswith("page:"):
                missing[name] = read
            continue
        picture = view.artefacts.get("screenshot", "") if view else ""
        found[name] = CapturedScreen(
            name, read, view.final_url if view else "", load(picture) if picture and role != "control" else b"",
            picture, digests.get(picture, ""), view.scale if view else 1.0,
        )  # fmt: skip
    responses = _responses(digests, load)
    system = CapturedSystem(
        SystemRecord(
            capture.deployment, role, capture.id, package.path, package.manifest_sha256, _captured_at(capture),
            package.seal.sealed_at, version, tuple(one.id for one in screens if one.id in found),
            MappingProxyType(missing), _circumstances(capture, load),
        ),
        MappingProxyType(found), responses,
    )  # fmt: skip
    size = sum(len(one.body) for one in served_scripts(system))
    return replace(system, record=replace(system.record, code_bytes=size))


def _first_views(views: Sequence[View]) -> dict[str, View]:
    found: dict[str, View] = {}
    for view in views:
        if view.page not in found or (found[view.page].outcome != "observed" and view.outcome == "observed"):
            found[view.page] = view
    return found


def _captured_at(capture: Capture) -> datetime:
    return max((view.captured_at for view in capture.views if view.captured_at), default=capture.ended_at)


def _read(view: View, load: Load) -> StoredPage | Note:
    """The stored page of an observed view; a note where it shows nothing that may be compared."""
    if view.outcome != "observed":
        return make_note("comparison.not_observed", outcome=view.outcome, why=view.why)
    for kind in ("snapshot", "dom", "body"):
        path = view.artefacts.get(kind)
        if not path:
            continue
        try:
            data = load(path)
            if kind == "snapshot" and is_snapshot(data):
                return page_from_snapshot(data, view=view.id, artefact=path)
            return page_from_body(data, view=view.id, artefact=path)
        except (ReadingError, RecursionError, ValueError) as error:
            return make_note("comparison.page_unreadable", why=f"{type(error).__name__}: {error}"[:200])
    return make_note("comparison.not_captured")


def _responses(digests: Mapping[str, str], load: Load) -> tuple[ArchivedResponse, ...]:
    """What was served, each once."""
    if WARC not in digests:
        return ()
    found: dict[tuple[str, bytes], ArchivedResponse] = {}
    for one in read_responses(load(WARC)):
        found.setdefault((one.url, one.body), one)
    return tuple(found.values())


def _circumstances(capture: Capture, load: Load) -> Mapping[str, str]:
    """What a picture depends on; empty where it is not recorded, which makes pictures not comparable."""
    path = next((one.path for one in capture.artefacts if one.path == "circumstances.json"), "")
    try:
        record = json.loads(load(path))["record"] if path else {}
        browser, fonts = record["browser"], record["fonts"]
        return MappingProxyType(
            {
                "browser": str(browser["sha256"]),
                "fonts": str(fonts["sha256"]),
                "window": "x".join(map(str, browser["viewport"])),
                "scale": ", ".join(sorted({str(view.scale) for view in capture.views})),
                "language": f"{browser['locale']} {browser['timezone']}",
            }
        )
    except (KeyError, TypeError, ValueError):
        return MappingProxyType({})
