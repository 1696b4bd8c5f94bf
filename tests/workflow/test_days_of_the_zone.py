"""Days that people write are days of the estate's zone, also while it is another day in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from auditor.model.evidence import Package, Seal, TokenVerdict
from auditor.model.findings import KeyDate
from auditor.model.targets.estate import Estate, Hold, Retention
from auditor.planning import plan_pruning
from auditor.targets import load_estate
from auditor.workflow.report.compose import known_at
from tests.workflow import http_estate


def estate_in(zone: str, tmp_path: Path, more: str = "") -> Estate:
    path = tmp_path / "targets.yaml"
    text = http_estate.targets("http://127.0.0.1:9/", 1).replace("Asia/Shanghai", zone)
    path.write_text(text + more, encoding="utf-8")
    return load_estate(path)


@pytest.mark.parametrize(("hour", "known"), [(15, False), (16, True)])
def test_a_receipt_is_known_from_the_first_hour_of_its_day(tmp_path: Path, hour: int, known: bool) -> None:
    moment = datetime(2026, 11, 27, hour, 30, tzinfo=UTC)
    receipt = KeyDate("receipt-n", "notice", date(2026, 11, 28))
    found = known_at(estate_in("Asia/Shanghai", tmp_path), (), [receipt], (), moment, moment)
    assert (receipt in found.key_dates) is known


@pytest.mark.parametrize(("zone", "hour", "kept"), [
    ("America/New_York", 3, True), ("America/New_York", 6, False), ("Asia/Shanghai", 3, False),
])  # fmt: skip
def test_a_hold_ends_with_the_day_of_its_zone_and_never_before_that_of_utc(
    tmp_path: Path, zone: str, hour: int, kept: bool
) -> None:
    now = datetime(2026, 11, 27, hour, tzinfo=UTC)
    estate = estate_in(zone, tmp_path, "retention: {keep_days: 30}\n")
    assert isinstance(estate.retention, Retention)
    hold = Hold("h", "m", "r", date(2026, 1, 1), released_on=date(2026, 11, 27))
    at = now - timedelta(days=90)
    verdict = TokenVerdict("a", "A", "verified", "openssl", at)
    package = Package("c", "d0", "evidence/d0/c", "0" * 64, Seal("0" * 64, (verdict,), 1))
    plan = plan_pruning(estate, [hold], lambda _: [(package, at)], {}, {}, (), now)
    assert (package not in plan.prunable) is kept
