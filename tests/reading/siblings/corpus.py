"""The hand-made pages as `StatedPage`s."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from auditor.model.targets.deployments import CountRole, FieldSpec, ListingSpec, PageSpec
from tests.reading.generated.stated_page import StatedPage

FOLDER = Path(__file__).parent
ROLES: Final[Mapping[str, CountRole]] = {"used": "used", "cap": "cap", "left": "remaining", "peak": "peak"}
SHEET = (
    "body{font:15px sans-serif;margin:20px}table{border-collapse:collapse}"
    "td,th{border:1px solid #bbb;padding:4px 10px;text-align:start}"
    ".card{border:1px solid #ccc;padding:12px;width:260px;margin:6px}.n{font-size:26px;font-weight:bold}"
    ".row{display:flex}.badge{background:#c00;color:#fff;border-radius:9px;padding:0 6px}"
)
ROWS = re.compile(r"@ROWS\(([0-9]+),([0-9]+)\)@")


def siblings() -> list[StatedPage]:
    """Every page of every file, by file and order."""
    pages = []
    for file in sorted(FOLDER.glob("*.toml")):
        said = tomllib.loads(file.read_text("utf-8"))
        pages += [_page(said["kind"], one) for one in said["page"]]
    return pages


def _page(kind: str, one: Mapping[str, Any]) -> StatedPage:
    locale = one.get("locale")
    fields = tuple(
        FieldSpec(role, "count", ROLES[role], "seat", tuple([said] if isinstance(said, str) else said))
        for role in ROLES
        if (said := one.get(role)) is not None
    )
    columns = {name: tuple(headers) for name, headers in one.get("columns", {}).items()}
    listing = None
    if columns or "pointer" in one:
        listing = ListingSpec("users", "seat", columns=columns, pointer=one.get("pointer"))
    spec = PageSpec(
        one["name"],
        f"/{one['name']}",
        method=one.get("method", "browser"),
        locale=locale,
        fields=fields,
        listing=listing,
    )
    return StatedPage(
        one["name"],
        kind,
        one["raw"] if "raw" in one else _html(one, locale),
        spec,
        right={role: tuple(answers) for role, answers in one.get("right", {}).items()},
        listed=one.get("listed"),
        on_page=one.get("on_page", 0),
        why=one["why"],
        glance=one.get("glance", False),
        delivery=one.get("delivery", "whole"),
        pause_ms=one.get("pause_ms", 0),
        content_type=one.get("content_type", "text/html; charset=utf-8"),
        charset=one.get("charset", "utf-8"),
    )


def _html(one: Mapping[str, Any], locale: str | None) -> str:
    direction = " dir=rtl" if locale in ("ar", "he") else ""
    meta = '<meta charset="utf-8">' if one.get("charset", "utf-8") == "utf-8" else ""
    body = ROWS.sub(lambda found: _rows(int(found[1]), int(found[2])), one["html"])
    return (
        f'<!doctype html><html lang="{locale or ""}"{direction}><head>{meta}<title>{one["name"]}</title>'
        f"<style>{SHEET}{one.get('style', '')}</style></head><body>{body}</body></html>"
    )


def _rows(first: int, end: int) -> str:
    return "".join(
        f"<tr><td>user{n}@x.example</td><td>Member</td><td>2024-{n // 28 % 12 + 1:02d}-{n % 28 + 1:02d}</td></tr>"
        for n in range(first, end)
    )
