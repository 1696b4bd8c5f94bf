"""A hosting record for a person and for a machine: the sentences of its notes, in either language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from auditor.hosting import outcome_note, reading_body
from auditor.model.hosting import HostingRecord, RungName
from auditor.model.notes import Note, make_note
from auditor.wording import Lang, note_text

UNREAD = frozenset({"not_read", "no_answer", "rate_limited", "error_status", "loop"})
RUNG_TITLES: dict[RungName, Note] = {
    "connected": make_note("rung.connected"),
    "resolved": make_note("rung.resolved"),
    "key_answered": make_note("rung.key_answered"),
    "registered": make_note("rung.registered"),
    "announced": make_note("rung.announced"),
    "listed": make_note("rung.listed"),
    "stated": make_note("rung.stated"),
    "decided": make_note("rung.decided"),
}
STATUS: dict[str, Note] = {
    "shown": make_note("rung.shown"),
    "not_shown": make_note("rung.not_shown"),
    "not_checked": make_note("rung.not_checked"),
}
INTERMEDIARY: dict[str, Note] = {
    "seen": make_note("rung.intermediary_seen"),
    "no_sign": make_note("rung.intermediary_no_sign"),
    "not_checked": make_note("rung.intermediary_not_checked"),
}
SIGNED: dict[str, Note] = {
    "nobody": make_note("rung.signed_nobody"),
    "zone": make_note("rung.signed_zone"),
    "server": make_note("rung.signed_server"),
    "person": make_note("rung.signed_person"),
}


def as_lang(text: str) -> Lang:
    """A language of the words; English for anything else."""
    return "zh" if text == "zh" else "en"


def hosting_lines(records: Iterable[HostingRecord], lang: str) -> Iterator[str]:
    """The record as lines of a terminal."""
    said: Lang = as_lang(lang)
    for record in records:
        yield f"{record.deployment or record.address} · {record.address}"
        for number, rung in enumerate(record.ladder, start=1):
            title, status = note_text(RUNG_TITLES[rung.name], said), note_text(STATUS[rung.status], said)
            yield f"  {number} {title} [{status}] {note_text(rung.says, said)}"
            if rung.cites:
                more = f" (+{len(rung.cites) - 4})" if len(rung.cites) > 4 else ""
                yield f"      {', '.join(rung.cites[:4])}{more}"
        yield f"  {note_text(INTERMEDIARY[record.intermediary.answer], said)}"
        for note in (*record.intermediary.signs, *(record.reading.remarks if record.reading is not None else ())):
            yield f"    - {note_text(note, said)}"


def hosting_json(records: Sequence[HostingRecord], lang: str) -> list[dict[str, object]]:
    """The record for machines: codes first, sentences beside them."""
    said: Lang = as_lang(lang)
    found = []
    for record in records:
        body = reading_body(record)
        ladder = body["ladder"]
        assert isinstance(ladder, list)  # noqa: S101 (made just now)
        for rung, told in zip(record.ladder, ladder, strict=True):
            told["sentence"] = note_text(rung.says, said)
            told["title"] = note_text(RUNG_TITLES[rung.name], said)
        found.append(body)
    return found


def unread_registries(records: Iterable[HostingRecord]) -> bool:
    """Whether a registry was asked and nothing readable came, and no other one named a holder."""
    readings = [record.reading for record in records if record.reading is not None]
    return any(
        any(one.outcome in UNREAD for one in reading.registries)
        and not any(one.outcome == "holder" for one in reading.registries)
        for reading in readings
    )


def registry_lines(record: HostingRecord, lang: Literal["en", "zh"]) -> list[str]:
    """What each registry answered, one line each."""
    reading = record.reading
    if reading is None:
        return []
    return [f"{one.source} {one.server}: {note_text(outcome_note(one.outcome), lang)}" for one in reading.registries]
