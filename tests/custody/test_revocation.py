"""Revocation lists are kept while they can be had, and what they say decides later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from auditor import custody
from auditor.clock import now
from auditor.demo.authority import PracticeAuthority
from auditor.demo.authority_keys import AuthorityKeys, Signer
from auditor.demo.http_server import HttpRequest, HttpResponse, LoopbackServer
from auditor.model.evidence import Authority, Verification
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import PATIENT


@dataclass
class Responder:
    """An authority whose certificate names a revocation list and an OCSP responder, all behind one port."""

    ring: AuthorityKeys
    signer: Signer | None = None
    reason: x509.ReasonFlags | None = None
    revoked_at: datetime | None = None
    told_by: str = "list"
    """Who tells of the revocation: `list`, `answer`; a responder that is certified (`delegate`) or not (`stranger`)."""
    asked: list[str] = field(default_factory=list)

    @property
    def root(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.ring.root.read_bytes())

    @property
    def key(self) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key((self.ring.folder / "root.key").read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def issue(self, address: str) -> None:
        """A signer whose certificate names this server."""
        key = ec.generate_private_key(ec.SECP256R1())
        uri = x509.UniformResourceIdentifier
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "PRACTICE TSA with lists")]))
            .issuer_name(self.root.subject)
            .public_key(key.public_key())
            .serial_number(4711)
            .not_valid_before(now() - timedelta(days=1))
            .not_valid_after(now() + timedelta(days=300))
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), critical=True)
            .add_extension(x509.CRLDistributionPoints(
                [x509.DistributionPoint([uri(f"{address}list.crl")], None, None, None)]), critical=False)
            .add_extension(x509.AuthorityInformationAccess(
                [x509.AccessDescription(AuthorityInformationAccessOID.OCSP, uri(f"{address}ocsp"))]), critical=False)
        )  # fmt: skip
        certificate, secret = self.ring.folder / "lists.pem", self.ring.folder / "lists.key"
        certificate.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))
        secret.write_bytes(
            key.private_bytes(Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        self.signer = Signer(certificate, secret, self.ring.root)

    def answer(self, request: HttpRequest) -> HttpResponse:
        if request.path.endswith("list.crl"):
            self.asked.append("crl")
            return HttpResponse(self.list(), media_type="application/pkix-crl")
        if request.path.endswith("ocsp"):
            self.asked.append("ocsp")
            return HttpResponse(self.status(), media_type="application/ocsp-response")
        stamped = PracticeAuthority(self.ring, self.ring).stamp(request.body, self.signer)
        return HttpResponse(stamped, media_type="application/timestamp-reply")

    def list(self) -> bytes:
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.root.subject)
        builder = builder.last_update(now() - timedelta(hours=1)).next_update(now() + timedelta(days=1))
        if self.revoked_at is not None and self.told_by == "list":
            entry = x509.RevokedCertificateBuilder().serial_number(4711).revocation_date(self.revoked_at)
            if self.reason is not None:
                entry = entry.add_extension(x509.CRLReason(self.reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def status(self) -> bytes:
        assert self.signer is not None
        leaf = x509.load_pem_x509_certificate(self.signer.certificate.read_bytes())
        revoked = self.revoked_at if self.told_by != "list" else None
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=leaf, issuer=self.root, algorithm=hashes.SHA1(), this_update=now(), next_update=None,
            cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            revocation_time=revoked, revocation_reason=self.reason if revoked else None,
        )  # fmt: skip
        if self.told_by in {"delegate", "stranger"}:
            certificate, key = self._responder(certified=self.told_by == "delegate")
            built = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, certificate).certificates([certificate])
            return built.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
        built = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, self.root)
        return built.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _responder(self, *, certified: bool) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """A responder that the authority certified for answering, or only for stamping."""
        key = ec.generate_private_key(ec.SECP256R1())
        usage = ExtendedKeyUsageOID.OCSP_SIGNING if certified else ExtendedKeyUsageOID.TIME_STAMPING
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "PRACTICE responder")]))
            .issuer_name(self.root.subject)
            .public_key(key.public_key())
            .serial_number(4712)
            .not_valid_before(now() - timedelta(days=1))
            .not_valid_after(now() + timedelta(days=300))
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        )
        return builder.sign(self.key, hashes.SHA256()), key


@contextmanager
def responding(folder: Path) -> Iterator[tuple[Responder, LoopbackServer]]:
    responder = Responder(AuthorityKeys.open(folder / "lists", "Practice lists"))
    server = LoopbackServer(responder, name="lists", port=0)
    server.start()
    try:
        responder.issue(server.url)
        yield responder, server
    finally:
        server.stop()


def _sealed(
    root: Path, responder: Responder, server: LoopbackServer, *, later: timedelta | None = None
) -> Verification:
    practice.begin(root)
    pinned = [
        custody.pin_authority(
            Authority("lists", server.url, "Lists", "", practice=True), responder.ring.root.read_bytes()
        )
    ]
    with custody.open_workspace(root) as held:
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, PATIENT), 1, patience=PATIENT)
        sealer.seal(practice.keep(held, "c1", authorities=pinned, quorum=1))
        if later is not None:
            responder.revoked_at = now() + later
        assert sealer.save_revocation() == []
        assert sealer.save_revocation() == [], "once a day"
    assert sorted(responder.asked) == ["crl", "ocsp"]
    return custody.verify_workspace(root)


def failed(found: Verification) -> set[str]:
    return {check.name for check in found.checks if check.verdict == "failed"}


def test_lists_and_answers_are_kept(tmp_path: Path) -> None:
    with responding(tmp_path) as (responder, server):
        found = _sealed(tmp_path / "w", responder, server)
    assert failed(found) == set()
    kept = sorted(path.suffix for path in (tmp_path / "w" / "evidence" / "trust").glob("revocation-*"))
    assert kept == [".crl", ".ocsp"]


@pytest.mark.parametrize(
    ("reason", "later", "holds"),
    [
        (x509.ReasonFlags.superseded, timedelta(hours=1), True),
        (x509.ReasonFlags.superseded, timedelta(hours=-1), False),
        (x509.ReasonFlags.key_compromise, timedelta(hours=1), False),
        (None, timedelta(hours=1), False),
    ],
)
def test_a_revoked_signer(tmp_path: Path, reason: x509.ReasonFlags | None, later: timedelta, holds: bool) -> None:
    with responding(tmp_path) as (responder, server):
        responder.reason = reason
        found = _sealed(tmp_path / "w", responder, server, later=later)
    assert failed(found) == (set() if holds else {"token.revoked", "seal.quorum"})


@pytest.mark.parametrize("teller", ["answer", "delegate"])
def test_a_signer_revoked_by_an_answer(tmp_path: Path, teller: str) -> None:
    with responding(tmp_path) as (responder, server):
        responder.reason, responder.told_by = x509.ReasonFlags.key_compromise, teller
        found = _sealed(tmp_path / "w", responder, server, later=timedelta(hours=1))
    assert failed(found) == {"token.revoked", "seal.quorum"}


def test_an_answer_of_a_stranger_is_not_taken(tmp_path: Path) -> None:
    practice.begin(tmp_path / "w")
    with responding(tmp_path) as (responder, server):
        responder.told_by, responder.revoked_at = "stranger", now()
        pinned = [custody.pin_authority(Authority("lists", server.url, "Lists", ""), responder.ring.root.read_bytes())]
        with custody.open_workspace(tmp_path / "w") as held:
            sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, PATIENT), 1, patience=PATIENT)
            sealer.seal(practice.keep(held, "c1", authorities=pinned, quorum=1))
            told = sealer.save_revocation()
    assert len(told) == 1 and "ocsp" in told[0] and "not an answer signed for" in told[0]
    assert failed(custody.verify_workspace(tmp_path / "w")) == set()


def test_a_list_that_cannot_be_had_is_told_and_costs_nothing(tmp_path: Path) -> None:
    practice.begin(tmp_path / "w")
    with responding(tmp_path) as (responder, server):
        pinned = [custody.pin_authority(Authority("lists", server.url, "Lists", ""), responder.ring.root.read_bytes())]
        with custody.open_workspace(tmp_path / "w") as held:
            sealer = custody.Sealer(held.vault, custody.http_authorities(pinned, PATIENT), 1, patience=PATIENT)
            assert sealer.seal(practice.keep(held, "c1", authorities=pinned, quorum=1)).seal.sealed
            server.stop()
            told = sealer.save_revocation()
    assert len(told) == 2 and all("could not be had" in line for line in told)
