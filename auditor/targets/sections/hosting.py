"""Whom a look-up asks who holds an address: `hosting:`."""

from __future__ import annotations

import ipaddress
import re
from types import MappingProxyType
from typing import Any

from auditor.model.targets.estate import (
    DataSetFile,
    HostingSources,
    NameServerAddress,
    RangeList,
    VisitProofSettings,
)
from auditor.targets.sections.deployments import Address
from auditor.targets.values.quantities import WholeNumber
from auditor.targets.values.scalars import IsoDay, SingleValue, Text, TrueOrFalse
from auditor.targets.values.types import BAD, Defs, Key, ListOf, LoadContext, MapOf, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, ScalarNode, position_of

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*")


class HostOrFalse(SingleValue):
    """A host name or address, or `false` for none; gives the name, or an empty text."""

    name = "`false` or host name"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        if node.plain and node.text == "false":
            return ""
        if not _HOST.fullmatch(node.text) or len(node.text) > 253:
            message = f'"{node.text[:80]}" is not a host name. Write it as whois.example, or false to ask none.'
            context.note("S15", node.at, where, message)
            return BAD
        return node.text

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"anyOf": [{"const": False}, {"type": "string"}]}


class IpAddressText(Text):
    """An IPv4 or IPv6 address."""

    name = "IP address"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = super().value(node, where, context)
        if text is BAD:
            return BAD
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            context.note(
                "S15", node.at, where, f'"{text[:80]}" is not an IP address. Write it as 192.0.2.53 or 2001:db8::53.'
            )
            return BAD


class BootstrapFolder(Address):
    """The address of a folder: it ends with a slash."""

    name = "address of a folder"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = super().value(node, where, context)
        if text is not BAD and not text.endswith("/"):
            context.note("D06", node.at, where, f'"{text[:200]}" is not a folder: end it with a slash.')
            return BAD
        return text


def _range_list(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    if ("url" in node.items) == ("file" in node.items):
        message = "exactly one of url and file is expected. Give the list's address, or a file that holds it."
        context.note("S16", position_of(node, "file") if "file" in node.items else node.at, where, message)
    return values


NAME_SERVER = RecordType(
    "name_server",
    NameServerAddress,
    {
        "address": Key(IpAddressText(), "the address of the name server"),
        "port": Key(WholeNumber(least=1, most=65_535), doc="53 where absent."),
    },
    identified=False,
    doc="A name server that is asked.",
)
DATA_SET = RecordType(
    "data_set",
    DataSetFile,
    {
        "file": Key(Text(), "the file, relative to this one"),
        "dated": Key(IsoDay(), "the day that it describes"),
        "name": Key(Text(), doc="What it is called where it comes from."),
    },
    doc="A dated data set.",
)
ORIGINS = RecordType(
    "origins", DataSetFile, dict(DATA_SET.keys), identified=False, doc="A dated data set of announcements."
)
RANGE_LIST = RecordType(
    "range_list",
    RangeList,
    {
        "url": Key(Address(), doc="Where the provider publishes it."),
        "file": Key(Text(), doc="A file in place of the address, relative to this one."),
    },
    finish=_range_list,
    doc="A provider's own list of its addresses.",
)
VISIT_PROOFS = RecordType(
    "visit_proofs",
    VisitProofSettings,
    {
        "names": Key(TrueOrFalse(), doc="Answers of the name servers, with DNSSEC, as wire bytes."),
        "handshake": Key(TrueOrFalse(), doc="A second TLS handshake of ours, over a timestamp: one more connection."),
        "packets": Key(TrueOrFalse(), doc="Packets to and from the deployment: whole under seal, headers disclosable."),
        "key_log": Key(TrueOrFalse(), doc="With `packets`: the keys of connections, those of traffic sealed."),
        "route": Key(
            TrueOrFalse(),
            doc="The route: up to 30 TCP connections, each allowed one hop more.",
        ),
    },
    identified=False,
    doc="What each visit keeps beside its pages. Nothing unless it is asked for here.",
)
HOSTING = RecordType(
    "hosting",
    HostingSources,
    {
        "rdap_bootstrap": Key(BootstrapFolder(), doc="Folder of the RDAP bootstrap files; IANA's where absent."),
        "whois": Key(HostOrFalse(), doc="The first WHOIS server; IANA's where absent, `false` asks none."),
        "whois_port": Key(WholeNumber(least=1, most=65_535), doc="Its port; 43 where absent."),
        "name_servers": Key(ListOf(NAME_SERVER), doc="Who is asked for names; this machine's own where absent."),
        "root_keys": Key(Text(), doc="File with DS records of the root zone's keys; IANA's where absent."),
        "origins": Key(ORIGINS, doc="Announcements: lines `prefix|AS …`, CAIDA's pfx2as or `bgpdump -m`."),
        "delegated": Key(MapOf(DATA_SET), doc="Registries' delegated files, by registry."),
        "ranges": Key(MapOf(RANGE_LIST), doc="Published lists, by provider."),
        "pause_seconds": Key(WholeNumber(least=0, most=60), doc="Between two questions to one server; 1 where absent."),
        "visits": Key(VISIT_PROOFS, doc="What each visit keeps about where it was connected to."),
    },
    identified=False,
    doc="Whom `auditor hosting look` asks who holds an address. Nobody is asked before that command is given.",
)

SECTIONS = MappingProxyType({"hosting": HOSTING})
