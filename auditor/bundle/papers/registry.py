"""All papers of a bundle, as a table: file name to the function that writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from auditor.bundle.papers import cn, general, us
from auditor.bundle.papers.capture_facts import PaperInputs

PAPERS: Mapping[str, Callable[[PaperInputs], bytes]] = MappingProxyType(
    {
        "fre-902-13.docx": us.process_certificate,
        "fre-902-14.docx": us.copy_certificate,
        "fre-902-11-notice.docx": us.certification_notice,
        "reliability-art93.zh.docx": cn.reliability_sheet,
        "cleanliness-report.zh.docx": cn.cleanliness_report,
        "capture-process.zh.docx": cn.process_statement,
        "system-description.docx": general.system_description,
        "custody-log.docx": general.custody_log,
        "challenges.docx": general.challenges,
    }
)
