"""Small pages beside the report: templates with escaping, foreign text marked, nothing loaded from anywhere."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from auditor.formats.foreign_text import visible_text
from auditor.reporting import formats
from auditor.reporting.exporters.html import foreign_text, worded_note
from auditor.reporting.translations import Translations
from auditor.wording import outcome_note


def _environment(say: Translations) -> Environment:
    environment = Environment(
        loader=PackageLoader("auditor.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        seen=foreign_text,
        plain=visible_text,
        said=lambda note: worded_note(note, say),
        clock=formats.time_text,
    )
    environment.globals.update(w=say, lang=say.lang, outcome=lambda code: say.note(outcome_note(code)))
    return environment


def render_page(template: str, say: Translations, **values: object) -> bytes:
    """A template of this room as one page in UTF-8."""
    return _environment(say).get_template(template).render(**values).encode("utf-8", "replace")
