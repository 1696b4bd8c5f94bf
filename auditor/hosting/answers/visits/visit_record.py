"""`hosting/visit.json`: which proofs a visit kept beside its pages, and what they show when read again. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import cast, get_args

from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats.canonical_json import JsonObject
from auditor.hosting.answers.lookup_record import NAME as LOOKUP
from auditor.hosting.answers.reading import read_lookup
from auditor.hosting.answers.visits.handshake_record import check_handshake
from auditor.model.hosting import DnsAnswer, ProofName, ProofOutcome, ProofReason, SignedMoment, VisitProof

FORMAT = "auditor.visit-proofs/1"
FOLDER = "hosting/"
VISIT = "visit.json"
HANDSHAKE, MOMENT = "handshake.bin", "moment"
"""`moment.data`: what was stamped before the visit; `moment.tsq` and `moment.tsr`: the question and the answer."""
PACKETS, HANDSHAKE_SECRETS, TRAFFIC_SECRETS, ROUTE = "packets.pcap", "handshake-secrets.txt", "keylog.txt", "route.json"


def encode_visit(proofs: Sequence[VisitProof]) -> bytes:
    """Canonical bytes."""
    told = [{"name": one.name, "outcome": one.outcome, "lack": one.lack, "facts": dict(one.facts)} for one in proofs]
    return canonical_json.encode({"format": FORMAT, "proofs": told})


def decode_visit(data: bytes, what: str = VISIT) -> tuple[VisitProof, ...]:
    """The inverse of `encode_visit`; `IntegrityError` for bytes that it would not write."""
    body = JsonObject(canonical_json.decode(data, what), what)
    if body.text("format") != FORMAT:
        raise IntegrityError(f"{what}: format {body.text('format')!r:.40}; this version reads {FORMAT}")
    found = tuple(_proof(item) for item in body.objects("proofs"))
    if encode_visit(found) != data:
        raise IntegrityError(f"{what}: holds members that no visit has")
    return found


def _proof(item: JsonObject) -> VisitProof:
    name, outcome, lack = item.text("name"), item.text("outcome"), item.text("lack")
    if name not in get_args(ProofName) or outcome not in get_args(ProofOutcome) or lack not in get_args(ProofReason):
        raise IntegrityError(f"{item.what}: unknown proof {name!r:.40}, outcome {outcome!r:.40} or reason {lack!r:.40}")
    facts = item.object("facts")
    return VisitProof(
        cast("ProofName", name), cast("ProofOutcome", outcome), cast("ProofReason", lack),
        MappingProxyType({key: facts.text(key) for key in facts.members}),
    )  # fmt: skip


def read_names(files: Mapping[str, bytes], capture: str) -> tuple[DnsAnswer, ...]:
    """What name servers answered at the visit. `files`: artefacts of the package, by path."""
    own = {path.removeprefix(FOLDER): data for path, data in files.items() if path.startswith(FOLDER)}
    if LOOKUP not in own:
        return ()
    return tuple(_cited(one, capture) for one in read_lookup(own).dns)


def _cited(answer: DnsAnswer, capture: str) -> DnsAnswer:
    return dataclasses.replace(answer, cites=tuple(f"{capture}/{FOLDER}{path}" for path in answer.cites))


def read_handshake(files: Mapping[str, bytes], capture: str, certificate: str) -> SignedMoment | None:
    """What the kept handshake shows; None where none was kept. `certificate`: SHA-256 of the one the page came with."""
    proofs = decode_visit(files[FOLDER + VISIT]) if FOLDER + VISIT in files else ()
    kept = next((one for one in proofs if one.name == "handshake" and one.outcome == "kept"), None)
    messages, token = files.get(FOLDER + HANDSHAKE), files.get(f"{FOLDER}{MOMENT}.tsr")
    if kept is None or messages is None or token is None:
        return None
    said = check_handshake(messages, token)
    return SignedMoment(
        capture, kept.facts.get("host", ""), said.fault or "", said.protocol, said.certificate, said.subject,
        said.whole, kept.facts.get("at", ""), kept.facts.get("authority", ""),
        kept.facts.get("practice") == "yes",
        said.certificate == certificate if certificate else None,
    )  # fmt: skip
