"""A zip (APPNOTE 6.3.10) whose bytes depend on its entries alone: one date, one system, one mode for all. Pure."""

from __future__ import annotations

import io
import zipfile

DATE = (1980, 1, 1, 0, 0, 0)
"""The date of every entry of a zip: the earliest that the format knows. True times are in the evidence."""
UNIX = 3
"""The system that made an entry, by APPNOTE 4.4.2."""


def fixed_zip_entries(raw: bytes) -> bytes:
    """The zip `raw` again, its entries deflated in their order, without the time of writing."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as still:
        for info in made.infolist():
            entry = zipfile.ZipInfo(info.filename, DATE)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, UNIX, 0o644 << 16
            still.writestr(entry, made.read(info.filename))
    return out.getvalue()
