"""The catalogue of rules: name, severity, kind, what may make a finding false, and what would disprove it.

Severity is the consequence if the finding is true; how sure it is, is its certainty, which each finding decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from auditor.reconciliation.catalogue_counts import COUNTS
from auditor.reconciliation.catalogue_records import RECORDS
from auditor.reconciliation.entries import Entry

CATALOGUE: Mapping[str, Entry] = MappingProxyType({one.id: one for one in (*COUNTS, *RECORDS)})
