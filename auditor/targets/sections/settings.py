"""How the auditor works: `timestamping:`, `browser:`, `key_dates:`, and the head of the file."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.model.evidence import Authority
from auditor.model.findings import KeyDate
from auditor.model.targets.estate import BrowserSettings, Timestamping
from auditor.targets.sections.deployments import Address
from auditor.targets.sections.products import TEXTS
from auditor.targets.sections.schedules import Seconds
from auditor.targets.sections.witnesses import WITNESS
from auditor.targets.values.codes import CurrencyCode, LocaleName, TimeZoneName
from auditor.targets.values.quantities import WholeNumber
from auditor.targets.values.scalars import Choice, IsoDay, SectionReference, Text, TrueOrFalse
from auditor.targets.values.types import Defs, Key, ListOf, LoadContext, MapOf, RecordList, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, position_of


class FormatVersion(Choice):
    """The version of the format, a number."""

    def __init__(self) -> None:
        super().__init__("1")

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"const": 1}


AUTHORITY = RecordType(
    "authority",
    Authority,
    {
        "url": Key(Address(), "its address"),
        "owner": Key(Text(), "its legal owner: a quorum counts owners"),
        "roots": Key(Text(), "the PEM file of its pinned certificates, relative to this file"),
        "policies": Key(TEXTS, doc="Accepted policy OIDs; any where absent."),
        "practice": Key(TrueOrFalse(), doc="True for a practice authority: named so wherever it appears."),
    },
    doc="A timestamp authority (RFC 3161).",
)


def _timestamping(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values["authorities"] = tuple(values.get("authorities", {}).values())
    values["witnesses"] = tuple(values.get("witnesses", {}).values())
    owners = {authority.owner for authority in values["authorities"]}
    quorum = values.get("quorum", Timestamping().quorum)
    if values["authorities"] and quorum > len(owners):
        message = (
            f"quorum {quorum} cannot be reached: the authorities have {len(owners)} owner(s). Name more or lower it."
        )
        context.note("K01", position_of(node, "quorum"), where, message)
    return values


TIMESTAMPING = RecordType(
    "timestamping",
    Timestamping,
    {
        "quorum": Key(WholeNumber(least=1, most=20), doc="How many different owners must stamp; 2 where absent."),
        "authorities": Key(MapOf(AUTHORITY), "the authorities by id"),
        "witnesses": Key(MapOf(WITNESS), doc="Who outside remembers checkpoints of the log, by id."),
    },
    finish=_timestamping,
    doc="Who stamps, and how many must.",
)


def _browser(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    if values.get("sandbox") is False:
        message = (
            "sandbox: false weakens the browser; every capture records it. Remove the line unless the machine needs it."
        )
        context.note("B01", position_of(node, "sandbox"), where, message)
    return values


BROWSER = RecordType(
    "browser",
    BrowserSettings,
    {
        "executable": Key(Text(), doc="Path of the browser; found where absent."),
        "sandbox": Key(TrueOrFalse(), doc="False switches Chromium's sandbox off; recorded in the evidence."),
        "locale": Key(LocaleName()),
        "timezone": Key(TimeZoneName()),
        "width": Key(WholeNumber(least=200, most=10_000)),
        "height": Key(WholeNumber(least=200, most=10_000)),
        "concurrency": Key(
            WholeNumber(least=1, most=1_000), doc="Visits at once; chosen from the machine where absent."
        ),
        "visit_seconds": Key(WholeNumber(least=1, most=86_400), doc="Hard bound of one visit."),
        "settle_seconds": Key(Seconds(), doc="How long a value may take to appear and keep still."),
    },
    finish=_browser,
    doc="How the browser is started.",
)


def _key_date(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.setdefault("on", None)
    if ("date" in node.items) == ("candidates" in node.items):
        message = "exactly one of date and candidates is expected. Give the day, or all readings of an ambiguous one."
        context.note("S16" if "date" not in node.items else "S23", node.at, where, message)
    return values


KEY_DATE = RecordType(
    "key date",
    KeyDate,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "kind": Key(
            Choice("termination", "notice", "judgment", "undertaking", "other"),
            "termination, notice, judgment, undertaking or other",
        ),
        "date": Key(IsoDay(), doc="The day.", into="on"),
        "candidates": Key(ListOf(IsoDay()), doc="All readings, where the document's date is ambiguous."),
        "raw": Key(Text(), doc="The date as the document prints it."),
        "what": Key(Text(), doc="What happened."),
        "document": Key(Text(), doc="The document that states it."),
        "contract": Key(SectionReference("contracts"), doc="The contract it concerns."),
    },
    finish=_key_date,
    doc="An event with a date.",
)

HEAD = MappingProxyType(
    {
        "format": Key(FormatVersion(), "format: 1", "Version of this form of file; always 1."),
        "timezone": Key(
            TimeZoneName(),
            "the zone in which contract dates are whole days, e.g. Asia/Shanghai",
            "Zone of contract dates.",
        ),
        "currency": Key(CurrencyCode(), "the currency of amounts, e.g. CNY", "Currency of amounts."),
        "notice": Key(Text(), doc="Said at the head of every report."),
        "include": Key(ListOf(Text(), lone=True), doc="Patterns of further files, relative to this one."),
    }
)

SECTIONS = MappingProxyType(
    {
        "timestamping": TIMESTAMPING,
        "browser": BROWSER,
        "key_dates": RecordList(KEY_DATE),
    }
)
