"""The compared systems, started and stopped together, and a `targets.yaml` that names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from auditor.demo.compared.designs import DESIGNS, IDS, LICENSED, MARKER
from auditor.demo.compared.fronts import front_pages
from auditor.demo.compared.system import ComparedSystem
from auditor.demo.http_server import LoopbackServer

NAMES: Mapping[str, str] = {
    "licensed": "Licensed system (reference)", "copy": "Suspect", "other-library": "Control: another library system",
    "crm": "Control: a CRM on the same framework", "plain": "Control: a library system without framework",
}  # fmt: skip


DEMO_SCREENS = ("login", "preorder", "marc", "holdings_log")
DEMO_SYSTEMS = ("licensed", "copy", "other-library", "crm")
DEMO_FRONTS = ("product-0-V1.2.2", "product-2-V1.3.0", "crm", "trade-0", "trade-1", "shop-0", "library-0", "article-0",
               "blank", "not-found")  # fmt: skip


class ComparedWorld:
    """Servers of chosen designs on free ports of 127.0.0.1. A context manager; leaving it ends every server."""

    def __init__(self, designs: Sequence[str] = DEMO_SYSTEMS) -> None:
        self._servers = {name: LoopbackServer(ComparedSystem(DESIGNS[name]), name=name, port=0) for name in designs}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for server in self._servers.values():
            server.start()
            self._stack.callback(server.stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def addresses(self) -> Mapping[str, str]:
        return {name: server.url for name, server in self._servers.items()}


def compared_targets(
    addresses: Mapping[str, str], timestamping: str, screens: Sequence[str] = IDS, *, suspect: str = "copy"
) -> str:
    """A `targets.yaml` for a comparison. `timestamping`: that section as text, with its authorities."""
    names = {one.id: one.name for one in LICENSED.screens}
    controls = [name for name in addresses if name not in ("licensed", suspect)]
    lines = [
        "# The systems of `auditor demo` that are compared: invented, but for the names of the screens.",
        "format: 1",
        "timezone: Asia/Shanghai",
        "currency: CNY",
        "notice: Practice world. All but the names of the screens, which are the judgment's, is invented.",
        "parties:",
        "  vendor: {name: 广州某科技有限公司, role: licensor}",
        "products:",
        "  libnet:",
        f"    name: {LICENSED.product}",
        "    metric: {id: branch, label: 分馆}",
        "    editions: {flagship: {names: [旗舰版], list_prices: "
        '[{from: "2015-02-10", base: "100000.00", includes: 20, per_extra: "5000.00", source: 协议附件}]}}',
        "    screens:",
        *(f"      {one}: {{name: {names[one]}, page: {one}, order: {IDS.index(one) + 1}}}" for one in screens),
        "contracts: []",
        "deployments:",
    ]
    for name, address in addresses.items():
        status = "reference" if name == "licensed" else "suspect" if name == suspect else "public"
        lines += [
            f"  {name}:",
            f"    name: '{NAMES[name]}'",
            "    product: libnet",
            f"    legal_status: {status}",
            f'    address: "{address}"',
            "    access: {kind: public_page, reference: a public page of the practice world}",
            '    checks_off: {clock: "practice world on this machine: no time server is asked"}',
            f"    pages: [{', '.join(screens)}]",
        ]
    lines += [
        "pages:",
        *(f"  {one}: {{path: /screen/{one}, locale: zh-CN}}" for one in screens),
        "comparisons:",
        "  libnet-copy:",
        "    reference: licensed",
        "    reference_version: V1.2.2",
        f"    suspects: [{suspect}]",
        f"    controls: [{', '.join(controls)}]",
        "    dictated:",
        "      - {what: 'CNMARC field tags', why: 'field tags are those of the MARC format', pattern: '[0-9]{3}'}",
        "      - {what: 'ISBN', why: 'the standard number has one name', pattern: '标准书号|isbn'}",
        "    licensed_changes:",
        f"      - {{what: product name, clause: 二.2, texts: [{LICENSED.product}, 城市之光图书馆管理系统]}}",
        "      - {what: company line, clause: 二.2, texts: [广州某科技有限公司, 安徽某图书有限公司]}",
        "    markers:",
        f"      - {{id: m1, text: {MARKER}, kind: misspelling}}",
        "      - {id: m2, text: 老王说不要改, kind: comment}",
        timestamping.rstrip(),
        "",
    ]
    return "\n".join(lines)


class FrontWorld:
    """Servers of front pages on free ports; a context manager."""

    def __init__(self, names: Sequence[str] = DEMO_FRONTS) -> None:
        pages = {one.name: one for one in front_pages()}
        self._servers = {name: LoopbackServer(pages[name].application, name=name, port=0) for name in names}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for server in self._servers.values():
            server.start()
            self._stack.callback(server.stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def addresses(self) -> Mapping[str, str]:
        return {name: server.url for name, server in self._servers.items()}

    def as_csv(self) -> str:
        """The addresses as a list that a reseller might have sent."""
        rows = (f"{number};school {number};{url}" for number, url in enumerate(self.addresses.values(), 1))
        return "\r\n".join(("no;customer;address", *rows, ""))


def timestamping(authorities: Mapping[str, str], roots: Mapping[str, str]) -> str:
    """The section `timestamping:` of practice authorities. `roots`: relative to the file it is written into."""
    lines = ["timestamping:", "  quorum: 2", "  authorities:"]
    lines += [
        f'    {name}: {{url: "{url}", owner: "{name} (demo)", roots: {roots[name]}, practice: true}}'
        for name, url in authorities.items()
    ]
    return "\n".join(lines)
