"""Secrets of a visit: what counts as one. Pure.

Cookie values and tokens count from eight bytes on, passwords from six: a shorter one cannot be told apart from
the words of a page. Shorter passwords are still withheld with the whole body of the login request.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from auditor.capture.artefacts.spellings import MIN_TOKEN_LENGTH

MIN_PASSWORD_LENGTH = 6
MIN_STORED_LENGTH = 16
"""Characters of a stored value without a space that counts as a token: shorter ones are settings and words."""
_STORED_TOKEN = re.compile(rf"[A-Za-z0-9+/=_.~-]{{{MIN_STORED_LENGTH},8192}}")
_NAMES_IN_STATE = frozenset({"name", "domain", "path", "sameSite", "origin", "keyPath", "partitionKey", "storeName"})
MAX_SECRETS = 20_000
"""Values that are masked one by one. A visit with more is closed: nothing of it is disclosed as text."""

_NAME = re.compile(
    r"csrf|xsrf|token|authenticity|nonce|requestverification|jwt|api[-_]?key|session[-_]?id", re.IGNORECASE
)
_ADDRESS_NAME = re.compile(
    r"sess(?:ion)?(?:[-_]?(?:id|key|hash))?\d*$|(?:^|[-_.])s_?id$|^zentaosid$|^cf(?:id|token)$"
    r"|^(?:ticket|st|auth|authorization|s)$|auth[-_]?(?:key|code|ticket)|ticket$|secret|passw|pwd|signature|^sign?$|assertion|saml(?:request|response)|^code$",
    re.IGNORECASE,
)
"""Parameters of an address that carry a session or a right, beyond `_NAME`: PHPSESSID, ASPSESSIONID, sid, ticket …"""
_IN_LINK = re.compile(r"[?&;]([\w.-]{1,60})=([A-Za-z0-9%._~+/=-]{8,2000})")
_IN_PATH = re.compile(r";([\w.-]{1,60})=([^;/?#]+)|/\((?:[A-Z]\([^()/]*\))*(S)\(([^()/]+)\)")
"""`;jsessionid=…` and ASP.NET's `/(S(…))/`."""
_TAG = re.compile(r"<(?:input|meta)\b[^<>]{0,4000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_SCRIPT_VALUE = re.compile(
    r"""((?:csrf|xsrf|token|nonce|jwt)[\w-]{0,40})\\?["']?\s{0,4}[:=]\s{0,4}\\?["']([A-Za-z0-9+/=_.\-]{16,4000})\\?["']""",
    re.IGNORECASE,
)
_WITHHELD_HEADERS = frozenset({"cookie", "set-cookie", "authorization", "proxy-authorization"})
_HEADER_NAME = re.compile(
    r"(?:^|[-_])(?:session|sess|sid|auth|ticket|secret|signature|passw(?:or)?d|pwd|access[-_]?key)(?:$|[-_])",
    re.IGNORECASE,
)
"""Headers of an application's own that carry a session or a right, beyond `_NAME`: X-Session, X-Auth, X-Access-Key."""


class Secrets:
    """The secrets met so far in one visit, each with what it is."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self.passwords: set[str] = set()
        """Those that are looked for spelled letter by letter too."""
        self.codes: set[str] = set()
        """One-time codes that were typed. They are of use to nobody a minute later and look like any number: they are
        masked in what the login itself left, and nowhere else."""
        self.closed = False
        """Whether more secrets were met than are masked one by one."""

    def password(self, value: str, what: str) -> None:
        """A value from the environment."""
        if len(value.encode()) >= MIN_PASSWORD_LENGTH:
            self.passwords.add(value)
            self._learn(value, what)

    def code(self, value: str) -> None:
        """A one-time code."""
        self.codes.add(value)

    def token(self, value: str, what: str) -> None:
        """A cookie value, a CSRF token, an authorization."""
        for form in {value, value.strip('"'), unquote(value)}:
            if len(form.encode("utf-8", "replace")) >= MIN_TOKEN_LENGTH:
                self._learn(form, what)

    def session(self, state: Mapping[str, object]) -> None:
        """Everything that a kept sign-in holds: cookies, and what its storage keeps like a token."""
        for kind, item in _leaves(state):
            if kind == "cookies" or (len(item) >= MIN_STORED_LENGTH and not any(map(str.isspace, item))):
                self.token(item, "kept sign-in")
            self.markup(item)

    def stored(self, value: str) -> None:
        """What a page keeps in the storage of its origin, where that looks like a token: one that a script took from an
        answer, and sends by no header, is known from nowhere else."""
        if _STORED_TOKEN.fullmatch(value) and any(map(str.isdigit, value)) and any(map(str.isalpha, value)):
            self.token(value, "storage of the page")
        self.markup(value)

    def header(self, name: str, value: str) -> None:
        """Whatever a request or response header gives away."""
        lower = name.lower()
        if lower == "cookie":
            for pair in value.split(";"):
                cookie, _, content = pair.strip().partition("=")
                self.token(content, f"cookie {cookie}")
        elif lower == "set-cookie":
            cookie, _, content = value.split(";", 1)[0].partition("=")
            self.token(content, f"cookie {cookie.strip()}")
        elif lower in ("authorization", "proxy-authorization"):
            scheme, space, rest = value.partition(" ")
            given = (rest if space else scheme).strip()
            self.token(given, f"header {name}")
            if scheme.lower() == "basic":
                self.token(_basic_password(given), f"header {name}")
        elif _NAME.search(name) or (is_secret_header(name) and any(character.isdigit() for character in value)):
            self.token(value, f"header {name}")

    def url(self, url: str) -> None:
        """Tokens and session ids in a query string, a fragment or a path."""
        try:
            parts = urlsplit(url)
            pairs = parse_qsl(parts.query) + parse_qsl(parts.fragment)
        except ValueError:
            return
        for name, value in pairs:
            self._parameter(name, value)
        for found in _IN_PATH.finditer(parts.path):
            self._parameter(found[1] or "session", found[2] or found[4])

    def _parameter(self, name: str, value: str) -> None:
        """A parameter of an address. A plain number is told from a count or a day only where it is long."""
        telling = not value.isdigit() or len(value) >= 16
        if _NAME.search(name) or (telling and (_ADDRESS_NAME.search(name) or name.lower().startswith("aspsession"))):
            self.token(value, f"parameter {name}")

    def markup(self, text: str) -> None:
        """CSRF tokens in hidden inputs and meta tags, tokens in inline scripts, JSON answers and addresses."""
        for tag in _TAG.finditer(text):
            found = {item[1].lower(): item[2] or item[3] or item[4] or "" for item in _ATTRIBUTE.finditer(tag[0])}
            name = found.get("name") or found.get("id") or found.get("property") or ""
            if _NAME.search(name):
                self.token(html.unescape(found.get("value") or found.get("content") or ""), f"field {name}")
        for link in _IN_LINK.finditer(text):
            if any(character.isdigit() for character in link[2]):
                self._parameter(link[1], unquote(link[2]))
        for item in _SCRIPT_VALUE.finditer(text):
            if any(character.isdigit() for character in item[2]):
                self.token(item[2], f"field {item[1]}")

    def _learn(self, value: str, what: str) -> None:
        if len(self._known) < MAX_SECRETS or value in self._known:
            self._known.setdefault(value, what)
        else:
            self.closed = True

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """(value, what), longest first so that a secret inside another is counted with it."""
        return iter(sorted(self._known.items(), key=lambda pair: (-len(pair[0]), pair[0])))

    def __len__(self) -> int:
        return len(self._known)


def _leaves(state: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Every text of a browser's state that is a value, with the part that it is of."""
    waiting: list[tuple[str, object]] = [(kind, item) for kind, item in state.items()]
    while waiting:
        kind, item = waiting.pop()
        if isinstance(item, Mapping):
            waiting += [(kind, value) for name, value in item.items() if name not in _NAMES_IN_STATE]
        elif isinstance(item, list | tuple):
            waiting += [(kind, value) for value in item]
        elif isinstance(item, str):
            yield kind, item


def is_secret_header(name: str) -> bool:
    """Whether a header's value is withheld: cookies, authorizations, headers named like a token or a session."""
    return name.lower() in _WITHHELD_HEADERS or bool(_NAME.search(name) or _HEADER_NAME.search(name))


def _basic_password(given: str) -> str:
    """The password of RFC 7617's credentials; empty where they are none."""
    try:
        pair = base64.b64decode(given, validate=True)
    except ValueError:
        return ""
    return pair.partition(b":")[2].decode("utf-8", "replace")


def mask_header(name: str, value: str) -> str:
    """A header kept by name: cookie names and attributes stay, every value becomes `withheld`."""
    lower = name.lower()
    if lower == "cookie":
        return "; ".join(f"{pair.strip().partition('=')[0]}=withheld" for pair in value.split(";") if pair.strip())
    if lower == "set-cookie":
        cookie, _, attributes = value.partition(";")
        return f"{cookie.partition('=')[0].strip()}=withheld" + (f";{attributes}" if attributes else "")
    return "withheld" if is_secret_header(name) else value
