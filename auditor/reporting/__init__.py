"""The room that tells: one `Report` in, documents out.

Nothing is judged here: positions and findings arrive as values, and are put in order, worded in English or Chinese
from one source, and shown with the stored texts and pictures they rest on. The same report and the same stored bytes
give the same document bytes. Foreign text is bounded, its invisible characters are named, and it can neither run as
script in the page nor as a formula in a spreadsheet.

Protocol: `Exporter`: a `ExportInput` in, `{file name: bytes}` out.

=========  ===================================================================  ===============
exporter   gives                                                                languages
=========  ===================================================================  ===============
`html`     one self-contained page: no script, nothing loaded, prints well      en, zh
`pdf`      that page, printed by the browser that `print_to_pdf` stands for     en, zh
`json`     `auditor.report/1`, stable keys                                      both in one
`csv`      one file for each table                                              en, zh
`xlsx`     one workbook, a sheet for each table                                 en, zh
=========  ===================================================================  ===============

`print_summary` writes the same answer to a terminal.
"""

from auditor.reporting.console import print_summary
from auditor.reporting.exporters import EXPORTERS, Exporter, ExportInput, PrintToPdf, as_pdf
from auditor.reporting.html import as_html
from auditor.reporting.images.figures import StoredFileLoader
from auditor.reporting.json_report import FORMAT, as_json
from auditor.reporting.translations import LANGS, Lang
from auditor.reporting.xlsx_csv import as_csv, as_xlsx

__all__ = [
    "EXPORTERS",
    "FORMAT",
    "LANGS",
    "ExportInput",
    "Exporter",
    "Lang",
    "PrintToPdf",
    "StoredFileLoader",
    "as_csv",
    "as_html",
    "as_json",
    "as_pdf",
    "as_xlsx",
    "print_summary",
]
