"""The LIBNET case, (2022)最高法知民终1033号, as values: contract, captures, decisions, dates. Rows are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from auditor.model.findings import Decision, ExcludedRow, KeyDate
from auditor.model.reading.observations import Observation
from auditor.model.targets.contracts import (
    AfterEnd,
    AuthorisedDeployment,
    Contract,
    ContractEnd,
    Edition,
    ListPrice,
    Metric,
    Overage,
    Party,
    Period,
    PriceTerms,
    Product,
    Renewal,
    Source,
    Term,
    Territory,
    Unlimited,
)
from auditor.model.targets.deployments import AccessBasis, Deployment, LegalStatus
from auditor.model.targets.estate import Estate
from tests.reconciliation.worked_contract import at, day, rows, seen, yuan

RESELLER = "安徽某图书有限公司"
FLAGSHIP = Edition(
    "flagship", ("旗舰版",), (ListPrice(day("2015-02-10"), yuan("100000"), 20, yuan("5000"), "报价方案"),)
)
BRANCH = Metric("branch", "分馆", ("branch",), ("headquarters", "test", "closed"), {"总馆": "headquarters"})
LIBNET = Product("libnet", "LIBNET图书馆集群管理系统", (BRANCH, Metric("user", "用户")), (FLAGSHIP,), "集群")
CONTRACT = Contract(
    id="OEM-2015",
    kind="reseller",
    title="OEM合作协议",
    licensor="vendor",
    counterparty="reseller",
    product="libnet",
    timezone="Asia/Shanghai",
    currency="CNY",
    documents=(),
    term=Term(
        day("2015-02-10"),
        day("2017-02-09"),
        Renewal("automatic", Period(years=2, text="P2Y")),
        ContractEnd("agreement", day("2020-02-09"), day("2019-12-17")),
        AfterEnd("forbidden", "forbidden", "perpetual"),
    ),
    territory=Territory(("CN-AH",), "sale", Source("二.6")),
    price=PriceTerms(Decimal(30), source=Source("二.3")),
    overage=Overage(priced_at="list"),
    authorised=(AuthorisedDeployment("libmsc-cn", "flagship", day("2019-08-29"), source=Source("一审证据12")),),
)


def _site(name: str, status: LegalStatus) -> Deployment:
    basis = AccessBasis("own_account", "case")
    return Deployment(name, "libnet", status, f"http://{name}/", basis, (), contract="OEM-2015", place="CN-AH")


SITES = ("site-90", "libmsc-com", "yjzhjy-cn")
ESTATE = Estate(
    "Asia/Shanghai",
    "CNY",
    {"vendor": Party("vendor", "广州某科技有限公司", "licensor"), "reseller": Party("reseller", RESELLER, "reseller")},
    {"libnet": LIBNET},
    {"OEM-2015": CONTRACT},
    {
        "libmsc-cn": _site("libmsc-cn", "reference"),
        **{name: _site(name, "suspect") for name in SITES},
        "libmsc-net": _site("libmsc-net", "public"),
    },
    {},
)


def page(
    name: str,
    on: str,
    used: int,
    cap: int | Unlimited,
    version: str,
    registered: str,
    accounts: str = "",
    listed: tuple[Mapping[str, str], ...] | None = None,
) -> Observation:
    """注册授权信息 of one site, as captured, with its list of branches."""
    texts = {"version": version, "registered_on": registered, "licensee": RESELLER, "mode": "支持"}
    derived = {"accounts_from": accounts} if accounts else {}
    own = tuple({**row, "name": f"{name} {row['name']}"} for row in rows(used)) if listed is None else listed
    return seen(name, on, used, cap, fields=texts, derived=derived, listed=own)


def shared_code() -> tuple[Mapping[str, str], ...]:
    """25 rows with a login each, three bodies using one branch code."""
    listed = [{**row, "login": f"yj{number:02}"} for number, row in enumerate(rows(25), 1)]
    return tuple(row | {"code": "B008"} if row["name"] in ("分馆9", "分馆10") else row for row in listed)


REFERENCE = page("libmsc-cn", "2021-08-06", 20, 20, "旗舰版V1.2.2", "2019-08-29")
SITE_90 = page("site-90", "2021-11-10", 34, "unlimited", "旗舰版V1.1.6", "2018-09-19", "2018-11-03")
LIBMSC_COM = page("libmsc-com", "2021-11-10", 18, "unlimited", "旗舰版V1.2.2", "2019-08-29", "2018-03-10")
YJZHJY_CN = page("yjzhjy-cn", "2021-11-10", 25, "unlimited", "旗舰版V1.2.2", "2019-08-29", "2021-03-27", shared_code())
GROWN = page("libmsc-com", "2022-03-15", 22, "unlimited", "旗舰版V1.2.2", "2019-08-29", "2018-03-10")
FIRST = (REFERENCE, SITE_90, LIBMSC_COM, YJZHJY_CN)
ALL = (*FIRST, GROWN)


def confirmed(name: str, value: int, *reasons: str) -> Decision:
    left_out = tuple(ExcludedRow(f"T{number:03}", f"row {number}", why) for number, why in enumerate(reasons, 1))
    capture = f"c-{name}-2021-11-10"
    return Decision(
        f"d-{name}", "confirmed_count", at("2021-11-12"), "analyst", "plaintiff's count", name, (capture,), value, "",
        left_out,
    )  # fmt: skip


CONFIRMED = (
    confirmed("site-90", 30, "headquarters", "test", "test", "closed"),
    confirmed("libmsc-com", 15, "headquarters", "test", "closed"),
    confirmed("yjzhjy-cn", 25),
)
JUDGMENT = KeyDate(
    "first-judgment", "judgment", None, (day("2021-01-27"), day("2021-12-07")), "2021127日", "First judgment"
)
RESOLVED = replace(CONFIRMED[0], id="d-day", kind="date", subject="first-judgment", text="2021-12-07", value=None)
