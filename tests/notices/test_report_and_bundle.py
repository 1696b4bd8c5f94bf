"""Notices in report and bundle: timeline, both readings with the reversal, findings; proofs that the sheet checks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auditor.bundle import layout
from auditor.custody.journal.keys import open_keys
from auditor.reporting.notices import notice_days
from auditor.workflow import (
    Lang,
    approve_notice,
    check_notice,
    draft_notice,
    receive_reply,
    render_report,
    send_notice,
    workspace_report,
)
from auditor.workflow.bundle.export import ExportResult, export_bundle
from auditor.workflow.bundle.selection import BundleRequest
from auditor.workflow.bundle.verify import verify_bundle
from auditor.workspace import Workspace
from tests.bundle import printed_sheet as sheet
from tests.bundle.test_alterations import sign
from tests.custody.practice_authorities import Authorities
from tests.notices.estates import NOTICE, held, notice_estate, visit
from tests.notices.mail_servers import MailPost
from tests.notices.test_receiving import answering
from tests.notices.test_replies import letter
from tests.notices.test_sending import nothing_set

Made = tuple[Workspace, ExportResult, Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, server: MailPost, stamps: Authorities) -> Iterator[Made]:
    """One notice drafted, checked, approved, sent, answered by an automatic reply; the service goes on and grows."""
    folder = tmp_path_factory.mktemp("told")
    with notice_estate(folder / "w", server, stamps) as estate:
        with held(estate.workspace) as instruments:
            visit(instruments, "r1")
            draft_notice(instruments, NOTICE)
            check_notice(instruments, NOTICE)
            approve_notice(instruments, NOTICE, by="B. Counsel", why="checked")
            send_notice(instruments, NOTICE, NOTICE, nothing_set)
        reply = answering(estate.workspace, letter(more="Auto-Submitted: auto-replied\r\n"), folder)
        with held(estate.workspace) as instruments:
            receive_reply(instruments, reply)
            estate.site.used = 22
            visit(instruments, "r2")
            visit(instruments, "r3", "d1")
            draft_notice(instruments, "N-2026-002")
            wanted = BundleRequest(deployments=("d0",), case="notice")
            result = export_bundle(instruments, wanted, folder / "out", lambda done, total, what: None)
        trust = folder / "trust"
        trust.mkdir()
        for pinned in stamps.pinned():
            (trust / f"{pinned.authority.id}.pem").write_bytes(pinned.pem)
        shutil.copyfile(result.bag / layout.TRUST / "log.vkey", trust / "log.vkey")
        yield estate.workspace, result, trust


def test_the_report_tells_notices_in_both_languages(made: Made) -> None:
    workspace, _, _ = made
    report = workspace_report(workspace)
    first, second = report.notices
    assert (first.notice, first.stage, second.stage) == (NOTICE, "received", "drafted")
    assert {"N106", "N107", "N108"} <= {one.rule for one in first.findings}
    seen = [one.cite for one in notice_days(first) if one.says.code == "noticeevent.seen"]
    assert len(seen) == 1 and seen[0] == first.sightings[-1].capture, "the capture before the sending is none"
    titles: dict[Lang, tuple[str, ...]] = {
        "zh": ("致服务提供者的通知", "自动回复", "加重情节"),
        "en": ("Notices to hosts", "automatic reply", "aggravation"),
    }  # fmt: skip
    for lang, words in titles.items():
        (page,) = render_report(report, workspace, "html", lang).values()
        for word in (*words, "REVERSED 2019-06-20 by (2017)京73民终1194号", "N107", "N108"):
            assert word in page.decode(), word
    (data,) = render_report(report, workspace, "json", "en").values()
    told = json.loads(data)
    assert [one["rule"] for one in told["notices"][0]["findings"]].count("N107") == 1
    assert told["notices"][0]["readings"][0]["source"].startswith("(2015)石民(知)初字第8279号 REVERSED")


def test_receipt_is_a_key_date_of_its_deployment_alone_and_feeds_t503(made: Made) -> None:
    report = workspace_report(made[0])
    (key,) = report.key_dates
    assert (key.kind, key.deployment, key.id) == ("notice", "d0", f"receipt-{NOTICE}")
    assert not [one for one in report.findings if one.rule == "T503" and one.deployment == "d1"]


def test_the_bundle_holds_the_notices_and_its_printed_sheet_checks_them(made: Made) -> None:
    workspace, result, trust = made
    folders = sorted((result.bag / layout.NOTICES).glob("*/*"))
    assert [one.parent.name for one in folders] == [NOTICE, NOTICE, NOTICE, "N-2026-002"]
    assert all((one / "log" / "filing.tlog-proof").is_file() for one in folders)
    record = json.loads((result.bag / layout.SERIES / "notices.json").read_text())
    assert "N107" in {one["rule"] for one in record["records"]["zh"][0]["findings"]}
    listed = (result.bag / layout.INDEX / "index.html").read_text("utf-8")
    assert "通知发送" in listed and f"{layout.NOTICES}/{NOTICE}/" in listed
    shown = (result.bag / layout.LINES).read_text()
    assert '"action":"sending"' in shown and '"action":"checked"' in shown and "notice_approved" in shown
    found = verify_bundle(result.bag, workspace, trust)
    assert [check for check in found.checks if check.verdict == "failed"] == []
    verified, said = sheet.run(sheet.script(result.bag), result.bag, trust)
    assert verified, said


def _drop(bag: Path) -> None:
    shutil.rmtree(min((bag / layout.NOTICES).glob("*/*")))


def _alter(bag: Path) -> None:
    path = next((bag / layout.NOTICES).rglob("transcript.txt"))
    path.write_bytes(path.read_bytes().replace(b"250", b"550"))


@pytest.mark.parametrize("attack", [_drop, _alter])
def test_what_is_done_to_a_notice_in_the_bag_is_found(
    made: Made, attack: Callable[[Path], None], tmp_path: Path
) -> None:
    workspace, result, trust = made
    bag = Path(shutil.copytree(result.bag, tmp_path / result.bag.name))
    attack(bag)
    sign(bag, open_keys(workspace.root))
    assert verify_bundle(bag, workspace, trust).verdict == "failed"
    assert not sheet.run(sheet.script(result.bag), bag, trust)[0]
