"""Rules about evidence: what was not observed, not readable, too old, altered or out of time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from auditor.model.findings import Finding, Unobserved
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.observations import Count
from auditor.reconciliation.observations.reasons import detail_of, is_missing
from auditor.reconciliation.position.counted_series import gaps
from auditor.reconciliation.rules.context import RuleContext
from auditor.reconciliation.rules.finding import make_finding, position_finding, reading_doubts
from auditor.reconciliation.rules.texts.position_words import (
    both_languages,
    list_text,
    listed_in_both,
    words_for_observation,
    words_for_position,
)
from auditor.wording import LANGS, count_doubts, note_text, outcome_note

STALE_WORDS = re.compile(r"截至|截止|更新于|最后同步|缓存|as of|last sync|last updated|cached|stand vom", re.IGNORECASE)
STALE_FIELDS = ("as_of", "last_sync", "updated_on", "stale")
MAX_CLOCK_SKEW = timedelta(minutes=5)
MAX_SEALING_DELAY = timedelta(days=1)


def _current(facts: RuleContext) -> dict[str, list[Unobserved]]:
    """The attempts without a number that no later observation of the same deployment followed."""
    found: dict[str, list[Unobserved]] = {}
    for missed in facts.unobserved:
        seen = facts.by_deployment.get(missed.deployment, ())
        later = any(one.captured_at > missed.at and one.capture != missed.capture for one in seen)
        if not later and missed.deployment in facts.estate.deployments:
            found.setdefault(missed.deployment, []).append(missed)
    return found


def not_observed(facts: RuleContext) -> Iterator[Finding]:
    """V801: a visit or a page of it gave no number: error, block, login, time-out. Never a zero."""
    for deployment, attempts in _current(facts).items():
        missed = [one for one in attempts if one.outcome not in ("label_missing", "no_number")]
        if not missed:
            continue
        last = max(missed, key=lambda one: one.at)
        pages = dict.fromkeys(
            make_note("observation.page_ended", page=one.page or "–", outcome=outcome_note(one.outcome))
            for one in missed
        )
        words = (
            {
                "name": facts.name(deployment),
                "day": facts.day(last.at, facts.compared_with(deployment)),
                "capture": last.capture or "–",
            }
            | both_languages("why", last.why)
            | listed_in_both("pages", pages, ", ")
        )
        yield make_finding(
            "V801", deployment=deployment, words=words, certainty="certain", favours="neither", since=last.at
        )


def field_missing(facts: RuleContext) -> Iterator[Finding]:
    """V802: a label or selector that the page specification names was not found."""
    attempts = _current(facts)
    for name in facts.names:
        latest = facts.latest(name)
        reasons = [] if latest is None else _reasons(latest, missing=True)
        reasons += [one.why for one in attempts.get(name, []) if one.outcome == "label_missing"]
        if reasons:
            words = {"name": facts.name(name)} | _listed(dict.fromkeys(reasons))
            yield make_finding("V802", deployment=name, words=words, certainty="certain", favours="neither")


def _reasons(one: Count, *, missing: bool) -> list[Note]:
    return [
        make_note("observation.field", field=field, why=detail_of(why))
        for field, why in one.unreadable.items()
        if is_missing(why) is missing and (missing or field != "cap")
    ]


def _listed(reasons: Iterable[Note]) -> dict[str, str]:
    """Fields with their reasons, for a sentence of each language."""
    found = list(reasons)
    english, chinese = ([note_text(reason, lang) for reason in found] for lang in LANGS)
    return {"fields": list_text(english), "fields_zh": list_text(chinese)}


def reading_ambiguous(facts: RuleContext) -> Iterator[Finding]:
    """V803: a text was found and does not give one certain value."""
    for deployment, latest in facts.observed():
        reasons = _reasons(latest, missing=False)
        if not latest.certain:
            reasons.append(quote_text(f"{latest.displayed_raw or latest.cap_raw!r}"))
        if reasons:
            yield make_finding(
                "V803",
                deployment=deployment.id,
                metric=latest.metric,
                words=words_for_observation(facts, latest) | _listed(reasons),
                certainty="needs_review",
                review_why=reading_doubts(count_doubts(latest)),
                basis=facts.bases(latest, "displayed", "cap"),
                favours="neither",
            )


def single_observation(facts: RuleContext) -> Iterator[Finding]:
    """V804: one capture and no complete list: certainty is `likely` at best."""
    for position in facts.positions:
        if position.captures == 1 and position.counted is not None and position.listed is None:
            yield position_finding(
                "V804", position, words_for_position(facts, position), certainty="certain", favours="neither"
            )


def gap_in_series(facts: RuleContext) -> Iterator[Finding]:
    """V805: no capture for more than two intervals, between captures or since the last one."""
    for position in facts.positions:
        contract = facts.contract(position)
        interval = 31 if contract is None else contract.audit_interval_days
        points = facts.points(position)
        found = [f"{one.day} – {two.day} ({(two.day - one.day).days})" for one, two in gaps(points, interval)]
        if points and (facts.day(facts.as_of, contract) - points[-1].day).days > 2 * interval:
            found.append(f"{points[-1].day} – ({(facts.day(facts.as_of, contract) - points[-1].day).days})")
        if found:
            words = words_for_position(facts, position) | {"gaps": list_text(found), "interval": interval}
            yield position_finding(
                "V805",
                position,
                words,
                certainty="certain",
                favours="neither",
                basis=facts.all_bases([point.count for point in points[-2:]], "displayed"),
            )


def clock_doubtful(facts: RuleContext) -> Iterator[Finding]:
    """V806: the server's time, the capture's and the timestamp's do not fit together."""
    for deployment, latest in facts.observed():
        doubts = []
        server = parse_page_time(latest.connection.get("server_date", ""))
        if server is not None and abs(server - latest.captured_at) > MAX_CLOCK_SKEW:
            doubts.append(make_note("clock.server", at=server.isoformat()))
        sealed = latest.sealed_at
        if sealed is not None and not -MAX_CLOCK_SKEW <= sealed - latest.captured_at <= MAX_SEALING_DELAY:
            doubts.append(make_note("clock.timestamp", at=sealed.isoformat()))
        if doubts:
            yield make_finding(
                "V806",
                deployment=deployment.id,
                words=words_for_observation(facts, latest)
                | {"captured": latest.captured_at.isoformat()}
                | listed_in_both("doubts", doubts),
                basis=facts.bases(latest, "displayed"),
                favours="neither",
            )


def parse_page_time(text: str) -> datetime | None:
    """An ISO 8601 or RFC 9110 date as a moment in UTC; None for any other text and for one without a zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
    return None if found.tzinfo is None else found.astimezone(UTC)


def record_altered(facts: RuleContext) -> Iterator[Finding]:
    """V807: a digest or the chain of the journal fails its check."""
    failed: dict[str, list[str]] = {}
    for check in facts.checks:
        if check.verdict == "failed":
            parts = check.subject.split("/")
            inside = len(parts) > 1 and parts[0] == "evidence" and parts[1] in facts.estate.deployments
            failed.setdefault(parts[1] if inside else "", []).append(f"{check.subject} ({check.name})")
    for deployment, subjects in failed.items():
        words = {"subjects": list_text(subjects), "count": len(subjects)}
        yield make_finding("V807", deployment=deployment, words=words, certainty="certain", favours="neither")


def page_stale(facts: RuleContext) -> Iterator[Finding]:
    """V808: the page says that its number is of an earlier time."""
    for deployment, latest in facts.observed():
        (whole,) = facts.texts.whole((latest,))
        texts = [(key, latest.fields[key]) for key in STALE_FIELDS if latest.fields.get(key)]
        texts += [(key, one.raw_text) for key, one in whole.basis.items() if STALE_WORDS.search(one.raw_text)]
        if texts:
            key, text = texts[0]
            yield make_finding(
                "V808",
                deployment=deployment.id,
                metric=latest.metric,
                words=words_for_observation(facts, latest) | {"text": text},
                basis=facts.bases(latest, key, "displayed"),
                favours="neither",
            )
