"""Notices to a host that count: what the law asks for, the letter, its delivery, what came back, what follows.

Protocol: `check_regime(regime, states)` holds a letter against a law under the lenient and the strict reading, and both
are always given. What is decided is pure: laws as data, time limits, kinds of reply, findings. Sending touches the
network, hands over exactly the bytes that a person approved, and reports what the server answered: nothing is sent
twice by itself.

===============  ===================================================================================================
`law/`           what the law asks of a notice and how long it gives: data with article and source
`letter/`        the letter: its elements, papers, the message that goes out, the record of a draft
`delivery/`      handing it to a mail server, once, with every line kept
`replies`        what came back, recognised by its form
`findings`       what the record shows, N101 to N115, for either side
===============  ===================================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.notices.delivery.delivery_record import SENDING, decode_delivery, encode_delivery
    from auditor.notices.delivery.smtp import MailEnvelope, SmtpExchange, hand_over_mail
    from auditor.notices.findings import (
        NoticeHistory,
        aggravating_dates,
        clocks_of,
        find_in_notice,
        receipt_of,
        seen_since_receipt,
        stage_of,
    )
    from auditor.notices.law.clocks import WorkingDays, answer_clocks, counter_clocks, log_clocks, parse_working_days
    from auditor.notices.law.qualification import check_regime, join_letters
    from auditor.notices.law.regimes import notice_regimes
    from auditor.notices.law.surroundings import LetterSurroundings, check_points
    from auditor.notices.letter.contents import element_states
    from auditor.notices.letter.dkim import DkimKey, check_dkim, dkim_key_name, dkim_record, parse_dkim_key, sign_mail
    from auditor.notices.letter.draft_record import DRAFT, decode_draft, encode_draft
    from auditor.notices.letter.message import enclosed_list, mail_message, message_name
    from auditor.notices.letter.papers import docx_paper, html_paper, paper_words, text_paper
    from auditor.notices.letter.record_papers import (
        RECORD_PAPERS,
        TimelineDay,
        record_paper_docx,
        record_paper_html,
    )
    from auditor.notices.replies import MAX_REPLY, READER, RecognisedReply, recognise_reply
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "DRAFT": "letter.draft_record",
            "DkimKey": "letter.dkim",
            "LetterSurroundings": "law.surroundings",
            "MAX_REPLY": "replies",
            "MailEnvelope": "delivery.smtp",
            "NoticeHistory": "findings",
            "READER": "replies",
            "RECORD_PAPERS": "letter.record_papers",
            "RecognisedReply": "replies",
            "SENDING": "delivery.delivery_record",
            "SmtpExchange": "delivery.smtp",
            "TimelineDay": "letter.record_papers",
            "WorkingDays": "law.clocks",
            "aggravating_dates": "findings",
            "answer_clocks": "law.clocks",
            "check_dkim": "letter.dkim",
            "check_points": "law.surroundings",
            "check_regime": "law.qualification",
            "clocks_of": "findings",
            "counter_clocks": "law.clocks",
            "decode_delivery": "delivery.delivery_record",
            "decode_draft": "letter.draft_record",
            "dkim_key_name": "letter.dkim",
            "dkim_record": "letter.dkim",
            "docx_paper": "letter.papers",
            "element_states": "letter.contents",
            "enclosed_list": "letter.message",
            "encode_delivery": "delivery.delivery_record",
            "encode_draft": "letter.draft_record",
            "find_in_notice": "findings",
            "hand_over_mail": "delivery.smtp",
            "html_paper": "letter.papers",
            "join_letters": "law.qualification",
            "log_clocks": "law.clocks",
            "mail_message": "letter.message",
            "message_name": "letter.message",
            "notice_regimes": "law.regimes",
            "paper_words": "letter.papers",
            "parse_dkim_key": "letter.dkim",
            "parse_working_days": "law.clocks",
            "receipt_of": "findings",
            "recognise_reply": "replies",
            "record_paper_docx": "letter.record_papers",
            "record_paper_html": "letter.record_papers",
            "seen_since_receipt": "findings",
            "sign_mail": "letter.dkim",
            "stage_of": "findings",
            "text_paper": "letter.papers",
        },
    )


__all__ = [
    "DRAFT",
    "MAX_REPLY",
    "READER",
    "RECORD_PAPERS",
    "SENDING",
    "DkimKey",
    "LetterSurroundings",
    "MailEnvelope",
    "NoticeHistory",
    "RecognisedReply",
    "SmtpExchange",
    "TimelineDay",
    "WorkingDays",
    "aggravating_dates",
    "answer_clocks",
    "check_dkim",
    "check_points",
    "check_regime",
    "clocks_of",
    "counter_clocks",
    "decode_delivery",
    "decode_draft",
    "dkim_key_name",
    "dkim_record",
    "docx_paper",
    "element_states",
    "enclosed_list",
    "encode_delivery",
    "encode_draft",
    "find_in_notice",
    "hand_over_mail",
    "html_paper",
    "join_letters",
    "log_clocks",
    "mail_message",
    "message_name",
    "notice_regimes",
    "paper_words",
    "parse_dkim_key",
    "parse_working_days",
    "receipt_of",
    "recognise_reply",
    "record_paper_docx",
    "record_paper_html",
    "seen_since_receipt",
    "sign_mail",
    "stage_of",
    "text_paper",
]
