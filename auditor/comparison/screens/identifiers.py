"""Names that a visitor does not see: of elements, fields and form addresses. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from auditor.document.page import StoredPage

MAX_IDENTIFIERS = 10_000
_MADE = re.compile(
    r"[0-9]{4,}|[0-9a-f]{8}-[0-9a-f]{4}|(?<![0-9a-z])[0-9a-f]{12,}(?![0-9a-z])|^(el-id|radix|ember|ext-gen|layui-layer|"
    r"react-select|mui|headlessui|rc_select|__BVID|cdk-|mat-)[-_:0-9]*",
    re.IGNORECASE,
)
"""Names that are made anew for each visit, or counted on by a framework."""
PLATFORM_DEFAULTS = frozenset(
    (
        "app", "root", "main", "content", "header", "footer", "nav", "menu", "sidebar", "wrapper", "container",
        "body", "form", "search", "q", "query", "keyword", "page", "pages", "size", "limit", "offset", "sort",
        "order", "id", "name", "type", "value", "submit", "button", "reset", "cancel", "ok", "save", "username",
        "user", "password", "passwd", "pwd", "login", "logout", "token", "csrf", "csrf_token", "csrftoken",
        "csrfmiddlewaretoken", "_csrf", "_token", "__requestverificationtoken", "__viewstate", "__viewstategenerator",
        "__eventvalidation", "__eventtarget", "__eventargument", "viewstate", "javax.faces.viewstate", "remember",
        "captcha", "code", "lang", "locale", "title", "email", "phone", "file", "upload",
    )
)  # fmt: skip
"""What frameworks and habit give to everybody, in lower case."""


def screen_identifiers(page: StoredPage) -> Mapping[tuple[str, str], str]:
    """From kind and text of a name to where it first stands. Kinds: `id`, `field`, `length`, `hidden`, `action`,
    `path`."""
    tree = page.tree
    found: dict[tuple[str, str], str] = {}

    def take(kind: str, text: str | None, node: int) -> None:
        if text and len(text) <= 200 and len(found) < MAX_IDENTIFIERS:
            found.setdefault((kind, text.strip()), tree.path(node))

    for node, name in enumerate(tree.names):
        if name.startswith(("#", ":")) or not tree.attributes[node]:
            continue
        attrs = tree.attrs(node)
        take("id", attrs.get("id"), node)
        if name in ("input", "select", "textarea", "button"):
            own = attrs.get("name")
            take("hidden" if attrs.get("type", "").lower() == "hidden" else "field", own, node)
            if own and attrs.get("maxlength"):
                take("length", f"{own}={attrs['maxlength']}", node)
        if name == "form":
            take("action", _path(attrs.get("action")), node)
        if name == "a":
            take("path", _path(attrs.get("href")), node)
    return MappingProxyType(found)


def _path(address: str | None) -> str:
    """The path of an address with the names of its query; empty where it leads nowhere."""
    if not address or address.startswith(("#", "javascript:", "mailto:", "data:")):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    names = sorted({pair.partition("=")[0] for pair in parts.query.split("&") if pair})
    return parts.path + (f"?{'&'.join(names)}" if names else "")


def counts(kind: str) -> bool:
    """Whether a kind of name belongs to the figure: addresses of pages follow from the menu and are listed alone."""
    return kind != "path"


def why_common(kind: str, text: str) -> str:
    """Why a name tells nothing: `generated`, `platform`; empty where it may."""
    plain = text.partition("=")[0].lower() if kind == "length" else text.lower()
    if _MADE.search(text if kind != "length" else plain):
        return "generated"
    return "platform" if plain.strip("/") in PLATFORM_DEFAULTS or len(plain.strip("/")) < 2 else ""
