"""The manifest: one capture described in canonical bytes, with one digest that the timestamps are over. Pure."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, cast, get_args

from auditor.clock import parse_timestamp, timestamp
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, evidence_paths
from auditor.formats.canonical_json import JsonObject
from auditor.model.captures import Artefact, Capture, Outcome, RestState, StepRecord, View, WithheldSecret
from auditor.model.evidence import Authority
from auditor.model.notes import Note, note_body, parse_note

FORMAT = "auditor.manifest/1"
NAME = "manifest.json"
MAX_MANIFEST = 32 << 20
SMALL_MANIFEST = 1 << 17


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says: the capture, and under which statement and for which authorities it was made."""

    capture: Capture
    intent_sha256: str
    """SHA-256 of the journal line that announced the visit."""
    quorum: int
    authorities: tuple[tuple[str, str], ...]
    """(id, owner) of the authorities asked."""
    software: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def encode_manifest(
    capture: Capture,
    *,
    intent_sha256: str,
    quorum: int,
    authorities: Sequence[Authority],
    software: Mapping[str, str],
) -> bytes:
    """The manifest's canonical bytes. `software`: names of programs and libraries to versions."""
    return canonical_json.encode(
        {
            "format": FORMAT,
            "capture": _capture(capture),
            "state": capture.state,
            "artefacts": [
                {"path": a.path, "bytes": a.size, "sha256": a.sha256, "media_type": a.media_type, "made_by": a.made_by}
                for a in sorted(capture.artefacts, key=lambda a: a.path)
            ],
            "intent": {"id": capture.intent, "journal_line_sha256": intent_sha256},
            "timestamps": {
                "quorum": quorum,
                "authorities": [{"id": authority.id, "owner": authority.owner} for authority in authorities],
            },
            "software": dict(software),
        }
    )


def _capture(capture: Capture) -> dict[str, object]:
    return {
        "id": capture.id,
        "deployment": capture.deployment,
        "run": capture.run,
        "method": capture.method,
        "started_at": timestamp(capture.started_at),
        "ended_at": timestamp(capture.ended_at),
        "views": [_view(view) for view in capture.views],
        "steps": [
            {
                "name": step.name,
                "started_at": timestamp(step.started_at),
                "ended_at": timestamp(step.ended_at),
                "ok": step.ok,
                "detail": step.detail,
            }
            for step in capture.steps
        ],
        "withheld": [{"artefact": w.artefact, "what": w.what, "times": w.times} for w in capture.withheld],
        "warnings": list(capture.warnings),
        **_warning_notes(capture),
        "facts": dict(capture.facts),
    }


def _warning_notes(capture: Capture) -> dict[str, object]:
    """The warnings as notes: a member of manifests that have any; those written before there were codes have none."""
    return {"warning_notes": [note_body(note) for note in capture.warning_notes]} if capture.warning_notes else {}


def _view(view: View) -> dict[str, object]:
    return {
        "id": view.id,
        "page": view.page,
        "number": view.number,
        "url": view.url,
        "final_url": view.final_url,
        "outcome": view.outcome,
        "why": view.why,
        "status": view.status,
        "captured_at": timestamp(view.captured_at) if view.captured_at else None,
        "title": view.title,
        "artefacts": dict(view.artefacts),
        "scale": view.scale,
        **({"rest": view.rest} if view.rest else {}),
    }


def decode_manifest(data: bytes, what: str = NAME) -> Manifest:
    """The inverse of `encode_manifest`; `IntegrityError` where it would write other bytes than these."""
    if len(data) <= SMALL_MANIFEST:
        with contextlib.suppress(IntegrityError):  # told again below, with the name that it has here
            return _read_small(data)
    return _read(data, what)


@lru_cache(maxsize=16)
def _read_small(data: bytes) -> Manifest:
    """A package is read when it is committed, sealed and read: the same bytes give the same values."""
    return _read(data, NAME)


def _read(data: bytes, what: str) -> Manifest:
    body = JsonObject(canonical_json.decode(data, what), what)
    if body.text("format") != FORMAT:
        raise IntegrityError(f"{what}: format {body.text('format')!r:.40}; this version reads {FORMAT}")
    intent, stamps = body.object("intent"), body.object("timestamps")
    artefacts = tuple(_artefact(item) for item in body.objects("artefacts"))
    manifest = Manifest(
        _read_capture(body.object("capture"), intent.text("id"), artefacts),
        intent.digest("journal_line_sha256"),
        stamps.number("quorum"),
        tuple((item.text("id"), item.text("owner")) for item in stamps.objects("authorities")),
        MappingProxyType(_texts(body.object("software"))),
    )
    _require_exact(data, manifest, what)
    return manifest


def _require_exact(data: bytes, manifest: Manifest, what: str) -> None:
    """A member that is not understood, a computed state that differs, or another order would show here."""
    asked = [Authority(name, "", owner, "") for name, owner in manifest.authorities]
    again = encode_manifest(
        manifest.capture,
        intent_sha256=manifest.intent_sha256,
        quorum=manifest.quorum,
        authorities=asked,
        software=manifest.software,
    )
    if again != data:
        raise IntegrityError(f"{what}: holds members or a state that do not follow from the capture it describes")
    names = [artefact.path for artefact in manifest.capture.artefacts]
    for left, right in evidence_paths.collisions(names):
        raise IntegrityError(f"{what}: {left!r} and {right!r} are one name on some file systems")
    if len(set(names)) != len(names):
        raise IntegrityError(f"{what}: an artefact stands twice")


def _artefact(item: JsonObject) -> Artefact:
    path = item.text("path")
    if fault := evidence_paths.why_invalid(path):
        raise IntegrityError(f"{item.what}: path {path!r:.120}: {fault}")
    if path == NAME or path.startswith("manifest."):
        raise IntegrityError(f"{item.what}: path {path!r} is kept for the manifest and its timestamps")
    size = item.number("bytes")
    return Artefact(path, item.text("media_type"), item.digest("sha256"), size, item.text("made_by"))


def _texts(body: JsonObject) -> dict[str, str]:
    return {name: body.text(name) for name in body.members}


def _moment(body: JsonObject, name: str) -> datetime:
    try:
        return parse_timestamp(body.text(name))
    except ValueError as error:
        raise IntegrityError(f"{body.what}: member {name!r}: {error}") from None


def _read_capture(body: JsonObject, intent: str, artefacts: tuple[Artefact, ...]) -> Capture:
    method = body.text("method")
    if method not in {"browser", "http"}:
        raise IntegrityError(f"{body.what}: unknown method {method!r:.40}")
    return Capture(
        id=body.text("id"),
        deployment=body.text("deployment"),
        run=body.text("run"),
        intent=intent,
        method=cast("Literal['browser', 'http']", method),
        started_at=_moment(body, "started_at"),
        ended_at=_moment(body, "ended_at"),
        views=tuple(_read_view(item) for item in body.objects("views")),
        steps=tuple(
            StepRecord(
                i.text("name"), _moment(i, "started_at"), _moment(i, "ended_at"), i.truth("ok"), i.text("detail")
            )
            for i in body.objects("steps")
        ),
        artefacts=artefacts,
        withheld=tuple(
            WithheldSecret(i.text("artefact"), i.text("what"), i.number("times")) for i in body.objects("withheld")
        ),
        warnings=body.texts("warnings"),
        warning_notes=_read_notes(body),
        facts=MappingProxyType(_texts(body.object("facts"))),
    )


def _read_notes(body: JsonObject) -> tuple[Note, ...]:
    """As many notes as there are warnings, or no such member. Raises `IntegrityError` for anything else."""
    found = body.members.get("warning_notes")
    if found is None:
        return ()
    try:
        notes = tuple(parse_note(item) for item in found) if isinstance(found, list) else ()
    except ValueError as error:
        raise IntegrityError(f"{body.what}: member 'warning_notes': {error}") from None
    if len(notes) != len(body.texts("warnings")):
        raise IntegrityError(f"{body.what}: member 'warning_notes' must have one note for each warning")
    return notes


def _read_view(body: JsonObject) -> View:
    outcome, scale = body.text("outcome"), body.members.get("scale")
    if outcome not in get_args(Outcome):
        raise IntegrityError(f"{body.what}: unknown outcome {outcome!r:.40}")
    if not isinstance(scale, int | float) or isinstance(scale, bool):
        raise IntegrityError(f"{body.what}: member 'scale' must be a number")
    rest = body.text("rest") if "rest" in body.members else ""
    if rest not in get_args(RestState):
        raise IntegrityError(f"{body.what}: unknown rest {rest!r:.40}")
    return View(
        id=body.text("id"),
        page=body.text("page"),
        number=body.number("number"),
        url=body.text("url"),
        final_url=body.text("final_url"),
        outcome=cast("Outcome", outcome),
        why=body.text("why"),
        status=None if body.members.get("status") is None else body.number("status"),
        captured_at=None if body.members.get("captured_at") is None else _moment(body, "captured_at"),
        title=body.text("title"),
        artefacts=MappingProxyType(_texts(body.object("artefacts"))),
        scale=float(scale),
        rest=cast("RestState", rest),
    )
