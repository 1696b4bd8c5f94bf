"""Witnesses under `timestamping:`: somebody outside who remembers checkpoints of the log, by address or by folder."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from auditor.model.targets.estate import Witness
from auditor.targets.sections.deployments import Address
from auditor.targets.values.scalars import Text
from auditor.targets.values.types import BAD, Defs, Key, LoadContext, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, ScalarNode, position_of

COSIGNATURE = 4
"""Type byte of an Ed25519 cosignature key (C2SP tlog-cosignature)."""


class WitnessKey(Text):
    """A verifier key as C2SP writes it, `name+id+base64`, of the type that witnesses use."""

    name = "witness key (`name+id+base64`)"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = super().value(node, where, context)
        if text is not BAD and not _is_key(text):
            message = f'"{text[:120]}" is not a witness key. Write it as its witness gives it: name+id+base64, type 4.'
            context.note("K04", node.at, where, message)
            return BAD
        return text

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^[^+\s]+\+[0-9a-f]{8}\+B[0-9A-Za-z+/]{43}$"}


def _is_key(text: str) -> bool:
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    try:
        material = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    if not name or any(sign.isspace() for sign in name) or len(material) != 33 or material[0] != COSIGNATURE:
        return False
    return hashlib.sha256(name.encode() + b"\n" + material).hexdigest()[:8] == identity


def _witness(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    if ("url" in node.items) == ("folder" in node.items):
        message = "exactly one of url and folder is expected. Give the witness's address, or a folder that is carried."
        code = "S23" if "url" in node.items else "S16"
        context.note(code, position_of(node, "folder") if code == "S23" else node.at, where, message)
    return values


WITNESS = RecordType(
    "witness",
    Witness,
    {
        "key": Key(WitnessKey(), "the key that it signs with, as it publishes it"),
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
