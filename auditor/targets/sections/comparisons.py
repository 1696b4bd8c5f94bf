"""What is compared with what: `comparisons:`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.model.comparisons import ComparisonSpec, DictatedWord, LicensedChange, Marker
from auditor.targets.sections.products import TEXTS
from auditor.targets.values.scalars import Choice, Pattern, SectionReference, Text
from auditor.targets.values.types import Key, ListOf, LoadContext, MapOf, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, position_of

DEPLOYMENTS = ListOf(SectionReference("deployments"), lone=True)

DICTATED = RecordType(
    "dictated word",
    DictatedWord,
    {
        "what": Key(Text(), "what it is, e.g. CNMARC field tags"),
        "why": Key(Text(), "the standard or the reason that dictates it"),
        "pattern": Key(Pattern(), "a regular expression that the whole label or name matches"),
    },
    identified=False,
    doc="What a standard or the thing itself dictates; it is left out of both sides.",
)
LICENSED_CHANGE = RecordType(
    "licensed change",
    LicensedChange,
    {
        "what": Key(Text(), "what may be changed, e.g. the product's name"),
        "texts": Key(TEXTS, "its spellings on either side"),
        "clause": Key(Text(), doc="The clause that allows it."),
    },
    identified=False,
    doc="What the contract lets the reseller change; it is left out of both sides.",
)
MARKER = RecordType(
    "marker",
    Marker,
    {
        "id": Key(Text(), "its id, e.g. m1"),
        "text": Key(Text(), "the text to look for"),
        "kind": Key(
            Choice("misspelling", "comment", "copyright", "build", "test_row", "path", "other"),
            doc="other where absent.",
        ),
        "first_sealed": Key(Text(), doc="The capture in which the reference was first seen with it."),
    },
    doc="Something that nobody writes twice by chance, declared before the suspect is compared.",
)


def _comparison(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    reference = values.get("reference")
    for key in ("suspects", "controls"):
        if reference in values.get(key, ()):
            message = f'{key} name the reference "{reference}" itself. Take it out.'
            context.note("S23", position_of(node, key), where, message)
    both = sorted(set(values.get("suspects", ())) & set(values.get("controls", ())))
    if both:
        message = f'"{both[0]}" is a suspect and a control. Keep one.'
        context.note("S23", position_of(node, "controls"), where, message)
    return values


COMPARISON = RecordType(
    "comparison",
    ComparisonSpec,
    {
        "reference": Key(SectionReference("deployments"), "the licensed deployment that is known good"),
        "suspects": Key(DEPLOYMENTS, "the deployments that are compared with it"),
        "controls": Key(
            DEPLOYMENTS, doc="Systems that are none of the product: of the trade, and of another on the same framework."
        ),
        "screens": Key(TEXTS, doc="Ids of the product's screens; all where absent."),
        "reference_version": Key(Text(), doc="Version of the reference, as it shows it."),
        "dictated": Key(ListOf(DICTATED), doc="Left out as dictated by a standard."),
        "licensed_changes": Key(ListOf(LICENSED_CHANGE), doc="Left out as allowed by the contract."),
        "markers": Key(ListOf(MARKER), doc="Looked for in every system alike."),
        "known": Key(TEXTS, doc="Further lists of known libraries, relative to this file."),
    },
    finish=_comparison,
    placed=True,
    doc="Systems to be compared by `auditor compare`, declared before it is done.",
)

SECTIONS = MappingProxyType({"comparisons": MapOf(COMPARISON)})
