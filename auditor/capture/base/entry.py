"""What the requests of a visit carry to declared origins: HTTP authentication, secret headers, a client certificate."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from auditor.capture.base.client_key import ClientKey, parse_client_key
from auditor.capture.base.exchange import Exchange, Headers
from auditor.capture.base.held_secrets import HeldSecrets
from auditor.capture.base.outcomes import VisitEnded
from auditor.model.targets.ways_in import ClientCertificate, WaysIn

_FIELD_VALUE = re.compile(r"[\x21-\x7e\x80-\U0010ffff](?:[\x20-\x7e\x80-\U0010ffff]*[\x21-\x7e\x80-\U0010ffff])?")
_SAID = re.compile(r'error(?:_description)?="([^"]{1,160})"')
MAX_SAID = 160


@dataclass(frozen=True, slots=True, repr=False)
class VisitEntry:
    """The secrets of one visit's requests: never sent to an undeclared origin, or past a broken certificate."""

    user: str | None = None
    """User name and password of HTTP authentication; None without one."""
    password: str = ""
    headers: Headers = ()
    client_key: ClientKey | None = None
    negotiate: bool = False
    """Chromium answers with the Kerberos ticket of its user."""

    @property
    def carries(self) -> bool:
        """Whether requests need a hand at all."""
        return self.user is not None or bool(self.headers)

    @property
    def known(self) -> bool:
        """Whether the server knows who asks before any form is filled in."""
        return self.carries or self.client_key is not None or self.negotiate

    def refusal(self, document: Exchange | None) -> str:
        """Why an answer means that the way in was refused, as a sentence; empty where it does not."""
        status = document.status if document is not None else None
        if not self.known or status not in (401, 403):
            return ""
        what = "the client certificate" if self.client_key is not None else "the Kerberos ticket, or there is none"
        what = "the HTTP login" if self.user is not None else "the token" if self.headers else what
        said = _said(document) if document is not None else ""
        return f"The server did not accept {what} (status {status}{said})."


NO_ENTRY: Final = VisitEntry()


def make_entry(ways: WaysIn, held: HeldSecrets, now: datetime) -> VisitEntry:
    """What requests carry. Raises `VisitEnded` for a secret that is none, or that has expired."""
    http = ways.http_login
    user, password = None, ""
    if http is not None and not http.negotiate:
        user, password = held.values[http.username], held.values[http.password]
    headers = []
    for header in ways.headers:
        value = held.values[header.value]
        if not _FIELD_VALUE.fullmatch(value):
            raise VisitEnded("no_credentials", f"Not visited: {header.value} is no value of a header (one line).")
        ends = token_end(value)
        if ends is not None and ends <= now:
            when = f"{ends:%Y-%m-%d %H:%M} UTC"
            raise VisitEnded("login_expired", f"Not visited: the token of {header.value} expired at {when}.")
        headers.append((header.name, header.prefix + value))
    key = _client_key(ways.certificate, held, now) if ways.certificate is not None else None
    return VisitEntry(user, password, tuple(headers), key, http is not None and http.negotiate)


def _client_key(named: ClientCertificate, held: HeldSecrets, now: datetime) -> ClientKey:
    key, passphrase = held.values.get(named.key, ""), held.values.get(named.passphrase, "")
    try:
        made = parse_client_key(held.values[named.certificate], key, passphrase)
    except ValueError as error:
        raise VisitEnded("no_credentials", f"Not visited: client certificate {named.certificate}: {error}.") from None
    if made.not_after <= now:
        when = f"{made.not_after:%Y-%m-%d %H:%M} UTC"
        raise VisitEnded("login_expired", f"Not visited: the client certificate {named.certificate} expired at {when}.")
    return made


def token_end(token: str) -> datetime | None:
    """When a token says that it ends (`exp` of a JWT, RFC 7519); None where it does not say."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (binascii.Error, ValueError, KeyError, TypeError, OverflowError, OSError):
        return None


def _said(document: Exchange) -> str:
    """What the challenge says of the reason (RFC 6750 §3)."""
    fields = [value for name, value in document.response_headers if name.lower() == "www-authenticate"]
    found = [one for value in fields for one in _SAID.findall(value) if one.isprintable()]
    return f": {'; '.join(dict.fromkeys(found))[:MAX_SAID]}" if found else ""
