"""The eight sentences about where a deployment runs, each with its proof or with why there is none. Pure.

Each rung rests on its own evidence; none is inferred from another. Up to the seventh they say what was connected to,
what names pointed to, and what registries, data sets, lists and the page state. Only the eighth says who hosts, and it
is a named person's decision that cites the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.hosting.answers.intermediaries import find_intermediary
from auditor.model.hosting import (
    DnsAnswer,
    HostAttachment,
    HostDecision,
    HostingReading,
    HostingRecord,
    LadderRung,
    SeenConnection,
    SignedMoment,
    VisitProof,
)
from auditor.model.notes import Note, make_note


@dataclass(frozen=True, slots=True)
class LadderInputs:
    """What is known about one address, or one deployment at it."""

    address: str
    deployment: str = ""
    reading: HostingReading | None = None
    lookup: str = ""
    """Id of the look-up that the reading is of."""
    connections: tuple[SeenConnection, ...] = ()
    headers: Mapping[str, str] | None = None
    """Of the page's own document; None where none arrived, or no visit was made."""
    filings: tuple[str, ...] = ()
    """Filing numbers that the page states."""
    filings_capture: str = ""
    """The capture that they were read from; empty where no page's text was looked at."""
    attachments: tuple[HostAttachment, ...] = ()
    decision: HostDecision | None = None
    certificate: str = ""
    """SHA-256 of the certificate that the visit kept; empty where none was."""
    visit_dns: tuple[DnsAnswer, ...] = ()
    """What name servers answered at the visit; they cite the capture themselves."""
    handshake: SignedMoment | None = None
    """What the visit's own handshake shows, where it was made with this address."""
    proofs: tuple[VisitProof, ...] = ()


def hosting_record(known: LadderInputs) -> HostingRecord:
    """The ladder, the signs of an intermediary, and what both rest on."""
    reading = known.reading
    ladder = (
        _connected(known), _resolved(known), _key_answered(known), _registered(known), _announced(known),
        _listed(known), _stated(known), _decided(known),
    )  # fmt: skip
    looked, ranges = (reading.dns, reading.ranges) if reading is not None else ((), ())
    answers = (*looked, *known.visit_dns)
    return HostingRecord(
        known.address, known.deployment, ladder, find_intermediary(known.headers, answers, ranges), reading,
        known.lookup, known.attachments, known.connections, known.proofs,
    )  # fmt: skip


def _connected(known: LadderInputs) -> LadderRung:
    if not known.connections:
        return LadderRung("connected", "not_checked", make_note("hosting.no_visit"))
    here = [one for one in known.connections if one.address == known.address]
    if not here:
        others = len({one.address for one in known.connections})
        return LadderRung("connected", "not_shown", make_note("hosting.connected_elsewhere", addresses=others))
    one = next((each for each in here if each.main), here[0])
    told: Note = make_note(
        "hosting.connected", address=one.address, port=one.port or 0, host=one.host, day=one.at.date(),
        others=len({each.address for each in known.connections} - {known.address}),
    )  # fmt: skip
    if one.main and one.asked and one.asked != one.answered:
        changed = make_note("hosting.origin_changed", asked=one.asked, answered=one.answered)
        told = make_note("several", notes=(told, changed))
    return LadderRung("connected", "shown", told, tuple(sorted({each.capture for each in here})))


def _resolved(known: LadderInputs) -> LadderRung:
    looked = known.reading.dns if known.reading is not None else ()
    answers = (*looked, *known.visit_dns)
    if not answers:
        return LadderRung("resolved", "not_checked", make_note("hosting.no_name"))
    cites = (*_cited(known, looked), *(path for one in known.visit_dns for path in one.cites))
    pointing = [one for one in answers if known.address in one.values]
    if not pointing:
        silent = sum(one.outcome not in _SAID for one in answers)
        told = make_note("hosting.not_resolved", address=known.address, answers=len(answers), silent=silent)
        return LadderRung("resolved", "not_checked" if silent == len(answers) else "not_shown", told, cites)
    first = pointing[0]
    told = make_note(
        "hosting.resolved", name=first.name, address=known.address, servers=len({one.server for one in pointing}),
        asked=len({one.server for one in answers}), day=first.at.date() if first.at else "-", dnssec=_signed(pointing),
    )  # fmt: skip
    statuses = {one.dnssec for one in pointing}
    by_zone = "secure" in statuses and "bogus" not in statuses
    return LadderRung("resolved", "shown", told, cites, "zone" if by_zone else "nobody")


_SAID = frozenset({"addresses", "no_data", "no_such_name"})
"""Outcomes by which a name server said what a name has; a failure, a refusal and noise say nothing."""


def _signed(answers: Sequence[DnsAnswer]) -> Note:
    """What DNSSEC makes of the answers: the best that was shown, with bogus before all."""
    statuses = {one.dnssec for one in answers}
    if "bogus" in statuses:
        why = next(one.dnssec_why for one in answers if one.dnssec == "bogus")
        return make_note("hosting.zone_bogus", why=why or "-")
    if "secure" in statuses:
        return make_note("hosting.zone_signed")
    if "insecure" in statuses:
        return make_note("hosting.zone_unsigned")
    return make_note("hosting.zone_unknown")


def _key_answered(known: LadderInputs) -> LadderRung:
    """Shown by a handshake of ours alone; a certificate that was kept shows nothing about a moment."""
    if known.handshake is not None:
        return _signed_moment(known.handshake)
    if known.certificate:
        told = make_note("hosting.certificate_kept", sha256=known.certificate)
        return LadderRung("key_answered", "not_checked", told)
    return LadderRung("key_answered", "not_checked", make_note("hosting.no_handshake"))


def _signed_moment(seen: SignedMoment) -> LadderRung:
    cites = (f"{seen.capture}/hosting/handshake.bin", f"{seen.capture}/hosting/moment.tsr")
    if seen.fault:
        return LadderRung("key_answered", "not_shown", _FAULTS[seen.fault], cites)
    told = make_note(
        "hosting.key_signed", sha256=seen.certificate, subject=seen.subject or "-", at=seen.at,
        authority=make_note("hosting.practice_authority", name=seen.authority) if seen.practice else seen.authority,
        protocol=seen.protocol,
        over=make_note("hosting.over_all" if seen.whole else "hosting.over_randoms"),
        same=_SAME[seen.same],
    )  # fmt: skip
    return LadderRung("key_answered", "shown", told, cites, "server")


_SAME = {
    True: make_note("hosting.same_certificate"),
    False: make_note("hosting.other_certificate"),
    None: make_note("hosting.page_certificate_unknown"),
}
_FAULTS = {
    "not_read": make_note("hosting.handshake_not_read"),
    "other_moment": make_note("hosting.handshake_other_moment"),
    "signature": make_note("hosting.handshake_signature"),
    "algorithm": make_note("hosting.handshake_algorithm"),
}


def _registered(known: LadderInputs) -> LadderRung:
    answers = known.reading.registries if known.reading is not None else ()
    asked = [one for one in answers if one.outcome != "not_asked"]
    if not asked:
        return LadderRung("registered", "not_checked", make_note("hosting.no_registry"))
    cites = _cited(known, asked)
    named = [one for one in asked if one.outcome == "holder"]
    if not named:
        said = tuple(
            make_note("hosting.registry_outcome", source=one.source, outcome=_OUTCOMES[one.outcome]) for one in asked
        )
        answered = any(one.outcome in _ANSWERS for one in asked)
        return LadderRung(
            "registered", "not_shown" if answered else "not_checked", make_note("several", notes=said), cites
        )
    holders = tuple(
        make_note(
            "hosting.registered", server=one.server, range=one.range, holder=one.holder, changed=one.changed or "-"
        )
        for one in named
    )
    return LadderRung("registered", "shown", make_note("several", notes=holders), cites)


_ANSWERS = frozenset({"holder", "no_holder_named", "stub", "not_found", "whole_internet", "another_range"})
"""Outcomes by which a registry answered, whatever it is worth; the others are no answer at all."""
_OUTCOMES = {
    "holder": make_note("hosting.outcome_holder"),
    "no_holder_named": make_note("hosting.outcome_no_holder_named"),
    "stub": make_note("hosting.outcome_stub"),
    "another_range": make_note("hosting.outcome_another_range"),
    "whole_internet": make_note("hosting.outcome_whole_internet"),
    "not_found": make_note("hosting.outcome_not_found"),
    "rate_limited": make_note("hosting.outcome_rate_limited"),
    "error_status": make_note("hosting.outcome_error_status"),
    "not_read": make_note("hosting.outcome_not_read"),
    "no_answer": make_note("hosting.outcome_no_answer"),
    "loop": make_note("hosting.outcome_loop"),
    "not_asked": make_note("hosting.outcome_not_asked"),
}


def outcome_note(outcome: str) -> Note:
    """What a registry's outcome says, as a note."""
    return _OUTCOMES[outcome]


def _announced(known: LadderInputs) -> LadderRung:
    found = known.reading.origins if known.reading is not None else None
    if found is None:
        return LadderRung("announced", "not_checked", make_note("hosting.no_data_set"))
    cites = _cited(known, (found,))
    dated = found.dated if found.dated is not None else "-"
    if not found.prefixes:
        told = make_note("hosting.not_in_data_set", name=found.data_set, dated=dated)
        return LadderRung("announced", "not_shown", told, cites)
    named = [one for one in found.prefixes if one.origins]
    if not named:
        told = make_note("hosting.no_origin", prefix=found.prefixes[0].prefix, name=found.data_set, dated=dated)
        return LadderRung("announced", "not_checked", told, cites)
    longest = named[0]
    told = make_note(
        "hosting.announced", prefix=longest.prefix, systems=_systems(longest.origins), name=found.data_set, dated=dated,
        others=len(named) - 1,
    )  # fmt: skip
    return LadderRung("announced", "shown", told, cites)


def _systems(origins: Sequence[int]) -> str:
    """A set of autonomous systems, whole and sorted."""
    return ", ".join(f"AS{number}" for number in sorted(origins)) or "-"


def _listed(known: LadderInputs) -> LadderRung:
    lists = known.reading.ranges if known.reading is not None else ()
    read = [one for one in lists if one.read]
    if not read:
        asked = ", ".join(one.provider for one in lists)
        told = make_note("hosting.lists_not_read", providers=asked) if lists else make_note("hosting.no_list")
        return LadderRung("listed", "not_checked", told)
    cites = _cited(known, read)
    found = [(answer, one) for answer in read for one in answer.ranges]
    if not found:
        names = ", ".join(one.provider for one in read)
        return LadderRung("listed", "not_shown", make_note("hosting.not_listed", providers=names), cites)
    notes = tuple(
        make_note(
            "hosting.listed", provider=one.provider, service=one.service or "-", prefix=one.prefix,
            dated=answer.dated or "-",
        )
        for answer, one in found[:10]
    )  # fmt: skip
    return LadderRung("listed", "shown", make_note("several", notes=notes), cites)


def _stated(known: LadderInputs) -> LadderRung:
    records = [one for one in known.attachments if one.kind == "icp"]
    looked = tuple(make_note("hosting.looked_up", by=one.by, day=one.looked_up_on, says=one.says) for one in records)
    if not known.filings_capture and not looked:
        return LadderRung("stated", "not_checked", make_note("hosting.no_page"))
    cites = tuple(filter(None, (known.filings_capture, *(one.id for one in records))))
    if known.filings:
        own = make_note("hosting.stated", numbers=", ".join(known.filings))
        return LadderRung("stated", "shown", make_note("several", notes=(own, *looked)), cites)
    if looked:
        return LadderRung("stated", "shown", make_note("several", notes=looked), cites)
    return LadderRung("stated", "not_shown", make_note("hosting.nothing_stated"), cites)


def _decided(known: LadderInputs) -> LadderRung:
    made = known.decision
    if made is None:
        return LadderRung("decided", "not_checked", make_note("hosting.nobody_decided"))
    told = make_note("hosting.decided", host=made.host, by=made.by, day=made.at.date(), why=made.why)
    return LadderRung("decided", "shown", told, (made.id, *made.evidence), "person")


def _cited(known: LadderInputs, of: Sequence[object]) -> tuple[str, ...]:
    paths = dict.fromkeys(path for one in of for path in getattr(one, "cites", ()))
    return tuple(f"{known.lookup}/{path}" if known.lookup else path for path in paths)
