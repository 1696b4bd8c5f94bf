"""A check and a record for a person and for a machine: codes first, sentences beside them. It asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.model.notices import NoticeRecord, RegimeCheck
from auditor.notices import notice_regimes
from auditor.wording import (
    ELEMENT_MARKS,
    ELEMENT_STATES,
    ELEMENT_TITLES,
    OUTCOME_TITLES,
    PROFILE_TITLES,
    REPLY_SIGNATURES,
    REPLY_TITLES,
    SOURCE_READINGS,
    STAGE_TITLES,
    Lang,
    note_text,
)
from auditor.workflow.notices.checking import NoticeCheckup

QUALIFIED = {
    True: {"en": "qualified", "zh": "合格"},
    False: {"en": "not qualified", "zh": "不合格"},
}
LACKS = {"en": "lacks", "zh": "缺"}
VERDICTS = {
    "passed": {"en": "passed", "zh": "通过"},
    "failed": {"en": "failed", "zh": "未通过"},
    "not_checked": {"en": "not checked", "zh": "未核查"},
}


def regime_lines(checks: Iterable[RegimeCheck], lang: Lang) -> Iterator[str]:
    """Every law: each element, then both readings with their source and what became of it."""
    for check in checks:
        regime = notice_regimes()[check.regime]
        yield f"{check.regime} · {regime.title[lang]} · {regime.source.told}"
        for row in check.rows:
            if row.mark == "not_asked":
                continue
            article = f" ({row.article})" if row.article else ""
            mark, state = note_text(ELEMENT_MARKS[row.mark], lang), note_text(ELEMENT_STATES[row.state], lang)
            yield f"  [{state}] {note_text(ELEMENT_TITLES[row.element], lang)}: {mark}{article}"
        for answer in check.answers:
            missing = ", ".join(note_text(ELEMENT_TITLES[one], lang) for one in answer.missing)
            lacks = f"; {LACKS[lang]}: {missing}" if missing else ""
            told = f"{note_text(PROFILE_TITLES[answer.profile], lang)}: {QUALIFIED[answer.qualified][lang]}{lacks}"
            read = note_text(SOURCE_READINGS[answer.source.read], lang)
            yield f"  {told}; {answer.source.told} ({read})"


def checkup_lines(found: NoticeCheckup, lang: Lang) -> Iterator[str]:
    """A check as lines of a terminal."""
    yield f"{found.draft.contents.notice} · {found.draft.id} · sha256 {found.draft.sha256}"
    yield from regime_lines(found.regimes, lang)
    for point in found.points:
        yield f"  [{VERDICTS[point.verdict][lang]}] {note_text(point.says, lang)}"


def regimes_json(checks: Iterable[RegimeCheck]) -> list[dict[str, object]]:
    """The laws for machines."""
    return [
        {
            "law": check.regime,
            "elements": {row.element: {"mark": row.mark, "state": row.state} for row in check.rows},
            "profiles": [
                {
                    "profile": one.profile, "qualified": one.qualified, "missing": list(one.missing),
                    "source": one.source.told, "source_status": one.source.status, "source_read": one.source.read,
                }
                for one in check.answers
            ],
        }
        for check in checks
    ]  # fmt: skip


def checkup_json(found: NoticeCheckup, lang: Lang) -> dict[str, object]:
    """A check for machines."""
    return {
        "notice": found.draft.contents.notice, "draft": found.draft.id, "sha256": found.draft.sha256,
        "qualified": found.qualified, "laws": regimes_json(found.regimes),
        "points": [
            {"name": one.name, "verdict": one.verdict, "code": one.says.code, "sentence": note_text(one.says, lang)}
            for one in found.points
        ],
    }  # fmt: skip


def record_lines(record: NoticeRecord, lang: Lang) -> Iterator[str]:
    """A record as lines of a terminal."""
    yield f"{record.notice} · {record.deployment} → {record.host}: {note_text(STAGE_TITLES[record.stage], lang)}"
    for draft in record.drafts:
        yield f"  {draft.at:%Y-%m-%d %H:%M}Z {draft.path} sha256 {draft.sha256}"
        for approval in record.approvals_of(draft.sha256):
            yield f"  {approval.at:%Y-%m-%d %H:%M}Z {approval.by}: {approval.why}"
    for sent in record.deliveries:
        title = note_text(OUTCOME_TITLES[sent.outcome], lang)
        yield f"  {sent.at:%Y-%m-%d %H:%M}Z [{title}] {note_text(sent.says, lang)} {sent.answer}".rstrip()
    for reply in record.replies:
        by = f" ({reply.by})" if reply.by else ""
        kind = note_text(REPLY_TITLES[reply.kind], lang)
        yield f"  {reply.arrived_on} {reply.id} [{kind}]{by} {reply.subject}".rstrip()
        if reply.dkim:
            yield f"    {note_text(REPLY_SIGNATURES[reply.dkim], lang)}"
    if record.received_on is not None:
        yield f"  {record.received_on} {note_text(record.received_by, lang)}"
    for clock in record.clocks:
        yield f"  · {note_text(clock.says, lang)} · {clock.source} ({note_text(SOURCE_READINGS[clock.read], lang)})"
    for finding in record.findings:
        yield f"  - {note_text(finding.says, lang)}"


def record_json(record: NoticeRecord, lang: Lang) -> dict[str, object]:
    """A record for machines."""
    draft = record.drafts[-1]
    return {
        "notice": record.notice, "deployment": record.deployment, "host": record.host, "stage": record.stage,
        "as_of": record.as_of.isoformat(), "draft": draft.id, "sha256": draft.sha256,
        "approvals": [
            {"by": one.by, "at": one.at.isoformat(), "why": one.why} for one in record.approvals_of(draft.sha256)
        ],
        "drafts": [
            {
                "draft": one.id, "sha256": one.sha256, "at": one.at.isoformat(),
                "approved_by": [each.by for each in record.approvals_of(one.sha256)],
            }
            for one in record.drafts
        ],
        "deliveries": [
            {
                "id": one.id, "at": one.at.isoformat(), "outcome": one.outcome, "via": one.via, "server": one.server,
                "answer": one.answer, "code": one.says.code, "sentence": note_text(one.says, lang),
            }
            for one in record.deliveries
        ],
        "replies": [
            {
                "id": one.id, "arrived_on": one.arrived_on.isoformat(), "recognised": one.recognised,
                "confirmed": one.confirmed, "by": one.by, "file": one.file,
                "dkim": one.dkim or None, "dkim_sentence": note_text(REPLY_SIGNATURES[one.dkim], lang),
            }
            for one in record.replies
        ],
        "received_on": record.received_on.isoformat() if record.received_on else None,
        "received_by": record.received_by.code if record.received_by else None,
        "laws": regimes_json(record.checks),
        "clocks": [
            {
                "rule": one.rule, "from": one.starts_on.isoformat(),
                "until": one.until.isoformat() if one.until else None,
                "not_checked": one.not_checked, "source": one.source, "sentence": note_text(one.says, lang),
            }
            for one in record.clocks
        ],
        "findings": [
            {
                "rule": one.rule, "severity": one.severity, "favours": one.favours, "code": one.says.code,
                "sentence": note_text(one.says, lang), "cites": list(one.cites),
            }
            for one in record.findings
        ],
        "withdrawn": record.withdrawn or None,
    }  # fmt: skip
