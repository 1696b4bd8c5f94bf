"""`sending.json`: one attempt to hand a letter over, or what a person did elsewhere; read back exactly. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import get_args

from auditor.clock import parse_timestamp, timestamp
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats.canonical_json import JsonObject
from auditor.model.notes import note_body, parse_note
from auditor.model.notices import DeliveryOutcome, NoticeDelivery

SENDING = "sending.json"
SENDING_FORMAT = "auditor.sending/1"
_VIA = ("mx", "relay", "person")


def encode_delivery(delivery: NoticeDelivery, facts: Mapping[str, str], notice: str) -> bytes:
    """The record as canonical bytes. `facts`: of the encryption, or of a receipt."""
    return canonical_json.encode(
        {
            "format": SENDING_FORMAT, "notice": notice, "id": delivery.id, "at": timestamp(delivery.at),
            "ended": timestamp(delivery.ended_at or delivery.at), "draft": delivery.draft, "sha256": delivery.sha256,
            "outcome": delivery.outcome, "via": delivery.via, "says": note_body(delivery.says),
            "server": delivery.server, "answer": delivery.answer, "facts": dict(facts),
        }
    )  # fmt: skip


def decode_delivery(files: Mapping[str, bytes], path: str) -> NoticeDelivery:
    """The inverse, of a filing's files; `IntegrityError` where they are not what this version writes."""
    what = f"{path}/{SENDING}"
    body = JsonObject(canonical_json.decode(files.get(SENDING, b""), what), what)
    if body.text("format") != SENDING_FORMAT:
        raise IntegrityError(f"{what}: format {body.text('format')!r:.40}; this version reads {SENDING_FORMAT}")
    outcome, via = body.text("outcome"), body.text("via")
    if outcome not in get_args(DeliveryOutcome) or via not in _VIA:
        raise IntegrityError(f"{what}: outcome {outcome!r:.40} by {via!r:.40} is none that this version knows")
    try:
        says = parse_note(body.members.get("says"))
        facts = body.object("facts").members
        said = facts.get("mx")
        exchanger = said if said in ("named", "not_named") else "not_checked"
        received_on, done_on = (
            date.fromisoformat(str(facts[key])) if facts.get(key) else None for key in ("received_on", "on")
        )
        return NoticeDelivery(
            body.text("id"), _moment(body, "at"), body.text("draft"), body.text("sha256"),
            outcome,  # type: ignore[arg-type]
            via,  # type: ignore[arg-type]
            says, body.text("server"), body.text("answer"), _moment(body, "ended"), received_on, done_on,
            exchanger,  # type: ignore[arg-type]
        )  # fmt: skip
    except ValueError as error:
        raise IntegrityError(f"{what}: {error}") from None


def _moment(body: JsonObject, name: str) -> datetime:
    return parse_timestamp(body.text(name))
