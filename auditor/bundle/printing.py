"""The index of a bag: exhibits printed one by one, the combined volume, the lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from auditor.bundle import binding, indexing, layout
from auditor.bundle.bag import Bag
from auditor.bundle.dossier import Dossier, Entry, Opened
from auditor.bundle.exhibits import exhibit
from auditor.bundle.indexing import Listed
from auditor.bundle.redacting import Masked
from auditor.errors import IntegrityError

LINKS = (
    ("report.zh.html", "报告 report (zh)"), ("report.en.html", "report (en)"), ("combined.pdf", "合订本 combined.pdf"),
    ("evidence-list.zh.pdf", "证据目录 evidence list (zh)"), ("evidence-list.en.pdf", "evidence list (en)"),
    ("exhibits.csv", "exhibits.csv"), ("../20-series/counts.csv", "数量序列 counts.csv"),
    ("../30-contract/entitlement-ledger.csv", "授权台账 ledger"),
    ("../40-damages/worksheet.xlsx", "计算表 worksheet.xlsx"),
    ("../60-log/completeness.json", "完整性 completeness.json"),
    ("../99-redaction/withheld.csv", "未提供的文件 withheld.csv"), ("../../VERIFY.md", "VERIFY.md"),
)  # fmt: skip


@dataclass
class Press:
    """Collects the exhibits of a bag while its packages are written."""

    bag: Bag
    dossier: Dossier
    hidden: Sequence[str]
    rows: list[Listed] = field(default_factory=list)
    parts: list[binding.Part] = field(default_factory=list)
    page: int = 1

    def take(self, entry: Entry, opened: Opened, masked: Sequence[Masked]) -> None:
        """Print one exhibit, and note its row of the list."""
        if self.dossier.print_to_pdf is None:
            self.rows.append(indexing.listed(self.dossier, entry, opened, 0, 0, self.hidden))
            return
        made = exhibit(self.dossier, entry, opened, masked, self.hidden)
        pdf = binding.still(self.dossier.print_to_pdf(made.html), f"证据{made.number} Exhibit {made.number}")
        found = binding.pages_in(pdf)
        if found != made.pages:
            raise IntegrityError(
                f"exhibit {made.number}: printed on {found} pages, planned on {made.pages}; not exported"
            )
        row = indexing.listed(self.dossier, entry, opened, made.pages, self.page, self.hidden)
        path = binding.put(self.bag, f"{layout.INDEX}/{row.pdf}", pdf)
        self.rows.append(row)
        self.parts.append(binding.Part(f"证据{made.number} {row.names['zh']}", path))
        self.page += made.pages

    def close(self) -> None:
        """Write the volume, the lists and the first page."""
        press, dossier = self.dossier.print_to_pdf, self.dossier
        if press is not None:
            whole = binding.volume(self.parts, dossier.name, _root(dossier))
            self.bag.put(f"{layout.INDEX}/combined.pdf", whole)
            for lang in ("zh", "en"):
                title = indexing.WORDS[lang]["title"]
                page = press(indexing.list_html(dossier, self.rows, lang))
                self.bag.put(f"{layout.INDEX}/evidence-list.{lang}.pdf", binding.still(page, title))
        self.bag.put(f"{layout.INDEX}/exhibits.csv", indexing.exhibits_csv(self.rows))
        index = f"{layout.INDEX}/"
        there = [link for link in LINKS if _resolved(index, link[0]) in {*self.bag.digests, "VERIFY.md"}]
        self.bag.put(f"{index}index.html", indexing.index_html(dossier, self.rows, there))


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
