"""A hosting record for a person and for a machine: the sentences of its notes, in either language. It asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from auditor.hosting import reading_body
from auditor.model.hosting import HostingRecord
from auditor.wording import INTERMEDIARY_WORDS, RUNG_STATES, RUNG_TITLES, Lang, note_text, proof_note

UNREAD = frozenset({"not_read", "no_answer", "rate_limited", "error_status", "loop"})


def as_lang(text: str) -> Lang:
    """A language of the words; English for anything else."""
    return "zh" if text == "zh" else "en"


def hosting_lines(records: Iterable[HostingRecord], lang: str) -> Iterator[str]:
    """The record as lines of a terminal."""
    said: Lang = as_lang(lang)
    for record in records:
        yield f"{record.deployment or record.address} · {record.address}"
        for number, rung in enumerate(record.ladder, start=1):
            title, status = note_text(RUNG_TITLES[rung.name], said), note_text(RUNG_STATES[rung.status], said)
            yield f"  {number} {title} [{status}] {note_text(rung.says, said)}"
            if rung.cites:
                more = f" (+{len(rung.cites) - 4})" if len(rung.cites) > 4 else ""
                yield f"      {', '.join(rung.cites[:4])}{more}"
        yield f"  {note_text(INTERMEDIARY_WORDS[record.intermediary.answer], said)}"
        for note in (*record.intermediary.signs, *(record.reading.remarks if record.reading is not None else ())):
            yield f"    - {note_text(note, said)}"
        for proof in record.proofs:
            yield f"  {note_text(proof_note(proof), said)}"


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
