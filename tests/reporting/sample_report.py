"""A report with the figures of the LIBNET case, and the stored bytes it rests on: screenshots from a real browser."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from auditor.model.findings import KeyDate, Unobserved
from auditor.model.notes import quote_text
from auditor.model.reports import Report
from tests.reporting import chromium
from tests.reporting.libnet_case import AGAIN, AS_OF, NAMES, SHOT, VISITS, Visit, observation, positions, row
from tests.reporting.libnet_findings import decisions, findings

VALUE_COLOUR = (18, 52, 86)
"""Of a stripe inside the used value's cell, for tests that look for it in a crop."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A report and the bytes behind it."""

    report: Report
    files: Mapping[tuple[str, str], bytes]

    def load(self, package: str, artefact: str) -> bytes | None:
        return self.files.get((package, artefact))


def registration_page(visit: Visit) -> bytes:
    """注册授权信息 with fixed places, so that the boxes are known."""
    rows = [
        ("授权版本", "旗舰版"),
        ("总分馆模式", "支持"),
        ("分馆授权数量", visit.cap),
        ("当前分馆数量", str(visit.used)),
        ("公司名称", "安徽某图书有限公司"),
        ("系统版本", "旗舰版V1.2.2"),
        ("注册授权日期", "2019-08-29"),
    ]
    cells = "".join(
        f'<div style="top:{200 + 44 * i}px"><b>{label}</b><span id="v{i}">{value}</span></div>'
        for i, (label, value) in enumerate(rows)
    )
    return f"""<!doctype html><meta charset=utf-8><style>
    body{{margin:0;font:16px 'Noto Sans CJK SC';background:#eef2f6}}
    h1{{position:absolute;left:300px;top:110px;font-size:22px}}
    nav{{position:absolute;left:0;top:0;width:1280px;height:64px;background:#20508f;color:#fff;
    line-height:64px;text-indent:32px}}
    div{{position:absolute;left:300px;width:680px;height:44px;border-bottom:1px solid #d5dde6;background:#fff;
    line-height:44px}}
    b{{position:absolute;left:24px;font-weight:400;color:#5b6b7c}} span{{position:absolute;left:264px;font-weight:600}}
    i{{position:absolute;left:612px;top:338px;width:6px;height:24px;background:rgb{VALUE_COLOUR}}}
    </style><nav>图书馆集群管理系统　系统导航</nav><h1>注册授权信息</h1>{cells}<i></i>""".encode()


def screenshots(folder: Path) -> dict[str, bytes]:
    """One picture for each visit, by capture id."""

    def take(visit: Visit) -> bytes:
        place = folder / visit.capture
        place.mkdir(parents=True)
        return chromium.screenshot(registration_page(visit), place)

    with ThreadPoolExecutor(max_workers=2) as pool:
        return dict(zip((visit.capture for visit in VISITS), pool.map(take, VISITS), strict=True))


def sample(pictures: Mapping[str, bytes]) -> Sample:
    """The LIBNET report as of 2022-03-15."""
    files: dict[tuple[str, str], bytes] = {}
    rows = []
    for visit in VISITS:
        picture = pictures[visit.capture]
        manifest = json.dumps({SHOT: hashlib.sha256(picture).hexdigest()}).encode()
        files[visit.package, SHOT] = picture
        files[visit.package, "manifest.json"] = manifest
        rows.append(row(visit, hashlib.sha256(manifest).hexdigest()))
    report = Report(
        as_of=AS_OF,
        workspace="demo",
        software="seat-auditor 0.1.0",
        notice="The rows of the branch lists are an illustration: the judgment gives no reasons for them.",
        positions=positions(),
        findings=findings(),
        unobserved=(
            Unobserved(
                "libmsc-net", "registration", "http_error", quote_text("HTTP 500 after 3 attempts"), AGAIN, "c-0006"
            ),
            Unobserved(
                "yjzhjy-cn",
                "branches",
                "not_settled",
                quote_text("the value still read 加载中… after 15 s"),
                AGAIN,
                "c-0007",
            ),
        ),
        history=tuple(observation(visit) for visit in VISITS),
        evidence=tuple(rows),
        decisions=decisions(),
        key_dates=(
            KeyDate("end", "termination", date(2020, 2, 9), what="合作协议到期终止", contract="oem-2015"),
            KeyDate("j1", "judgment", date(2021, 12, 7), what="一审判决"),
            KeyDate("n1", "notice", None, (date(2021, 1, 27), date(2021, 12, 7)), "2021127日", "函件"),
        ),
        assumptions=(
            quote_text("A number holds from one capture to the next only where both show it."),
            quote_text("Days are whole days in Asia/Shanghai."),
        ),
        names=NAMES,
        addresses={
            "libmsc-cn": "https://libmsc.cn/",
            "site-90": "http://223.247.185.129:90/",
            "libmsc-com": "https://libmsc.com/",
            "yjzhjy-cn": "https://www.yjzhjy.cn/",
            "libmsc-net": "https://libmsc.net/",
        },
    )
    return Sample(report, files)
