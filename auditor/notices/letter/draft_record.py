"""`notice.json`: what was drafted and from what; read back exactly, or refused. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats.canonical_json import JsonObject
from auditor.model.events.records import JournalRecord
from auditor.model.notices import NoticeContents, NoticeDraft
from auditor.notices.letter.contents import element_states

DRAFT = "notice.json"
DRAFT_FORMAT = "auditor.notice/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftedLetter(JournalRecord):
    """The record of a draft."""

    format: str
    contents: NoticeContents
    approvable: str
    """Path of the file that is approved."""
    sha256: str
    """Digest of its bytes."""
    message_id: str


def encode_draft(contents: NoticeContents, approvable: str, sha256: str, message_id: str) -> bytes:
    """The record as canonical bytes."""
    record = DraftedLetter(
        format=DRAFT_FORMAT, contents=contents, approvable=approvable, sha256=sha256, message_id=message_id
    )
    return canonical_json.encode(record.body())


def decode_draft(files: Mapping[str, bytes], filing: str, path: str, at: datetime) -> NoticeDraft:
    """The draft of a filing's files; `IntegrityError` where they are not what this version writes."""
    what = f"{path}/{DRAFT}"
    body = JsonObject(canonical_json.decode(files.get(DRAFT, b""), what), what)
    if body.text("format") != DRAFT_FORMAT:
        raise IntegrityError(f"{what}: format {body.text('format')!r:.40}; this version reads {DRAFT_FORMAT}")
    said = DraftedLetter.parse(body.members, what)
    approved = files.get(said.approvable)
    if approved is None or canonical_json.sha256(approved) != said.sha256:
        raise IntegrityError(f"{what}: names other bytes of {said.approvable} than lie beside it")
    return NoticeDraft(
        filing, at, path, said.contents, element_states(said.contents), said.approvable, said.sha256, said.message_id
    )
