"""证据目录: the list of exhibits, for people (zh, en), as a table, and as a page to start from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment

from auditor.bundle.bag import layout
from auditor.bundle.bag.tables import safe_csv
from auditor.bundle.dossier import BundledPackage, Dossier, LoadedPackage
from auditor.bundle.exhibits.exhibit import BEIJING, mask_redacted
from auditor.bundle.shipped import packaged_text
from auditor.clock import timestamp
from auditor.model.reading.observations import Observation

COLUMNS = (
    "number", "name_zh", "name_en", "source_zh", "source_en", "purpose_zh", "purpose_en", "deployment", "capture",
    "captured_at_utc", "pages", "combined_first_page", "combined_last_page", "combined_pdf", "pdf",
    "package", "manifest_sha256",
)  # fmt: skip
WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "title": "证据目录", "case": "案件", "as_of": "导出基准时间", "copies": "副本份数", "number": "证据编号",
        "name": "证据名称", "source": "证据来源", "purpose": "证明内容", "pages": "页码", "digest": "清单摘要 SHA-256",
        "practice": "练习用时间戳机构,无证明力", "party": "提交人", "seal": "签名或盖章", "date": "提交日期",
        "note": "证据编号为该取证在日志中的序号,永不改变,故可不连续。页码为合订本(combined*.pdf)各册连续的"
                "页码,印于每页页脚;各证据内的页码同样固定。",
        "elsewhere": "其他文件", "filed": "托管查询、通知及比对", "about": "对象", "kind": "类型",
        "began": "时间（UTC）",
        "folder": "位置", "lookup": "查询", "attachment": "人员查询", "draft": "通知草稿", "sending": "通知发送",
        "record": "送达记录", "reply": "往来答复", "comparison": "比对",
    },
    "en": {
        "title": "List of exhibits", "case": "Matter", "as_of": "As of", "copies": "Copies", "number": "Exhibit",
        "name": "Name", "source": "Source", "purpose": "What it is offered to show", "pages": "Pages",
        "digest": "Manifest SHA-256", "practice": "PRACTICE authorities, whose timestamps prove nothing",
        "party": "Submitted by", "seal": "Signature or seal", "date": "Date",
        "note": "An exhibit's number is the place of its capture in the log: it never changes, so numbers may"
                " skip. Pages are "
        "the running numbers at the foot of combined*.pdf; the pages within an exhibit are fixed as well.",
        "elsewhere": "Other files", "filed": "Look-ups, notices and comparisons", "about": "About", "kind": "Kind",
        "began": "Time (UTC)", "folder": "Folder", "lookup": "look-up", "attachment": "a person's look-up",
        "draft": "draft of a notice", "sending": "sending of a notice", "record": "record of delivery",
        "reply": "reply", "comparison": "comparison",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExhibitListing:
    """One exhibit in the list."""

    number: int
    capture: str
    home: str
    manifest_sha256: str
    names: dict[str, str]
    sources: dict[str, str]
    purposes: dict[str, str]
    deployment: str
    captured_at: str
    pages: int
    first: int
    """First page among those of all volumes, from 1; 0 where there are no PDFs."""
    volume: int
    """Which volume it is bound in, from 1."""

    @property
    def pdf(self) -> str:
        return f"exhibits/{exhibit_file_name(self.number)}" if self.first else ""

    @property
    def package(self) -> str:
        return f"10-captures/{self.home}/{layout.PACKAGE}"

    @property
    def last(self) -> int:
        return self.first + self.pages - 1 if self.first else 0

    @property
    def range(self) -> str:
        """Its pages among those of all volumes."""
        if not self.first:
            return "–"
        return f"{self.first}–{self.last}" if self.pages > 1 else str(self.first)


def exhibit_file_name(number: int) -> str:
    return f"exhibit-{number:05d}.pdf"


def volume_file_name(number: int, volumes: int) -> str:
    """The file of one volume of so many."""
    return "combined.pdf" if volumes == 1 else f"combined-{number:03d}.pdf"


def exhibit_listing(
    dossier: Dossier, entry: BundledPackage, opened: LoadedPackage, seen: Sequence[Observation], bound: tuple[int,
    int, int],
    hidden: Sequence[str],
) -> ExhibitListing:  # fmt: skip
    """What the list says of one exhibit: named after the deployment and day, shown by what its pages state.

    `bound`: its pages, the first of them, and the volume.
    """
    capture = opened.capture
    one = dossier.estate.deployments.get(capture.deployment)
    name = mask_redacted((one.name if one else "") or capture.deployment, hidden)
    day = f"{capture.started_at.astimezone(BEIJING):%Y-%m-%d}"
    method = {"browser": ("浏览器取证", "browser capture"), "http": ("HTTP 取证", "HTTP capture")}[capture.method]
    owners = sorted({verdict.owner for verdict in entry.package.seal.verdicts if verdict.status == "verified"})
    stamps = ", ".join(owners)
    return ExhibitListing(
        entry.number,
        capture.id,
        entry.home,
        entry.package.manifest_sha256,
        {"zh": f"{name} 网页取证({day})", "en": f"Web capture of {name}, {day} (Beijing)"},
        {
            "zh": f"自行取证:{method[0]},时间戳:{stamps}",
            "en": f"Own capture: {method[1]}; timestamps: {stamps}",
        },
        {
            "zh": mask_redacted(_shows(seen, dossier, zh=True), hidden),
            "en": mask_redacted(_shows(seen, dossier, zh=False), hidden),
        },
        capture.deployment,
        timestamp(capture.started_at),
        *bound,
    )


def _shows(seen: Sequence[Observation], dossier: Dossier, *, zh: bool) -> str:
    """What the pages state, as written; nothing is concluded."""
    if not seen:
        return "页面当时的状态(未读得数量)" if zh else "The pages as they stood (no count was read)"
    parts = []
    for one in seen:
        count = one.displayed_raw or ("未读得" if zh else "none read")
        cap = f",授权数量「{one.cap_raw}」" if zh and one.cap_raw else f', cap "{one.cap_raw}"' if one.cap_raw else ""
        rows = "" if one.listed is None else f",列表 {one.listed} 行" if zh else f", {one.listed} rows listed"
        unit = dossier.report.names.get(one.metric, one.metric)
        parts.append(f"{unit}:当前数量「{count}」{cap}{rows}" if zh else f'{unit}: count "{count}"{cap}{rows}')
    lead = "页面当时显示:" if zh else "The pages stated: "
    return lead + (";" if zh else "; ").join(parts)


def exhibits_csv(rows: Iterable[ExhibitListing], volumes: int) -> Iterator[bytes]:
    """`exhibits.csv`, line by line."""
    return safe_csv(
        COLUMNS,
        (
            (
                row.number, row.names["zh"], row.names["en"], row.sources["zh"], row.sources["en"],
                row.purposes["zh"], row.purposes["en"], row.deployment, row.capture, row.captured_at,
                row.pages or "", row.first or "", row.last or "", volume_file_name(row.volume,
                volumes) if row.first else "",
                row.pdf, row.package, row.manifest_sha256,
            )
            for row in rows
        ),
    )  # fmt: skip


def list_html(dossier: Dossier, rows: Iterable[ExhibitListing], lang: str) -> bytes:
    """The list to print and sign."""
    return b"".join(_render(dossier, rows, lang, link=False, links=()))


def index_html(dossier: Dossier, rows: Iterable[ExhibitListing], links: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    """A page to start from, in both languages' terms; no script. Part by part."""
    return _render(dossier, rows, "zh", link=True, links=links)


def _filings(dossier: Dossier, words: Mapping[str, str]) -> list[dict[str, str]]:
    """Look-ups, parts of notices and comparisons, in the order of the log, by the number of their line."""
    filed = [
        {
            "number": str(one.intent_line), "about": one.package.subject, "kind": words.get(one.kind, one.kind),
            "began": f"{one.started_at:%Y-%m-%d %H:%M:%S}",
            "folder": f"{layout.CABINETS[one.package.cabinet]}/{one.home}", "digest": one.package.manifest_sha256,
        }
        for one in dossier.filings
    ]  # fmt: skip
    compared = [
        {
            "number": str(one.line), "about": f"{one.suspect} / {one.reference}", "kind": words["comparison"],
            "began": f"{one.at:%Y-%m-%d %H:%M:%S}", "folder": f"{layout.COMPARISONS}/exhibit-{one.line:05d}",
            "digest": one.seal.manifest_sha256,
        }
        for one in dossier.report.comparisons
        if not dossier.redactions
    ]  # fmt: skip
    return sorted((*filed, *compared), key=lambda row: int(row["number"]))


def _render(
    dossier: Dossier, rows: Iterable[ExhibitListing], lang: str, *, link: bool, links: Sequence[tuple[str, str]]
) -> Iterator[bytes]:
    as_of = dossier.selection.as_of
    told = (
        f"{as_of.astimezone(BEIJING):%Y-%m-%d %H:%M:%S} 北京时间" if lang == "zh" else f"{as_of:%Y-%m-%d %H:%M:%S} UTC"
    )
    shown = (
        {
            "number": row.number, "name": row.names[lang], "source": row.sources[lang],
            "purpose": row.purposes[lang], "pages": row.range, "digest": row.manifest_sha256,
            "href": row.pdf or f"../{row.package}/manifest.json",
        }
        for row in rows
    )  # fmt: skip
    page = Environment(autoescape=True, trim_blocks=True).from_string(packaged_text("list.html"))
    parts = page.stream(
        lang="zh-CN" if lang == "zh" else "en", w=WORDS[lang], case=dossier.case, rows=shown, link=link, links=links,
        as_of=told, filings=_filings(dossier, WORDS[lang]), practice=", ".join(sorted(dossier.trust.practice)),
    )  # fmt: skip
    parts.enable_buffering(200)
    return (part.encode() for part in parts)
