"""The titles of the eight sentences about where a deployment runs, and of their states, as notes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from auditor.model.hosting import (
    IntermediaryAnswer,
    ProofName,
    ProofReason,
    RungName,
    RungStatus,
    SignedBy,
    VisitProof,
)
from auditor.model.notes import Note, make_note

RUNG_TITLES: Final[Mapping[RungName, Note]] = {
    "connected": make_note("rung.connected"),
    "resolved": make_note("rung.resolved"),
    "key_answered": make_note("rung.key_answered"),
    "registered": make_note("rung.registered"),
    "announced": make_note("rung.announced"),
    "listed": make_note("rung.listed"),
    "stated": make_note("rung.stated"),
    "decided": make_note("rung.decided"),
}
RUNG_STATES: Final[Mapping[RungStatus, Note]] = {
    "shown": make_note("rung.shown"),
    "not_shown": make_note("rung.not_shown"),
    "not_checked": make_note("rung.not_checked"),
}
INTERMEDIARY_WORDS: Final[Mapping[IntermediaryAnswer, Note]] = {
    "seen": make_note("rung.intermediary_seen"),
    "no_sign": make_note("rung.intermediary_no_sign"),
    "not_checked": make_note("rung.intermediary_not_checked"),
}
SIGNED_WORDS: Final[Mapping[SignedBy, Note]] = {
    "nobody": make_note("rung.signed_nobody"),
    "zone": make_note("rung.signed_zone"),
    "server": make_note("rung.signed_server"),
    "person": make_note("rung.signed_person"),
}
_PROOFS: Final[Mapping[ProofName, Note]] = {
    "names": make_note("hosting.proof_names"),
    "handshake": make_note("hosting.proof_handshake"),
    "packets": make_note("hosting.proof_packets"),
    "route": make_note("hosting.proof_route"),
}
_LACKS: Final[Mapping[ProofReason, Note]] = {
    "off": make_note("hosting.why_off"),
    "proxy": make_note("hosting.why_proxy"),
    "no_connection": make_note("hosting.why_no_connection"),
    "no_name": make_note("hosting.why_no_name"),
    "no_server": make_note("hosting.why_no_server"),
    "no_tls": make_note("hosting.why_no_tls"),
    "no_token": make_note("hosting.why_no_token"),
    "not_allowed": make_note("hosting.why_not_allowed"),
    "no_answer": make_note("hosting.why_no_answer"),
    "dropped": make_note("hosting.why_dropped"),
    "elsewhere": make_note("hosting.why_elsewhere"),
    "keys_cut": make_note("hosting.why_keys_cut"),
}


def proof_note(proof: VisitProof) -> Note:
    """What became of one of a visit's proofs."""
    what, facts = _PROOFS[proof.name], ", ".join(f"{name} {value}" for name, value in sorted(proof.facts.items()))
    if proof.outcome == "kept":
        return make_note("hosting.proof_kept", what=what, facts=facts or "-")
    if proof.outcome == "partial":
        return make_note("hosting.proof_partial", what=what, why=_LACKS[proof.lack], facts=facts or "-")
    return make_note("hosting.proof_not_checked", what=what, why=_LACKS[proof.lack])
