"""What somebody with a worker's credentials lays under names that maintenance is about to write: what is sealed and
signed all the same. Real database, real store, real authorities."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from auditor.custody import Journal
from auditor.custody.transparency.checkpoints import path_of
from tests.bundle import printed_sheet as sheet
from tests.cli.small_workspace import commit_in
from tests.fleet.moved_workspace import Moved, moved
from tests.fleet.world import FleetWorld

__all__ = ["moved"]


def test_a_package_is_sealed_once_and_its_bundle_verifies(moved: Moved, tmp_path: Path) -> None:
    world = FleetWorld(moved.root, moved.database, moved.store, moved.environment)
    moved.auditor("captures")
    (moved.root / "evidence").rename(moved.root / "evidence.gone")
    with moved.there() as held:
        pinned = moved.stamps.pinned()
        capture = commit_in(held, "covered", 2, authorities=pinned)
        record = held.journal.ledger.package_record(capture)
        assert record is not None
        foreign = [f"evidence/{record.home}/manifest.alpha.tsr", f"evidence/{path_of(held.journal.size + 4)}"]
    for key in foreign:
        assert moved.bucket.try_to_create(key, b"another thing")
    asked = len(moved.stamps.servers[0].visits)
    for _ in range(3):
        world.maintain(())
    assert len(moved.stamps.servers[0].visits) - asked <= 8, "once for the package, and for each checkpoint"
    with moved.there() as held:
        assert held.journal.ledger.package(capture).seal.sealed
        assert held.journal.ledger.file(f"{record.home}/manifest.alpha.tsr") is None
    failed = [
        one
        for one in json.loads(moved.auditor("verify", "--json", expect=4)[0])["checks"]
        if one["verdict"] == "failed"
    ]
    assert {one["subject"] for one in failed} <= set(foreign), failed
    asking = ("bundle", "--deployment", "covered", "--no-pdf", "--json", "-o", str(tmp_path / "out"))
    bag, trust = Path(json.loads(moved.auditor(*asking)[0])["bundle"]), tmp_path / "trust"
    trust.mkdir()
    keys = [key for _, key in Journal.open(moved.replica).ring.history]
    (trust / "log.vkey").write_text("".join(f"{key}\n" for key in keys), encoding="utf-8")
    for name in ("alpha", "beta"):
        shutil.copy(moved.root / f"{name}.pem", trust / f"{name}.pem")
    verified, said = sheet.run(sheet.script(bag), bag, trust)
    assert verified, said
    assert "verdict: passed" in moved.auditor("verify", str(bag), "--trust", str(trust))[0]
    assert len(list(bag.glob("data/10-captures/**/package/manifest.alpha.tsr"))) == 3 and not list(
        bag.rglob("*.again-*")
    )
