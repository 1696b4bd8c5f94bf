"""Notices to a host that count: what the law asks for, the letter, its delivery, what came back, what follows.

Protocol: `check_regime(regime, states)` holds a letter against a law under the lenient and the strict reading, and both
are always given. What is decided is pure: laws as data, time limits, kinds of reply, findings. Sending touches the
network, hands over exactly the bytes that a person approved, and reports what the server answered: nothing is sent
twice by itself.

===============  ===================================================================================================
`law/`           what the law asks of a notice and how long it gives: data with article and source
===============  ===================================================================================================
"""

from __future__ import annotations

from auditor.notices.law.clocks import WorkingDays, answer_clocks, counter_clocks, log_clocks, parse_working_days
from auditor.notices.law.qualification import check_regime, join_letters
from auditor.notices.law.regimes import notice_regimes

__all__ = [
    "WorkingDays",
    "answer_clocks",
    "check_regime",
    "counter_clocks",
    "join_letters",
    "log_clocks",
    "notice_regimes",
    "parse_working_days",
]
