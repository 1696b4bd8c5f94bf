"""The ledger of contracts: terms and documents, what is listed against what was found, and what the record lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from auditor.model.findings import Finding, Position
from auditor.model.notes import Note, make_note
from auditor.model.standing import ContractCounts
from auditor.model.targets.contracts import AuthorisedDeployment, Contract, Money
from auditor.model.targets.deployments import Deployment
from auditor.reconciliation import estate_as_known
from auditor.reporting import sort_findings
from auditor.workflow.desk.reads.lists import ListAnswer, ListOrder, parse_query, portion
from auditor.workflow.desk.reads.standing import ScopeStanding
from auditor.workflow.report.render import WorkspaceReportRequest, workspace_report
from auditor.workspace import Workspace

FILTERS = ("state", "party", "product", "q")


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One contract as a line of the ledger."""

    contract: Contract
    counterparty: str
    licensor: str
    product: str
    state: str
    """`running`, `ended`, `not_begun`, `open_ended`."""
    ends: date | None
    listed: int
    """Deployments that it lists."""
    found: int
    """Deployments compared with it that were captured."""
    over: int
    """Deployments over by record."""
    lacks: int
    outstanding: int
    """Deployments compared with it that are judged again: what is found and over there is that of before."""


@dataclass(frozen=True, slots=True)
class ListedAgainstFound:
    """One deployment of a contract: what is listed, and what was seen."""

    id: str
    deployment: Deployment | None
    listed: AuthorisedDeployment | None
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class ContractRead:
    """One contract with what follows from it, as it was known on a day."""

    row: ContractRow
    against: tuple[ListedAgainstFound, ...]
    positions: tuple[Position, ...]
    findings: tuple[Finding, ...]
    lacks: tuple[Note, ...]
    known_on: date | None
    days: tuple[date, ...]
    """Days on which the record came to know something: what the switch offers."""
    paid: tuple[Money, ...]


ORDER: ListOrder[ContractRow] = ListOrder(
    {
        "title": lambda row: (row.contract.title.casefold(),),
        "party": lambda row: (row.counterparty.casefold(),),
        "over": lambda row: (row.over,),
        "found": lambda row: (row.found,),
        "listed": lambda row: (row.listed,),
        "from": lambda row: (row.contract.term.from_.toordinal(),),
        "ends": lambda row: (row.ends.toordinal() if row.ends else 9_999_999,),
        "lacks": lambda row: (row.lacks,),
    },
    "title",
    frozenset({"over", "found", "listed", "from", "lacks"}),
    lambda row: row.contract.id,
)


def read_contracts(standing: ScopeStanding, asked: Mapping[str, str], today: date) -> ListAnswer[ContractRow]:
    """The contracts of the scope."""
    names, counts = standing.report.names, standing.contract_counts()
    rows = [contract_row(names, counts.get(one.id), one, today) for one in standing.estate.contracts.values()]
    query = parse_query(asked, FILTERS, ORDER)
    text = query.text("q").casefold()
    kept = [
        row
        for row in rows
        if query.text("state") in ("", row.state)
        and query.text("party") in ("", row.contract.counterparty)
        and query.text("product") in ("", row.contract.product)
        and (not text or text in f"{row.contract.title} {row.contract.id} {row.counterparty}".casefold())
    ]
    return portion(kept, len(rows), query, ORDER)


def contract_row(
    names: Mapping[str, str], counts: ContractCounts | None, contract: Contract, today: date
) -> ContractRow:
    """One line of the ledger."""
    ended = contract.term.ended
    ends = ended.last_day if ended is not None else contract.term.through
    return ContractRow(
        contract,
        names.get(contract.counterparty, contract.counterparty),
        names.get(contract.licensor, contract.licensor),
        names.get(contract.product, contract.product),
        _state(contract, today),
        ends,
        len({one.deployment for one in contract.authorised}),
        0 if counts is None else counts.captured,
        0 if counts is None else counts.over,
        len(list(_lacking(contract))),
        0 if counts is None else counts.outstanding,
    )


def read_contract(
    workspace: Workspace,
    standing: ScopeStanding,
    contract: Contract,
    known_on: date | None,
    today: date,
    captured_from: datetime | None,
) -> ContractRead:
    """A contract; with a day, as it was known by the end of that day. `captured_from`: where a case begins."""
    estate = standing.estate
    told, (positions, findings) = contract, standing.of_contract(contract.id)
    if known_on is not None:
        names = tuple(sorted({one.id for one in estate.deployments.values() if one.contract == contract.id}
                             | {one.deployment for one in contract.authorised} & set(estate.deployments)))  # fmt: skip
        request = WorkspaceReportRequest(
            as_of=standing.report.as_of, known_on=known_on, deployments=names, captured_from=captured_from
        )
        if names:
            report = workspace_report(workspace, request, estate=estate)
            positions = [one for one in report.positions if one.contract == contract.id]
            findings = [one for one in report.findings if one.contract == contract.id]
        told = estate_as_known(estate, known_on).contracts.get(contract.id, contract)
    mine = tuple(positions)
    listed = {one.deployment: one for one in told.authorised}
    named = list(dict.fromkeys([*listed, *(one.deployment for one in mine)]))
    named += [one.id for one in estate.deployments.values() if one.contract == contract.id and one.id not in named]
    against = tuple(
        ListedAgainstFound(
            name, estate.deployments.get(name), listed.get(name), tuple(one for one in mine if one.deployment == name)
        )
        for name in named
    )
    return ContractRead(
        contract_row(standing.report.names, standing.contract_counts().get(contract.id), told, today),
        against,
        mine,
        tuple(sort_findings(findings)),
        tuple(_lacking(told)),
        known_on,
        tuple(sorted({day for day in _known_days(contract) if day <= today})),
        _paid(told),
    )


def _state(contract: Contract, today: date) -> str:
    term = contract.term
    if term.ended is not None:
        return "ended" if term.ended.last_day < today else "running"
    if today < term.from_:
        return "not_begun"
    if term.through is None:
        return "open_ended"
    return "running" if today <= term.through or term.renewal.mode == "automatic" else "ended"


def _lacking(contract: Contract) -> Iterator[Note]:
    """What the record of a contract lacks: facts that only somebody's word stands for."""
    if not contract.documents:
        yield make_note("desk.no_document")
    if contract.price is None or contract.price.percent_of_list is None:
        yield make_note("desk.no_price")
    for one in contract.authorised:
        if not one.source.stated:
            yield make_note("desk.asserted", what=one.order or one.deployment)
    for change in contract.amendments:
        if not change.source.stated:
            yield make_note("desk.asserted", what=change.title or change.id)
    for document in contract.documents:
        if not document.sha256:
            yield make_note("desk.no_digest", what=document.title or document.id)
    if contract.term.ended is not None and contract.term.after_end.existing_units is None:
        yield make_note("desk.end_unclear", day=contract.term.ended.last_day)


def _known_days(contract: Contract) -> Iterator[date]:
    for one in contract.authorised:
        yield one.known_from or one.from_
    for change in contract.amendments:
        yield change.known_from or change.signed_on
    for fixed in contract.corrections:
        yield fixed.recorded_on
    if contract.term.ended is not None and contract.term.ended.received_on is not None:
        yield contract.term.ended.received_on


def _paid(contract: Contract) -> tuple[Money, ...]:
    sums: dict[str, Money] = {}
    payments = [*contract.other_payments]
    payments += [payment for one in contract.authorised for payment in one.payments]
    payments += [payment for one in contract.amendments for payment in one.payments]
    for payment in payments:
        known = sums.get(payment.amount.currency)
        sums[payment.amount.currency] = payment.amount if known is None else known + payment.amount
    return tuple(sums[name] for name in sorted(sums))
