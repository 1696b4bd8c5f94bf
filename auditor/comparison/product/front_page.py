"""A front page held against a fingerprint: the signs it has, and what they answer. Pure.

Signs of two kinds and more that agree answer *same product*: a file with the same bytes, names behind the page, labels
in their order, code, a cookie, a header, a marker. No sign at all on a page that was seen answers *another product*.
One kind alone, or a page that shows nothing of itself, answers *not told*. It tells where to look, not what is copied.
"""

from __future__ import annotations

import re

from auditor.comparison.features import SystemFeatures
from auditor.comparison.layers.marker_layer import marker_places
from auditor.comparison.product.distinct import cookie_names, front_labels, front_names, front_screen, header_lines
from auditor.model.candidates import LEAST_KINDS, FrontPageMatch, ProductFingerprint, Sign, SignKind
from auditor.model.comparisons import Marker
from auditor.model.notes import Note, make_note

_VERSION = re.compile(
    r"(?<![A-Za-z0-9.])[Vv](?:er(?:sion)?)?[.:\s]{0,2}([0-9]{1,4}(?:\.[0-9]{1,6}){1,3})(?![A-Za-z0-9.])"
)
_SAID_VERSION = re.compile(r"(?:版本(?:号)?|[Vv]ersion)\s*[:：]?\s*[Vv]?([0-9]{1,4}(?:\.[0-9]{1,6}){1,3})")


def match_front_page(page: SystemFeatures, product: ProductFingerprint, unseen: Note | None = None) -> FrontPageMatch:
    """What a front page answers. `unseen`: why it was not observed, where it was not."""
    screen = front_screen(page)
    if unseen is not None or not screen:
        return FrontPageMatch("not_told", unseen or make_note("candidate.not_observed"), "")
    signs = tuple(sign for sign in _signs(page, product) if sign.of)
    holding = [sign.kind for sign in signs if sign.holds]
    version = shown_version(page)
    if len(holding) >= LEAST_KINDS:
        return FrontPageMatch("same", make_note("candidate.same", kinds=", ".join(holding)), version, signs)
    if holding:
        return FrontPageMatch("not_told", make_note("candidate.one_kind", kind=holding[0]), version, signs)
    if not page.labels(screen).labels:
        return FrontPageMatch("not_told", make_note("candidate.says_nothing"), version, signs)
    return FrontPageMatch("another", make_note("candidate.no_sign", kinds=len(signs)), version, signs)


def shown_version(page: SystemFeatures) -> str:
    """The version that the page shows: `V1.2.2`; empty where it shows none, or several."""
    screen = front_screen(page)
    tree = page.screens[screen].page.texts
    text = "\n".join(tree.raw(first, end) for first, end, _ in tree.units)
    said = set(_SAID_VERSION.findall(text)) or set(_VERSION.findall(text))
    return next(iter(said)) if len(said) == 1 else ""


def _signs(page: SystemFeatures, product: ProductFingerprint) -> list[Sign]:
    shown = set(front_labels(page, product.licensed))
    labels = [form for form in product.labels if form in shown]
    names = front_names(page)
    kept = [name for name in product.identifiers if name in names]
    code = {f"{value:012x}" for value in page.own_prints[0].tolist()}
    prints = [value for value in product.code if value in code]
    return [
        _sign("file", [one for one in product.files if one in page.assets], len(product.files), least=1),
        _sign("identifiers", kept, len(product.identifiers), least=min(2, len(product.identifiers))),
        # Half of the labels: strangers of one trade share some words, and a version renames a few.
        _sign("labels", labels, len(product.labels), least=max(2, -(-len(product.labels) // 2))),
        # A tenth of the code: versions of one product keep three quarters, strangers none.
        _sign("code", prints, len(product.code), least=max(5, -(-len(product.code) // 10))),
        _sign("cookie", sorted(set(product.cookies) & cookie_names(page.system)), len(product.cookies), least=1),
        _sign("header", sorted(set(product.headers) & header_lines(page.system)), len(product.headers), least=1),
        _sign("marker", _markers(page, product), len(product.markers), least=1),
    ]


def _sign(kind: SignKind, found: list[str], of: int, *, least: int) -> Sign:
    return Sign(kind, len(found), of, bool(of) and len(found) >= least, tuple(one[:80] for one in found[:3]))


def _markers(page: SystemFeatures, product: ProductFingerprint) -> list[str]:
    return [text for text in product.markers if marker_places(Marker("m", text), page)]
