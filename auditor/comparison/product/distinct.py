"""What only a product has: its licensed deployments less what controls and known libraries show. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from auditor.comparison.code.winnowing import Prints, union, without
from auditor.comparison.features import SystemFeatures
from auditor.comparison.screens.identifiers import counts, why_common
from auditor.comparison.screens.labels import label_form
from auditor.comparison.system import CapturedSystem
from auditor.errors import ConfigError
from auditor.model.candidates import LEAST_KINDS, ProductFingerprint

MAX_CODE = 4_000
"""Fingerprints of code that are kept: the smallest, so that two versions keep the same ones."""
MAX_LABELS = 200
_EVERYBODYS = frozenset(
    [
        "accept-ranges",
        "access-control-allow-origin",
        "age",
        "cache-control",
        "connection",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-security-policy",
        "content-type",
        "cross-origin-opener-policy",
        "date",
        "etag",
        "expires",
        "feature-policy",
        "keep-alive",
        "last-modified",
        "link",
        "location",
        "p3p",
        "permissions-policy",
        "pragma",
        "referrer-policy",
        "refresh",
        "retry-after",
        "server",
        "set-cookie",
        "strict-transport-security",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "vary",
        "via",
        "warning",
        "x-content-type-options",
        "x-dns-prefetch-control",
        "x-download-options",
        "x-frame-options",
        "x-permitted-cross-domain-policies",
        "x-powered-by",
        "x-request-id",
        "x-ua-compatible",
        "x-xss-protection",
    ]
)
"""Header names that say nothing about a product."""


def make_fingerprint(
    product: str,
    licensed: Sequence[SystemFeatures],
    controls: Sequence[SystemFeatures] = (),
    *,
    changes: Sequence[str] = (),
    markers: Sequence[str] = (),
) -> ProductFingerprint:
    """The fingerprint of a product from licensed deployments. Where there are several, what all of them have is kept.

    `changes`: what the contract lets a reseller change. `ConfigError` where nothing distinctive is left.
    """
    first = licensed[0]
    forms = tuple(sorted({label_form(text) for text in changes} - {""}, key=lambda one: (-len(one), one)))
    taken = frozenset(form for one in controls for form in front_labels(one, forms))
    labels = [form for form in front_labels(first, forms) if form not in taken]
    for other in licensed[1:]:
        shown = Counter(front_labels(other, forms))
        labels = [form for form in labels if shown[form]]
    names = _common([_names(one) for one in licensed]) - frozenset(name for one in controls for name in _names(one))
    files = _common([frozenset(one.assets) - first.known.digests.keys() for one in licensed])
    files -= frozenset(sha256 for one in controls for sha256 in one.assets)
    made = ProductFingerprint(
        product,
        tuple(one.system.record.capture for one in licensed),
        tuple(one.system.record.capture for one in controls),
        tuple(sorted(files)),
        tuple(labels[:MAX_LABELS]),
        tuple(sorted(names)),
        tuple(f"{value:012x}" for value in _own_code(licensed, controls)[:MAX_CODE].tolist()),
        tuple(sorted(_common([cookie_names(one.system) for one in licensed]) - _any(controls, cookies=True))),
        tuple(sorted(_common([header_lines(one.system) for one in licensed]) - _any(controls, cookies=False))),
        tuple(sorted(markers)),
        forms,
    )
    if not (made.files or made.labels or made.identifiers or made.code or made.markers) or made.kinds < LEAST_KINDS:
        raise ConfigError(
            f"{product}: nothing is left that only this product has; give captures with more of its own screens"
        )
    return made


def front_screen(system: SystemFeatures) -> str:
    """The screen a visitor meets first: `front` where there is one, else the first that was captured."""
    return "front" if "front" in system.screens else next(iter(system.screens), "")


def front_labels(system: SystemFeatures, changes: Sequence[str]) -> list[str]:
    """Labels of the front page, in their order, without what a reseller may change."""
    screen = front_screen(system)
    found = []
    for label in system.labels(screen).labels if screen else ():
        form = label.form
        for change in changes:
            form = form.replace(change, "")
        if len(form) > 1:
            found.append(form)
    return found


def front_names(system: SystemFeatures) -> frozenset[str]:
    """Identifiers of the front page that may tell something."""
    screen = front_screen(system)
    return _telling(system, (screen,)) if screen else frozenset()


def _names(system: SystemFeatures) -> frozenset[str]:
    return front_names(system)


def _telling(system: SystemFeatures, screens: Sequence[str]) -> frozenset[str]:
    return frozenset(
        f"{kind} {text}"
        for screen in screens
        for kind, text in system.identifiers[screen]
        if counts(kind) and kind != "action" and not why_common(kind, text)
    )


def _own_code(licensed: Sequence[SystemFeatures], controls: Sequence[SystemFeatures]) -> Prints:
    own = licensed[0].own_prints[0]
    for other in licensed[1:]:
        own = own[_held(own, other.own_prints[0])]
    return without(own, union([one.prints[0] for one in controls]))


def _held(prints: Prints, others: Prints) -> list[bool]:
    known = set(others.tolist())
    return [value in known for value in prints.tolist()]


def _common(parts: Sequence[frozenset[str]]) -> frozenset[str]:
    found = parts[0]
    for part in parts[1:]:
        found &= part
    return found


def _any(controls: Sequence[SystemFeatures], *, cookies: bool) -> frozenset[str]:
    read = cookie_names if cookies else header_lines
    return frozenset(text for one in controls for text in read(one.system))


COMMON_COOKIES = frozenset(
    ("jsessionid", "phpsessid", "asp.net_sessionid", "sessionid", "csrftoken", "connect.sid", "laravel_session", "sid",
     "session", "xsrf-token", "__cfduid", "route", "acw_tc")
)  # fmt: skip


def cookie_names(system: CapturedSystem) -> frozenset[str]:
    """Names of the cookies it sets, but for those of platforms."""
    found: set[str] = set()
    for response in system.responses:
        for line in response.headers.get("set-cookie", "").split("\n"):
            found.add(line.partition("=")[0].strip()[:100])
    return frozenset(name for name in found if name and name.lower() not in COMMON_COOKIES)


def header_lines(system: CapturedSystem) -> frozenset[str]:
    """Headers with their values, but for those that everybody sends."""
    return frozenset(
        f"{name}: {value}"[:200]
        for response in system.responses
        for name, value in response.headers.items()
        if name not in _EVERYBODYS and not name.startswith(("x-archive-orig-", "cf-", "x-cache", "ali-", "x-oss"))
    )
