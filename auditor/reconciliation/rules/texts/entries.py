"""One entry of the catalogue of rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from auditor.model.findings import FindingKind, Severity
from auditor.reconciliation.rules.texts.examples import EXAMPLES

Favours = Literal["licensor", "other_side", "neither"]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What is said about a rule, apart from its sentences."""

    id: str
    name: str
    name_zh: str
    severity: Severity
    kind: FindingKind
    risks: tuple[str, ...] = ()
    """False-positive risks, printed with every finding."""
    risks_zh: tuple[str, ...] = ()
    disproved_by: str = ""
    disproved_by_zh: str = ""
    favours: Favours = "licensor"

    @property
    def example(self) -> str:
        """A sentence of the rule on a small invented case; the tests produce the very same."""
        return EXAMPLES[self.id]


def catalogue_entry(
    head: str,
    severity: Severity,
    kind: FindingKind = "fail",
    risks: str = "",
    risks_zh: str = "",
    disproved_by: str = "",
    disproved_by_zh: str = "",
    favours: Favours = "licensor",
) -> CatalogueEntry:
    """An entry from one line `id | name | name_zh`, with risks separated by semicolons."""
    rule, name, name_zh = (part.strip() for part in head.split("|"))
    english = tuple(part.strip() for part in risks.split(";") if part.strip())
    chinese = tuple(part.strip() for part in risks_zh.split("；") if part.strip())
    return CatalogueEntry(rule, name, name_zh, severity, kind, english, chinese, disproved_by, disproved_by_zh, favours)
