"""A report with the figures of the LIBNET case, and the stored bytes it rests on: screenshots from a real browser."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from auditor.model.captures import View
from auditor.model.contracts import Money
from auditor.model.evidence import Seal, TokenVerdict
from auditor.model.findings import (
    Basis,
    Decision,
    EntitlementStep,
    ExcludedRow,
    Finding,
    KeyDate,
    Observation,
    Position,
    Unobserved,
)
from auditor.model.readings import Box
from auditor.model.reports import EvidenceRow, Report
from tests.reporting import chromium

FIRST = datetime(2021, 11, 10, 2, 3, 4, tzinfo=UTC)
AGAIN = datetime(2022, 3, 15, 6, 30, 0, tzinfo=UTC)
AS_OF = datetime(2022, 3, 15, 6, 32, 0, tzinfo=UTC)
SHOT = "registration/screenshot.png"
CAP_BOX, USED_BOX = Box(560, 292, 60, 28), Box(560, 336, 60, 28)
VALUE_COLOUR = (18, 52, 86)
"""Of a stripe inside the used value's cell, for tests that look for it in a crop."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One capture of one deployment."""

    deployment: str
    capture: str
    at: datetime
    cap: str
    used: int

    @property
    def package(self) -> str:
        return f"evidence/{self.deployment}/{self.at:%Y%m%dT%H%M%SZ}-{self.capture}"


VISITS = (
    Visit("libmsc-cn", "c-0001", FIRST, "20", 20),
    Visit("site-90", "c-0002", FIRST + timedelta(minutes=1), "不限", 34),
    Visit("libmsc-com", "c-0003", FIRST + timedelta(minutes=2), "不限", 18),
    Visit("yjzhjy-cn", "c-0004", FIRST + timedelta(minutes=3), "不限", 25),
    Visit("libmsc-com", "c-0005", AGAIN, "不限", 22),
)
NAMES = {
    "libmsc-cn": "合肥图书馆集群",
    "site-90": "223.247.185.129:90",
    "libmsc-com": "芜湖县图书馆",
    "yjzhjy-cn": "叶集智慧教育",
    "libmsc-net": "经销商网站",
    "oem-2015": "OEM合作协议 2015-02-10",
    "branch": "分馆",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A report and the bytes behind it."""

    report: Report
    files: Mapping[tuple[str, str], bytes]

    def load(self, package: str, artefact: str) -> bytes | None:
        return self.files.get((package, artefact))


def registration_page(visit: Visit) -> bytes:
    """注册授权信息 with fixed places, so that the boxes are known."""
    rows = [("授权版本", "旗舰版"), ("总分馆模式", "支持"), ("分馆授权数量", visit.cap), ("当前分馆数量", str(visit.used)),
            ("公司名称", "安徽某图书有限公司"), ("系统版本", "旗舰版V1.2.2"), ("注册授权日期", "2019-08-29")]  # fmt: skip
    cells = "".join(
        f'<div style="top:{200 + 44 * i}px"><b>{label}</b><span id="v{i}">{value}</span></div>'
        for i, (label, value) in enumerate(rows)
    )
    return f"""<!doctype html><meta charset=utf-8><style>
    body{{margin:0;font:16px 'Noto Sans CJK SC';background:#eef2f6}} h1{{position:absolute;left:300px;top:110px;font-size:22px}}
    nav{{position:absolute;left:0;top:0;width:1280px;height:64px;background:#20508f;color:#fff;line-height:64px;text-indent:32px}}
    div{{position:absolute;left:300px;width:680px;height:44px;border-bottom:1px solid #d5dde6;background:#fff;line-height:44px}}
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
        rows.append(_row(visit, hashlib.sha256(manifest).hexdigest()))
    report = Report(
        as_of=AS_OF,
        workspace="demo",
        software="seat-auditor 0.1.0",
        notice="The rows of the branch lists are an illustration: the judgment gives no reasons for the confirmed counts.",
        positions=_positions(),
        findings=_findings(),
        unobserved=(
            Unobserved("libmsc-net", "registration", "http_error", "HTTP 500 after 3 attempts", AGAIN, "c-0006"),
            Unobserved(
                "yjzhjy-cn", "branches", "not_settled", "the value still read 加载中… after 15 s", AGAIN, "c-0007"
            ),
        ),
        history=tuple(_observation(visit) for visit in VISITS),
        evidence=tuple(rows),
        decisions=_decisions(),
        key_dates=(
            KeyDate("end", "termination", date(2020, 2, 9), what="合作协议到期终止", contract="oem-2015"),
            KeyDate("j1", "judgment", date(2021, 12, 7), what="一审判决"),
            KeyDate("n1", "notice", None, (date(2021, 1, 27), date(2021, 12, 7)), "2021127日", "函件"),
        ),
        assumptions=(
            "A number holds from one capture to the next only where both show it.",
            "Days are whole days in Asia/Shanghai.",
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


def _row(visit: Visit, manifest: str) -> EvidenceRow:
    sealed = [
        TokenVerdict(
            f"practice-{name}",
            f"Practice {name}",
            "verified",
            "openssl 3.0",
            visit.at + timedelta(seconds=5 + i),
            practice=True,
            serial=str(i),
        )  # fmt: skip
        for i, name in enumerate(("north", "south"))
    ]
    view = View("registration", "registration", 1, "http://x/", "http://x/", "observed", "", 200, visit.at,
                artefacts={"screenshot": SHOT, "snapshot": "registration/domsnapshot.json.gz"})  # fmt: skip
    return EvidenceRow(visit.capture, visit.deployment, visit.package, "complete", visit.at, manifest,
                       Seal(manifest, tuple(sealed), 2), (view,), ("Chromium's sandbox was off",))  # fmt: skip


def basis(visit: Visit, raw: str, box: Box | None, cell: int) -> Basis:
    return Basis(visit.capture, "registration/domsnapshot.json.gz", hashlib.sha256(visit.capture.encode()).hexdigest(),
                 f"registration: html/body/div[{cell}]/span", raw, box, "registration", visit.at)  # fmt: skip


def _both(visit: Visit) -> tuple[Basis, ...]:
    return (basis(visit, str(visit.used), USED_BOX, 4), basis(visit, visit.cap, CAP_BOX, 3))


def _observation(visit: Visit) -> Observation:
    used, cap = _both(visit)
    number: int | None = int(visit.cap) if visit.cap.isdigit() else None
    return Observation(visit.deployment, "branch", visit.capture, visit.at, True, visit.used, str(visit.used),
                       number if number is not None else "unlimited", visit.cap, visit.used, True,
                       {"displayed": used, "cap": cap})  # fmt: skip


def _positions() -> tuple[Position, ...]:
    steps = (
        EntitlementStep(date(2015, 2, 10), 20, 20, "base of the flagship edition", "二.1"),
        EntitlementStep(date(2020, 2, 10), 0, 20, "the contract has ended; existing units stay", "七.2"),
    )
    base = Position("oem-2015", "libmsc-cn", "reference", "branch", "within", 20, "20", 20, "20", 20, None, 20, 0,
                    "excess over entitlement", "c-0001", FIRST, True, hwm=20, hwm_at=FIRST, captures=1, age_days=125,
                    timeline=steps, basis=_both(VISITS[0]))  # fmt: skip
    site = _suspect(VISITS[1], 30, _excluded()[:4], 1)
    com = _suspect(VISITS[4], 15, _excluded()[:3], 2)
    yjz = _suspect(VISITS[3], 25, (), 1)
    net = Position(None, "libmsc-net", "suspect", "branch", "unverified", None, "", None, "", None, None, 0, None, "", "",
                   None, False)  # fmt: skip
    return (base, site, com, yjz, net)


def _suspect(visit: Visit, confirmed: int, excluded: tuple[ExcludedRow, ...], captures: int) -> Position:
    return Position(None, visit.deployment, "suspect", "branch", "unlicensed", visit.used, str(visit.used), "unlimited", visit.cap,
                    visit.used, confirmed, 0, confirmed, "every unit of a deployment that no contract covers", visit.capture,
                    visit.at, True, excess_over_cap=max(0, visit.used - 20), all_units=visit.used, hwm=visit.used,
                    hwm_at=visit.at, hwm_capture=visit.capture, captures=captures,
                    list_value=Money(Decimal(5000 * confirmed), "CNY"), net_value=Money(Decimal(1500 * confirmed), "CNY"),
                    excluded=excluded, confirmed_by="Lin Mei", confirmed_why="test, closed and headquarters rows left out",
                    basis=_both(visit))  # fmt: skip


def _excluded() -> tuple[ExcludedRow, ...]:
    return (
        ExcludedRow("0001", "总馆", "headquarters row"),
        ExcludedRow("0019", "测试馆", "test row"),
        ExcludedRow("0024", "城南分馆（已撤）", "closed row"),
        ExcludedRow("0033", "演示馆", "test row"),
    )


def _findings() -> tuple[Finding, ...]:
    suspects = (VISITS[1], VISITS[4], VISITS[3])
    counted = {"site-90": 30, "libmsc-com": 15, "yjzhjy-cn": 25}
    found = [
        Finding("D301", "deployment not authorised", v.deployment, None, "branch", "high", "certain", "fail",
                f"{NAMES[v.deployment]} is in no contract's list; every unit counts: {counted[v.deployment]} confirmed of {v.used} displayed.",
                f"{NAMES[v.deployment]}不在任何合同清单内，每一单位均计入：显示 {v.used}，确认 {counted[v.deployment]}。", _both(v),
                units=counted[v.deployment], list_value=Money(Decimal(5000 * counted[v.deployment]), "CNY"),
                net_value=Money(Decimal(1500 * counted[v.deployment]), "CNY"), since=FIRST,
                false_positive_risks=("renamed, merged or moved host", "covered by another reseller", "vendor demo"),
                disproved_by="a contract or order that names this deployment",
                baseline="new" if v.deployment == "yjzhjy-cn" else "unchanged")
        for v in suspects
    ]  # fmt: skip
    found += [
        Finding("C202", "cap unlimited, contract finite", v.deployment, None, "branch", "high", "likely", "fail",
                f'The page registers the cap "{v.cap}"; no contract grants an unlimited cap.',
                f"页面登记的上限为“{v.cap}”；没有合同授予不限数量。", (_both(v)[1],))
        for v in suspects
    ]  # fmt: skip
    found += [
        Finding("D303", "one registration, many deployments", "libmsc-com", None, "branch", "high", "likely", "review",
                "Version 旗舰版V1.2.2 and date 2019-08-29 appear on three deployments.", "版本与注册日期同时出现于三个部署。",
                tuple(basis(v, "2019-08-29", Box(560, 468, 110, 28), 7) for v in VISITS[2:4]),
                others=("yjzhjy-cn", "libmsc-cn"), false_positive_risks=("vendor shared default serial",)),
        Finding("T503", "units added after a date", "libmsc-com", None, "branch", "medium", "needs_review", "review",
                "22 displayed on 2022-03-15, 18 on 2021-11-10: 4 more, after the judgment of 2021-12-07.", "",
                (_both(VISITS[2])[0], _both(VISITS[4])[0]), units=4, baseline="updated"),
        Finding("C207", "cap below entitlement", "libmsc-cn", "oem-2015", "branch", "info", "certain", "informational",
                "The registered cap is 20 and 23 are entitled: 3 units cannot be used.", "登记上限为 20，授权为 23：有 3 个单位无法使用。",
                (_both(VISITS[0])[1],), favours="other_side"),
        Finding("V801", "not observed", "libmsc-net", None, "", "low", "certain", "open", "No page was observed: HTTP 500.",
                "未观测到页面：HTTP 500。"),
        Finding("Q106", "unused", "libmsc-cn", "oem-2015", "branch", "info", "certain", "informational", "Suppressed sample.",
                "已抑制的示例。", life="suppressed"),
        Finding("Q105", "near the limit", "libmsc-cn", "oem-2015", "branch", "info", "certain", "informational", "Explained sample.",
                "已说明的示例。", life="explained"),
    ]  # fmt: skip
    return tuple(found)


def _decisions() -> tuple[Decision, ...]:
    return (
        Decision("d-1", "confirmed_count", AS_OF - timedelta(days=2), "Lin Mei", "first count", "site-90", ("c-0002",), 31, "branch"),
        Decision("d-2", "confirmed_count", AS_OF - timedelta(days=1), "Lin Mei", "test, closed and headquarters rows left out",
                 "site-90", ("c-0002",), 30, "branch", _excluded(), supersedes="d-1"),
        Decision("d-3", "confirmed_count", AS_OF - timedelta(days=1), "Lin Mei", "closed rows left out", "libmsc-com", ("c-0003",),
                 15, "branch", _excluded()[:3]),
        Decision("d-4", "confirmed_count", AS_OF - timedelta(days=1), "Lin Mei", "all rows are branches in use", "yjzhjy-cn",
                 ("c-0004",), 25, "branch"),
        Decision("d-5", "suppression", AS_OF - timedelta(days=1), "Lin Mei", "roll-out not finished",
                 "Q106/oem-2015/libmsc-cn/branch", expires_on=date(2022, 12, 31)),
    )  # fmt: skip
