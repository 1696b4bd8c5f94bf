"""The clock against everybody who told the time, and the authorities that did. Values in, values out."""

from __future__ import annotations

from auditor.capture import MAX_CLOCK_OFFSET_SECONDS
from auditor.custody import AuthorityProbe
from auditor.model.notes import Note, make_note, quote_text
from auditor.workflow.doctor.diagnosis import DoctorLine, LineState, run_command
from auditor.workflow.doctor.facts import MachineFacts, ToldTime


def clock_line(facts: MachineFacts) -> DoctorLine:
    """Failed where somebody's time is certainly further off than a capture allows, and nobody's agrees."""
    title = make_note("doctor.title_clock")
    if not facts.asked:
        return DoctorLine("clock", title, "not_checked", make_note("doctor.asked_nobody"))
    told = tuple(_told(one) for one in facts.told_times)
    silent = (make_note("doctor.silent", who=", ".join(facts.silent)),) if facts.silent else ()
    seen = make_note("several", notes=(*told, *silent)) if told or silent else make_note("doctor.asked_nobody")
    if not told:
        return DoctorLine("clock", title, "not_checked", seen, make_note("doctor.let_time_through", port="123/udp"))
    wrong = [one for one in facts.told_times if _off(one)]
    if not wrong:
        # A visit compares the clock with a time server, and with nobody else.
        state: LineState = "ok" if any(one.by == "time_server" for one in facts.told_times) else "warning"
        todo = None if state == "ok" else make_note("doctor.let_time_through", port="123/udp")
        return DoctorLine("clock", title, state, seen, todo)
    state = "failed" if len(wrong) == len(told) or any(one.by == "time_server" for one in wrong) else "warning"
    return DoctorLine("clock", title, state, seen, run_command("timedatectl set-ntp true"))


def _off(one: ToldTime) -> bool:
    """Whether the clock is further from theirs than a capture allows, however long the answer travelled."""
    return one.least > MAX_CLOCK_OFFSET_SECONDS or one.most < -MAX_CLOCK_OFFSET_SECONDS


def _told(one: ToldTime) -> Note:
    offset, within = f"{one.middle:+.2f}", f"{(one.most - one.least) / 2:.2f}"
    if one.by == "time_server":
        return make_note("doctor.told_by_server", who=one.who, offset=offset)
    if one.by == "authority":
        return make_note("doctor.told_by_token", who=one.who, offset=offset, within=within)
    return make_note("doctor.told_by_http", who=one.who, offset=offset, within=within)


def authorities_line(facts: MachineFacts) -> DoctorLine:
    """Who of the configured authorities gave a token that verifies; failed where no quorum of owners did."""
    title = make_note("doctor.title_authorities")
    if facts.authorities is None:
        seen = make_note("doctor.no_configuration")
        return DoctorLine("authorities", title, "not_checked", seen, due=False)
    if not facts.asked:
        return DoctorLine("authorities", title, "not_checked", make_note("doctor.asked_nobody"))
    if not facts.authorities:
        todo = make_note("doctor.name_authorities", key="timestamping")
        return DoctorLine("authorities", title, "warning", make_note("doctor.no_authority"), todo)
    seen = make_note("several", notes=tuple(_answer(one) for one in facts.authorities))
    bad = [one for one in facts.authorities if one.verdict is None or one.verdict.status != "verified"]
    if not bad:
        return DoctorLine("authorities", title, "ok", seen)
    todo = make_note("doctor.mend_authorities", who=", ".join(one.authority for one in bad))
    owners = {one.verdict.owner for one in facts.authorities if one.verdict and one.verdict.status == "verified"}
    return DoctorLine("authorities", title, "warning" if len(owners) >= facts.quorum else "failed", seen, todo)


def _answer(one: AuthorityProbe) -> Note:
    if one.verdict is None:
        return make_note("doctor.authority_fails", who=one.authority, why=quote_text(one.why))
    if one.verdict.status != "verified":
        return make_note("doctor.authority_fails", who=one.authority, why=quote_text(one.verdict.why))
    if one.verdict.practice:
        return make_note("doctor.authority_practice", who=one.authority)
    return make_note("doctor.authority_answers", who=one.authority)
