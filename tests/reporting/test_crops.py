"""Crops show the right place of the right bytes, leave the number untouched, and are refused where they mislead."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import pytest
from PIL import Image

from auditor.errors import AwayError, CustodyError, IntegrityError, VaultError
from auditor.model.reading.readings import Box
from auditor.reporting.images.crops import (
    MARK_COLOUR,
    PIXEL_LIMIT,
    CropRefused,
    cluster_boxes,
    cut_crop,
    decode_png,
    png_dimensions,
)
from auditor.reporting.images.figures import figure_builder
from auditor.reporting.translations import load_translations
from tests.reporting import chromium
from tests.reporting.libnet_case import SHOT, USED_BOX, VISITS, basis
from tests.reporting.sample_report import VALUE_COLOUR, Sample, registration_page


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    return isinstance(pixel, tuple) and all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=False))


def test_the_crop_shows_the_marked_value(pictures: dict[str, bytes]) -> None:
    original = decode_png(pictures["c-0002"])
    crop = cut_crop(original, [USED_BOX], 1.0)
    shown = Image.open(io.BytesIO(crop.png)).convert("RGB")
    left, top = crop.origin
    stripe = (615 - left, 350 - top)
    assert near(original.getpixel((615, 350)), VALUE_COLOUR), "the sample page has its stripe where the test thinks"
    assert near(shown.getpixel(stripe), VALUE_COLOUR)
    edge = (USED_BOX.x - 5 - left, USED_BOX.y + 14 - top)
    assert near(shown.getpixel(edge), MARK_COLOUR)
    assert (crop.width, crop.height) == shown.size


def test_no_pixel_inside_the_box_is_touched(pictures: dict[str, bytes]) -> None:
    original = decode_png(pictures["c-0002"])
    crop = cut_crop(original, [USED_BOX], 1.0)
    left, top = crop.origin
    area = (USED_BOX.x, USED_BOX.y, USED_BOX.x + USED_BOX.w, USED_BOX.y + USED_BOX.h)
    shown = Image.open(io.BytesIO(crop.png)).convert("RGB")
    inside = shown.crop((area[0] - left, area[1] - top, area[2] - left, area[3] - top))
    pairs = zip(inside.get_flattened_data(), original.crop(area).get_flattened_data(), strict=True)
    assert all(isinstance(b, tuple) and near(a, (int(b[0]), int(b[1]), int(b[2]))) for a, b in pairs)


def test_a_double_density_screenshot_is_cut_at_the_same_place(tmp_path_factory: pytest.TempPathFactory) -> None:
    picture = chromium.screenshot(registration_page(VISITS[1]), tmp_path_factory.mktemp("dense"), scale=2)
    original = decode_png(picture)
    assert original.size == (2560, 1800)
    crop = cut_crop(original, [USED_BOX], 2.0)
    shown = Image.open(io.BytesIO(crop.png)).convert("RGB")
    assert near(shown.getpixel((1230 - crop.origin[0], 700 - crop.origin[1])), VALUE_COLOUR)
    assert shown.size == (crop.width * 2, crop.height * 2)


def test_a_box_at_the_edge_stays_in_the_picture(pictures: dict[str, bytes]) -> None:
    original = decode_png(pictures["c-0002"])
    for box in (Box(0, 0, 10, 10), Box(1270, 890, 10, 10), Box(-20, -20, 40, 40), Box(0, 0, 1280, 900)):
        crop = cut_crop(original, [box], 1.0)
        assert 0 < crop.width <= 1280
        assert 0 < crop.height <= 900


@pytest.mark.parametrize("box", [Box(5000, 0, 10, 10), Box(0, 5000, 10, 10), Box(10, 10, 0, 10), Box(-50, 0, 10, 10)])
def test_a_box_outside_the_picture_is_refused(pictures: dict[str, bytes], box: Box) -> None:
    with pytest.raises(CropRefused, match="outside"):
        cut_crop(decode_png(pictures["c-0002"]), [box], 1.0)


def test_what_is_no_picture_is_refused(pictures: dict[str, bytes]) -> None:
    whole = pictures["c-0002"]
    for data in (b"", b"GIF89a" + b"0" * 40, whole[:30], whole[:2000]):
        with pytest.raises(CropRefused, match="unreadable"):
            decode_png(data)


def test_a_picture_that_would_fill_the_memory_is_refused_by_its_header(pictures: dict[str, bytes]) -> None:
    whole = pictures["c-0002"]
    huge = whole[:16] + (60_000).to_bytes(4, "big") * 2 + whole[24:]
    assert png_dimensions(huge)[0] * png_dimensions(huge)[1] > PIXEL_LIMIT
    with pytest.raises(CropRefused, match="too_large"):
        decode_png(huge)


def test_neighbours_share_a_crop_and_far_places_do_not() -> None:
    assert cluster_boxes([Box(0, 2000, 10, 10), Box(0, 100, 10, 10), Box(0, 140, 10, 10)]) == [[1, 2], [0]]


def test_a_figure_names_the_bytes_it_was_cut_from(libnet: Sample) -> None:
    (figure,) = figure_builder(libnet.report, libnet.load).figures([basis(VISITS[1], "34", USED_BOX, 4)])
    assert figure.in_manifest
    assert figure.artefact == SHOT
    assert base64.b64decode(figure.src.split(",", 1)[1]).startswith(b"\x89PNG")


def test_a_picture_that_differs_from_the_manifest_is_not_shown(libnet: Sample) -> None:
    other = libnet.files[VISITS[0].package, SHOT]

    def load(package: str, artefact: str) -> bytes | None:
        return other if artefact == SHOT else libnet.load(package, artefact)

    (figure,) = figure_builder(libnet.report, load).figures([basis(VISITS[1], "34", USED_BOX, 4)])
    assert (figure.src, figure.refused) == ("", "crop.differs")


@pytest.mark.parametrize(
    ("error", "told"),
    [(IntegrityError("another"), "differs"), (AwayError("no answer"), "away"), (VaultError("disk full"), "away")],
)
def test_a_picture_that_cannot_be_had_says_why(libnet: Sample, error: CustodyError, told: str) -> None:
    """Altered where it is stored, or the store does not answer: never as if there were none."""

    def load(package: str, artefact: str) -> bytes | None:
        raise error

    (figure,) = figure_builder(libnet.report, load).figures([basis(VISITS[1], "34", USED_BOX, 4)])
    assert (figure.src, figure.refused) == ("", f"crop.{told}")
    assert load_translations("zh")(figure.refused)


def test_a_manifest_that_is_not_the_sealed_one_vouches_for_nothing(libnet: Sample) -> None:
    rows = tuple(replace(row, manifest_sha256="0" * 64) for row in libnet.report.evidence)
    artist = figure_builder(replace(libnet.report, evidence=rows), libnet.load)
    (figure,) = artist.figures([basis(VISITS[1], "34", USED_BOX, 4)])
    assert figure.refused == "crop.differs"


def test_without_a_manifest_the_picture_is_shown_as_not_checked(libnet: Sample) -> None:
    def load(package: str, artefact: str) -> bytes | None:
        return None if artefact == "manifest.json" else libnet.load(package, artefact)

    (figure,) = figure_builder(libnet.report, load).figures([basis(VISITS[1], "34", USED_BOX, 4)])
    assert figure.src
    assert not figure.in_manifest


def test_missing_bytes_are_said(libnet: Sample) -> None:
    text = basis(VISITS[1], "34", USED_BOX, 4)
    (figure,) = figure_builder(libnet.report, lambda package, artefact: None).figures([text])
    assert figure.refused == "crop.absent"
    (figure,) = figure_builder(libnet.report, libnet.load).figures([replace(text, capture="c-9999")])
    assert figure.refused == "crop.no_view"
