"""The texts at the top of a bag: what it is, how it is checked, what it cannot prove."""

from __future__ import annotations

import json
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from auditor.bundle.dossier import Dossier
from auditor.bundle.shipped import packaged_text

PRACTICE = "PRACTICE AUTHORITIES: {names}. Their timestamps prove nothing to anybody. This bundle is an exercise.\n\n"
PRACTICE_ZH = "练习用时间戳机构:{names}。其时间戳不具有任何证明力,本包仅供演练。\n\n"


def verification_program() -> str:
    """The Python of the sheet."""
    return packaged_text("check.txt")


def readme_files(dossier: Dossier) -> dict[str, bytes]:
    """The read-me files and the sheet, by name."""
    values = readme_values(dossier)
    practice = ", ".join(sorted(dossier.trust.practice))
    english = {**values, "practice": PRACTICE.format(names=practice) if practice else ""}
    chinese = {**values, "practice": PRACTICE_ZH.format(names=practice) if practice else ""}
    return {
        "README.txt": packaged_text("README.txt").format(**english).encode(),
        "README.zh.txt": packaged_text("README.zh.txt").format(**chinese).encode(),
        "VERIFY.md": packaged_text("VERIFY.md").format(**values).encode(),
    }


def readme_values(dossier: Dossier) -> Mapping[str, str]:
    """What the texts state."""
    chosen = dossier.selection
    since = f"{chosen.since:%Y-%m-%d %H:%M}Z" if chosen.since else "from the beginning"
    until = f"{chosen.until:%Y-%m-%d %H:%M}Z" if chosen.until else f"{chosen.as_of:%Y-%m-%d %H:%M}Z"
    return {
        "name": dossier.name,
        "as_of": f"{chosen.as_of:%Y-%m-%d %H:%M:%S}Z",
        "as_of_local": f"{chosen.as_of.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M:%S}",
        "origin": dossier.log.origin,
        "captures": str(len(dossier.entries)),
        "deployments": ", ".join(sorted(chosen.deployments)),
        "period": f"{since} – {until}",
        "authorities": ", ".join(f"`{name}.pem` ({owner})" for name, owner in sorted(dossier.trust.owners.items())),
        "program": verification_program(),
        "lines": str(len(verification_program().splitlines())),
    }


def manifest_software(manifest: bytes) -> Mapping[str, str]:
    """Programs and libraries that a manifest names, with their versions."""
    found = json.loads(manifest).get("software", {})
    return {str(name): str(version) for name, version in found.items()} if isinstance(found, dict) else {}
