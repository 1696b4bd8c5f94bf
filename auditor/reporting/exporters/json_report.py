"""The JSON report, format `auditor.report/1`: for machines, stable, both languages in one document.

Keys are only ever added. Beside the English sentences stand their codes
(`auditor.wording`). Money is text, exact: `{"amount": "350000", "currency": "CNY"}`. Moments are RFC 3339 in UTC.
`null` means not known or not observed and is never zero; a cap or entitlement may be the text `unlimited`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from auditor.clock import timestamp
from auditor.model.evidence import TokenVerdict
from auditor.model.findings import (
    Decision,
    EntitlementStep,
    ExcludedRow,
    Finding,
    KeyDate,
    Position,
    StoppedConfirmation,
    Unobserved,
)
from auditor.model.hosting import HostingRecord
from auditor.model.notes import Note
from auditor.model.notices import NoticeRecord
from auditor.model.reading.observations import Basis, Observation, reserved_field_name
from auditor.model.reports import EvidenceRow, Report, SecondVisitMissing, SeenByTwo
from auditor.reporting import sort_order
from auditor.reporting.claims import claim_to_dict
from auditor.reporting.compared.record_json import comparison_to_dict
from auditor.reporting.exporters.json_writer import Json, json_bytes, moment_member, money_member
from auditor.reporting.summary import Summary, summarise
from auditor.wording import english, note_text

FORMAT = "auditor.report/1"


def as_json(report: Report) -> bytes:
    """The report as UTF-8 JSON with sorted keys and sorted rows: the same report gives the same bytes."""
    return json_bytes(
        {
            "format": FORMAT,
            "as_of": timestamp(report.as_of),
            "software": report.software,
            "notice": report.notice,
            "summary": _summary(summarise(report)),
            "positions": map(_position, sort_order.positions_by_id(report.positions)),
            "findings": (
                _finding(one, compared=report.since is not None) for one in sort_order.sort_findings(report.findings)
            ),
            "not_observed": map(_unobserved, sort_order.sort_unobserved(report.unobserved)),
            "history": map(_observation, sort_order.sort_observations(report.history)),
            "evidence": map(_evidence, sort_order.sort_evidence(report.evidence)),
            "decisions": map(_decision, sort_order.sort_decisions(report.decisions)),
            "key_dates": map(_key_date, report.key_dates),
            "assumptions": [english(note) for note in report.assumptions],
            "assumption_codes": _codes(report.assumptions),
            "known_on": report.known_on.isoformat() if report.known_on else None,
            "figures": dict(report.figures),
            "since": moment_member(report.since),
            "changes": [
                {
                    "deployment": one.deployment,
                    "contract": one.contract,
                    "metric": one.metric,
                    "code": one.what.code,
                    "what": english(one.what),
                    "what_zh": note_text(one.what, "zh"),
                }
                for one in report.changes
            ],
            "sums": [english(note) for note in report.sums],
            "claims": [claim_to_dict(claim) for claim in report.claims],
            **({"hosting": [_hosting(record) for record in report.hosting]} if report.hosting else {}),
            **({"notices": [_notice(record) for record in report.notices]} if report.notices else {}),
            **({"seen_by_two": [_seen_by_two(one) for one in report.seen_by_two]} if report.seen_by_two else {}),
            **({"second_missing": [_missing(one) for one in report.second_missing]} if report.second_missing else {}),
            **({"comparisons": [comparison_to_dict(one) for one in report.comparisons]} if report.comparisons else {}),
            "names": dict(report.names),
            "addresses": dict(report.addresses),
            "left_out": _left_out(report),
        }
    )


def _missing(one: SecondVisitMissing) -> Json:
    return {
        "deployment": one.deployment,
        "run": one.run,
        "vantage": one.vantage,
        "at": moment_member(one.at),
        "how": one.how,
        "journal_line": one.line,
    }


def _seen_by_two(one: SeenByTwo) -> Json:
    return {
        "deployment": one.deployment,
        "run": one.run,
        "journal_line": one.line,
        "compared": one.compared,
        "differing": list(one.differing),
        "captures": [
            {
                "capture": made.capture,
                "party": made.party or None,
                "key": made.key,
                "manifest_sha256": made.manifest_sha256,
                "captured_at": moment_member(made.captured_at),
                "counted": dict(made.counted),
            }
            for made in one.captures
        ],
    }


def listed_members(report: Report, name: str, late: Collection[str]) -> Iterator[Json]:
    """The positions or findings of a list, in its order, each with whether it is judged again: a position by its
    deployment, a finding by its fingerprint."""
    if name == "positions":
        yield from ({**_position(one), "outstanding": one.deployment in late} for one in report.positions)
    else:
        compared = report.since is not None
        for each in report.findings:
            yield {**_finding(each, compared=compared), "outstanding": each.fingerprint in late}


def evidence_members(report: Report) -> Iterator[Json]:
    """The packages of a report."""
    return map(_evidence, sort_order.sort_evidence(report.evidence))


def _notice(record: NoticeRecord) -> Json:
    """One notice: how far it came, both readings of each law, findings and time limits by code, in English."""
    return {
        "notice": record.notice,
        "deployment": record.deployment,
        "host": record.host,
        "stage": record.stage,
        "received_on": record.received_on.isoformat() if record.received_on else None,
        "deliveries": [
            {"id": one.id, "at": one.at.isoformat(), "outcome": one.outcome, "via": one.via, "says": english(one.says)}
            for one in record.deliveries
        ],
        "replies": [
            {"id": one.id, "arrived_on": one.arrived_on.isoformat(), "kind": one.kind, "confirmed_by": one.by or None}
            for one in record.replies
        ],
        "readings": [
            {
                "law": answer.regime,
                "profile": answer.profile,
                "qualified": answer.qualified,
                "missing": list(answer.missing),
                "source": answer.source.told,
            }
            for check in record.checks
            for answer in check.answers
        ],
        "clocks": [
            {"rule": one.rule, "until": one.until.isoformat() if one.until else None, "says": english(one.says),
             "source": one.source, "not_checked": one.not_checked}
            for one in record.clocks
        ],
        "findings": [
            {"rule": one.rule, "severity": one.severity, "favours": one.favours, "says": english(one.says),
             "cites": list(one.cites)}
            for one in record.findings
        ],
    }  # fmt: skip


def _hosting(record: HostingRecord) -> Json:
    """Where one deployment runs: the eight sentences by code, in English, with what each rests on."""
    return {
        "address": record.address,
        "deployment": record.deployment,
        "lookup": record.lookup or None,
        "ladder": [
            {
                "name": rung.name,
                "status": rung.status,
                "says": english(rung.says),
                "says_code": rung.says.code,
                "cites": list(rung.cites),
                "signed_by": rung.signed_by,
            }
            for rung in record.ladder
        ],
        "intermediary": {
            "answer": record.intermediary.answer,
            "signs": [english(note) for note in record.intermediary.signs],
        },
        "visit": [{"name": one.name, "outcome": one.outcome, "lack": one.lack or None} for one in record.proofs],
    }


def _left_out(report: Report) -> Json:
    """What a long report leaves out, and how to have it."""
    how = "auditor report --all-history" if any(report.left_out.values()) else ""
    return {"history": report.left_out["history"], "evidence": report.left_out["evidence"], "how": how}


def _position(position: Position) -> Json:
    return (
        {
            "contract": position.contract,
            "deployment": position.deployment,
            "legal_status": position.legal_status,
            "metric": position.metric,
        }
        | _counts(position)
        | _excess(position)
        | _worth(position)
        | _grounds(position)
    )


def _counts(position: Position) -> Json:
    """What was seen and counted, and how it stands to the entitlement."""
    return {
        "displayed": position.displayed,
        "displayed_raw": position.displayed_raw,
        "cap": position.cap,
        "cap_raw": position.cap_raw,
        "displayed_certainty": position.displayed_certainty,
        "cap_certainty": position.cap_certainty,
        "listed": position.listed,
        "listed_complete": position.listed_complete,
        "description_confirmed": position.description_confirmed,
        "confirmed": position.confirmed,
        "entitled": position.entitled,
        "over_by": position.over_by,
        "status": position.status,
        "capture": position.capture or None,
        "captured_at": moment_member(position.captured_at),
        "sealed": position.sealed,
        "rule": english(position.rule),
        "rule_code": position.rule.code,
    }


def _excess(position: Position) -> Json:
    """How far and how long it was over."""
    return {
        "excess_over_cap": position.excess_over_cap,
        "all_units": position.all_units,
        "high_water": {
            "units": position.hwm,
            "at": moment_member(position.hwm_at),
            "capture": position.hwm_capture or None,
            "captures": position.captures,
        },
        "over_days": position.over_days,
        "over_days_rule": english(position.over_days_rule),
        "over_instants": position.over_instants,
        "over_since": moment_member(position.over_since),
    }


def _worth(position: Position) -> Json:
    """What is owed, and what the excess is worth at recorded prices."""
    return {
        "true_up": [
            {
                "year_from": one.year_from.isoformat(),
                "measure": one.measure,
                "units": f"{one.units:f}",
                "day": one.day.isoformat(),
                "amount": money_member(one.amount),
            }
            for one in position.true_up
        ],
        "age_days": position.age_days,
        "list_value": money_member(position.list_value),
        "net_value": money_member(position.net_value),
        "priced_at": english(position.priced_at),
    }


def _grounds(position: Position) -> Json:
    """What the number rests on: rows left out, confirmations, steps, doubts, evidence."""
    return {
        "excluded": [
            {"code": row.code, "name": row.name, "reason": english(row.why), "reason_code": row.why.code}
            for row in position.excluded
        ],
        "confirmed_by": position.confirmed_by,
        "confirmed_why": position.confirmed_why,
        "confirmation_stopped": _stopped(position.confirmation_stopped),
        "timeline": [_step(step) for step in position.timeline],
        "variants": dict(position.variants),
        "doubts": {name: english(why) for name, why in position.doubts.items()},
        "doubt_codes": {name: why.code for name, why in position.doubts.items()},
        "notes": [english(note) for note in position.notes],
        "note_codes": _codes(position.notes),
        "basis": [_basis(basis) for basis in position.basis],
    }


def _stopped(stopped: StoppedConfirmation | None) -> Json | None:
    if stopped is None:
        return None
    return {
        "decision": stopped.decision,
        "confirmed": stopped.value,
        "by": stopped.by,
        "held_until": stopped.held_until.isoformat(),
        "stopped_on": stopped.stopped_on.isoformat(),
        "stopped_at": moment_member(stopped.stopped_at),
        "capture": stopped.capture,
        "why": english(stopped.why),
        "why_code": stopped.why.code,
    }


def _finding(finding: Finding, *, compared: bool) -> Json:
    """`compared`: whether there is an earlier moment that it was held against."""
    return {
        "rule": finding.rule,
        "deployment": finding.deployment,
        "severity": finding.severity,
        "certainty": finding.certainty,
        "statement": finding.statement,
        "basis": [_basis(basis) for basis in finding.basis],
        "name": finding.name,
        "statement_zh": finding.statement_zh,
        "contract": finding.contract,
        "metric": finding.metric,
        "kind": finding.kind,
        "favours": finding.favours,
        "units": finding.units,
        "list_value": money_member(finding.list_value),
        "net_value": money_member(finding.net_value),
        "false_positive_risks": list(finding.false_positive_risks),
        "assumptions": [english(note) for note in finding.assumptions],
        "assumption_codes": _codes(finding.assumptions),
        "disproved_by": finding.disproved_by,
        "disproved_by_zh": finding.disproved_by_zh,
        "since": moment_member(finding.since),
        "baseline": finding.baseline if compared else None,
        "review_why": english(finding.review_why) or None,
        "review_why_zh": note_text(finding.review_why, "zh") if finding.review_why else None,
        "life": finding.life,
        "life_why": english(finding.life_why),
        "others": list(finding.others),
        "fingerprint": finding.fingerprint,
    }


def _basis(basis: Basis) -> Json:
    return {
        "capture": basis.capture,
        "artefact": basis.artefact,
        "sha256": basis.sha256,
        "locator": basis.locator,
        "raw_text": basis.raw_text,
        "box": [basis.box.x, basis.box.y, basis.box.w, basis.box.h] if basis.box else None,
        "view": basis.view,
        "captured_at": moment_member(basis.captured_at),
    }


def _unobserved(item: Unobserved) -> Json:
    return {
        "deployment": item.deployment,
        "page": item.page,
        "outcome": item.outcome,
        "why": english(item.why),
        "why_code": item.why.code,
        "at": timestamp(item.at),
        "capture": item.capture or None,
    }


def _observation(seen: Observation) -> Json:
    return {
        "deployment": seen.deployment,
        "metric": seen.metric,
        "displayed": seen.displayed,
        "cap": seen.cap,
        "captured_at": timestamp(seen.captured_at),
        "capture": seen.capture,
        "sealed": seen.sealed,
        "displayed_raw": seen.displayed_raw,
        "cap_raw": seen.cap_raw,
        "listed": seen.listed,
        "listed_complete": seen.listed_complete,
        "certain": seen.certain,
        "state": seen.state,
        "identity": _identity(seen),
        "unreadable": {field: english(why) for field, why in seen.unreadable.items()},
        "unreadable_codes": {field: why.code for field, why in seen.unreadable.items()},
    }


def _identity(seen: Observation) -> dict[str, str]:
    """Who this deployment is, in one map for those who read it so. No field of a page has the name of what the auditor
    saw itself (`check` refuses it); where one had, what the auditor saw stands."""
    sealed = {} if seen.sealed_at is None else {"sealed_at": seen.sealed_at.isoformat()}
    spoken = {name: text for name, text in seen.fields.items() if not reserved_field_name(name, "text")}
    return {**spoken, **seen.derived, **seen.connection, **sealed}


def _evidence(row: EvidenceRow) -> Json:
    return {
        "capture": row.capture,
        "deployment": row.deployment,
        "path": row.path,
        "state": row.state,
        "captured_at": timestamp(row.captured_at),
        "manifest_sha256": row.manifest_sha256,
        "sealed": row.seal.sealed,
        "sealed_at": moment_member(row.seal.sealed_at),
        "quorum": row.seal.quorum,
        "authorities": [_verdict(verdict) for verdict in row.seal.verdicts],
        "warnings": [english(note) for note in row.warnings],
        "warning_codes": _codes(row.warnings),
    }


def _verdict(verdict: TokenVerdict) -> Json:
    return {
        "authority": verdict.authority,
        "owner": verdict.owner,
        "status": verdict.status,
        "at": moment_member(verdict.gen_time),
        "verified_by": verdict.verified_by,
        "why": verdict.why,
        "practice": verdict.practice,
    }


def _decision(decision: Decision) -> Json:
    return {
        "id": decision.id,
        "kind": decision.kind,
        "at": timestamp(decision.at),
        "by": decision.by,
        "reason": decision.reason,
        "subject": decision.subject,
        "evidence": list(decision.evidence),
        "metric": decision.metric,
        "value": decision.value,
        "text": decision.text,
        "excluded": [_excluded(row) for row in decision.excluded],
        "expires_on": decision.expires_on.isoformat() if decision.expires_on else None,
        "supersedes": decision.supersedes or None,
    }


def _key_date(key_date: KeyDate) -> Json:
    return {
        "id": key_date.id,
        "kind": key_date.kind,
        "on": key_date.on.isoformat() if key_date.on else None,
        "candidates": [candidate.isoformat() for candidate in key_date.candidates],
        "raw": key_date.raw,
        "what": key_date.what,
        "contract": key_date.contract or None,
        **({"deployment": key_date.deployment} if key_date.deployment else {}),
    }


def _summary(summary: Summary) -> Json:
    return {
        "statuses": dict(summary.statuses),
        "units_over": dict(summary.units),
        "list_value": [money_member(value) for value in summary.list_value],
        "net_value": [money_member(value) for value in summary.net_value],
        "review_only": summary.review_only,
        "owed_true_up": [
            {
                "customer": one.customer,
                "units": {metric: f"{n:f}" for metric, n in one.units.items()},
                "amount": money_member(one.amount),
                "unvalued": one.unvalued,
                "deployments": list(one.deployments),
            }
            for one in summary.owed
        ],
        "rule": "each unit of a deployment once; findings that need review are in no sum",
    }


def _step(step: EntitlementStep) -> Json:
    return {
        "from": step.from_.isoformat(),
        "units": step.units,
        "total": step.total,
        "why": english(step.why),
        "why_code": step.why.code,
        "source": english(step.source),
        "by_rule": step.by_rule,
    }


def _codes(notes: Iterable[Note]) -> list[str]:
    """The codes of notes, in the order of their sentences, for whoever filters by reason."""
    return [note.code for note in notes]


def _excluded(row: ExcludedRow) -> Json:
    return {"code": row.code, "name": row.name, "reason": row.reason}
