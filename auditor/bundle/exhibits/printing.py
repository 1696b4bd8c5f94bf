"""The index of a bag: exhibits printed one by one, the combined volumes, the lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from auditor.bundle.bag import layout
from auditor.bundle.bag.bag import BagWriter
from auditor.bundle.bag.disk_tables import DiskDict, DiskList
from auditor.bundle.dossier import BundledPackage, Dossier, LoadedPackage
from auditor.bundle.exhibits import index as indexing
from auditor.bundle.exhibits import volumes
from auditor.bundle.exhibits.count_series import exhibit_and_seal
from auditor.bundle.exhibits.exhibit import build_exhibit
from auditor.bundle.exhibits.index import ExhibitListing
from auditor.bundle.exhibits.redaction import WithheldArtefact
from auditor.errors import IntegrityError
from auditor.model.reading.observations import Observation

LINKS = (
    ("report.zh.html", "报告 report (zh)"), ("report.en.html", "report (en)"),
    ("report.zh.pdf", "报告 PDF (zh)"), ("report.en.pdf", "report PDF (en)"),
    ("report.zh.xlsx", "报告 XLSX (zh)"), ("report.en.xlsx", "report XLSX (en)"), ("report.json", "report.json"),
    ("combined.pdf", "合订本 combined.pdf"),
    ("evidence-list.zh.pdf", "证据目录 evidence list (zh)"), ("evidence-list.en.pdf", "evidence list (en)"),
    ("exhibits.csv", "exhibits.csv"), ("../20-series/counts.csv", "数量序列 counts.csv"),
    ("../30-contract/entitlement-ledger.csv", "授权台账 ledger"),
    ("../20-series/hosting.json", "托管查询记录 hosting.json"),
    ("../20-series/notices.json", "通知记录 notices.json"),
    ("../40-damages/worksheet.xlsx", "计算表 worksheet.xlsx"),
    ("../40-damages/derivation.md", "计算过程 derivation.md"),
    ("../60-log/completeness.json", "完整性 completeness.json"),
    ("../99-redaction/withheld.csv", "未提供的文件 withheld.csv"), ("../../VERIFY.md", "VERIFY.md"),
)  # fmt: skip


@dataclass
class ExhibitPrinter:
    """Collects the exhibits of a bag while its packages are written."""

    bag: BagWriter
    dossier: Dossier
    hidden: Sequence[str]
    rows: DiskList[ExhibitListing] = field(default_factory=lambda: DiskList(ExhibitListing))
    numbered: DiskDict[str, str] = field(default_factory=DiskDict)
    """Capture to `series.numbering` of its exhibit."""
    page: int = 1
    volume: int = 1
    _bound: int = 0
    """Pages in the present volume."""
    _seen: DiskDict[str, str] = field(default_factory=DiskDict)
    """`<capture>/<place>` of each observation of the report."""

    @classmethod
    @contextmanager
    def opened(cls, bag: BagWriter, dossier: Dossier, hidden: Sequence[str]) -> Iterator[ExhibitPrinter]:
        """A press whose tables end with the context."""
        press = cls(bag, dossier, hidden)
        for place, one in enumerate(dossier.report.history):
            press._seen.add(f"{one.capture}/{place:09d}", "")
        try:
            yield press
        finally:
            for table in (press.rows, press.numbered, press._seen):
                table.close()

    def take(self, entry: BundledPackage, opened: LoadedPackage, masked: Sequence[WithheldArtefact]) -> None:
        """Print one exhibit, and note its row of the list."""
        self.numbered.add(opened.capture.id, exhibit_and_seal(entry))
        seen = self._observed(opened.capture.id)
        if self.dossier.print_to_pdf is None:
            self.rows.append(indexing.exhibit_listing(self.dossier, entry, opened, seen, (0, 0, 1), self.hidden))
            return
        made = build_exhibit(self.dossier, entry, opened, masked, self.hidden)
        pdf = volumes.deterministic_pdf(
            self.dossier.print_to_pdf(made.html), f"证据{made.number} Exhibit {made.number}"
        )
        found = volumes.page_count(pdf)
        if found != made.pages:
            raise IntegrityError(
                f"exhibit {made.number}: printed on {found} pages, planned on {made.pages}; not exported"
            )
        if self._bound and self._bound + found > volumes.MOST_PAGES:
            self.volume, self._bound = self.volume + 1, 0
        bound = (found, self.page, self.volume)
        row = indexing.exhibit_listing(self.dossier, entry, opened, seen, bound, self.hidden)
        self.bag.put(f"{layout.INDEX}/{row.pdf}", pdf)
        self.rows.append(row)
        self.page, self._bound = self.page + found, self._bound + found

    def _observed(self, capture: str) -> list[Observation]:
        history = self.dossier.report.history
        return [history[int(key.rpartition("/")[2])] for key, _ in self._seen.items(f"{capture}/")]

    def bind(self) -> None:
        """Write the volumes, the lists and the first page."""
        press, dossier = self.dossier.print_to_pdf, self.dossier
        if press is not None:
            self._volumes()
            for lang in ("zh", "en"):
                title = indexing.WORDS[lang]["title"]
                page = press(indexing.list_html(dossier, self.rows, lang))
                self.bag.put(f"{layout.INDEX}/evidence-list.{lang}.pdf", volumes.deterministic_pdf(page, title))
        self.bag.stream(f"{layout.INDEX}/exhibits.csv", indexing.exhibits_csv(self.rows, self.volume))
        index = f"{layout.INDEX}/"
        there = [link for link in self._links() if self._is_here(_resolved(index, link[0]))]
        self.bag.stream(f"{index}index.html", indexing.index_html(dossier, self.rows, there))

    def _volumes(self) -> None:
        """Bind the exhibits, as many volumes as their pages ask for."""
        for volume, rows in groupby(self.rows, key=lambda row: row.volume):
            bound = list(rows)
            parts = [
                volumes.VolumePart(f"证据{row.number} {row.names['zh']}", self.bag.folder / layout.INDEX / row.pdf)
                for row in bound
            ]
            run = volumes.PageNumbering(bound[0].first, self.page - 1, _root(self.dossier))
            title = self.dossier.name if self.volume == 1 else f"{self.dossier.name} ({volume}/{self.volume})"
            name = indexing.volume_file_name(volume, self.volume)
            self.bag.made(f"{layout.INDEX}/{name}", partial(volumes.write_volume, parts, title, run))

    def _links(self) -> list[tuple[str, str]]:
        names = [indexing.volume_file_name(volume, self.volume) for volume in range(1, self.volume + 1)]
        further = [(name, f"合订本 {name}") for name in names if name != "combined.pdf"]
        place = [href for href, _ in LINKS].index("combined.pdf") + 1
        return [*LINKS[:place], *further, *LINKS[place:]]

    def _is_here(self, path: str) -> bool:
        return path in self.bag.digests or path == "VERIFY.md"


def _resolved(index: str, href: str) -> str:
    parts = index.rstrip("/").split("/")
    for step in href.split("/"):
        if step == "..":
            parts.pop()
        else:
            parts.append(step)
    return "/".join(parts)


def _root(dossier: Dossier) -> str:
    return dossier.log.checkpoint.split(b"\n")[2].decode("ascii")
