"""What each site of the world shows.

The figures of the registration pages (edition, mode, cap, branches in use, company, version, date), the 73 users and
the administrators' dates are those of (2022)最高法知民终1033号. **The branch rows are an illustration**: the judgment
gives totals and the plaintiff's confirmed totals, no rows and no reasons for the difference. Every school, library
and county named here is invented, and so are the rows' dates, kinds and codes, and all of the reference site's list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

DEMO_USER = "lianxi"
DEMO_PASSWORD = "Practice-World_2015#lianxi"  # noqa: S105 - the key of a practice world, secret to nobody
USER_ENV = "AUDITOR_DEMO_USER"
PASSWORD_ENV = "AUDITOR_DEMO_PASSWORD"  # noqa: S105 - the name of a variable
CREDENTIALS: Mapping[str, str] = MappingProxyType({USER_ENV: DEMO_USER, PASSWORD_ENV: DEMO_PASSWORD})
"""Environment variables that `targets.yaml` names, with the values the world accepts."""

PORTS: Mapping[str, int] = MappingProxyType(
    {
        "libmsc-cn": 8801,
        "libmsc-com": 8802,
        "yjzhjy-cn": 8803,
        "libmsc-net": 8804,
        "site-90": 8890,
        "practice-a": 8811,
        "practice-b": 8812,
    }
)
"""The ports of the world that `targets.yaml` names."""
ANY_PORT: Mapping[str, int] = MappingProxyType(dict.fromkeys(PORTS, 0))
"""For tests: every server takes a free port."""

COMPANY = "安徽某图书有限公司"
PRODUCT = "城市之光图书馆管理系统"
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "采访": ("预订批次管理", "直接预订", "直接验收处理", "订购单查询", "采访日志统计结果"),
        "编目": (
            "书目操作简单编目",
            "书目操作MARC编目",
            "书标打印",
            "套录数据导入",
            "书目分类统计",
            "编目日志统计",
        ),
        "典藏": ("典藏日志查询", "典藏日志统计"),
    }
)
"""The module screens that were captured on every site, beside 系统导航 and 系统主界面."""

USED_LABEL, CAP_LABEL = "当前分馆数量", "分馆授权数量"
Rendering = Literal["html", "script", "iframe"]


@dataclass(frozen=True, slots=True)
class Branch:
    """One row of 分馆管理."""

    code: str
    name: str
    kind: Literal["分馆", "总馆", "测试", "停用"]
    added_on: date
    login: str = ""
    """Shown only where the site lists login names."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """One row of 管理员."""

    login: str
    name: str
    role: str
    added_on: date


@dataclass(frozen=True, slots=True)
class SystemSite:
    """One deployment of the library system as a visitor finds it."""

    id: str
    rendering: Rendering
    """How the numbers reach the page: in the server's HTML, by a script after a fetch, or inside a frame."""
    cap: str
    version: str
    registered_on: date
    branches: tuple[Branch, ...]
    administrators: tuple[Administrator, ...]
    users: str = ""
    """当前用户数量, where the page states it."""
    place: str = ""
    """Prefix of the invented names."""


_BODIES = (
    "教育局图书馆", "第一中学", "第二中学", "第三中学", "实验中学", "城关中学", "职业技术学校", "实验小学",
    "城关小学", "清河小学", "东门小学", "西街小学", "南湖小学", "北山小学", "育才小学", "新民中心小学",
    "柳溪中心小学", "石桥中心小学", "竹园中心小学", "白沙中学", "云岭中学", "枫林小学", "桃源小学", "长堤小学",
    "青少年活动中心", "文化馆图书室", "双河小学", "大圩中心小学", "凤凰小学", "花桥中学", "金塘小学", "望江路小学",
)  # fmt: skip
_NEWCOMERS = ("荷塘小学", "星河小学", "滨湖中学", "松山小学", "明德小学", "光华中学", "春晖小学", "麒麟小学")


def make_branch(place: str, number: int, body: str, added_on: date) -> Branch:
    """An ordinary branch of an invented place."""
    return Branch(f"F{number:03d}", place + body, "分馆", added_on)


def make_new_branches(site: SystemSite, existing: int, count: int, added_on: date) -> tuple[Branch, ...]:
    """Further branches for a site that grows, numbered on from those it has."""
    return tuple(
        make_branch(site.place, number, _newcomer(number - len(site.branches) - 1), added_on)
        for number in range(existing + 1, existing + count + 1)
    )


def _newcomer(index: int) -> str:
    lap, place = divmod(index, len(_NEWCOMERS))
    return _NEWCOMERS[place] + (f"({lap + 1}校区)" if lap else "")


def _branches(place: str, count: int, first: date, every: int) -> tuple[Branch, ...]:
    return tuple(
        make_branch(place, number, _BODIES[number - 1], first + timedelta(days=every * (number - 1)))
        for number in range(1, count + 1)
    )


def _with_other_kinds(place: str, rows: tuple[Branch, ...], tests: int) -> tuple[Branch, ...]:
    """Adds a head library in front, and test rows and one closed branch behind: rows that use no licence."""
    first, last = rows[0].added_on, rows[-1].added_on
    head = Branch("F000", f"{place}图书馆管理中心", "总馆", first)
    trial = [
        Branch(f"T{number:03d}", f"测试分馆{number}", "测试", first + timedelta(days=2))
        for number in range(1, tests + 1)
    ]
    closed = Branch(f"F{len(rows) + 1:03d}", f"{place}河湾教学点", "停用", last)
    return (head, *trial, *rows, closed)


def _shared_code(rows: tuple[Branch, ...], code: str, bodies: tuple[str, ...]) -> tuple[Branch, ...]:
    """Gives every row a login name, and the named bodies one code between them."""
    return tuple(
        Branch(code if row.name in bodies else row.code, row.name, row.kind, row.added_on, f"yj{number:02d}")
        for number, row in enumerate(rows, 1)
    )


def _administrators(first: date, *others: tuple[str, str, date]) -> tuple[Administrator, ...]:
    rest = (Administrator(login, name, "分馆管理员", on) for login, name, on in others)
    return (Administrator("admin", "系统管理员", "超级管理员", first), *rest)


LIBMSC_CN = SystemSite(
    "libmsc-cn",
    "html",
    "20",
    "旗舰版V1.2.2",
    date(2019, 8, 29),
    _branches("陶塘县", 20, date(2019, 8, 30), 7),
    _administrators(date(2019, 8, 29), ("tt_jyj", "陶塘县教育局", date(2019, 8, 30))),
    place="陶塘县",
)
SITE_90 = SystemSite(
    "site-90",
    "html",
    "不限",
    "旗舰版V1.1.6",
    date(2018, 9, 19),
    _with_other_kinds("青弋县", _branches("青弋县", 30, date(2018, 11, 3), 9), tests=2),
    _administrators(date(2018, 11, 3), ("qy_jyj", "青弋县教育局", date(2018, 11, 3))),
    place="青弋县",
)
LIBMSC_COM = SystemSite(
    "libmsc-com",
    "script",
    "不限",
    "旗舰版V1.2.2",
    date(2019, 8, 29),
    _with_other_kinds("琅桥区", _branches("琅桥区", 15, date(2018, 3, 10), 30), tests=1),
    _administrators(date(2018, 3, 10), ("lq_tsg", "琅桥区图书馆", date(2018, 3, 10))),
    place="琅桥区",
)
YJZHJY_CN = SystemSite(
    "yjzhjy-cn",
    "iframe",
    "不限",
    "旗舰版V1.2.2",
    date(2019, 8, 29),
    _shared_code(
        _branches("永泾县", 25, date(2021, 3, 27), 2), "F008", ("永泾县实验小学", "永泾县城关小学", "永泾县清河小学")
    ),
    _administrators(
        date(2021, 3, 27),
        ("yj_sy", "永泾县实验小学", date(2021, 3, 29)),
        ("yj_cg", "永泾县城关小学", date(2021, 4, 2)),
        ("yj_qh", "永泾县清河小学", date(2021, 4, 8)),
    ),
    users="73",
    place="永泾县",
)
SYSTEM_SITES: tuple[SystemSite, ...] = (LIBMSC_CN, SITE_90, LIBMSC_COM, YJZHJY_CN)

CUSTOMERS = (
    "陶塘县图书馆", "陶塘县教育局", "青弋县教育局", "青弋县第一中学", "琅桥区图书馆", "琅桥区实验小学",
    "永泾县实验小学", "永泾县文化馆图书室",
)  # fmt: skip
"""部分客户 of the reseller's own site: invented, as the judgment names none."""
