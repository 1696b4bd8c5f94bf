"""The room that values: from counts and prices to a sum a court can recompute, each figure walked back to evidence.

Pure: values in, values out, Decimal throughout; exporters give bytes, and the same input gives the same bytes.

Protocol: `compute(scenario, claim_file, positions, decisions, key_dates, estate, history=()) -> ClaimResult`.

==================  ==========================================================================================
plug                table
==================  ==========================================================================================
legal model         `LEGAL_MODELS`: `china` (著作权法 art. 54), `us` (17 U.S.C. 504, 412), data with their source
seed decision       `SEED_DECISIONS`: awards used as examples, with their status on appeal
exporter            `damages_workbook` (XLSX with live formulas), `derivation_json`, `award_chart` (SVG),
                    `result_json` (mapping)
==================  ==========================================================================================

`changed(scenario, ["multiplier=5", …])` gives a scenario with other assumptions, named as changed.

Order of a computation: count, overage rule, unit price, base, multiplier, expenses, statutory range, claim.
What is not in the figures is listed beside them: rows left out, growth after a judgment, refused price evidence,
refused expenses, extrapolations. What is ambiguous is flagged with its candidates; nothing is chosen here.

Files:

=================  ====================================================================================================
`award_limits`     what bounds a total: the statutory range, then the claim; and which of them bound
`award_sums`       expenses, the total before caps, and the multipliers that compare it with the claim
`caveats`          what stands beside the figures: what is left out and why, what is ambiguous, which status a judgment
                   has now
`chart`            award against multiplier, with the claim as a line: one scenario, as SVG
`computation`      one scenario, from counts to the award: units, unit price, base, multiplier, expenses, caps
`exports`          results as other programs and readers take them: the short mapping, the full JSON, side by side, one
                   figure
`inputs`           what one computation rests on, gathered once; and the leaves of derivations that name captures and
                   documents
`money`            exact money: rounding, ratios and the refusal of mixed currencies
`observed_counts`  which capture of a deployment a scenario counts, and what each capture shows
`overrides`        a scenario with some of its assumptions changed by whoever asks: `multiplier=5`,
                   `count_basis=displayed`
`prices`           what one unit costs: the list, the contract's share of it, or a document judged comparable
`unit_counts`      how many units: the count of each deployment at the scenario's basis, then the overage rule
`law/`             the law as data and sums: legal models with their source, what a statute fixes
`worksheet/`       the damages worksheet as XLSX: live formulas, coloured inputs, every figure with its source
=================  ====================================================================================================
"""

from auditor.claims.chart import award_at_multiplier, award_chart, total_at_multiplier
from auditor.claims.computation import compute
from auditor.claims.exports import (
    Comparison,
    ComparisonRow,
    compare,
    derivation_json,
    derivation_lines,
    explain,
    result_json,
)
from auditor.claims.law.legal_models import LEGAL_MODELS, SEED_DECISIONS
from auditor.claims.law.statutes import (
    amount_for_fee,
    court_fee,
    late_interest,
    limitation_start,
    statutory_available,
    units_paid,
)
from auditor.claims.overrides import OVERRIDABLE_SETTINGS as SETTINGS
from auditor.claims.overrides import with_overrides
from auditor.claims.unit_counts import possible_deployments
from auditor.claims.worksheet.damages import damages_workbook

__all__ = [
    "LEGAL_MODELS",
    "SEED_DECISIONS",
    "SETTINGS",
    "Comparison",
    "ComparisonRow",
    "amount_for_fee",
    "award_at_multiplier",
    "award_chart",
    "compare",
    "compute",
    "court_fee",
    "damages_workbook",
    "derivation_json",
    "derivation_lines",
    "explain",
    "late_interest",
    "limitation_start",
    "possible_deployments",
    "result_json",
    "statutory_available",
    "total_at_multiplier",
    "units_paid",
    "with_overrides",
]
