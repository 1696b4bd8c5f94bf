"""A registration page to measure on: one server, as many deployments as are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from auditor.demo import LoopbackServer
from auditor.demo.serving import Answer, Application, Request

ROWS = "".join(
    f"<tr><td>F{number:03}</td><td>第{number}分馆</td><td>分馆</td><td>2019-08-{1 + number % 28:02}</td></tr>"
    for number in range(60)
)
PAGE = f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>注册授权信息</title>
<style>body{{font:14px/1.6 sans-serif;margin:24px}}table{{border-collapse:collapse;width:900px}}
td,th{{border:1px solid #ccd;padding:6px 10px;text-align:left}}h1{{font-size:20px}}</style></head><body>
<h1>注册授权信息</h1><table><tr><th>授权版本</th><td>旗舰版</td></tr><tr><th>分馆授权数量</th><td>20</td></tr>
<tr><th>当前分馆数量</th><td>18</td></tr><tr><th>公司名称</th><td>安徽某图书有限公司</td></tr>
<tr><th>系统版本</th><td>旗舰版V1.2.2</td></tr><tr><th>注册授权日期</th><td>2019-08-29</td></tr></table>
<h2>分馆</h2><table><tr><th>代码</th><th>名称</th><th>类型</th><th>添加时间</th></tr>{ROWS}</table></body></html>"""


class RegistrationSite(Application):
    """Answers every path with the same page."""

    def answer(self, request: Request) -> Answer:
        return Answer(PAGE.encode(), media_type="text/html; charset=utf-8")


@contextmanager
def serving(application: Application) -> Iterator[str]:
    """The address of a running server."""
    server = LoopbackServer(application, name="bench", port=0)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        server.stop()
