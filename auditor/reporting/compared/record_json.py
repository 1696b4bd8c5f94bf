"""A comparison in the JSON report: findings by rule, ranks beside controls, where it lies. Pure."""

from __future__ import annotations

from auditor.model.comparisons import ComparisonRecord
from auditor.wording import english


def comparison_to_dict(one: ComparisonRecord) -> dict[str, object]:
    """S101 to S109 by code and in English, with the places among controls; no score."""
    return {
        "id": one.id, "comparison": one.comparison, "at": one.at.isoformat(), "reference": one.reference,
        "suspect": one.suspect, "controls": list(one.controls), "screens": one.screens, "path": one.path,
        "result_sha256": one.result_sha256, "sealed": one.seal.sealed, "captures": list(one.captures),
        "ranks": [
            {
                "layer": rank.layer, "lowest": rank.lowest, "figures": rank.compared,
                "highest_of_controls": rank.highest, "figures_of_controls": rank.controls, "above_all": rank.above_all,
            }
            for rank in one.ranks
        ],
        "findings": [
            {
                "rule": found.rule, "severity": found.severity, "favours": found.favours, "code": found.says.code,
                "says": english(found.says), "cites": [one.id, *one.captures[:2]],
            }
            for found in one.findings
        ],
        "decisions": [
            {"screen": said.screen or None, "answer": said.answer, "by": said.by, "reason": said.reason}
            for said in one.decisions
        ],
    }  # fmt: skip
