"""Cells of an XLSX workbook read as texts, bounded. Pure.

Read by openpyxl without formulas being computed and without links being followed. A workbook is a zip that somebody
else made: its unpacked size is bounded before anything is parsed.
"""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator

from openpyxl import load_workbook

from auditor.errors import ConfigError

MAX_WORKBOOK = 64 << 20
MAX_UNPACKED = 512 << 20
MAX_ROWS = 1_000_000
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, SyntaxError, LookupError, ValueError, OSError, TypeError, EOFError, RuntimeError
)  # fmt: skip
"""What a damaged workbook raises: `SyntaxError` is that of both XML parsers, `RuntimeError` that of a password."""


def read_rows(data: bytes, what: str) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Sheet, number and texts of every row with a value. `ConfigError` for what is no workbook or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if len(data) > MAX_WORKBOOK or sum(one.file_size for one in packed.infolist()) > MAX_UNPACKED:
                raise ConfigError(f"{what}: a workbook that unpacks to more than {MAX_UNPACKED} bytes; not read")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that are of no interest here
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            try:
                for sheet in book.worksheets:
                    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
                        if number > MAX_ROWS:
                            raise ConfigError(f"{what}: a sheet of more than {MAX_ROWS} rows; not read. Split it")
                        texts = tuple("" if one is None else str(one) for one in row)
                        if any(texts):
                            yield sheet.title, number, texts
            finally:
                book.close()
    except _DAMAGED as error:
        raise ConfigError(f"{what}: not an XLSX workbook that can be read ({type(error).__name__})") from None
