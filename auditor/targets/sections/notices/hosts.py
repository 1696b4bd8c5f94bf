"""Hosts that may be written to: `hosts:`. A person keeps them; a look-up proposes and never decides."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any

from auditor.model.targets.notices import NoticeChannel, NoticeHost
from auditor.targets.sections.products import TEXTS
from auditor.targets.values.scalars import Choice, IsoDay, Text
from auditor.targets.values.types import Key, ListOf, LoadContext, MapOf, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, position_of

REGIMES = ("cn-general", "cn-storage", "cn-platform", "us-512", "eu-dsa")
LAWS = ListOf(Choice(*REGIMES), lone=True)
_MAILBOX = re.compile(r"[^\s@<>\x00-\x1f\x7f]{1,64}@[^\s@<>\x00-\x1f\x7f]{1,255}")


def _channel(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    if values["kind"] == "email" and not _MAILBOX.fullmatch(values["address"]):
        message = f'"{values["address"][:80]!r}" is not one mail address. Write it as name@host.example.'
        context.note("S22", position_of(node, "address"), where, message)
    return values


CHANNEL = RecordType(
    "notice channel",
    NoticeChannel,
    {
        "kind": Key(Choice("email", "form", "ems", "post", "fax", "hand"), "email, form, ems, post, fax or hand"),
        "address": Key(Text(), "the mail address, the form's address, or the postal address"),
        "designated_by": Key(Text(), doc="The capture or document that shows that the recipient named this channel."),
        "since": Key(IsoDay(), doc="Since when it is named."),
    },
    finish=_channel,
    doc="One way to a host.",
)
HOST = RecordType(
    "notice host",
    NoticeHost,
    {
        "name": Key(Text(), "its name, as its registration has it"),
        "kind": Key(
            Choice("iaas", "storage", "platform", "cdn", "dns", "registrar", "access"),
            "what it does: iaas, storage, platform, cdn, dns, registrar or access",
        ),
        "channels": Key(MapOf(CHANNEL), "the ways to it, by id"),
        "law": Key(LAWS, doc="Under which laws it is asked, where a notice names none."),
        "holders": Key(TEXTS, doc="Names of holders in registries that are this host's."),
    },
    doc="Somebody who may be written to with a notice.",
)

SECTIONS = MappingProxyType({"hosts": MapOf(HOST)})
