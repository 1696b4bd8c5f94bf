"""The templates of the world, rendered with everything escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PAGES = Path(__file__).parent / "pages"
STATIC = {"style.css": "text/css; charset=utf-8", "registration.js": "text/javascript; charset=utf-8"}


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def render(template: str, /, **values: object) -> bytes:
    """A page of `auditor/demo/pages` as UTF-8."""
    return _environment().get_template(template).render(values).encode()


@cache
def read_static(name: str) -> bytes:
    """A style sheet or script, as stored."""
    return (PAGES / name).read_bytes()
