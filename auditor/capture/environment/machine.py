"""Collects facts about the capturing machine once per run: files, environment, clock, browser, fonts, versions."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.metadata
import os
import platform
import re
import ssl
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import ntplib
import psutil
import requests

from auditor import __version__
from auditor.capture.browser.process import Browser
from auditor.capture.browser.process_family import BrowserProcess
from auditor.capture.environment.cjk_fonts import draws_cjk
from auditor.clock import Clock, timestamp

TIME_SERVERS = ("ntp.ntsc.ac.cn", "ntp.aliyun.com", "pool.ntp.org")
NTP_SECONDS = 3
_PROXY = ("http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "no_proxy")


@dataclass(frozen=True, slots=True)
class Machine:
    """The run-wide part of the circumstances. `record` holds everything, the other fields what checks need."""

    taken_at: datetime
    hosts: tuple[tuple[str, str], ...]
    """(address, name) of every entry of the hosts file."""
    hosts_sha256: str
    hosts_problem: str
    name_servers: tuple[str, ...]
    proxy_variables: tuple[str, ...]
    command_line: tuple[str, ...]
    clock_offsets: tuple[tuple[str, float], ...]
    """(server, seconds that it is ahead of this machine)."""
    clock_problems: tuple[str, ...]
    browser_version: str
    browser_executable: str
    browser_sha256: str
    profile_fresh: bool
    profile_fact: str
    glyphs_ok: bool
    glyphs_fact: str
    record: Mapping[str, object]


async def examine_machine(
    browser: Browser, clock: Clock, *, time_servers: Sequence[str] = TIME_SERVERS, hosts_file: Path = Path("/etc/hosts")
) -> Machine:
    """Examine the capturing machine; once per run, before any visit. Takes up to a few seconds without a network."""
    taken_at = clock()
    process = browser.process
    ((glyphs_ok, glyphs_fact), no_cookies), offsets, binary, files, fonts, records = await asyncio.gather(
        _in_fresh_context(browser),
        ask_time_servers(time_servers),
        asyncio.to_thread(_digest_file, Path(process.executable)),
        asyncio.to_thread(_read_files, hosts_file),
        asyncio.to_thread(_font_list),
        asyncio.to_thread(lambda: (_system_record(), _software_record())),
    )
    hosts_text, hosts_problem, resolv = files
    fresh, profile_fact = _profile(process, no_cookies)
    good = tuple((server, offset) for server, offset, problem in offsets if not problem)
    problems = tuple(f"{server}: {problem}" for server, _, problem in offsets if problem)
    servers = tuple(re.findall(r"^\s*nameserver\s+(\S+)", resolv, re.MULTILINE))
    variables = proxy_variables(os.environ)
    hosts_sha256 = hashlib.sha256(hosts_text.encode()).hexdigest()
    record: dict[str, object] = {
        "taken_at": timestamp(taken_at),
        "hosts": {"text": hosts_text, "sha256": hosts_sha256, "problem": hosts_problem},
        "resolver": {"text": resolv, "servers": list(servers)},
        "proxy": {"variables": dict(variables)},
        "clock": {"offsets": [list(item) for item in good], "problems": list(problems)},
        "browser": _browser_record(process, binary, browser),
        "profile": {"fresh": fresh, "fact": profile_fact},
        "fonts": {
            "list": fonts,
            "sha256": hashlib.sha256("\n".join(fonts).encode()).hexdigest(),
            "glyphs": glyphs_fact,
        },
        "system": records[0],
        "software": records[1],
    }
    return Machine(
        taken_at=taken_at,
        hosts=parse_hosts(hosts_text),
        hosts_sha256=hosts_sha256,
        hosts_problem=hosts_problem,
        name_servers=servers,
        proxy_variables=tuple(variables),
        command_line=process.command_line,
        clock_offsets=good,
        clock_problems=problems,
        browser_version=process.version,
        browser_executable=process.executable,
        browser_sha256=binary,
        profile_fresh=fresh,
        profile_fact=profile_fact,
        glyphs_ok=glyphs_ok,
        glyphs_fact=glyphs_fact,
        record=record,
    )


def parse_hosts(text: str) -> tuple[tuple[str, str], ...]:
    """(address, name) of every entry of a hosts file, names in lower case."""
    entries: list[tuple[str, str]] = []
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        entries += [(address, name.lower()) for name in names]
    return tuple(entries)


def proxy_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Proxy variables that are set, without any user name or password in them."""
    return {
        name: re.sub(r"//[^/@]*@", "//withheld@", value)
        for name, value in sorted(environment.items())
        if name.lower() in _PROXY and value
    }


def _read_files(hosts_file: Path) -> tuple[str, str, str]:
    try:
        hosts, problem = hosts_file.read_text("utf-8", "replace"), ""
    except OSError as error:
        hosts, problem = "", f"the hosts file could not be read ({error.strerror})"
    try:
        resolv = Path("/etc/resolv.conf").read_text("utf-8", "replace")
    except OSError:
        resolv = ""
    return hosts, problem, resolv


async def ask_time_servers(servers: Sequence[str] = TIME_SERVERS) -> list[tuple[str, float, str]]:
    """Each with the seconds that it is ahead of this machine, or with why it gave no time."""
    return list(await asyncio.gather(*(asyncio.to_thread(_ask_one, server) for server in servers)))


def _ask_one(server: str) -> tuple[str, float, str]:
    host, _, port = server.partition(":")
    try:
        answer = ntplib.NTPClient().request(host, version=4, port=int(port or 123), timeout=NTP_SECONDS)
    except (OSError, ntplib.NTPException) as error:
        return server, 0.0, str(error) or type(error).__name__
    return server, float(answer.offset), ""


async def _in_fresh_context(browser: Browser) -> tuple[tuple[bool, str], bool]:
    """Whether Chinese is drawn, and whether a fresh context has no cookie."""
    async with browser.context() as context:
        no_cookies = not await context.cookies()
        return await draws_cjk(context), no_cookies


def _profile(process: BrowserProcess, no_cookies: bool) -> tuple[bool, str]:
    """Whether the profile folder was made by this start of Chromium: it is no older than the process."""
    folder = next((part.partition("=")[2] for part in process.command_line if part.startswith("--user-data-dir=")), "")
    if not folder:
        return False, "no profile folder on the command line"
    try:
        made = min(item.stat().st_mtime for item in (Path(folder), *Path(folder).iterdir()))
        started = psutil.Process(process.pid).create_time()
    except (OSError, psutil.Error):
        return False, f"the profile folder {folder} could not be examined"
    fresh = made >= started - 5
    fact = f"{folder}, made for this process; a fresh context has {'no cookie' if no_cookies else 'cookies'}"
    return fresh and no_cookies, fact if fresh else f"{folder} is older than the process"


def _browser_record(process: BrowserProcess, digest: str, browser: Browser) -> dict[str, object]:
    launched = Path(process.launched)
    return {
        "version": process.version,
        "executable": process.executable,
        "sha256": digest,
        "launched": process.launched,
        "launched_sha256": _digest_file(launched) if launched.exists() else "",
        "command_line": list(process.command_line),
        "sandbox": browser.settings.sandbox,
        "locale": browser.settings.locale,
        "timezone": browser.settings.timezone,
        "viewport": [browser.settings.width, browser.settings.height],
    }


def _digest_file(path: Path) -> str:
    """SHA-256 of a file; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _font_list() -> list[str]:
    try:
        listing = subprocess.run(
            ["fc-list", "--format", "%{file}: %{family[0]}\n"], capture_output=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return sorted(set(listing.stdout.decode("utf-8", "replace").splitlines()))


def _system_record() -> dict[str, object]:
    authorities = ssl.get_default_verify_paths().cafile or ssl.get_default_verify_paths().openssl_cafile
    try:
        routes = Path("/proc/net/route").read_text("ascii", "replace").splitlines()
    except OSError:
        routes = []
    return {
        "platform": platform.platform(),
        "kernel": platform.version(),
        "os": _os_release(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "openssl": ssl.OPENSSL_VERSION,
        "ca_store": authorities,
        "ca_store_sha256": _digest_file(Path(authorities)),
        "requests_ca_store": requests.utils.DEFAULT_CA_BUNDLE_PATH,
        "requests_ca_store_sha256": _digest_file(Path(requests.utils.DEFAULT_CA_BUNDLE_PATH)),
        "routes": routes,
        "processes": sorted({process.info["name"] or "?" for process in psutil.process_iter(["name"])}),
    }


def _os_release() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""


def _software_record() -> dict[str, str]:
    versions = dict(_name_and_version(item) for item in importlib.metadata.distributions())
    versions.pop("", None)
    return {"auditor": __version__, **dict(sorted(versions.items()))}


def _name_and_version(item: importlib.metadata.Distribution) -> tuple[str, str]:
    """From the first lines of its description, which runs to a whole manual in some."""
    head = (item.read_text("METADATA") or "").partition("\n\n")[0]
    found = dict(re.findall(r"^(Name|Version):[ \t]*(\S+)", head, re.MULTILINE))
    if found.keys() >= {"Name", "Version"}:
        return found["Name"], found["Version"]
    return item.metadata["Name"] or "", item.version
