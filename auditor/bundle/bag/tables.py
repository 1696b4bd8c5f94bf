"""JSON and CSV as a bag holds them: one form, written line by line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence


def plain_json(value: object) -> bytes:
    """JSON for readers: sorted keys, two spaces, a final newline."""
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def safe_cell(value: object) -> str:
    """Text that no spreadsheet takes for a formula, on one line; empty for None."""
    text = "" if value is None else " ".join(str(value).split())
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """A CSV (UTF-8, LF) line by line, cells as they are: for digests, paths and words of ours."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(row)
    yield buffer.getvalue().encode()


def safe_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """A CSV of safe cells, for texts that others wrote."""
    return csv_lines(columns, ([safe_cell(cell) for cell in row] for row in rows))
