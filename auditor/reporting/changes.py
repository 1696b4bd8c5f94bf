"""What changed since an earlier moment, in words: positions first, then findings that are new or gone. Pure."""

from __future__ import annotations

from auditor.formats.foreign_text import visible_text
from auditor.model.reports import Report
from auditor.reporting import formats, sort_order
from auditor.reporting.headline import unit_name
from auditor.reporting.translations import Translations

MAX_LINES = 500
"""Lines of a letter; the rest is counted."""


def changes_told(report: Report, say: Translations) -> list[tuple[str, str]]:
    """Each change as its subject and a sentence; empty where nothing changed, or nothing is compared with."""
    if report.since is None:
        return []
    named = ChangeSubjects(report, say)
    told = [(named(one.deployment, one.metric), say.note(one.what)) for one in report.changes]
    for finding in sort_order.sort_findings(report.findings):
        if finding.baseline in ("new", "absent") and finding.life != "suppressed":
            name = say.rule(finding.rule, (say.lang == "zh" and finding.name_zh) or finding.name)
            key = "changes.finding_new" if finding.baseline == "new" else "changes.finding_gone"
            subject = finding.deployment or finding.contract or ""
            told.append((named(subject), say(key, rule=finding.rule, name=name)))
    return told


def changes_letter(report: Report, say: Translations) -> str:
    """The changes as plain text, for mail."""
    told = changes_told(report, say)
    since, until = formats.time_text(report.since), formats.time_text(report.as_of)
    lines = [say("changes.letter", since=since, until=until, workspace=visible_text(report.workspace, 120)), ""]
    lines += [
        f"- {visible_text(subject, 160)}{say('word.colon')}{visible_text(what, 600)}"
        for subject, what in told[:MAX_LINES]
    ] or [say("changes.none", since=since)]
    if len(told) > MAX_LINES:
        lines.append(say("word.and_more", n=f"{len(told) - MAX_LINES:,}"))
    return "\n".join(lines) + "\n"


class ChangeSubjects:
    """Whom a change is about: the deployment by its id and name, and the metric where the report has several."""

    def __init__(self, report: Report, say: Translations) -> None:
        self._report, self._say = report, say
        self._several = len({one.metric for one in report.positions}) > 1

    def __call__(self, deployment: str, metric: str = "") -> str:
        name = self._report.names.get(deployment, deployment)
        shown = deployment if name == deployment else f"{deployment} ({name})"
        return f"{shown}, {unit_name(self._report, self._say, metric)}" if metric and self._several else shown
