"""All papers of a bundle, as a table: file name to the function that writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from auditor.bundle import american, chinese, describing
from auditor.bundle.accounts import File

PAPERS: Mapping[str, Callable[[File], bytes]] = MappingProxyType(
    {
        "fre-902-13.docx": american.process_certificate,
        "fre-902-14.docx": american.copy_certificate,
        "fre-902-11-notice.docx": american.notice,
        "reliability-art93.zh.docx": chinese.reliability,
        "cleanliness-report.zh.docx": chinese.cleanliness,
        "capture-process.zh.docx": chinese.process,
        "system-description.docx": describing.system_description,
        "custody-log.docx": describing.custody_log,
        "challenges.docx": describing.challenges,
    }
)
