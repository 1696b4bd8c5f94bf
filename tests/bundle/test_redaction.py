"""What is redacted is gone: from pictures, documents, archives, PDFs; and the map says what it was, why, and who."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops

from auditor.bundle.bag import layout
from auditor.errors import ConfigError
from auditor.model.reading.readings import Box
from auditor.workflow.bundle.export import ExportResult
from auditor.workflow.bundle.redactions import record_redaction
from auditor.workflow.bundle.selection import BundleRequest
from auditor.workflow.bundle.verify import verify_bundle
from auditor.workflow.wiring import open_instruments
from auditor.workspace import Workspace
from tests.bundle import printed_sheet as sheet
from tests.bundle.conftest import Practice
from tests.bundle.test_exhibits import words
from tests.story.unpacking import forms, unpacked

SITE = "libmsc-cn"
WHY, WHO = "name of a school's administrator", "Han Meimei"


@pytest.fixture
def own(practice: Practice, tmp_path: Path) -> Practice:
    """A copy of the workspace: a redaction is journalled, and would hold for the bundles of other tests."""
    return Practice(Path(shutil.copytree(practice.root, tmp_path / "workspace")), practice.trust)


def redacted(own: Practice, output: Path, *removals: str, pdf: bool = True) -> ExportResult:
    with open_instruments(own.workspace, sandbox=False) as instruments:
        for removal in removals:
            record_redaction(instruments, f"{SITE}={removal}", why=WHY, by=WHO)
    return own.export(output, BundleRequest(deployments=(SITE,)), pdf=pdf)


def withheld(bag: Path) -> dict[str, dict[str, str]]:
    rows = csv.DictReader(io.StringIO((bag / layout.WITHHELD).read_text("utf-8")))
    return {row["path"]: row for row in rows}


def originals(own: Practice) -> dict[str, bytes]:
    """The sealed artefacts of the site, by path within the package."""
    (package,) = own.root.glob(f"evidence/{SITE}/*")
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in package.rglob("*") if path.is_file()}


def is_whole(done: ExportResult, own: Practice, tmp_path: Path) -> None:
    """Both verifiers pass it all the same."""
    assert verify_bundle(done.bag, Workspace(tmp_path / "none"), own.trust).verdict == "passed"
    ok, said = sheet.run(sheet.script(done.bag), done.bag, own.trust)
    assert ok, said


def pictures_in(pdf: Path) -> Iterator[Image.Image]:
    """Every picture of a PDF, as it is stored in it."""
    with pikepdf.open(pdf) as document:
        for page in document.pages:
            for picture in page.get_images().values():
                yield pikepdf.PdfImage(picture).as_pil_image().convert("RGB")  # type: ignore[arg-type]


def cap_box(own: Practice) -> Box:
    """Where the reader found the cap on the registration page."""
    with open_instruments(own.workspace, sandbox=False) as instruments:
        (package,) = [one for one in instruments.index.packages() if one.deployment == SITE]
        reading = instruments.index.reading(package.capture)
    assert reading is not None
    found = [
        candidate.box
        for field in reading.fields
        for candidate in field.candidates
        if candidate.raw.strip() == "20" and candidate.locator.view == "registration" and candidate.box
    ]
    return found[0]


def test_a_name_is_removed(own: Practice, tmp_path: Path) -> None:
    """A redacted text is in no file of the bag, packed in whatever way; the map names original and derivative."""
    dom = originals(own)["administrators-1/dom.html"]
    name = re.findall(r"<td[^>]*>([\u4e00-\u9fff]{2,8})</td>", dom.decode())[0]
    done = redacted(own, tmp_path / "out", f"text:{name}")
    needles = {*forms(name), name.encode("gb18030"), name.encode("unicode_escape")}
    needles |= {"".join(f"={byte:02X}" for byte in name.encode()).encode(), *(f"&#{ord(c)};".encode() for c in name)}
    for path in (path for path in done.bag.rglob("*") if path.is_file()):
        for data in unpacked(path.read_bytes()):
            plain = data.replace(b"=\r\n", b"").replace(b"=\n", b"")
            assert not [needle for needle in needles if needle in plain], path
    row = withheld(done.bag)["administrators-1/dom.html"]
    assert row["original_sha256"] == hashlib.sha256(dom).hexdigest()
    assert (row["reason"], row["who"], row["decision"][:2]) == (WHY, WHO, "d-")
    (masked,) = done.bag.glob("data/10-captures/*/*/redacted/administrators-1/dom.html")
    assert row["derivative_sha256"] == hashlib.sha256(masked.read_bytes()).hexdigest()
    assert "█" * len(name) in masked.read_text("utf-8")
    assert name not in words(done.bag / layout.INDEX / "combined.pdf")
    is_whole(done, own, tmp_path)


def test_a_region_leaves_no_trace_in_pictures_and_documents(own: Practice, tmp_path: Path) -> None:
    box = cap_box(own)
    done = redacted(own, tmp_path / "out", f"region:registration:{box.x - 4},{box.y - 4},{box.w + 8},{box.h + 8}")
    kept, out = originals(own), withheld(done.bag)
    path = "registration/screenshot.png"
    original = Image.open(io.BytesIO(kept[path])).convert("RGB")
    (file,) = done.bag.glob(f"data/10-captures/*/*/redacted/{path}")
    row = out[path]
    assert row["original_sha256"] == hashlib.sha256(kept[path]).hexdigest()
    assert row["derivative_sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (row["reason"], row["who"]) == (WHY, WHO)
    shown = Image.open(file)
    assert (shown.size, shown.format, shown.info) == (original.size, "PNG", {})
    # Only the rectangle differs, and nothing but black is left of it.
    area = (box.x - 4, box.y - 4, box.x + box.w + 5, box.y + box.h + 5)
    different = ImageChops.difference(original, shown.convert("RGB")).getbbox()
    assert different is not None
    assert all(a <= b for a, b in zip(area[:2], different[:2], strict=True))
    assert all(a >= b for a, b in zip(area[2:], different[2:], strict=True))
    assert shown.crop(area).getcolors() == [((area[2] - area[0]) * (area[3] - area[1]), (0, 0, 0))]
    # No document of the page, and no traffic, tells what stood there; other views stay.
    hidden = [name for name in kept if name.startswith("registration/") or name in {"traffic.warc.gz", "page.mhtml"}]
    assert len(hidden) >= 4
    assert {name for name in hidden if name in out} == set(hidden)
    assert "administrators-1/dom.html" not in out
    digests = {hashlib.sha256(data).hexdigest() for name, data in kept.items() if name in out}
    assert not digests & {hashlib.sha256(one.read_bytes()).hexdigest() for one in done.bag.rglob("*") if one.is_file()}
    assert not list(done.bag.rglob("page.wacz"))
    # The printed exhibit holds the redacted picture alone, and does not say what was read there.
    text = words(done.bag / layout.INDEX / "combined.pdf")
    assert "「██████」 → ██████" in text and text.count("「20」") == 1, "the count, whose region is not redacted"
    seen = original.crop((box.x, box.y, box.x + box.w, box.y + box.h)).tobytes()
    sizes = []
    for picture in pictures_in(done.bag / layout.INDEX / "combined.pdf"):
        sizes.append(picture.size)
        if picture.size == original.size:
            assert picture.crop((box.x, box.y, box.x + box.w, box.y + box.h)).tobytes() != seen
    assert original.size in sizes
    is_whole(done, own, tmp_path)


def test_an_artefact_is_withheld_whole(own: Practice, tmp_path: Path) -> None:
    path = "administrators-1/screenshot.png"
    done = redacted(own, tmp_path / "out", f"artefact:{path}")
    row, kept = withheld(done.bag)[path], originals(own)
    assert (row["original_sha256"], row["derivative_sha256"]) == (hashlib.sha256(kept[path]).hexdigest(), "")
    assert (row["reason"], row["who"]) == (WHY, WHO)
    assert not list(done.bag.rglob(path))
    assert f"不公开 · withheld: {WHY}" in words(done.bag / layout.INDEX / "combined.pdf").replace("\n", " ")
    original = Image.open(io.BytesIO(kept[path])).convert("RGB").tobytes()
    assert original not in [one.tobytes() for one in pictures_in(done.bag / layout.INDEX / "combined.pdf")]
    assert not list((done.bag / layout.INDEX).glob("report*"))
    is_whole(done, own, tmp_path)


def test_a_removal_that_names_nothing_is_refused(own: Practice, tmp_path: Path) -> None:
    with open_instruments(own.workspace, sandbox=False) as instruments:
        for wrong in ("nowhere=text:王某", f"{SITE}=words:王某", f"{SITE}=text:x"):
            with pytest.raises(ConfigError, match="expected a deployment"):
                record_redaction(instruments, wrong, why=WHY, by=WHO)
        with pytest.raises(ConfigError, match="needs --redact-why"):
            record_redaction(instruments, f"{SITE}=text:王某", why=" ", by=WHO)
        for wrong, why in (
            ("region:registration:5,5,0,9", "an empty rectangle"),
            ("region:registration:5,5", "in CSS pixels"),
            ("region:registraton:5,5,9,9", "nothing would be hidden; there are: .*registration"),
            ("artefact:registration/picture.png", "nothing would be hidden; there are: .*screenshot"),
        ):
            with pytest.raises(ConfigError, match=why):
                record_redaction(instruments, f"{SITE}={wrong}", why=WHY, by=WHO)
        assert not [entry for entry in instruments.journal.entries() if entry.kind == "decision"]
