"""T06: two contracts over one deployment at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from auditor.model.targets.contracts import AuthorisedDeployment, Contract
from auditor.targets.rules.context import ContractFacts

_Cover = tuple[date, date, AuthorisedDeployment, ContractFacts]


def check_overlaps(facts: Iterable[ContractFacts]) -> None:
    """T06: neither contract says that it replaces the other or adds to it."""
    covers: dict[tuple[str, str], list[_Cover]] = {}
    for each in facts:
        for item in each.contract.authorised:
            cover = (item.from_, _last(each.contract, item), item, each)
            covers.setdefault((item.deployment, each.contract.product), []).append(cover)
    for (deployment, product), several in covers.items():
        several.sort(key=lambda cover: (cover[0], cover[1]))
        longest = several[0]
        for cover in several[1:]:
            _compare(longest, cover, deployment, product)
            longest = max(longest, cover, key=lambda item: item[1])


def _compare(one: _Cover, other: _Cover, deployment: str, product: str) -> None:
    first, second = one[3].contract, other[3].contract
    if other[0] > one[1] or _related(first, second) or _related(second, first):
        return
    if first.id == second.id:
        message = f"authorised lists {deployment} twice from {other[0]}. Keep one, or give the first its through."
    else:
        message = (
            f"contracts {first.id} and {second.id} both cover {deployment} / {product} from {other[0]}. "
            f"Add replaces: {first.id} or adds_to."
        )
    other[3].note_at("T06", other[2], message, "deployment")


def _last(contract: Contract, item: AuthorisedDeployment) -> date:
    ended = contract.term.ended
    ends = [day for day in (item.through, ended.last_day if ended else None) if day is not None]
    return min(ends, default=date.max)


def _related(one: Contract, other: Contract) -> bool:
    return other.id in (one.replaces, one.adds_to) and one.id != other.id
