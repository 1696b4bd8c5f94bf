"""One audited practice workspace and its bundles, made once; a test that alters a bag works on a copy."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.demo import ANY_PORT, CREDENTIALS, PORTS, World
from auditor.settings import Workspace
from auditor.workflow.audit import audit
from auditor.workflow.bundling import Exported, bundle
from auditor.workflow.gathering import Wanted
from auditor.workflow.opening import begin, open_house
from auditor.workflow.printing import printer

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

    def export(self, output: Path, wanted: Wanted, *, pdf: bool = False) -> Exported:
        """`auditor bundle` in this process."""
        with (
            open_house(self.workspace, sandbox=os.geteuid() != 0) as house,
            printer(house.estate.browser, house.clock) as press,
        ):
            return bundle(house, wanted, output, lambda *_: None, press if pdf else None)


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    base = tmp_path_factory.mktemp("bundles")
    root, keys, trust = base / "workspace", base / "authorities", base / "trust"
    root.mkdir()
    trust.mkdir()
    before = {name: os.environ.get(name) for name in CREDENTIALS}
    os.environ.update(CREDENTIALS)
    try:
        with World(ports=ANY_PORT, state_dir=keys) as world:
            text = (TOP / "targets.yaml").read_text(encoding="utf-8")
            for name, url in {**world.addresses, **world.authorities}.items():
                text = text.replace(f"http://127.0.0.1:{PORTS[name]}/", url)
            text = text.replace(".practice/", f"{keys}/") + "\nbrowser: {settle_seconds: 4}\n"
            (root / "targets.yaml").write_text(text, encoding="utf-8")
            workspace = Workspace(root)
            begin(workspace, origin="tests.example/bundles")
            with open_house(workspace, sandbox=os.geteuid() != 0) as house:
                asyncio.run(audit(house, lambda *_: None, DEPLOYMENTS))
                house.custody.gap("the host was down", run="r-0", deployment="libmsc-com", slot="later")
            shutil.copyfile(root / "keys" / "log.vkey", trust / "log.vkey")
            for name in ("practice-a", "practice-b"):
                shutil.copyfile(keys / name / "root.pem", trust / f"{name}.pem")
            yield Practice(root, trust)
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture(scope="session")
def plain(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A bundle of one deployment without PDFs: only to be read."""
    return practice.export(tmp_path_factory.mktemp("plain"), Wanted(deployments=("libmsc-com",)))


@pytest.fixture(scope="session")
def printed(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A bundle of the whole contract with exhibits: only to be read."""
    return practice.export(tmp_path_factory.mktemp("printed"), Wanted(contracts=("OEM-2015",)), pdf=True)
