"""The plugs of this room: one document in, files out, the same input the same bytes.

Each loads its library (a template engine and a plotter, a workbook writer) when it is asked: a command that only prints
starts without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from auditor.errors import ConfigError
from auditor.model.reports import Report
from auditor.wording import Lang

if TYPE_CHECKING:
    from auditor.reporting.images.figures import StoredFileLoader

PrintToPdf = Callable[[bytes], bytes]
"""An HTML page in, a PDF out: the capture room's printer."""


@dataclass(frozen=True, slots=True)
class ExportInput:
    """What every exporter is given."""

    report: Report
    load: StoredFileLoader
    lang: Lang = "en"
    print_to_pdf: PrintToPdf | None = None
    base: str = ""
    """Put before links to stored files; empty where the documents lie in the workspace."""


Exporter = Callable[[ExportInput], Mapping[str, bytes]]
"""File names and their bytes."""


def as_pdf(
    report: Report, *, load: StoredFileLoader, print_to_pdf: PrintToPdf, lang: Lang = "en", base: str = ""
) -> bytes:
    """The HTML report, printed."""
    from auditor.reporting.exporters.html import as_html

    return print_to_pdf(as_html(report, load=load, lang=lang, base=base))


def _html(document: ExportInput) -> Mapping[str, bytes]:
    from auditor.reporting.exporters.html import as_html

    page = as_html(document.report, load=document.load, lang=document.lang, base=document.base)
    return {f"report.{document.lang}.html": page}


def _json(document: ExportInput) -> Mapping[str, bytes]:
    from auditor.reporting.exporters.json_report import as_json

    return {"report.json": as_json(document.report)}


def _csv(document: ExportInput) -> Mapping[str, bytes]:
    from auditor.reporting.exporters.xlsx_csv import as_csv

    return as_csv(document.report, document.lang)


def _xlsx(document: ExportInput) -> Mapping[str, bytes]:
    from auditor.reporting.exporters.xlsx_csv import as_xlsx

    return {f"report.{document.lang}.xlsx": as_xlsx(document.report, document.lang, base=document.base)}


def _pdf(document: ExportInput) -> Mapping[str, bytes]:
    if document.print_to_pdf is None:
        raise ConfigError(
            "report: a PDF needs a browser to print it, none was given; write --format html and print that"
        )
    printed = as_pdf(
        document.report,
        load=document.load,
        print_to_pdf=document.print_to_pdf,
        lang=document.lang,
        base=document.base,
    )
    return {f"report.{document.lang}.pdf": printed}


EXPORTERS: Mapping[str, Exporter] = MappingProxyType(
    {"html": _html, "json": _json, "csv": _csv, "xlsx": _xlsx, "pdf": _pdf}
)
