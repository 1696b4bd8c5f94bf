"""The practice world: five sites and two timestamp authorities, started and stopped together."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from auditor.demo.authority import Behaviour, PracticeAuthority
from auditor.demo.authority_keys import AuthorityKeys
from auditor.demo.case_data import DEMO_PASSWORD, DEMO_USER, PORTS, SYSTEM_SITES, USED_LABEL
from auditor.demo.faults import NO_FAULTS, Cover, Faults, Markup
from auditor.demo.http_server import Application, LoopbackServer, ServedRequest
from auditor.demo.library_system import LibrarySystem
from auditor.demo.marketing import MarketingSite

OWNERS: Mapping[str, str] = MappingProxyType(
    {"practice-a": "Practice Authority A (demo)", "practice-b": "Practice Authority B (demo)"}
)


class DemoEnvironment:
    """A world to practise on, on 127.0.0.1. Use as a context manager; leaving it ends every server and thread.

    The registration pages say what (2022)最高法知民终1033号 says the real ones said. The branch rows, their kinds,
    dates and names, and the customers of the reseller's own site are an illustration and invented: the judgment gives
    totals and no reasons for the difference between displayed and confirmed. The timestamp authorities are practice
    authorities: their tokens are real RFC 3161 bytes and prove nothing.

    `ports`: by deployment or authority id; what is missing takes its default from `PORTS`, 0 takes a free port.
    `state_dir`: where the authorities' keys are kept from one start to the next.
    Raises `ConfigError` where a port is taken or the `openssl` program is missing.
    """

    def __init__(self, *, ports: Mapping[str, int] | None = None, state_dir: Path) -> None:
        self._ports = {**PORTS, **(ports or {})}
        self._state_dir = state_dir
        self._stack = ExitStack()
        self._servers: dict[str, LoopbackServer] = {}
        self._systems = {
            facts.id: LibrarySystem(facts, user=DEMO_USER, password=DEMO_PASSWORD) for facts in SYSTEM_SITES
        }
        self._applications: dict[str, Application] = {**self._systems, "libmsc-net": MarketingSite()}
        self._authorities: dict[str, PracticeAuthority] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            rings = {name: AuthorityKeys.open(self._state_dir / name, owner) for name, owner in OWNERS.items()}
            for (name, ring), other in zip(rings.items(), reversed(rings.values()), strict=True):
                self._authorities[name] = PracticeAuthority(ring, other)
            for name, application in {**self._applications, **self._authorities}.items():
                self._serve(name, application)
                stack.callback(self.stop, name)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def addresses(self) -> Mapping[str, str]:
        """From deployment id to its address, e.g. `http://127.0.0.1:8801/`."""
        return {name: f"http://127.0.0.1:{self._ports[name]}/" for name in self._applications}

    @property
    def authorities(self) -> Mapping[str, str]:
        """From authority id to its address."""
        return {name: f"http://127.0.0.1:{self._ports[name]}/" for name in self._authorities}

    @property
    def roots(self) -> Mapping[str, Path]:
        """From authority id to the PEM file of its root certificate."""
        return {name: authority.ring.root for name, authority in self._authorities.items()}

    def branches(self, deployment: str) -> int:
        """How many branch rows that site has now."""
        return len(self._system(deployment).branches)

    def visits(self, name: str) -> tuple[ServedRequest, ...]:
        """Requests that a site or authority answered since its last start."""
        return self._servers[name].visits

    def secrets(self) -> frozenset[str]:
        """Every session cookie and CSRF token that the sites handed out, and the password: not one may be disclosed."""
        issued = (system.sessions.issued for system in self._systems.values())
        return frozenset({DEMO_PASSWORD}).union(*issued)

    def register_branches(self, deployment: str, count: int, added_on: date) -> None:
        """Adds ordinary branches; the displayed count and the list grow together."""
        self._system(deployment).register_branches(count, added_on)

    def log_out_sessions(self, deployment: str) -> None:
        """Forgets every session, as a restart of the product does."""
        self._system(deployment).sessions.close_all()

    def expire_sessions(self, deployment: str, after_pages: int) -> None:
        """Sessions opened from now on end after so many pages."""
        self._system(deployment).sessions.expire_after(after_pages)

    def slow(self, deployment: str, seconds: float, *, under: str = "/") -> None:
        """Every response under that path waits first."""
        self._change(deployment, delay=seconds, under=under)

    def serve_error(self, deployment: str, status: int, *, under: str = "/") -> None:
        self._change(deployment, status=status, under=under)

    def reset_connections(self, deployment: str, *, under: str = "/") -> None:
        """A TCP reset in place of each response."""
        self._change(deployment, fate="reset", under=under)

    def hang(self, deployment: str, *, under: str = "/") -> None:
        """Accepts and never answers."""
        self._change(deployment, fate="hang", under=under)

    def break_markup(self, deployment: str, how: Markup = "redesign") -> None:
        self._change(deployment, markup=how)

    def cover(self, deployment: str, how: Cover = "notice", *, under: str = "/") -> None:
        """Puts a notice over the values, or serves maintenance, a redirect loop or a page of 40 MiB."""
        self._change(deployment, cover=how, under=under)

    def hide_label(self, deployment: str, label: str = USED_LABEL) -> None:
        """Leaves the labelled row out of the registration page."""
        self._change(deployment, hidden=frozenset({label}))

    def show(self, deployment: str, label: str, text: str) -> None:
        """Shows another text for that label: a lie, a blank, a dash."""
        self._change(deployment, shown={**self._system(deployment).faults.shown, label: text})

    def never_settle(self, deployment: str) -> None:
        """The numbers stay at 加载中…"""
        self._change(deployment, unsettled=True)

    def refuse_login(self, deployment: str) -> None:
        """Refuses the right password as if it were wrong."""
        self._change(deployment, login_refused=True)

    def restore(self, deployment: str) -> None:
        """Ends all faults of that site, and starts it where it was stopped. Branches stay as registered."""
        system = self._system(deployment)
        system.misbehave(NO_FAULTS)
        system.sessions.expire_after(None)
        if deployment not in self._servers:
            self._serve(deployment, self._applications[deployment])

    def authority_behaves(self, authority: str, behaviour: Behaviour) -> None:
        """How that authority answers from now on."""
        self._authorities[authority].behave(behaviour)

    def stop(self, name: str) -> None:
        """Closes the port of a site or authority: it becomes unreachable. Twice is once."""
        server = self._servers.pop(name, None)
        if server is not None:
            server.stop()

    def start(self, name: str) -> None:
        """Opens it again, on the port it had."""
        if name not in self._servers:
            self._serve(name, {**self._applications, **self._authorities}[name])

    def _serve(self, name: str, application: Application) -> None:
        server = LoopbackServer(application, name=name, port=self._ports[name])
        self._ports[name] = server.port
        self._servers[name] = server
        server.start()

    def _system(self, deployment: str) -> LibrarySystem:
        return self._systems[deployment]

    def _change(self, deployment: str, **changes: object) -> None:
        system = self._system(deployment)
        faults: Faults = replace(system.faults, **changes)  # type: ignore[arg-type]
        system.misbehave(faults)
