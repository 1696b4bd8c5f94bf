"""What must be judged again because of what: entries of `targets.yaml`, decisions, key dates.

A unit is a deployment (`d:`), the record of a contract (`c:`), the quantities that a contract lets deployments share
(`p:`), or what a deployment has in common with others (`i:`). Where it is not sure that a unit is untouched, it is
touched: judging again costs time, leaving out costs the truth.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from auditor.model.findings import Decision, KeyDate
from auditor.model.targets.contracts import Contract, Party, Product
from auditor.model.targets.deployments import Deployment, PageSpec
from auditor.model.targets.estate import Estate

EntryKey = tuple[str, str]
Entries = Mapping[EntryKey, tuple[str, str]]
"""By kind and id: digest, and what is to be known of an entry when it is gone (JSON)."""

SETTINGS = ("timezone", "currency")
"""What is judged by beside the entries; nothing else of an estate is looked at when it is judged."""
JUDGING_DECISIONS = frozenset({"confirmed_count", "identity", "date", "finding", "suppression", "page_field"})
"""Kinds of decision that anything is judged by."""

_TYPES: Mapping[str, TypeAdapter[Any]] = {
    "deployment": TypeAdapter(Deployment),
    "contract": TypeAdapter(Contract),
    "product": TypeAdapter(Product),
    "page": TypeAdapter(PageSpec),
    "party": TypeAdapter(Party),
    "date": TypeAdapter(tuple[KeyDate, ...]),
}


class EstateUses:
    """Who uses what in an estate."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate

    def everything(self) -> Iterator[str]:
        """Every unit of the estate, but for what deployments have in common: that follows from them."""
        for name in self.estate.deployments:
            yield f"d:{name}"
        for contract in self.estate.contracts.values():
            yield from self.record(contract.id)
        for key in self.estate.key_dates:
            yield f"c:{key.contract}"
        yield "c:"

    def shared(self) -> Iterator[str]:
        """What is told of several deployments, in their order."""
        yield from (f"i:{name}" for name in self.estate.deployments)
        yield from (f"p:{one.id}" for one in self.estate.contracts.values() if one.pools)

    def record(self, contract: str) -> Iterator[str]:
        """The units of a contract itself."""
        yield f"c:{contract}"
        known = self.estate.contracts.get(contract)
        if known is None or known.pools:
            yield f"p:{contract}"

    def contract(self, contract: str) -> Iterator[str]:
        """A contract and every deployment that it lists or that is compared with it, and contracts that list these."""
        yield from self.record(contract)
        known = self.estate.contracts.get(contract)
        if known is None:
            return
        names = {one.deployment for one in known.authorised} | set(self._stated.get(contract, ()))
        if len(self._of_product.get(known.product, ())) == 1:
            names |= set(self._deployed.get(known.product, ()))
        for name in names:
            yield from self.deployment(name)

    def deployment(self, name: str) -> Iterator[str]:
        """A deployment, and the records of the contracts that list it."""
        yield f"d:{name}"
        yield f"i:{name}"
        for contract in self._listing.get(name, ()):
            yield from self.record(contract)

    def of_product(self, product: str) -> Iterator[str]:
        """Every deployment of a product, and every contract about it."""
        for name in self._deployed.get(product, ()):
            yield from self.deployment(name)
        for contract in self._of_product.get(product, ()):
            yield from self.record(contract)

    def of_page(self, page: str) -> Iterator[str]:
        for one in self.estate.deployments.values():
            if page in one.pages:
                yield from self.deployment(one.id)

    def of_party(self, party: str) -> Iterator[str]:
        for one in self.estate.deployments.values():
            if one.licensee == party:
                yield from self.deployment(one.id)
        for contract in self.estate.contracts.values():
            if party in (contract.licensor, contract.counterparty):
                yield from self.contract(contract.id)

    def of_date(self, contract: str) -> Iterator[str]:
        """What a key date concerns: its contract, or everything."""
        yield from self.contract(contract) if contract else self.everything()

    @cached_property
    def _listing(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for contract in self.estate.contracts.values():
            for name in dict.fromkeys(one.deployment for one in contract.authorised):
                found.setdefault(name, []).append(contract.id)
        return found

    @cached_property
    def _stated(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in self.estate.deployments.values():
            if one.contract:
                found.setdefault(one.contract, []).append(one.id)
        return found

    @cached_property
    def _deployed(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in self.estate.deployments.values():
            found.setdefault(one.product, []).append(one.id)
        return found

    @cached_property
    def _of_product(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in self.estate.contracts.values():
            found.setdefault(one.product, []).append(one.id)
        return found


def estate_entries(estate: Estate) -> dict[EntryKey, tuple[str, str]]:
    """The digest of every entry that something is judged by."""
    found: dict[EntryKey, tuple[str, str]] = {}
    for number, one in enumerate(estate.deployments.values()):
        found["deployment", one.id] = _entry("deployment", one, {"order": number, "product": one.product})
        if one.legal_status == "reference":
            found["reference", one.id] = ("", one.product)
    for contract in estate.contracts.values():
        about = {"product": contract.product, "customer": contract.counterparty}
        found["contract", contract.id] = _entry("contract", contract, about)
    for kind, entries in (("product", estate.products), ("page", estate.pages), ("party", estate.parties)):
        values: Mapping[str, Any] = entries
        for name, value in values.items():
            found[kind, name] = _entry(kind, value, {})
    for contract_id in {one.contract for one in estate.key_dates}:
        dates = tuple(one for one in estate.key_dates if one.contract == contract_id)
        found["date", contract_id] = _entry("date", dates, {})
    told = json.dumps([[getattr(estate, name) for name in SETTINGS], [one.id for one in estate.key_dates]])
    found["settings", ""] = (hashlib.sha256(told.encode()).hexdigest(), json.dumps({"notice": estate.notice}))
    return found


def _entry(kind: str, value: object, about: Mapping[str, object]) -> tuple[str, str]:
    body = _TYPES[kind].dump_json(value, fallback=dict, warnings=False)
    return hashlib.sha256(body).hexdigest(), json.dumps(about)


def touched_by_edit(before: Entries, now: Entries, uses: EstateUses, using: Mapping[str, Sequence[str]]) -> set[str]:
    """The units that differ between two states of `targets.yaml`. `using`: of contracts that differ, the units that
    looked at them when they were judged."""
    changed = {key for key in before.keys() | now.keys() if before.get(key, ("",))[0] != now.get(key, ("",))[0]}
    if ("settings", "") in changed:
        return {*uses.everything(), *uses.shared()}
    touched: set[str] = set()
    for kind, name in changed:
        match kind:
            case "deployment":
                touched |= {*uses.deployment(name)}
            case "contract":
                touched |= {*uses.contract(name), *using.get(name, ())}
            case "product":
                touched |= {*uses.of_product(name)}
            case "page":
                touched |= {*uses.of_page(name)}
            case "party":
                touched |= {*uses.of_party(name)}
            case "date":
                touched |= {f"c:{name}", *uses.of_date(name)}
    for product in _only_contract_changed(before, now, changed):
        touched |= {*uses.of_product(product)}
    if _reordered(before, now):
        touched |= {*uses.shared()}
    return touched


def changed_contracts(before: Entries, now: Entries) -> list[str]:
    """Contracts that are new, edited or gone."""
    names = {name for kind, name in before.keys() | now.keys() if kind == "contract"}
    return [name for name in names if before.get(("contract", name), ("",))[0] != now.get(("contract", name), ("",))[0]]


def _only_contract_changed(before: Entries, now: Entries, changed: Iterable[EntryKey]) -> set[str]:
    """Products that have, or had, one contract alone: deployments that nothing lists are compared with it."""
    names = {name for kind, name in changed if kind == "contract"}
    products = {
        str(json.loads(entries["contract", name][1])["product"])
        for entries in (before, now)
        for name in names
        if ("contract", name) in entries
    }
    return {product for product in products if any(_contracts_of(entries, product) < 2 for entries in (before, now))}


def _contracts_of(entries: Entries, product: str) -> int:
    return sum(kind == "contract" and json.loads(said[1])["product"] == product for (kind, _), said in entries.items())


def _reordered(before: Entries, now: Entries) -> bool:
    """Whether deployments that stayed stand in another order."""
    places = {
        name: (json.loads(said[1])["order"], json.loads(now["deployment", name][1])["order"])
        for (kind, name), said in before.items()
        if kind == "deployment" and ("deployment", name) in now
    }
    order = [then for _, then in sorted(places.values())]
    return order != sorted(order)


def touched_by_decision(
    decision: Decision, uses: EstateUses, dates: Iterable[KeyDate], earlier: Mapping[str, Decision]
) -> set[str]:
    """The units that a decision is about, and those that the one it supersedes was about."""
    about = {*_decided(decision, uses, dates)}
    before = earlier.get(decision.supersedes) if decision.supersedes else None
    return about | ({*_decided(before, uses, dates)} if before is not None else set())


def _decided(decision: Decision, uses: EstateUses, dates: Iterable[KeyDate]) -> Iterator[str]:
    match decision.kind:
        case "confirmed_count" | "identity":
            yield from uses.deployment(decision.subject)
        case "date":
            for key in dates:
                if key.id == decision.subject:
                    yield from (f"c:{key.contract}", *uses.of_date(key.contract))
        case "finding" | "suppression":
            units = [*fingerprint_units(decision.subject)]
            yield from units or uses.everything()
        case "page_field":
            for page in uses.estate.pages:
                if decision.subject.startswith(f"{page}/"):
                    yield from uses.of_page(page)


def fingerprint_units(fingerprint: str) -> Iterator[str]:
    """The units that may hold a finding of this identity; none where it cannot be told from it."""
    parts = fingerprint.split("/")
    if len(parts) != 4:
        return
    _, contract, deployment, _ = parts
    contract = "" if contract == "-" else contract
    yield from (f"d:{deployment}", f"i:{deployment}", f"c:{contract}", f"p:{contract}")
