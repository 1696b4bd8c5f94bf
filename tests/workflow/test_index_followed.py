"""The index follows the journal from where it stood: what came before is not looked at again."""

from __future__ import annotations

from pathlib import Path

from auditor.model.evidence import Seal
from auditor.workflow.index.record import AGAIN, IndexCatchUp, index_missing_captures
from auditor.workflow.views.status import workspace_status
from auditor.workflow.wiring import Instruments
from tests.custody import practice_authorities as practice
from tests.custody.journal_clerk import token
from tests.workflow.http_estate import opened


def capture(instruments: Instruments, name: str) -> None:
    """Intent, stage, commit; nothing is put into the index."""
    practice.keep(instruments.custody, name, authorities=[])


def test_only_what_came_since_is_looked_at(tmp_path: Path) -> None:
    with opened(tmp_path / "w", "http://127.0.0.1:9/", 1) as instruments:
        for name in ("c1", "c2"):
            capture(instruments, name)
        assert index_missing_captures(instruments).changed == 2
        assert instruments.index.followed() == instruments.journal.size
        assert index_missing_captures(instruments).changed == 0
        capture(instruments, "c3")
        # A row that is lost behind its back is `verify`'s to find, and `rebuild`'s to bring back.
        instruments.index.remove(["c1"])
        assert index_missing_captures(instruments).changed == 1
        assert instruments.index.package("c1") is None and instruments.index.package("c3") is not None


def test_a_package_that_cannot_be_read_is_tried_again(tmp_path: Path) -> None:
    with opened(tmp_path / "w", "http://127.0.0.1:9/", 1) as instruments:
        for name in ("c1", "c2"):
            capture(instruments, name)
        record = instruments.journal.ledger.package_record("c1")
        assert record is not None
        manifest = tmp_path / "w" / "evidence" / record.home / "manifest.json"
        whole = manifest.read_bytes()
        manifest.parent.chmod(0o755)
        manifest.chmod(0o644)
        manifest.write_bytes(whole + b" ")
        found = index_missing_captures(instruments)
        assert (found.changed, len(found.unreadable)) == (1, 1)
        assert instruments.index.followed() == instruments.journal.size, "what came since is not walked again for it"
        assert len(index_missing_captures(instruments).unreadable) == 1, "told until it is put right"
        assert found.unreadable[0] in workspace_status(instruments.workspace).warnings
        manifest.write_bytes(whole)
        assert index_missing_captures(instruments).changed == 1
        assert index_missing_captures(instruments) == IndexCatchUp(0, ())
        assert not any("c1" in one for one in workspace_status(instruments.workspace).warnings)


def test_packages_that_cannot_be_read_are_tried_again_some_at_a_time_and_told_all(tmp_path: Path) -> None:
    with opened(tmp_path / "w", "http://127.0.0.1:9/", 1) as instruments:
        names = [f"c{number}" for number in range(AGAIN + 3)]
        for name in names:
            capture(instruments, name)
        evidence = instruments.workspace.evidence
        evidence.rename(aside := tmp_path / "aside")
        (evidence / "journal").parent.mkdir()
        (aside / "journal").rename(evidence / "journal")
        assert len(index_missing_captures(instruments).unreadable) == len(names)
        for path in aside.iterdir():
            path.rename(evidence / path.name)
        assert (found := index_missing_captures(instruments)).changed == AGAIN and len(found.unreadable) == 3
        assert index_missing_captures(instruments) == IndexCatchUp(3, ())


def test_a_seal_that_came_later_is_noted(tmp_path: Path) -> None:
    with opened(tmp_path / "w", "http://127.0.0.1:9/", 1) as instruments:
        capture(instruments, "c1")
        index_missing_captures(instruments)
        row = instruments.index.package("c1")
        assert row is not None and row.seal == Seal(row.manifest_sha256, (), 2)
        record = instruments.journal.ledger.package_record("c1")
        assert record is not None
        body = {
            "capture": "c1", "files": [], "subject": {"path": record.manifest, "sha256": record.manifest_sha256},
            "quorum": 2, "tokens": [token("a", "verified"), token("b", "verified")],
        }  # fmt: skip
        instruments.journal.append("seal", body)
        assert index_missing_captures(instruments).changed == 1
        row = instruments.index.package("c1")
        assert row is not None and row.seal.sealed
