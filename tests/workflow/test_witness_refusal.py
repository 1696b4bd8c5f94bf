"""A workspace put back as a whole meets its witness: the run says so, ends with 4, and people are told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from auditor.model.events import CheckpointRefused
from auditor.planning import ScheduleHistory
from auditor.workflow.alerts.causes import current_causes
from auditor.workflow.wiring import open_instruments
from auditor.workspace import Workspace
from tests.custody.witness_server import witness as witnessing
from tests.scheduler.loopback_estate import SANDBOX, Place
from tests.workflow.http_estate import JsonSite, serving, targets


def test_a_roll_back_is_refused_told_and_journalled(tmp_path: Path) -> None:
    with serving(JsonSite()) as address, witnessing() as (server, witness):
        text = targets(address, 1).replace("reference: test}}", "reference: test}, checks_off: {clock: no server}}")
        near = f"{{key: '{server.vkey}', url: '{witness.url}'}}"
        declared = f"timestamping: {{authorities: {{}}, witnesses: {{near: {near}}}}}\n"
        place = Place.make(tmp_path / "w", text + declared)
        place.auditor("run", *SANDBOX)
        shutil.copytree(place.root, tmp_path / "before", symlinks=True)
        assert json.loads(place.auditor("run", "--json", *SANDBOX))["refused_by"] == []
        seen = server.size
        back = Place(tmp_path / "before")
        said = back.auditor("run", *SANDBOX, expect=4)
        assert "witness near: the checkpoint of" in said and "REFUSED" in said
        (refusal,) = (
            CheckpointRefused.of(entry)
            for entry in back.entries("checkpoint")
            if entry.body.get("action") == CheckpointRefused.action
        )
        assert (refusal.witness, refusal.status, refusal.seen) == (str(server.vkey), 422, None) or refusal.seen == seen
        with open_instruments(Workspace(back.root)) as instruments:
            causes = current_causes(instruments, ScheduleHistory(), instruments.clock())
        (cause,) = (one for one in causes if one.kind == "witness")
        assert cause.key == "witness/near" and "has cosigned none since" in cause.text
        assert "REFUSED" in back.auditor("keys", "rotate", "--why", "yearly", expect=4)
        assert "checkpoint.witness" in back.auditor("verify", "--no-index", expect=4)
