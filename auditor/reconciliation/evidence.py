"""Rules about evidence: what was not observed, not readable, too old, altered or out of time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from auditor.model.findings import Finding, Observation, Unobserved
from auditor.reconciliation.facts import Facts, all_bases, bases
from auditor.reconciliation.making import about, make
from auditor.reconciliation.series import gaps
from auditor.reconciliation.words import listing, observation_words, position_words

STALE = re.compile(r"截至|截止|更新于|最后同步|缓存|as of|last sync|last updated|cached|stand vom", re.IGNORECASE)
STALE_FIELDS = ("as_of", "last_sync", "updated_on", "stale")
MOST_SKEW = timedelta(minutes=5)
MOST_SEALING = timedelta(days=1)


def _current(facts: Facts) -> dict[str, list[Unobserved]]:
    """The attempts without a number that no later observation of the same deployment followed."""
    found: dict[str, list[Unobserved]] = {}
    for missed in facts.unobserved:
        seen = facts.by_deployment.get(missed.deployment, ())
        later = any(one.captured_at > missed.at and one.capture != missed.capture for one in seen)
        if not later and missed.deployment in facts.estate.deployments:
            found.setdefault(missed.deployment, []).append(missed)
    return found


def not_observed(facts: Facts) -> Iterator[Finding]:
    """V801: a visit or a page of it gave no number: error, block, login, time-out. Never a zero."""
    for deployment, attempts in _current(facts).items():
        missed = [one for one in attempts if one.outcome not in ("label_missing", "no_number")]
        if not missed:
            continue
        last = max(missed, key=lambda one: one.at)
        pages = list(dict.fromkeys(f"{one.page or '–'}: {one.outcome}" for one in missed))
        words = {
            "name": facts.name(deployment),
            "day": facts.day(last.at, facts.compared_with(deployment)),
            "pages": listing(pages),
            "why": last.why,
            "capture": last.capture or "–",
        }
        yield make("V801", deployment=deployment, words=words, certainty="certain", favours="neither", since=last.at)


def field_missing(facts: Facts) -> Iterator[Finding]:
    """V802: a label or selector that the page specification names was not found."""
    attempts = _current(facts)
    for name in facts.names:
        latest = facts.latest(name)
        reasons = [] if latest is None else _reasons(latest, missing=True)
        reasons += [one.why for one in attempts.get(name, []) if one.outcome == "label_missing"]
        if reasons:
            words = {"name": facts.name(name), "fields": listing(list(dict.fromkeys(reasons)))}
            yield make("V802", deployment=name, words=words, certainty="certain", favours="neither")


def _reasons(one: Observation, *, missing: bool) -> list[str]:
    return [
        f"{field} ({why.partition(': ')[2] or why})"
        for field, why in one.unreadable.items()
        if why.startswith("missing") is missing and (missing or field != "cap")
    ]


def reading_ambiguous(facts: Facts) -> Iterator[Finding]:
    """V803: a text was found and does not give one certain value."""
    for deployment, latest in facts.observed():
        reasons = _reasons(latest, missing=False)
        if not latest.certain:
            reasons.append(f"{latest.displayed_raw or latest.cap_raw!r}")
        if reasons:
            yield make(
                "V803",
                deployment=deployment.id,
                metric=latest.metric,
                words=observation_words(facts, latest) | {"fields": listing(reasons)},
                certainty="needs_review",
                basis=bases(latest, "displayed", "cap"),
                favours="neither",
            )


def single_observation(facts: Facts) -> Iterator[Finding]:
    """V804: one capture and no complete list: certainty is `likely` at best."""
    for position in facts.positions:
        if position.captures == 1 and position.counted is not None and position.listed is None:
            yield about("V804", position, position_words(facts, position), certainty="certain", favours="neither")


def gap_in_series(facts: Facts) -> Iterator[Finding]:
    """V805: no capture for more than two intervals, between captures or since the last one."""
    for position in facts.positions:
        contract = facts.contract(position)
        interval = 31 if contract is None else contract.audit_interval_days
        points = facts.points(position)
        found = [f"{one.day} – {two.day} ({(two.day - one.day).days})" for one, two in gaps(points, interval)]
        if points and (facts.day(facts.as_of, contract) - points[-1].day).days > 2 * interval:
            found.append(f"{points[-1].day} – ({(facts.day(facts.as_of, contract) - points[-1].day).days})")
        if found:
            words = position_words(facts, position) | {"gaps": listing(found), "interval": interval}
            yield about(
                "V805",
                position,
                words,
                certainty="certain",
                favours="neither",
                basis=all_bases([point.observation for point in points[-2:]], "displayed"),
            )


def clock_doubtful(facts: Facts) -> Iterator[Finding]:
    """V806: the server's time, the capture's and the timestamp's do not fit together."""
    for deployment, latest in facts.observed():
        doubts = []
        server = moment(latest.identity.get("server_date", ""))
        if server is not None and abs(server - latest.captured_at) > MOST_SKEW:
            doubts.append(f"server {server.isoformat()}")
        sealed = moment(latest.identity.get("sealed_at", ""))
        if sealed is not None and not -MOST_SKEW <= sealed - latest.captured_at <= MOST_SEALING:
            doubts.append(f"timestamp {sealed.isoformat()}")
        if doubts:
            yield make(
                "V806",
                deployment=deployment.id,
                words=observation_words(facts, latest)
                | {"captured": latest.captured_at.isoformat(), "doubts": "; ".join(doubts)},
                basis=bases(latest, "displayed"),
                favours="neither",
            )


def moment(text: str) -> datetime | None:
    """An ISO 8601 or RFC 9110 date as a moment in UTC; None for any other text and for one without a zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        try:
            found = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
    return None if found.tzinfo is None else found.astimezone(UTC)


def record_altered(facts: Facts) -> Iterator[Finding]:
    """V807: a digest or the chain of the journal fails its check."""
    failed: dict[str, list[str]] = {}
    for check in facts.checks:
        if check.verdict == "failed":
            parts = check.subject.split("/")
            inside = len(parts) > 1 and parts[0] == "evidence" and parts[1] in facts.estate.deployments
            failed.setdefault(parts[1] if inside else "", []).append(f"{check.subject} ({check.name})")
    for deployment, subjects in failed.items():
        words = {"subjects": listing(subjects), "count": len(subjects)}
        yield make("V807", deployment=deployment, words=words, certainty="certain", favours="neither")


def page_stale(facts: Facts) -> Iterator[Finding]:
    """V808: the page says that its number is of an earlier time."""
    for deployment, latest in facts.observed():
        texts = [(key, latest.identity[key]) for key in STALE_FIELDS if latest.identity.get(key)]
        texts += [(key, one.raw_text) for key, one in latest.basis.items() if STALE.search(one.raw_text)]
        if texts:
            key, text = texts[0]
            yield make(
                "V808",
                deployment=deployment.id,
                metric=latest.metric,
                words=observation_words(facts, latest) | {"text": text},
                basis=bases(latest, key, "displayed"),
                favours="neither",
            )
