"""A small real reader for the tests: what a visit asks, answered from the snapshot's bytes alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.model.captures import ElementTarget, Readiness
from auditor.model.targets.deployments import Condition, ListingSpec, Login, PageSpec


@dataclass(frozen=True)
class Node:
    """An element or text of a captured document."""

    id: int
    name: str
    value: str
    attributes: Mapping[str, str]
    captured_set: int
    shown: bool
    parent: Node | None


def nodes(snapshot: bytes) -> Iterator[Node]:
    document = json.loads(snapshot)
    sets = [document["captured"], *(item["captured"] for item in document["outOfProcess"])]
    for number, captured in enumerate(sets):
        for page in captured["documents"]:
            yield from _nodes(page, captured["strings"], number)


def _nodes(page: dict[str, Any], strings: list[str], number: int) -> Iterator[Node]:
    tree, layout = page["nodes"], page["layout"]
    shown = {index for index, box in zip(layout["nodeIndex"], layout["bounds"], strict=True) if box[2] and box[3]}
    made: list[Node] = []
    for index, name in enumerate(tree["nodeName"]):
        flat = [strings[item] for item in tree["attributes"][index]]
        value = tree["nodeValue"][index]
        parent = tree["parentIndex"][index]
        made.append(
            Node(
                tree["backendNodeId"][index],
                strings[name].lower(),
                strings[value] if value >= 0 else "",
                dict(zip(flat[::2], flat[1::2], strict=True)),
                number,
                index in shown,
                made[parent] if parent >= 0 else None,
            )
        )
    yield from made


def texts(snapshot: bytes) -> list[Node]:
    return [node for node in nodes(snapshot) if node.name == "#text" and node.shown and node.value.strip()]


def _target(node: Node) -> ElementTarget:
    return ElementTarget(node.id, node.name, node.value, node.captured_set)


class Reader:
    """Labels are texts; a value is the next text. `加载中…` is a value still to come, `—` is none."""

    def ready(self, page: PageSpec, snapshot: bytes, url: str) -> Readiness:
        if page.method == "http":
            return self._ready_body(page, snapshot)
        words = [node.value.strip() for node in texts(snapshot)]
        print_ = "|".join(words)
        if page.logged_in is not None and not self.holds(page.logged_in, snapshot, url):
            return Readiness("not_logged_in", "The logged-in mark is missing.", print_)
        for field in page.fields:
            places = [index for index, word in enumerate(words[:-1]) if word in field.labels]
            if not places:
                return Readiness("label_missing", f"No label {'/'.join(field.labels)} on the page.", print_)
            if words[places[0] + 1].startswith("加载中"):
                return Readiness("waiting", f"The value of {field.id} is still {words[places[0] + 1]}", print_)
            if not words[places[0] + 1].strip("—"):
                return Readiness("no_value", f"The value of {field.id} is blank.", print_)
        return Readiness("ready", "", print_)

    def _ready_body(self, page: PageSpec, body: bytes) -> Readiness:
        found = all(any(label in body.decode("utf-8", "replace") for label in field.labels) for field in page.fields)
        return Readiness("ready" if found else "label_missing", "" if found else "No label in the answer.", "body")

    def holds(self, condition: Condition, snapshot: bytes, url: str) -> bool:
        seen = " ".join(node.value for node in texts(snapshot))
        if condition.text is not None and condition.text not in seen:
            return False
        if condition.no_text is not None and condition.no_text in seen:
            return False
        if condition.url_contains is not None and condition.url_contains not in url:
            return False
        return condition.selector is None or self.find(snapshot, selector=condition.selector) is not None

    def find(self, snapshot: bytes, *, selector: str | None = None, text: str | None = None) -> ElementTarget | None:
        for node in nodes(snapshot):
            if selector and node.shown and node.attributes.get("id") == selector.removeprefix("#"):
                return _target(node)
            if text and node.shown and node.name == "#text" and node.value.strip() == text and node.parent:
                return _target(node.parent)
        return None

    def login_form(
        self, login: Login, snapshot: bytes
    ) -> tuple[ElementTarget | None, ElementTarget | None, ElementTarget | None]:
        user = password = submit = None
        for node in nodes(snapshot):
            if not node.shown or node.name not in ("input", "button"):
                continue
            kind = node.attributes.get("type", "submit" if node.name == "button" else "text")
            if kind == "text" and node.attributes.get("name") != "q":
                user = user or _target(node)
            elif kind == "password":
                password = password or _target(node)
            elif kind == "submit":
                submit = submit or _target(node)
        return user, password, submit

    def code_form(self, login: Login, snapshot: bytes) -> tuple[tuple[ElementTarget, ...], ElementTarget | None]:
        for node in nodes(snapshot):
            if node.shown and node.name == "input" and node.attributes.get("autocomplete") == "one-time-code":
                return (_target(node),), None
        return (), None

    def next_page(self, listing: ListingSpec, snapshot: bytes) -> ElementTarget | None:
        for node in texts(snapshot):
            if node.value.strip() in listing.next_text and node.parent is not None:
                return _target(node.parent)
        return None
