"""Ways into a deployment beside its login form: what HTTP and TLS ask for, and the proxy on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SecretUse = Literal[
    "user_name",
    "password",
    "totp",
    "step",
    "header",
    "certificate",
    "certificate_key",
    "key_passphrase",
    "proxy_password",
    "sign_in",
]
"""What a secret is used as. A `user_name` is none, though it is had in the same way."""


@dataclass(frozen=True, slots=True)
class HttpLogin:
    """HTTP authentication (RFC 9110 §11): Basic and Digest with a password, or Negotiate with this user's ticket."""

    username: str = ""
    """Where the user name is kept."""
    password: str = ""
    """Where the password is kept."""
    negotiate: bool = False
    """The browser answers with the Kerberos ticket of the user it runs as; then there is no password here."""


@dataclass(frozen=True, slots=True)
class SecretHeader:
    """A request header whose value is a secret: a bearer token, a key of an API."""

    name: str
    value: str
    """Where the value is kept."""
    prefix: str = ""
    """What stands before it, such as `Bearer `."""


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The certificate that this side shows in TLS, as PEM."""

    certificate: str
    """Where the certificate is kept, with those that issued it."""
    key: str = ""
    """Where its private key is kept; beside the certificate where empty."""
    passphrase: str = ""
    """Where the passphrase of the key is kept, if it has one."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """The only way to a deployment: every connection of its visits goes through it."""

    address: str
    """`socks5://host:port`, `http://host:port` or `https://host:port` (the last: TLS to the proxy itself)."""
    username: str = ""
    """Where the user name is kept, if the proxy asks for one."""
    password: str = ""


@dataclass(frozen=True, slots=True)
class WaysIn:
    """What requests to a deployment carry, and through what they go."""

    http_login: HttpLogin | None = None
    headers: tuple[SecretHeader, ...] = ()
    certificate: ClientCertificate | None = None
    proxy: Proxy | None = None

    def secrets(self) -> Iterator[tuple[SecretUse, str]]:
        """What is needed: (use, where it is kept); the place is empty where it is not asked for."""
        if self.http_login is not None and not self.http_login.negotiate:
            yield "user_name", self.http_login.username
            yield "password", self.http_login.password
        for header in self.headers:
            yield "header", header.value
        if self.certificate is not None:
            yield "certificate", self.certificate.certificate
            yield "certificate_key", self.certificate.key
            yield "key_passphrase", self.certificate.passphrase
        if self.proxy is not None:
            yield "user_name", self.proxy.username
            yield "proxy_password", self.proxy.password


NO_WAYS = WaysIn()
