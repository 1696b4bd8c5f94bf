"""One audited practice workspace and its bundles, made once; a test that alters a bag works on a copy."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.demo import ANY_PORT, CREDENTIALS, PORTS, DemoEnvironment
from auditor.workflow.audit.audit import run_audit
from auditor.workflow.bundle.export import ExportResult, export_bundle
from auditor.workflow.bundle.pdf import pdf_printer
from auditor.workflow.bundle.selection import BundleRequest
from auditor.workflow.wiring import initialise_workspace, open_instruments
from auditor.workspace import Workspace

TOP = Path(__file__).parents[2]
DEPLOYMENTS = ("libmsc-com", "libmsc-cn", "libmsc-net")


@dataclass(frozen=True)
class Practice:
    """A workspace with sealed captures, and roots and keys as an outsider would hold them."""

    root: Path
    trust: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    def export(self, output: Path, wanted: BundleRequest, *, pdf: bool = False) -> ExportResult:
        """`auditor bundle` in this process."""
        with (
            open_instruments(self.workspace, sandbox=os.geteuid() != 0) as instruments,
            pdf_printer(instruments.estate.browser, instruments.clock) as press,
        ):
            return export_bundle(instruments, wanted, output, lambda *_: None, press if pdf else None)


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    base = tmp_path_factory.mktemp("bundles")
    root, keys, trust = base / "workspace", base / "authorities", base / "trust"
    root.mkdir()
    trust.mkdir()
    before = {name: os.environ.get(name) for name in CREDENTIALS}
    os.environ.update(CREDENTIALS)
    try:
        with DemoEnvironment(ports=ANY_PORT, state_dir=keys) as world:
            text = (TOP / "targets.yaml").read_text(encoding="utf-8")
            for name, url in {**world.addresses, **world.authorities}.items():
                text = text.replace(f"http://127.0.0.1:{PORTS[name]}/", url)
            text = text.replace(".practice/", f"{keys}/")
            (root / "targets.yaml").write_text(text, encoding="utf-8")
            workspace = Workspace(root)
            initialise_workspace(workspace, origin="tests.example/bundles")
            with open_instruments(workspace, sandbox=os.geteuid() != 0) as instruments:
                done = asyncio.run(run_audit(instruments, lambda *_: None, DEPLOYMENTS))
                assert done.complete == len(DEPLOYMENTS), done.troubled
                instruments.custody.gap("the host was down", run="r-0", deployment="libmsc-com", slot="later")
            shutil.copyfile(root / "keys" / "log.vkey", trust / "log.vkey")
            for name in ("practice-a", "practice-b"):
                shutil.copyfile(keys / name / "root.pem", trust / f"{name}.pem")
            yield Practice(root, trust)
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture(scope="session")
def plain(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> ExportResult:
    """A bundle of one deployment without PDFs: only to be read."""
    return practice.export(tmp_path_factory.mktemp("plain"), BundleRequest(deployments=("libmsc-com",)))


@pytest.fixture(scope="session")
def printed(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> ExportResult:
    """A bundle of the whole contract with exhibits: only to be read."""
    return practice.export(tmp_path_factory.mktemp("printed"), BundleRequest(contracts=("OEM-2015",)), pdf=True)
