"""The series of counts: one row for each capture and metric, and one for each visit that gave none, with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, groupby
from zoneinfo import ZoneInfo

from auditor.bundle.bag.disk_tables import DiskDict
from auditor.bundle.bag.tables import safe_csv
from auditor.bundle.dossier import BundledPackage, Dossier
from auditor.clock import timestamp
from auditor.model.findings import Unobserved
from auditor.model.reading.observations import Observation
from auditor.wording import english

COLUMNS = (
    "at_utc", "at_local", "deployment", "capture", "exhibit", "state", "metric", "displayed", "displayed_as_written",
    "cap", "cap_as_written", "listed", "list_complete", "needs_review", "sealed_at_utc", "outcome", "page", "why",
)  # fmt: skip


def exhibit_and_seal(entry: BundledPackage) -> str:
    """Exhibit number and time of the seal of a capture, as a text to keep."""
    sealed_at = entry.package.seal.sealed_at
    return json.dumps([entry.number, timestamp(sealed_at) if sealed_at else ""])


def counts_csv(dossier: Dossier, numbered: DiskDict[str, str]) -> Iterator[bytes]:
    """`counts.csv`, line by line, oldest first: not observed is an empty cell and a reason, never a zero.

    `numbered`: capture to `exhibit_and_seal`.
    """
    zone, sorted_rows = ZoneInfo(dossier.estate.timezone), DiskDict[str, str]()
    rows = chain(_observed(dossier.report.history, numbered, zone), _missed(dossier.report.unobserved, numbered, zone))
    for place, row in enumerate(rows):
        sorted_rows.add("\0".join([*map(str, row), f"{place:012d}"]), json.dumps(row))
    try:
        yield from safe_csv(COLUMNS, (json.loads(row) for _, row in sorted_rows.items()))
    finally:
        sorted_rows.close()


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _known(capture: str, numbered: DiskDict[str, str]) -> tuple[int | str, str]:
    found = numbered.get(capture)
    number, sealed_at = json.loads(found) if found else ("", "")
    return number, sealed_at


def _observed(
    history: Iterable[Observation], numbered: DiskDict[str, str], zone: ZoneInfo
) -> Iterator[tuple[object, ...]]:
    for seen in history:
        number, sealed_at = _known(seen.capture, numbered)
        yield (
            timestamp(seen.captured_at), _local(seen.captured_at, zone), seen.deployment, seen.capture,
            number, seen.state, seen.metric, seen.displayed, seen.displayed_raw,
            seen.cap, seen.cap_raw, seen.listed, "yes" if seen.listed_complete else "no",
            "no" if seen.certain else "yes", sealed_at, "observed", "",
            "; ".join(f"{name}: {english(why)}" for name, why in sorted(seen.unreadable.items())),
        )  # fmt: skip


def _missed(missed: Iterable[Unobserved], numbered: DiskDict[str, str], zone: ZoneInfo) -> Iterator[tuple[object, ...]]:
    for one in missed:
        number, _ = _known(one.capture, numbered)
        yield (
            timestamp(one.at), _local(one.at, zone), one.deployment, one.capture, number,
            "" if number else "gap", "", None, "", None, "", None, "", "", "", one.outcome, one.page, english(one.why),
        )  # fmt: skip


def timeline_json(dossier: Dossier) -> Iterator[bytes]:
    """Each deployment's counts by metric in order of time, and the key dates beside them; part by part."""
    rows = DiskDict[str, str]()
    for place, seen in enumerate(dossier.report.history):
        series, at = f"{seen.deployment}/{seen.metric}", timestamp(seen.captured_at)
        told = {
            "at": at, "capture": seen.capture, "displayed": seen.displayed, "listed": seen.listed, "cap": seen.cap,
            "as_written": seen.displayed_raw,
        }  # fmt: skip
        rows.add(
            "\0".join((series, at, seen.capture, f"{place:012d}")), json.dumps(told, ensure_ascii=False, sort_keys=True)
        )
    dates = [
        {
            "id": date.id, "kind": date.kind, "on": date.on.isoformat() if date.on else None, "as_written": date.raw,
            "candidates": [day.isoformat() for day in date.candidates], "what": date.what,
        }
        for date in dossier.report.key_dates
    ]  # fmt: skip
    yield b'{\n  "format": "auditor.timeline/1",\n  "key_dates": '
    yield json.dumps(dates, ensure_ascii=False, sort_keys=True).encode()
    yield b',\n  "series": {'
    for number, (series, lines) in enumerate(groupby(rows.items(), key=lambda item: item[0].partition("\0")[0])):
        yield f"{',' if number else ''}\n    {json.dumps(series, ensure_ascii=False)}: [".encode()
        for place, (_, line) in enumerate(lines):
            yield f"{',' if place else ''}\n      {line}".encode()
        yield b"\n    ]"
    yield b"\n  }\n}\n"
    rows.close()
