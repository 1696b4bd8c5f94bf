"""The worked contract of the licensing reference (sections 4.1 and 4.2), as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from auditor.model.reading.observations import Basis, Observation
from auditor.model.targets.contracts import (
    AfterEnd,
    Amendment,
    AuthorisedDeployment,
    Contract,
    ContractEnd,
    Document,
    Edition,
    Effective,
    ListPrice,
    Metric,
    Money,
    Overage,
    Party,
    Payment,
    Period,
    PriceTerms,
    Product,
    Rebate,
    RebateTier,
    Renewal,
    Source,
    Term,
    Territory,
    Unlimited,
)
from auditor.model.targets.deployments import AccessBasis, Deployment, LegalStatus
from auditor.model.targets.estate import Estate

CONSENT = AccessBasis("contract_clause", "§8.1")


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    """Ten in the morning in Shanghai on that day."""
    return datetime.fromisoformat(f"{text}T02:00:00+00:00").astimezone(UTC)


def yuan(text: str) -> Money:
    return Money(Decimal(text), "CNY")


BRANCH = Metric(
    "branch",
    "分馆",
    counts=("branch", "sub_branch"),
    excludes=("headquarters", "test", "closed"),
    kinds={"分馆": "branch", "总馆": "headquarters", "测试": "test", "已关闭": "closed"},
    defined_in="AG-2015-007 附件一 第2条",
)
FLAGSHIP = Edition(
    "flagship",
    ("旗舰版", "Flagship"),
    (ListPrice(day("2015-01-01"), yuan("100000.00"), 20, yuan("5000.00"), "2015 价目表"),),
)
LIBSYS = Product("libsys", "图书馆集群管理系统", (BRANCH,), (FLAGSHIP,))


def order(deployment: str, start: str, number: str, paid: str, **more: object) -> AuthorisedDeployment:
    made = AuthorisedDeployment(
        deployment, "flagship", day(start), order=number, payments=(Payment(day(paid), yuan("30000.00")),)
    )
    return replace(made, **more)  # type: ignore[arg-type]


S1 = Amendment(
    "S1",
    "补充协议一",
    "add_units",
    "hefei",
    "branch",
    5,
    day("2016-06-20"),
    Effective(on=day("2016-07-01")),
    cures_past_overage=False,
    net=yuan("7500.00"),
    payments=(Payment(day("2016-07-05"), yuan("7500.00"), "收据 0031"),),
)
S2 = Amendment(
    "S2",
    "补充协议二",
    "add_units",
    "hefei",
    "branch",
    8,
    day("2018-03-15"),
    Effective(upon="signature"),
    net=yuan("12000.00"),
    payments=(Payment(day("2018-03-20"), yuan("6000.00"), "收据 0077"),),
)
REBATE = Rebate(
    "annual",
    "contract_year",
    "net_paid",
    "whole_amount",
    (
        RebateTier(Decimal(0), Decimal(0)),
        RebateTier(Decimal("100000.00"), Decimal(3)),
        RebateTier(Decimal("300000.00"), Decimal(5)),
    ),
    paid_as="credit_note",
    source=Source("附件二"),
)
CONTRACT = Contract(
    id="AG-2015-007",
    kind="reseller",
    title="区域代理合同",
    licensor="vendor",
    counterparty="anhui-agent",
    product="libsys",
    timezone="Asia/Shanghai",
    currency="CNY",
    documents=(Document("main", day("2015-02-10")), Document("notice-2021", day("2021-11-20"))),
    term=Term(
        day("2015-02-10"),
        day("2020-02-09"),
        Renewal("automatic", Period(years=1, text="P1Y"), 60, Source("§9.2")),
        ContractEnd(
            "notice", day("2022-02-09"), day("2021-11-20"), day("2021-11-23"), source=Source("§9.3", "notice-2021")
        ),
        AfterEnd("forbidden", "forbidden", "perpetual", source=Source("§9.5")),
    ),
    territory=Territory(("CN-AH",), "deployment", Source("§3.1")),
    price=PriceTerms(Decimal(30), "included"),
    overage=Overage(source=Source("§5.4")),
    authorised=(
        order("hefei", "2015-03-01", "PO-15-01", "2015-03-05"),
        order("wuhu", "2015-05-01", "PO-15-02", "2015-05-06"),
        order("bengbu", "2015-09-01", "PO-15-03", "2015-09-02"),
        order("anqing", "2015-12-01", "PO-15-04", "2015-12-03"),
    ),
    amendments=(S1, S2),
    rebates=(REBATE,),
)


def deployment(
    place_id: str, status: LegalStatus = "licensed", place: str | None = "CN-AH", **more: object
) -> Deployment:
    made = Deployment(place_id, "libsys", status, f"https://lib.{place_id}.example/", CONSENT, (), place=place)
    return replace(made, **more)  # type: ignore[arg-type]


PARTIES = {
    "vendor": Party("vendor", "甲方软件有限公司", "licensor"),
    "anhui-agent": Party("anhui-agent", "安徽某某科技有限公司", "reseller"),
    "hefei-lib": Party("hefei-lib", "合肥市图书馆", "licensee"),
}


def estate(
    contract: Contract = CONTRACT, deployments: tuple[Deployment, ...] | None = None, product: Product = LIBSYS
) -> Estate:
    """An estate of one contract; by default with its four deployments and nanjing."""
    places = deployments or (
        deployment("hefei", licensee="hefei-lib"),
        deployment("wuhu"),
        deployment("bengbu"),
        deployment("anqing"),
        deployment("nanjing", "suspect", "CN-JS", found_by="2019 回访"),
    )
    return Estate(
        "Asia/Shanghai",
        "CNY",
        PARTIES,
        {"libsys": product},
        {contract.id: contract},
        {one.id: one for one in places},
        {},
    )


def rows(count: int, **columns: str) -> tuple[Mapping[str, str], ...]:
    """Listed branches with codes and names of their own."""
    return tuple({"code": f"B{n:03}", "name": f"分馆{n}", "kind": "分馆"} | columns for n in range(1, count + 1))


def seen(
    place: str,
    on: str,
    displayed: int | None,
    cap: int | Unlimited | None = "unlimited",
    *,
    listed: tuple[Mapping[str, str], ...] | None = None,
    fields: Mapping[str, str] | None = None,
    **more: object,
) -> Observation:
    """One capture of a registration page, at ten in the morning in Shanghai."""
    capture = f"c-{place}-{on}"
    texts = {"edition": "旗舰版"} | dict(fields or {})
    shown = {
        "displayed": str(displayed),
        "cap": "不限" if cap == "unlimited" else str(cap),
        "listed": "B001 分馆1",
        **texts,
    }
    if displayed is None:
        del shown["displayed"]
    made = Observation(
        deployment=place,
        metric="branch",
        capture=capture,
        captured_at=at(on),
        sealed=True,
        displayed=displayed,
        displayed_raw="" if displayed is None else str(displayed),
        cap=cap,
        cap_raw="" if cap is None else shown["cap"],
        listed=None if listed is None else len(listed),
        listed_complete=listed is not None,
        basis={key: Basis(capture, "reg/dom.html", "ab" * 32, f"/{key}", text, None) for key, text in shown.items()},
        fields=texts,
        rows=listed or (),
    )
    return replace(made, **more)  # type: ignore[arg-type]
