"""A statement for one customer on one page: count, entitlement, excess, price, period, and how to object.

The words are neutral: two records and a subtraction. What needs review is marked and in no sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from auditor.formats.docx import DocxDocument
from auditor.formats.foreign_text import visible_text
from auditor.model.findings import Position
from auditor.model.reports import Report
from auditor.model.severity import SET_ASIDE_STATES
from auditor.model.targets.contracts import Money
from auditor.reporting import formats, sort_order
from auditor.reporting.exporters.pages import render_page
from auditor.reporting.headline import unit_name
from auditor.reporting.summary import OVER_STATUSES, findings_by_subject, is_summed, once_each, summarise
from auditor.reporting.translations import Translations, load_translations
from auditor.wording import Lang

MOST_LINES = 10
"""Lines of the table, so that the statement stays on one page; the others are summed up in one line."""
BLANK = "____________________"
WIDTHS = (4.3, 2.0, 1.5, 1.6, 1.4, 2.0, 3.4)
"""Of the table's columns in DOCX, in centimetres."""
POOLED = "counting.pooled"
"""The counting rule of a position against a quantity that several deployments share."""
SHARED_RULE = "Q111"
"""The rule that tells what such deployments use together."""


@dataclass(frozen=True, slots=True)
class StatementParties:
    """Who states it to whom, under which contracts; and where an objection goes."""

    customer: str
    licensor: str
    contracts: tuple[tuple[str, str], ...]
    """Title of each contract, and its term in words of dates: `2015-02-10 – 2020-02-09`."""
    contact: str = ""
    """Where an objection is sent; a blank to be filled in by hand where empty."""
    reply_by: str = ""
    """The day an objection is asked for by; a blank where empty."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One count as a customer reads it."""

    deployment: str
    address: str
    unit: str
    counted: str
    counted_on: str
    entitled: str
    over: str
    since: str
    value: str
    remark: str
    """Why the line is in no sum, or which count it is; empty for a displayed count that is certain."""
    is_over: bool


@dataclass(frozen=True, slots=True)
class CustomerStatement:
    """What the page says, in the words of one language."""

    title: str
    parties: StatementParties
    dated: str
    period: str
    answer: str
    lines: tuple[StatementLine, ...]
    more: str
    sums: tuple[str, ...]
    basis: tuple[str, ...]
    objections: tuple[str, ...]
    practice: str


def customer_statement(report: Report, parties: StatementParties, lang: Lang) -> CustomerStatement:
    """The statement of a report that is about one customer alone."""
    say = load_translations(lang)
    positions = sort_order.positions_by_weight(report.positions)
    about = findings_by_subject(one for one in report.findings if one.baseline != "absent")
    over = [one for one in positions if _is_over(one)]
    summed = once_each(one for one in over if is_summed(one, about) and not one.doubts)
    left_out = {(one.deployment, one.metric) for one in over} - {(one.deployment, one.metric) for one in summed}
    left = len(positions) - MOST_LINES
    return CustomerStatement(
        title=say("statement.title"),
        parties=parties,
        dated=formats.day_text(report.as_of, report.timezone),
        period=_period(report, say),
        answer=_answer(report, over, say),
        lines=tuple(_line(one, report, say, counts=one in summed or one not in over) for one in positions[:MOST_LINES]),
        more=say("statement.more", n=f"{left:,}") if left > 0 else "",
        sums=tuple(_sums(report, summed, len(left_out), say)),
        basis=tuple(say(f"statement.{key}") for key in ("basis_counted", "basis_evidence", "basis_neutral")),
        objections=tuple(_objections(parties, say)),
        practice=say("console.practice") if sort_order.practice_tokens(report) else "",
    )


def _period(report: Report, say: Translations) -> str:
    moments = sorted(seen.captured_at for seen in report.history)
    if not moments:
        return say("statement.no_period")
    first, last = (formats.day_text(at, report.timezone) for at in (moments[0], moments[-1]))
    captures = len({seen.capture for seen in report.history})
    return say("statement.period", first=first, last=last, captures=say.some("n.captures", captures))


def _answer(report: Report, over: list[Position], say: Translations) -> str:
    """How many deployments are over. What was not verified, needs review, or is compared only together with others is
    no proof of staying within."""
    if not report.positions:
        return say("statement.nothing")
    unknown = sum(_is_open(one) for one in report.positions if not _is_over(one))
    if not over:
        return say(
            "statement.not_over_open" if unknown else "statement.not_over", all=_deployments(report, say), n=unknown
        )
    answer = say("statement.over", over=len({one.deployment for one in over}), all=_deployments(report, say))
    return say("word.sentences", one=answer, other=say("statement.open", n=unknown)) if unknown else answer


def _is_over(one: Position) -> bool:
    return one.status in OVER_STATUSES and bool(one.over_by)


def _is_open(one: Position) -> bool:
    return one.status in ("unverified", "incomplete") or bool(one.doubts) or one.rule.code == POOLED


def _deployments(report: Report, say: Translations) -> str:
    return say.some("n.deployments", len({one.deployment for one in report.positions}))


def _line(one: Position, report: Report, say: Translations, *, counts: bool) -> StatementLine:
    name = report.names.get(one.deployment, one.deployment)
    counted = one.confirmed if one.confirmed is not None else one.all_units
    values = [
        f"{say(f'column.{key}')} {formats.money_text(value)}"
        for key, value in (("list_value", one.list_value), ("net_value", one.net_value))
        if value is not None and one.over_by
    ]
    return StatementLine(
        visible_text(name, 80),
        visible_text(report.addresses.get(one.deployment, ""), 80),
        unit_name(report, say, one.metric),
        formats.count_text(one.counted if counted is None else counted, say),
        formats.day_text(one.captured_at, report.timezone),
        formats.count_text(one.entitled, say),
        f"+{one.over_by:,}" if one.over_by else formats.count_text(one.over_by, say),
        formats.day_text(one.over_since, report.timezone) if one.over_since else "",
        say("word.list_separator").join(values),
        _remark(one, say, counts=counts),
        _is_over(one),
    )


def _remark(one: Position, say: Translations, *, counts: bool) -> str:
    if one.status in ("unverified", "incomplete"):
        return say(f"status.{one.status}")
    said = [say.note(one.rule)] if one.rule.code == POOLED else []
    if one.confirmed is not None and one.counted is not None and one.confirmed != one.counted:
        said.append(say("statement.confirmed", shown=f"{one.counted:,}"))
    elif one.excluded:
        said.append(say.some("n.rows", len(one.excluded)))
    if one.doubts or not counts:
        said.append(say("statement.in_no_sum"))
    return say("word.list_separator").join(said)


def _sums(report: Report, summed: list[Position], left_out: int, say: Translations) -> Iterable[str]:
    for key in ("list_value", "net_value"):
        values: dict[str, Decimal] = {}
        for one in summed:
            value: Money | None = getattr(one, key)
            if value is not None:
                values[value.currency] = values.get(value.currency, Decimal(0)) + value.amount
        told = [formats.money_text(Money(amount, currency)) for currency, amount in sorted(values.items())]
        if told:
            yield say(f"statement.sum_{key}", amount=say("word.separator").join(told))
    yield from _shared(report, say)
    for owed in summarise(report).owed:
        if owed.amount is not None:
            yield say("statement.owed", amount=formats.money_text(owed.amount))
        if owed.unvalued:
            yield say("statement.owed_unpriced", n=owed.unvalued)
    unpriced = sum(one.list_value is None for one in summed)
    if unpriced:
        yield say("statement.unpriced", n=unpriced)
    without_net = sum(one.net_value is None and one.list_value is not None for one in summed)
    if without_net:
        yield say("statement.unpriced_net", n=without_net)
    if left_out:
        yield say("statement.left_out", n=left_out)


def _shared(report: Report, say: Translations) -> Iterable[str]:
    """Deployments that use more together than the quantity they share; each of them alone is within it."""
    for one in report.findings:
        if one.rule == SHARED_RULE and one.life not in SET_ASIDE_STATES and one.baseline != "absent":
            told = visible_text(one.statement_zh if say.lang == "zh" else one.statement, 400)
            yield say("word.sentences", one=told, other=say("statement.shared_in_no_sum"))


def _objections(parties: StatementParties, say: Translations) -> Iterable[str]:
    contact, day = parties.contact or BLANK, parties.reply_by or BLANK
    yield say("statement.object_to", contact=visible_text(contact, 200), day=visible_text(day, 40))
    yield say("statement.object_name")
    yield say("statement.object_proof")
    yield say("statement.object_look")


def statement_html(statement: CustomerStatement, lang: Lang) -> bytes:
    """The statement as a page to be printed."""
    say = load_translations(lang)
    return render_page("statement.html", say, s=statement, facts=statement_facts(statement, say))


def statement_docx(statement: CustomerStatement, lang: Lang) -> bytes:
    """The statement as DOCX; the same statement gives the same bytes."""
    say = load_translations(lang)
    paper = DocxDocument(statement.title, statement.practice)
    for label, text in statement_facts(statement, say):
        paper.say(f"{label}{say('word.colon')}{text}")
    paper.say(statement.answer)
    heads = [
        say(f"statement.head_{key}") for key in ("deployment", "on", "count", "entitled", "over", "since", "value")
    ]
    paper.table(heads, [_cells(line) for line in statement.lines], WIDTHS)
    for text in (statement.more, *statement.sums):
        if text:
            paper.say(text)
    for key, texts in (("basis", statement.basis), ("objections", statement.objections)):
        paper.heading(say(f"statement.{key}"), 11)
        paper.items(texts)
    return paper.saved()


def _cells(line: StatementLine) -> tuple[str, ...]:
    where = "\n".join(part for part in (line.deployment, line.address) if part)
    value = "\n".join(part for part in (line.value, line.remark) if part)
    return where, line.counted_on, f"{line.counted} {line.unit}", line.entitled, line.over, line.since, value


def statement_facts(statement: CustomerStatement, say: Translations) -> tuple[tuple[str, str], ...]:
    """Who, to whom, under what, as of when."""
    parties = statement.parties
    contracts = say("word.list_separator").join(
        f"{visible_text(title, 120)} ({term})" if term else visible_text(title, 120)
        for title, term in parties.contracts
    )
    return (
        (say("statement.to"), visible_text(parties.customer, 160) or BLANK),
        (say("statement.from"), visible_text(parties.licensor, 160) or BLANK),
        (say("statement.contract"), contracts or say("statement.no_contract")),
        (say("statement.dated"), statement.dated),
        (say("statement.counted_in"), statement.period),
    )
