"""The series of counts: one row for each capture and metric, and one for each visit that gave none, with the reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from auditor.bundle.dossier import Dossier, Entry
from auditor.bundle.journalling import plain_json
from auditor.clock import timestamp
from auditor.model.findings import Observation, Unobserved

COLUMNS = (
    "at_utc", "at_local", "deployment", "capture", "exhibit", "state", "metric", "displayed", "displayed_as_written",
    "cap", "cap_as_written", "listed", "list_complete", "needs_review", "sealed_at_utc", "outcome", "page", "why",
)  # fmt: skip


def safe_cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula, on one line; empty for None."""
    text = "" if value is None else " ".join(str(value).split())
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


def safe_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV (UTF-8, LF) of such cells."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return table.getvalue().encode()


def counts_csv(dossier: Dossier) -> bytes:
    """`counts.csv`: not observed is an empty cell and a reason, never a zero."""
    return safe_csv(COLUMNS, rows_of(dossier))


def rows_of(dossier: Dossier) -> list[tuple[object, ...]]:
    """The rows of the series, oldest first."""
    numbered = {entry.package.capture: entry for entry in dossier.entries}
    zone = ZoneInfo(dossier.estate.timezone)
    rows = [*_observed(dossier.report.history, numbered, zone), *_missed(dossier.report.unobserved, numbered, zone)]
    return sorted(rows, key=lambda row: tuple(map(str, row)))


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _observed(
    history: Iterable[Observation], numbered: Mapping[str, Entry], zone: ZoneInfo
) -> Iterator[tuple[object, ...]]:
    for seen in history:
        entry = numbered.get(seen.capture)
        sealed_at = entry.package.seal.sealed_at if entry else None
        yield (
            timestamp(seen.captured_at), _local(seen.captured_at, zone), seen.deployment, seen.capture,
            entry.number if entry else "", seen.state, seen.metric, seen.displayed, seen.displayed_raw,
            seen.cap, seen.cap_raw, seen.listed, "yes" if seen.listed_complete else "no",
            "no" if seen.certain else "yes", timestamp(sealed_at) if sealed_at else "", "observed", "",
            "; ".join(f"{name}: {why}" for name, why in sorted(seen.unreadable.items())),
        )  # fmt: skip


def _missed(
    missed: Iterable[Unobserved], numbered: Mapping[str, Entry], zone: ZoneInfo
) -> Iterator[tuple[object, ...]]:
    for one in missed:
        entry = numbered.get(one.capture)
        yield (
            timestamp(one.at), _local(one.at, zone), one.deployment, one.capture, entry.number if entry else "",
            "" if entry else "gap", "", None, "", None, "", None, "", "", "", one.outcome, one.page, one.why,
        )  # fmt: skip


def timeline_json(dossier: Dossier) -> bytes:
    """Each deployment's counts by metric in order of time, and the key dates beside them."""
    found: dict[str, list[dict[str, object]]] = {}
    for seen in sorted(dossier.report.history, key=lambda seen: (seen.captured_at, seen.capture, seen.metric)):
        found.setdefault(f"{seen.deployment}/{seen.metric}", []).append(
            {
                "at": timestamp(seen.captured_at), "capture": seen.capture, "displayed": seen.displayed,
                "listed": seen.listed, "cap": seen.cap, "as_written": seen.displayed_raw,
            }
        )  # fmt: skip
    dates = [
        {
            "id": date.id, "kind": date.kind, "on": date.on.isoformat() if date.on else None, "as_written": date.raw,
            "candidates": [day.isoformat() for day in date.candidates], "what": date.what,
        }
        for date in dossier.report.key_dates
    ]  # fmt: skip
    return plain_json({"format": "auditor.timeline/1", "series": found, "key_dates": dates})
