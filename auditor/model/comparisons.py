"""Two systems compared, item by item: what was declared, what was left out, what is the same, and what controls show.

There is no score, no probability and no threshold here: each layer has figures with the counts they are made of, the
raw list behind them, and the same figure for every control. What that means is a named person's sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from auditor.model.evidence import Seal
from auditor.model.notes import Note
from auditor.model.reading.readings import Box

ItemAnswer = Literal["same", "same_but", "different", "only_reference", "only_suspect", "not_comparable"]
"""`same`: equal; `same_but`: equal but for what `why` names; `different`: both sides have one there, and they differ;
`only_…`: one side alone has it; `not_comparable`: nothing may be said, and `why` says why. Never a judgement."""
LayerName = Literal["menu", "labels", "identifiers", "code", "literals", "assets", "markers"]
"""The layers that carry a statement, in the order of Altai's levels. Pixels illustrate and carry none."""
LAYERS: tuple[LayerName, ...] = ("menu", "labels", "identifiers", "code", "literals", "assets", "markers")
CONFIRMED_ANSWERS = ("same", "substantially_same", "different", "not_decided")
"""What a named person may decide about a screen: 相同, 基本相同, 不同, left open."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen under its public name: which page shows it, and its place in the order of the comparison."""

    id: str
    name: str
    page: str
    order: int = 0


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that nobody writes twice by chance, declared before the suspect is compared."""

    id: str
    text: str
    kind: Literal["misspelling", "comment", "copyright", "build", "test_row", "path", "other"] = "other"
    first_sealed: str = ""
    """The capture in which the reference was first seen with it."""


@dataclass(frozen=True, slots=True)
class DictatedWord:
    """What a standard or the thing itself dictates, so that everybody has it."""

    what: str
    why: str
    pattern: str
    """Regular expression that a whole label or identifier matches."""


@dataclass(frozen=True, slots=True)
class LicensedChange:
    """What the contract lets the reseller change: taken out of both sides before anything is compared."""

    what: str
    texts: tuple[str, ...]
    """The spellings on either side: the product's name and the reseller's, a company line."""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class ComparisonSpec:
    """A comparison as `targets.yaml` declares it."""

    id: str
    reference: str
    suspects: tuple[str, ...]
    controls: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()
    """Ids of the product's screens; empty: all."""
    reference_version: str = ""
    dictated: tuple[DictatedWord, ...] = ()
    licensed_changes: tuple[LicensedChange, ...] = ()
    markers: tuple[Marker, ...] = ()
    known: tuple[str, ...] = ()
    """Further lists of known libraries, relative to `targets.yaml`; the one that ships is always used."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is going to be compared and how, fixed and journalled before it is done."""

    comparison: str
    product: str
    reference: str
    suspect: str
    controls: tuple[str, ...]
    screens: tuple[Screen, ...]
    markers: tuple[Marker, ...]
    dictated: tuple[DictatedWord, ...]
    licensed_changes: tuple[LicensedChange, ...]
    known: tuple[tuple[str, str], ...]
    """Name and SHA-256 of every list of known libraries."""
    reference_version: str = ""
    software: str = ""


@dataclass(frozen=True, slots=True)
class SharedFigure:
    """How much two lists have in common: twice what both have, by the entries of both together."""

    shared: int = 0
    left: int = 0
    right: int = 0
    why_not: Note | None = None
    """Set where nothing may be said: then the counts are no statement either."""

    @property
    def value(self) -> Fraction | None:
        """From 0 to 1; None where nothing may be said, which is not 0."""
        if self.why_not is not None or self.left + self.right == 0:
            return None
        return Fraction(2 * self.shared, self.left + self.right)

    @property
    def written(self) -> str:
        """Three places, rounded down, so that 1.000 is said of equal lists alone; a dash where there is no value."""
        value = self.value
        if value is None:
            return "–"
        thousandths = value.numerator * 1000 // value.denominator
        return f"{thousandths // 1000}.{thousandths % 1000:03d}"


@dataclass(frozen=True, slots=True)
class SystemRecord:
    """One captured system: which stored bytes it was compared by."""

    id: str
    role: Literal["reference", "suspect", "control"]
    capture: str
    package: str
    manifest_sha256: str
    captured_at: datetime | None
    sealed_at: datetime | None
    version: str = ""
    reached: tuple[str, ...] = ()
    """Ids of the declared screens that were observed."""
    missing: Mapping[str, Note] = field(default_factory=lambda: MappingProxyType({}))
    """Declared screens that were not, each with the reason."""
    circumstances: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What a picture depends on: browser, fonts, window, scale, language."""
    code_bytes: int = 0


@dataclass(frozen=True, slots=True)
class PicturePlace:
    """A stored picture by its digest; it stays as it is."""

    path: str
    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ItemPair:
    """One label, button or field of a screen on either side, under one number on both pictures."""

    number: int
    kind: str
    left: str
    right: str
    answer: ItemAnswer
    left_box: Box | None = None
    right_box: Box | None = None
    left_place: str = ""
    right_place: str = ""
    why: Note | None = None


@dataclass(frozen=True, slots=True)
class IdentifierRow:
    """One name that a visitor does not see: of a field, an element, a form's address."""

    kind: str
    text: str
    left: bool
    right: bool
    place: str = ""


@dataclass(frozen=True, slots=True)
class PixelFigure:
    """How far two pictures differ, as an illustration."""

    changed: int
    pixels: int
    """Of the larger canvas: a part that one picture lacks is changed."""
    left_size: tuple[int, int]
    right_size: tuple[int, int]
    boxes: tuple[Box, ...] = ()
    """Where, joined from squares of 32 pixels."""


@dataclass(frozen=True, slots=True)
class ScreenComparison:
    """One declared screen on both sides."""

    screen: str
    answer: ItemAnswer
    why: Note | None
    labels: SharedFigure
    """After filtration."""
    labels_raw: SharedFigure
    """Before it."""
    identifiers: SharedFigure
    identifiers_raw: SharedFigure
    items: tuple[ItemPair, ...] = ()
    identifier_rows: tuple[IdentifierRow, ...] = ()
    pixels: PixelFigure | None = None
    pixels_why: Note | None = None
    left_picture: PicturePlace | None = None
    right_picture: PicturePlace | None = None


@dataclass(frozen=True, slots=True)
class CodePlace:
    """Lines of a stored script."""

    file: str
    sha256: str
    first: int
    last: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class CodePair:
    """Two files or functions that have fingerprints in common."""

    left: CodePlace
    right: CodePlace
    figure: SharedFigure
    left_text: str = ""
    right_text: str = ""


@dataclass(frozen=True, slots=True)
class CodeNote:
    """A script of which something must be said: not comparable, damaged, too short, known."""

    side: Literal["left", "right"]
    file: str
    sha256: str
    why: Note


@dataclass(frozen=True, slots=True)
class CodeComparison:
    """The served scripts of both sides, by fingerprints of their tokens and by their stream of names and texts."""

    tokens: SharedFigure
    tokens_raw: SharedFigure
    literals: SharedFigure
    literals_raw: SharedFigure
    functions: SharedFigure
    """Functions of one side that stand in the other whole."""
    files: tuple[CodePair, ...] = ()
    alike: tuple[CodePair, ...] = ()
    """Functions, side by side with their lines."""
    notes: tuple[CodeNote, ...] = ()
    comments: tuple[tuple[str, CodePlace, CodePlace], ...] = ()
    """Equal comments of both sides."""


@dataclass(frozen=True, slots=True)
class AssetRow:
    """A file with equal bytes on both sides."""

    sha256: str
    size: int
    media_type: str
    left: str
    right: str
    same_stamp: str = ""
    """`ETag` or `Last-Modified` where both servers give the same."""


@dataclass(frozen=True, slots=True)
class MarkerRow:
    """A declared marker, and where each system has it."""

    marker: str
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairComparison:
    """The reference against one other system, layer by layer."""

    other: str
    menu: SharedFigure
    screens: tuple[ScreenComparison, ...]
    code: CodeComparison
    assets: SharedFigure
    menu_rows: tuple[tuple[str, str, bool, bool], ...] = ()
    """Group, entry, on the left, on the right."""
    asset_rows: tuple[AssetRow, ...] = ()
    markers: tuple[MarkerRow, ...] = ()


@dataclass(frozen=True, slots=True)
class FilteredItem:
    """What was taken out of both sides before any figure, and why."""

    layer: LayerName
    what: str
    why: Note
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class ControlRank:
    """The suspect's figures of a layer beside those of all control pairs."""

    layer: LayerName
    compared: int
    """Figures of the suspect: one for each screen, or one."""
    lowest: str
    """Of the suspect's figures; a dash where there is none."""
    controls: int
    """Figures of controls."""
    highest: str
    """Of the controls' figures; a dash where there is none."""
    above_all: bool | None
    """Whether each of the suspect's figures is above every control's; None where either has none."""


@dataclass(frozen=True, slots=True)
class ComparisonFinding:
    """A statement of a comparison, S101 to S109, in codes."""

    rule: str
    severity: Literal["high", "medium", "low", "info"]
    favours: Literal["licensor", "other_side", "neither"]
    says: Note


@dataclass(frozen=True, slots=True)
class ComparisonResult:
    """All of one comparison; the same stored bytes and declaration give the same result."""

    declaration: Declaration
    reference: SystemRecord
    suspect: SystemRecord
    controls: tuple[SystemRecord, ...]
    pair: PairComparison
    control_pairs: tuple[PairComparison, ...]
    filtered: tuple[FilteredItem, ...]
    ranks: tuple[ControlRank, ...]
    findings: tuple[ComparisonFinding, ...]
    readers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Programs and libraries to versions."""


@dataclass(frozen=True, slots=True)
class ScreenDecision:
    """What a named person said about one screen of a comparison."""

    screen: str
    """Id of the screen; empty for the comparison as a whole."""
    answer: str
    by: str
    reason: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ComparisonRecord:
    """A comparison that was made, as a report tells it."""

    id: str
    line: int
    """Number of its journal line, which is its number among the evidence of a bundle."""
    comparison: str
    at: datetime
    reference: str
    suspect: str
    controls: tuple[str, ...]
    screens: int
    path: str
    """Folder of its files in the evidence."""
    result_sha256: str
    seal: Seal
    captures: tuple[str, ...]
    """Of reference, suspect and controls, in that order."""
    ranks: tuple[ControlRank, ...]
    findings: tuple[ComparisonFinding, ...]
    decisions: tuple[ScreenDecision, ...] = ()
