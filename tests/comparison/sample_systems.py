"""Five captured systems from `tests/samples/comparison`, as the corridor reads them from packages."""

from __future__ import annotations

from functools import cache

from auditor.comparison import CapturedSystem, KnownLibraries
from auditor.custody import open_package
from auditor.demo.compared.designs import DESIGNS, IDS, LICENSED, MARKER
from auditor.model.comparisons import Declaration, DictatedWord, LicensedChange, Marker, Screen
from auditor.model.evidence import Package, Seal
from auditor.workflow.comparison.systems import Role, captured_system
from tests.comparison.make_samples import SAMPLES

SCREENS = tuple(Screen(one.id, one.name, one.id, order) for order, one in enumerate(LICENSED.screens, 1))
CONTROLS = ("other-library", "crm", "plain")
DECLARATION = Declaration(
    "libnet-copy", "libnet", "licensed", "copy", CONTROLS, SCREENS,
    (Marker("m1", MARKER, "misspelling"), Marker("m2", "老王说不要改", "comment")),
    (DictatedWord("ISBN", "the standard number has one name", "标准书号|isbn"),),
    (
        LicensedChange("product name", (LICENSED.product, DESIGNS["copy"].product), "二.2"),
        LicensedChange("company line", (LICENSED.company, DESIGNS["copy"].company), "二.2"),
    ),
    (),
)  # fmt: skip


@cache
def sample_system(name: str, role: Role = "suspect") -> CapturedSystem:
    """A stored system in a role."""
    folder = SAMPLES / name
    stored = open_package(folder)
    package = Package(stored.capture.id, name, f"evidence/{name}", stored.manifest_sha256, Seal("", (), 2))
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    load = lambda path: (folder / path).read_bytes() if path in present else b""  # noqa: E731
    return captured_system(role, stored.capture, package, load, SCREENS)


@cache
def known_libraries() -> KnownLibraries:
    """The list that ships with the program."""
    from auditor.workflow.comparison.libraries import shipped_libraries

    return KnownLibraries.of(shipped_libraries())


__all__ = ["CONTROLS", "DECLARATION", "IDS", "SCREENS", "known_libraries", "sample_system"]
