"""What is kept beside the index for quick answers, altered by who can write `db/`: named, and healed by a rebuild."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from auditor.targets import load_cached_estate
from auditor.workflow import verify_paths
from auditor.workflow.index.record import index_missing_captures
from auditor.workflow.upkeep.rebuild import rebuild_index
from auditor.workspace import Workspace
from tests.workflow.http_estate import opened


def caches(workspace: Workspace) -> list[str]:
    found = verify_paths(workspace, (), trust=None).checks
    return [one.verdict for one in found if one.name == "index.cache"]


def test_a_forged_memory_of_targets_is_named_by_verify_and_thrown_away_by_rebuild(tmp_path: Path) -> None:
    with opened(tmp_path / "w", "http://127.0.0.1:9/", 2) as instruments:
        index_missing_captures(instruments)
        workspace, estate = instruments.workspace, instruments.estate
    store = workspace.db.with_name("targets.json")
    load_cached_estate(workspace.targets, store, worth=0)
    assert caches(workspace) == ["passed"]

    head, _, rest = store.read_bytes().partition(b"\n")
    forged = rest.replace(b'"licensed"', b'"suspect"')
    assert forged != rest
    fitting = json.loads(head) | {"body": hashlib.sha256(forged).hexdigest()}
    store.write_bytes(json.dumps(fitting).encode() + b"\n" + forged)
    believed = load_cached_estate(workspace.targets, store, worth=0)[0]
    assert {one.legal_status for one in believed.deployments.values()} == {"suspect"}, "it would be used"
    assert caches(workspace) == ["failed"]

    rebuild_index(workspace, estate, lambda *_: None)
    assert caches(workspace) == [] and not store.exists()
