"""Forty front pages: the product in four brandings and three versions, others on its framework, and anything else.

Invented. What a version changes: its number, a label or two, functions of the script. What a branding changes: name,
colour, company.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from auditor.demo.compared.designs import COPY, CRM, LICENSED, OTHER_LIBRARY, PLAIN, InputDesign, SystemDesign
from auditor.demo.compared.system import ComparedSystem
from auditor.demo.http_server import Application, HttpRequest, HttpResponse

BRANDS = (
    ("城市之光图书馆管理系统", "安徽某图书有限公司", "#b33a2b"),
    ("书香校园集群平台", "皖江教育装备中心", "#0d6e6e"),
    ("云阅图书馆系统", "云阅信息", "#334477"),
    (LICENSED.product, LICENSED.company, LICENSED.colour),
)
VERSIONS = ("V1.1.6", "V1.2.2", "V1.3.0")
_TRADES = (
    ("餐饮收银", "台号:table_no:6,菜品:dish_name:30", "开台,结账"),
    ("物业报修", "楼栋:building_no:6,报修内容:repair_text:200", "报修,催办"),
    ("驾校预约", "学员编号:trainee_no:12,教练:coach_name:20", "预约,取消预约"),
    ("门诊挂号", "就诊卡:clinic_card:20,科室:dept_name:20", "挂号,退号"),
    ("仓库盘点", "货位:bin_code:10,批次:lot_code:16", "盘点,差异"),
    ("健身会籍", "会籍号:member_code:12,课程:course_name:20", "签到,续费"),
)


@dataclass(frozen=True, slots=True)
class FrontPage:
    """One address with what is true of it."""

    name: str
    is_product: bool
    version: str
    application: Application


def front_pages() -> tuple[FrontPage, ...]:
    """All forty: 12 of the product, 8 of other products on the same framework, 20 of anything else."""
    product = [
        FrontPage(f"product-{brand}-{version}", True, version.removeprefix("V"), _branded(brand, version))
        for brand in range(len(BRANDS))
        for version in VERSIONS
    ]
    framed = [
        FrontPage("other-library", False, "22.11", ComparedSystem(OTHER_LIBRARY)),
        FrontPage("crm", False, "5.3", ComparedSystem(CRM)),
        *(FrontPage(f"trade-{at}", False, "", ComparedSystem(_trade(at))) for at in range(len(_TRADES))),
    ]
    rest = [
        *(FrontPage(f"shop-{at}", False, "", _Page(_SHOP.format(at))) for at in range(6)),
        *(FrontPage(f"library-{at}", False, "", ComparedSystem(_plain(at))) for at in range(5)),
        *(FrontPage(f"article-{at}", False, "", _Page(_ARTICLE.format(at))) for at in range(4)),
        FrontPage("blank", False, "", _Page("<!DOCTYPE html><title></title>")),
        FrontPage("canvas", False, "", _Page("<!DOCTYPE html><canvas width=300 height=200></canvas>")),
        FrontPage("not-found", False, "", _Page("<h1>404 Not Found</h1>", 404)),
        FrontPage("broken", False, "", _Page("<h1>502 Bad Gateway</h1>", 502)),
        FrontPage("parked", False, "", _Page("<!DOCTYPE html><h1>This domain is parked</h1>")),
    ]
    return (*product, *framed, *rest)


_SHOP = (
    "<!DOCTYPE html><html lang=zh><h1>小店 {0}</h1><ul><li><a href='/cart'>购物车</a>"
    "<li><a href='/all'>全部商品</a></ul>"
)
_ARTICLE = (
    "<!DOCTYPE html><html lang=zh><h1>图书馆集群管理系统选型 {0}</h1>"
    "<p>文章提到 LIBNET图书馆集群管理系统 与城市之光图书馆管理系统。</p>"
    "<p>预订批次管理、直接预订、典藏日志查询等功能各有侧重。</p>"
)


class _Page:
    """A page that is the same at every path."""

    def __init__(self, html: str, status: int = 200) -> None:
        self._answer = HttpResponse(html.encode(), status)

    def answer(self, request: HttpRequest) -> HttpResponse:
        return self._answer if request.path == "/" else HttpResponse(b"", 404, "text/plain")


def _branded(brand: int, version: str) -> ComparedSystem:
    product, company, colour = BRANDS[brand]
    base = LICENSED if version == "V1.2.2" else COPY  # the script of another version is edited
    screens = base.screens
    if version != "V1.2.2":  # a version renames a field and a button of its front page, and adds a field
        first = screens[0]
        inputs = (replace(first.inputs[0], label="馆员账号"), *first.inputs[1:])
        if version == "V1.3.0":
            inputs = (*inputs, InputDesign("动态验证码", "dtyzm", 6))
        screens = (replace(first, inputs=inputs, buttons=(first.buttons[0], "清空重填")), *screens[1:])
    design = replace(
        base,
        id="licensed",
        product=product,
        company=company,
        colour=colour,
        version=f"旗舰版{version}",
        screens=screens,
    )
    return ComparedSystem(design)


def _trade(at: int) -> SystemDesign:
    name, inputs, buttons = _TRADES[at]
    made = (one.split(":") for one in inputs.split(","))
    fields = tuple(InputDesign(label, own, int(length)) for label, own, length in made)
    screen = replace(CRM.screens[0], group=name, name=f"{name}首页", inputs=fields, buttons=tuple(buttons.split(",")))
    return replace(
        CRM, id=f"trade-{at}", product=f"{name}系统", company=f"{name}软件", version="", screens=(screen,),
        cookie=f"T{at}", place=name,
    )  # fmt: skip


def _plain(at: int) -> SystemDesign:
    return replace(
        PLAIN, id=f"plain-{at}", product=f"{('东', '西', '南', '北', '中')[at]}街书屋", version="", place=f"书屋{at}"
    )
