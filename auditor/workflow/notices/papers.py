"""The papers about a notice that went out: the certificate of its delivery, and its timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from auditor.model.notices import NoticeRecord
from auditor.notices import RECORD_PAPERS, TimelineDay, record_paper_docx, record_paper_html
from auditor.reporting import notice_days
from auditor.wording import LANGS, Lang


def record_papers(
    record: NoticeRecord, langs: Sequence[Lang] = LANGS, print_paper: Callable[[bytes], bytes] | None = None
) -> Iterator[tuple[str, bytes]]:
    """File name and bytes of every paper. `print_paper`: makes PDF of HTML; None gives DOCX alone."""
    days = [TimelineDay(one.on, one.says, one.cite) for one in notice_days(record)]
    for which in RECORD_PAPERS:
        for lang in langs:
            yield f"{which}.{lang}.docx", record_paper_docx(which, record, days, lang)
            if print_paper is not None:
                yield f"{which}.{lang}.pdf", print_paper(record_paper_html(which, record, days, lang))
