"""A comparison in numbered steps: features, filtration, figures of suspect and controls, findings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType

from auditor.comparison.code.known import KnownLibraries
from auditor.comparison.features import SystemFeatures
from auditor.comparison.filtration import Filtration, filtered_items
from auditor.comparison.findings import ComparedCaps, find_all
from auditor.comparison.layers.asset_layer import compare_assets
from auditor.comparison.layers.code_layer import compare_code
from auditor.comparison.layers.marker_layer import marker_rows
from auditor.comparison.layers.screen_layer import (
    ScreenFigures,
    identifier_rows,
    item_pairs,
    missing_screen,
    screen_answer,
    screen_figures,
)
from auditor.comparison.screens.pixels import compare_pictures, why_not_comparable
from auditor.comparison.system import OTHER_SIDE, REFERENCE_SIDE, CapturedScreen, CapturedSystem
from auditor.errors import ConfigError
from auditor.model.comparisons import (
    LAYERS,
    ComparisonResult,
    ControlRank,
    Declaration,
    LayerName,
    PairComparison,
    PicturePlace,
    PixelFigure,
    Screen,
    ScreenComparison,
    SharedFigure,
)
from auditor.model.notes import Note, make_note

MAX_CONTROLS = 200


def compare_systems(
    declaration: Declaration,
    reference: CapturedSystem,
    suspect: CapturedSystem,
    controls: Sequence[CapturedSystem] = (),
    *,
    known: KnownLibraries,
    readers: Mapping[str, str] = MappingProxyType({}),
    caps: ComparedCaps | None = None,
) -> ComparisonResult:
    """The suspect against the reference, and every control against it by the same steps.

    `caps`: the registered caps that both sides show, for S108. `ConfigError` for more controls than are compared.
    """
    if len(controls) > MAX_CONTROLS:
        raise ConfigError(
            f"comparison {declaration.comparison}: {len(controls)} controls; at most {MAX_CONTROLS} are compared. "
            "Name those that are nearest to the product's trade and framework"
        )
    # 1. What each system shows and serves, taken once.
    left, right = SystemFeatures(reference, known), SystemFeatures(suspect, known)
    others = tuple(SystemFeatures(one, known) for one in controls)
    # 2. What is left out, before any figure.
    filtration = Filtration(declaration, others)
    # 3. The suspect, with every list; 4. each control, by the same steps.
    pair = compare_pair(declaration, left, right, filtration, listed=True)
    control_pairs = tuple(compare_pair(declaration, left, one, filtration, listed=False) for one in others)
    # 5. The suspect's place among the controls, and what is to be said.
    result = ComparisonResult(
        declaration, reference.record, suspect.record, tuple(one.record for one in controls), pair, control_pairs,
        filtered_items(filtration, left, right), rank_layers(pair, control_pairs), (), readers,
    )  # fmt: skip
    return replace(result, findings=find_all(result, caps))


def compare_pair(
    declaration: Declaration, left: SystemFeatures, right: SystemFeatures, filtration: Filtration, *, listed: bool
) -> PairComparison:
    """All layers of the reference against one other system; with `listed` the raw lists too."""
    screens = tuple(_screen(one, left, right, filtration, listed=listed) for one in declaration.screens)
    code = compare_code(left, right, filtration.known_prints(right), listed=listed)
    assets, asset_rows = compare_assets(left, right, filtration)
    menu, rows = _menu(left, right, filtration)
    markers = marker_rows(declaration.markers, left, right)
    return PairComparison(
        right.id, menu, screens, code, assets, rows if listed else (), asset_rows if listed else (), markers
    )


def _screen(
    screen: Screen, left: SystemFeatures, right: SystemFeatures, filtration: Filtration, *, listed: bool
) -> ScreenComparison:
    if not listed:
        return _control_screen(screen, left, right, filtration)
    missing = missing_screen(screen, left, right)
    if missing is not None:
        mine, other = left.screens.get(screen.id), right.screens.get(screen.id)
        return replace(missing, left_picture=_picture(mine), right_picture=_picture(other))
    figures = screen_figures(screen.id, screen.id, left, right, filtration)
    items = item_pairs(screen.id, left, right, filtration)
    answer, why = screen_answer(figures, items)
    pixels, pixels_why = _pixels(screen.id, left, right)
    return ScreenComparison(
        screen.id, answer, why, figures.labels, figures.labels_raw, figures.identifiers, figures.identifiers_raw, items,
        identifier_rows(screen.id, left, right), pixels, pixels_why, _picture(left.screens[screen.id]),
        _picture(right.screens[screen.id]),
    )  # fmt: skip


def _control_screen(
    screen: Screen, left: SystemFeatures, right: SystemFeatures, filtration: Filtration
) -> ScreenComparison:
    """A control's figures for a screen: of its own screen of that name, else of whichever of its screens is nearest."""
    if screen.id not in left.screens or not right.screens:
        unseen = make_note("comparison.not_captured")
        return ScreenComparison(screen.id, "not_comparable", unseen, *(SharedFigure(why_not=unseen),) * 4)
    counterparts = [screen.id] if screen.id in right.screens else sorted(right.screens)
    found = [screen_figures(screen.id, one, left, right, filtration) for one in counterparts]
    best = ScreenFigures(
        _highest(one.labels for one in found), _highest(one.labels_raw for one in found),
        _highest(one.identifiers for one in found), _highest(one.identifiers_raw for one in found),
    )  # fmt: skip
    why = best.labels_raw.why_not
    return ScreenComparison(
        screen.id, "not_comparable" if why else "different" if not best.labels_raw.shared else "same_but", why,
        best.labels, best.labels_raw, best.identifiers, best.identifiers_raw,
    )  # fmt: skip


def _highest(figures: Iterator[SharedFigure]) -> SharedFigure:
    return max(figures, key=lambda one: Fraction(-1) if one.value is None else one.value)


def _pixels(screen: str, left: SystemFeatures, right: SystemFeatures) -> tuple[PixelFigure | None, Note | None]:
    mine, other = left.screens[screen], right.screens[screen]
    if not mine.picture or not other.picture:
        return None, make_note("comparison.no_picture")
    why = why_not_comparable(left.system.record.circumstances, right.system.record.circumstances)
    if why is not None:
        return None, why
    found = compare_pictures(mine.picture, other.picture)
    return (None, found) if isinstance(found, Note) else (found, None)


def _picture(screen: CapturedScreen | None) -> PicturePlace | None:
    """A stored picture by its digest and size, read from its head (PNG, ISO 15948 §11.2.2)."""
    if screen is None or screen.picture[:8] != b"\x89PNG\r\n\x1a\n" or len(screen.picture) < 24:
        return None
    width, height = (int.from_bytes(screen.picture[at : at + 4], "big") for at in (16, 20))
    return PicturePlace(screen.picture_path, screen.picture_sha256, width, height)


def _menu(
    left: SystemFeatures, right: SystemFeatures, filtration: Filtration
) -> tuple[SharedFigure, tuple[tuple[str, str, bool, bool], ...]]:
    def own(system: SystemFeatures) -> set[tuple[str, str]]:
        forms = {(group, filtration.licensed_form(entry)[0]) for group, entry in system.menu}
        return {one for one in forms if one[1] and filtration.why_label(one[1], right) is None}

    mine, other = own(left), own(right)
    why = None if mine and other else make_note("comparison.no_own_menu", side=OTHER_SIDE if mine else REFERENCE_SIDE)
    rows = tuple(
        (*(left.menu.get(key) or right.menu[key]), key in left.menu, key in right.menu)
        for key in sorted({*left.menu, *right.menu})
    )
    return SharedFigure(len(mine & other), len(mine), len(other), why), rows


def rank_layers(pair: PairComparison, controls: Sequence[PairComparison]) -> tuple[ControlRank, ...]:
    """The suspect's figures of every layer beside those of all controls. Nothing is added up or weighed."""
    return tuple(_rank(layer, pair, controls) for layer in LAYERS if layer != "markers")


def layer_figures(layer: LayerName, pair: PairComparison) -> tuple[SharedFigure, ...]:
    """The figures of a layer: one for each screen, or one."""
    match layer:
        case "labels":
            return tuple(one.labels for one in pair.screens)
        case "identifiers":
            return tuple(one.identifiers for one in pair.screens)
        case "menu":
            return (pair.menu,)
        case "code":
            return (pair.code.tokens,)
        case "literals":
            return (pair.code.literals,)
        case "assets":
            return (pair.assets,)
        case "markers":
            return ()


def _rank(layer: LayerName, pair: PairComparison, controls: Sequence[PairComparison]) -> ControlRank:
    mine = [one for one in layer_figures(layer, pair) if one.value is not None]
    others = [one for control in controls for one in layer_figures(layer, control) if one.value is not None]
    lowest = min(mine, key=lambda one: one.value or 0, default=None)
    highest = max(others, key=lambda one: one.value or 0, default=None)
    above = None if lowest is None or highest is None else (lowest.value or 0) > (highest.value or 0)
    return ControlRank(
        layer, len(mine), lowest.written if lowest else "–", len(others), highest.written if highest else "–", above
    )
