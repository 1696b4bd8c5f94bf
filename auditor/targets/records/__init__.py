"""Tables of other systems (ERP, CRM) as records of `targets.yaml`, and back.

Protocol: `read_mapping` or `plain_mapping` says how a table is read; `prepare_import` gives what it changes, with the
texts of the files afterwards; `stored_table` the same table back. Nothing here writes.

Files:

=============  =====================================================================================================
`cell_values`  one cell as the value of a field, or why it is none; strict
`files`        the files of an estate before and after an import
`fields`       the fields that a table may have, and where each stands in a record
`mapping`      the mapping file: columns, forms of days and amounts, rows that are no records
`plan`         what an import changes: added, changed, gone, refused; and the edits that do it
`rows`         rows as records: whole, refused with their place, or left out with a reason
`table_back`   records as rows of the same table
`tables`       cells of CSV, XLSX and JSON with their places
=============  =====================================================================================================
"""

from auditor.targets.records.fields import FIELDS, RecordField, RecordKind
from auditor.targets.records.files import PreparedImport, prepare_import, stored_table
from auditor.targets.records.mapping import TableMapping, plain_mapping, read_mapping
from auditor.targets.records.plan import ImportPlan, RecordChange
from auditor.targets.records.rows import LeftOutRow, RefusedRow, TableReading, read_records
from auditor.targets.records.tables import read_table

__all__ = [
    "FIELDS",
    "ImportPlan",
    "LeftOutRow",
    "PreparedImport",
    "RecordChange",
    "RecordField",
    "RecordKind",
    "RefusedRow",
    "TableMapping",
    "TableReading",
    "plain_mapping",
    "prepare_import",
    "read_mapping",
    "read_records",
    "read_table",
    "stored_table",
]
