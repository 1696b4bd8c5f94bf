"""A registration page to measure on: one server, as many deployments as are asked for.

Run as a program it serves the page and two practice authorities until its input ends, and says where in one line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.demo import OWNERS, AuthorityKeys, LoopbackServer
from auditor.demo.http_server import Application, HttpRequest, HttpResponse
from bench.authority import SwiftAuthority

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

    def answer(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(PAGE.encode(), media_type="text/html; charset=utf-8")


@contextmanager
def serving(application: Application) -> Iterator[str]:
    """The address of a running server."""
    server = LoopbackServer(application, name="bench", port=0)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        server.stop()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Site and authorities in a process of their own, as they are in life."""

    address: str
    authorities: Mapping[str, str]
    roots: Mapping[str, str]
    pid: int

    def processor_seconds(self) -> float:
        """What serving pages and making tokens has cost so far, programs started for it included."""
        used = psutil.Process(self.pid).cpu_times()
        return used.user + used.system + used.children_user + used.children_system


@contextmanager
def elsewhere(state_dir: Path) -> Iterator[Elsewhere]:
    """Started in another process, ended with the block."""
    command = [sys.executable, __file__, str(state_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield Elsewhere(told["address"], told["authorities"], told["roots"], process.pid)
        process.stdin.close()


def main() -> None:
    rings = {name: AuthorityKeys.open(Path(sys.argv[1]) / name, owner) for name, owner in OWNERS.items()}
    with ExitStack() as stack:
        authorities = {name: stack.enter_context(serving(SwiftAuthority(ring))) for name, ring in rings.items()}
        told = {
            "address": stack.enter_context(serving(RegistrationSite())),
            "authorities": authorities,
            "roots": {name: str(ring.root) for name, ring in rings.items()},
        }
        print(json.dumps(told), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
