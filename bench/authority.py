"""A practice timestamp authority that costs the measured machine little: OpenSSL's own functions, in this process.

`openssl ts -reply` starts a program for each token, some 30 ms of processor time a page on the machine that is
measured, and a real authority is elsewhere. The functions called here are those the program calls
(`TS_RESP_create_response`).
"""

from __future__ import annotations

import ctypes
import itertools
import time
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_uint64, c_void_p
from ctypes.util import find_library

from auditor.demo.authority import POLICY, REPLY_TYPE
from auditor.demo.authority_keys import AuthorityKeys
from auditor.demo.http_server import Application, HttpRequest, HttpResponse

TSA_NAME = 1
"""`TS_TSA_NAME`: the token names its authority."""
ACCURACY_SECONDS = 1
SERIAL = CFUNCTYPE(c_void_p, c_void_p, c_void_p)

SIGNATURES = {
    "ASN1_INTEGER_new": (c_void_p, ()),
    "ASN1_INTEGER_set_uint64": (c_int, (c_void_p, c_uint64)),
    "BIO_free": (c_int, (c_void_p,)),
    "BIO_new_mem_buf": (c_void_p, (c_char_p, c_int)),
    "CRYPTO_free": (None, (c_void_p, c_char_p, c_int)),
    "EVP_sha256": (c_void_p, ()),
    "OBJ_txt2obj": (c_void_p, (c_char_p, c_int)),
    "PEM_read_bio_PrivateKey": (c_void_p, (c_void_p, c_void_p, c_void_p, c_void_p)),
    "PEM_read_bio_X509": (c_void_p, (c_void_p, c_void_p, c_void_p, c_void_p)),
    "TS_RESP_CTX_add_flags": (None, (c_void_p, c_int)),
    "TS_RESP_CTX_add_md": (c_int, (c_void_p, c_void_p)),
    "TS_RESP_CTX_free": (None, (c_void_p,)),
    "TS_RESP_CTX_new": (c_void_p, ()),
    "TS_RESP_CTX_set_accuracy": (c_int, (c_void_p, c_int, c_int, c_int)),
    "TS_RESP_CTX_set_def_policy": (c_int, (c_void_p, c_void_p)),
    "TS_RESP_CTX_set_ess_cert_id_digest": (c_int, (c_void_p, c_void_p)),
    "TS_RESP_CTX_set_serial_cb": (None, (c_void_p, SERIAL, c_void_p)),
    "TS_RESP_CTX_set_signer_cert": (c_int, (c_void_p, c_void_p)),
    "TS_RESP_CTX_set_signer_digest": (c_int, (c_void_p, c_void_p)),
    "TS_RESP_CTX_set_signer_key": (c_int, (c_void_p, c_void_p)),
    "TS_RESP_create_response": (c_void_p, (c_void_p, c_void_p)),
    "TS_RESP_free": (None, (c_void_p,)),
    "i2d_TS_RESP": (c_int, (c_void_p, POINTER(c_void_p))),
}
"""What each function of libcrypto gives and takes (`openssl/ts.h`, OpenSSL 3.0)."""


class SwiftAuthority(Application):
    """Answers every query with a token signed by the keyring's usual signer."""

    def __init__(self, ring: AuthorityKeys) -> None:
        self._crypto = crypto = _libcrypto()
        signer = ring.signer()
        self._certificate = self._read(crypto.PEM_read_bio_X509, signer.certificate.read_bytes())
        self._key = self._read(crypto.PEM_read_bio_PrivateKey, signer.key.read_bytes())
        self._policy = _made(crypto.OBJ_txt2obj(POLICY.encode(), 1))
        self._serials = itertools.count(time.time_ns())
        self._numbered = SERIAL(self._serial)

    def answer(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(self._stamp(request.body), media_type=REPLY_TYPE)

    def _stamp(self, query: bytes) -> bytes:
        crypto = self._crypto
        context = _made(crypto.TS_RESP_CTX_new())
        asked = _made(crypto.BIO_new_mem_buf(query, len(query)))
        try:
            self._prepare(context)
            response = _made(crypto.TS_RESP_create_response(context, asked))
        finally:
            crypto.BIO_free(asked)
            crypto.TS_RESP_CTX_free(context)
        out = c_void_p(None)
        length = crypto.i2d_TS_RESP(response, byref(out))
        crypto.TS_RESP_free(response)
        data = ctypes.string_at(_made(out.value), length)
        crypto.CRYPTO_free(out, b"", 0)
        return data

    def _prepare(self, context: int) -> None:
        """As `auditor/demo/openssl/authority.cnf` says it to the program."""
        crypto = self._crypto
        _made(crypto.TS_RESP_CTX_set_signer_cert(context, self._certificate))
        _made(crypto.TS_RESP_CTX_set_signer_key(context, self._key))
        _made(crypto.TS_RESP_CTX_set_signer_digest(context, crypto.EVP_sha256()))
        _made(crypto.TS_RESP_CTX_set_ess_cert_id_digest(context, crypto.EVP_sha256()))
        _made(crypto.TS_RESP_CTX_add_md(context, crypto.EVP_sha256()))
        _made(crypto.TS_RESP_CTX_set_def_policy(context, self._policy))
        _made(crypto.TS_RESP_CTX_set_accuracy(context, ACCURACY_SECONDS, 0, 0))
        crypto.TS_RESP_CTX_add_flags(context, TSA_NAME)
        crypto.TS_RESP_CTX_set_serial_cb(context, self._numbered, None)

    def _serial(self, _context: int | None, _data: int | None) -> int:
        number = _made(self._crypto.ASN1_INTEGER_new())
        self._crypto.ASN1_INTEGER_set_uint64(number, next(self._serials))
        return number

    def _read(self, read: ctypes._NamedFuncPointer, pem: bytes) -> int:
        source = _made(self._crypto.BIO_new_mem_buf(pem, len(pem)))
        try:
            return _made(read(source, None, None, None))
        finally:
            self._crypto.BIO_free(source)


def _libcrypto() -> ctypes.CDLL:
    found = find_library("crypto")
    if found is None:
        raise SystemExit("bench: no libcrypto found; install OpenSSL 3 (apt-get install openssl)")
    library = ctypes.CDLL(found)
    for name, (gives, takes) in SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = gives, takes
    return library


def _made(value: int | None) -> int:
    """What a function of OpenSSL gave; a null pointer or a 0 is its refusal."""
    if not value:
        raise SystemExit("bench: OpenSSL refuses to make a token")
    return value
