"""The gallery of page shapes: `tests/samples/pages/<shape>/`, each with the readings it must give.

`expected.json` names the kind of product the page is shaped like, its specification, and under `reads` by field:
`34` an exact count, `34?` one that a person looks at, `unlimited`, `=text`, `d:2019-08-29` a date (`d:` no end, several
for an ambiguity), `!missing` and so on a status. No pictures are kept here: `?` leaves the check `drawn` out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.model.captures import View
from auditor.model.reading.readings import FieldReading, Reading
from auditor.model.targets.deployments import Condition, FieldSpec, ListingSpec, PageSpec
from auditor.reading import read_capture

FOLDER = Path(__file__).parent.parent / "samples" / "pages"


@dataclass(frozen=True, slots=True)
class Shape:
    """One page of the gallery."""

    name: str
    expected: dict[str, Any]
    snapshot: bytes
    dom: bytes
    frames: tuple[bytes, ...] = ()

    @property
    def spec(self) -> PageSpec:
        said = self.expected
        fields = tuple(
            FieldSpec(**{**one, "labels": tuple(one.get("labels", ())), "order": tuple(one.get("order", ()))})
            for one in said["fields"]
        )
        listing = None
        if "listing" in said:
            columns = {name: tuple(headers) for name, headers in said["listing"]["columns"].items()}
            listing = ListingSpec(**{**said["listing"], "columns": columns})
        condition = Condition(**said["logged_in"]) if "logged_in" in said else None
        return PageSpec(
            self.name,
            locale=said["locale"],
            chinese_numerals=said.get("chinese_numerals", False),
            fields=fields,
            listing=listing,
            logged_in=condition,
        )

    def read(self) -> Reading:
        """The reading of the stored page, by the public way."""
        return read_as(self.spec, self.snapshot, self.dom, self.frames)


def read_as(spec: PageSpec, snapshot: bytes, dom: bytes, frames: Sequence[bytes] = ()) -> Reading:
    """The reading of one stored page under a specification."""
    kept = {"snapshot": ("p/domsnapshot.json.gz", snapshot), "dom": ("p/dom.html", dom)}
    kept |= {f"dom-frame-{n}": (f"p/dom-frame-{n}.html", frame) for n, frame in enumerate(frames, start=1)}
    artefacts = {kind: path for kind, (path, _) in kept.items()}
    stored = dict(kept.values())
    view = View(
        "p", spec.id, 1, "http://x/", "http://x/", "observed", "", 200, None, artefacts=artefacts, rest="reached"
    )
    return read_capture([view], {spec.id: spec}, stored.__getitem__, capture="c1", deployment="d1")


def shapes() -> list[Shape]:
    """Every shape, by name."""
    return [
        Shape(
            folder.name,
            json.loads((folder / "expected.json").read_text("utf-8")),
            (folder / "snapshot.json.gz").read_bytes(),
            (folder / "dom.html").read_bytes(),
            tuple(frame.read_bytes() for frame in sorted(folder.glob("dom-frame-*.html"))),
        )
        for folder in sorted(FOLDER.iterdir())
        if folder.is_dir()
    ]


def said(read: FieldReading) -> str:
    """A field's reading in the notation of `expected.json`."""
    if read.status != "read":
        return f"!{read.status}"
    if read.kind == "text":
        return f"={read.text}"
    if read.kind == "date":
        return "d:" + ",".join(day.isoformat() for day in (read.dates.candidates if read.dates else ()))
    own = [quantity for quantity in read.quantities if quantity.kind != "unknown"]
    role = ROLE.get(read.field) or next((name for name in ROLE.values() if read.field.endswith(name)), "used")
    quantity = next((one for one in own if one.role == role), own[0])
    value = "unlimited" if quantity.kind == "unlimited" else str(quantity.value)
    doubtful = any(not check.holds for name, check in read.checks_of(quantity) if name != "drawn")
    return value + ("?" if doubtful else "")


ROLE = {"cap": "cap", "left": "remaining", "peak": "peak", "over": "over"}
