"""The LIBNET case as values: captures, confirmed counts, and the scenarios of its parties and courts."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

from auditor.claims import compute
from auditor.model.claims import (
    AmbiguousText,
    ClaimAmount,
    ClaimFile,
    ClaimResult,
    Expense,
    Extrapolation,
    GivenAward,
    PriceEvidence,
    PrintedFigure,
    Scenario,
    Split,
    SplitDate,
)
from auditor.model.findings import Decision, ExcludedRow, KeyDate, Position
from auditor.model.notes import make_note
from auditor.model.reading.observations import Basis
from auditor.model.targets.contracts import (
    Contract,
    Document,
    Edition,
    ListPrice,
    Metric,
    Money,
    Overage,
    Party,
    PriceTerms,
    Product,
    Source,
    Term,
)
from auditor.model.targets.deployments import AccessBasis, Deployment, LegalStatus
from auditor.model.targets.estate import Estate


def cny(text: str) -> Money:
    return Money(Decimal(text), "CNY")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _edition(name: str, label: str, base: str, includes: int) -> Edition:
    listed = ListPrice(date(2015, 2, 10), cny(base), includes, cny("5000.00"), "附件报价方案, 集群模式")
    return Edition(name, (label,), (listed,))


LIBNET = Product(
    id="libnet",
    name="LIBNET图书馆集群管理系统",
    metrics=(Metric("branch", "分馆"),),
    editions=(
        _edition("standard", "标准版", "36000.00", 1),
        _edition("professional", "专业版", "68000.00", 10),
        _edition("flagship", "旗舰版", "100000.00", 20),
    ),
    mode="集群",
    modes=("集群", "单馆"),
)
OEM = Contract(
    id="OEM-2015",
    kind="reseller",
    title="OEM合作协议",
    licensor="vendor",
    counterparty="agent",
    product="libnet",
    timezone="Asia/Shanghai",
    currency="CNY",
    documents=(Document("oem", date(2015, 2, 10), sha256=digest("oem")),),
    term=Term(date(2015, 2, 10), date(2020, 2, 9)),
    territory=None,
    price=PriceTerms(Decimal(30), source=Source("二.3", "oem")),
    overage=Overage(),
    authorised=(),
)


def _deployment(name: str, status: LegalStatus) -> Deployment:
    return Deployment(name, "libnet", status, f"http://{name}.example/", AccessBasis("public_page", "login page"), ())


ESTATE = Estate(
    timezone="Asia/Shanghai",
    currency="CNY",
    parties={"vendor": Party("vendor", "广州某科技有限公司", "licensor")},
    products={"libnet": LIBNET},
    contracts={"OEM-2015": OEM},
    deployments={
        "libmsc-cn": _deployment("libmsc-cn", "reference"),
        "port-90": _deployment("port-90", "suspect"),
        "libmsc-com": _deployment("libmsc-com", "suspect"),
        "yjzhjy-cn": _deployment("yjzhjy-cn", "suspect"),
    },
    pages={},
    sources={"targets.yaml": digest("targets.yaml")},
)


def position(
    name: str,
    shown: int | None,
    at: datetime,
    *,
    confirmed: int | None = None,
    reference: bool = False,
    variants: dict[str, int] | None = None,
) -> Position:
    capture = f"{name}-{at:%Y%m%d}"
    raw = "" if shown is None else str(shown)
    basis = Basis(capture, "dom.html", digest(capture), "html/body/td", raw, None)
    return Position(
        contract=None,
        deployment=name,
        legal_status="reference" if reference else "suspect",
        metric="branch",
        status="within" if reference else "unlicensed",
        displayed=shown,
        displayed_raw=raw,
        cap=20 if reference else "unlimited",
        cap_raw="20" if reference else "不限",
        listed=shown,
        confirmed=confirmed,
        entitled=20 if reference else None,
        over_by=None,
        rule=make_note("counting.not_observed"),
        capture=capture,
        captured_at=at,
        sealed=True,
        basis=(basis,),
        variants=MappingProxyType(variants or {}),
    )


SEEN = datetime(2021, 11, 10, 2, 0, tzinfo=UTC)
AGAIN = datetime(2022, 3, 15, 2, 0, tzinfo=UTC)
POSITIONS = (
    position("libmsc-cn", 20, SEEN, reference=True),
    position("port-90", 34, SEEN, confirmed=30),
    position("libmsc-com", 18, SEEN, confirmed=15),
    position("yjzhjy-cn", 25, SEEN, confirmed=25, variants={"by_code": 24, "by_body": 25, "by_login": 73}),
    position("libmsc-com", 22, AGAIN),
)


def confirmed(name: str, value: int, left_out: int) -> Decision:
    return Decision(
        id=f"confirm-{name}",
        kind="confirmed_count",
        at=datetime(2021, 11, 20, tzinfo=UTC),
        by="analyst",
        reason="rows checked one by one",
        subject=name,
        evidence=(f"{name}-20211110",),
        value=value,
        metric="branch",
        excluded=tuple(ExcludedRow(f"{n:03}", f"row {n}", "test body") for n in range(left_out)),
    )


JUDGMENT = Decision(
    id="date-first-judgment",
    kind="date",
    at=datetime(2023, 11, 1, tzinfo=UTC),
    by="lawyer",
    reason="the action was filed on 2021-10-15, the judgment cannot be of January",
    subject="first-judgment",
    text="2021-12-07",
)
DECISIONS = (
    confirmed("port-90", 30, 4),
    confirmed("libmsc-com", 15, 3),
    confirmed("yjzhjy-cn", 25, 0),
    JUDGMENT,
)
KEY_DATES = (
    KeyDate("term-end", "termination", date(2020, 2, 9), what="end of the term", document="oem"),
    KeyDate("filing", "other", date(2021, 10, 15), what="action filed", document="judgment"),
    KeyDate("captures", "other", date(2021, 11, 30), what="end of the first captures"),
    KeyDate(
        "first-judgment",
        "judgment",
        None,
        (date(2021, 1, 27), date(2021, 12, 7)),
        "2021127日",
        "judgment of first instance",
        "judgment",
    ),
)
SUPREME = Source("(2022)最高法知民终1033号", "judgment")


def scenarios() -> dict[str, Scenario]:
    supreme = Scenario(
        "supreme-court",
        presented_by="court",
        head="actual_loss",
        multiplier=Decimal(4),
        multiplier_mode="total",
        expenses="in",
        split="defendant",
        source=SUPREME,
    )
    rows = (
        Scenario(
            "plaintiff",
            presented_by="plaintiff",
            price_basis="evidence",
            evidence="market-5800",
            multiplier=Decimal(5),
            multiplier_mode="total",
            expenses="on_top",
        ),
        Scenario(
            "first-instance",
            presented_by="court",
            head="licence_fee",
            price_basis="contract_net",
            expenses="in",
            award=GivenAward(cny("400000.00"), "libnet-first-instance", SUPREME),
        ),
        supreme,
        Scenario(
            "supreme-court-additional",
            presented_by="court",
            multiplier=Decimal(4),
            multiplier_mode="additional",
            expenses="in",
        ),
        Scenario("defendant", presented_by="defendant", price_basis="contract_net", deployments=("yjzhjy-cn",)),
        Scenario("over-cap-displayed", count_basis="displayed", as_of="captures", overage="over_cap"),
        Scenario("over-cap-confirmed", count_basis="confirmed", overage="over_cap", cap_from="libmsc-cn"),
        Scenario("displayed-all", count_basis="displayed", as_of="first"),
    )
    return {row.id: row for row in rows}


def _paid(name: str, on: str, what: str) -> SplitDate:
    return SplitDate(name, on, what, Source(what, "judgment"))


FILE = ClaimFile(
    currency="CNY",
    scenarios=scenarios(),
    claim=ClaimAmount(cny("800000.00"), True, Source("statement of claim", "judgment")),
    product="libnet",
    edition="flagship",
    contract="OEM-2015",
    filed="filing",
    aggravation_since="first-judgment",
    expenses=(
        Expense(
            "enforcement",
            "lawyer, notary, timestamps, travel",
            "stopping the infringement",
            "first",
            "as listed",
            cny("58211.00"),
            source=Source("维权开支", "judgment"),
        ),
        Expense(
            "appeal-travel",
            "travel",
            "hearing",
            "second",
            "",
            cny("1000.00"),
            admitted=False,
            why="relevance refused",
            source=Source("", "judgment"),
        ),
    ),
    price_evidence=(
        PriceEvidence(
            "market-5800",
            "图畅区域图书馆集群管理软件",
            "集群",
            "",
            "",
            cny("5800.00"),
            "asserted",
            "refused at first instance: 未明确指向涉案软件",
            "plaintiff",
            Source("contracts with third parties", "judgment"),
        ),
        PriceEvidence(
            "single-library",
            "LIBNET图书馆集群管理系统(单机版)",
            "单馆",
            "",
            "",
            cny("5800.00"),
            "no",
            "单馆模式 has no branch licence",
            source=Source("二审证据1-2", "judgment"),
        ),
    ),
    splits=(
        Split(
            "defendant",
            "term-end",
            "defendant",
            (
                _paid("port-90", "2018-11-03", "添加时间, 证据16第412页"),
                _paid("libmsc-com", "2018-03-10", "添加时间, 证据17第488页"),
                _paid("yjzhjy-cn", "2021-03-27", "添加时间, 证据18第561页"),
            ),
        ),
    ),
    printed=(PrintedFigure("fee-first", "court_fee", cny("800000"), cny("11180"), Source("案件受理费", "judgment")),),
    oddities=(AmbiguousText("term-slip", "2019年2月9日", ("2019-02-09", "2020-02-09"), "the court calls it a slip"),),
    extrapolations=(Extrapolation("lan", 100, "sites behind school networks"),),
    documents=(Document("judgment", date(2023, 10, 11), sha256=digest("judgment")),),
)


def result(
    scenario: str | Scenario,
    *,
    file: ClaimFile = FILE,
    positions: tuple[Position, ...] = POSITIONS,
    decisions: tuple[Decision, ...] = DECISIONS,
    key_dates: tuple[KeyDate, ...] = KEY_DATES,
    estate: Estate = ESTATE,
) -> ClaimResult:
    chosen = FILE.scenarios[scenario] if isinstance(scenario, str) else scenario
    return compute(chosen, file, positions, decisions, key_dates, estate)
