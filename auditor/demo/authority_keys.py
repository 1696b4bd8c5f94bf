"""Keys and certificates of a practice authority, made with the `run_openssl` program and kept in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from auditor.errors import ConfigError

CONFIGS = Path(__file__).parent / "openssl"
EC: tuple[str, ...] = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")
EC_384: tuple[str, ...] = ("ec", "-pkeyopt", "ec_paramgen_curve:P-384")
RSA: tuple[str, ...] = ("rsa:2048",)
SECONDS = 60
MONTH = str(30 * 24 * 3600)

SignerKind = Literal["usual", "ec", "ec384", "expired", "no_usage", "stranger", "bystander"]
"""`usual`: RSA; `stranger`: under a root that nobody pinned; `bystander`: an RSA leaf that signs nothing here."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A timestamp certificate with its key."""

    certificate: Path
    key: Path
    root: Path


def run_openssl(
    *arguments: str | Path, given: bytes = b"", environment: Mapping[str, str] | None = None, seconds: float = SECONDS
) -> bytes:
    """Runs `run_openssl` and returns its output. Raises `ConfigError` where the program is missing or refuses."""
    program = shutil.which("openssl")
    if program is None:
        raise ConfigError("openssl: needed by the practice world, not found on PATH; run: apt-get install openssl")
    done = subprocess.run(
        [program, *map(str, arguments)],
        input=given,
        capture_output=True,
        timeout=seconds,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        raise ConfigError(f"openssl {arguments[0]}: expected to succeed, ended with {done.returncode}: {told[-1]}")
    return done.stdout


class AuthorityKeys:
    """The root and the signers of one authority. Further signers are made when they are first asked for."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.folder, self.owner = folder, owner
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path, owner: str) -> AuthorityKeys:
        """The keyring in that folder; made anew where there is none or one of its certificates ends within a month."""
        ring = cls(folder, owner)
        if not ring._fresh():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as made:
                ring._make(Path(made) / folder.name)
                shutil.rmtree(folder, ignore_errors=True)
                (Path(made) / folder.name).rename(folder)
        return ring

    @property
    def root(self) -> Path:
        """PEM file of the root certificate that a verifier pins."""
        return self.folder / "root.pem"

    def signer(self, kind: SignerKind = "usual") -> Signer:
        """A signer of that kind, made on first use."""
        certificate, key = self.folder / f"{kind}.pem", self.folder / f"{kind}.key"
        with self._lock:
            if not certificate.exists():
                _MAKERS[kind](self, self.folder)
        root = self.folder / ("stranger-root.pem" if kind == "stranger" else "root.pem")
        return Signer(certificate, key, root)

    def _fresh(self) -> bool:
        files = [self.folder / name for name in ("root.pem", "root.key", "usual.pem", "usual.key")]
        if not all(file.exists() for file in files):
            return False
        try:
            for certificate in (files[0], files[2]):
                run_openssl("x509", "-in", certificate, "-noout", "-checkend", MONTH)
        except ConfigError:
            return False
        return True

    def _make(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._make_root(folder, "root", "Root CA")
        self._issue(folder, "usual", RSA)

    def _make_root(self, folder: Path, name: str, title: str) -> None:
        run_openssl(
            *("req", "-x509", "-newkey", *EC, "-nodes", "-sha256", "-days", "3650", "-subj", self._subject(title)),
            *("-config", CONFIGS / "certificates.cnf", "-extensions", "root"),
            *("-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"),
            environment={"PRACTICE_CA": ""},
        )

    def _subject(self, title: str) -> str:
        return f"/O={self.owner} - PRACTICE/CN=PRACTICE {title} - {self.owner}"

    def _issue(
        self,
        folder: Path,
        name: str,
        algorithm: Sequence[str],
        *,
        root: str = "root",
        extensions: str = "tsa",
        days: tuple[str, ...] = ("-days", "1825"),
    ) -> None:
        """A leaf under that root; `days` may hold dates of its own."""
        config = CONFIGS / "certificates.cnf"
        with tempfile.TemporaryDirectory(dir=folder, prefix=".issuing-") as work:
            request, made = Path(work) / "request.pem", Path(work) / "made.pem"
            (Path(work) / "index.txt").touch()
            run_openssl(
                *("req", "-new", "-newkey", *algorithm, "-nodes", "-sha256", "-subj", self._subject(f"TSA {name}")),
                *("-config", config, "-keyout", folder / f"{name}.key", "-out", request),
                environment={"PRACTICE_CA": work},
            )
            run_openssl(
                *("ca", "-batch", "-notext", "-extensions", extensions, *days),
                *("-config", config, "-in", request),
                *("-cert", folder / f"{root}.pem", "-keyfile", folder / f"{root}.key", "-out", made),
                environment={"PRACTICE_CA": work},
            )
            made.rename(folder / f"{name}.pem")


def _stranger(ring: AuthorityKeys, folder: Path) -> None:
    ring._make_root(folder, "stranger-root", "Stray Root")
    ring._issue(folder, "stranger", EC, root="stranger-root")


_PAST = ("-startdate", "20200101000000Z", "-enddate", "20210101000000Z")
_MAKERS: Mapping[SignerKind, Callable[[AuthorityKeys, Path], None]] = {
    "usual": lambda ring, folder: ring._issue(folder, "usual", RSA),
    "ec": lambda ring, folder: ring._issue(folder, "ec", EC),
    "ec384": lambda ring, folder: ring._issue(folder, "ec384", EC_384),
    "expired": lambda ring, folder: ring._issue(folder, "expired", EC, days=_PAST),
    "no_usage": lambda ring, folder: ring._issue(folder, "no_usage", EC, extensions="no_usage"),
    "stranger": _stranger,
    "bystander": lambda ring, folder: ring._issue(folder, "bystander", RSA),
}
