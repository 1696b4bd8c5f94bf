"""Rules about which deployment this is: authorised, copied, renamed, or of an owner nobody proved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from auditor.model.findings import Certainty, Finding, Position
from auditor.model.notes import Note, make_note, quote_text
from auditor.model.reading.observations import Count
from auditor.model.targets.deployments import Deployment
from auditor.reconciliation.entitlement.prices import normalise_name
from auditor.reconciliation.position.position import EVERY_UNIT
from auditor.reconciliation.rules.context import RuleContext
from auditor.reconciliation.rules.finding import make_finding, position_finding
from auditor.reconciliation.rules.texts.position_words import (
    both_languages,
    enumeration,
    list_text,
    listed_in_both,
    words_for_observation,
    words_for_position,
)
from auditor.reconciliation.texts import with_rows

SERIALS = ("serial", "licence_key")
"""Fields that name one licence."""
PAGE_CONTENT = make_note("proof.page_content")
PROOFS = (
    (make_note("proof.serial"), "fields", ("serial", "licence_key", "license_key")),
    (make_note("proof.licensee"), "fields", ("licensee",)),
    (make_note("proof.instance"), "fields", ("instance_id", "server_id")),
    (make_note("proof.certificate"), "connection", ("tls_organisation", "domain_owner")),
    (PAGE_CONTENT, "fields", ("version", "registered_on")),
)
"""Kinds of proof of identity, strongest first, with who must say it: the page's fields or the connection. An IP address
is none of them; a page that names the owner of a certificate proves nothing about the certificate."""
IDENTITY = (
    ("host", "connection"), ("licensee", "fields"), ("serial", "fields"), ("licence_key", "fields"),
    ("instance_id", "fields"), ("tls_subject", "connection"),
)  # fmt: skip
"""What says which deployment it is, each by the one who may say it: no page speaks for the connection."""
IDENTITY_WORDS = {
    "host": make_note("identity.host"),
    "licensee": make_note("identity.licensee"),
    "serial": make_note("identity.serial"),
    "licence_key": make_note("identity.licence_key"),
    "instance_id": make_note("identity.instance"),
    "tls_subject": make_note("identity.tls_subject"),
}
ENVIRONMENT_WORDS = {
    "production": make_note("environment.production"),
    "test": make_note("environment.test"),
    "demo": make_note("environment.demo"),
}
TEST_WORDS = ("测试", "演示", "staging", "test", "demo")
LIVE_UNITS = 10
SAME_ROWS = 3
COMMON_ROW_LIMIT = 50
MOST_CITED, MOST_OTHERS = 5, 100


def not_authorised(facts: RuleContext) -> Iterator[Finding]:
    """D301: in use and on no contract's list. Without two independent kinds of proof it asks for review."""
    for position in facts.positions:
        if position.status != "unlicensed" or position.rule.code != EVERY_UNIT.code:
            continue
        kinds = proofs(facts, position.deployment)
        certainty = _identified(facts, position, kinds)
        yield position_finding(
            "D301",
            position,
            words_for_position(facts, position)
            | {
                "count": len(kinds),
            }
            | both_languages("kinds", enumeration(kinds) if kinds else make_note("proof.none")),
            certainty=certainty,
            review_why=None if position.doubts else make_note("review.identity"),
            kind="review" if certainty == "needs_review" else "fail",
            basis=(*position.basis, *facts.bases(facts.current(position), "licensee", "version", "registered_on")),
            units=position.over_by,
            list_value=position.list_value,
            net_value=position.net_value,
            assumptions=(
                make_note("assumption.every_unit"),
                make_note("assumption.no_base_price"),
            ),
        )


def _identified(facts: RuleContext, position: Position, kinds: tuple[Note, ...]) -> Certainty:
    current = facts.current(position)
    if current is None or not current.certain:
        return "needs_review"
    if facts.decision("identity", position.deployment) is not None:
        return "certain"
    return "likely" if len(kinds) >= 2 else "needs_review"


def proofs(facts: RuleContext, deployment: str) -> tuple[Note, ...]:
    """The independent kinds of proof that the latest captures give of whose deployment it is, strongest first."""
    latest = facts.latest(deployment)
    if latest is None:
        return ()
    said: Mapping[str, Mapping[str, str]] = {"fields": latest.fields, "connection": latest.connection}
    found = [kind for kind, speaker, keys in PROOFS if any(said[speaker].get(key) for key in keys)]
    if latest.listed and PAGE_CONTENT not in found:
        found.append(PAGE_CONTENT)
    if facts.decision("identity", deployment) is not None:
        found.insert(0, make_note("proof.decision"))
    return tuple(found)


def authorised_not_found(facts: RuleContext) -> Iterator[Finding]:
    """D302: on a contract's list, and never visited, or visited and without a number so far."""
    attempts = Counter(one.deployment for one in facts.unobserved)
    for contract in facts.estate.contracts.values():
        names = dict.fromkeys(entry.deployment for entry in contract.authorised if entry.from_ <= facts.today)
        for name in names:
            if name not in facts.by_deployment:
                words = {"name": facts.name(name), "contract": contract.id, "attempts": attempts[name]}
                variant = "tried" if attempts[name] else ""
                yield make_finding("D302", deployment=name, contract=contract.id, words=words, variant=variant)


def one_registration(facts: RuleContext) -> Iterator[Finding]:
    """D303: the same serial, or the same version, registration date and licensee, on several deployments."""
    groups: dict[tuple[str, ...], list[Count]] = {}
    for deployment, latest in facts.observed():
        for key in registrations(deployment, latest):
            groups.setdefault(key, []).append(latest)
    told: set[str] = set()
    for key, members in sorted(groups.items(), key=lambda item: (len(item[0]), item[0])):
        for one in members:
            if len(members) < 2 or one.deployment in told:
                continue
            told.add(one.deployment)
            rest = [other for other in members[: MOST_OTHERS + 1] if other is not one]
            words = words_for_observation(facts, one) | {
                "what": ", ".join(key[2:]),
                "names": list_text([facts.name(member.deployment) for member in members]),
                "count": len(members),
            }
            yield make_finding(
                "D303",
                deployment=one.deployment,
                contract=_contract(facts, one.deployment),
                words=words,
                certainty="certain" if key[1] == "serial" and _serial_confirmed(facts, members, key[2]) else "likely",
                basis=facts.all_bases([one, *rest[:MOST_CITED]], "serial", "version", "registered_on"),
                others=tuple(other.deployment for other in rest),
            )


def _serial_confirmed(facts: RuleContext, members: Sequence[Count], serial: str) -> bool:
    """Whether a person confirmed where each of the pages states this serial number."""
    return all(
        any(one.fields.get(name) == serial and facts.places.covers_statement(one, name) for name in SERIALS)
        for one in members
    )


def registrations(deployment: Deployment, latest: Count) -> Iterator[tuple[str, ...]]:
    """What names its registration: deployments of which one is the same are told together (D303)."""
    texts = latest.fields
    for key in SERIALS:
        if texts.get(key):
            yield (deployment.product, "serial", texts[key])
    if texts.get("version") and texts.get("registered_on") and "registered_on" not in latest.unreadable:
        licensee = (texts["licensee"],) if texts.get("licensee") else ()
        yield (deployment.product, "date", texts["version"], texts["registered_on"], *licensee)


def _contract(facts: RuleContext, deployment: str) -> str | None:
    contract = facts.compared_with(deployment)
    return None if contract is None else contract.id


def licensee_differs(facts: RuleContext) -> Iterator[Finding]:
    """D304: the page names another licensee than the record."""
    for deployment, latest in facts.observed():
        party = facts.estate.parties.get(deployment.licensee or "")
        text = latest.fields.get("licensee", "")
        if (
            party is None
            or not text
            or normalise_name(text) in {normalise_name(name) for name in (party.name, *party.aliases)}
        ):
            continue
        yield make_finding(
            "D304",
            deployment=deployment.id,
            contract=_contract(facts, deployment.id),
            words=words_for_observation(facts, latest) | {"text": text, "party": party.name},
            basis=facts.bases(latest, "licensee"),
        )


def identity_changed(facts: RuleContext) -> Iterator[Finding]:
    """D305: the connection's host or certificate subject, or the page's licensee, serial or instance, differ between
    two captures."""
    for deployment, latest in facts.observed():
        series = facts.series(deployment.id, latest.metric)
        for one, two in reversed(list(pairwise(series))):
            changed = _changed(one, two)
            if changed:
                what = [
                    make_note("identity.changed", what=IDENTITY_WORDS[each.name], before=each.before, after=each.after)
                    for each in changed
                ]
                yield make_finding(
                    "D305",
                    deployment=deployment.id,
                    contract=_contract(facts, deployment.id),
                    words=words_for_observation(facts, two) | listed_in_both("what", what),
                    basis=facts.all_bases([one, two], *(each.name for each in changed if each.speaker == "fields")),
                    since=two.captured_at,
                )
                break


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """What says which deployment it is, and says something else in the next capture."""

    name: str
    speaker: str
    before: str
    after: str


def _changed(one: Count, two: Count) -> list[IdentityChange]:
    """The changes between two captures, as far as both say something."""
    if one.fields is two.fields and one.connection is two.connection:
        return []  # counts of one series share their maps where they say the same
    changes = []
    for name, speaker in IDENTITY:
        before, after = (one.connection, two.connection) if speaker == "connection" else (one.fields, two.fields)
        if before.get(name) and after.get(name) and before[name] != after[name]:
            changes.append(IdentityChange(name, speaker, before[name], after[name]))
    return changes


RowMarks = frozenset[tuple[str, str]]
"""The listed rows of a deployment, each by code and name."""


def copy_of_another(facts: RuleContext) -> Iterator[Finding]:
    """D306: the same instance id, or nearly the same list of branches, on several deployments."""
    latest = {deployment.id: one for deployment, one in facts.observed()}
    rows = {one.deployment: row_marks(listed) for one, listed in with_rows(facts.texts, latest.values())}
    sharing = _sharing(facts, latest, rows)
    for name, one in latest.items():
        same = [
            latest[other]
            for other in sharing.get(name, ())
            if _same_instance(one, latest[other]) or _same_rows(rows[name], rows[other])
        ]
        if same:
            words = (
                words_for_observation(facts, one)
                | {
                    "names": list_text([facts.name(other.deployment) for other in same]),
                }
                | both_languages("what", _likeness(one, same[0], rows))
            )
            yield make_finding(
                "D306",
                deployment=name,
                contract=_contract(facts, name),
                words=words,
                basis=facts.all_bases([one, *same[:MOST_CITED]], "listed", "instance_id"),
                others=tuple(other.deployment for other in same),
            )


def _sharing(
    facts: RuleContext, latest: Mapping[str, Count], rows: Mapping[str, RowMarks]
) -> dict[str, tuple[str, ...]]:
    """Deployments of one product that have an instance id or a listed row in common.

    A row that more than `COMMON_ROW_LIMIT` deployments list (a default 总馆) says nothing about a copy and is left out.
    """
    holders: dict[tuple[str, ...], list[str]] = {}
    for name, one in latest.items():
        product = facts.deployment(name).product
        for mark in likeness_marks(product, one, rows[name]):
            holders.setdefault(mark, []).append(name)
    found: dict[str, set[str]] = {}
    for names in holders.values():
        if 1 < len(names) <= COMMON_ROW_LIMIT:
            for name in names:
                found.setdefault(name, set()).update(other for other in names if other != name)
    order = {name: number for number, name in enumerate(latest)}
    return {name: tuple(sorted(others, key=order.__getitem__)) for name, others in found.items()}


def likeness_marks(product: str, one: Count, rows: RowMarks) -> set[tuple[str, ...]]:
    """What a deployment of a product has in common with one that looks like it: listed rows, its instance id (D306)."""
    instance = one.fields.get("instance_id")
    return {(product, code, body) for code, body in rows} | ({(product, instance)} if instance else set())


def row_marks(listed: Sequence[Mapping[str, str]]) -> RowMarks:
    """The rows of a list, as they are compared."""
    return frozenset((row.get("code", ""), row.get("name", "")) for row in listed)


def _same_instance(one: Count, other: Count) -> bool:
    instance = one.fields.get("instance_id", "")
    return bool(instance) and instance == other.fields.get("instance_id")


def _same_rows(mine: RowMarks, theirs: RowMarks) -> bool:
    shared = len(mine & theirs)
    return shared >= SAME_ROWS and shared * 10 >= len(mine | theirs) * 8


def _likeness(one: Count, other: Count, rows: Mapping[str, RowMarks]) -> Note:
    if _same_instance(one, other):
        return make_note("identity.same_instance", id=one.fields["instance_id"])
    mine, theirs = rows[one.deployment], rows[other.deployment]
    return quote_text(f"{len(mine & theirs)} / {len(mine | theirs)}")


def environment_unclear(facts: RuleContext) -> Iterator[Finding]:
    """D307: called a test and used like a live system, or called production and labelled as a test."""
    for deployment, latest in facts.observed():
        label = next(
            (text for key, text in latest.fields.items() if key in ("title", "environment") and _test(text)), ""
        )
        live = deployment.environment != "production" and (latest.counted or 0) >= LIVE_UNITS
        if live or (deployment.environment == "production" and label):
            words = (
                words_for_observation(facts, latest)
                | {"label": label or "–"}
                | both_languages("environment", ENVIRONMENT_WORDS[deployment.environment])
            )
            yield make_finding(
                "D307",
                deployment=deployment.id,
                words=words,
                certainty="needs_review",
                basis=facts.bases(latest, "displayed", "title", "environment"),
            )


def _test(text: str) -> bool:
    return any(word in normalise_name(text) for word in TEST_WORDS)


def owner_unproven(facts: RuleContext) -> Iterator[Finding]:
    """D308: nothing but a host name or an address says whose deployment it is."""
    for deployment, latest in facts.observed():
        if deployment.legal_status == "suspect" and not proofs(facts, deployment.id):
            host = latest.connection.get("host") or latest.connection.get("address") or deployment.address
            yield make_finding(
                "D308",
                deployment=deployment.id,
                words=words_for_observation(facts, latest) | {"host": host},
                certainty="needs_review",
                basis=facts.bases(latest, "displayed"),
            )
