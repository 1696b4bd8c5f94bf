"""Legal models as data with their source, and the seed decisions with what became of them. Not legal advice.

Texts read: 著作权法 (2020) arts 53-54; 惩罚性赔偿解释 (法释〔2021〕4号) arts 2-6; 著作权解释 art. 27; 诉讼费用交纳办法
art. 13; 迟延履行利息解释 (法释〔2014〕8号) art. 1. Of 17 U.S.C. 412, 504 and 507 excerpts were read:
check before relying.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from auditor.model.claims import DecidedCase, FeeBand, LegalModel
from auditor.model.targets.contracts import Money

CHINA = LegalModel(
    id="china",
    title="People's Republic of China: Copyright Law (2020) art. 54",
    source="著作权法 (2020) 第54条; 法释〔2021〕4号 第5条",
    order=(
        "actual loss or illegal gain (实际损失或违法所得)",
        "reasonable multiple of the licence fee (权利使用费)",
        "statutory damages, where none of these can be determined (法定赔偿)",
    ),
    currency="CNY",
    multiplier_min=Decimal(1),
    multiplier_max=Decimal(5),
    multiplier_source="著作权法 第54条第1款: 故意且情节严重, 一倍以上五倍以下",
    statutory_min=Decimal(500),
    statutory_max=Decimal(5_000_000),
    statutory_max_wilful=None,
    statutory_per="case",
    statutory_source="著作权法 第54条第2款: 五百元以上五百万元以下",
    limitation_years=3,
    limitation_source="著作权解释 第27条: 自起诉之日起向前推算三年",
    late_percent_per_day=Decimal("0.0175"),
    late_source="法释〔2014〕8号 第1条: 日万分之一点七五",
    fee_minimum=Decimal(50),
    fee_bands=tuple(
        FeeBand(Decimal(above), Decimal(percent))
        for above, percent in (
            (10_000, "2.5"),
            (100_000, "2"),
            (200_000, "1.5"),
            (500_000, "1"),
            (1_000_000, "0.9"),
            (2_000_000, "0.8"),
            (5_000_000, "0.7"),
            (10_000_000, "0.6"),
            (20_000_000, "0.5"),
        )
    ),
    fee_source="诉讼费用交纳办法 第13条第1项",
    notes=(
        "The base does not include the expenses of stopping the infringement (法释〔2021〕4号 第5条).",
        "Amount, method of calculation and facts of punitive damages are stated at filing (法释〔2021〕4号 第2条).",
        "Reasonable expenses come on top of damages (著作权法 第54条第3款), within the sum claimed.",
        "Decisions state the multiplier as a total or on top of compensation: a scenario must say which.",
    ),
)

UNITED_STATES = LegalModel(
    id="us",
    title="United States: 17 U.S.C. 504 and 412",
    source="17 U.S.C. 504, 412, 507(b)",
    order=(
        "actual damages and the infringer's profits not counted in them (504(b))",
        "statutory damages at the owner's election, per work and not per seat (504(c))",
    ),
    currency="USD",
    multiplier_min=None,
    multiplier_max=None,
    multiplier_source="17 U.S.C. 504 knows no punitive multiplier",
    statutory_min=Decimal(750),
    statutory_max=Decimal(30_000),
    statutory_max_wilful=Decimal(150_000),
    statutory_per="work",
    statutory_source="17 U.S.C. 504(c)(1)-(2)",
    limitation_years=3,
    limitation_source="17 U.S.C. 507(b): three years after the claim accrued",
    notes=(
        "No statutory damages and no attorney's fees for infringement begun before registration, unless registered"
        " within three months of first publication (17 U.S.C. 412).",
    ),
)

LEGAL_MODELS: Mapping[str, LegalModel] = MappingProxyType({model.id: model for model in (CHINA, UNITED_STATES)})

SEED_DECISIONS: Mapping[str, DecidedCase] = MappingProxyType(
    {
        case.id: case
        for case in (
            DecidedCase(
                id="libnet-first-instance",
                citation="LIBNET, judgment of first instance: 经济损失及合理开支共计40万元",
                damages=Money(Decimal(400_000), "CNY"),
                expenses=None,
                status="varied",
                status_on=date(2023, 10, 11),
                status_by="(2022)最高法知民终1033号",
                note="The unit price of 1,500 was corrected to 5,000 on appeal; the multiplier was not stated.",
            ),
            DecidedCase(
                id="libnet-supreme-court",
                citation="(2022)最高法知民终1033号",
                damages=Money(Decimal(800_000), "CNY"),
                expenses=None,
                status="final",
                status_on=date(2023, 10, 11),
                status_by="最高人民法院",
            ),
            DecidedCase(
                id="locojoy-first-instance",
                citation="(2015)石民(知)初字第8279号",
                damages=Money(Decimal(250_000), "CNY"),
                expenses=Money(Decimal(11_240), "CNY"),
                status="reversed",
                status_on=date(2019, 6, 20),
                status_by="(2017)京73民终1194号",
                note="Reversal known from secondary sources; the notice test is read as the appeal court read it.",
            ),
        )
    }
)
