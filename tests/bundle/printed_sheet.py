"""The printed sheet as an outsider runs it: bash, coreutils, openssl and a plain Python, nothing of ours."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

from auditor.bundle.bag import layout
from auditor.bundle.bag.bag import sorted_checksums


def script(bag: Path) -> str:
    """The commands that VERIFY.md prints."""
    found = re.search(r"^```sh\n(.*?)^```$", (bag / "VERIFY.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def run(commands: str, bag: Path, trust: Path) -> tuple[bool, str]:
    """Whether the sheet says VERIFIED, and what it said; no variable of ours reaches it."""
    environment = {"PATH": "/usr/bin:/bin", "BAG": str(bag), "TRUST": str(trust), "HOME": "/nonexistent"}
    if os.path.exists("/usr/bin/python3") is False:  # noqa: PTH110
        environment["PATH"] = os.environ["PATH"]
    done = subprocess.run(
        ["bash", "-c", commands], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    said = done.stdout + done.stderr
    return done.returncode == 0 and done.stdout.endswith("VERIFIED\n"), said


def rebag(bag: Path) -> str:
    """Make the bag's own manifests fit what it holds now; the digest of its tag manifest."""
    payload = sorted(path for path in (bag / "data").rglob("*") if path.is_file())
    digests = {path.relative_to(bag).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in payload}
    (bag / layout.MANIFEST).write_bytes(sorted_checksums(digests))
    info = (bag / "bag-info.txt").read_text("utf-8")
    oxum = f"Payload-Oxum: {sum(path.stat().st_size for path in payload)}.{len(payload)}"
    (bag / "bag-info.txt").write_text(re.sub(r"Payload-Oxum: .*", oxum, info), "utf-8")
    tags = {name: hashlib.sha256((bag / name).read_bytes()).hexdigest() for name in layout.TAG_FILES}
    (bag / layout.TAGS).write_bytes(sorted_checksums(tags))
    return hashlib.sha256((bag / layout.TAGS).read_bytes()).hexdigest()
