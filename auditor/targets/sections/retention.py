"""How long evidence is kept: `retention:`, with the holds that go before every rule."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.model.targets.estate import Hold, Retention
from auditor.targets.values.quantities import WholeNumber
from auditor.targets.values.scalars import IsoDay, SectionReference, Text
from auditor.targets.values.types import Key, ListOf, LoadContext, MapOf, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, position_of


def _hold(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    if ("released_on" in node.items) != ("released_by" in node.items):
        given = "released_on" if "released_on" in node.items else "released_by"
        message = f"{given} stands alone. A release names its day and who gave it: released_on and released_by."
        context.note("S16", position_of(node, given), where, message)
    return values


HOLD = RecordType(
    "hold",
    Hold,
    {
        "matter": Key(Text(), "the case or the order it serves"),
        "reason": Key(Text(), "why this evidence is kept"),
        "from": Key(IsoDay(), "the day it was ordered", into="from_"),
        "deployments": Key(ListOf(SectionReference("deployments"), lone=True), doc="Whose captures are held."),
        "contracts": Key(
            ListOf(SectionReference("contracts"), lone=True), doc="The captures of all their deployments are held."
        ),
        "captures": Key(ListOf(Text(), lone=True), doc="Single captures, by id. With none of the three: everything."),
        "released_on": Key(IsoDay(), doc="The first day it no longer holds; a hold is released, never taken out."),
        "released_by": Key(Text(), doc="Who released it."),
    },
    finish=_hold,
    doc="Evidence that no rule prunes, whatever its age.",
)
RETENTION = RecordType(
    "retention",
    Retention,
    {
        "keep_days": Key(
            WholeNumber(least=30, most=36_500), doc="Files of older captures may be pruned; absent: never."
        ),
        "holds": Key(MapOf(HOLD), doc="By id."),
    },
    identified=False,
    doc="How long the files of a capture are kept. Nothing goes by itself: see `auditor prune`.",
)

SECTIONS = MappingProxyType({"retention": RETENTION})
