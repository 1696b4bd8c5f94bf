"""A client certificate with its key: whole, matching and in force, before it is shown to anybody."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509


@dataclass(frozen=True, slots=True, repr=False)
class ClientKey:
    """PEM in memory."""

    pem: str
    """Certificate, those that issued it, and the private key."""
    passphrase: str
    not_before: datetime
    not_after: datetime

    def tls_context(self) -> ssl.SSLContext:
        """A context that validates the server as usual and shows this certificate.

        Raises `ValueError` where certificate and key do not fit.
        """
        context = ssl.create_default_context()
        with _named(self.pem.encode()) as path:
            try:
                context.load_cert_chain(path, password=self.passphrase or _no_passphrase)
            except (ssl.SSLError, OSError):
                raise ValueError("certificate, key and passphrase do not fit together") from None
        return context


def parse_client_key(certificate: str, key: str, passphrase: str) -> ClientKey:
    """The certificate with its key. Raises `ValueError` with the reason, which repeats nothing of them."""
    leaf = _leaf(certificate)
    made = ClientKey(
        f"{certificate.rstrip()}\n{key.strip()}\n", passphrase, leaf.not_valid_before_utc, leaf.not_valid_after_utc
    )
    made.tls_context()
    return made


def certificate_end(certificate: str) -> datetime:
    """When a certificate ends. Raises `ValueError` for a text that is none."""
    return _leaf(certificate).not_valid_after_utc


def _leaf(certificate: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(certificate.encode())[0]
    except (ValueError, IndexError):
        raise ValueError("is no certificate in PEM; convert it: openssl pkcs12 -in FILE.p12 -out FILE.pem") from None


def _no_passphrase() -> str:
    """Instead of a question at the terminal, which nobody would see."""
    return ""


@contextlib.contextmanager
def _named(data: bytes) -> Iterator[str]:
    """A file name for bytes that OpenSSL reads by name alone: in memory where the system has that."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("client", os.MFD_CLOEXEC)
        try:
            os.write(handle, data)
            yield f"/proc/self/fd/{handle}"
        finally:
            os.close(handle)
        return
    with tempfile.NamedTemporaryFile() as file:  # readable by this user alone
        file.write(data)
        file.flush()
        yield file.name
