"""A practice timestamp authority: OpenSSL's `ts -reply` behind HTTP (RFC 3161 §3.4), which can also misbehave.

Every misbehaviour is made of real bytes: tokens are signed by `run_openssl`, never edited; only queries and the
unsigned status around a token are rewritten.
"""

from __future__ import annotations

import itertools
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from auditor import clock
from auditor.demo.authority_keys import CONFIGS, AuthorityKeys, Signer, SignerKind, run_openssl
from auditor.demo.der import TimestampQuery, encode_granted, encode_rejection, with_status
from auditor.demo.http_server import HttpRequest, HttpResponse
from auditor.errors import ConfigError

QUERY_TYPE, REPLY_TYPE = "application/timestamp-query", "application/timestamp-reply"
POLICY = "1.3.6.1.4.1.32473.3161.1"
PROCESSES = max(2, os.cpu_count() or 2)
"""How many `run_openssl` processes one authority runs at a time."""

Behaviour = Literal[
    "honest",
    "unavailable",
    "html",
    "hang",
    "drop",
    "truncated",
    "wrong_nonce",
    "wrong_imprint",
    "foreign_token",
    "replay",
    "expired_signer",
    "no_timestamping_usage",
    "ec_key",
    "sha384",
    "fraction_of_a_second",
    "extra_certificates",
    "unsorted_certificates",
    "no_certificates",
    "granted_with_mods",
    "foreign_root",
    "rejected",
]
"""`foreign_token`: signed by the other authority; `foreign_root`: signed under a root of its own, which the token
embeds; `no_certificates`: ignores certReq; `unsorted_certificates`: a certificate SET out of DER order, as OpenSSL
itself writes it; `replay`: an earlier response again. `ec_key`, `sha384`, `fraction_of_a_second`, `extra_certificates`,
`unsorted_certificates` and `granted_with_mods` are unusual and right."""
BEHAVIOURS: tuple[Behaviour, ...] = get_args(Behaviour)


class PracticeAuthority:
    """One authority; answers from many threads at once, with serial numbers that never repeat."""

    def __init__(self, ring: AuthorityKeys, other: AuthorityKeys) -> None:
        self.ring, self._other = ring, other
        self._behaviour: Behaviour = "honest"
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(PROCESSES)
        # Microseconds in front, so that numbers do not repeat after a restart either.
        self._serials = itertools.count(int(clock.now().timestamp() * 1_000_000) << 24)
        self._earlier: bytes | None = None

    def behave(self, behaviour: Behaviour) -> None:
        """How it answers from now on. Raises `ValueError` for a behaviour it does not know."""
        if behaviour not in BEHAVIOURS:
            raise ValueError(f"behaviour {behaviour!r}: expected one of {', '.join(BEHAVIOURS)}")
        self._behaviour = behaviour

    def answer(self, request: HttpRequest) -> HttpResponse:
        behaviour = self._behaviour
        if behaviour in _WITHOUT_TOKEN:
            return _WITHOUT_TOKEN[behaviour]
        if request.method != "POST":
            about = f"{self.ring.owner}: a PRACTICE timestamp authority. Its tokens prove nothing.\n"
            return HttpResponse(about.encode(), media_type="text/plain; charset=utf-8")
        if request.media_type != QUERY_TYPE:
            return HttpResponse(b"expected application/timestamp-query\n", 415, "text/plain")
        try:
            response = self._respond(request.body, behaviour)
        except (ValueError, ConfigError) as error:
            return HttpResponse(f"{error}\n".encode(), 400 if isinstance(error, ValueError) else 500, "text/plain")
        return HttpResponse(response, media_type=REPLY_TYPE, fate="truncate" if behaviour == "truncated" else "send")

    def _respond(self, body: bytes, behaviour: Behaviour) -> bytes:
        query = TimestampQuery.parse(body)
        making = _RESPONSES.get(behaviour)
        response = making(self, query) if making else self.stamp(body)
        if behaviour == "honest":
            with self._lock:
                self._earlier = response
        return response

    def stamp(
        self,
        query: bytes,
        signer: Signer | None = None,
        *,
        chain: Path | None = None,
        digest: str = "sha256",
        settings: str = "practice",
    ) -> bytes:
        """A TimeStampResp by `openssl ts -reply`; `chain`: further certificates the token embeds; `settings`: a section
        of the configuration."""
        signer = signer or self.ring.signer()
        extra: tuple[str | Path, ...] = ("-chain", chain) if chain else ()
        with self._slots, tempfile.TemporaryDirectory(dir=self.ring.folder, prefix=".stamping-") as work:
            serial, asked = Path(work) / "serial", Path(work) / "query.tsq"
            serial.write_text(f"{self._next_serial():030X}\n", encoding="ascii")
            asked.write_bytes(query)
            return run_openssl(
                *("ts", "-reply", "-config", CONFIGS / "authority.cnf", "-queryfile", asked, f"-{digest}"),
                *("-section", settings),
                *("-signer", signer.certificate, "-inkey", signer.key, *extra),
                environment={"PRACTICE_SERIAL": str(serial)},
            )

    def resign(self, query: TimestampQuery, signer: Signer) -> bytes:
        """A response whose content `ts -reply` made and whose signature another certificate gives, by `openssl cms`:
        the program refuses to stamp with such a certificate itself."""
        honest = self.stamp(query.encode())
        with self._slots, tempfile.TemporaryDirectory(dir=self.ring.folder, prefix=".stamping-") as work:
            reply, token, content = (Path(work) / name for name in ("reply.tsr", "token.p7", "content.der"))
            reply.write_bytes(honest)
            run_openssl("ts", "-reply", "-config", CONFIGS / "authority.cnf", "-in", reply, "-token_out", "-out", token,
                    environment={"PRACTICE_SERIAL": ""})  # fmt: skip
            run_openssl("cms", "-verify", "-noverify", "-inform", "DER", "-in", token, "-out", content)
            return encode_granted(
                run_openssl(
                    *("cms", "-sign", "-binary", "-cades", "-nodetach", "-nosmimecap", "-md", "sha256"),
                    *("-econtent_type", "1.2.840.113549.1.9.16.1.4", "-in", content, "-outform", "DER"),
                    *("-signer", signer.certificate, "-inkey", signer.key),
                )
            )

    def _next_serial(self) -> int:
        with self._lock:
            return next(self._serials)

    def earlier(self, query: TimestampQuery) -> bytes:
        """The last honest response; where there was none, one that was made for another digest."""
        with self._lock:
            earlier = self._earlier
        return earlier or self.stamp(_other_imprint(query).encode())


def _other_imprint(query: TimestampQuery) -> TimestampQuery:
    return replace(query, digest=bytes(octet ^ 0xFF for octet in query.digest))


def _other_nonce(query: TimestampQuery) -> TimestampQuery:
    return replace(query, nonce=secrets.randbits(62) if query.nonce is None else query.nonce + 1)


def _by(kind: SignerKind, *, digest: str = "sha256") -> Callable[[PracticeAuthority, TimestampQuery], bytes]:
    return lambda authority, query: authority.stamp(query.encode(), authority.ring.signer(kind), digest=digest)


def _stranger(authority: PracticeAuthority, query: TimestampQuery) -> bytes:
    signer = authority.ring.signer("stranger")
    return authority.stamp(query.encode(), signer, chain=signer.root)


def _sorted(authority: PracticeAuthority, query: TimestampQuery) -> bytes:
    # The EC signer encodes shorter than the RSA bystander: OpenSSL puts the signer first, which is DER order here.
    bystander = authority.ring.signer("bystander").certificate
    return authority.stamp(query.encode(), authority.ring.signer("ec"), chain=bystander)


def _unsorted(authority: PracticeAuthority, query: TimestampQuery) -> bytes:
    # The RSA signer encodes longer than the EC root and still comes first.
    return authority.stamp(query.encode(), chain=authority.ring.root)


_WITHOUT_TOKEN: Mapping[Behaviour, HttpResponse] = {
    "unavailable": HttpResponse(b"try again later\n", 503, "text/plain", (("Retry-After", "1"),)),
    "html": HttpResponse(b"<!DOCTYPE html><title>Portal</title><p>Please accept the terms of this network.</p>"),
    "hang": HttpResponse(fate="hang"),
    "drop": HttpResponse(fate="reset"),
}
_RESPONSES: Mapping[Behaviour, Callable[[PracticeAuthority, TimestampQuery], bytes]] = {
    "wrong_nonce": lambda authority, query: authority.stamp(_other_nonce(query).encode()),
    "wrong_imprint": lambda authority, query: authority.stamp(_other_imprint(query).encode()),
    "foreign_token": lambda authority, query: authority.stamp(query.encode(), authority._other.signer()),
    "replay": lambda authority, query: authority.earlier(query),
    "expired_signer": lambda authority, query: authority.resign(query, authority.ring.signer("expired")),
    "no_timestamping_usage": lambda authority, query: authority.resign(query, authority.ring.signer("no_usage")),
    "ec_key": _by("ec"),
    "sha384": _by("ec384", digest="sha384"),
    "fraction_of_a_second": lambda authority, query: authority.stamp(query.encode(), settings="precise"),
    "extra_certificates": _sorted,
    "unsorted_certificates": _unsorted,
    "no_certificates": lambda authority, query: authority.stamp(replace(query, certificates=False).encode()),
    "granted_with_mods": lambda authority, query: with_status(authority.stamp(query.encode()), 1),
    "foreign_root": _stranger,
    "rejected": lambda _authority, _query: encode_rejection("quota exceeded"),
}
