"""Values in words for the pages: the report's own forms of money, days, counts, notes and foreign text, by language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from markupsafe import Markup

from auditor.formats.foreign_text import visible_text
from auditor.model.captures import View
from auditor.model.findings import Finding, Position
from auditor.model.notes import Note, make_note
from auditor.model.notices import NoticeRecord
from auditor.model.reports import Report
from auditor.model.targets.contracts import Money, Period
from auditor.reporting import (
    Summary,
    Translations,
    count_text,
    day_text,
    figure_name,
    foreign_text,
    headline_sentence,
    load_translations,
    money_text,
    notice_days,
    position_reasons,
    practice_tokens,
    reading_rows,
    rule_name,
    safe_link,
    time_text,
    unit_name,
    worded_note,
)
from auditor.wording import (
    INTERMEDIARY_WORDS,
    PROFILE_TITLES,
    RUNG_STATES,
    RUNG_TITLES,
    STAGE_TITLES,
    Lang,
    outcome_note,
    stored_note,
)

__all__ = ["DeskWords", "desk_words"]


@dataclass(frozen=True)
class DeskWords:
    """What templates call to put values into words, in one language."""

    lang: Lang
    say: Translations

    def __call__(self, key: str, **values: object) -> str:
        """The report's words under a key."""
        return self.say(key, **values)

    def get(self, key: str, default: str) -> str:
        """The report's words under a key; the default where there is none."""
        return self.say.table.get(key, default)

    def some(self, key: str, number: int) -> str:
        """A counted noun."""
        return self.say.some(key, number)

    def seen(self, text: object, limit: int = 600) -> Markup:
        """Foreign text: bounded, visible, isolated, marked with its language."""
        return foreign_text(str(text), limit)

    def plain(self, text: object, limit: int = 600) -> str:
        """Foreign text for an attribute: bounded and visible."""
        return visible_text(str(text), limit)

    def said(self, note: Note | str | None) -> Markup:
        """A note in words; nothing for none."""
        return Markup("") if note is None else worded_note(note, self.say)

    def stored(self, text: str) -> Markup:
        """A sentence that old bytes hold."""
        return worded_note(stored_note(text), self.say)

    def outcome(self, code: str) -> str:
        """How a view ended."""
        return self.say.note(outcome_note(code))

    def money(self, value: Money | None) -> str:
        return "–" if value is None else money_text(value)

    def day(self, moment: datetime | date | None, zone: str = "UTC") -> str:
        """The day in a zone."""
        if isinstance(moment, datetime) or moment is None:
            return day_text(moment, zone)
        return moment.isoformat()

    def clock(self, moment: datetime | None) -> str:
        """The moment in UTC."""
        return time_text(moment)

    def short(self, moment: datetime | None) -> str:
        """The moment in UTC, to the minute."""
        return time_text(moment)[:16] if moment else "–"

    def units(self, value: object) -> str:
        """A count, the word for unlimited, or a dash."""
        return count_text(value, self.say)  # type: ignore[arg-type]

    def unit(self, report: Report, metric: str, number: int | None = None) -> str:
        """What the units of a metric are called."""
        return unit_name(report, self.say, metric, number)

    def rule(self, finding: Finding) -> Markup:
        """The name of a finding's rule."""
        return rule_name(finding, self.say)

    def rule_title(self, rule: str) -> str:
        """The name of a rule by its id; empty for one that the catalogue does not have."""
        return self.say.rule(rule, "")

    def statement(self, finding: Finding) -> Markup:
        """What a finding says."""
        if self.lang == "zh" and finding.statement_zh:
            return foreign_text(finding.statement_zh, 2_000)
        return worded_note(finding.statement, self.say)

    def risks(self, finding: Finding) -> tuple[str, ...]:
        """What could explain it otherwise."""
        chinese = self.lang == "zh" and finding.false_positive_risks_zh
        return finding.false_positive_risks_zh if chinese else finding.false_positive_risks

    def disproof(self, finding: Finding) -> str:
        """What would disprove it."""
        return finding.disproved_by_zh if self.lang == "zh" and finding.disproved_by_zh else finding.disproved_by

    def reasons(self, position: Position) -> list[Markup]:
        """Why a number is not certain or not there."""
        return [worded_note(note, self.say) for note in position_reasons(position)]

    def headline(self, report: Report, summary: Summary) -> str:
        """The answer in one sentence."""
        return headline_sentence(report, summary, self.say)

    def figure(self, name: str) -> str:
        """The name of a claim's figure."""
        return figure_name(name, self.say)

    def period(self, value: Period | None) -> str:
        return "–" if value is None else value.text

    def link(self, address: str) -> str:
        """The address where it may be a link, else nothing."""
        return safe_link(address)

    def rung(self, name: str) -> Markup:
        return self.said(RUNG_TITLES[name])  # type: ignore[index]

    def rung_state(self, state: str) -> Markup:
        return self.said(RUNG_STATES[state])  # type: ignore[index]

    def intermediary(self, answer: str) -> Markup:
        return self.said(INTERMEDIARY_WORDS[answer])  # type: ignore[index]

    def stage(self, name: str) -> Markup:
        return self.said(STAGE_TITLES[name])  # type: ignore[index]

    def profile(self, name: str) -> Markup:
        return self.said(PROFILE_TITLES[name])  # type: ignore[index]

    def notice_days(self, record: NoticeRecord) -> Sequence[object]:
        """What happened with a notice, day by day."""
        return notice_days(record)

    def reading_rows(self, record: NoticeRecord) -> Sequence[object]:
        """The laws of a notice under both readings."""
        return reading_rows(record)

    def practice(self, report: Report) -> list[str]:
        """Names of the practice authorities whose tokens the evidence has."""
        return [one.authority for one in practice_tokens(report)]

    def page_ended(self, view: View) -> str:
        """How a view ended, with its reason."""
        return self.say.note(
            make_note("run.page_ended", page=view.id, outcome=outcome_note(view.outcome), why=view.why)
        )


@lru_cache(maxsize=4)
def desk_words(lang: Lang) -> DeskWords:
    """The words of a language."""
    return DeskWords(lang, load_translations(lang))
