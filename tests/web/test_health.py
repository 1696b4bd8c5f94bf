"""What a probe and a scraper are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from auditor.alerting import HealthReport
from auditor.errors import ConfigError, EvidenceIndexError
from auditor.web import HealthServer

AT = datetime(2026, 1, 5, 3, tzinfo=UTC)
WELL = HealthReport(
    AT, deployments=3, captures=12, last_success=AT - timedelta(hours=1), next_due=AT + timedelta(hours=6), unsealed=1,
    authority_failures={"practice-b": 4}, oldest_number=AT - timedelta(days=2), never_captured=1, missed_slots=3,
)  # fmt: skip
ILL = HealthReport(AT, overdue=("schedule weekly: neither begun nor recorded",))


def failing() -> HealthReport:
    raise EvidenceIndexError("db/auditor.db: the index cannot be opened. Delete it and run: auditor rebuild")


@pytest.mark.parametrize(
    ("vitals", "status", "well"), [(lambda: WELL, 200, True), (lambda: ILL, 503, False), (failing, 503, False)]
)
def test_health(vitals: Callable[[], HealthReport], status: int, well: bool) -> None:
    with HealthServer("127.0.0.1", 0, vitals) as server:
        answer = requests.get(f"http://{server.address}/healthz", timeout=10)
        assert (answer.status_code, answer.json()["well"]) == (status, well)


def test_metrics_are_read_by_prometheus_own_parser() -> None:
    with HealthServer("127.0.0.1", 0, lambda: WELL) as server:
        answer = requests.get(f"http://{server.address}/metrics", timeout=10)
        samples = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }
    assert samples["auditor_last_success_timestamp_seconds",] == (AT - timedelta(hours=1)).timestamp()
    assert samples["auditor_next_due_timestamp_seconds",] == (AT + timedelta(hours=6)).timestamp()
    assert samples["auditor_oldest_number_timestamp_seconds",] == (AT - timedelta(days=2)).timestamp()
    assert samples["auditor_unsealed_packages",] == 1
    assert samples["auditor_overdue_slots",] == 0
    assert samples["auditor_captures_total",] == 12
    assert samples["auditor_missed_slots_total",] == 3
    assert samples["auditor_authority_failures", "practice-b"] == 4


def test_a_time_that_is_not_known_is_no_zero() -> None:
    with HealthServer("127.0.0.1", 0, lambda: ILL) as server:
        text = requests.get(f"http://{server.address}/metrics", timeout=10).text
        assert "\nauditor_last_success_timestamp_seconds " not in text
        assert "\nauditor_overdue_slots 1.0" in text
        assert json.loads(requests.get(f"http://{server.address}/healthz", timeout=10).text)["last_success"] is None


def test_other_paths_and_a_taken_address() -> None:
    with HealthServer("127.0.0.1", 0, lambda: WELL) as server:
        assert requests.get(f"http://{server.address}/", timeout=10).status_code == 404
        host, _, port = server.address.rpartition(":")
        with pytest.raises(ConfigError, match="--listen"):
            HealthServer(host, int(port), lambda: WELL)
