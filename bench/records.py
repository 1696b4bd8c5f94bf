"""Records of a large estate from tables: import, check, run, report; against the same estate written by hand.

    python bench/records.py [--json] [--short]

2,000 contracts come as an XLSX workbook (totals row, 折), 10,000 deployments as GB18030 CSV; both are imported, the
file is checked, every deployment is visited once by HTTP on this machine, and a report is made. The same estate is
written as YAML by other code, in another layout; it must be equal, and so must the report that it gives from the same
evidence. The tables imported again must change no byte of the workspace, and the tables that `export` gives back must
change nothing either. Seconds are processor time of this process; `wall` is what a user waits.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from openpyxl import Workbook

from auditor.demo.http_server import Application, HttpRequest, HttpResponse, LoopbackServer
from auditor.model.reports import Report
from auditor.model.targets.estate import Estate
from auditor.targets import load_estate
from auditor.workflow import (
    AuditRequest,
    audit_workspace,
    export_records,
    find_problems,
    import_records,
    initialise_workspace,
    workspace_report,
)
from auditor.workspace import Workspace

T = TypeVar("T")
FULL, SHORT = (2_000, 5), (20, 5)
"""Contracts, and deployments of each."""
DISCOUNTS = (("三折", "30"), ("七五折", "75"), ("8.5折", "85"))
HEAD = """format: 1
timezone: Asia/Shanghai
currency: CNY
parties: {{vendor: {{name: 甲方软件有限公司, role: licensor}}}}
products:
  libsys:
    name: 图书馆集群管理系统
    metrics: [{{id: branch, label: 分馆}}]
    editions:
      flagship:
        list_prices: [{{from: "2015-01-01", base: "100000.00", includes: 20, per_extra: "5000.00", source: "2015"}}]
pages:
  status:
    path: status.json
    method: http
    fields: {{used: {{kind: count, role: used, pointer: /used}}, cap: {{kind: count, role: cap, pointer: /cap}}}}
politeness: {{seconds_between: 0, visits_at_once: 8}}
{include}"""
CONTRACT_MAPPING = """format: 1
records: contracts
sheet: 合同台账
dates: YYYY/M/D
percent: zhe
columns: {id: 合同编号, customer: 客户编码, customer_name: 客户名称, from: 开始, through: 终止, percent_of_list: 折扣}
fixed: {kind: end_user, licensor: vendor, product: libsys}
leave_out: [{column: 合同编号, matches: 合计, why: totals}]
"""
DEPLOYMENT_MAPPING = """format: 1
records: deployments
encoding: gb18030
thousands: ","
columns: {id: 编号, customer: 客户编码, name: 名称, address: 地址, contract: 合同, edition: 版本, from: 起始, net: 净价}
fixed: {access: contract_clause, access_reference: "§6.2", pages: status}
"""


class StatusSite(Application):
    """Every deployment's `/dN/status.json`: some are over what they are entitled to."""

    def answer(self, request: HttpRequest) -> HttpResponse:
        number = int(request.path.split("/")[1].removeprefix("d") or 0)
        return HttpResponse(json.dumps({"used": 12 + number % 12, "cap": 20}).encode(), media_type="application/json")


def contract_rows(contracts: int) -> list[tuple[str, ...]]:
    return [
        (
            f"HT-{number:05}", f"C{number:05}", f"第{number}图书馆（总馆）", "2015/3/1",
            "2030/2/28" if number % 2 else "", DISCOUNTS[number % 3][0],
        )
        for number in range(contracts)
    ]  # fmt: skip


def deployment_rows(contracts: int, each: int, address: str) -> list[tuple[str, ...]]:
    return [
        (
            f"d{number}", f"C{number // each:05}", f"{number}号", f"{address}d{number}/", f"HT-{number // each:05}",
            "flagship", "2015-03-01", f"{12 + number % 7},{number % 1000:03}.50" if number % 3 else "",
        )
        for number in range(contracts * each)
    ]  # fmt: skip


def write_tables(folder: Path, contracts: int, each: int, address: str) -> None:
    """The tables as another system exports them, in no order of ids, and their mappings."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("合同台账")
    sheet.append(["合同台账"])
    sheet.append(["合同编号", "客户编码", "客户名称", "开始", "终止", "折扣"])
    for row in reversed(contract_rows(contracts)):
        sheet.append([cell or None for cell in row])
    sheet.append(["合计", None, None, None, None, None])
    buffer = io.BytesIO()
    book.save(buffer)
    (folder / "contracts.xlsx").write_bytes(buffer.getvalue())
    lines = ["编号,客户编码,名称,地址,合同,版本,起始,净价"]
    lines += [",".join(f'"{one}"' for one in row) for row in reversed(deployment_rows(contracts, each, address))]
    (folder / "deployments.csv").write_bytes("\r\n".join(lines).encode("gb18030"))
    (folder / "contracts.map.yaml").write_text(CONTRACT_MAPPING, encoding="utf-8")
    (folder / "deployments.map.yaml").write_text(DEPLOYMENT_MAPPING, encoding="utf-8")


def write_by_hand(path: Path, contracts: int, each: int, address: str) -> None:
    """The same estate in one file, as a person would write it; from the same facts, by other code."""
    discount = dict(DISCOUNTS)
    parties = ["  vendor: {name: 甲方软件有限公司, role: licensor}"]
    terms, places = [], []
    for number, (id_, customer, name, _, through, said) in enumerate(contract_rows(contracts)):
        parties.append(f"  {customer}: {{name: {name}, role: licensee}}")
        end = ', through: "2030-02-28"' if through else ""
        terms += [
            f"  - id: {id_}",
            f"    kind: end_user\n    licensor: vendor\n    counterparty: {customer}\n    product: libsys",
            f'    term: {{from: "2015-03-01"{end}}}',
            f'    price:\n      net:\n        percent_of_list: "{discount[said]}"',
            "    authorised:",
        ]
        numbers = range(number * each, number * each + each)
        for one in sorted(numbers, key=lambda one: f"d{one}"):
            net = f', net: "{12 + one % 7}{one % 1000:03}.50"' if one % 3 else ""
            terms.append(f'      - {{deployment: d{one}, edition: flagship, from: "2015-03-01"{net}}}')
        places += [
            f'  d{one}: {{name: {one}号, licensee: {customer}, address: "{address}d{one}/", pages: [status], '
            f'access: {{kind: contract_clause, reference: "§6.2"}}}}'
            for one in numbers
        ]
    head = HEAD.format(include="").replace("parties: {vendor: {name: 甲方软件有限公司, role: licensor}}\n", "")
    text = "\n".join([head, "parties:", *parties, "contracts:", *terms, "deployments:", *places, ""])
    path.write_text(text, encoding="utf-8")


def bare(estate: Estate) -> Estate:
    """An estate without the digests of the files it was read from."""
    return replace(estate, sources=MappingProxyType({}))


def told(report: Report) -> tuple[object, ...]:
    """What a report says, apart from where and when it was made; in an order of its own."""
    positions = sorted(report.positions, key=lambda one: (one.deployment, one.contract or "", one.metric))
    findings = sorted(report.findings, key=lambda one: one.fingerprint)
    return tuple(positions), tuple(findings), report.figures


def digest_of_folder(root: Path) -> str:
    """One digest over every file of a workspace, the journal with its head among them."""
    found = hashlib.sha256()
    for path in sorted(one for one in root.rglob("*") if one.is_file() and "db" not in one.parts):
        found.update(f"{path.relative_to(root)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def measure(folder: Path, contracts: int, each: int, *, visit: bool = True) -> dict[str, object]:
    """Every step once; `AssertionError` where something that must be equal is not."""
    workspace, by_hand, tables = Workspace(folder / "imported"), Workspace(folder / "by-hand"), folder / "tables"
    for one in (workspace.root, by_hand.root, tables):
        one.mkdir()
    workspace.targets.write_text(HEAD.format(include=""), encoding="utf-8")
    initialise_workspace(workspace, origin="bench.example/records")
    seconds: dict[str, dict[str, float]] = {}

    def timed(name: str, step: Callable[[], T]) -> T:
        began, waited = time.process_time(), time.perf_counter()
        result = step()
        seconds[name] = {
            "seconds": round(time.process_time() - began, 2), "wall": round(time.perf_counter() - waited, 2)
        }  # fmt: skip
        return result

    server = LoopbackServer(StatusSite(), name="records", port=0)
    server.start()
    try:
        address = f"http://127.0.0.1:{server.port}/"
        write_tables(tables, contracts, each, address)
        write_by_hand(by_hand.targets, contracts, each, address)
        first = timed("import contracts", lambda: _import(workspace, tables, "contracts.xlsx"))
        second = timed("import deployments", lambda: _import(workspace, tables, "deployments.csv"))
        assert (first, second) == ((contracts, 0), (contracts * each, 0)), (first, second)
        problems = timed("check", lambda: find_problems(workspace))
        assert not [one for one in problems if one.severity == "error"]
        imported, written = load_estate(workspace.targets), load_estate(by_hand.targets)
        assert bare(imported) == bare(written), "the imported estate is not the one written by hand"
        before = digest_of_folder(workspace.root)
        again = timed("import again", lambda: (_import(workspace, tables, "contracts.xlsx"),
                                               _import(workspace, tables, "deployments.csv")))  # fmt: skip
        assert again == ((0, 0), (0, 0)), again
        timed("export", lambda: _export(workspace, tables, folder))
        assert digest_of_folder(workspace.root) == before, "an import of the same tables changed a byte"
        if visit:
            sandbox = False if os.geteuid() == 0 else None
            summary, _ = timed("run", lambda: audit_workspace(
                workspace, AuditRequest(sandbox=sandbox), lambda: nullcontext(lambda _done, _all, _what: None)
            ))  # fmt: skip
            assert summary.complete == contracts * each, summary
            report = timed("report", lambda: workspace_report(workspace))
            shutil.copytree(workspace.evidence, by_hand.evidence, copy_function=os.link)
            shutil.copytree(workspace.db.parent, by_hand.db.parent)
            shutil.copytree(workspace.keys, by_hand.keys)
            other = workspace_report(by_hand, clock=lambda: report.as_of)
            assert told(report) == told(other), "the reports differ"
            assert len(report.positions) == contracts * each
    finally:
        server.stop()
    return {"contracts": contracts, "deployments": contracts * each, "steps": seconds}


def _import(workspace: Workspace, tables: Path, name: str) -> tuple[int, int]:
    """How many were added and changed; none may be refused, gone or left unwritten."""
    kind = "contracts" if name.startswith("contracts") else "deployments"
    done = import_records(workspace, kind, tables / name, tables / f"{kind}.map.yaml")  # type: ignore[arg-type]
    assert done.written
    assert not done.plan.refused
    assert not done.plan.gone
    return len(done.plan.added), len(done.plan.changed_ids)


def _export(workspace: Workspace, tables: Path, folder: Path) -> None:
    """The tables back, in every format; an import of them by the same mapping finds nothing to do."""
    for kind in ("contracts", "deployments"):
        mapping = tables / f"{kind}.map.yaml"
        for format_ in ("csv", "xlsx", "json"):
            path = folder / f"{kind}.{format_}"
            path.write_bytes(export_records(workspace, kind, mapping, format_))
            done = import_records(workspace, kind, path, mapping, dry_run=True)
            assert (done.plan.added, done.plan.changed, done.plan.refused, done.plan.gone) == ([], [], [], [])


def main() -> None:
    options = argparse.ArgumentParser(description="Import, check, run and report, against an estate written by hand.")
    options.add_argument("--json", action="store_true")
    options.add_argument("--short", action="store_true", help="a small estate")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = measure(Path(name), *(SHORT if given.short else FULL))
    if given.json:
        print(json.dumps({"bench": "records", **found}, ensure_ascii=False))
        return
    print(f"{found['contracts']} contracts, {found['deployments']} deployments; equal to the estate written by hand")
    for step, taken in found["steps"].items():  # type: ignore[attr-defined]
        print(f"{step:20} {taken['seconds']:8.2f} s, waited {taken['wall']:8.2f} s")


if __name__ == "__main__":
    main()
