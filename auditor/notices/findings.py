"""What the record of a notice shows, N101 to N115: for either side, each by what it rests on. Pure.

Growth after receipt and service that went on are told as aggravation and never added to any sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from auditor.clock import local_day
from auditor.model.findings import KeyDate
from auditor.model.notes import Note, make_note
from auditor.model.notices import (
    NoticeApproval,
    NoticeClock,
    NoticeDelivery,
    NoticeDraft,
    NoticeFinding,
    NoticeReply,
    NoticeStage,
    RegimeCheck,
    SightedService,
)
from auditor.model.targets.notices import ExpectedAnswer
from auditor.notices.law.clocks import WorkingDays, answer_clocks, counter_clocks, log_clocks
from auditor.notices.law.regimes import notice_regimes
from auditor.wording import ELEMENT_TITLES, PROFILE_TITLES

SOON_DAYS = 5
"""So few days before the end of a counter-statement's time, it weighs high."""
LOGS_SOON_DAYS = 14
_ANSWERS = frozenset(("answer", "counter_statement"))


@dataclass(frozen=True, slots=True)
class NoticeHistory:
    """All that findings about one notice are made from."""

    notice: str
    as_of: datetime
    draft: NoticeDraft
    """The newest one."""
    approvals: tuple[NoticeApproval, ...]
    """In force for it."""
    approved_before: bool
    """Whether an earlier draft was approved."""
    deliveries: tuple[NoticeDelivery, ...]
    replies: tuple[NoticeReply, ...]
    checks: tuple[RegimeCheck, ...]
    sightings: tuple[SightedService, ...]
    """Of its deployment, oldest first."""
    key_dates: tuple[KeyDate, ...] = ()
    expect: tuple[tuple[str, ExpectedAnswer], ...] = ()
    holidays: WorkingDays | None = None
    restored_by: str = ""
    withdrawn: bool = False
    timezone: str = "UTC"
    """Of whole days: limits are counted in days of the parties, not of a clock elsewhere."""

    def day(self, moment: datetime) -> date:
        """The calendar day of a moment."""
        return local_day(moment, self.timezone)

    @property
    def today(self) -> date:
        """The last day that is told of: of the beginning of a day, the day that has just ended."""
        return self.day(self.as_of - timedelta(microseconds=1))


def receipt_of(history: NoticeHistory) -> tuple[date | None, Note | None]:
    """The earliest day on which its receipt is shown, and by which rule; nothing where nothing shows it.

    A 250 of a server of ours shows sending alone. Any mail that comes back from the other side after it was handed
    over, an automatic one too, shows that the letter arrived; it is an answer only where a person or its form says so.
    """
    found = _receipt(history)
    return (None, None) if found is None else (found.on, found.says)


@dataclass(frozen=True, slots=True)
class _Receipt:
    on: date
    says: Note
    at: datetime | None = None
    """Where the moment is known."""


def _receipt(history: NoticeHistory) -> _Receipt | None:
    found: list[_Receipt] = []
    handed: list[date] = []
    for one in history.deliveries:
        ended = one.ended_at or one.at
        if one.outcome in ("accepted", "unknown"):
            handed.append(one.done_on or history.day(one.at))
        if one.outcome != "accepted":
            continue
        if one.via == "mx":
            found.append(_Receipt(history.day(ended), make_note("noticereceipt.mx"), ended))
        elif one.via == "person" and one.received_on is not None:
            found.append(_Receipt(one.received_on, make_note("noticereceipt.person", number=one.answer)))
    if any(one.kind == "bounce" for one in history.replies):
        found = [one for one in found if one.says.code == "noticereceipt.person"]
    for reply in history.replies:
        note = _shows_receipt(reply)
        if note is not None and any(day <= reply.arrived_on for day in handed):
            found.append(_Receipt(reply.arrived_on, note))
    return min(found, key=lambda one: one.on, default=None)


def _shows_receipt(reply: NoticeReply) -> Note | None:
    match reply.kind:
        case "delivered":
            return make_note("noticereceipt.dsn")
        case "displayed":
            return make_note("noticereceipt.displayed")
        case "automatic":
            return make_note("noticereceipt.automatic")
        case "answer" | "counter_statement":
            return make_note("noticereceipt.answer")
    return None


def clocks_of(history: NoticeHistory) -> tuple[NoticeClock, ...]:
    """Every time limit that runs or ran, each with its source."""
    law, found = history.draft.contents.law, list[NoticeClock]()
    received, _ = receipt_of(history)
    if received is not None:
        found += answer_clocks(law, received, dict(history.expect))
    for reply in history.replies:
        if reply.kind == "counter_statement":
            found += counter_clocks(law, reply.arrived_on, history.holidays)
    seen = [history.day(one.at) for one in history.sightings if one.running]
    if seen:
        found += log_clocks(law, seen[-1])
    return tuple(found)


def find_in_notice(history: NoticeHistory) -> tuple[NoticeFinding, ...]:
    """Every finding, in the order of the rules."""
    rules = (
        _lacks, _bytes_differ, _unknown, _returned, _receipt_unshown, _silent, _continued, _grew, _counter,
        _counter_ended, _logs, _moved, _promise, _ceased, _restored,
    )  # fmt: skip
    return tuple(finding for rule in rules for finding in rule(history))


def _sent(history: NoticeHistory) -> list[NoticeDelivery]:
    return [one for one in history.deliveries if one.outcome == "accepted"]


def _lacks(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N101: a chosen law, under either reading, asks for more than the letter holds."""
    for check in history.checks:
        regime = notice_regimes()[check.regime]
        for answer in check.answers:
            if answer.qualified:
                continue
            says = make_note(
                "noticefinding.lacks", law=check.regime, profile=PROFILE_TITLES[answer.profile],
                elements=tuple(ELEMENT_TITLES[one] for one in answer.missing),
                source=regime.profiles[answer.profile].source.told,
            )  # fmt: skip
            yield NoticeFinding("N101", "medium", "other_side", says, (history.draft.id,))


def _bytes_differ(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N102: what was approved is not what would go out."""
    if history.approved_before and not history.approvals and not history.withdrawn:
        yield NoticeFinding("N102", "medium", "neither", make_note("noticefinding.bytes_differ"), (history.draft.id,))


def _unknown(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N103: a sending whose end is not known."""
    for one in history.deliveries:
        if one.outcome == "unknown":
            yield NoticeFinding("N103", "high", "neither", make_note("noticefinding.unknown"), (one.id,))


def _returned(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N104: a server refused it, or a report of failure came back, days after a 250 of a relay for instance."""
    for one in history.deliveries:
        if one.outcome == "refused":
            says = make_note("noticefinding.returned", answer=one.answer)
            yield NoticeFinding("N104", "high", "other_side", says, (one.id,))
    for reply in history.replies:
        if reply.kind == "bounce":
            says = make_note("noticefinding.returned", answer=reply.subject)
            yield NoticeFinding("N104", "high", "other_side", says, (reply.id,))


def _receipt_unshown(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N105: it was sent, and nothing shows that it came into the recipient's system."""
    sent = _sent(history)
    if sent and receipt_of(history)[0] is None:
        cites = tuple(one.id for one in sent)
        yield NoticeFinding("N105", "medium", "other_side", make_note("noticefinding.receipt_unshown"), cites)


def _silent(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N106: from receipt to the last capture that still shows the service, without an answer. An automatic reply is
    none."""
    received, _ = receipt_of(history)
    if received is None or any(one.kind in _ANSWERS for one in history.replies):
        return
    running = [one for one in seen_since_receipt(history) if one.running]
    if running:
        until = history.day(running[-1].at)
        says = make_note("noticefinding.silent", since=received, until=until, days=(until - received).days)
        yield NoticeFinding("N106", "medium", "licensor", says, (running[-1].capture,))


def seen_since_receipt(history: NoticeHistory) -> tuple[SightedService, ...]:
    """Captures after the receipt. Of its own day only those after a known moment: the others may have come before."""
    found = _receipt(history)
    if found is None:
        return ()
    return tuple(
        one
        for one in history.sightings
        if one.at <= history.as_of and (one.at > found.at if found.at is not None else history.day(one.at) > found.on)
    )


def _continued(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N107: a capture after the receipt still shows the service."""
    received, _ = receipt_of(history)
    if received is None:
        return
    running = [one for one in seen_since_receipt(history) if one.running]
    if running:
        says = make_note(
            "noticefinding.continued", received=received, seen=history.day(running[-1].at), captures=len(running)
        )
        yield NoticeFinding("N107", "high", "licensor", says, tuple(one.capture for one in running[-10:]))


def _grew(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N108: the displayed number rose after receipt."""
    received, _ = receipt_of(history)
    if received is None:
        return
    after = seen_since_receipt(history)
    later = {one.capture for one in after}
    before = [one for one in history.sightings if one.capture not in later and one.displayed is not None]
    numbered = [one for one in after if one.displayed is not None]
    if not before or not numbered:
        return
    base, last = before[-1], numbered[-1]
    assert base.displayed is not None and last.displayed is not None  # noqa: S101 (chosen so)
    if last.displayed > base.displayed:
        says = make_note("noticefinding.grew", before=base.displayed, after=last.displayed, seen=history.day(last.at))
        yield NoticeFinding("N108", "high", "licensor", says, (base.capture, last.capture))


def _counter_limits(history: NoticeHistory) -> Iterator[tuple[NoticeReply, NoticeClock]]:
    for reply in history.replies:
        if reply.kind == "counter_statement":
            for clock in counter_clocks(history.draft.contents.law, reply.arrived_on, history.holidays):
                if clock.until is not None:
                    yield reply, clock


def _counter(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N109: a counter-statement arrived and its time runs."""
    for reply, clock in _counter_limits(history):
        assert clock.until is not None  # noqa: S101 (chosen so)
        days = (clock.until - history.today).days
        if days >= 0:
            says = make_note("noticefinding.counter", arrived=reply.arrived_on, clock=clock.says, days=days)
            yield NoticeFinding("N109", "high" if days <= SOON_DAYS else "medium", "other_side", says, (reply.id,))


def _counter_ended(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N110: it has run out."""
    for reply, clock in _counter_limits(history):
        if clock.until is not None and clock.until < history.today:
            says = make_note("noticefinding.counter_ended", arrived=reply.arrived_on, until=clock.until)
            yield NoticeFinding("N110", "high", "other_side", says, (reply.id,))


def _logs(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N111: the host's logs of the last sighting may soon be gone, or are."""
    running = [one for one in history.sightings if one.running]
    if not running:
        return
    for clock in log_clocks(history.draft.contents.law, history.day(running[-1].at)):
        if clock.until is not None and history.today >= clock.until - timedelta(days=LOGS_SOON_DAYS):
            says = make_note("noticefinding.logs", clock=clock.says, source=clock.source)
            yield NoticeFinding("N111", "medium", "neither", says, (running[-1].capture,))


def _moved(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N112: after the sending it was connected to somewhere else: the host that was written to may not be the one."""
    if not _sent(history):
        return
    named = {one.address for one in history.draft.contents.places if one.address}
    last = next((one for one in reversed(history.sightings) if one.running and one.addresses), None)
    if last is not None and named and not named & set(last.addresses):
        says = make_note(
            "noticefinding.moved",
            now=", ".join(last.addresses),
            seen=history.day(last.at),
            then=", ".join(sorted(named)),
        )
        yield NoticeFinding("N112", "high", "other_side", says, (last.capture,))


def _promise(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N113: the day of an undertaking has passed, and a later capture shows the service."""
    for key in history.key_dates:
        if key.kind != "undertaking" or key.on is None:
            continue
        later = [one for one in history.sightings if one.running and history.day(one.at) > key.on]
        if later:
            says = make_note(
                "noticefinding.promise", on=key.on, what=key.what or key.id, seen=history.day(later[-1].at)
            )
            yield NoticeFinding("N113", "high", "licensor", says, (later[-1].capture,))


def _ceased(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N114: since a day no capture shows it running: told for the other side."""
    if not _sent(history):
        return
    silent: list[SightedService] = []
    for one in reversed(history.sightings):
        if one.running:
            break
        silent.append(one)
    if silent and len(silent) < len(history.sightings):
        says = make_note("noticefinding.ceased", since=history.day(silent[-1].at), captures=len(silent))
        yield NoticeFinding("N114", "info", "other_side", says, tuple(one.capture for one in silent[:10]))


def _restored(history: NoticeHistory) -> Iterator[NoticeFinding]:
    """N115: an earlier notice about the same thing was answered by a counter-statement (条例 17)."""
    if history.restored_by:
        says = make_note("noticefinding.restored", notice=history.restored_by)
        yield NoticeFinding("N115", "high", "other_side", says, (history.draft.id,))


def stage_of(history: NoticeHistory) -> NoticeStage:
    """How far a notice has come."""
    if any(one.kind in _ANSWERS for one in history.replies):
        return "answered"
    if receipt_of(history)[0] is not None:
        return "received"
    if _sent(history) or any(one.outcome == "unknown" for one in history.deliveries):
        return "sent"
    if history.withdrawn:
        return "withdrawn"
    return "approved" if history.approvals else "drafted"


def aggravating_dates(notice: str, deployment: str, received: date | None, title: str) -> Sequence[KeyDate]:
    """Receipt as a key date: growth after it is listed as aggravation (T503, claims), never as units."""
    if received is None:
        return ()
    return (
        KeyDate(id=f"receipt-{notice}", kind="notice", on=received, what=title, document=notice, deployment=deployment),
    )
