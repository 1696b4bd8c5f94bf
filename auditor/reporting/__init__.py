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

Files:

==============  ========================================================================================================
`capture_page`  one capture as a person looks at it: marks on the picture, readings, digests, seal
`changes`       what changed since an earlier moment, in words; as a letter
`claims`        claims as a report tells them: scenarios side by side, each figure walked back to what it rests on, and
                all of it as a table
`digest`        the digest of a week: newly over, not observed any more, ending soon; as a letter
`formats`       how values are written: bounded, visible text; days, moments, counts and money
`headline`      the answer in one sentence, with what is owed under true-up by customer; units as words
`notices`       a notice as a report tells it: what happened day by day, with captures after receipt in it
`reasons`       why a position is not verified, needs review, or rests on a list that is not complete
`sort_order`    the order in which things are told: the same report is always told in the same order
`statement`     a statement for one customer on one page, as DOCX and as HTML to be printed
`summary`       what a reader should know first: how many deployments are over, by how many units, and their value
`tables`        the report as tables with typed cells, shared by CSV and XLSX. Pure
`translations`  the one source of words, in English and Chinese, for every form of the report
`compared/`     the exhibit of a comparison (比对表): one page in each language from one source, which prints well
`images/`       derived pictures: crops and marks that name their original, and timelines as SVG. Originals stay as they
                are
`exporters/`    the report in every form: terminal, HTML, JSON, CSV and XLSX
==============  ========================================================================================================
"""

from typing import TYPE_CHECKING

from auditor.wording import LANGS, Lang

if TYPE_CHECKING:
    from auditor.reporting.capture_page import ShownCapture, as_capture_page, shown_values
    from auditor.reporting.changes import changes_letter, changes_told
    from auditor.reporting.claims import ClaimSection, FigureRow, claim_sections, figure_name, scenario_comparison
    from auditor.reporting.compared.exhibit import ExhibitInput, exhibit_html
    from auditor.reporting.digest import digest_letter, digest_parts, newly_over
    from auditor.reporting.exporters.console import print_changes, print_summary
    from auditor.reporting.exporters.html import as_html, foreign_text, rule_name, worded_note
    from auditor.reporting.exporters.json_report import FORMAT, as_json
    from auditor.reporting.exporters.list_files import (
        ListHead,
        ListPart,
        write_list_csv,
        write_list_json,
        write_list_xlsx,
    )
    from auditor.reporting.exporters.overview_json import standing_json
    from auditor.reporting.exporters.registry import EXPORTERS, Exporter, ExportInput, PrintToPdf, as_pdf
    from auditor.reporting.exporters.xlsx_csv import as_csv, as_xlsx, plain_csv, plain_xlsx
    from auditor.reporting.formats import count_text, day_text, language_of, money_text, safe_link, time_text
    from auditor.reporting.headline import headline_sentence, owed_amount, owed_units, unit_name
    from auditor.reporting.images.crops import CropRefused, png_dimensions
    from auditor.reporting.images.figures import StoredFileLoader
    from auditor.reporting.images.marked_screenshot import MarkedBox, mark_screenshot
    from auditor.reporting.images.timeline_shapes import TimelineShapes, shape_timeline
    from auditor.reporting.notices import notice_days, reading_rows
    from auditor.reporting.reasons import position_reasons
    from auditor.reporting.sort_order import STATUSES, practice_tokens, sort_findings
    from auditor.reporting.statement import (
        CustomerStatement,
        StatementParties,
        customer_statement,
        statement_docx,
        statement_html,
    )
    from auditor.reporting.summary import OVER_STATUSES, Summary, age_days, findings_by_subject, summarise, summed_over
    from auditor.reporting.translations import Translations, load_translations
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "ClaimSection": "claims",
            "CustomerStatement": "statement",
            "CropRefused": "images.crops",
            "EXPORTERS": "exporters.registry",
            "ExhibitInput": "compared.exhibit",
            "ExportInput": "exporters.registry",
            "Exporter": "exporters.registry",
            "FORMAT": "exporters.json_report",
            "FigureRow": "claims",
            "MarkedBox": "images.marked_screenshot",
            "OVER_STATUSES": "summary",
            "PrintToPdf": "exporters.registry",
            "STATUSES": "sort_order",
            "ShownCapture": "capture_page",
            "StatementParties": "statement",
            "StoredFileLoader": "images.figures",
            "Summary": "summary",
            "TimelineShapes": "images.timeline_shapes",
            "Translations": "translations",
            "age_days": "summary",
            "as_capture_page": "capture_page",
            "as_csv": "exporters.xlsx_csv",
            "as_html": "exporters.html",
            "as_json": "exporters.json_report",
            "ListHead": "exporters.list_files",
            "ListPart": "exporters.list_files",
            "write_list_csv": "exporters.list_files",
            "write_list_json": "exporters.list_files",
            "write_list_xlsx": "exporters.list_files",
            "as_pdf": "exporters.registry",
            "as_xlsx": "exporters.xlsx_csv",
            "changes_letter": "changes",
            "changes_told": "changes",
            "claim_sections": "claims",
            "count_text": "formats",
            "customer_statement": "statement",
            "day_text": "formats",
            "digest_letter": "digest",
            "digest_parts": "digest",
            "exhibit_html": "compared.exhibit",
            "figure_name": "claims",
            "foreign_text": "exporters.html",
            "headline_sentence": "headline",
            "language_of": "formats",
            "findings_by_subject": "summary",
            "load_translations": "translations",
            "mark_screenshot": "images.marked_screenshot",
            "money_text": "formats",
            "newly_over": "digest",
            "notice_days": "notices",
            "owed_amount": "headline",
            "owed_units": "headline",
            "plain_csv": "exporters.xlsx_csv",
            "plain_xlsx": "exporters.xlsx_csv",
            "png_dimensions": "images.crops",
            "position_reasons": "reasons",
            "practice_tokens": "sort_order",
            "print_changes": "exporters.console",
            "print_summary": "exporters.console",
            "reading_rows": "notices",
            "rule_name": "exporters.html",
            "safe_link": "formats",
            "scenario_comparison": "claims",
            "shape_timeline": "images.timeline_shapes",
            "shown_values": "capture_page",
            "sort_findings": "sort_order",
            "statement_docx": "statement",
            "statement_html": "statement",
            "summarise": "summary",
            "time_text": "formats",
            "unit_name": "headline",
            "worded_note": "exporters.html",
            "standing_json": "exporters.overview_json",
            "summed_over": "summary",
        },
    )

__all__ = [
    "EXPORTERS",
    "FORMAT",
    "LANGS",
    "OVER_STATUSES",
    "STATUSES",
    "ClaimSection",
    "CropRefused",
    "CustomerStatement",
    "ExhibitInput",
    "ExportInput",
    "Exporter",
    "FigureRow",
    "Lang",
    "ListHead",
    "ListPart",
    "MarkedBox",
    "PrintToPdf",
    "ShownCapture",
    "StatementParties",
    "StoredFileLoader",
    "Summary",
    "TimelineShapes",
    "Translations",
    "age_days",
    "as_capture_page",
    "as_csv",
    "as_html",
    "as_json",
    "as_pdf",
    "as_xlsx",
    "changes_letter",
    "changes_told",
    "claim_sections",
    "count_text",
    "customer_statement",
    "day_text",
    "digest_letter",
    "digest_parts",
    "exhibit_html",
    "figure_name",
    "findings_by_subject",
    "foreign_text",
    "headline_sentence",
    "language_of",
    "load_translations",
    "mark_screenshot",
    "money_text",
    "newly_over",
    "notice_days",
    "owed_amount",
    "owed_units",
    "plain_csv",
    "plain_xlsx",
    "png_dimensions",
    "position_reasons",
    "practice_tokens",
    "print_changes",
    "print_summary",
    "reading_rows",
    "rule_name",
    "safe_link",
    "scenario_comparison",
    "shape_timeline",
    "shown_values",
    "sort_findings",
    "standing_json",
    "statement_docx",
    "statement_html",
    "summarise",
    "summed_over",
    "time_text",
    "unit_name",
    "worded_note",
    "write_list_csv",
    "write_list_json",
    "write_list_xlsx",
]
