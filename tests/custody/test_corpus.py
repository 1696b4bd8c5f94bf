"""The golden workspace verifies for ever; every attack on it is refused by the check that its folder names."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor import custody
from tests.custody import forging, scene
from tests.custody.test_explain import steps

SAMPLES = Path(__file__).parents[1] / "samples"
GOLDEN = SAMPLES / "packages" / "manifest-1"
ATTACKS = sorted(path.name for path in (SAMPLES / "tampered").iterdir() if path.is_dir())


def test_the_golden_workspace_verifies(tmp_path: Path) -> None:
    for year in (2024, 2027, 2060):
        assert custody.verify(GOLDEN, at=lambda year=year: datetime(year, 1, 1, tzinfo=UTC)).verdict == "passed"  # type: ignore[misc]
    found = custody.verify(GOLDEN)
    assert [check for check in found.checks if check.verdict != "passed"] == []
    assert found.verdict == "passed"
    done = steps(GOLDEN, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_corpus_is_complete() -> None:
    assert len(ATTACKS) >= 30
    assert set(ATTACKS) == set(scene.ATTACKS), "run `python -m tests.custody.forging tests/samples`"


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_by_the_check_it_names_and_by_the_printed_steps(name: str, tmp_path: Path) -> None:
    expected = forging.apply(SAMPLES / "tampered" / name, GOLDEN, tmp_path / "w")
    found = custody.verify(tmp_path / "w")
    assert found.verdict != "passed"
    assert expected in {check.name for check in found.checks if check.verdict != "passed"}, [
        (check.name, check.subject, check.detail) for check in found.checks if check.verdict != "passed"
    ]
    if name != "quorum-of-one":
        assert found.verdict == "failed"
    done = steps(tmp_path / "w", tmp_path)
    assert done.returncode != 0, done.stdout
    assert "NOT VERIFIED" in done.stdout + done.stderr
