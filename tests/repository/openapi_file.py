"""Writes the description of the API: `python -m tests.repository.openapi_file`."""

from __future__ import annotations

from pathlib import Path

from auditor.web.api import described

FILE = Path(__file__).parents[2] / "auditor" / "web" / "api" / "openapi.json"

if __name__ == "__main__":
    FILE.write_text(described(), encoding="utf-8")
