"""Rules about which deployment this is: authorised, copied, renamed, or of an owner nobody proved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

from auditor.model.deployments import Deployment
from auditor.model.findings import Certainty, Finding, Observation, Position
from auditor.reconciliation.entitlement.prices import normalise_name
from auditor.reconciliation.position.position import EVERY_UNIT
from auditor.reconciliation.rules.context import RuleContext, all_bases, bases
from auditor.reconciliation.rules.finding import make_finding, position_finding
from auditor.reconciliation.rules.texts.position_words import list_text, words_for_observation, words_for_position

PROOFS = (
    ("serial", ("serial", "licence_key", "license_key")),
    ("licensee on the page", ("licensee",)),
    ("instance id", ("instance_id", "server_id")),
    ("certificate organisation", ("tls_organisation", "domain_owner")),
    ("page content", ("version", "registered_on")),
)
"""Kinds of proof of identity, strongest first, with the fields that give them. An IP address is none of them."""
PROOFS_ZH: Mapping[str, str] = MappingProxyType(
    {
        "serial": "序列号",
        "licensee on the page": "页面所列单位",
        "instance id": "实例编号",
        "certificate organisation": "证书主体",
        "page content": "页面内容",
        "decision of a named person": "人工认定",
    }
)
IDENTITY_FIELDS = ("host", "licensee", "serial", "licence_key", "instance_id", "tls_subject")
TEST_WORDS = ("测试", "演示", "staging", "test", "demo")
LIVE_UNITS = 10
SAME_ROWS = 3
COMMON_ROW_LIMIT = 50
MOST_CITED, MOST_OTHERS = 5, 100


def not_authorised(facts: RuleContext) -> Iterator[Finding]:
    """D301: in use and on no contract's list. Without two independent kinds of proof it asks for review."""
    for position in facts.positions:
        if position.status != "unlicensed" or position.rule != EVERY_UNIT:
            continue
        kinds = proofs(facts, position.deployment)
        certainty = _identified(facts, position, kinds)
        yield position_finding(
            "D301",
            position,
            words_for_position(facts, position)
            | {
                "kinds": ", ".join(kinds) or "none",
                "kinds_zh": "、".join(PROOFS_ZH[kind] for kind in kinds) or "无",
                "count": len(kinds),
            },
            certainty=certainty,
            kind="review" if certainty == "needs_review" else "fail",
            basis=(*position.basis, *bases(facts.current(position), "licensee", "version", "registered_on")),
            units=position.over_by,
            list_value=position.list_value,
            net_value=position.net_value,
            assumptions=(
                "every unit counts, not the excess over a cap",
                "the base price of the edition is not included",
            ),
        )


def _identified(facts: RuleContext, position: Position, kinds: tuple[str, ...]) -> Certainty:
    current = facts.current(position)
    if current is None or not current.certain:
        return "needs_review"
    if facts.decision("identity", position.deployment) is not None:
        return "certain"
    return "likely" if len(kinds) >= 2 else "needs_review"


def proofs(facts: RuleContext, deployment: str) -> tuple[str, ...]:
    """The independent kinds of proof that the latest captures give of whose deployment it is, strongest first."""
    latest = facts.latest(deployment)
    if latest is None:
        return ()
    found = [kind for kind, keys in PROOFS if any(latest.identity.get(key) for key in keys)]
    if latest.rows and "page content" not in found:
        found.append("page content")
    if facts.decision("identity", deployment) is not None:
        found.insert(0, "decision of a named person")
    return tuple(found)


def authorised_not_found(facts: RuleContext) -> Iterator[Finding]:
    """D302: on a contract's list and never captured."""
    attempts = Counter(one.deployment for one in facts.unobserved)
    for contract in facts.estate.contracts.values():
        names = dict.fromkeys(entry.deployment for entry in contract.authorised if entry.from_ <= facts.today)
        for name in names:
            if name not in facts.by_deployment:
                words = {"name": facts.name(name), "contract": contract.id, "attempts": attempts[name]}
                yield make_finding("D302", deployment=name, contract=contract.id, words=words)


def one_registration(facts: RuleContext) -> Iterator[Finding]:
    """D303: the same serial, or the same version, registration date and licensee, on several deployments."""
    groups: dict[tuple[str, ...], list[Observation]] = {}
    for deployment, latest in facts.observed():
        for key in _registrations(deployment, latest):
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
                certainty="likely" if key[1] != "serial" else "certain",
                basis=all_bases([one, *rest[:MOST_CITED]], "serial", "version", "registered_on"),
                others=tuple(other.deployment for other in rest),
            )


def _registrations(deployment: Deployment, latest: Observation) -> Iterator[tuple[str, ...]]:
    texts = latest.identity
    for key in ("serial", "licence_key"):
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
        text = latest.identity.get("licensee", "")
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
            basis=bases(latest, "licensee"),
        )


def identity_changed(facts: RuleContext) -> Iterator[Finding]:
    """D305: host, licensee, serial, instance or certificate subject differ between two captures."""
    for deployment, latest in facts.observed():
        series = facts.series(deployment.id, latest.metric)
        for one, two in reversed(list(pairwise(series))):
            changed = [
                key
                for key in IDENTITY_FIELDS
                if one.identity.get(key) and two.identity.get(key) and one.identity[key] != two.identity[key]
            ]
            if changed:
                what = "; ".join(f"{key}: {one.identity[key]} → {two.identity[key]}" for key in changed)
                yield make_finding(
                    "D305",
                    deployment=deployment.id,
                    contract=_contract(facts, deployment.id),
                    words=words_for_observation(facts, two) | {"what": what},
                    basis=all_bases([one, two], *changed),
                    since=two.captured_at,
                )
                break


def copy_of_another(facts: RuleContext) -> Iterator[Finding]:
    """D306: the same instance id, or nearly the same list of branches, on several deployments."""
    latest = {deployment.id: one for deployment, one in facts.observed()}
    sharing = _sharing(facts, latest)
    for name, one in latest.items():
        same = [latest[other] for other in sharing.get(name, ()) if _alike(one, latest[other])]
        if same:
            words = words_for_observation(facts, one) | {
                "names": list_text([facts.name(other.deployment) for other in same]),
                "what": _likeness(one, same[0]),
            }
            yield make_finding(
                "D306",
                deployment=name,
                contract=_contract(facts, name),
                words=words,
                basis=all_bases([one, *same[:MOST_CITED]], "listed", "instance_id"),
                others=tuple(other.deployment for other in same),
            )


def _sharing(facts: RuleContext, latest: Mapping[str, Observation]) -> dict[str, tuple[str, ...]]:
    """Deployments of one product that have an instance id or a listed row in common.

    A row that more than `COMMON_ROW_LIMIT` deployments list (a default 总馆) says nothing about a copy and is left out.
    """
    holders: dict[tuple[str, ...], list[str]] = {}
    for name, one in latest.items():
        product = facts.deployment(name).product
        marks: set[tuple[str, ...]] = {(product, code, body) for code, body in _rows(one)}
        marks |= {(product, one.identity["instance_id"])} if one.identity.get("instance_id") else set()
        for mark in marks:
            holders.setdefault(mark, []).append(name)
    found: dict[str, dict[str, None]] = {}
    for names in holders.values():
        if 1 < len(names) <= COMMON_ROW_LIMIT:
            for name in names:
                found.setdefault(name, {}).update(dict.fromkeys(other for other in names if other != name))
    return {name: tuple(others) for name, others in found.items()}


def _rows(one: Observation) -> set[tuple[str, str]]:
    return {(row.get("code", ""), row.get("name", "")) for row in one.rows}


def _alike(one: Observation, other: Observation) -> bool:
    instance = one.identity.get("instance_id", "")
    if instance and instance == other.identity.get("instance_id"):
        return True
    mine, theirs = _rows(one), _rows(other)
    shared = len(mine & theirs)
    return shared >= SAME_ROWS and shared * 10 >= len(mine | theirs) * 8


def _likeness(one: Observation, other: Observation) -> str:
    instance = one.identity.get("instance_id", "")
    if instance and instance == other.identity.get("instance_id"):
        return f"instance id {instance}"
    return f"{len(_rows(one) & _rows(other))} / {len(_rows(one) | _rows(other))}"


def environment_unclear(facts: RuleContext) -> Iterator[Finding]:
    """D307: called a test and used like a live system, or called production and labelled as a test."""
    for deployment, latest in facts.observed():
        label = next(
            (text for key, text in latest.identity.items() if key in ("title", "environment") and _test(text)), ""
        )
        live = deployment.environment != "production" and (latest.counted or 0) >= LIVE_UNITS
        if live or (deployment.environment == "production" and label):
            words = words_for_observation(facts, latest) | {
                "environment": deployment.environment,
                "label": label or "–",
            }
            yield make_finding(
                "D307",
                deployment=deployment.id,
                words=words,
                certainty="needs_review",
                basis=bases(latest, "displayed", "title", "environment"),
            )


def _test(text: str) -> bool:
    return any(word in normalise_name(text) for word in TEST_WORDS)


def owner_unproven(facts: RuleContext) -> Iterator[Finding]:
    """D308: nothing but a host name or an address says whose deployment it is."""
    for deployment, latest in facts.observed():
        if deployment.legal_status == "suspect" and not proofs(facts, deployment.id):
            host = latest.identity.get("host") or latest.identity.get("address") or deployment.address
            yield make_finding(
                "D308",
                deployment=deployment.id,
                words=words_for_observation(facts, latest) | {"host": host},
                certainty="needs_review",
                basis=bases(latest, "displayed"),
            )
