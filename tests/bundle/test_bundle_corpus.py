"""The golden bundle verifies for ever; every attack on it is refused by the check that its folder names."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.bundle import zip_bag
from auditor.cli import group
from auditor.errors import AuditorError
from tests.bundle import printed_sheet as sheet
from tests.bundle.make_bundle_samples import BUNDLE_ATTACKS, NOT_ON_THE_SHEET, ZIP_ATTACKS, altered_zip
from tests.custody.make_samples import apply_difference

SAMPLES = Path(__file__).parents[1] / "samples" / "bundles"
TRUST = SAMPLES / "trust"
(GOLDEN,) = (SAMPLES / "golden").iterdir()


def told(where: Path, bundle: Path) -> tuple[int, set[str], str]:
    """The exit code of `auditor verify` in that folder, with what an outsider holds; failed checks; what was said."""
    named = ["--workspace", str(where), "verify", "--json", str(bundle), "--trust", str(TRUST)]
    done = CliRunner().invoke(group, named)
    if isinstance(done.exception, AuditorError):
        return done.exception.exit_code, set(), str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    checks = json.loads(done.stdout)["checks"]
    return done.exit_code, {one["name"] for one in checks if one["verdict"] == "failed"}, done.stdout


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden bundle as the zip that is handed over."""
    made = tmp_path_factory.mktemp("packed") / f"{GOLDEN.name}.zip"
    zip_bag(GOLDEN, made)
    return made


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace that made the golden bundle: a copy, since SQLite keeps files beside its own."""
    return Path(shutil.copytree(SAMPLES / "workspace", tmp_path_factory.mktemp("own") / "workspace"))


def test_the_golden_bundle_verifies_as_a_folder_as_a_zip_in_its_workspace_and_by_its_sheet(
    packed: Path, own: Path, tmp_path: Path
) -> None:
    for where, bundle in ((tmp_path, GOLDEN), (tmp_path, packed), (own, GOLDEN)):
        assert told(where, bundle)[:2] == (0, set())
    ok, said = sheet.run(sheet.script(GOLDEN), GOLDEN, TRUST)
    assert ok, said


def test_the_workspace_s_database_is_whole() -> None:
    """Whoever opens it in its place leaves its lines in a file beside it, and the rest empty."""
    database = SAMPLES / "workspace" / "db" / "ledger.db"
    with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as opened:
        (lines,) = opened.execute("select count(*) from event").fetchone()
    journal = (SAMPLES / "workspace" / "evidence" / "journal" / "tail.jsonl").read_text("utf-8")
    assert lines == len(journal.splitlines())


def test_the_corpus_of_bundles_is_complete() -> None:
    kept = {path.name for path in (SAMPLES / "tampered").iterdir()}
    assert kept == {*BUNDLE_ATTACKS, *ZIP_ATTACKS}, "run `python -m tests.bundle.make_bundle_samples`"


def test_the_attacks_that_the_page_on_evidence_tells_of_are_kept() -> None:
    page = (SAMPLES.parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
    told_of = page.partition("must not be any more:")[2].partition("\n\nAn index")[0]
    tables = ("tampered", "tampered-2", "witnessed/tampered", "bundles/tampered")
    kept = {path.name for table in tables for path in (SAMPLES.parent / table).iterdir()}
    names = set(re.findall(r"`([a-z-]+)`", told_of))
    assert len(names) >= 12 and names <= kept, names - kept


@pytest.mark.parametrize("name", sorted(BUNDLE_ATTACKS))
def test_an_attack_on_the_bundle_is_refused_by_the_check_it_names_and_by_the_sheet(
    name: str, own: Path, tmp_path: Path
) -> None:
    bag = tmp_path / GOLDEN.name
    expected = apply_difference(SAMPLES / "tampered" / name, GOLDEN, bag)
    code, failed, said = told(own, bag)
    assert (code, expected in failed) == (4, True), said
    outside = told(tmp_path, bag)
    ok, printed = sheet.run(sheet.script(GOLDEN), bag, TRUST)
    if name in NOT_ON_THE_SHEET:
        assert (outside[:2], ok) == ((0, set()), True), printed
    else:
        assert (outside[0], expected in outside[1], ok) == (4, True, False), printed


@pytest.mark.parametrize("name", sorted(ZIP_ATTACKS))
def test_a_zip_of_which_two_programs_unpack_two_things_is_refused(name: str, packed: Path, tmp_path: Path) -> None:
    bundle = tmp_path / packed.name
    bundle.write_bytes(altered_zip(packed.read_bytes(), SAMPLES / "tampered" / name))
    code, _, said = told(tmp_path, bundle)
    assert (code, said.startswith("zip: ")) == (4, True), said


def test_a_folder_that_no_manifest_tells_of_is_refused(tmp_path: Path) -> None:
    """No difference of files keeps an empty folder, so it is made here."""
    bag = Path(shutil.copytree(GOLDEN, tmp_path / GOLDEN.name))
    (bag / "data" / "55-signed-by-the-court").mkdir()
    code, _, said = told(tmp_path, bag)
    assert code == 4 and "55-signed-by-the-court" in said
