"""What name servers say of a mail domain: its exchangers, and the record of a DKIM key; kept as wire bytes."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.clock import Clock
from auditor.hosting.answers.lookup_record import NAME, encode_lookup
from auditor.hosting.answers.reading import read_name_answers
from auditor.hosting.lookup.answer_log import AnswerLog, LookupPlan
from auditor.hosting.lookup.bounds import LookupBounds
from auditor.hosting.lookup.name_survey import NameSurvey
from auditor.model.captures import Stage
from auditor.model.hosting import DnsAnswer, DnssecStatus, Lookup
from auditor.model.targets.estate import HostingSources

SECONDS = 3.0
NOWHERE = "0.0.0.0"  # noqa: S104 (no address is looked up here; nothing is bound)


@dataclass(frozen=True, slots=True)
class MailNames:
    """What was answered. None: no name server gave an answer, or none but with a signature that does not hold."""

    exchangers: tuple[str, ...] | None
    """Host names in small letters, by preference; empty: the answer was that there is none."""
    exchangers_dnssec: DnssecStatus | None
    key_records: tuple[str, ...] | None
    """Texts at `<selector>._domainkey.<domain>`."""


def ask_mail_names(
    domain: str, key_at: str, sources: HostingSources, base: Path, stage: Stage, clock: Clock, folder: str = "names/"
) -> MailNames:
    """`key_at`: the name of a DKIM key's record; either is empty for none. Every answer is staged below `folder`."""
    wanted = [*([(domain, "MX")] if domain else []), *([(key_at, "TXT")] if key_at else [])]
    plan = LookupPlan(NOWHERE, sources, base, (domain,), (), LookupBounds(dns=SECONDS))
    log = AnswerLog(stage, clock, folder)
    with contextlib.suppress(OSError):  # root keys that cannot be read: the answers are kept all the same
        NameSurvey(plan, log, reverse=False).ask_each(wanted)
    lookup = Lookup(NOWHERE, tuple(log.asked), (domain,) if domain else ())
    log.put(NAME, encode_lookup(lookup), "application/json")
    answers = read_name_answers(lookup, log.kept)
    exchangers = _of(answers, "MX")
    secure = {one.dnssec for one in answers if one.kind == "MX" and one.values}
    return MailNames(
        None if exchangers is None else tuple(_host(one) for one in sorted(exchangers, key=_preference)),
        "bogus" if "bogus" in secure else next(iter(secure), None),
        None if (texts := _of(answers, "TXT")) is None else tuple(_text(one) for one in texts),
    )


def _of(answers: Sequence[DnsAnswer], kind: str) -> tuple[str, ...] | None:
    """All values of a kind; None where no server said what the name has. A bogus answer says nothing."""
    said = [
        one for one in answers
        if one.kind == kind and one.outcome in ("addresses", "no_data", "no_such_name") and one.dnssec != "bogus"
    ]  # fmt: skip
    return tuple(dict.fromkeys(value for one in said for value in one.values)) if said else None


def _preference(record: str) -> int:
    first = record.split(" ")[0]
    return int(first) if first.isascii() and first.isdigit() else 1 << 16


def _host(record: str) -> str:
    return record.rpartition(" ")[2].rstrip(".").lower()


def _text(record: str) -> str:
    """A TXT record's strings, joined: `"v=DKIM1; " "p=…"`."""
    return "".join(record.split('"')[1::2])
