"""Lists, sums and searches of everything, each a seek in the index; what is opened is judged now."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from threading import Lock
from types import MappingProxyType
from typing import TypeVar, cast

from auditor.index import KEPT_GONE, Index
from auditor.model.findings import Finding, Position, PositionStatus
from auditor.model.reports import EvidenceRow, Report
from auditor.model.severity import CLOSED_STATES
from auditor.model.standing import (
    EVERYTHING,
    LARGEST_PAGE,
    Combination,
    ContractCounts,
    FindingListQuery,
    FindingOrder,
    ListedFinding,
    ListedPosition,
    PositionListQuery,
    PositionOrder,
    QueueName,
    StandingPage,
    StandingTallies,
)
from auditor.model.targets.estate import Estate
from auditor.reporting import OVER_STATUSES, ListPart, Summary, age_days, summarise
from auditor.workflow.desk.reads import findings, overview
from auditor.workflow.desk.reads.findings import FindingRead, Inbox, digest_shown, finding_read, inbox_of
from auditor.workflow.desk.reads.lists import (
    MOST_CHOICES,
    ListAnswer,
    ListQuery,
    best_choices,
    parse_query,
    without,
)
from auditor.workflow.desk.reads.overview import OverRow, Overview, over_row
from auditor.workflow.desk.reads.search import TextShelf
from auditor.workflow.desk.reads.standing import EvidenceByCapture, ListName, Standing, StandingCache
from auditor.workflow.desk.standings.composed import cited_captures, list_report
from auditor.workflow.desk.standings.keeper import KeptMoment, StandingKeeper
from auditor.workflow.desk.standings.opened import finding_now, open_alone
from auditor.workflow.standing.listing.weekly import trend_weeks

Kept = TypeVar("Kept")
Listed = TypeVar("Listed", ListedPosition, ListedFinding)
Query = TypeVar("Query", PositionListQuery, FindingListQuery)
TRUE_UP_RULE = "Q110"
MOST_KEPT = 64


@dataclass
class Answers:
    """What was counted lately, until anything of what stands is written. For all threads: who asks for what another one
    counts waits for it, since the same count eight times over takes eight times as long."""

    _guard: Lock = field(default_factory=Lock)
    _revision: object = None
    _kept: OrderedDict[Hashable, Future[object]] = field(default_factory=OrderedDict)

    def of(self, revision: object, name: Hashable, make: Callable[[], Kept]) -> Kept:
        """What was counted under a name, or is counted now."""
        with self._guard:
            if self._revision != revision:
                self._revision, self._kept = revision, OrderedDict()
            found = self._kept.get(name)
            mine = found is None
            if found is None:
                found = self._kept[name] = Future()
            self._kept.move_to_end(name)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        if mine:
            try:
                found.set_result(make())
            except BaseException as error:  # noqa: BLE001 (it is told to everybody who waits)
                with self._guard:
                    if self._kept.get(name) is found:
                        del self._kept[name]
                found.set_exception(error)
        return cast("Kept", found.result())


class IndexedEvidence:
    """Packages by capture, each sought in the index."""

    def __init__(self, keeper: StandingKeeper) -> None:
        self._keeper = keeper

    def __contains__(self, capture: object) -> bool:
        with self._keeper.pool.index() as index:
            return isinstance(capture, str) and index.holds(capture)

    def __len__(self) -> int:
        with self._keeper.pool.index() as index:
            return index.size()

    def get(self, capture: str) -> EvidenceRow | None:
        """The package; None where there is none."""
        with self._keeper.pool.index() as index:
            return index.package(capture)


class KeptStanding:
    """A `ScopeStanding` over the rows that are kept: for whoever sees everybody."""

    whole = True

    def __init__(self, keeper: StandingKeeper, cache: StandingCache, answers: Answers, moment: KeptMoment) -> None:
        """`answers`: what was answered lately. `moment`: as of what the rows stand, until some are told: these have a
        moment of their own."""
        self._keeper, self._cache, self._answers, self._moment = keeper, cache, answers, moment
        self.estate: Estate = moment.estate
        self.report: Report = replace(keeper.frame(moment.estate), as_of=moment.as_of)

    @contextmanager
    def _rows(self) -> Iterator[Index]:
        """Rows of one moment. Line, moment and what is outstanding are told of them from now on."""
        with self._keeper.pool.index() as index:
            reader, as_of = index.standing_rows, self._moment.as_of
            state = reader.state(as_of)
            if state.as_of is not None and state.as_of > as_of:  # others have judged since
                as_of = state.as_of
                state = reader.state(as_of)
            self._moment = replace(self._moment, state=state, size=state.line, as_of=as_of)
            self.report = replace(self.report, as_of=as_of)
            yield index

    @property
    def line(self) -> int:
        return self._moment.size

    @property
    def outstanding(self) -> int:
        return self._moment.state.outstanding

    @property
    def behind(self) -> bool:
        return self._moment.behind

    @cached_property
    def practice(self) -> Sequence[str]:
        """Names of the practice authorities whose tokens the evidence has."""
        with self._keeper.pool.index() as index:
            return self._answers.of(self._today(index), "practice", index.practice_authorities)

    @cached_property
    def evidence(self) -> EvidenceByCapture:
        return IndexedEvidence(self._keeper)

    def overview(self, asked: Mapping[str, str]) -> Overview:
        """Who is over, by how much, since when."""
        query = parse_query(asked, overview.FILTERS, overview.ORDER)
        with self._rows() as index:
            told = self._answers.of(self._today(index), "overview", lambda: self._at_a_glance(index))
            choices, _ = self._position_choices(index, query)
            rows = self._listed_positions(index, query)
            return replace(told, list=rows, choices=choices, revision=self._today(index))

    def positions(self, asked: Mapping[str, str]) -> ListAnswer[OverRow]:
        """The list of the overview alone."""
        with self._rows() as index:
            return self._listed_positions(index, parse_query(asked, overview.FILTERS, overview.ORDER))

    def queue(self, asked: Mapping[str, str]) -> ListAnswer[Finding]:
        """The list of the inbox alone."""
        with self._rows() as index:
            return self._listed_queue(index, _findings_asked(asked))

    def told(self, name: Hashable, revision: Hashable, make: Callable[[], str]) -> str:
        """A part of a page that follows from its name and from the rows of a revision: made, or kept from when it was.
        `revision`: as the rows came with it."""
        return self._answers.of(revision, ("told", name), make)

    def inbox(self, asked: Mapping[str, str]) -> Inbox:
        """The queue of findings, and the one that is looked at."""
        query = _findings_asked(asked)
        with self._rows() as index:
            answer = self._listed_queue(index, query)
            rows = answer.rows
            queues = dict.fromkeys(findings.QUEUES, 0)
            for values, number in self._findings_together(index, FindingListQuery()):
                queues[values[0]] += number
                queues["all"] += number
            choices, _ = self._finding_choices(index, query)
            wanted = asked.get("f", "") or (rows[0].fingerprint if rows else "")
            chosen = self._shown(index, wanted) or (self._shown(index, rows[0].fingerprint) if rows else None)
            read = None if chosen is None else self._read(index, chosen)
            told = {**queues, "gone": self._answers.of(self._today(index), "gone", lambda: self._gone(index))}
            return replace(inbox_of(answer, told, choices, read), revision=self._today(index))

    def _gone(self, index: Index) -> int | None:
        """How many stand no more; None where there was no run before to compare with."""
        head = index.standing.head()
        return index.lists.gone(self._gone_from) if head is not None and head.before is not None else None

    @property
    def _gone_from(self) -> str:
        """Until which day or later those stood that are told to stand no more."""
        return (self._moment.as_of - KEPT_GONE).date().isoformat()

    def listed(self, name: ListName, asked: Mapping[str, str]) -> Iterator[ListPart]:
        """The rows of a list in its order, a part at a time, with the packages that they cite."""
        rules = overview if name == "positions" else findings
        query = _findings_asked(asked) if name == "findings" else parse_query(asked, rules.FILTERS, rules.ORDER)
        with self._rows() as index:
            if name == "positions":
                wanted = replace(self._position_query(query), limit=LARGEST_PAGE, after="")
                for rows in _pages(wanted, lambda one: self._positions(index, one)):
                    positions = [self._aged(one.position) for one in rows]
                    late = frozenset(one.position.deployment for one in rows if one.outstanding)
                    yield self._part(index, positions, (), late)
                return
            sought = replace(_finding_query(query), limit=LARGEST_PAGE, after="")
            for found in _pages(sought, lambda one: self._findings(index, one)):
                late = frozenset(one.finding.fingerprint for one in found if one.outstanding)
                yield self._part(index, (), [one.finding for one in found], late)

    def _part(
        self, index: Index, positions: Sequence[Position], told: Sequence[Finding], late: frozenset[str]
    ) -> ListPart:
        cited = sorted(cited_captures(positions, told))
        return ListPart(list_report(self.report, positions, told, index.packages_of(cited)), late)

    def _shown(self, index: Index, fingerprint: str) -> Finding | None:
        """A finding judged now; one that stands no more as it stood last."""
        return self._finding(index, fingerprint) or index.lists.gone_finding(fingerprint, self._gone_from)

    def held_after(self, fingerprints: Sequence[str], moment: datetime) -> frozenset[str]:
        """Those of these findings that were first held after a moment."""
        with self._keeper.pool.index() as index:
            return index.lists.held_after(fingerprints, moment)

    def finding(self, fingerprint: str) -> Finding | None:
        """One finding, judged now; None where there is none."""
        with self._rows() as index:
            return self._finding(index, fingerprint)

    def opened(self, deployment: str) -> Standing:
        """One deployment with all that is told of it, judged now."""
        with self._rows() as index:
            return open_alone(self._keeper, index, self.report, deployment)

    def contract_counts(self) -> Mapping[str, ContractCounts]:
        """By contract, how many deployments compared with it were captured, and how many are over."""
        with self._rows() as index:
            at = self._moment.as_of
            return self._answers.of(self._today(index), "contracts", lambda: index.lists.contract_counts(at))

    def of_contract(self, contract: str) -> tuple[Sequence[Position], Sequence[Finding]]:
        """The positions and findings of a contract."""
        with self._rows() as index:
            positions = self._every_position(index, PositionListQuery(contract=contract, order="name"))
            return positions, self._every_finding(index, FindingListQuery(contract=contract))

    def beside(self, row: EvidenceRow) -> tuple[str, str]:
        """The captures before and after one of the same deployment; empty where there is none."""
        with self._keeper.pool.index() as index:
            return index.beside(row)

    def unsealed(self) -> Sequence[EvidenceRow]:
        """Packages that wait for their seal."""
        with self._keeper.pool.index() as index:
            return index.unsealed()

    def shelf(self) -> TextShelf:
        """Names and places of deployments and contracts, to be looked through."""
        return self._keeper.shelf(self.estate)

    def matching_findings(self, text: str, most: int) -> Sequence[str]:
        """Fingerprints that hold a text, whatever the case."""
        wanted, ids = text.casefold(), self._keeper.ids(self.estate)
        with self._keeper.pool.index() as index:
            metrics = (metric.id for one in self.estate.products.values() for metric in one.metrics)
            if "/" not in wanted and not any(wanted in one.casefold() for one in (*metrics, "-")):
                rules = sorted({values[3] for values, _ in self._findings_together(index, FindingListQuery())})
                return index.lists.fingerprints_of(
                    [one for one in rules if wanted in one.casefold()],
                    ids.contracts_with(wanted, most),
                    ids.deployments_with(wanted, most),
                    most,
                )
            return index.lists.fingerprints_from(text, most) or index.lists.fingerprints(wanted, most)

    def matching_captures(self, text: str, most: int) -> Sequence[tuple[EvidenceRow, str]]:
        """As `ScopeStanding` says."""
        with self._keeper.pool.index() as index:
            return index.begins_with(text, most)

    def composed(self) -> Standing:
        """All of it, composed from every capture."""
        return self._cache.everything()

    # --- what is counted

    def _at_a_glance(self, index: Index) -> Overview:
        """The overview without its list."""
        summary, newest = self._summary(index), index.newest_packages(1)
        return Overview(
            summary,
            ListAnswer(ListQuery({}, "", descending=False), (), "", 0, 0),
            {},
            trend_weeks(index.lists.weeks(), self._moment.as_of),
            sum(summary.statuses[status] for status in OVER_STATUSES),
            index.lists.missed(),
            index.waiting(),
            newest[0].captured_at if newest else None,
        )

    def _summary(self, index: Index) -> Summary:
        revision = self._today(index)
        tallies = self._answers.of(revision, "sums", lambda: index.standing_rows.tallies(EVERYTHING))
        return summary_of(tallies, self._answers.of(revision, "owed", lambda: self._owing(index)))

    def _owing(self, index: Index) -> Summary:
        """What is owed under true-up: of the positions that owe, but for those that a person has closed."""
        owing = self._every_position(index, PositionListQuery(owing=True))
        closed: tuple[Finding, ...] = ()
        for life in sorted(CLOSED_STATES) if owing else ():
            closed += self._every_finding(index, FindingListQuery(rule=TRUE_UP_RULE, life=life))
        return summarise(replace(self.report, positions=owing, findings=closed, evidence=()))

    def _position_choices(self, index: Index, query: ListQuery) -> tuple[dict[str, tuple[tuple[str, int], ...]], int]:
        name = ("positions", *sorted(query.filters.items()))

        def make() -> tuple[dict[str, tuple[tuple[str, int], ...]], int]:
            searched = self._position_query(replace(query, filters=_only(query, ("contract", "since", "q"))))
            choices, total = overview.FACETS.choices(self._positions_together(index, searched), query)
            others = replace(self._position_query(without(query, "contract")), after="")
            counted = dict(index.lists.position_contracts(others, MOST_CHOICES))
            return {**choices, "contract": best_choices(counted, {})}, total

        return self._answers.of(self._today(index), name, make)

    def _positions_together(self, index: Index, query: PositionListQuery) -> Sequence[Combination]:
        asked = PositionListQuery(
            contract=query.contract, since=query.since, text=query.text, customers=query.customers
        )
        return self._answers.of(self._today(index), asked, lambda: index.lists.positions_together(asked))

    def _finding_choices(self, index: Index, query: ListQuery) -> tuple[dict[str, tuple[tuple[str, int], ...]], int]:
        name = ("findings", *sorted(query.filters.items()))

        def make() -> tuple[dict[str, tuple[tuple[str, int], ...]], int]:
            narrowed = replace(query, filters=_only(query, ("contract", "deployment", "new", "q")))
            searched = _finding_query(narrowed, queue="gone" if query.text("queue") == "gone" else "")
            choices, total = findings.FACETS.choices(self._findings_together(index, searched), query)
            others = replace(_finding_query(without(query, "deployment")), after="", gone_from=self._gone_from)
            counted = dict(index.lists.finding_deployments(others, MOST_CHOICES))
            return {**choices, "deployment": best_choices(counted, {})}, total

        return self._answers.of(self._today(index), name, make)

    def _findings_together(self, index: Index, query: FindingListQuery) -> Sequence[Combination]:
        asked = FindingListQuery(
            contract=query.contract, deployment=query.deployment, text=query.text, held_after=query.held_after,
            queue="gone" if query.queue == "gone" else "", gone_from=self._gone_from if query.queue == "gone" else "",
        )  # fmt: skip
        return self._answers.of(self._today(index), asked, lambda: index.lists.findings_together(asked))

    # --- rows

    def _listed_positions(self, index: Index, query: ListQuery) -> ListAnswer[OverRow]:
        return self._answers.of(
            self._today(index), ("positions", _name(query)), lambda: self._positions_of(index, query)
        )

    def _positions_of(self, index: Index, query: ListQuery) -> ListAnswer[OverRow]:
        page = self._positions(index, self._position_query(query))
        stored = index.held(one.position.capture for one in page.rows)
        rows = tuple(self._over_row(one, stored) for one in page.rows)
        every = sum(number for _, number in self._positions_together(index, PositionListQuery()))
        return ListAnswer(query, rows, page.next, self._position_choices(index, query)[1], every)

    def _listed_queue(self, index: Index, query: ListQuery) -> ListAnswer[Finding]:
        return self._answers.of(self._today(index), ("queue", _name(query)), lambda: self._queue_of(index, query))

    def _queue_of(self, index: Index, query: ListQuery) -> ListAnswer[Finding]:
        page = self._findings(index, _finding_query(query))
        rows = tuple(one.finding for one in page.rows)
        outstanding = frozenset(one.finding.fingerprint for one in page.rows if one.outstanding)
        whole = FindingListQuery(queue="gone" if query.text("queue") == "gone" else "")
        every = sum(number for _, number in self._findings_together(index, whole))
        return ListAnswer(query, rows, page.next, self._finding_choices(index, query)[1], every, outstanding)

    def _positions(self, index: Index, query: PositionListQuery) -> StandingPage[ListedPosition]:
        try:
            return index.lists.listed_positions(query, self._moment.as_of)
        except ValueError:  # a cursor of another list: the list begins anew
            return index.lists.listed_positions(replace(query, after=""), self._moment.as_of)

    def _findings(self, index: Index, query: FindingListQuery) -> StandingPage[ListedFinding]:
        query = replace(query, gone_from=self._gone_from)
        try:
            return index.lists.listed_findings(query, self._moment.as_of)
        except ValueError:
            return index.lists.listed_findings(replace(query, after=""), self._moment.as_of)

    def _every_position(self, index: Index, query: PositionListQuery) -> tuple[Position, ...]:
        pages = _pages(replace(query, limit=LARGEST_PAGE), lambda one: self._positions(index, one))
        return tuple(self._aged(one.position) for rows in pages for one in rows)

    def _every_finding(self, index: Index, query: FindingListQuery) -> tuple[Finding, ...]:
        pages = _pages(replace(query, limit=LARGEST_PAGE), lambda one: self._findings(index, one))
        return tuple(one.finding for rows in pages for one in rows)

    def _over_row(self, one: ListedPosition, stored: Collection[str]) -> OverRow:
        held = one.position.capture in stored
        position = self._aged(one.position)
        return over_row(position, self.report, self.estate, one.before, stored=held, outstanding=one.outstanding)

    def _aged(self, one: Position) -> Position:
        """With its age, which no row keeps."""
        return replace(one, age_days=age_days(one, self._moment.as_of))

    def _finding(self, index: Index, fingerprint: str) -> Finding | None:
        kept = index.lists.listed_finding(fingerprint)
        return None if kept is None else finding_now(self._keeper, index, kept)

    def _read(self, index: Index, one: Finding) -> FindingRead:
        known = self._keeper.known()
        decisions = [made for subject in {one.fingerprint, one.deployment} for made in known.decided.get(subject, ())]
        siblings = sum(
            number
            for values, number in self._findings_together(index, FindingListQuery())
            if values[0] in ("open", "review") and values[3] == one.rule
        )
        alike = self._answers.of(self._today(index), ("alike", one.rule), lambda: self._alike(index, one.rule))
        return finding_read(one, self.evidence, decisions, siblings, alike)

    def _alike(self, index: Index, rule: str) -> Mapping[str, str]:
        """The first findings of a rule that nobody has decided, as they are shown."""
        found: dict[str, str] = {}
        for queue in ("open", "review"):
            query = FindingListQuery(rule=rule, queue=queue, limit=findings.BULK - len(found))
            for row in self._findings(index, query).rows if query.limit else ():
                found[row.finding.fingerprint] = digest_shown(row.finding)
        return found

    def _position_query(self, query: ListQuery) -> PositionListQuery:
        status, text = query.text("status"), query.text("q").casefold()
        statuses = tuple(sorted(OVER_STATUSES)) if status == "over_any" else (status,) if status else ()
        names, sealed = self.report.names, query.text("sealed")
        customers = tuple(one for one in self.estate.parties if text in names.get(one, one).casefold()) if text else ()
        known = {"": None, "yes": True, "no": False}
        return PositionListQuery(
            order=cast("PositionOrder", query.sort),
            descending=query.descending,
            statuses=cast("tuple[PositionStatus, ...]", statuses),
            contract=query.text("contract"),
            product=query.text("product"),
            vantage=query.text("vantage"),
            metric=query.text("metric"),
            sealed=known.get(sealed),
            certainty=query.text("certainty") if sealed in known else "\x00",
            since=query.text("since"),
            text=text,
            customers=customers,
            limit=query.limit,
            after=query.after,
        )

    def _today(self, index: Index) -> Hashable:
        """What answers follow from: the rows, the estate, the day, and what is outstanding."""
        lists, day = index.lists, self._moment.as_of.date()
        return (self._keeper.file(), lists.revision(), self._moment.targets, day, self.outstanding)


def summary_of(tallies: StandingTallies, owed: Summary) -> Summary:
    """The sums that are kept, with what is owed, as the summary of a report."""
    return Summary(
        statuses=MappingProxyType({str(name): number for name, number in tallies.statuses.items()}),
        units=MappingProxyType(dict(tallies.units)),
        list_value=tallies.list_value,
        net_value=tallies.net_value,
        review_only=tallies.review_only,
        deployments=tallies.deployments,
        unvalued=tallies.unvalued,
        owed=owed.owed,
    )


def _pages(query: Query, ask: Callable[[Query], StandingPage[Listed]]) -> Iterator[Sequence[Listed]]:
    """Page by page, one at least."""
    while True:
        page = ask(query)
        yield page.rows
        if not page.next:
            return
        query = replace(query, after=page.next)


def _findings_asked(asked: Mapping[str, str]) -> ListQuery:
    """What is asked for; `NotKeptError` for a comparison with the run before."""
    query = parse_query(asked, findings.FILTERS, findings.ORDER)
    findings.require_compared(query, compared=False)
    return query


def _finding_query(query: ListQuery, queue: str | None = None) -> FindingListQuery:
    wanted = (query.text("queue") or "open") if queue is None else queue
    return FindingListQuery(
        order=cast("FindingOrder", query.sort),
        descending=query.descending,
        queue=cast("QueueName", "" if wanted == "all" else wanted),
        severity=query.text("severity"),
        certainty=query.text("certainty"),
        rule=query.text("rule"),
        contract=query.text("contract"),
        deployment=query.text("deployment"),
        favours=query.text("favours"),
        life=query.text("life"),
        text=query.text("q"),
        held_after=query.text("new"),
        limit=query.limit,
        after=query.after,
    )


def _name(query: ListQuery) -> Hashable:
    return (*sorted(query.filters.items()), query.sort, query.descending, query.after, query.limit)


def _only(query: ListQuery, names: Sequence[str]) -> dict[str, str]:
    return {name: text for name, text in query.filters.items() if name in names}
