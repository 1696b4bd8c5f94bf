"""The manifest of a filing: one thing that is no visit, in canonical bytes, with one digest to stamp. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from auditor.clock import parse_timestamp, timestamp
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, evidence_paths
from auditor.formats.canonical_json import JsonObject
from auditor.formats.manifest import NAME
from auditor.model.captures import Artefact
from auditor.model.evidence import Authority
from auditor.model.filings import CABINETS, Filing

FILING_FORMAT = "auditor.filing/1"
MAX_FILING = 4 << 20


@dataclass(frozen=True, slots=True)
class FilingManifest:
    """What the manifest of a filing says."""

    filing: Filing
    intent_sha256: str
    """SHA-256 of the journal line that announced it."""
    quorum: int
    authorities: tuple[tuple[str, str], ...]
    """(id, owner) of the authorities asked."""
    software: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def encode_filing(
    filing: Filing, *, intent_sha256: str, quorum: int, authorities: Sequence[Authority], software: Mapping[str, str]
) -> bytes:
    """The manifest's canonical bytes. `software`: names of programs and libraries to versions."""
    return canonical_json.encode(
        {
            "format": FILING_FORMAT,
            "filing": {
                "id": filing.id,
                "cabinet": filing.cabinet,
                "subject": filing.subject,
                "kind": filing.kind,
                "started_at": timestamp(filing.started_at),
                "ended_at": timestamp(filing.ended_at),
                "facts": dict(filing.facts),
            },
            "artefacts": [
                {"path": a.path, "bytes": a.size, "sha256": a.sha256, "media_type": a.media_type, "made_by": a.made_by}
                for a in sorted(filing.artefacts, key=lambda a: a.path)
            ],
            "intent": {"id": filing.id, "journal_line_sha256": intent_sha256},
            "timestamps": {
                "quorum": quorum,
                "authorities": [{"id": authority.id, "owner": authority.owner} for authority in authorities],
            },
            "software": dict(software),
        }
    )


def decode_filing(data: bytes, what: str = NAME) -> FilingManifest:
    """The inverse of `encode_filing`; `IntegrityError` where it would write other bytes than these."""
    body = JsonObject(canonical_json.decode(data, what), what)
    if body.text("format") != FILING_FORMAT:
        raise IntegrityError(f"{what}: format {body.text('format')!r:.40}; this version reads {FILING_FORMAT}")
    said, stamps = body.object("filing"), body.object("timestamps")
    if (cabinet := said.text("cabinet")) not in CABINETS:
        raise IntegrityError(f"{what}: unknown cabinet {cabinet!r:.40}")
    artefacts = tuple(_artefact(item) for item in body.objects("artefacts"))
    facts, software = said.object("facts"), body.object("software")
    filing = Filing(
        said.text("id"), cabinet, said.text("subject"), said.text("kind"), _moment(said, "started_at"),
        _moment(said, "ended_at"), artefacts, MappingProxyType({name: facts.text(name) for name in facts.members}),
    )  # fmt: skip
    found = FilingManifest(
        filing,
        body.object("intent").digest("journal_line_sha256"),
        stamps.number("quorum"),
        tuple((item.text("id"), item.text("owner")) for item in stamps.objects("authorities")),
        MappingProxyType({name: software.text(name) for name in software.members}),
    )
    _require_exact(data, found, what)
    return found


def _require_exact(data: bytes, found: FilingManifest, what: str) -> None:
    """A member that is not understood, or another order, would show here."""
    asked = [Authority(name, "", owner, "") for name, owner in found.authorities]
    again = encode_filing(
        found.filing, intent_sha256=found.intent_sha256, quorum=found.quorum, authorities=asked, software=found.software
    )
    if again != data:
        raise IntegrityError(f"{what}: holds members that do not follow from the filing it describes")
    names = [artefact.path for artefact in found.filing.artefacts]
    if len(set(names)) != len(names) or next(iter(evidence_paths.collisions(names)), None):
        raise IntegrityError(f"{what}: an artefact stands twice, or two are one on some file systems")


def _artefact(item: JsonObject) -> Artefact:
    path = item.text("path")
    if fault := evidence_paths.why_invalid(path):
        raise IntegrityError(f"{item.what}: path {path!r:.120}: {fault}")
    if path == NAME or path.startswith("manifest."):
        raise IntegrityError(f"{item.what}: path {path!r} is kept for the manifest and its timestamps")
    return Artefact(path, item.text("media_type"), item.digest("sha256"), item.number("bytes"), item.text("made_by"))


def _moment(body: JsonObject, name: str) -> datetime:
    try:
        return parse_timestamp(body.text(name))
    except ValueError as error:
        raise IntegrityError(f"{body.what}: member {name!r}: {error}") from None
