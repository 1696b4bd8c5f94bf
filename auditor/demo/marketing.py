"""The reseller's own site: public pages that advertise the product; it has no login and states no count."""

from __future__ import annotations

from auditor.demo.case_data import COMPANY, CUSTOMERS, GROUPS, PRODUCT
from auditor.demo.http_server import HttpRequest, HttpResponse
from auditor.demo.templates import STATIC, read_static, render

MODULES = {
    "采访": "从预订、直接预订到验收入库的全过程管理，订购单随时可查，采访工作量自动统计。",
    "编目": "简单编目与MARC编目并行，支持套录数据导入、书标打印和分类统计。",
    "典藏": "总分馆馆藏统一调配，典藏日志可查询、可统计。",
    "流通": "一卡通借还，总分馆之间通借通还。",
}
PAGES = {
    "/": "marketing.html",
    "/product": "marketing_product.html",
    "/customers": "marketing_customers.html",
}


class MarketingSite:
    """Answers for the public pages."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        name = request.path.removeprefix("/static/")
        if request.path != name and name in STATIC:
            return HttpResponse(read_static(name), media_type=STATIC[name])
        template = PAGES.get(request.path)
        if template is None or request.method == "POST":
            return HttpResponse(render("error.html", status=404, message="您访问的页面不存在"), 404)
        return HttpResponse(
            render(
                template,
                here=request.path,
                product=PRODUCT,
                company=COMPANY,
                modules=MODULES,
                screens=GROUPS,
                customers=CUSTOMERS,
            )
        )
