"""The registers of the practice world together: one host company, whose name is invented."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from auditor.demo.http_server import LoopbackServer
from auditor.demo.registers.mail_server import PracticeMailServer
from auditor.demo.registers.name_server import NameServer
from auditor.demo.registers.rdap_server import RdapServer
from auditor.demo.registers.signed_zones import SignedZones
from auditor.demo.registers.whois_server import WhoisServer, network_record

HOST_COMPANY = "某云计算有限公司（演示）"
PRACTICE_NAME = "www.libmsc.example"
"""A name that the practice zone signs; it points to this machine."""
REGISTER_PORTS = {"rdap": 8821, "whois": 8822, "dns": 8823, "mail": 8824}
"""The ports of the registers that `targets.yaml` names."""
LOOPBACK_RANGE = "127.0.0.0 - 127.255.255.255"


class PracticeRegisters:
    """RDAP, WHOIS and a name server that know this machine's own range; the host's mail server."""

    def __init__(
        self, state_dir: Path, *, rdap_port: int = 0, whois_port: int = 0, dns_port: int = 0, mail_port: int = 0
    ) -> None:
        """`state_dir`: where `root.ds`, the root keys of the practice zones, is written at each start."""
        self._state_dir = state_dir
        self.rdap = RdapServer({"127.0.0.0/8": HOST_COMPANY})
        self._rdap_server = LoopbackServer(self.rdap, name="practice-registry", port=rdap_port)
        self.whois = WhoisServer(
            {}, port=whois_port, otherwise=network_record(LOOPBACK_RANGE, "PRACTICE-NET", HOST_COMPANY)
        )
        zones = {
            "example.": "",
            "libmsc.example.": "www.libmsc.example. 300 IN A 127.0.0.1\nlibmsc.example. 300 IN A 127.0.0.1\n",
        }
        self.zones = SignedZones(zones)
        self.names = NameServer(self.zones, port=dns_port)
        self.mail = PracticeMailServer(state_dir, port=mail_port)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._rdap_server.stop)
            self._rdap_server.start()
            self.rdap.base = self._rdap_server.url
            stack.enter_context(self.whois)
            stack.enter_context(self.names)
            stack.enter_context(self.mail)
            self._state_dir.mkdir(parents=True, exist_ok=True)
            (self._state_dir / "root.ds").write_text(self.zones.root_keys)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def ports(self) -> dict[str, int]:
        """By the names of `REGISTER_PORTS`."""
        return {
            "rdap": self._rdap_server.port,
            "whois": self.whois.port,
            "dns": self.names.port,
            "mail": self.mail.port,
        }

    @property
    def bootstrap(self) -> str:
        """Folder of the bootstrap files."""
        return f"{self._rdap_server.url}dns/"
