"""Which certificates an authority's tokens may lead to, and whether a signer does. Embedded roots are never trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from auditor.custody.files import durable
from auditor.custody.timestamps.messages import TimestampToken
from auditor.errors import ConfigError, IntegrityError, TimestampError
from auditor.formats import der
from auditor.model.evidence import Authority

MAX_PEM = 1 << 20
MAX_PATH = 8
VERSION_TAG = 0xA0


@dataclass(frozen=True, slots=True)
class PinnedAuthority:
    """An authority with the certificates it is pinned to."""

    authority: Authority
    pem: bytes
    anchors: tuple[x509.Certificate, ...] = field(compare=False)
    """Self-issued certificates of the file; where there are none, all of them."""
    others: tuple[x509.Certificate, ...] = field(compare=False)
    """Intermediates and signers of the file: they help to build a path and are not trusted by themselves."""


def pin_authority(authority: Authority, pem: bytes) -> PinnedAuthority:
    """Read the certificates of a PEM file (or one DER certificate); `ConfigError` where it holds none."""
    try:
        found = x509.load_pem_x509_certificates(pem) if b"-----BEGIN" in pem else [x509.load_der_x509_certificate(pem)]
    except ValueError as error:
        raise ConfigError(
            f"authority {authority.id}: roots hold no readable certificate: {error}; give a PEM file"
        ) from None
    anchors = tuple(certificate for certificate in found if certificate.subject == certificate.issuer)
    others = tuple(certificate for certificate in found if certificate not in anchors)
    return PinnedAuthority(authority, pem, anchors or others, others if anchors else ())


def pin_authority_file(authority: Authority, base: Path) -> PinnedAuthority:
    """Pin an authority to the file that `authority.roots` names, relative to `base`."""
    path = base / authority.roots
    try:
        return pin_authority(authority, durable.read(path, MAX_PEM))
    except IntegrityError as error:
        raise ConfigError(
            f"authority {authority.id}: {error}; name the PEM file of its certificates under roots"
        ) from None


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate's DER, lower-case hexadecimal."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def signer_identity(chain: Sequence[x509.Certificate]) -> str:
    """Who signed, by a chain from the signer up: the issuer that the signer's certificate names, and the organisation
    that it names. Two certificates that an authority has from one issuer are one identity, and never two owners.

    By the issuer's name, not its certificate: a signer may be pinned itself, and an issuer has certificates anew."""
    named = chain[0].subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    told = "\n".join(sorted(str(one.value) for one in named))
    return hashlib.sha256(chain[0].issuer.public_bytes() + f"\n{told}".encode()).hexdigest()


def parse_embedded_certificates(embedded: Iterable[bytes]) -> tuple[x509.Certificate, ...]:
    """Certificates that a token carries; ones that cannot be read are left out, they can only be missed."""
    found = []
    for raw in embedded:
        try:
            found.append(x509.load_der_x509_certificate(raw))
        except ValueError:
            continue
    return tuple(found)


def signer_of(token: TimestampToken, candidates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate that the signer identifier names; `TimestampError` where none is there."""
    for certificate in candidates:
        if token.signer_key:
            try:
                named = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
            except (x509.ExtensionNotFound, ValueError):
                continue
            if named == token.signer_key:
                return certificate
        elif certificate.serial_number == token.signer_serial and _issuer(certificate) == token.signer_issuer:
            return certificate
    raise TimestampError("the signer's certificate is neither in the token nor among the pinned ones")


def _issuer(certificate: x509.Certificate) -> bytes:
    """The issuer's name as it stands in the certificate, byte for byte."""
    parts = der.parse_single_element(certificate.tbs_certificate_bytes, der.SEQUENCE).children()
    return parts[3 if parts[0].tag == VERSION_TAG else 2].raw


def require_timestamping(certificate: x509.Certificate) -> None:
    """RFC 3161 §2.3: extended key usage, critical, and for time stamping alone."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        raise TimestampError("the signer's certificate has no extended key usage") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise TimestampError("the signer's certificate is not, critically and only, for time stamping")


def require_signing_certificate_attribute(token: TimestampToken, certificate: x509.Certificate) -> str:
    """That the signed attributes bind this signer's certificate; a remark where only SHA-1 does (RFC 5816)."""
    raw = certificate.public_bytes(Encoding.DER)
    if not token.ess:
        raise TimestampError("the signed attributes bind no certificate (ESSCertID)")
    remark = "" if any(algorithm != "sha1" for algorithm, _ in token.ess) else "binds its signer by SHA-1 only"
    for algorithm in dict.fromkeys(algorithm for algorithm, _ in token.ess):
        first = next(digest for name, digest in token.ess if name == algorithm)
        if algorithm not in {"sha1", "sha256", "sha384", "sha512"} or hashlib.new(algorithm, raw).digest() != first:
            raise TimestampError("the signed attributes bind another certificate than the signer's (ESSCertID)")
    return remark


def build_chain(
    signer: x509.Certificate, pinned: PinnedAuthority, embedded: Sequence[x509.Certificate], at: datetime
) -> tuple[x509.Certificate, ...]:
    """The path from the signer to a pinned anchor, all valid at `at`; `TimestampError` where none leads there."""
    why = f"the chain does not lead to a pinned root of {pinned.authority.id}"
    reasons: list[str] = []
    pool = [*pinned.anchors, *pinned.others, *embedded]

    def climb(path: tuple[x509.Certificate, ...]) -> tuple[x509.Certificate, ...] | None:
        last = path[-1]
        if not last.not_valid_before_utc <= at <= last.not_valid_after_utc:
            reasons.append(
                f"{subject_name(last)} was valid {last.not_valid_before_utc:%Y-%m-%d} to "
                f"{last.not_valid_after_utc:%Y-%m-%d}"
            )
            return None
        if last in pinned.anchors:
            return path
        for issuer in pool if len(path) < MAX_PATH else []:
            if (
                issuer in path
                or issuer.subject != last.issuer
                or not _may_issue(issuer, len(path) - 1)
                or not _issued(last, issuer)
            ):
                continue
            if (found := climb((*path, issuer))) is not None:
                return found
        return None

    found = climb((signer,))
    if found is None:
        raise TimestampError(why + (f": at {at:%Y-%m-%d %H:%M:%S}Z, {reasons[0]}" if reasons else ""))
    return found


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _may_issue(certificate: x509.Certificate, below: int) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        if not constraints.ca or (constraints.path_length is not None and constraints.path_length < below):
            return False
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as missing:
        return missing.oid == x509.KeyUsage.oid
    except ValueError:
        return False
    return usage.key_cert_sign


def subject_name(certificate: x509.Certificate) -> str:
    """Subject in RFC 4514 form."""
    return certificate.subject.rfc4514_string()
