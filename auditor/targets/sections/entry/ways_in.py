"""`http_login`, `bearer_from`, `headers_from`, `client_certificate` and `proxy` of a deployment."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from auditor.model.targets.ways_in import ClientCertificate, HttpLogin, Proxy, SecretHeader, WaysIn
from auditor.targets.values.scalars import SecretPlace, Text, TrueOrFalse
from auditor.targets.values.types import BAD, Defs, Key, LoadContext, MapOf, RecordType, ValuePath, ValueType
from auditor.targets.yaml.nodes import MappingNode, ScalarNode, YamlNode

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}", re.ASCII)
_OURS = frozenset(
    [
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "proxy-authorization",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    ]
)
"""Headers that are the browser's own or that carry a login: a sign-in that is kept has its own place."""


class ProxyAddress(Text):
    """`socks5://host:port` or `http://host:port`."""

    name = "address of a proxy"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = super().value(node, where, context)
        if text is BAD:
            return BAD
        try:
            parts = urlsplit(text)
            known = parts.scheme in ("socks5", "http") and bool(parts.hostname) and parts.port is not None
            bare = not (parts.path.strip("/") or parts.query or parts.fragment)
        except ValueError:
            known = bare = False
        if "@" in text:
            message = (
                "carries a user name or password. Remove it; say where they are kept: username_from, password_from."
            )
            context.note("D06", node.at, where, message)
            return BAD
        if not (known and bare):
            context.note(
                "D06", node.at, where, "is not the address of a proxy. Write it as socks5://host:1080 or http://…"
            )
            return BAD
        return text.rstrip("/")

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "pattern": "^(socks5|http)://[^/@]+:[0-9]+/?$"}


class HeaderPlaces(ValueType):
    """From the name of a request header to where its value is kept; gives a tuple of `SecretHeader`."""

    name = "mapping of header names to places of secrets"

    def read(self, node: YamlNode, where: ValuePath, context: LoadContext) -> Any:
        places = MapOf(SecretPlace(), ids=False).read(node, where, context)
        if places is BAD or not isinstance(node, MappingNode):
            return BAD
        for name in places:
            if not _TOKEN.fullmatch(name) or name.lower() in _OURS:
                message = f'"{name[:80]}" is not a header that may be set. Name one that carries a token or a key.'
                context.note("D12", node.items[name][0], where, message)
                return BAD
        return tuple(SecretHeader(name, place) for name, place in places.items())

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": SecretPlace().schema(defs)}


def _http_login(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    named = bool(values.get("username")) and bool(values.get("password"))
    if named == bool(values.get("negotiate")):
        context.note(
            "D12", node.at, where, "needs username_from and password_from, or negotiate: true. Give one of them."
        )
    return values


HTTP_LOGIN = RecordType(
    "http login",
    HttpLogin,
    {
        "username_from": Key(SecretPlace(), doc="Where the user name is kept.", into="username"),
        "password_from": Key(SecretPlace(), doc="Where the password is kept.", into="password"),
        "negotiate": Key(TrueOrFalse(), doc="True: the browser answers with this user's Kerberos ticket."),
    },
    finish=_http_login,
    identified=False,
    doc="HTTP authentication: Basic or Digest with a password, or Negotiate. Sent to declared origins alone, once.",
)
CLIENT_CERTIFICATE = RecordType(
    "client certificate",
    ClientCertificate,
    {
        "certificate_from": Key(
            SecretPlace(), "where the certificate is kept, as PEM", doc="Where it is kept, as PEM.", into="certificate"
        ),
        "key_from": Key(SecretPlace(), doc="Where its key is kept, if not beside it.", into="key"),
        "passphrase_from": Key(SecretPlace(), doc="Where the passphrase of the key is kept.", into="passphrase"),
    },
    identified=False,
    doc="The certificate that is shown in TLS, for pages of method http.",
)
PROXY = RecordType(
    "proxy",
    Proxy,
    {
        "address": Key(ProxyAddress(), "the proxy's address, socks5://host:port or http://host:port"),
        "username_from": Key(SecretPlace(), doc="Where the user name is kept, if it asks for one.", into="username"),
        "password_from": Key(SecretPlace(), doc="Where the password is kept.", into="password"),
    },
    shorthand="address",
    identified=False,
    doc="The way that every connection of a visit takes. It resolves the names, and is recorded in the capture.",
)
KEYS = MappingProxyType(
    {
        "http_login": Key(HTTP_LOGIN, doc="HTTP authentication: Basic, Digest, Negotiate."),
        "bearer_from": Key(SecretPlace(), doc="Where the bearer token is kept that requests carry (RFC 6750)."),
        "headers_from": Key(HeaderPlaces(), doc="Further request headers, each with where its value is kept."),
        "client_certificate": Key(CLIENT_CERTIFICATE, doc="The certificate that is shown in TLS (method http)."),
        "proxy": Key(PROXY, doc="The proxy that every connection goes through: socks5://host:port, http://host:port."),
    }
)


def ways_of(values: dict[str, Any]) -> WaysIn:
    """The ways in of a deployment, taken out of its values."""
    bearer = values.pop("bearer_from", None)
    headers = (SecretHeader("Authorization", bearer, "Bearer "),) if bearer else ()
    return WaysIn(
        values.pop("http_login", None),
        (*headers, *values.pop("headers_from", ())),
        values.pop("client_certificate", None),
        values.pop("proxy", None),
    )
