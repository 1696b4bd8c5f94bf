"""A Kerberos realm of one's own: a key distribution centre on loopback, a user, and a service that accepts tickets.

MIT's programs do it (Debian: `krb5-kdc`, `krb5-admin-server`, `krb5-user`); the service accepts by the GSS-API of the
system.
"""

from __future__ import annotations

import base64
import ctypes
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

REALM, HOST, USER, STRANGER = "TEST.EXAMPLE", "localhost", "auditor", "stranger"
PASSWORD = "pa55-of-the-realm"
PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit", "klist")
SKEW = 1
"""Seconds for which a ticket is taken after its end."""
GSS_API = "libgssapi_krb5.so.2"
_CONFIG = """[libdefaults]
 default_realm = {realm}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 clockskew = {skew}
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 {host} = {realm}
"""
_KDC = """[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {realm} = {{
  database_name = {folder}/principal
  key_stash_file = {folder}/stash
  acl_file = {folder}/acl
 }}
"""


def lacking() -> str:
    """What a realm would need and this machine has not; empty where it has all."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    absent = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


@dataclass(frozen=True)
class Realm:
    """A realm that runs."""

    folder: Path

    @property
    def cache(self) -> Path:
        """Where tickets of the user lie."""
        return self.folder / "cache"

    def environment(self) -> dict[str, str]:
        return {
            "KRB5_CONFIG": str(self.folder / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
            "KRB5CCNAME": f"FILE:{self.cache}",
            "KRB5_KTNAME": f"FILE:{self.folder / 'keytab'}",
            "KRB5RCACHETYPE": "none",
        }

    def run(self, *command: str, said: str = "", check: bool = True) -> int:
        path = f"{os.environ.get('PATH', '')}:/usr/sbin"
        environment = {**os.environ, **self.environment(), "PATH": path}
        done = subprocess.run(
            command,
            input=said,
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
        return done.returncode

    def ticket(self, user: str = USER, *lifetime: str) -> None:
        """A ticket of a user in the place of the one before."""
        self.forget()
        self.run("kinit", *lifetime, user, said=f"{PASSWORD}\n")

    def ended_ticket(self) -> None:
        """A ticket that has expired, and that nobody takes any more."""
        self.ticket(USER, "-l", "1s")
        until = time.monotonic() + 20
        while self.run("klist", "-s", check=False) == 0:
            assert time.monotonic() < until, "the ticket does not end"
            time.sleep(0.1)
        taken = time.time() + SKEW + 1  # both are told in whole seconds
        while time.time() < taken:
            time.sleep(0.1)

    def forget(self) -> None:
        self.cache.unlink(missing_ok=True)


@contextmanager
def realm(folder: Path) -> Iterator[Realm]:
    """Make it, run it, end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = Realm(folder)
    (folder / "krb5.conf").write_text(_CONFIG.format(realm=REALM, port=port, host=HOST, skew=SKEW), encoding="utf-8")
    (folder / "kdc.conf").write_text(_KDC.format(realm=REALM, port=port, folder=folder), encoding="utf-8")
    made.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "a master key of a test")
    for request in (
        f"addprinc -pw {PASSWORD} {USER}",
        f"addprinc -pw {PASSWORD} {STRANGER}",
        f"addprinc -randkey HTTP/{HOST}",
        f"ktadd -k {folder / 'keytab'} HTTP/{HOST}",
    ):
        made.run("kadmin.local", "-r", REALM, "-q", request)
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    server = subprocess.Popen(
        ["krb5kdc", "-n", "-r", REALM, "-P", str(folder / "pid")],
        env={**os.environ, **made.environment(), "PATH": path},
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(server, port)
        yield made
    finally:
        server.terminate()
        server.wait(10)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"krb5kdc does not answer on port {port}")


class _Buffer(ctypes.Structure):
    _fields_ = (("length", ctypes.c_size_t), ("value", ctypes.c_void_p))


def accepted_user(sent: str) -> str:
    """Who an `Authorization` header of Negotiate proves to be; empty for nobody. Reads `KRB5_KTNAME`."""
    scheme, _, text = sent.partition(" ")
    if scheme != "Negotiate" or not text:
        return ""
    token = base64.b64decode(text)
    library = ctypes.CDLL(GSS_API)
    minor, context, name = ctypes.c_uint32(), ctypes.c_void_p(), ctypes.c_void_p()
    answer, shown = _Buffer(), _Buffer()
    held = ctypes.create_string_buffer(token, len(token))
    given = _Buffer(len(token), ctypes.cast(held, ctypes.c_void_p))
    byref = ctypes.byref
    major = library.gss_accept_sec_context(
        byref(minor), byref(context), None, byref(given), None, byref(name), None, byref(answer), None, None, None
    )
    try:
        if major != 0 or not name.value:
            return ""
        if library.gss_display_name(byref(minor), name, byref(shown), None) != 0:
            return ""
        return ctypes.string_at(shown.value or 0, shown.length).decode()
    finally:
        library.gss_release_buffer(byref(minor), byref(answer))
        library.gss_release_buffer(byref(minor), byref(shown))
        library.gss_release_name(byref(minor), byref(name))
        library.gss_delete_sec_context(byref(minor), byref(context), None)
