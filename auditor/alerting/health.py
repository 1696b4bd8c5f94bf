"""How things stand, as a value, as JSON and as the text that Prometheus scrapes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from auditor.clock import timestamp

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class HealthReport:
    """The signs of life of a workspace, from journal and index alone."""

    at: datetime
    deployments: int = 0
    captures: int = 0
    last_success: datetime | None = None
    """Close of the newest run that brought a complete capture."""
    next_due: datetime | None = None
    overdue: tuple[str, ...] = ()
    """One sentence for each slot that has neither begun nor ended."""
    unsealed: int = 0
    authority_failures: dict[str, int] = field(default_factory=dict)
    """By authority: failures in a row."""
    oldest_number: datetime | None = None
    """Capture of the number that was not renewed for the longest time."""
    never_captured: int = 0
    missed_slots: int = 0

    @property
    def well(self) -> bool:
        return not self.overdue

    def plain(self) -> dict[str, object]:
        """As JSON takes it."""
        return {
            "at": timestamp(self.at),
            "deployments": self.deployments,
            "captures": self.captures,
            "last_success": _moment(self.last_success),
            "next_due": _moment(self.next_due),
            "overdue": list(self.overdue),
            "unsealed": self.unsealed,
            "authority_failures": dict(self.authority_failures),
            "oldest_number": _moment(self.oldest_number),
            "never_captured": self.never_captured,
            "missed_slots": self.missed_slots,
            "well": self.well,
        }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else timestamp(at)


class _Signs(Collector):
    """Vital signs as Prometheus reads them. A time that is not known has no sample: it is not zero."""

    def __init__(self, vitals: HealthReport) -> None:
        self._vitals = vitals

    def collect(self) -> Iterator[Metric]:
        v = self._vitals
        for name, what, number in (
            ("auditor_deployments", "Deployments that are visited.", v.deployments),
            ("auditor_unsealed_packages", "Packages that wait for their quorum of timestamps.", v.unsealed),
            ("auditor_overdue_slots", "Schedules with a slot that neither began nor ended.", len(v.overdue)),
            ("auditor_never_captured", "Deployments that were never captured.", v.never_captured),
        ):
            yield GaugeMetricFamily(name, what, value=number)
        for name, what, moment in (
            (
                "auditor_last_success_timestamp_seconds",
                "End of the newest run with a complete capture.",
                v.last_success,
            ),
            ("auditor_next_due_timestamp_seconds", "Next planned slot.", v.next_due),
            ("auditor_oldest_number_timestamp_seconds", "Capture of the oldest current number.", v.oldest_number),
        ):
            family = GaugeMetricFamily(name, what)
            if moment is not None:
                family.add_metric([], moment.timestamp())
            yield family
        yield CounterMetricFamily("auditor_captures", "Captures kept.", value=v.captures)
        yield CounterMetricFamily("auditor_missed_slots", "Slots recorded as gaps.", value=v.missed_slots)
        failures = GaugeMetricFamily("auditor_authority_failures", "Failures in a row.", labels=["authority"])
        for authority, count in sorted(v.authority_failures.items()):
            failures.add_metric([authority], count)
        yield failures


def metrics(vitals: HealthReport) -> bytes:
    """The text that Prometheus scrapes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Signs(vitals))
    return generate_latest(registry)
