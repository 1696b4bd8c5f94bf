"""The room that judges: entitlement in force that day against what was read, in arithmetic both sides can redo.

Purpose: from readings to observations, from contract facts to a timeline of entitlement, from both to positions, and
from positions to findings that cite. Pure: values in, values out, every time passed in. Words are neutral: *over
entitlement by record* states two records and a subtraction, not that a contract was broken.

Protocol, in the order of the main flow::

    observations, missed = observe(reading, capture, sealed=…, estate=…)      # once per capture
    found = positions(estate, observations, decisions, key_dates, as_of, unobserved=missed)
    told = findings(estate, found, observations, missed, decisions, key_dates, history, as_of)
    told = baseline(previous, told)                                            # new, unchanged, updated, absent
    stand = standing_since(estate, series, now, before, mapped=…)              # all of it, by portions
    sums = totals(found, told)                                                 # once per deployment and unit

Counting rules, named in each position:

=====================================================  =========================================================
`every unit of a deployment that no contract covers`   suspects, and deployments on no contract's list: entitled 0
`excess over entitlement`                              covered deployments: counted less entitled on that day
`every unit where nothing is entitled on the day`      before the order starts, or after existing units must stop
`counted against a quantity shared …`                  contracts with a pool: Q111 adds the deployments up
=====================================================  =========================================================

Counted units are the displayed ones, or the rows of the complete list where the pages state no number (then `likely`
at best); for a suspect, the confirmed ones where a person decided. `listed` is rows as displayed, of every kind. For
covered deployments, rows whose kind the metric excludes or an exemption names are left out where the list is complete
and agrees with the headline, and exempt units always; each is shown with its reason.

Plugs: `RULES`, an ordered tuple of small pure functions `check(facts) -> findings`, each with an entry in `CATALOGUE`
(name, severity, kind, false-positive risks, what would disprove it, an example) and its sentences in `wording`.
"""

from auditor.reconciliation.catalogue import CATALOGUE
from auditor.reconciliation.corrections import corrected, known
from auditor.reconciliation.coverage import merged
from auditor.reconciliation.days import NoticeCheck, Span, contract_years, day_of, last_day, notice, spans
from auditor.reconciliation.entries import Entry
from auditor.reconciliation.judging import findings, triage
from auditor.reconciliation.life import baseline, living
from auditor.reconciliation.measures import (
    Average,
    Peak,
    TrueUp,
    annual_true_up,
    parts_of,
    peaks,
    prorated_true_up,
    weighted,
)
from auditor.reconciliation.observing import observe
from auditor.reconciliation.positions import positions
from auditor.reconciliation.rebates import rebate_on, rebate_years
from auditor.reconciliation.rules import RULES, Rule
from auditor.reconciliation.standing import PORTION, Mapped, Moment, Portion, Share, Shares, Standing, standing_since
from auditor.reconciliation.timelines import entitled, timeline
from auditor.reconciliation.totals import Figures, Split, Sum, figures, split_by_first_date, totals

__all__ = [
    "CATALOGUE",
    "PORTION",
    "RULES",
    "Average",
    "Entry",
    "Figures",
    "Mapped",
    "Moment",
    "NoticeCheck",
    "Peak",
    "Portion",
    "Rule",
    "Share",
    "Shares",
    "Span",
    "Split",
    "Standing",
    "Sum",
    "TrueUp",
    "annual_true_up",
    "baseline",
    "contract_years",
    "corrected",
    "day_of",
    "entitled",
    "figures",
    "findings",
    "known",
    "last_day",
    "living",
    "merged",
    "notice",
    "observe",
    "parts_of",
    "peaks",
    "positions",
    "prorated_true_up",
    "rebate_on",
    "rebate_years",
    "spans",
    "split_by_first_date",
    "standing_since",
    "timeline",
    "totals",
    "triage",
    "weighted",
]
