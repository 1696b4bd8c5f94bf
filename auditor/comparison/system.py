"""A captured system as it is compared: its screens, the files it served, and under which circumstances. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

from auditor.document.page import StoredPage
from auditor.document.web_archive import ArchivedResponse
from auditor.model.comparisons import SystemRecord
from auditor.model.notes import make_note

REFERENCE_SIDE, OTHER_SIDE = make_note("comparison.side_reference"), make_note("comparison.side_other")
"""Whose side is meant, as a part of other notes."""
SCRIPT_TYPES = ("javascript", "ecmascript")
MAX_INLINE = 200
"""Inline scripts of a system that are looked at."""


@dataclass(frozen=True, slots=True)
class CapturedScreen:
    """One declared screen, from stored bytes."""

    id: str
    page: StoredPage
    url: str
    picture: bytes = b""
    """PNG; empty where none is stored."""
    picture_path: str = ""
    picture_sha256: str = ""
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class ServedScript:
    """A script by the name it is cited under."""

    file: str
    body: bytes
    charset: str = ""
    cut: bool = False
    """A part of it alone is stored."""


@dataclass(frozen=True, slots=True)
class CapturedSystem:
    """Everything of one system that is compared."""

    record: SystemRecord
    screens: Mapping[str, CapturedScreen] = field(default_factory=lambda: MappingProxyType({}))
    responses: tuple[ArchivedResponse, ...] = ()
    """What its own server, and others for it, answered."""

    @property
    def id(self) -> str:
        return self.record.id


def served_scripts(system: CapturedSystem) -> tuple[ServedScript, ...]:
    """Scripts as they were served, then those inside pages, each once."""
    found: dict[bytes, ServedScript] = {}
    for one in system.responses:
        if is_script(one) and one.body:
            found.setdefault(one.body, ServedScript(file_name(one.url), one.body, one.charset, one.cut))
    for screen in system.screens.values():
        tree = screen.page.tree
        for node, name in enumerate(tree.names):
            if name != "script" or "src" in tree.attrs(node) or len(found) > MAX_INLINE + len(system.responses):
                continue
            if tree.attrs(node).get("type", "text/javascript").lower() not in _INLINE_TYPES:
                continue
            body = "".join(tree.texts.get(child, "") for child in tree.children(node)).encode("utf-8", "replace")
            if body.strip():
                found.setdefault(body, ServedScript(f"{screen.id}:{tree.path(node)}", body, "utf-8"))
    return tuple(found.values())


_INLINE_TYPES = frozenset(("", "text/javascript", "application/javascript", "module", "text/ecmascript"))


def is_script(response: ArchivedResponse) -> bool:
    """Whether a response is a script, by its type or, where that says nothing, by its name."""
    path = urlsplit(response.url).path.lower()
    typed = any(word in response.media_type for word in SCRIPT_TYPES)
    return response.status == 200 and (typed or (path.endswith((".js", ".mjs")) and "html" not in response.media_type))


def file_name(url: str) -> str:
    """A file by its path on the server; a query that changes with each build is no part of its name."""
    return urlsplit(url).path or "/"
