"""Certificates that a test's own servers show."""

from __future__ import annotations

import subprocess
from pathlib import Path


def self_signed(path: Path, name: str) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key in one PEM file; the certificate alone as `<path>.crt`."""
    request = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN={name}"
    command = ["openssl", *request.split(), "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", str(path), "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path
