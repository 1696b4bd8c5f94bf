"""Where the counts of a registration page are stated, and a person who looked at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from auditor.model.findings import Decision
from auditor.model.reading.observations import DescribedPlace
from auditor.model.reading.readings import StatedPlace
from tests.reconciliation.worked_contract import at

USED = StatedPlace("当前分馆数量", "beside", "table/tr/td", "#", "")
CAP = replace(USED, label="分馆授权数量")


def places(used: StatedPlace = USED, cap: StatedPlace = CAP) -> Mapping[str, DescribedPlace]:
    return MappingProxyType(
        {
            "displayed": DescribedPlace("registration", "used", used),
            "cap": DescribedPlace("registration", "cap", cap),
        }
    )


def confirmed(field: str, place: StatedPlace, on: str = "2015-01-01") -> Decision:
    return Decision(
        f"d-{field}-{on}", "page_field", at(on), "analyst", "looked", f"registration/{field}", ("c-1",), place=place
    )


CONFIRMED = (confirmed("used", USED), confirmed("cap", CAP))
