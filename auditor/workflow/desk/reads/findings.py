"""The inbox of findings: a queue by weight with facets, and one finding with everything it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from auditor.errors import NotKeptError
from auditor.index import finding_digest
from auditor.model.findings import Decision, Finding
from auditor.model.reading.observations import Basis
from auditor.model.severity import CERTAINTIES, SEVERITIES, queue_of
from auditor.workflow.desk.reads.lists import (
    Facets,
    ListAnswer,
    ListOrder,
    ListQuery,
    SortKey,
    best_choices,
    parse_query,
    portion,
    whole_list,
    without,
)
from auditor.workflow.desk.reads.standing import EvidenceByCapture, Standing

FILTERS = (
    "queue",
    "severity",
    "certainty",
    "rule",
    "contract",
    "deployment",
    "favours",
    "baseline",
    "life",
    "new",
    "q",
)
QUEUES = ("open", "review", "other_side", "decided", "gone", "all")
"""`open`: nobody has decided; `review`: needs review; `decided`: explained, settled, dismissed, suppressed, confirmed;
`gone`: found before and not any more."""
MOST_PLACES = 12
"""Stored texts that are shown with a finding, and captures that a decision about it names."""
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
    digest: str
    """As it is shown here: given back with a decision."""
    alike: Mapping[str, str]
    """The digest of each finding of the same rule that stands open, by fingerprint; at most `BULK`."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """The queue, and the finding that is looked at."""

    list: ListAnswer[Finding]
    queues: Mapping[str, int | None]
    """How many stand in each; None where nothing was compared that could tell."""
    choices: Mapping[str, tuple[tuple[str, int], ...]]
    chosen: FindingRead | None
    before: str
    """Fingerprint of the finding before the one looked at; empty where it is the first."""
    behind: str
    revision: Hashable = field(default=None, compare=False)
    """What the rows are of: given back to `told` with what is made of them."""
    fresh: frozenset[str] = frozenset()
    """Those of the rows, and the one looked at, that were first held after the last visit of whoever asks."""


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


def queue_now(one: Finding) -> str:
    """The queue that a finding stands in, of those that are not there any more too."""
    return "gone" if one.baseline == "absent" else queue_of(one)


def require_compared(query: ListQuery, *, compared: bool) -> None:
    """`NotKeptError` where a comparison with the run before is asked for and there is none."""
    if not compared and query.text("baseline"):
        raise NotKeptError(
            "what changed against the run before is not kept here: see auditor report and auditor changes"
        )


def read_queue(standing: Standing, asked: Mapping[str, str]) -> ListAnswer[Finding]:
    """The list that is asked for."""
    found = standing.report.findings
    query = _asked(standing, asked)
    return _marked(standing, portion([one for one in found if FACETS.lets(one, query)], len(found), query, ORDER))


def _asked(standing: Standing, asked: Mapping[str, str]) -> ListQuery:
    query = parse_query(asked, FILTERS, ORDER)
    require_compared(query, compared=standing.report.since is not None)
    return query


def _marked(standing: Standing, answer: ListAnswer[Finding]) -> ListAnswer[Finding]:
    """With those of which something is not recorded yet."""
    late = standing.outstanding
    return replace(answer, outstanding=frozenset(one.fingerprint for one in answer.rows if is_late(one, late)))


def is_late(one: Finding, late: frozenset[str]) -> bool:
    """Whether a finding is about one of these deployments."""
    return one.deployment in late or not late.isdisjoint(one.others)


def read_inbox(standing: Standing, asked: Mapping[str, str]) -> Inbox:
    """The inbox as asked for; `f` names the finding that is looked at, else the first of the queue is."""
    found = list(standing.report.findings)
    query = _asked(standing, asked)
    kept = [one for one in found if FACETS.lets(one, query)]
    answer = _marked(standing, portion(kept, len(found), query, ORDER))
    chosen = standing.findings.get(asked.get("f", "")) or (answer.rows[0] if answer.rows else None)
    queues = Counter(queue_now(one) for one in found)
    choices, _ = FACETS.choices(FACETS.together(found, query), query)
    others = without(query, "deployment")
    deployments = Counter(one.deployment for one in found if FACETS.lets(one, others))
    told: dict[str, int | None] = {**{name: queues[name] for name in QUEUES}, "all": len(found)}
    if standing.report.since is None:
        told["gone"] = None
    return inbox_of(
        answer,
        told,
        {**choices, "deployment": best_choices(deployments, {})},
        None if chosen is None else read_finding(standing, chosen),
    )


def inbox_of(
    answer: ListAnswer[Finding],
    queues: Mapping[str, int | None],
    choices: Mapping[str, tuple[tuple[str, int], ...]],
    chosen: FindingRead | None,
) -> Inbox:
    """The queue with the finding that is looked at, and those beside it."""
    order = [one.fingerprint for one in answer.rows]
    place = order.index(chosen.finding.fingerprint) if chosen and chosen.finding.fingerprint in order else -1
    return Inbox(
        answer, queues, choices, chosen,
        order[place - 1] if place > 0 else "",
        order[place + 1] if 0 <= place < len(order) - 1 else "",
    )  # fmt: skip


def listed_findings(standing: Standing, asked: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings of the query, in its order."""
    query = _asked(standing, asked)
    return whole_list([one for one in standing.report.findings if FACETS.lets(one, query)], query, ORDER)


def digest_shown(one: Finding) -> str:
    """SHA-256 of all that a finding says, but for its comparison with an earlier run: who decides it gives it back."""
    return finding_digest(one)


def resting_captures(one: Finding) -> tuple[str, ...]:
    """The captures that a finding rests on, as they are shown with it."""
    return tuple(dict.fromkeys(basis.capture for basis in one.basis if basis.capture))[:MOST_PLACES]


def open_findings(standing: Standing, rule: str) -> list[Finding]:
    """The findings of a rule that nobody has decided."""
    return [one for one in standing.report.findings if one.rule == rule and queue_now(one) in ("open", "review")]


def read_finding(standing: Standing, one: Finding) -> FindingRead:
    """A finding with the pictures it cites and what was decided."""
    about = {one.fingerprint, one.deployment}
    decisions = [made for made in standing.report.decisions if made.subject in about]
    alike = open_findings(standing, one.rule)
    shown = {each.fingerprint: digest_shown(each) for each in alike[:BULK]}
    return finding_read(one, standing.evidence, decisions, len(alike), shown)


def finding_read(
    one: Finding,
    evidence: EvidenceByCapture,
    decisions: Iterable[Decision],
    siblings: int,
    alike: Mapping[str, str],
) -> FindingRead:
    """A finding with the pictures it cites and what was decided."""
    return FindingRead(
        one,
        tuple(cited_places(evidence, one.basis)),
        tuple(sorted(decisions, key=lambda made: (made.at, made.id), reverse=True)),
        siblings,
        digest_shown(one),
        alike,
    )


def cited_places(evidence: EvidenceByCapture, basis: Sequence[Basis], most: int = MOST_PLACES) -> list[CitedPlace]:
    """The stored texts that something rests on, each with its part of the picture."""
    found = []
    for text in basis[:most]:
        row = evidence.get(text.capture)
        view = next((view for view in row.views if view.id == text.view), None) if row is not None else None
        picture = view.artefacts.get("screenshot", "") if view is not None and text.box is not None else ""
        frame = (0, 0, 0, 0)
        if text.box is not None:
            box = text.box
            left, top = max(0, box.x - 260), max(0, box.y - 64)
            frame = (left, top, box.x + box.w + 200 - left, box.y + box.h + 64 - top)
        found.append(CitedPlace(text, picture, frame, view.scale if view is not None else 1.0))
    return found


def _values(one: Finding) -> tuple[str, ...]:
    return (queue_now(one), one.severity, one.certainty, one.rule, one.favours, one.life)


def _fits_choice(query: ListQuery, name: str, value: str) -> bool:
    wanted = query.text(name)
    if name == "queue":
        return (wanted or "open") in (value, "all")
    return wanted in ("", value)


def _searched(one: Finding, query: ListQuery) -> bool:
    text = query.text("q").casefold()
    return (
        query.text("contract") in ("", one.contract or "-")
        and query.text("deployment") in ("", one.deployment)
        and query.text("baseline") in ("", one.baseline)
        and (not text or any(text in part.casefold() for part in (one.statement, one.statement_zh, one.fingerprint)))
    )


FACETS: Facets[Finding] = Facets(
    ("queue", "severity", "certainty", "rule", "favours", "life"), _values, _fits_choice, _searched,
    {word: number for number, word in enumerate((*SEVERITIES, *CERTAINTIES))},
)  # fmt: skip
