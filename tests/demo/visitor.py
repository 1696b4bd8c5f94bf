"""A plain HTTP visitor of the world, and what it reads from a page."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import requests
from bs4 import BeautifulSoup

from auditor.demo import DEMO_PASSWORD, DEMO_USER


class Visitor:
    """A session with one site; `get` follows redirects unless told otherwise."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()

    def get(self, path: str, *, follow: bool = True, timeout: float = 20) -> requests.Response:
        return self.session.get(self.address + path, allow_redirects=follow, timeout=timeout)

    def token(self) -> str:
        field = soup(self.get("/login")).select_one("form input[type=hidden][name=csrf_token]")
        assert field is not None
        return str(field["value"])

    def log_in(
        self, user: str = DEMO_USER, password: str = DEMO_PASSWORD, token: str | None = None
    ) -> requests.Response:
        form = {"username": user, "password": password, "csrf_token": self.token() if token is None else token}
        return self.session.post(self.address + "/login", data=form, allow_redirects=False, timeout=20)


def soup(response: requests.Response) -> BeautifulSoup:
    response.encoding = "utf-8"
    return BeautifulSoup(response.text, "lxml")


def fields(page: BeautifulSoup) -> dict[str, str]:
    """Label and value of the information table."""
    rows = page.select("table.info tr")
    return {row.select("th")[0].get_text(strip=True): row.select("td")[0].get_text(strip=True) for row in rows}


def rows(page: BeautifulSoup) -> list[dict[str, str]]:
    """Rows of the list table by column header."""
    heads = [head.get_text(strip=True) for head in page.select("table.list thead th")]
    return [
        dict(zip(heads, (cell.get_text(strip=True) for cell in row.select("td")), strict=True))
        for row in page.select("table.list tbody tr")
    ]
