"""The findings and decisions of the LIBNET case, and a few more for every place a report has for one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from auditor.model.findings import Decision, Finding
from auditor.model.reading.readings import Box
from auditor.model.targets.contracts import Money
from tests.reporting.libnet_case import AS_OF, FIRST, NAMES, VISITS, basis, both, excluded_rows


def findings() -> tuple[Finding, ...]:
    suspects = (VISITS[1], VISITS[4], VISITS[3])
    counted = {"site-90": 30, "libmsc-com": 15, "yjzhjy-cn": 25}
    found = [
        Finding(
            "D301",
            "deployment not authorised",
            v.deployment,
            None,
            "branch",
            "high",
            "certain",
            "fail",
            f"{NAMES[v.deployment]} is in no contract's list; "
            f"every unit counts: {counted[v.deployment]} confirmed of {v.used} displayed.",
            f"{NAMES[v.deployment]}不在任何合同清单内，每一单位均计入：显示 {v.used}，确认 {counted[v.deployment]}。",
            both(v),
            units=counted[v.deployment],
            list_value=Money(Decimal(5000 * counted[v.deployment]), "CNY"),
            net_value=Money(Decimal(1500 * counted[v.deployment]), "CNY"),
            since=FIRST,
            false_positive_risks=("renamed, merged or moved host", "covered by another reseller", "vendor demo"),
            disproved_by="a contract or order that names this deployment",
            baseline="new" if v.deployment == "yjzhjy-cn" else "unchanged",
        )
        for v in suspects
    ]
    found += [
        Finding(
            "C202",
            "cap unlimited, contract finite",
            v.deployment,
            None,
            "branch",
            "high",
            "likely",
            "fail",
            f'The page registers the cap "{v.cap}"; no contract grants an unlimited cap.',
            f"页面登记的上限为“{v.cap}”；没有合同授予不限数量。",
            (both(v)[1],),
        )
        for v in suspects
    ]
    found += [
        Finding(
            "D303",
            "one registration, many deployments",
            "libmsc-com",
            None,
            "branch",
            "high",
            "likely",
            "review",
            "Version 旗舰版V1.2.2 and date 2019-08-29 appear on three deployments.",
            "版本与注册日期同时出现于三个部署。",
            tuple(basis(v, "2019-08-29", Box(560, 468, 110, 28), 7) for v in VISITS[2:4]),
            others=("yjzhjy-cn", "libmsc-cn"),
            false_positive_risks=("vendor shared default serial",),
        ),
        Finding(
            "T503",
            "units added after a date",
            "libmsc-com",
            None,
            "branch",
            "medium",
            "needs_review",
            "review",
            "22 displayed on 2022-03-15, 18 on 2021-11-10: 4 more, after the judgment of 2021-12-07.",
            "",
            (both(VISITS[2])[0], both(VISITS[4])[0]),
            units=4,
            baseline="updated",
        ),
        Finding(
            "C207",
            "cap below entitlement",
            "libmsc-cn",
            "oem-2015",
            "branch",
            "info",
            "certain",
            "informational",
            "The registered cap is 20 and 23 are entitled: 3 units cannot be used.",
            "登记上限为 20，授权为 23：有 3 个单位无法使用。",
            (both(VISITS[0])[1],),
            favours="other_side",
        ),
        Finding(
            "V801",
            "not observed",
            "libmsc-net",
            None,
            "",
            "low",
            "certain",
            "open",
            "No page was observed: HTTP 500.",
            "未观测到页面：HTTP 500。",
        ),
        Finding(
            "Q106",
            "unused",
            "libmsc-cn",
            "oem-2015",
            "branch",
            "info",
            "certain",
            "informational",
            "Suppressed sample.",
            "已抑制的示例。",
            life="suppressed",
        ),
        Finding(
            "Q105",
            "near the limit",
            "libmsc-cn",
            "oem-2015",
            "branch",
            "info",
            "certain",
            "informational",
            "Explained sample.",
            "已说明的示例。",
            life="explained",
        ),
    ]
    return tuple(found)


def decisions() -> tuple[Decision, ...]:
    return (
        Decision(
            "d-1",
            "confirmed_count",
            AS_OF - timedelta(days=2),
            "Lin Mei",
            "first count",
            "site-90",
            ("c-0002",),
            31,
            "branch",
        ),
        Decision(
            "d-2",
            "confirmed_count",
            AS_OF - timedelta(days=1),
            "Lin Mei",
            "test, closed and headquarters rows left out",
            "site-90",
            ("c-0002",),
            30,
            "branch",
            excluded_rows(),
            supersedes="d-1",
        ),
        Decision(
            "d-3",
            "confirmed_count",
            AS_OF - timedelta(days=1),
            "Lin Mei",
            "closed rows left out",
            "libmsc-com",
            ("c-0003",),
            15,
            "branch",
            excluded_rows()[:3],
        ),
        Decision(
            "d-4",
            "confirmed_count",
            AS_OF - timedelta(days=1),
            "Lin Mei",
            "all rows are branches in use",
            "yjzhjy-cn",
            ("c-0004",),
            25,
            "branch",
        ),
        Decision(
            "d-5",
            "suppression",
            AS_OF - timedelta(days=1),
            "Lin Mei",
            "roll-out not finished",
            "Q106/oem-2015/libmsc-cn/branch",
            expires_on=date(2022, 12, 31),
        ),
    )
