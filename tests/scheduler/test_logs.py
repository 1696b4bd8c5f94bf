"""The log of `auditor schedule`: slots, gaps and alerts, one line each, and no secret address in any."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from auditor.clock import now
from tests.scheduler.loopback_estate import SANDBOX, Place, Site, interval, serving, targets

SECRET = "http://127.0.0.1:9/hooks/T0-very-secret"


def test_a_turn_is_told_line_by_line_and_a_failed_alert_names_no_address(tmp_path: Path) -> None:
    moment = now()
    more = (
        f"schedules: {{often: {{every_seconds: {interval(moment)}, grace_seconds: 3600}}}}\n"
        "alerts: {webhooks: {ops: {url_env: OPS_HOOK}}, least_severity: info}\n"
    )
    with serving(Site(hanging=frozenset({"d1"}))) as address:
        since = moment.replace(year=moment.year - 1)
        place = Place.make(tmp_path / "w", targets(address, 2, more), since=since)
        done = subprocess.run(
            place.command("--log-level", "info", "schedule", "--once", *SANDBOX),
            capture_output=True, text=True, timeout=240, env={**os.environ, "OPS_HOOK": SECRET},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    log = [line for line in done.stderr.splitlines() if re.match(r"\d{4}-\S+Z [A-Z]+ auditor\.", line)]
    for event, count in (("slot opened:", 1), ("run opened:", 1), ("visit opened:", 2), ("run closed:", 1)):
        assert sum(event in line for line in log) == count, (event, log)
    ended = [line for line in log if "visit ended:" in line]
    assert sorted(line.split("state=")[1].split(":")[0] for line in ended) == ["complete", "failed"]
    assert sum(" WARNING " in line for line in ended) == 1
    assert any("gap:" in line and " WARNING " in line for line in log), "the slots of the year before"
    assert any("alert failed: channel=webhook ops" in line for line in log)
    assert "very-secret" not in done.stderr + done.stdout
