"""The catalogue of rules: name, severity, kind, what may make a finding false, and what would disprove it.

Severity is the consequence if the finding is true; how sure it is, is its certainty, which each finding decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from auditor.reconciliation.rules.texts.catalogue_counts import COUNTS
from auditor.reconciliation.rules.texts.catalogue_records import RECORDS
from auditor.reconciliation.rules.texts.entries import CatalogueEntry

CATALOGUE: Mapping[str, CatalogueEntry] = MappingProxyType({one.id: one for one in (*COUNTS, *RECORDS)})
