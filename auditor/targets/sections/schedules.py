"""How audits run by themselves: `schedules:`, `politeness:`, `alerts:`."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from auditor.model.severity import SEVERITIES
from auditor.model.targets.estate import Alerts, Digest, HostRule, Mail, Politeness, Schedule, Webhook
from auditor.model.targets.recurrence import Blackout, Cron
from auditor.targets.sections.deployments import Address
from auditor.targets.sections.products import TEXTS
from auditor.targets.values.codes import TimeZoneName
from auditor.targets.values.quantities import WholeNumber
from auditor.targets.values.scalars import Choice, EnvName, SectionReference, SingleValue, Text, TrueOrFalse
from auditor.targets.values.types import BAD, Defs, Key, ListOf, LoadContext, MapOf, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, ScalarNode, position_of

_EVERY = re.compile(r"([1-9][0-9]{0,5})([smhd])", re.ASCII)
_SECONDS = MappingProxyType({"s": 1, "m": 60, "h": 3600, "d": 86400})
_HOST = re.compile(r"[0-9A-Za-z.\-:]{1,253}", re.ASCII)
_MAILBOX = re.compile(r"[^\s@<>\r\n]{1,64}@[^\s@<>\r\n]{1,255}")


class Seconds(SingleValue):
    """A number of seconds, whole or with a point."""

    name = "seconds"

    def __init__(self, zero: bool = False) -> None:
        self.zero = zero

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        if re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", node.text, re.ASCII) and (self.zero or float(node.text) > 0):
            return float(node.text)
        context.note("S13", node.at, where, f'"{node.text[:40]}" is not a number of seconds. Write it as 15 or 2.5.')
        return BAD

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "number", "minimum": 0} if self.zero else {"type": "number", "exclusiveMinimum": 0}


class ParsedText(Text):
    """A text that a value of the model understands."""

    def __init__(self, name: str, parse: Callable[[str], object], example: str) -> None:
        self.name = name
        self.parse = parse
        self.example = example

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        try:
            self.parse(node.text)
        except ValueError as error:
            message = f'"{node.text[:80]}" is not a {self.name}: {error}. Write it as {self.example}.'
            context.note("S22", node.at, where, message)
            return BAD
        return node.text


class RepeatInterval(Text):
    """An interval: `30m`, `6h`, `7d`; gives seconds."""

    name = "interval (`6h`)"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        match = _EVERY.fullmatch(node.text)
        if not match:
            context.note("S22", node.at, where, f'"{node.text[:40]}" is not an interval. Write it as 30m, 6h or 7d.')
            return BAD
        return int(match[1]) * _SECONDS[match[2]]


def _matching(pattern: re.Pattern[str], expected: str) -> Callable[[str], None]:
    def parse(text: str) -> None:
        if not pattern.fullmatch(text):
            raise ValueError(expected)

    return parse


CRON = ParsedText("cron line", Cron.parse, '"0 3 * * 1", five fields, for Mondays at 3')
BLACKOUT = ParsedText("blackout window", Blackout.parse, '"22:00-06:00"')
MAILBOX = ParsedText("mail address", _matching(_MAILBOX, "name@host is expected"), "name@host.example")
SERVER = ParsedText("host", _matching(_HOST, "a name or an address without port is expected"), "mail.example")


def _schedule(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    every = values.pop("every", None)
    if every is not None:
        values.setdefault("every_seconds", every)
    given = [key for key in ("cron", "every", "every_seconds") if key in node.items]
    if len(given) > 1:
        context.note("S23", position_of(node, given[1]), where, f"{' and '.join(given)} are both given. Keep one.")
    if not given:
        context.note("S16", node.at, where, '"cron" is missing. Give cron: "0 3 * * 1" or every: 6h.')
    return values


SCHEDULE = RecordType(
    "schedule",
    Schedule,
    {
        "cron": Key(CRON, doc='Five fields, quoted: "0 3 * * 1". Sunday is 0 and 7, as in crontab(5).'),
        "every": Key(RepeatInterval(), doc="An interval instead: 6h, counted from 1970-01-01T00:00 UTC."),
        "every_seconds": Key(WholeNumber(least=1), doc="The same in seconds."),
        "timezone": Key(TimeZoneName(), doc="Zone of the cron line and of the blackout windows."),
        "jitter_seconds": Key(WholeNumber(most=86_400), doc="Visits are spread over so many seconds."),
        "grace_seconds": Key(
            WholeNumber(least=1, most=604_800),
            doc="A slot not begun so long after its time is missed and overdue; 900.",
        ),
        "missed": Key(Choice("catch_up", "skip"), doc="What happens to a missed slot; it is recorded either way."),
        "contracts": Key(ListOf(SectionReference("contracts"), lone=True), doc="Their deployments are visited."),
        "groups": Key(TEXTS, doc="Deployments of these groups are visited."),
        "blackout": Key(
            ListOf(BLACKOUT, lone=True),
            doc='Times without visits: "22:00-06:00", "Sat,Sun 00:00-24:00", "2026-10-01..2026-10-07".',
        ),
    },
    finish=_schedule,
    doc="When a group of deployments is visited.",
)

_RULE = MappingProxyType(
    {
        "visits_at_once": Key(WholeNumber(least=1, most=64), doc="Visits to one host at the same time; 2."),
        "seconds_between": Key(Seconds(zero=True), doc="Least time between the beginnings of two visits; 0.25."),
    }
)
HOST = RecordType("host rule", HostRule, _RULE, identified=False, doc="How politely one host is visited.")


def _politeness(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    rule = {name: values.pop(name) for name in _RULE if name in values}
    hosts = {name.lower(): host for name, host in values.pop("hosts", {}).items()}
    return {**values, "default": HostRule(**rule), "hosts": MappingProxyType(hosts)}


POLITENESS = RecordType(
    "politeness",
    Politeness,
    {
        **_RULE,
        "hosts": Key(MapOf(HOST, ids=False), doc="Other rules for named hosts, written without port."),
        "longest_wait_seconds": Key(
            WholeNumber(most=86_400),
            doc="How long a run waits for a host that sent Retry-After; 600. Then a gap is recorded.",
        ),
    },
    finish=_politeness,
    doc="How politely hosts are visited.",
)


def _webhook(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    if ("url" in node.items) == ("url_env" in node.items):
        context.note("S16", node.at, where, 'exactly one of "url" and "url_env" is expected. Give where to post to.')
    return values


WEBHOOK = RecordType(
    "webhook",
    Webhook,
    {
        "url": Key(Address(), doc="Where alerts are posted to."),
        "url_env": Key(EnvName(), doc="Or the variable that holds it, where the address is a secret."),
        "secret_env": Key(EnvName(), doc="Variable with the key that signs the body (HMAC-SHA256)."),
    },
    finish=_webhook,
    doc="An address that alerts are posted to.",
)
MAIL = RecordType(
    "mail",
    Mail,
    {
        "server": Key(SERVER, "the mail server"),
        "port": Key(WholeNumber(least=1, most=65_535), doc="587 where absent."),
        "security": Key(Choice("starttls", "tls", "none"), doc="starttls where absent."),
        "sender": Key(MAILBOX, "the sender's address"),
        "recipients": Key(ListOf(MAILBOX, lone=True), "who is told"),
        "username_env": Key(EnvName(), doc="Variable with the user name."),
        "password_env": Key(EnvName(), doc="Variable with the password."),
    },
    identified=False,
    doc="A mail server that alerts are handed to.",
)


def _alerts(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    return {**values, "webhooks": tuple(values.get("webhooks", {}).values())}


def _digest(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.setdefault("timezone", context.timezone or "UTC")
    return values


DIGEST = RecordType(
    "digest",
    Digest,
    {
        "cron": Key(CRON, 'when it is sent, quoted: "0 8 * * 1" for Mondays at 8'),
        "timezone": Key(TimeZoneName(), doc="Zone of the cron line, where it differs from the file's."),
        "lang": Key(Choice("en", "zh"), doc="en where absent."),
        "statements": Key(TrueOrFalse(), doc="true attaches the statement of every customer who is newly over."),
        "expires_within_days": Key(WholeNumber(least=1, most=366), doc="What ends within so many days is told; 60."),
    },
    finish=_digest,
    doc="A letter, each week as a rule: who is newly over, by how much, what stopped being observed, what ends.",
)

ALERTS = RecordType(
    "alerts",
    Alerts,
    {
        "webhooks": Key(MapOf(WEBHOOK), doc="Addresses by id."),
        "mail": Key(MAIL),
        "digest": Key(DIGEST),
        "least_severity": Key(Choice(*reversed(SEVERITIES)), doc="Of the findings told; medium."),
    },
    finish=_alerts,
    doc="Who is told of new findings, overdue slots and failing authorities.",
)

SECTIONS = MappingProxyType({"schedules": MapOf(SCHEDULE), "politeness": POLITENESS, "alerts": ALERTS})
