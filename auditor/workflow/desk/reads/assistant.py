"""The profile assistant: a number pointed at on a stored picture, and rules that find it, each tried on captures.

The point is held against the stored layout, the smallest text there is meant, and each rule is read by the very reader
of the visits: on this capture and on others of the deployment. Nothing is visited, nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.custody import open_package
from auditor.errors import AuditorError, ConfigError
from auditor.model.reading.readings import Box, FieldReading
from auditor.model.reports import EvidenceRow
from auditor.model.targets.deployments import FieldSpec, PageSpec
from auditor.model.targets.estate import Estate
from auditor.reading import Survey, SurveyedPair, check_survey, survey
from auditor.targets import insertion
from auditor.workflow.desk.reads.captures import LayoutText, layout_texts
from auditor.workflow.index.record import TRAFFIC
from auditor.workflow.profile.page_entry import FIELD_ROLES, FieldChoice, describe_page
from auditor.workflow.profile.preview import PagePreview
from auditor.workspace import Workspace

OTHERS = 2
"""Further captures that each rule is tried on."""
NEAR = 6
"""CSS pixels beside a text that still mean it."""
MOST_OFFERED = 120


@dataclass(frozen=True, slots=True)
class OfferedPair:
    """A label with its value, numbered as on the picture."""

    number: int
    pair: SurveyedPair


@dataclass(frozen=True, slots=True)
class TriedRule:
    """One way to describe the place, and what it reads."""

    way: str
    """`label`, `pattern`, `selector`."""
    where: str
    field: str
    reads: tuple[tuple[str, FieldReading | None], ...]
    """Capture and what is read there; None where that capture has no such page."""
    value: Mapping[str, object]
    """The field as it would stand in the targets file."""
    entry: str
    """The same as text, at its place."""

    @property
    def agrees(self) -> bool:
        """Whether it reads a value wherever the page is."""
        return all(one is None or one.status == "read" for _, one in self.reads)


@dataclass(frozen=True, slots=True)
class AssistantRead:
    """What the assistant shows."""

    row: EvidenceRow
    view: str
    page: str
    width: int
    height: int
    pairs: tuple[OfferedPair, ...]
    pointed: LayoutText | None
    chosen: OfferedPair | None
    """With both eyes' readings of its value."""
    role: str
    rules: tuple[TriedRule, ...]
    trouble: str = ""


def read_assistant(
    workspace: Workspace, estate: Estate, rows: Sequence[EvidenceRow], picture: tuple[str, int, int],
    asked: tuple[int, int] | None, number: int, role: str,
) -> AssistantRead:  # fmt: skip
    """What is known of a place. `rows`: the capture, then others of the deployment; `picture`: view, width, height;
    `asked`: the point, CSS pixels; `number`: of a pair, where one was chosen from the list."""
    row, view = rows[0], picture[0]
    preview = stored_preview(workspace, estate, row, view)
    offered = tuple(
        OfferedPair(n, one) for n, one in preview.numbered_pairs if one.shown and one.box is not None
    )[:MOST_OFFERED]  # fmt: skip
    pointed = None
    chosen = next((one for one in offered if one.number == number), None)
    if asked is not None and chosen is None:
        snapshot = preview.files[preview.view.artefacts["snapshot"]]
        pointed = text_at(layout_texts(snapshot, most=5_000), *asked)
        chosen = _pair_at(offered, pointed)
    wanted = role if role in FIELD_ROLES else _role(chosen)
    found = AssistantRead(row, view, preview.page.id, picture[1], picture[2], offered, pointed, chosen, wanted, ())
    if chosen is None:
        return found
    try:
        looks = [preview, *_others(workspace, estate, rows[1 : 1 + OTHERS], preview.view.page)]
        return replace(found, chosen=_with_both_eyes(preview, chosen), rules=tuple(_rules(looks, chosen, wanted)))
    except AuditorError as error:
        return replace(found, trouble=str(error))


def stored_preview(workspace: Workspace, estate: Estate, row: EvidenceRow, view_id: str) -> PagePreview:
    """A stored view as the profile's own look at a page. `ConfigError` where it has no layout."""
    package = open_package(workspace.root / row.path, row.manifest_sha256)
    view = next((one for one in package.capture.views if one.id == view_id), package.capture.views[0])
    names = [*view.artefacts.values()]
    listed = {one.path for one in package.capture.artefacts}
    names += [TRAFFIC] if TRAFFIC in listed else []
    files = {name: package.load(name) for name in names if name in listed}
    snapshot = view.artefacts.get("snapshot", "")
    if snapshot not in files:
        raise ConfigError(f"{row.capture}: the view {view.id} has no stored layout to point at")
    page = estate.pages.get(view.page) or PageSpec(view.page)
    deployment = estate.deployments[row.deployment]
    seen = survey(files[snapshot], locale=page.locale)
    return PagePreview(deployment, page, package.capture, view, seen, files)


def text_at(texts: Iterable[LayoutText], x: int, y: int) -> LayoutText | None:
    """The smallest text whose box holds the point, or comes within a few pixels of it."""

    def area(one: LayoutText) -> int:
        return one.box[2] * one.box[3]

    def holds(one: LayoutText, margin: int) -> bool:
        left, top, width, height = one.box
        return left - margin <= x < left + width + margin and top - margin <= y < top + height + margin

    every = list(texts)
    for margin in (0, NEAR):
        found = [one for one in every if holds(one, margin)]
        if found:
            return min(found, key=area)
    return None


def _pair_at(offered: Sequence[OfferedPair], pointed: LayoutText | None) -> OfferedPair | None:
    """The pair whose value, or else whose label, the text is."""
    if pointed is None:
        return None
    for value_first in (True, False):
        for one in offered:
            box = one.pair.box if value_first else one.pair.label_box
            if box is not None and _meets(box, pointed.box):
                return one
    return None


def _meets(box: Box, other: tuple[int, int, int, int]) -> bool:
    left, top, width, height = other
    across = min(box.x + box.w, left + width) - max(box.x, left)
    down = min(box.y + box.h, top + height) - max(box.y, top)
    return across > 0 and down > 0 and across * down * 2 >= min(box.w * box.h, width * height)


def _role(chosen: OfferedPair | None) -> str:
    family = "" if chosen is None else chosen.pair.family
    return family if family in FIELD_ROLES else "used"


def _with_both_eyes(preview: PagePreview, chosen: OfferedPair) -> OfferedPair:
    """The pair with what its pixels say, read apart from the layout."""
    one = Survey((chosen.pair,), (), preview.survey.title, preview.survey.headings)
    looked = check_survey(one, preview.view, preview.files.__getitem__)
    return OfferedPair(chosen.number, looked.pairs[0])


def _others(workspace: Workspace, estate: Estate, rows: Sequence[EvidenceRow], page: str) -> Iterator[PagePreview]:
    for row in rows:
        view = next((one for one in row.views if one.page == page and "snapshot" in one.artefacts), None)
        if view is not None:
            yield stored_preview(workspace, estate, row, view.id)


def _rules(looks: Sequence[PagePreview], chosen: OfferedPair, role: str) -> Iterator[TriedRule]:
    pair, first = chosen.pair, looks[0]
    known = next((one for one in first.page.fields if one.role == role), None)
    field, metric = (role, "") if known is None else (known.id, known.metric or "")
    ways = [FieldChoice(role, pair.label, metric=metric)]
    if "|" not in pair.label and pair.label:
        pattern = f"{_escaped(pair.label)}\\s*[:：]?\\s*([0-9][0-9,. ]*)"
        ways.append(FieldChoice(role, pattern, "pattern", metric))
    for choice in ways:
        try:
            described = describe_page(replace(first.page, fields=(), listing=None), first, [choice], None)
        except ConfigError:
            continue
        reads: list[tuple[str, FieldReading | None]] = []
        for look in looks:
            read = look.read(described)
            reads.append((look.view.captured_at.isoformat() if look.view.captured_at else "", read.fields[0]))
        here = reads[0][1]
        if here is None or here.status != "read":
            continue  # a rule that does not find the place that was pointed at is none
        value = _value(described.fields[0], known)
        entry = f"pages:\n  {first.page.id}:\n    fields:\n      {field}: {insertion.flow(value)}\n"
        yield TriedRule(choice.way, choice.where, field, tuple(reads), value, entry)


def _value(found: FieldSpec, known: FieldSpec | None) -> dict[str, object]:
    """The field as it stands in a targets file: where it is found now, what it means as before."""
    said: dict[str, object] = {"kind": found.kind, "role": found.role}
    if found.metric:
        said["metric"] = found.metric
    for name in ("labels", "context", "pattern"):
        if getattr(found, name):
            said[name] = list(found.labels) if name == "labels" else getattr(found, name)
    if known is not None and known.means:
        said |= {"means": dict(known.means), "means_source": known.means_source or ""}
    return said


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in ".^$*+?()[]{}|\\" else char for char in text)
