"""A bundle holds the look-ups of its deployments, their lines and proofs, and its printed sheet checks them too."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor.bundle import layout
from auditor.clock import now
from auditor.custody.journal.keys import open_keys
from auditor.workflow import attach_lookup, confirm_host, look_up_subject
from auditor.workflow.bundle.export import ExportResult, export_bundle
from auditor.workflow.bundle.selection import BundleRequest
from auditor.workflow.bundle.verify import verify_bundle
from auditor.workspace import Workspace
from tests.bundle import printed_sheet as sheet
from tests.bundle.test_alterations import sign
from tests.custody import practice_authorities as practice
from tests.hosting.estates import DEPLOYMENT, estate, held, visit
from tests.hosting.lookups import QUICK, registers


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, ExportResult, Path]]:
    """A deployment visited, looked up and decided on; the bundle of it, and a folder to trust."""
    folder = tmp_path_factory.mktemp("bundled")
    with (
        practice.authorities(folder / "authorities") as stamps,
        registers(folder / "registers") as place,
        estate(folder / "w", place, stamps) as workspace,
    ):
        with held(workspace) as instruments:
            visit(instruments)
            (looked,) = look_up_subject(instruments, DEPLOYMENT, bounds=QUICK)
            look_up_subject(instruments, "203.0.113.70", bounds=QUICK)
            shot = folder / "icp.png"
            shot.write_bytes(b"\x89PNG")
            kept = attach_lookup(instruments, DEPLOYMENT, shot, kind="icp", says="皖ICP备1号", on=now().date(), by="A")
            confirm_host(
                instruments, DEPLOYMENT, "Host", by="B", reason="r", evidence=(looked.package.filing, kept.filing)
            )
            wanted = BundleRequest(deployments=(DEPLOYMENT,), case="host")
            result = export_bundle(instruments, wanted, folder / "out", lambda done, total, what: None)
        trust = folder / "trust"
        trust.mkdir()
        for pinned in stamps.pinned():
            (trust / f"{pinned.authority.id}.pem").write_bytes(pinned.pem)
        shutil.copyfile(result.bag / layout.TRUST / "log.vkey", trust / "log.vkey")
        yield workspace, result, trust


def _folders(bag: Path) -> list[Path]:
    return sorted((bag / layout.HOSTING).glob("*/*"))


def test_the_filings_of_the_selection_are_in_the_bag_and_no_others(made: tuple[Workspace, ExportResult, Path]) -> None:
    workspace, result, trust = made
    found = _folders(result.bag)
    assert [one.parent.name for one in found] == ["127.0.0.1", DEPLOYMENT]
    assert all((one / "log" / "filing.tlog-proof").is_file() for one in found)
    record = json.loads((result.bag / layout.SERIES / "hosting.json").read_text())
    assert [rung["status"] for rung in record["records"]["zh"][0]["ladder"]][3:] == ["shown"] * 5
    shown = (result.bag / layout.LINES).read_text()
    assert '"action":"committed"' in shown and "203.0.113.70" not in shown
    found_by_us = verify_bundle(result.bag, workspace, trust)
    assert [check for check in found_by_us.checks if check.verdict == "failed"] == []
    verified, said = sheet.run(sheet.script(result.bag), result.bag, trust)
    assert verified, said


def _drop(bag: Path) -> None:
    shutil.rmtree(_folders(bag)[0])


def _alter(bag: Path) -> None:
    (next((bag / layout.HOSTING).rglob("rdap/01.body"))).write_bytes(b"{}")


def _add(bag: Path) -> None:
    (_folders(bag)[0] / layout.PACKAGE / "rdap" / "09.body").write_bytes(b"{}")


@pytest.mark.parametrize("attack", [_drop, _alter, _add])
def test_what_is_done_to_a_look_up_in_the_bag_is_found(
    made: tuple[Workspace, ExportResult, Path], attack: Callable[[Path], None], tmp_path: Path
) -> None:
    workspace, result, trust = made
    bag = Path(shutil.copytree(result.bag, tmp_path / result.bag.name))
    attack(bag)
    sign(bag, open_keys(workspace.root))  # the owner's own hand: what is left to find it is the log
    assert verify_bundle(bag, workspace, trust).verdict == "failed"
    assert not sheet.run(sheet.script(result.bag), bag, trust)[0]
