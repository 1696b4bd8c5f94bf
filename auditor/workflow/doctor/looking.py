"""Looks at the machine, the folder and those who tell the time. Nothing is visited, nothing is written, no secret is
had; authorities are asked for a token over random bytes, which nobody keeps."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor import __version__, capture, targets
from auditor.clock import Clock, now
from auditor.custody import AuthorityProbe, Timeouts, probe_authorities, workspace_exists
from auditor.errors import ConfigError
from auditor.model.targets.estate import BrowserSettings, Estate
from auditor.optional_parts import OPTIONAL_PARTS, installer, is_installed
from auditor.workflow.doctor import folder_facts
from auditor.workflow.doctor.facts import (
    FolderFacts,
    FontFacts,
    MachineFacts,
    ProgramFacts,
    SandboxFacts,
    ToldTime,
)
from auditor.workflow.entry.logins import secrets_of
from auditor.workspace import Workspace

PATIENCE = Timeouts(connect=4.0, read=6.0, whole=10.0)
PROGRAM_SECONDS = 20
SWITCHES = {
    "/proc/sys/kernel/unprivileged_userns_clone": "0",
    "/proc/sys/user/max_user_namespaces": "0",
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1",
}
"""Kernel settings and the value with which they keep user namespaces from a user."""


@dataclass(frozen=True, slots=True)
class DoctorRequest:
    """How to look."""

    sandbox: bool | None = None
    """Overrides `targets.yaml`."""
    offline: bool = False
    """Ask nobody outside this machine."""


def examine_workspace(workspace: Workspace, request: DoctorRequest, clock: Clock = now) -> MachineFacts:
    """Everything that the lines are made of. Raises for nothing that it finds wrong."""
    estate, errors, warnings = _targets(workspace)
    settings = estate.browser if estate is not None else BrowserSettings()
    if request.sandbox is not None:
        settings = replace(settings, sandbox=request.sandbox)
    probes: tuple[AuthorityProbe, ...] | None = None
    if estate is not None:
        asked = () if request.offline else estate.timestamping.authorities
        probes = probe_authorities(asked, workspace.root, clock, PATIENCE)
    servers = [] if request.offline else asyncio.run(capture.ask_time_servers())
    return MachineFacts(
        program=_program(estate),
        browser=asyncio.run(capture.try_browser(settings, clock)),
        sandbox=SandboxFacts(_is_root(), _switches()),
        fonts=FontFacts(_chinese_fonts()),
        folder=FolderFacts(
            root=workspace.root,
            configured=os.path.isfile(workspace.targets),  # noqa: PTH113 - False where it may not be seen
            begun=workspace_exists(workspace.root),
            errors=errors,
            warnings=warnings,
            deployments=len(estate.deployments) if estate is not None else 0,
            faults=folder_facts.path_faults(workspace),
            free_bytes=folder_facts.free_bytes(workspace.root),
            bytes_a_day=folder_facts.bytes_a_day(workspace),
        ),
        asked=not request.offline,
        authorities=probes,
        quorum=estate.timestamping.quorum if estate is not None else 0,
        told_times=(
            *(ToldTime(name, "time_server", offset, offset) for name, offset, problem in servers if not problem),
            *times_of(probes or ()),
        ),
        silent=tuple(name for name, _, problem in servers if problem),
    )


def _targets(workspace: Workspace) -> tuple[Estate | None, int, int]:
    """The estate, where it can be read, and how many errors and warnings there are about it."""
    if not os.path.isfile(workspace.targets):  # noqa: PTH113 - as above
        return None, 0, 0
    try:
        estate, problems = targets.load_with_warnings(workspace.targets)
    except ConfigError as error:
        return None, len(error.problems), 0
    return estate, 0, len(problems)


def times_of(probes: Iterable[AuthorityProbe]) -> Iterable[ToldTime]:
    """What the authorities' tokens and the dates of their answers say of this machine's clock."""
    for one in probes:
        made = one.verdict.gen_time if one.verdict is not None else None
        if one.verdict is not None and made is not None and one.asked_at and one.answered_at:
            slack = (one.verdict.accuracy_ms or 0) / 1000
            # A token may state whole seconds: what it says lies within one.
            whole = 1.0 if not made.microsecond else 0.0
            yield ToldTime(
                one.authority,
                "authority",
                (made - one.answered_at).total_seconds() - slack,
                (made - one.asked_at).total_seconds() + whole + slack,
            )
        if one.http_date is not None and one.date_asked_at and one.date_answered_at:
            least = (one.http_date - one.date_answered_at).total_seconds()
            most = (one.http_date - one.date_asked_at).total_seconds() + 1.0
            yield ToldTime(one.authority, "http", least, most)


def _program(estate: Estate | None) -> ProgramFacts:
    zones = {"UTC", "Asia/Shanghai"}
    used: set[str] = set()
    if estate is not None:
        zones |= {estate.timezone, estate.browser.timezone, *(one.timezone for one in estate.schedules.values())}
        if estate.comparisons:
            used.add("comparison")
        if any(_of_keyring(place) for one in estate.deployments.values() for _, place in secrets_of(estate, one)):
            used.add("keyring")
    said = _said("openssl", "version")
    return ProgramFacts(
        version=__version__,
        python=platform.python_version(),
        executable=sys.executable,
        installer=installer(),
        system=platform.system(),
        parts={name: is_installed(name) for name in OPTIONAL_PARTS},
        parts_used=frozenset(used),
        openssl=said or "",
        openssl_timestamps=bool(said) and _said("openssl", "ts", "-help") is not None,
        encoding=(sys.stdout.encoding or "").lower(),
        zones_missing=tuple(sorted(zone for zone in zones if not _zone_known(zone))),
        zones=tuple(sorted(zones)),
    )


def _of_keyring(place: str) -> bool:
    return place.partition(":")[0] == "keyring"


def _zone_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True


def _said(*command: str) -> str | None:
    """The first line that a program prints; None where it does not start or ends with a failure."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=PROGRAM_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").partition("\n")[0].strip()


def _chinese_fonts() -> int | None:
    try:
        done = subprocess.run(["fc-list", ":lang=zh", "file"], capture_output=True, timeout=PROGRAM_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return len(set(done.stdout.splitlines()))


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _switches() -> dict[str, str]:
    found = {}
    for path, closed in SWITCHES.items():
        try:
            value = Path(path).read_text("ascii").strip()
        except (OSError, ValueError):
            continue
        if value == closed:
            found[re.sub(r"^/proc/sys/", "", path).replace("/", ".")] = value
    return found
