"""One of the compared systems, as a visitor finds it: sixteen public screens, its style, its scripts, its pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from auditor.demo.compared.designs import SystemDesign
from auditor.demo.http_server import HttpRequest, HttpResponse
from auditor.demo.templates import read_static, render

ROWS = 5
FRAMEWORK = ("jquery-3.7.1.min.js", "compared_frame.css")
"""What the systems with the same frame share: a real library, and the frame's own style."""


class ComparedSystem:
    """Serves a design. Every screen is public: there is no login, so that nothing needs an account."""

    def __init__(self, design: SystemDesign) -> None:
        self.design = design

    def answer(self, request: HttpRequest) -> HttpResponse:
        name = request.path.removeprefix("/assets/")
        if name != request.path:
            return self._asset(name)
        if request.path == "/favicon.ico":
            return HttpResponse(self._sprite(), media_type="image/svg+xml")
        if request.path == "/":
            return HttpResponse(status=302, headers=(("Location", f"/screen/{self.design.screens[0].id}"),))
        wanted = request.path.removeprefix("/screen/")
        screen = next((one for one in self.design.screens if one.id == wanted), None)
        if screen is None:
            return HttpResponse(render("error.html", status=404, message="您访问的页面不存在"), 404)
        groups: dict[str, list[tuple[str, str]]] = {}
        for one in self.design.screens:
            groups.setdefault(one.group, []).append((one.id, one.name))
        rows = [[_data(self.design, screen.id, column, row) for column in screen.columns] for row in range(ROWS)]
        page = render(
            f"compared_{self.design.skeleton}.html", design=self.design, screen=screen, groups=groups,
            rows=rows if screen.columns else [],
        )  # fmt: skip
        return HttpResponse(page, headers=(("Set-Cookie", f"{self.design.cookie}=visitor; Path=/; HttpOnly"),))

    def _asset(self, name: str) -> HttpResponse:
        if name == "app.js":
            return HttpResponse(read_static(self.design.script), media_type="text/javascript; charset=utf-8")
        if name == "sprite.svg":
            return HttpResponse(self._sprite(), media_type="image/svg+xml", headers=self._stamp())
        if name in FRAMEWORK and self.design.skeleton == "framed":
            return HttpResponse(read_static(name), media_type=_TYPES[name.rpartition(".")[2]])
        return HttpResponse(b"", 404, "text/plain")

    def _sprite(self) -> bytes:
        """The product's own drawing: the copy serves the same bytes, since nobody redrew it."""
        return _sprite("licensed" if self.design.id == "copy" else self.design.id)

    def _stamp(self) -> tuple[tuple[str, str], ...]:
        digest = hashlib.sha256(self._sprite()).hexdigest()
        return (("ETag", f'"{digest[:16]}"'), ("Last-Modified", "Tue, 27 Aug 2019 08:15:00 GMT"))


_TYPES: Mapping[str, str] = MappingProxyType({"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"})


def _data(design: SystemDesign, screen: str, column: str, row: int) -> str:
    """An invented cell: another one in each system."""
    digest = hashlib.sha256(f"{design.id}/{screen}/{column}/{row}".encode()).hexdigest()
    number = int(digest[:6], 16)
    return f"{design.place}{_WORDS[number % len(_WORDS)]}{number % 97:02d}" if number % 3 else str(number % 4000)


_WORDS = ("一中", "二小", "实验", "城关", "清河", "东门", "西街", "南湖", "北山", "育才")


def _sprite(seed: str) -> bytes:
    digest = hashlib.sha256(f"sprite/{seed}".encode()).digest()
    circles = "".join(
        f'<circle cx="{digest[at] % 64}" cy="{digest[at + 1] % 64}" r="{digest[at + 2] % 9 + 3}" '
        f'fill="#{digest[at]:02x}{digest[at + 1]:02x}{digest[at + 2]:02x}"/>'
        for at in range(0, 27, 3)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">{circles}</svg>'.encode()
