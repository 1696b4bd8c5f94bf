"""How the auditor works: `timestamping:` with its witnesses, `browser:`, `vantages:`, `key_dates:`, the file's head."""

from __future__ import annotations

import base64
import binascii
import hashlib
from types import MappingProxyType
from typing import Any

from auditor.model.evidence import Authority
from auditor.model.findings import KeyDate
from auditor.model.targets.estate import BrowserSettings, PartyVantage, Timestamping, Witness
from auditor.targets.sections.deployments import Address
from auditor.targets.sections.products import TEXTS
from auditor.targets.sections.schedules import Seconds
from auditor.targets.values.codes import CurrencyCode, LocaleName, TimeZoneName
from auditor.targets.values.quantities import WholeNumber
from auditor.targets.values.scalars import Choice, IsoDay, SectionReference, Text, TrueOrFalse
from auditor.targets.values.types import BAD, Defs, Key, ListOf, LoadContext, MapOf, RecordList, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, ScalarNode, position_of


class FormatVersion(Choice):
    """The version of the format, a number."""

    def __init__(self) -> None:
        super().__init__("1")

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"const": 1}


SIGNATURE, COSIGNATURE = 1, 4
"""Type bytes of Ed25519 keys: of signatures (C2SP signed-note) and of cosignatures (C2SP tlog-cosignature)."""


class VerifierKeyText(Text):
    """A verifier key as C2SP writes it, `name+id+base64`, of one type."""

    def __init__(self, holder: str, kind: int) -> None:
        self.holder, self.kind = holder, kind
        self.name = f"{holder} key (`name+id+base64`)"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = super().value(node, where, context)
        if text is not BAD and not _is_key(text, self.kind):
            message = (
                f'"{text[:120]}" is not a {self.holder} key. Write it as its {self.holder} gives it: name+id+base64, '
                f"type {self.kind}."
            )
            context.note("K04", node.at, where, message)
            return BAD
        return text

    def schema(self, defs: Defs) -> dict[str, Any]:
        first = base64.b64encode(bytes([self.kind, 0, 0])).decode("ascii")[0]
        return {"type": "string", "pattern": rf"^[^+\s]+\+[0-9a-f]{{8}}\+{first}[0-9A-Za-z+/]{{43}}$"}


def _is_key(text: str, kind: int) -> bool:
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    try:
        material = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    if not name or any(sign.isspace() for sign in name) or len(material) != 33 or material[0] != kind:
        return False
    return hashlib.sha256(name.encode() + b"\n" + material).hexdigest()[:8] == identity


def _witness(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    if ("url" in node.items) == ("folder" in node.items):
        message = "exactly one of url and folder is expected. Give the witness's address, or a folder that is carried."
        code = "S23" if "url" in node.items else "S16"
        context.note(code, position_of(node, "folder") if code == "S23" else node.at, where, message)
    return values


VANTAGE = RecordType(
    "vantage",
    PartyVantage,
    {
        "party": Key(SectionReference("parties"), "the party to which its machines belong", "Whose machines visit."),
        "key": Key(
            VerifierKeyText("party", SIGNATURE),
            "the key under which its worker signs",
            "Its verifier key, as `auditor keys party` prints it on the party's own machine.",
        ),
    },
    doc="A vantage whose machines belong to another party (notary, expert, customer), which signs what it sees.",
    placed=True,
)

WITNESS = RecordType(
    "witness",
    Witness,
    {
        "key": Key(VerifierKeyText("witness", COSIGNATURE), "the key that it signs with, as it publishes it"),
        "url": Key(Address(), doc="Its submission prefix: checkpoints go to <url>/add-checkpoint (C2SP tlog-witness)."),
        "folder": Key(
            Text(),
            doc="A folder instead, relative to this file: checkpoints are laid there as <size>.add-checkpoint, and "
            "signature lines brought back as <size>.cosignature are taken in.",
        ),
    },
    finish=_witness,
    doc="Somebody outside who remembers checkpoints of the log, so that it cannot be told twice.",
)


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
        "vantages": MapOf(VANTAGE),
    }
)
