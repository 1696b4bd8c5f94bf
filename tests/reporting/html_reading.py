"""Reads an HTML report back: its elements, and our own words apart from foreign text."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Reader(HTMLParser):
    """Collects the elements, checks that they nest, and tells our own words from foreign text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.own: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in given.items()]
        foreign = tag in {"bdi", "code", "style", "title"} or "translate" in given
        if tag not in VOID:
            self.open.append((tag, foreign or (bool(self.open) and self.open[-1][1])))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop()[0] == tag, f"{tag} closed out of order"

    def handle_data(self, data: str) -> None:
        if "style" not in {tag for tag, _ in self.open}:
            self.text.append(data)
        if self.open and not self.open[-1][1]:
            self.own.append(data)


def read(page: bytes) -> Reader:
    reader = Reader()
    reader.feed(page.decode("utf-8"))
    reader.close()
    assert reader.open == []
    return reader
