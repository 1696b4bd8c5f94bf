"""The inbox of findings: a queue by weight with facets, and one finding with everything it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from auditor.model.findings import Decision, Finding
from auditor.model.reading.observations import Basis
from auditor.model.reports import Report
from auditor.model.severity import CERTAINTIES, CLOSED_STATES, SEVERITIES
from auditor.workflow.desk.reads.lists import ListAnswer, ListOrder, ListQuery, SortKey, parse_query, portion
from auditor.workflow.desk.reads.standing import Standing

FILTERS = ("queue", "severity", "certainty", "rule", "contract", "deployment", "favours", "baseline", "life", "q")
QUEUES = ("open", "review", "other_side", "decided", "gone", "all")
"""`open`: nobody has decided; `review`: needs review; `decided`: explained, settled, dismissed, suppressed, confirmed;
`gone`: found before and not any more."""
BULK = 200
"""Findings of one rule that are decided with one reason, each by its own line."""


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """One stored text with the part of its screenshot that shows it, in CSS pixels."""

    basis: Basis
    screenshot: str
    """Path of the picture in its package; empty where there is none."""
    frame: tuple[int, int, int, int]
    """Left, top, width and height of the part that is shown."""
    scale: float


@dataclass(frozen=True, slots=True)
class FindingRead:
    """One finding as somebody decides it."""

    finding: Finding
    places: tuple[CitedPlace, ...]
    decisions: tuple[Decision, ...]
    """About it or its deployment, newest first."""
    siblings: int
    """Findings of the same rule that stand open, itself included."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """The queue, and the finding that is looked at."""

    list: ListAnswer[Finding]
    queues: Mapping[str, int]
    choices: Mapping[str, tuple[tuple[str, int], ...]]
    chosen: FindingRead | None
    before: str
    """Fingerprint of the finding before the one looked at; empty where it is the first."""
    behind: str


def _weight(one: Finding) -> SortKey:
    value = 0.0 if one.list_value is None else float(one.list_value.amount)
    return (SEVERITIES.index(one.severity), CERTAINTIES.index(one.certainty), -value, -(one.units or 0))


ORDER: ListOrder[Finding] = ListOrder(
    {
        "weight": _weight,
        "rule": lambda one: (one.rule,),
        "deployment": lambda one: (one.deployment,),
        "units": lambda one: (-1 if one.units is None else one.units,),
        "value": lambda one: (-1.0 if one.list_value is None else float(one.list_value.amount),),
        "since": lambda one: (0.0 if one.since is None else one.since.timestamp(),),
    },
    "weight",
    frozenset({"units", "value", "since"}),
    lambda one: one.fingerprint,
)


def queue_of(one: Finding) -> str:
    """The queue that a finding stands in."""
    if one.baseline == "absent":
        return "gone"
    if one.life in CLOSED_STATES or one.life in ("suppressed", "confirmed"):
        return "decided"
    if one.favours == "other_side":
        return "other_side"
    return "review" if one.certainty == "needs_review" else "open"


def read_inbox(standing: Standing, asked: Mapping[str, str]) -> Inbox:
    """The inbox as asked for; `f` names the finding that is looked at, else the first of the queue is."""
    found = list(standing.report.findings)
    query = parse_query(asked, FILTERS, ORDER)
    kept = [one for one in found if _fits(one, query)]
    answer = portion(kept, len(found), query, ORDER)
    wanted = asked.get("f", "")
    chosen = standing.findings.get(wanted) or (answer.rows[0] if answer.rows else None)
    order = [one.fingerprint for one in answer.rows]
    place = order.index(chosen.fingerprint) if chosen is not None and chosen.fingerprint in order else -1
    queues = dict.fromkeys(QUEUES, 0)
    for one in found:
        queues[queue_of(one)] += 1
    queues["all"] = len(found)
    return Inbox(
        answer,
        queues,
        _choices(found, query),
        None if chosen is None else read_finding(standing, chosen),
        order[place - 1] if place > 0 else "",
        order[place + 1] if 0 <= place < len(order) - 1 else "",
    )


def findings_report(standing: Standing, asked: Mapping[str, str]) -> Report:
    """The report with the findings of the query alone: what the exporters write."""
    query = parse_query(asked, FILTERS, ORDER)
    kept = tuple(one for one in standing.report.findings if _fits(one, query))
    return replace(standing.report, findings=kept, positions=(), history=(), unobserved=())


def read_finding(standing: Standing, one: Finding) -> FindingRead:
    """A finding with the pictures it cites and what was decided."""
    about = {one.fingerprint, one.deployment}
    decisions = [made for made in standing.report.decisions if made.subject in about]
    return FindingRead(
        one,
        tuple(cited_places(standing, one.basis)),
        tuple(sorted(decisions, key=lambda made: (made.at, made.id), reverse=True)),
        sum(other.rule == one.rule and queue_of(other) in ("open", "review") for other in standing.report.findings),
    )


def cited_places(standing: Standing, basis: Sequence[Basis], most: int = 12) -> list[CitedPlace]:
    """The stored texts that something rests on, each with its part of the picture."""
    found = []
    for text in basis[:most]:
        row = standing.evidence.get(text.capture)
        view = next((view for view in row.views if view.id == text.view), None) if row is not None else None
        picture = view.artefacts.get("screenshot", "") if view is not None and text.box is not None else ""
        frame = (0, 0, 0, 0)
        if text.box is not None:
            box = text.box
            left, top = max(0, box.x - 260), max(0, box.y - 64)
            frame = (left, top, box.x + box.w + 200 - left, box.y + box.h + 64 - top)
        found.append(CitedPlace(text, picture, frame, view.scale if view is not None else 1.0))
    return found


def _fits(one: Finding, query: ListQuery) -> bool:
    queue, text = query.text("queue") or "open", query.text("q").casefold()
    return all(
        (
            queue == "all" or queue_of(one) == queue,
            query.text("severity") in ("", one.severity),
            query.text("certainty") in ("", one.certainty),
            query.text("rule") in ("", one.rule),
            query.text("contract") in ("", one.contract or "-"),
            query.text("deployment") in ("", one.deployment),
            query.text("favours") in ("", one.favours),
            query.text("baseline") in ("", one.baseline),
            query.text("life") in ("", one.life),
            not text or any(text in part.casefold() for part in (one.statement, one.statement_zh, one.fingerprint)),
        )
    )


def _choices(found: Sequence[Finding], query: ListQuery) -> dict[str, tuple[tuple[str, int], ...]]:
    counted: dict[str, dict[str, int]] = {}
    read: dict[str, Callable[[Finding], str]] = {
        "severity": lambda one: one.severity,
        "certainty": lambda one: one.certainty,
        "rule": lambda one: one.rule,
        "deployment": lambda one: one.deployment,
    }
    for name, value in read.items():
        others = replace(query, filters={key: text for key, text in query.filters.items() if key != name})
        counted[name] = {}
        for one in found:
            if _fits(one, others):
                counted[name][value(one)] = counted[name].get(value(one), 0) + 1
    order: dict[str, int] = {word: number for number, word in enumerate((*SEVERITIES, *CERTAINTIES))}
    return {
        name: tuple(sorted(values.items(), key=lambda item: (order.get(item[0], 99), -item[1], item[0])))
        for name, values in counted.items()
    }
