"""A comparison as one self-contained page: items in order, pictures with numbered boxes above them, code side by side.

The stored pictures go in as they are, each with its digest; boxes and numbers lie on a layer above. The same result,
the same decisions and the same stored bytes give the same page.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from auditor.formats.foreign_text import visible_text
from auditor.model.comparisons import CodePlace, ComparisonResult, Declaration, PicturePlace, ScreenDecision
from auditor.model.notes import Note
from auditor.wording import Lang, note_text

ROWS = 400
"""Rows of one table that the exhibit shows; it says how many more the result holds."""
LoadPicture = Callable[[str, str], bytes | None]
"""Bytes of an artefact by its package and its path; None where they cannot be had."""


class ExhibitWord(str):
    """A text of the exhibit that takes values: `w.more(n=3)`; without any it is its own text."""

    __slots__ = ()

    def __call__(self, **values: object) -> str:
        return self.format(**values)


@dataclass(frozen=True, slots=True)
class ExhibitInput:
    """What an exhibit is made of."""

    id: str
    result: ComparisonResult
    decisions: Sequence[ScreenDecision]
    names: Mapping[str, str]
    """From deployments to their names."""
    load: LoadPicture


def exhibit_html(given: ExhibitInput, lang: Lang) -> bytes:
    """The exhibit in a language."""
    result = given.result
    environment = Environment(
        loader=PackageLoader("auditor.reporting", "compared"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = exhibit_words(lang)
    environment.filters.update(
        seen=lambda text: visible_text(str(text), 400),
        said=lambda note: visible_text(note_text(note, lang), 600) if isinstance(note, Note) else "",
        moment=lambda at: f"{at:%Y-%m-%d %H:%M:%S}" if isinstance(at, datetime) else "",
        places=lambda places: _places(places, words),
        numbers=_line_numbers,
        codetext=lambda text: "\n".join(visible_text(line, 200) for line in text.split("\n")),
    )
    page = environment.get_template("exhibit.html").render(
        w=words,
        lang="zh-CN" if lang == "zh" else "en",
        id=given.id,
        r=result,
        decisions=given.decisions,
        name=lambda id_: given.names.get(id_, id_),
        screens={one.id: one for one in result.declaration.screens},
        markers={one.id: one for one in result.declaration.markers},
        data=lambda package, place: _data(given.load, package, place),
        scale=_scale(result),
        command=_command(result.declaration),
        most=ROWS,
    )
    return page.encode("utf-8", "replace")


@cache
def exhibit_words(lang: Lang) -> Mapping[str, ExhibitWord]:
    """Every word in a language, by its key, with its section before it where it has one."""
    table = tomllib.loads((files("auditor.reporting.compared") / "words.toml").read_text("utf-8"))
    found = {}
    for key, value in table.items():
        inner = {f"{key}.{name}": one for name, one in value.items()} if "en" not in value else {key: value}
        found.update({name: ExhibitWord(one[lang]) for name, one in inner.items()})
    return found


def _data(load: LoadPicture, package: str, place: PicturePlace | None) -> Markup | str:
    """A stored picture as it is; empty where its bytes are not those that were compared."""
    data = load(package, place.path) if place is not None else None
    if data is None or place is None or hashlib.sha256(data).hexdigest() != place.sha256:
        return ""
    return Markup("data:image/png;base64," + base64.b64encode(data).decode())  # noqa: S704 (base64 alone)


def _scale(result: ComparisonResult) -> int:
    """Picture pixels for each pixel of the layout: boxes are kept in the layout's."""
    scale = result.reference.circumstances.get("scale", "1.0").partition(",")[0]
    return max(1, round(float(scale))) if scale.replace(".", "", 1).isdigit() else 1


def _command(declared: Declaration) -> str:
    """The command that makes the comparison again, with all that was asked; `targets.yaml` may have a name for it."""
    adhoc = declared.comparison == f"{declared.suspect}-{declared.reference}"
    words = ["auditor", "compare", "make", declared.suspect, "--reference", declared.reference]
    words += [] if adhoc else ["--name", declared.comparison]
    words += [word for one in declared.controls for word in ("--controls", one)]
    words += [word for one in declared.screens for word in ("--screens", one.id)]
    return shlex.join(words)


def _places(places: Sequence[str], words: Mapping[str, ExhibitWord]) -> str:
    if not places:
        return words["nowhere"]
    shown = "; ".join(visible_text(one, 120) for one in places[:3])
    return shown + (f" (+{len(places) - 3})" if len(places) > 3 else "")


def _line_numbers(place: CodePlace, text: str) -> str:
    return "\n".join(str(place.first + at) for at in range(text.count("\n") + 1))
