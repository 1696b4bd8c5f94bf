"""The practice world's `targets.yaml` stands twice: in the repository's top folder and inside the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

TOP = Path(__file__).parents[2]


def test_the_file_of_the_repository_and_the_file_of_the_package_are_equal() -> None:
    assert (TOP / "targets.yaml").read_bytes() == (files("auditor.demo") / "targets.yaml").read_bytes()


def test_no_file_of_the_package_is_a_link() -> None:
    """A link out of the package breaks where a file system or an archive knows no links."""
    assert not [path for path in (TOP / "auditor").rglob("*") if path.is_symlink()]
