"""A library system of its time, as a visitor finds it: login, desktop, registration, branch list, administrators."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import date

from auditor.demo.case_data import (
    CAP_LABEL,
    COMPANY,
    GROUPS,
    PRODUCT,
    USED_LABEL,
    Branch,
    SystemSite,
    make_new_branches,
)
from auditor.demo.faults import LOADING, NO_FAULTS, Faults
from auditor.demo.http_server import HttpRequest, HttpResponse
from auditor.demo.sessions import COOKIE, Session, SessionStore, same_token
from auditor.demo.templates import STATIC, read_static, render

ROWS_PER_PAGE = 10
FETCH_SECONDS = 0.2
"""How long the endpoint takes whose numbers a script puts into the page."""
SCREENS = tuple(screen for screens in GROUPS.values() for screen in screens)


def _see_other(path: str, *headers: tuple[str, str]) -> HttpResponse:
    return HttpResponse(status=302, headers=(("Location", path), *headers))


class LibrarySystem:
    """The application of one system site. `facts` never change; branches grow, faults come and go."""

    def __init__(self, facts: SystemSite, *, user: str, password: str) -> None:
        self.facts = facts
        self.sessions = SessionStore()
        self._user, self._password = user, password
        self._lock = threading.Lock()
        self._branches = facts.branches
        self._faults = NO_FAULTS

    @property
    def branches(self) -> tuple[Branch, ...]:
        return self._branches

    @property
    def faults(self) -> Faults:
        return self._faults

    def register_branches(self, count: int, added_on: date) -> None:
        with self._lock:
            self._branches += make_new_branches(self.facts, len(self._branches), count, added_on)

    def misbehave(self, faults: Faults) -> None:
        self._faults = faults

    def answer(self, request: HttpRequest) -> HttpResponse:
        faults = self._faults
        if not faults.hits(request.path):
            return self._page(request, faults)
        if faults.status is not None:
            message = "服务器内部错误，请稍后再试" if faults.status >= 500 else "您访问的页面不存在"
            page = HttpResponse(render("error.html", status=faults.status, message=message), faults.status)
        elif faults.cover == "maintenance":
            page = HttpResponse(render("maintenance.html", product=PRODUCT))
        elif faults.cover == "redirect_loop":
            page = _see_other(f"{request.path}?r={'b' if request.query.get('r') == 'a' else 'a'}")
        elif faults.cover == "oversized" and request.path.startswith("/admin"):
            page = HttpResponse(b"<!DOCTYPE html><title>.</title><p>" + b"0123456789abcdef" * (40 * 65536))
        else:
            page = self._page(request, faults)
        return replace(page, delay=page.delay + faults.delay, fate=faults.fate)

    def _page(self, request: HttpRequest, faults: Faults) -> HttpResponse:
        name = request.path.removeprefix("/static/")
        if request.path != name and name in STATIC:
            return HttpResponse(read_static(name), media_type=STATIC[name])
        if request.path == "/login":
            return self._log_in(request, faults) if request.method == "POST" else self._login_form(request)
        if request.method == "POST":
            return HttpResponse(render("error.html", status=405, message="不支持的请求方式"), 405)
        if request.path == "/logout":
            self.sessions.close(request.cookies.get(COOKIE))
            return _see_other("/login")
        session = self.sessions.use(request.cookies.get(COOKIE))
        if session is None:
            if request.path.startswith("/api/"):
                return HttpResponse(b'{"error":"not logged in"}', 401, "application/json")
            return _see_other("/login")
        return self._inside(request, faults)

    def _inside(self, request: HttpRequest, faults: Faults) -> HttpResponse:
        match request.path:
            case "/":
                return _see_other("/desktop")
            case "/desktop":
                return self._render("desktop.html", groups=GROUPS, numbered=_numbered())
            case "/main":
                return self._render("main.html")
            case "/admin/registration":
                return self._registration(faults)
            case "/admin/registration/detail" if self.facts.rendering == "iframe":
                return self._render("registration_detail.html", rows=self._rows(faults), markup=faults.markup)
            case "/api/registration" if self.facts.rendering == "script":
                return self._numbers(faults)
            case "/admin/branches":
                return self._branch_list(request.query.get("page", "1"), faults)
            case "/admin/administrators":
                rows = self.facts.administrators
                return self._render("administrators.html", rows=rows, **_pager(len(rows), "1"))
            case path if path.startswith("/module/"):
                return self._module(path.removeprefix("/module/"))
        return HttpResponse(render("error.html", status=404, message="您访问的页面不存在"), 404)

    def _render(self, template: str, **values: object) -> HttpResponse:
        facts = self.facts
        return HttpResponse(
            render(template, product=PRODUCT, company=COMPANY, version=facts.version, groups_menu=_numbered(), **values)
        )

    def _login_form(self, request: HttpRequest, error: str = "") -> HttpResponse:
        known = self.sessions.get(request.cookies.get(COOKIE))
        session = known or self.sessions.open()
        return self._form(session, error, () if known else (session.header,))

    def _form(self, session: Session, error: str, headers: tuple[tuple[str, str], ...]) -> HttpResponse:
        page = self._render("login.html", csrf_token=session.csrf_token, error=error)
        return replace(page, headers=headers)

    def _log_in(self, request: HttpRequest, faults: Faults) -> HttpResponse:
        form = request.form()
        session = self.sessions.get(request.cookies.get(COOKIE))
        if session is None or not same_token(form.get("csrf_token", ""), session.csrf_token):
            return self._login_form(request, "页面已过期，请重新登录")
        right = same_token(form.get("username", ""), self._user) and same_token(
            form.get("password", ""), self._password
        )
        if not right or faults.login_refused:
            return self._form(session, "用户名或密码错误", ())
        return _see_other("/desktop", self.sessions.log_in(session).header)

    def _rows(self, faults: Faults) -> list[tuple[str, str]]:
        """Label and text of the registration page, in its order."""
        facts = self.facts
        rows = [
            ("授权版本", "旗舰版"),
            ("总分馆模式", "支持"),
            (CAP_LABEL, facts.cap),
            (USED_LABEL, str(len(self._branches))),
            *([("当前用户数量", facts.users)] if facts.users else []),
            ("公司名称", COMPANY),
            ("系统版本", facts.version),
            ("注册授权日期", facts.registered_on.isoformat()),
        ]
        numbers = {CAP_LABEL, USED_LABEL, "当前用户数量"}
        told = [(label, faults.shown.get(label, text)) for label, text in rows if label not in faults.hidden]
        return [(label, LOADING if faults.unsettled and label in numbers else text) for label, text in told]

    def _registration(self, faults: Faults) -> HttpResponse:
        rows = self._rows(faults)
        if self.facts.rendering == "script":
            rows = [(label, LOADING if label in (CAP_LABEL, USED_LABEL) else text) for label, text in rows]
        return self._render(
            "registration.html",
            rows=rows,
            rendering=self.facts.rendering,
            markup=faults.markup,
            covered=faults.cover == "notice",
        )

    def _numbers(self, faults: Faults) -> HttpResponse:
        values = {label: text for label, text in self._rows(faults) if label in (CAP_LABEL, USED_LABEL)}
        body = {"state": "pending"} if faults.unsettled else {"state": "ok", "values": values}
        return HttpResponse(
            json.dumps(body, ensure_ascii=False).encode(), media_type="application/json", delay=FETCH_SECONDS
        )

    def _branch_list(self, page: str, faults: Faults) -> HttpResponse:
        branches = self._branches
        pager = _pager(len(branches), page)
        start = (pager["page"] - 1) * ROWS_PER_PAGE
        return self._render(
            "branches.html",
            rows=branches[start : start + ROWS_PER_PAGE],
            start=start,
            logins=any(row.login for row in branches),
            markup=faults.markup,
            **pager,
        )

    def _module(self, number: str) -> HttpResponse:
        if not (number.isdigit() and 1 <= int(number) <= len(SCREENS)):
            return HttpResponse(render("error.html", status=404, message="您访问的页面不存在"), 404)
        return self._render("module.html", screen=SCREENS[int(number) - 1])


def _numbered() -> dict[str, list[tuple[int, str]]]:
    """Module screens by group, each with the number in its address."""
    return {group: [(SCREENS.index(name) + 1, name) for name in names] for group, names in GROUPS.items()}


def _pager(total: int, page: str) -> dict[str, int]:
    pages = max(1, -(-total // ROWS_PER_PAGE))
    wanted = int(page) if page.isdigit() and len(page) < 6 else 1
    return {"total": total, "pages": pages, "page": min(max(wanted, 1), pages)}
