"""OpenID Connect: where to send the browser, and who came back. Authorisation code with PKCE, state and nonce.

Whoever comes back is bound by issuer and subject, never by a name or an address of mail. The provider is the one of the
settings; what its metadata names must be of the same scheme, and is asked within bounds of time and size.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from auditor.errors import ConfigError, SignInError

LASTS = timedelta(minutes=10)
MOST_OPEN, MOST_BYTES, SECONDS = 1_000, 500_000, (5.0, 10.0)
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA", "Ed25519")
"""Signatures of an id token; never `none`, never one by the client's secret."""
NOT_TAKEN = "the identity provider's answer was not accepted; try again"


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """The provider, as whoever starts `serve` names it."""

    issuer: str
    client: str
    secret: str
    """The client's secret; empty for a public client."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.issuer)
        local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1")
        if not parts.hostname or not (parts.scheme == "https" or local) or parts.query or parts.fragment:
            raise ConfigError(f"--oidc-issuer {self.issuer}: expected https://…, as the provider writes it")

    @property
    def title(self) -> str:
        return urlsplit(self.issuer).hostname or ""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A browser that was sent to the provider."""

    nonce: str
    verifier: str
    begun_at: datetime


class OidcProvider:
    """One provider. What was begun is kept in memory and used once."""

    def __init__(self, settings: OidcSettings, back: str) -> None:
        """`back`: the address that the provider sends the browser back to."""
        self.settings, self.back = settings, back
        self._open: OrderedDict[str, _Begun] = OrderedDict()
        self._guard = threading.Lock()

    def begin(self, now: datetime) -> tuple[str, str]:
        """Where to send the browser, and the state that its cookie holds."""
        metadata = self._metadata()
        begun = _Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(48), now)
        state = secrets.token_urlsafe(32)
        with self._guard:
            self._open[state] = begun
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.settings.client,
            "redirect_uri": self.back,
            "scope": "openid",
            "state": state,
            "nonce": begun.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._endpoint(metadata, 'authorization_endpoint')}?{urlencode(query)}", state

    def end(self, state: str, kept: str, code: str, issuer: str, now: datetime) -> str:
        """The subject that came back with `state`, where the browser's cookie held the same. `SignInError` otherwise.

        `issuer`: what the answer says it is of (RFC 9207); empty where it does not say.
        """
        with self._guard:
            begun = self._open.pop(state, None)
        known = begun is not None and secrets.compare_digest(state.encode(), kept.encode())
        if begun is None or not known or now - begun.begun_at > LASTS or issuer not in ("", self.settings.issuer):
            raise SignInError(NOT_TAKEN)
        metadata = self._metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code[:2_000],
            "redirect_uri": self.back,
            "code_verifier": begun.verifier,
            "client_id": self.settings.client,
        }
        auth = (self.settings.client, self.settings.secret) if self.settings.secret else None
        token = self._ask(self._endpoint(metadata, "token_endpoint"), form, auth).get("id_token")
        keys = self._ask(self._endpoint(metadata, "jwks_uri"))
        return self._subject(token, keys, begun.nonce, now)

    def _subject(self, token: object, keys: Mapping[str, object], nonce: str, now: datetime) -> str:
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=60,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(str(token), KeySet.import_key_set(keys), algorithms=list(ALGORITHMS)).claims  # type: ignore[arg-type]
            registry.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise SignInError(NOT_TAKEN) from error
        subject, party = claims["sub"], claims.get("azp", self.settings.client)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims
        if not isinstance(subject, str) or not 0 < len(subject) <= 255 or party != self.settings.client or several:
            raise SignInError(NOT_TAKEN)
        return subject

    def _metadata(self) -> Mapping[str, object]:
        found = self._ask(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.settings.issuer:
            raise SignInError("the identity provider names another issuer than the settings; ask whoever runs it")
        return found

    def _endpoint(self, metadata: Mapping[str, object], name: str) -> str:
        address = metadata.get(name)
        if not isinstance(address, str) or urlsplit(address).scheme != urlsplit(self.settings.issuer).scheme:
            raise SignInError(NOT_TAKEN)
        return address

    def _ask(
        self, address: str, form: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Mapping[str, object]:
        """A JSON object; `SignInError` where the provider gives none."""
        try:
            with requests.Session() as session:
                session.trust_env = False
                method = "GET" if form is None else "POST"
                with session.request(
                    method, address, data=form, auth=auth, timeout=SECONDS, allow_redirects=False, stream=True,
                    headers={"Accept": "application/json"},
                ) as answer:  # fmt: skip
                    data = answer.raw.read(MOST_BYTES + 1, decode_content=True)
                    found = json.loads(data) if answer.status_code == 200 and len(data) <= MOST_BYTES else None
        except (requests.RequestException, OSError, ValueError) as error:
            raise SignInError("the identity provider does not answer as it must; try again later") from error
        if not isinstance(found, dict):
            raise SignInError("the identity provider does not answer as it must; try again later")
        return found
