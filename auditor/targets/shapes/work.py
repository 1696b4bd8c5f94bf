"""How the auditor works: `timestamping:`, `browser:`, `schedules:`, `key_dates:`, and the head of the file."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any

from auditor.model.estate import BrowserSettings, Schedule, Timestamping
from auditor.model.evidence import Authority
from auditor.model.findings import KeyDate
from auditor.targets.codes import Currency, LocaleName, Zone
from auditor.targets.kinds import BAD, Context, Defs, Key, Listed, ListOf, MapOf, Record, Where
from auditor.targets.nodes import Mapping, Scalar, place
from auditor.targets.quantities import Whole
from auditor.targets.scalars import Choice, Day, Flag, Ref, Single, Text
from auditor.targets.shapes.deployments import Address
from auditor.targets.shapes.products import TEXTS

_CRON = re.compile(r"[0-9A-Za-z*/,\-#?]{1,60}", re.ASCII)
_EVERY = re.compile(r"([1-9][0-9]{0,5})([smhd])", re.ASCII)
_SECONDS = MappingProxyType({"s": 1, "m": 60, "h": 3600, "d": 86400})


class Version(Choice):
    """The version of the format, a number."""

    def __init__(self) -> None:
        super().__init__("1")

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"const": 1}


class Seconds(Single):
    """A number of seconds, whole or with a point."""

    name = "seconds"

    def value(self, node: Scalar, where: Where, context: Context) -> Any:
        if re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", node.text, re.ASCII) and float(node.text) > 0:
            return float(node.text)
        context.note("S13", node.at, where, f'"{node.text[:40]}" is not a number of seconds. Write it as 15 or 2.5.')
        return BAD

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "number", "exclusiveMinimum": 0}


class Cron(Text):
    """Five fields of cron, quoted: minute, hour, day of month, month, day of week."""

    name = "cron line"

    def value(self, node: Scalar, where: Where, context: Context) -> Any:
        fields = node.text.split()
        if len(fields) != 5 or not all(_CRON.fullmatch(field) for field in fields):
            message = f'"{node.text[:80]}" is not a cron line. Write five fields, e.g. "0 3 * * 1" for Mondays at 3.'
            context.note("S22", node.at, where, message)
            return BAD
        return node.text


class Every(Text):
    """An interval: `30m`, `6h`, `7d`; gives seconds."""

    name = "interval (`6h`)"

    def value(self, node: Scalar, where: Where, context: Context) -> Any:
        match = _EVERY.fullmatch(node.text)
        if not match:
            context.note("S22", node.at, where, f'"{node.text[:40]}" is not an interval. Write it as 30m, 6h or 7d.')
            return BAD
        return int(match[1]) * _SECONDS[match[2]]


AUTHORITY = Record(
    "authority",
    Authority,
    {
        "url": Key(Address(), "its address"),
        "owner": Key(Text(), "its legal owner: a quorum counts owners"),
        "roots": Key(Text(), "the PEM file of its pinned certificates, relative to this file"),
        "policies": Key(TEXTS, doc="Accepted policy OIDs; any where absent."),
        "practice": Key(Flag(), doc="True for a practice authority: named so wherever it appears."),
    },
    doc="A timestamp authority (RFC 3161).",
)


def _timestamping(values: dict[str, Any], node: Mapping, where: Where, context: Context) -> dict[str, Any]:
    values["authorities"] = tuple(values.get("authorities", {}).values())
    owners = {authority.owner for authority in values["authorities"]}
    quorum = values.get("quorum", Timestamping().quorum)
    if values["authorities"] and quorum > len(owners):
        message = (
            f"quorum {quorum} cannot be reached: the authorities have {len(owners)} owner(s). Name more or lower it."
        )
        context.note("K01", place(node, "quorum"), where, message)
    return values


TIMESTAMPING = Record(
    "timestamping",
    Timestamping,
    {
        "quorum": Key(Whole(least=1, most=20), doc="How many different owners must stamp; 2 where absent."),
        "authorities": Key(MapOf(AUTHORITY), "the authorities by id"),
    },
    finish=_timestamping,
    doc="Who stamps, and how many must.",
)


def _browser(values: dict[str, Any], node: Mapping, where: Where, context: Context) -> dict[str, Any]:
    if values.get("sandbox") is False:
        message = (
            "sandbox: false weakens the browser; every capture records it. Remove the line unless the machine needs it."
        )
        context.note("B01", place(node, "sandbox"), where, message)
    return values


BROWSER = Record(
    "browser",
    BrowserSettings,
    {
        "executable": Key(Text(), doc="Path of the browser; found where absent."),
        "sandbox": Key(Flag(), doc="False switches Chromium's sandbox off; recorded in the evidence."),
        "locale": Key(LocaleName()),
        "timezone": Key(Zone()),
        "width": Key(Whole(least=200, most=10_000)),
        "height": Key(Whole(least=200, most=10_000)),
        "concurrency": Key(Whole(least=1, most=1_000), doc="Visits at once; chosen from the machine where absent."),
        "visit_seconds": Key(Whole(least=1, most=86_400), doc="Hard bound of one visit."),
        "settle_seconds": Key(Seconds(), doc="How long a value may take to appear and keep still."),
    },
    finish=_browser,
    doc="How the browser is started.",
)


def _schedule(values: dict[str, Any], node: Mapping, where: Where, context: Context) -> dict[str, Any]:
    every = values.pop("every", None)
    if every is not None:
        values.setdefault("every_seconds", every)
    given = [key for key in ("cron", "every", "every_seconds") if key in node.items]
    if len(given) > 1:
        context.note("S23", place(node, given[1]), where, f"{' and '.join(given)} are both given. Keep one.")
    if not given:
        context.note("S16", node.at, where, '"cron" is missing. Give cron: "0 3 * * 1" or every: 6h.')
    return values


SCHEDULE = Record(
    "schedule",
    Schedule,
    {
        "cron": Key(Cron(), doc='Five fields, quoted: "0 3 * * 1".'),
        "every": Key(Every(), doc="An interval instead: 6h."),
        "every_seconds": Key(Whole(least=1), doc="The same in seconds."),
        "timezone": Key(Zone(), doc="Zone of the cron line."),
        "jitter_seconds": Key(Whole(most=86_400), doc="Visits are spread over so many seconds."),
        "missed": Key(Choice("catch_up", "skip"), doc="What happens to a missed slot; it is recorded either way."),
        "contracts": Key(ListOf(Ref("contracts"), lone=True)),
        "groups": Key(TEXTS),
        "blackout": Key(TEXTS, doc="Times without visits."),
    },
    finish=_schedule,
    doc="When a group of deployments is visited.",
)


def _key_date(values: dict[str, Any], node: Mapping, where: Where, context: Context) -> dict[str, Any]:
    values.setdefault("on", None)
    if ("date" in node.items) == ("candidates" in node.items):
        message = "exactly one of date and candidates is expected. Give the day, or all readings of an ambiguous one."
        context.note("S16" if "date" not in node.items else "S23", node.at, where, message)
    return values


KEY_DATE = Record(
    "key date",
    KeyDate,
    {
        "id": Key(Text(), "an id to refer to it by"),
        "kind": Key(
            Choice("termination", "notice", "judgment", "undertaking", "other"),
            "termination, notice, judgment, undertaking or other",
        ),
        "date": Key(Day(), doc="The day.", into="on"),
        "candidates": Key(ListOf(Day()), doc="All readings, where the document's date is ambiguous."),
        "raw": Key(Text(), doc="The date as the document prints it."),
        "what": Key(Text(), doc="What happened."),
        "document": Key(Text(), doc="The document that states it."),
        "contract": Key(Ref("contracts"), doc="The contract it concerns."),
    },
    finish=_key_date,
    doc="An event with a date.",
)

HEAD = MappingProxyType(
    {
        "format": Key(Version(), "format: 1", "Version of this form of file; always 1."),
        "timezone": Key(
            Zone(), "the zone in which contract dates are whole days, e.g. Asia/Shanghai", "Zone of contract dates."
        ),
        "currency": Key(Currency(), "the currency of amounts, e.g. CNY", "Currency of amounts."),
        "notice": Key(Text(), doc="Said at the head of every report."),
        "include": Key(ListOf(Text(), lone=True), doc="Patterns of further files, relative to this one."),
    }
)

SECTIONS = MappingProxyType(
    {
        "timestamping": TIMESTAMPING,
        "browser": BROWSER,
        "schedules": MapOf(SCHEDULE),
        "key_dates": Listed(KEY_DATE),
    }
)
