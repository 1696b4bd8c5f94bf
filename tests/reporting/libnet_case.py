"""The LIBNET case as values: visits, positions, findings, decisions. The figures are those of the judgment."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from auditor.model.captures import View
from auditor.model.evidence import Seal, TokenVerdict
from auditor.model.findings import EntitlementStep, ExcludedRow, Position, UncountedRow
from auditor.model.notes import make_note, quote_text
from auditor.model.reading.observations import Basis, Observation
from auditor.model.reading.readings import Box
from auditor.model.reports import EvidenceRow
from auditor.model.targets.contracts import Money

FIRST = datetime(2021, 11, 10, 2, 3, 4, tzinfo=UTC)
AGAIN = datetime(2022, 3, 15, 6, 30, 0, tzinfo=UTC)
AS_OF = datetime(2022, 3, 15, 6, 32, 0, tzinfo=UTC)
SHOT = "registration/screenshot.png"
CAP_BOX, USED_BOX = Box(560, 292, 60, 28), Box(560, 336, 60, 28)


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


def row(visit: Visit, manifest: str) -> EvidenceRow:
    sealed = [
        TokenVerdict(
            f"practice-{name}",
            f"Practice {name}",
            "verified",
            "openssl 3.0",
            visit.at + timedelta(seconds=5 + i),
            practice=True,
            serial=str(i),
        )
        for i, name in enumerate(("north", "south"))
    ]
    view = View(
        "registration",
        "registration",
        1,
        "http://x/",
        "http://x/",
        "observed",
        "",
        200,
        visit.at,
        artefacts={"screenshot": SHOT, "snapshot": "registration/domsnapshot.json.gz"},
    )
    return EvidenceRow(
        visit.capture,
        visit.deployment,
        visit.package,
        "complete",
        visit.at,
        manifest,
        Seal(manifest, tuple(sealed), 2),
        (view,),
        (make_note("capture.sandbox_off"),),
    )


def basis(visit: Visit, raw: str, box: Box | None, cell: int) -> Basis:
    return Basis(
        visit.capture,
        "registration/domsnapshot.json.gz",
        hashlib.sha256(visit.capture.encode()).hexdigest(),
        f"registration: html/body/div[{cell}]/span",
        raw,
        box,
        "registration",
        visit.at,
    )


def both(visit: Visit) -> tuple[Basis, ...]:
    return (basis(visit, str(visit.used), USED_BOX, 4), basis(visit, visit.cap, CAP_BOX, 3))


def observation(visit: Visit) -> Observation:
    used, cap = both(visit)
    number: int | None = int(visit.cap) if visit.cap.isdigit() else None
    return Observation(
        visit.deployment,
        "branch",
        visit.capture,
        visit.at,
        True,
        visit.used,
        str(visit.used),
        number if number is not None else "unlimited",
        visit.cap,
        visit.used,
        True,
        {"displayed": used, "cap": cap},
    )


def positions() -> tuple[Position, ...]:
    steps = (
        EntitlementStep(date(2015, 2, 10), 20, 20, make_note("entitlement.base", edition="旗舰版"), quote_text("二.1")),
        EntitlementStep(date(2020, 2, 10), 0, 20, make_note("entitlement.perpetual"), quote_text("七.2")),
    )
    base = Position(
        "oem-2015",
        "libmsc-cn",
        "reference",
        "branch",
        "within",
        20,
        "20",
        20,
        "20",
        20,
        None,
        20,
        0,
        make_note("counting.excess"),
        "c-0001",
        FIRST,
        True,
        hwm=20,
        hwm_at=FIRST,
        captures=1,
        age_days=125,
        timeline=steps,
        basis=both(VISITS[0]),
    )
    site = _suspect(VISITS[1], 30, excluded_rows()[:4], 1)
    com = _suspect(VISITS[4], 15, excluded_rows()[:3], 2)
    yjz = _suspect(VISITS[3], 25, (), 1)
    net = Position(
        None,
        "libmsc-net",
        "suspect",
        "branch",
        "unverified",
        None,
        "",
        None,
        "",
        None,
        None,
        0,
        None,
        make_note("counting.not_observed"),
        "",
        None,
        False,
    )
    return (base, site, com, yjz, net)


def _suspect(visit: Visit, confirmed: int, excluded: tuple[ExcludedRow, ...], captures: int) -> Position:
    return Position(
        None,
        visit.deployment,
        "suspect",
        "branch",
        "unlicensed",
        visit.used,
        str(visit.used),
        "unlimited",
        visit.cap,
        visit.used,
        confirmed,
        0,
        confirmed,
        make_note("counting.every_unit"),
        visit.capture,
        visit.at,
        True,
        excess_over_cap=max(0, visit.used - 20),
        all_units=visit.used,
        hwm=visit.used,
        hwm_at=visit.at,
        hwm_capture=visit.capture,
        captures=captures,
        over_since=FIRST,
        list_value=Money(Decimal(5000 * confirmed), "CNY"),
        net_value=Money(Decimal(1500 * confirmed), "CNY"),
        excluded=tuple(UncountedRow(row.code, row.name, quote_text(row.reason)) for row in excluded),
        confirmed_by="Lin Mei",
        confirmed_why="test, closed and headquarters rows left out",
        basis=both(visit),
    )


def excluded_rows() -> tuple[ExcludedRow, ...]:
    return (
        ExcludedRow("0001", "总馆", "headquarters row"),
        ExcludedRow("0019", "测试馆", "test row"),
        ExcludedRow("0024", "城南分馆（已撤）", "closed row"),
        ExcludedRow("0033", "演示馆", "test row"),
    )
