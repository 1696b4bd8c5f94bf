"""Revocation lists and answers, saved near the time of stamping, because nobody serves them years later."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from urllib3.exceptions import HTTPError

from auditor.custody.packages.vault import Vault
from auditor.custody.timestamps import client, trust_anchors
from auditor.custody.timestamps.client import Timeouts
from auditor.custody.timestamps.revocation_check import parse_crl, parse_ocsp_response
from auditor.formats import canonical_json
from auditor.formats import evidence_layout as layout
from auditor.model.events import RevocationFile, RevocationKept, RevocationKind

MAX_LIST = 16 << 20
CRL: Final = "crl"
OCSP: Final = "ocsp"


def save_revocation_data(
    vault: Vault,
    authority: str,
    chain: Sequence[bytes],
    patience: Timeouts = Timeouts(),  # noqa: B008
) -> list[str]:
    """Fetch and keep, once a day, what the certificates of a chain (DER, signer first) name as lists and responders.

    A sentence for each that could not be had.
    """
    day = f"{vault.journal.clock():%Y%m%d}"
    files: dict[str, bytes] = {}
    lists: list[RevocationFile] = []
    missed: list[str] = []
    for certificate, issuer in pairwise(x509.load_der_x509_certificate(der) for der in chain):
        sources: list[tuple[RevocationKind, str]] = [
            *((CRL, address) for address in _lists(certificate)),
            *((OCSP, address) for address in _responders(certificate)),
        ]
        for kind, address in sources:
            mark = canonical_json.sha256(f"{address} {trust_anchors.fingerprint(certificate)}".encode())[:12]
            path = f"{layout.TRUST}/revocation-{day}-{mark}.{kind}"
            if path in files or vault.journal.ledger.file(path) is not None:
                continue
            try:
                data = _fetch(kind, address, certificate, issuer, patience)
            except (requests.RequestException, HTTPError, OSError, ValueError) as error:
                missed.append(f"{authority}: {kind} at {address} could not be had: {error or type(error).__name__}")
                continue
            files[path] = data
            named = trust_anchors.fingerprint(issuer)
            lists.append(RevocationFile(path=path, kind=kind, address=address, issuer=named))
    if files:
        vault.place(files, RevocationKept(authority=authority, lists=tuple(lists)))
    return missed


def _lists(certificate: x509.Certificate) -> list[str]:
    """HTTP addresses of the certificate's revocation lists."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    names = (name.value for point in points for name in point.full_name or [])
    return [name for name in names if isinstance(name, str) and name.startswith(("http://", "https://"))]


def _responders(certificate: x509.Certificate) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    found = (
        entry.access_location.value for entry in access if entry.access_method == AuthorityInformationAccessOID.OCSP
    )
    return [name for name in found if isinstance(name, str) and name.startswith(("http://", "https://"))]


def _fetch(
    kind: RevocationKind, address: str, certificate: x509.Certificate, issuer: x509.Certificate, patience: Timeouts
) -> bytes:
    """The bytes, read once to see that they are what they should be; `ValueError` where they are not."""
    if kind == CRL:
        status, data = client.get(address, patience, MAX_LIST)
        if status != requests.codes.ok or parse_crl(data, issuer) is None:
            raise ValueError(f"HTTP status {status}, not a list signed by {trust_anchors.subject_name(issuer)}")
        return data
    query = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()  # noqa: S303
    headers = {"Content-Type": "application/ocsp-request"}
    status, data = client.post(address, query.public_bytes(Encoding.DER), headers, patience, MAX_LIST)
    if status != requests.codes.ok or parse_ocsp_response(data, issuer) is None:
        raise ValueError(f"HTTP status {status}, not an answer signed for {trust_anchors.subject_name(issuer)}")
    return data
