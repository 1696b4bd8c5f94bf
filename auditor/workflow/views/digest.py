"""The digest by mail: what is newly over, what stopped being observed, what ends; with statements where asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from auditor.alerting import AlertAttachment, AlertMessage
from auditor.clock import timestamp
from auditor.errors import ConfigError
from auditor.model.reports import Report
from auditor.model.targets.estate import Estate
from auditor.reconciliation import coming_expiries
from auditor.reporting import Lang, digest_letter, digest_parts, load_translations, newly_over
from auditor.workflow.report.render import WorkspaceReportRequest, workspace_report
from auditor.workflow.views.statement import render_statement, statement_of
from auditor.workspace import Workspace

FORMAT = "auditor.digest/1"
MAX_STATEMENTS = 50
MAX_ATTACHED = 15 << 20
"""Bytes of all statements of a letter: mail servers refuse larger ones."""


@dataclass(frozen=True, slots=True)
class DigestRequest:
    """What a digest tells."""

    lang: Lang
    within_days: int
    """What ends within so many days is told."""
    statements: bool = False
    """Attach the statement of every customer who is newly over."""


def digest_message(workspace: Workspace, estate: Estate, report: Report, request: DigestRequest) -> AlertMessage:
    """The digest as one message: a letter, the same as JSON, and statements. `report`: with the moment it compares
    with; `ConfigError` where it has none."""
    if report.since is None:
        raise ConfigError("there is no run before this one to compare with; give --since DAY")
    say = load_translations(request.lang)
    expiries = coming_expiries(estate, report.decisions, report.as_of, request.within_days)
    parts = digest_parts(report, expiries, say)
    attached, left = _statements(workspace, estate, report, request.lang) if request.statements else ((), 0)
    said = say("digest.attached", n=len(attached)) if attached else ""
    if left:
        said += " " + say("digest.not_attached", n=left)
    payload = {
        "format": FORMAT,
        "workspace": report.workspace,
        "since": timestamp(report.since),
        "until": timestamp(report.as_of),
        **{part.key: [{"subject": subject, "what": what} for subject, what in part.lines] for part in parts},
        "attached": [one.name for one in attached],
    }
    counts = {part.key: f"{len(part.lines):,}" for part in parts}
    subject = say("digest.subject", workspace=report.workspace, **counts)
    body = json.dumps(payload, ensure_ascii=False, sort_keys=True).encode()
    text = digest_letter(report, parts, request.within_days, say, attached=said.strip())
    return AlertMessage(" ".join(subject.split())[:200], text, body, attached)


def digest_report(workspace: Workspace, estate: Estate, since: datetime | None, as_of: datetime | None) -> Report:
    """The report that a digest is made of."""
    request = WorkspaceReportRequest(as_of=as_of, since=since, history_limit=0)
    return workspace_report(workspace, request, estate=estate)


def _statements(
    workspace: Workspace, estate: Estate, report: Report, lang: Lang
) -> tuple[tuple[AlertAttachment, ...], int]:
    """The statement of every customer who is newly over, and how many are left out of a letter that is large enough."""
    over = {one.contract for one in newly_over(report) if one.contract in estate.contracts}
    customers = dict.fromkeys(estate.contracts[name].counterparty for name in sorted(filter(None, over)))
    found: list[AlertAttachment] = []
    size = 0
    for customer in customers:
        contracts = tuple(one.id for one in estate.contracts.values() if one.counterparty == customer)
        if len(found) >= MAX_STATEMENTS:
            break
        request = WorkspaceReportRequest(as_of=report.as_of, contracts=contracts)
        statement = statement_of(workspace, estate, request, lang)
        data = render_statement(statement, "docx", lang, None)
        size += len(data)
        if size > MAX_ATTACHED:
            break
        found.append(AlertAttachment(f"statement-{PurePosixPath(customer).name}.{lang}.docx", data))
    return tuple(found), len(customers) - len(found)
