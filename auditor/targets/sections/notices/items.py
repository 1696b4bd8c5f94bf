"""What is written, by whom and about what: `notices:`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from auditor.model.targets.notices import (
    ExpectedAnswer,
    HolidayTable,
    NoticeDkim,
    NoticeItem,
    NoticeMail,
    NoticeRight,
    NoticeSender,
    NoticeSettings,
)
from auditor.targets.sections.notices.hosts import LAWS, REGIMES
from auditor.targets.sections.products import TEXTS
from auditor.targets.sections.schedules import MAILBOX, SERVER
from auditor.targets.spelling import hint, nearest
from auditor.targets.values.quantities import WholeNumber
from auditor.targets.values.scalars import Choice, EnvName, IsoDay, SectionReference, Text, TrueOrFalse
from auditor.targets.values.types import Key, ListOf, LoadContext, MapOf, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, find_node, position_of

REQUESTS = ("forward", "preserve_logs", "remove", "disconnect", "lock", "disclose_to_court", "name_origin")

SENDER = RecordType(
    "notice sender",
    NoticeSender,
    {
        "name": Key(Text(), "the right-holder's true name"),
        "signer": Key(Text(), doc="Who signs."),
        "address": Key(Text(), doc="Postal address."),
        "telephone": Key(Text(), doc="Telephone, quoted."),
        "email": Key(MAILBOX, doc="Mail address; answers go there."),
        "authority": Key(Text(), doc="Title of the paper that empowers the signer."),
        "authority_file": Key(Text(), doc="Its scan, relative to this file; goes out as an annex."),
    },
    identified=False,
    doc="Who asks, and who signs. What is not given is left blank in the paper.",
)
RIGHT = RecordType(
    "notice right",
    NoticeRight,
    {
        "title": Key(Text(), "the work, as its registration names it"),
        "registration": Key(Text(), doc="Registration number."),
        "certificate": Key(Text(), doc="Number of the certificate."),
        "file": Key(Text(), doc="Its scan, relative to this file; without it the certificate is named, not enclosed."),
    },
    doc="A right that a notice rests on.",
)


def _mail(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    if values.get("security") == "none" and "username_env" in values:
        message = "security: none with username_env: a password is never sent in the clear. Use starttls."
        context.note("S23", position_of(node, "security"), where, message)
    return values


NOTICE_DKIM = RecordType(
    "notice dkim",
    NoticeDkim,
    {
        "selector": Key(Text(), "the selector, below `_domainkey` of the sender's domain"),
        "key_env": Key(EnvName(), "environment variable with the private key, PEM"),
    },
    identified=False,
    doc="Signs each draft's mail (DKIM).",
)
NOTICE_MAIL = RecordType(
    "notice mail",
    NoticeMail,
    {
        "server": Key(SERVER, "the mail server"),
        "via": Key(
            Choice("mx", "relay"), "mx where it is the recipient's own exchanger, relay where it is one of ours"
        ),
        "port": Key(WholeNumber(least=1, most=65_535), doc="25 where absent."),
        "security": Key(Choice("starttls", "none"), doc="starttls where absent: without it nothing is sent."),
        "username_env": Key(EnvName(), doc="Environment variable with the user name."),
        "password_env": Key(EnvName(), doc="Environment variable with the password."),
        "authority": Key(Text(), doc="PEM file of a pinned certificate; this machine's authorities where absent."),
        "answer_seconds": Key(WholeNumber(least=1, most=3_600), doc="How long the final answer may take; 600."),
        "dkim": Key(NOTICE_DKIM, doc="Signs the mail when it is drafted."),
    },
    finish=_mail,
    identified=False,
    doc="The mail server that a notice is handed to.",
)
EXPECTED = RecordType(
    "expected answer",
    ExpectedAnswer,
    {
        "answer_days": Key(WholeNumber(least=1, most=365), "within how many days a person expects an answer"),
        "basis": Key(Text(), "on what the expectation rests"),
    },
    identified=False,
    doc="A person's expectation: printed as such, never as law.",
)
HOLIDAYS = RecordType(
    "holidays",
    HolidayTable,
    {
        "file": Key(Text(), "the table, relative to this file: lines `2027-01-01 off`, `… worked`, `… end`"),
        "name": Key(Text(), "its source and version"),
    },
    identified=False,
    doc="A table of holidays of a stated version.",
)
ITEM = RecordType(
    "notice",
    NoticeItem,
    {
        "deployment": Key(SectionReference("deployments"), "the deployment it is about"),
        "host": Key(SectionReference("hosts"), "the host that is written to"),
        "channel": Key(Text(), "the channel of that host"),
        "rights": Key(TEXTS, doc="Ids under rights."),
        "act": Key(Text(), doc="What is done there that is held to infringe, in one sentence."),
        "request": Key(ListOf(Choice(*REQUESTS), lone=True), doc="What is asked for."),
        "reply_by": Key(IsoDay(), doc="By when an answer is asked for."),
        "law": Key(LAWS, doc="Under which laws; the host's where absent."),
        "statements": Key(
            ListOf(Choice("truth", "good_faith", "perjury"), lone=True),
            doc="Statements that the signer makes; those not named are left blank.",
        ),
        "signature": Key(Text(), doc="The signer's electronic signature; a blank where absent."),
    },
    placed=True,
    doc="One notice.",
)


def _settings(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    rights = values.get("rights", {})
    for name, item in values.get("items", {}).items():
        for right in item.rights:
            if right not in rights:
                found = find_node(node, "items", name)
                message = f'"{right[:80]}" is not under rights. {hint(nearest(right, rights), rights)}'
                at = position_of(found, "rights") if isinstance(found, MappingNode) else node.at
                context.note("S02", at, ((where, "items"), name), message)
    for name in values.get("expect", {}):
        if name not in REGIMES:
            message = f'"{name[:80]}" is not one of {", ".join(REGIMES)}. {hint(nearest(name, REGIMES), REGIMES)}'
            context.note("S15", position_of(node, "expect"), (where, "expect"), message)
    return values


NOTICES = RecordType(
    "notices",
    NoticeSettings,
    {
        "sender": Key(SENDER, doc="Who asks."),
        "rights": Key(MapOf(RIGHT), doc="The rights, by id."),
        "mail": Key(NOTICE_MAIL, doc="The mail server; without it nothing can be sent from here."),
        "freshness_days": Key(WholeNumber(least=1, most=90), doc="How old the newest capture may be; 7."),
        "four_eyes": Key(TrueOrFalse(), doc="True where two different people must approve."),
        "expect": Key(MapOf(EXPECTED), doc=f"A person's expectations, by law ({', '.join(REGIMES)})."),
        "holidays": Key(HOLIDAYS, doc="Holidays for limits in working days; without it they are not checked."),
        "items": Key(MapOf(ITEM), doc="The notices, by id, e.g. N-2026-001."),
    },
    finish=_settings,
    identified=False,
    doc="Notices to hosts. Nothing is sent but by a person at a terminal.",
)

SECTIONS = MappingProxyType({"notices": NOTICES})
