"""N101 to N115, each where its cause stands and not without it; receipt by rules, limits from the law (A14, A15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Literal

import pytest

from auditor.model.findings import KeyDate
from auditor.model.notes import make_note
from auditor.model.notices import (
    ELEMENTS,
    DeliveryOutcome,
    NoticeApproval,
    NoticeDelivery,
    NoticeDraft,
    NoticeReply,
    ReplyKind,
    SightedService,
)
from auditor.notices import (
    NoticeHistory,
    aggravating_dates,
    check_regime,
    clocks_of,
    element_states,
    find_in_notice,
    notice_regimes,
    receipt_of,
    stage_of,
)
from auditor.wording import LANGS, note_text
from tests.notices.test_letter import AT, LETTER

DAY = timedelta(days=1)


def draft(**changes: object) -> NoticeDraft:
    letter = replace(LETTER, law=("cn-general",), **changes)  # type: ignore[arg-type]
    return NoticeDraft("n-1", AT, "p", letter, element_states(letter), "message.eml", "d" * 64)


def sent(outcome: DeliveryOutcome = "accepted", via: Literal["mx", "relay", "person"] = "mx") -> NoticeDelivery:
    says = make_note("noticedelivery.accepted_mx")
    return NoticeDelivery("s-1", AT, "n-1", "d" * 64, outcome, via, says, answer="250 ok", ended_at=AT)


def reply(kind: ReplyKind, day: int = 1, confirmed: ReplyKind | None = None) -> NoticeReply:
    return NoticeReply(f"r-{kind}", AT + DAY * day, (AT + DAY * day).date(), kind, confirmed, "", "f", "s")


def seen(day: float, running: bool = True, used: int | None = 18, address: str = "203.0.113.10") -> SightedService:
    return SightedService(f"c{day}", AT + DAY * day, running, used if running else None, (address,) if running else ())


def history(*, day: int = 3, law: str = "cn-general", **parts: object) -> NoticeHistory:
    whole = draft()
    base = NoticeHistory(
        "N-2026-001", AT + DAY * day, replace(whole, contents=replace(whole.contents, law=(law,))),
        (NoticeApproval("a", AT, "w", "d" * 64, "d-1"),), True, (), (), (), (),
    )  # fmt: skip
    return replace(base, **parts)  # type: ignore[arg-type]


def rules(one: NoticeHistory) -> list[str]:
    return [finding.rule for finding in find_in_notice(one)]


WITH: Mapping[str, NoticeHistory] = MappingProxyType(
    {
        "N101": history(checks=(check_regime(notice_regimes()["cn-general"], {}),)),
        "N102": history(approvals=()),
        "N103": history(deliveries=(sent("unknown"),)),
        "N104": history(deliveries=(sent("refused"),)),
        "N105": history(deliveries=(sent(via="relay"),)),
        "N106": history(deliveries=(sent(),), sightings=(seen(-1), seen(2))),
        "N107": history(deliveries=(sent(),), sightings=(seen(-1), seen(2))),
        "N108": history(deliveries=(sent(),), sightings=(seen(-1), seen(2, used=22))),
        "N109": history(law="cn-platform", deliveries=(sent(),), replies=(reply("counter_statement"),)),
        "N110": history(law="cn-platform", day=30, deliveries=(sent(),), replies=(reply("counter_statement"),)),
        "N111": history(day=60, sightings=(seen(0),)),
        "N112": history(deliveries=(sent(),), sightings=(seen(-1), seen(2, address="198.51.100.7"))),
        "N113": history(
            key_dates=(KeyDate("u", "undertaking", AT.date(), what="close it"),), sightings=(seen(-1), seen(2))
        ),
        "N114": history(deliveries=(sent(),), sightings=(seen(-1), seen(1, running=False), seen(2, running=False))),
        "N115": history(restored_by="N-0"),
    }
)
WITHOUT: Mapping[str, NoticeHistory] = MappingProxyType(
    {
        "N101": history(checks=(check_regime(notice_regimes()["cn-general"], dict.fromkeys(ELEMENTS, "there")),)),
        "N102": history(),
        "N103": history(deliveries=(sent(),)),
        "N104": history(deliveries=(sent("deferred"),)),
        "N105": history(deliveries=(sent(via="relay"),), replies=(reply("delivered"),)),
        "N106": history(deliveries=(sent(),), replies=(reply("answer"),), sightings=(seen(-1), seen(2))),
        "N107": history(deliveries=(sent(),), sightings=(seen(-1), seen(2, running=False))),
        "N108": history(deliveries=(sent(),), sightings=(seen(-1), seen(2))),
        "N109": history(law="cn-general", deliveries=(sent(),), replies=(reply("counter_statement"),)),
        "N110": history(law="cn-platform", deliveries=(sent(),), replies=(reply("counter_statement"),)),
        "N111": history(day=10, sightings=(seen(0),)),
        "N112": history(deliveries=(sent(),), sightings=(seen(-1), seen(2))),
        "N113": history(key_dates=(KeyDate("u", "undertaking", (AT + 9 * DAY).date()),), sightings=(seen(2),)),
        "N114": history(deliveries=(sent(),), sightings=(seen(-1), seen(1, running=False), seen(2))),
        "N115": history(),
    }
)


@pytest.mark.parametrize("rule", WITH)
def test_a_finding_stands_with_its_cause_and_not_without(rule: str) -> None:
    assert rule in rules(WITH[rule])
    assert rule not in rules(WITHOUT[rule])


@pytest.mark.parametrize("rule", WITH)
def test_every_finding_is_said_in_both_languages_and_says_its_number(rule: str) -> None:
    for finding in find_in_notice(WITH[rule]):
        for lang in LANGS:
            assert note_text(finding.says, lang).startswith(finding.rule)


def test_findings_for_the_other_side_are_there() -> None:
    sides = {one.rule: one.favours for rule in WITH for one in find_in_notice(WITH[rule])}
    assert {rule for rule, side in sides.items() if side == "other_side"} >= {"N101", "N104", "N105", "N112", "N114"}
    assert {rule for rule, side in sides.items() if side == "licensor"} == {"N106", "N107", "N108", "N113"}


def test_known_error_5_accepted_by_a_relay_and_returned_two_days_later() -> None:
    before = history(deliveries=(sent(via="relay"),))
    assert (receipt_of(before)[0], stage_of(before)) == (None, "sent")
    after = replace(before, replies=(reply("bounce", day=2),))
    assert receipt_of(after) == (None, None)
    assert {"N104", "N105"} <= set(rules(after))
    own = history(deliveries=(sent(),), replies=(reply("bounce", day=2),))
    assert receipt_of(own) == (None, None), "what came back as undeliverable was not received, whoever took it"


def test_known_error_6_lost_after_the_last_byte_is_unknown_and_no_receipt() -> None:
    lost = history(deliveries=(sent("unknown"),))
    assert (receipt_of(lost), stage_of(lost), rules(lost)) == ((None, None), "sent", ["N103"])


def test_known_error_7_an_automatic_reply_shows_receipt_and_answers_nothing() -> None:
    found = history(deliveries=(sent(via="relay"),), replies=(reply("automatic"),), sightings=(seen(-1), seen(2)))
    received, note = receipt_of(found)
    assert (received, stage_of(found)) == ((AT + DAY).date(), "received")
    assert note is not None and note.code == "noticereceipt.automatic"
    assert {"N106", "N107"} <= set(rules(found))
    answered = replace(found, replies=(reply("automatic", confirmed="answer"),))
    assert (stage_of(answered), "N106" in rules(answered)) == ("answered", False)


def test_a14_the_counter_statement_of_24_december() -> None:
    arrived = NoticeReply("r-1", AT, date(2026, 12, 24), "counter_statement", None, "", "f", "s")
    platform = history(law="cn-platform", replies=(arrived,))
    (limit,) = (one for one in clocks_of(platform) if one.rule.startswith("counter"))
    assert limit.until == date(2027, 1, 8)
    general = history(law="cn-general", replies=(arrived,))
    limits = [one for one in clocks_of(general) if one.rule.startswith("counter")]
    assert [(one.until, one.not_checked) for one in limits] == [(None, False), (None, True)]
    near = replace(platform, as_of=datetime(2027, 1, 4, 4, tzinfo=UTC))
    (finding,) = (one for one in find_in_notice(near) if one.rule == "N109")
    assert (finding.severity, finding.says.text("days")) == ("high", "4")


def test_a15_growth_after_receipt_is_aggravation_and_a_key_date_never_units() -> None:
    found = history(deliveries=(sent(),), sightings=(seen(-1), seen(1), seen(2, used=22)))
    assert {"N107", "N108"} <= set(rules(found))
    (grew,) = (one for one in find_in_notice(found) if one.rule == "N108")
    assert (grew.says.text("before"), grew.says.text("after")) == ("18", "22")
    (key,) = aggravating_dates("N-2026-001", "site-90", receipt_of(found)[0], "t")
    assert (key.kind, key.on, key.deployment) == ("notice", AT.date(), "site-90")
    assert aggravating_dates("N-2026-001", "site-90", None, "t") == ()


def test_captures_before_the_sending_of_the_same_day_are_no_continuation() -> None:
    hour = 1 / 24
    found = history(deliveries=(sent(),), sightings=(seen(-hour),))
    assert "N107" not in rules(found)
    assert "N107" in rules(replace(found, sightings=(seen(-hour), seen(hour))))


def test_captures_of_the_day_of_a_receipt_without_a_moment_are_no_continuation() -> None:
    """A slip or a reply names a day: a capture of that day may have come before it."""
    slip = replace(sent(via="person"), done_on=AT.date(), received_on=(AT + DAY).date())
    for found in (
        history(deliveries=(slip,), sightings=(seen(-1), seen(1))),
        history(deliveries=(sent(via="relay"),), replies=(reply("delivered"),), sightings=(seen(-1), seen(1))),
        history(deliveries=(sent("deferred"), slip), sightings=(seen(-1), seen(0.5))),
    ):
        assert receipt_of(found)[0] == (AT + DAY).date()
        assert not {"N106", "N107", "N108"} & set(rules(found))
        later = replace(found, sightings=(*found.sightings, seen(2)))
        (told,) = (one for one in find_in_notice(later) if one.rule == "N107")
        assert told.says.text("captures") == "1"


def test_what_came_before_the_letter_was_handed_over_shows_no_receipt() -> None:
    early = history(deliveries=(sent(via="relay"),), replies=(reply("answer", day=-3), reply("automatic", day=-2)))
    assert receipt_of(early) == (None, None)
    assert receipt_of(history(replies=(reply("answer"),))) == (None, None), "nothing was sent"
    assert receipt_of(history(deliveries=(sent("refused"),), replies=(reply("answer"),))) == (None, None)
    lost = history(deliveries=(sent("unknown"),), replies=(reply("answer", day=-3), reply("automatic")))
    assert receipt_of(lost)[0] == (AT + DAY).date(), "what is answered arrived, whatever the server's last words were"


def test_days_are_those_of_the_zone_of_the_file() -> None:
    """18:00 UTC is the next day in China: received, seen and the last day of a limit are told by its calendar."""
    late = replace(sent(), at=AT.replace(hour=18), ended_at=AT.replace(hour=18))
    found = history(deliveries=(late,), sightings=(seen(1.7),), timezone="Asia/Shanghai")
    assert receipt_of(found)[0] == date(2026, 11, 28)
    (told,) = (one for one in find_in_notice(found) if one.rule == "N107")
    assert (told.says.text("received"), told.says.text("seen")) == ("2026-11-28", "2026-11-29")


@pytest.mark.parametrize(
    ("as_of", "rule"),
    [
        (datetime(2027, 1, 8, 15, 59, tzinfo=UTC), "N109"),
        (datetime(2027, 1, 8, 16, 0, tzinfo=UTC), "N109"),
        (datetime(2027, 1, 8, 16, 1, tzinfo=UTC), "N110"),
    ],
)
def test_a_limit_ends_with_the_end_of_its_last_day(as_of: datetime, rule: str) -> None:
    """16:00 UTC is midnight in China; a record as of the end of a day is not one of the next."""
    arrived = NoticeReply("r-1", AT, date(2026, 12, 24), "counter_statement", None, "", "f", "s")
    found = history(law="cn-platform", replies=(arrived,), timezone="Asia/Shanghai", as_of=as_of)
    assert [one for one in rules(found) if one in ("N109", "N110")] == [rule]


def test_what_was_not_observed_is_no_statement_of_growth() -> None:
    found = history(deliveries=(sent(),), sightings=(seen(-1), seen(2, used=None)))
    assert "N108" not in rules(found) and "N107" in rules(found)


def test_nothing_that_came_back_before_the_letter_was_handed_over_shows_its_receipt() -> None:
    early = reply("automatic", day=-1)
    assert receipt_of(history(deliveries=(sent(via="relay"),), replies=(early,))) == (None, None)
    later = history(deliveries=(sent(via="relay"),), replies=(early, reply("automatic", day=1)))
    assert receipt_of(later)[0] == (AT + DAY).date()


def test_a_capture_of_the_day_of_a_receipt_without_an_hour_is_not_after_it() -> None:
    """A person's record knows the day alone: what was seen on that day may have been seen before."""
    by_hand = replace(sent(via="person"), received_on=(AT + DAY).date(), done_on=AT.date())
    told = history(deliveries=(by_hand,), sightings=(seen(-1), seen(1)))
    assert "N107" not in rules(told)
    assert "N107" in rules(replace(told, sightings=(seen(-1), seen(1), seen(2))))


def test_whole_days_are_days_of_the_parties() -> None:
    """One second to midnight in Shanghai is an afternoon in UTC; a second later the next day has begun there."""
    evening = datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)
    days = [
        receipt_of(history(deliveries=(replace(sent(), at=at, ended_at=at),), timezone="Asia/Shanghai"))[0]
        for at in (evening, evening + timedelta(seconds=1))
    ]
    assert days == [date(2026, 3, 2), date(2026, 3, 3)]
