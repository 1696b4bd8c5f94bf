"""A small workspace without a browser: a contract, two deployments, and packages made by hand with the real rooms."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auditor import custody
from auditor.cli import main
from auditor.model.captures import Capture, StepRecord, View
from auditor.model.events import RunClosed, RunOpened

TARGETS = """\
format: 1
timezone: Asia/Shanghai
currency: CNY
parties:
  vendor: {name: 甲方软件有限公司, role: licensor}
  reader: {name: 合肥市图书馆, role: licensee}
products:
  libsys:
    name: 图书馆集群管理系统
    mode: 集群
    metrics:
      - {id: branch, label: 分馆, counts: [branch], kinds: {分馆: branch, 测试: test}}
    editions:
      flagship:
        names: [旗舰版]
        list_prices:
          - {from: "2015-02-10", base: "100000.00", includes: 3, per_extra: "5000.00", source: price list}
contracts:
  - id: AG-7
    kind: end_user
    title: AG-7
    licensor: vendor
    counterparty: reader
    product: libsys
    documents:
      - {id: main, signed_on: "2015-02-10"}
    term: {from: "2015-02-10"}
    price: {net: {percent_of_list: "30"}}
    overage: {permitted: false, priced_at: net}
    authorised:
      - {deployment: covered, edition: flagship, from: "2015-02-10"}
    amendments:
      - id: S1
        kind: add_units
        deployment: covered
        units: 2
        signed_on: "2020-06-20"
        effective: {date: "2020-07-01"}
        known_from: "2021-01-15"
deployments:
  covered:
    licensee: reader
    address: "https://lib.hefei.example/"
    access: {kind: contract_clause, reference: AG-7}
    pages: [status]
  suspect:
    legal_status: suspect
    product: libsys
    contract: AG-7
    address: "https://other.example/"
    access: {kind: public_page, reference: its own page}
    pages: [status]
pages:
  status:
    path: status.json
    method: http
    locale: zh-CN
    fields:
      used: {kind: count, role: used, pointer: /used}
      cap: {kind: count, role: cap, pointer: /cap, means: {不限: unlimited}, means_source: plain meaning}
      edition: {kind: text, pointer: /edition}
    listing: {id: branches, pointer: /branches, columns: {code: [code], name: [name], kind: [kind]}}
key_dates:
  - {id: judgment-1, kind: judgment, candidates: ["2021-01-27", "2021-12-07"], raw: "2021127日", what: first judgment}
claims:
  legal_model: china
  product: libsys
  edition: flagship
  contract: AG-7
  claim: {amount: "90000.00", includes_expenses: true}
  documents:
    - {id: offer, signed_on: "2021-05-05", title: an offer}
  expenses:
    - {id: notary, kind: notary, act: capture, instance: first, invoice: "1", amount: "1200.00"}
  price_evidence:
    - id: offer-1
      product: 图书馆集群管理系统
      mode: 集群
      edition: 旗舰版
      version: "1"
      value: "4000.00"
      comparable: undecided
      why: nobody compared it
      document: offer
    - id: single
      product: 单馆系统
      mode: 单馆
      edition: 旗舰版
      version: "1"
      value: "900.00"
      comparable: "no"
      why: another mode
      document: offer
  scenarios:
    all:
      title: every unit at list
      count_basis: displayed
      price_basis: list
      multiplier: "4"
      multiplier_mode: total
      expenses: in
    offered: {title: by the offer, count_basis: displayed, price_basis: evidence, evidence: offer-1}
    mistaken: {title: by another product, count_basis: displayed, price_basis: evidence, evidence: single}
    since: {title: growth, count_basis: displayed, overage: growth_since, growth_since: judgment-2}
"""


@dataclass
class Small:
    """The workspace, and `auditor` called in this process as the command line calls it."""

    root: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def run(self, *arguments: str, expect: int = 0) -> str:
        """What the command says; on failure what it says on standard error, which is one line."""
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["--workspace", str(self.root), *arguments])
        said = self.capsys.readouterr()
        assert (ended.value.code or 0) == expect, f"{arguments}: {ended.value.code}\n{said.out}\n{said.err}"
        if not expect:
            return said.out
        assert "Traceback" not in said.err
        return said.err.strip()

    def refused(self, *arguments: str) -> str:
        """The one line of a refusal with exit code 2; usage errors of the parser name the option after the usage."""
        said = self.run(*arguments, expect=2)
        lines = said.splitlines()
        assert len(lines) == 1 or lines[0].startswith("Usage:"), said
        return lines[-1]

    def report(self, *options: str) -> dict[str, Any]:
        path = self.root / "out.json"
        self.run("report", "--format", "json", "-o", str(path), *options)
        found = json.loads(path.read_bytes())
        assert isinstance(found, dict)
        return found

    def position(self, deployment: str, *options: str) -> dict[str, Any]:
        (found,) = [one for one in self.report(*options)["positions"] if one["deployment"] == deployment]
        assert isinstance(found, dict)
        return found

    def life(self, rule: str, deployment: str, *options: str) -> str:
        """The life of one finding, or empty where there is none now."""
        found = [
            one["life"]
            for one in self.report(*options)["findings"]
            if (one["rule"], one["deployment"]) == (rule, deployment) and one["baseline"] != "absent"
        ]
        return str(found[0]) if found else ""

    def capture(
        self,
        deployment: str,
        used: int | str | None,
        cap: object = 20,
        kinds: tuple[str, ...] = (),
        text: str = "旗舰版",
    ) -> str:
        """Commit one package of a visit in a run of its own, and index it. The id of the capture. `text`: what the
        page says its edition is, and its title."""
        name = commit_capture(self.root, deployment, used, cap, kinds, text)
        self.run("rebuild")
        return name


def commit_capture(
    root: Path, deployment: str, used: int | str | None, cap: object = 20, kinds: tuple[str, ...] = (),
    text: str = "旗舰版",
) -> str:  # fmt: skip
    """Commit one package of a visit in a run of its own. The id of the capture."""
    with custody.open_workspace(root) as held:
        return commit_in(held, deployment, used, cap, kinds, text)


def commit_in(
    held: custody.Custody, deployment: str, used: int | str | None, cap: object = 20, kinds: tuple[str, ...] = (),
    text: str = "旗舰版", extra: int = 0, authorities: Sequence[custody.PinnedAuthority] = (),
    commit: Callable[[custody.Custody, custody.StagedPackage, bytes], object] = lambda held, staged, data:
    staged.commit(data),
) -> str:  # fmt: skip
    """As `commit_capture`, in a workspace that is open. `extra`: bytes of one more artefact;
    `authorities`: who is to be asked for timestamps; `commit`: makes evidence of the package and its manifest."""
    number = sum(entry.kind == "run.closed" for entry in held.journal.entries()) + 1
    run, name = f"run-{number}", f"c-{number:03}"
    held.journal.record(RunOpened(run=run, targets_sha256="0" * 64))
    at = held.journal.clock()
    intent = held.intent(name, run=run, deployment=deployment, slot="")
    rows = [
        {"code": f"B{n:03}", "name": f"分馆{n}", "kind": kind}
        for n, kind in enumerate(kinds or ("分馆",) * (used if isinstance(used, int) else 0), start=1)
    ]
    body = {"used": used, "cap": cap, "edition": text, "branches": rows}
    staging = held.vault.stage(deployment, name, at)
    data = json.dumps(body, ensure_ascii=False).encode()
    staging.put("status/body", data, media_type="application/json", made_by="tests")
    if extra:
        staging.put("status/more", os.urandom(extra), media_type="application/octet-stream", made_by="tests")
    url = f"https://{deployment}.example/status.json"
    view = View("status", "status", 1, url, url, "observed", "", 200, at, title=text, artefacts={"body": "status/body"})
    step = StepRecord("fetch", at, at, ok=True)
    capture = Capture(
        id=name, deployment=deployment, run=run, intent=name, method="http", started_at=at, ended_at=at,
        views=(view,), steps=(step,), artefacts=staging.artefacts, facts={"address": "127.0.0.1"},
    )  # fmt: skip
    digest = custody.entry_sha256(intent)
    manifest = custody.encode_manifest(
        capture,
        intent_sha256=digest,
        quorum=2,
        authorities=[one.authority for one in authorities],
        software={"auditor": "0"},
    )
    commit(held, staging, manifest)
    held.journal.record(RunClosed(run=run))
    return name


@pytest.fixture
def small(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Small:
    (tmp_path / "targets.yaml").write_text(TARGETS, encoding="utf-8")
    custody.create_workspace(tmp_path, origin="tests.example/small", software="auditor tests")
    return Small(tmp_path, capsys, monkeypatch)
