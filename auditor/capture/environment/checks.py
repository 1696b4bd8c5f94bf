"""清洁性检查: the checked state of the capturing machine before a visit. Deciding only: facts in, checks out.

Names of the checks are stable: `hosts`, `resolver`, `proxy`, `dns`, `clock`, `browser`, `profile`, `fonts`. A check
that could not be made has not passed. A deployment may switch one off with a reason (`checks_off`), which is recorded.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.capture.environment.dns import HostResolution, resolve_host
from auditor.capture.environment.machine import Machine
from auditor.clock import Clock, timestamp
from auditor.formats.web_origins import host_of
from auditor.model.captures import Circumstance, Circumstances
from auditor.model.notes import Note, make_note
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.ways_in import Proxy

CIRCUMSTANCE_CHECKS = ("hosts", "resolver", "proxy", "dns", "clock", "browser", "profile", "fonts")
MAX_CLOCK_OFFSET_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Verdict:
    ok: bool
    fact: str
    expected: str


def check_circumstances(
    machine: Machine, deployment: Deployment, answers: HostResolution, taken_at: datetime
) -> Circumstances:
    """The circumstances of one visit, from what was found on the machine and about the deployment's host."""
    host = host_of(deployment.address)
    local = is_loopback(host)
    proxy = deployment.ways.proxy
    verdicts = {
        "hosts": _hosts(machine, host),
        "resolver": _resolver(machine, host),
        "proxy": _proxy(machine, proxy),
        "dns": _dns(answers) if proxy is None else _dns_of_proxy(answers, proxy),
        "clock": _clock(machine),
        "browser": _browser(machine),
        "profile": _profile(machine),
        "fonts": _fonts(machine),
    }
    off = dict(deployment.checks_off)
    if local and not machine.clock_offsets and "clock" not in off:
        off["clock"] = "no time server could be reached; the deployment is on this machine and shares its clock"
    checks = tuple(_check(name, verdict, off.get(name, "")) for name, verdict in verdicts.items())
    record = {**machine.record, "dns": answers.record(), "host": host}
    if proxy is not None:
        record["declared_proxy"] = proxy.address
    return Circumstances(taken_at, checks, record)


def circumstances_record(circumstances: Circumstances) -> dict[str, object]:
    """The machine-readable artefact `circumstances.json`."""
    return {
        "format": "auditor.circumstances/1",
        "taken_at": timestamp(circumstances.taken_at),
        "clean": circumstances.clean,
        "checks": [
            {
                "name": check.name,
                "result": check.result,
                "fact": check.fact,
                "expected": check.expected,
                "off_because": check.off_because,
            }
            for check in circumstances.checks
        ],
        "record": dict(circumstances.record),
    }


def disabled_check_warnings(circumstances: Circumstances) -> Iterable[Note]:
    """One note for each check that was switched off."""
    return [
        make_note("capture.check_off", check=check.name, why=check.off_because, fact=check.fact)
        for check in circumstances.checks
        if check.result == "off"
    ]


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its own name: `localhost` or a loopback address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _check(name: str, verdict: _Verdict, off: str) -> Circumstance:
    made = Circumstance(name, "passed" if verdict.ok else "failed", verdict.fact, verdict.expected)
    return replace(made, result="off", off_because=off) if off else made


def _hosts(machine: Machine, host: str) -> _Verdict:
    expected = f"no entry of the hosts file for {host}"
    if machine.hosts_problem:
        return _Verdict(False, machine.hosts_problem, expected)
    entries = [f"{address} {name}" for address, name in machine.hosts if name == host and not is_loopback(host)]
    digest = f"{len(machine.hosts)} names, SHA-256 {machine.hosts_sha256}"
    return _Verdict(not entries, f"{', '.join(entries)} ({digest})" if entries else f"none ({digest})", expected)


def _resolver(machine: Machine, host: str) -> _Verdict:
    expected = "at least one name server, or an address that needs none"
    if is_literal(host) or is_loopback(host):
        return _Verdict(True, f"{host} needs no name server; configured: {_list(machine.name_servers)}", expected)
    return _Verdict(bool(machine.name_servers), f"configured: {_list(machine.name_servers)}", expected)


def _proxy(machine: Machine, declared: Proxy | None) -> _Verdict:
    flag = "--no-proxy-server" in machine.command_line
    ignored = f"set in the environment and not used: {_list(machine.proxy_variables)}"
    fact = f"{'--no-proxy-server is' if flag else '--no-proxy-server is not'} on the command line; {ignored}"
    other = [part for part in machine.command_line if part.startswith(("--proxy-server", "--proxy-pac-url"))]
    if declared is not None:
        used = f"this visit goes through {declared.address}, which the deployment declares; {fact}"
        return _Verdict(flag and not other, used, f"no proxy but the declared one, {declared.address}")
    return _Verdict(flag and not other, fact, "the browser uses no proxy")


def _dns_of_proxy(answers: HostResolution, proxy: Proxy) -> _Verdict:
    fact = f"{answers.host} is resolved by the proxy {proxy.address}; nothing was resolved here"
    return _Verdict(True, fact, "the declared proxy resolves the name")


def _dns(answers: HostResolution) -> _Verdict:
    expected = "the system's resolver and a name server asked directly agree, or there is nothing to resolve"
    if answers.literal:
        return _Verdict(True, f"{answers.host} is an address or this machine; nothing was resolved", expected)
    system, direct = _list(answers.system), _list(answers.direct)
    fact = f"system: {system}; asked directly: {answers.direct_problem or direct}"
    if answers.direct_problem and answers.system:
        return _Verdict(False, fact, expected)
    agree = bool(set(answers.system) & set(answers.direct)) or not (answers.system or answers.direct)
    return _Verdict(agree, fact, expected)


def _clock(machine: Machine) -> _Verdict:
    expected = f"within {MAX_CLOCK_OFFSET_SECONDS:g} s of a time server"
    if not machine.clock_offsets:
        return _Verdict(False, f"no time server answered: {_list(machine.clock_problems)}", expected)
    fact = ", ".join(f"{server} {offset:+.3f} s" for server, offset in machine.clock_offsets)
    return _Verdict(all(abs(offset) <= MAX_CLOCK_OFFSET_SECONDS for _, offset in machine.clock_offsets), fact, expected)


def _browser(machine: Machine) -> _Verdict:
    digest = machine.browser_sha256 or "unread"
    fact = f"Chromium {machine.browser_version}, {machine.browser_executable}, SHA-256 {digest}"
    return _Verdict(bool(machine.browser_sha256), fact, "the running binary can be read and hashed")


def _profile(machine: Machine) -> _Verdict:
    expected = "a profile made for this process, and no cookie in a fresh context"
    return _Verdict(machine.profile_fresh, machine.profile_fact, expected)


def _fonts(machine: Machine) -> _Verdict:
    return _Verdict(machine.glyphs_ok, machine.glyphs_fact, "Chinese characters are drawn, each differently")


def is_literal(host: str) -> bool:
    """Whether a host is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _list(items: Iterable[str] | Mapping[str, str]) -> str:
    return ", ".join(items) or "none"


async def examine_target(machine: Machine, deployment: Deployment, clock: Clock) -> Circumstances:
    """The circumstances of one visit: the machine's and the deployment's. Made before any page is loaded."""
    taken_at = clock()
    host = host_of(deployment.address)
    resolved = HostResolution(host, literal=False) if deployment.ways.proxy is not None else await resolve_host(host)
    return check_circumstances(machine, deployment, resolved, taken_at)
