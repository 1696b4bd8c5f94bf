"""`auditor statement`: one page for one customer, made of a report in which there is nobody else."""

from __future__ import annotations

from auditor.errors import ConfigError
from auditor.model.reports import Report
from auditor.model.targets.contracts import Contract
from auditor.model.targets.estate import Estate
from auditor.reporting import (
    CustomerStatement,
    Lang,
    PrintToPdf,
    StatementParties,
    customer_statement,
    statement_docx,
    statement_html,
)
from auditor.workflow.report.customer import contracts_about, deployments_of_contract, require_known
from auditor.workflow.report.render import WorkspaceReportRequest, workspace_report
from auditor.workspace import Workspace

StatementFormat = str
"""`docx`, `pdf` or `html`."""


def statement_of(
    workspace: Workspace,
    estate: Estate,
    request: WorkspaceReportRequest,
    lang: Lang,
    *,
    contact: str = "",
    reply_by: str = "",
) -> CustomerStatement:
    """The statement for the customer whose contract or deployments `request` names. `ConfigError` where it names
    nothing, or deployments of several customers."""
    report = workspace_report(workspace, request, estate=estate)
    return customer_statement(report, _parties(estate, request, report, contact, reply_by), lang)


def render_statement(
    statement: CustomerStatement, format_: StatementFormat, lang: Lang, print_to_pdf: PrintToPdf | None
) -> bytes:
    """The statement in one form. `ConfigError` for a PDF without a printer."""
    if format_ == "docx":
        return statement_docx(statement, lang)
    page = statement_html(statement, lang)
    if format_ == "html":
        return page
    if print_to_pdf is None:
        raise ConfigError("statement: a PDF needs a browser that prints it")
    return print_to_pdf(page)


def _parties(
    estate: Estate, request: WorkspaceReportRequest, report: Report, contact: str, reply_by: str
) -> StatementParties:
    require_known(estate, request.contracts, request.deployments)
    covered: set[str] = set().union(*(deployments_of_contract(estate, name) for name in request.contracts))
    further = set(request.deployments) - covered
    names = set(request.contracts) or contracts_about(estate, further)
    contracts = [estate.contracts[name] for name in sorted(names)]
    customers = {one.counterparty for one in contracts} if request.contracts else set()
    customers |= _customers_of(estate, further)
    if len(customers) > 1:
        raise ConfigError(
            f"statement: {', '.join(sorted(customers))} are different customers; name contracts or deployments of one"
        )
    licensors = {one.licensor for one in contracts}
    return StatementParties(
        customer=_named(estate, customers),
        licensor=_named(estate, licensors),
        contracts=tuple((one.title or one.id, _term(one)) for one in contracts),
        contact=contact,
        reply_by=reply_by,
    )


def _customers_of(estate: Estate, deployments: set[str]) -> set[str]:
    """Who uses the deployments; where nobody is recorded, the other party of the contracts about them."""
    licensees = {estate.deployments[name].licensee or "" for name in deployments} - {""}
    about = contracts_about(estate, deployments)
    return licensees or {estate.contracts[name].counterparty for name in about}


def _named(estate: Estate, parties: set[str]) -> str:
    return ", ".join(sorted(estate.parties[name].name for name in parties if name in estate.parties))


def _term(contract: Contract) -> str:
    through = contract.term.through
    return f"{contract.term.from_} – {through}" if through is not None else f"{contract.term.from_} –"
