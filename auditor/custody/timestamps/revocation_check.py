"""What kept revocation lists and OCSP answers say of a token's certificates.

RFC 3161 §4: a certificate that was revoked because it ended, was superseded or changed hands leaves earlier tokens
good; one whose key was compromised, or that was revoked without a reason, leaves none. A list counts where the issuer
signed it (RFC 5280 §5); an answer where the issuer signed it, or a responder that the issuer certified for OCSP signing
(RFC 6960 §4.2.2.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from auditor.custody.timestamps import trust_anchors

NON_COMPROMISE_REASONS = {
    x509.ReasonFlags.unspecified,
    x509.ReasonFlags.affiliation_changed,
    x509.ReasonFlags.superseded,
    x509.ReasonFlags.cessation_of_operation,
}
SIGNERS = (rsa.RSAPublicKey, ec.EllipticCurvePublicKey, ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)


@dataclass(frozen=True, slots=True)
class Revocation:
    """One certificate revoked, by a list or an answer."""

    at: datetime
    reason: x509.ReasonFlags | None

    def voids(self, stamped: datetime) -> bool:
        """Whether a token made at `stamped` does not hold any more."""
        return self.reason not in NON_COMPROMISE_REASONS or self.at <= stamped


@dataclass
class RevocationData:
    """Kept lists and answers; each is read once for an issuer."""

    lists: Sequence[bytes]
    answers: Sequence[bytes]
    _known: dict[str, dict[int, list[Revocation]]] = field(default_factory=dict)

    def void(self, chain: Sequence[x509.Certificate], stamped: datetime) -> str:
        """Why a token made at `stamped` under that chain (signer first) does not hold; empty where it does."""
        for certificate, issuer in pairwise(chain):
            for each in self._by(issuer).get(certificate.serial_number, ()):
                if each.voids(stamped):
                    why = each.reason.value if each.reason else "without a reason"
                    return f"{trust_anchors.subject_name(certificate)} was revoked {each.at:%Y-%m-%d %H:%M:%S}Z ({why})"
        return ""

    def _by(self, issuer: x509.Certificate) -> dict[int, list[Revocation]]:
        """Serial number to what the issuer's lists and answers say of it."""
        name = trust_anchors.fingerprint(issuer)
        if name not in self._known:
            told: dict[int, list[Revocation]] = {}
            for serial, withdrawal in (*_of_lists(self.lists, issuer), *_of_answers(self.answers, issuer)):
                told.setdefault(serial, []).append(withdrawal)
            self._known[name] = told
        return self._known[name]


def _of_lists(lists: Iterable[bytes], issuer: x509.Certificate) -> Iterator[tuple[int, Revocation]]:
    for data in lists:
        for entry in parse_crl(data, issuer) or ():
            try:
                reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
            except x509.ExtensionNotFound:
                reason = None
            yield entry.serial_number, Revocation(entry.revocation_date_utc, reason)


def _of_answers(answers: Iterable[bytes], issuer: x509.Certificate) -> Iterator[tuple[int, Revocation]]:
    for data in answers:
        found = parse_ocsp_response(data, issuer)
        for each in found.responses if found is not None else ():
            if each.certificate_status is ocsp.OCSPCertStatus.REVOKED and each.revocation_time_utc is not None:
                yield each.serial_number, Revocation(each.revocation_time_utc, each.revocation_reason)


def parse_crl(data: bytes, issuer: x509.Certificate) -> x509.CertificateRevocationList | None:
    """A list that the issuer signed; None for anything else."""
    try:
        found = x509.load_pem_x509_crl(data) if b"-----BEGIN" in data[:100] else x509.load_der_x509_crl(data)
    except ValueError:
        return None
    key = issuer.public_key()
    if found.issuer == issuer.subject and isinstance(key, SIGNERS) and found.is_signature_valid(key):
        return found
    return None


def parse_ocsp_response(data: bytes, issuer: x509.Certificate) -> ocsp.OCSPResponse | None:
    """A successful answer about certificates of the issuer, signed by it or by its responder; None for any other."""
    try:
        found = ocsp.load_der_ocsp_response(data)
        if found.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return None
        if any(not _names(each, issuer) for each in found.responses):
            return None
        candidates = [issuer, *(one for one in found.certificates if _responds(one, issuer, found.produced_at_utc))]
        return found if any(_signed(found, one) for one in candidates) else None
    except ValueError:
        return None


def _names(answer: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    digest = hashes.Hash(answer.hash_algorithm)
    digest.update(issuer.subject.public_bytes())
    return digest.finalize() == answer.issuer_name_hash


def _responds(certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    """Whether the issuer certified this key for answering, as of that time."""
    try:
        certificate.verify_directly_issued_by(issuer)
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    lives = certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
    return lives and ExtendedKeyUsageOID.OCSP_SIGNING in usage


def _signed(answer: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    key, digest = certificate.public_key(), answer.signature_hash_algorithm
    try:
        if isinstance(key, rsa.RSAPublicKey) and digest is not None:
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(digest))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes)
        else:
            return False
    except InvalidSignature:
        return False
    return True
