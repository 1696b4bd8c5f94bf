"""Commands that append to, read from or write beside a workspace that moved, as real commands over a real database and
store: what each did is in the ledger, what it kept is in the store, and all of it verifies. They build on one another,
as the work of an office does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.clock import now
from auditor.demo import FrontWorld
from auditor.demo.registers import HOST_COMPANY
from auditor.demo.registers.whois_server import network_record
from auditor.model.candidates import ProductFingerprint
from auditor.workflow.candidates.product_fingerprint import encode_fingerprint
from tests.comparison.test_candidates import product
from tests.custody.practice_authorities import Authorities
from tests.fleet.moved_workspace import Moved, new_place
from tests.fleet.servers import PostgresServer, StoreServer
from tests.fleet.world import SANDBOX, FleetWorld
from tests.hosting.estates import LOOPBACK, hosting_section
from tests.hosting.lookups import registers
from tests.notices.estates import NOTICE, notice_sections
from tests.notices.mail_servers import mail_post

__all__ = ["product"]

POSTED = "N-2026-002"
WHO = ("--by", "Ann", "--why", "looked at it")
MORE = """
retention: {keep_days: 30}
comparisons:
  copied: {reference: covered, suspects: [suspect]}
"""
SCREENS = "    mode: 集群\n    screens:\n      licence: {name: 注册授权信息, page: status, order: 1}\n"


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, _servers: Authorities, postgres: PostgresServer, store: StoreServer
) -> Iterator[Moved]:
    """Moved, with registers to ask, a host to write to, a comparison to make and a capture that is old enough to go;
    the evidence that its folder had before is away."""
    folder = tmp_path_factory.mktemp("desk")
    with (
        pytest.MonkeyPatch.context() as patch,
        registers(folder / "registers") as place,
        mail_post(folder / "mail") as post,
    ):
        place.rdap.holders = {**place.rdap.holders, "127.0.0.0/8": HOST_COMPANY}
        place.whois.answers[LOOPBACK] = network_record("127.0.0.0 - 127.255.255.255", "PRACTICE-NET", HOST_COMPANY)
        for name, value in store.environment.items():
            patch.setenv(name, value)

        def add(root: Path) -> None:
            said = (root / "targets.yaml").read_text("utf-8").replace("    mode: 集群\n", SCREENS, 1)
            sections = "\n".join((*notice_sections(post, root, "suspect"), *hosting_section(place, root)))
            (root / "targets.yaml").write_text(f"{said}{sections}{MORE}", "utf-8")

        made = new_place(folder, _servers, postgres, store, add, timedelta(days=60))
        (made.root / "evidence").rename(made.root / "evidence.gone")
        yield made


def appended(desk: Moved, before: int) -> list[str]:
    """The kinds of the lines that came."""
    return [str(kind) for (kind,) in desk.ask("select kind from auditor.ledger where number >= %s", before)]


def verified(desk: Moved) -> None:
    FleetWorld(desk.root, desk.database, desk.store, desk.environment).maintain()
    found = json.loads(desk.auditor("verify", "--json")[0])
    assert not [one for one in found["checks"] if one["verdict"] == "failed"]


def there(desk: Moved, package: str) -> list[str]:
    """The names of what is in the store of a package or a filing."""
    return sorted(key.rpartition("/")[2] for key, _ in desk.bucket.keys(f"{package}/"))


def test_a_look_up_is_kept_in_the_store_and_told(desk: Moved, tmp_path: Path) -> None:
    before = desk.lines()
    said = json.loads(desk.auditor("hosting", "look", LOOPBACK, "--json")[0])
    (package,) = said["packages"]
    assert package["new"] and package["sealed"] and there(desk, package["package"])
    assert HOST_COMPANY in desk.auditor("hosting", "show", LOOPBACK, "--lang", "zh")[0]
    shot = tmp_path / "icp.png"
    shot.write_bytes(b"\x89PNG of a register")
    asked = ("--kind", "icp", "--says", "皖ICP备1号", "--on", "2026-01-05", "--by", "Ann")
    kept = desk.auditor("hosting", "attach", LOOPBACK, str(shot), *asked)[0]
    assert there(desk, kept.split(": ")[1].strip())
    assert "皖ICP备1号" in desk.auditor("hosting", "show", LOOPBACK)[0]
    assert desk.lines() > before
    verified(desk)


def test_a_notice_is_drafted_checked_approved_and_withdrawn(desk: Moved) -> None:
    drafted = desk.auditor("notice", "draft", NOTICE, "--no-pdf")[0]
    assert there(desk, drafted.split("\n")[0].split(": ")[1])
    checked = json.loads(desk.auditor("notice", "check", NOTICE, "--json", expect=3)[0])
    assert checked["laws"]
    desk.auditor("notice", "approve", NOTICE, *WHO)
    (told,) = json.loads(desk.auditor("notice", "status", NOTICE, "--json")[0])["notices"]
    assert told["stage"] == "approved"
    desk.auditor("notice", "withdraw", NOTICE, *WHO)
    (told,) = json.loads(desk.auditor("notice", "status", NOTICE, "--json")[0])["notices"]
    assert told["stage"] != "approved"
    verified(desk)


def test_a_notice_that_was_posted_is_kept_with_its_paper_and_what_came_back(desk: Moved, tmp_path: Path) -> None:
    paper, reply = tmp_path / "slip.pdf", tmp_path / "reply.eml"
    paper.write_bytes(b"%PDF-1.4 slip")
    reply.write_bytes(b"From: ipr@cloud.example\r\nSubject: received\r\n\r\nWe have your letter.\r\n")
    desk.auditor("notice", "draft", POSTED, "--no-pdf")
    desk.auditor("notice", "approve", POSTED, *WHO)
    asked = ("--record", str(paper), "--how", "ems", "--by", "Ann", "--on", str(now().date()), "--says", "handed in")
    assert desk.auditor("notice", "send", POSTED, *asked)[0].startswith("kept ")
    desk.auditor("notice", "receive", str(reply), "--for", POSTED)
    desk.auditor("notice", "papers", POSTED, "--no-pdf", "--output", str(tmp_path / "papers"))
    assert list((tmp_path / "papers").iterdir())
    verified(desk)


def test_a_comparison_is_made_shown_decided_and_exhibited(desk: Moved, tmp_path: Path) -> None:
    before = desk.lines()
    made = json.loads(desk.auditor("compare", "make", "suspect", "--json")[0])
    assert appended(desk, before).count("comparison") >= 3, "declared, made, stamped"
    asked = ("--screen", "licence", "--answer", "substantially_same", *WHO)
    desk.auditor("compare", "confirm", made["id"], *asked)
    shown = json.loads(desk.auditor("compare", "show", "suspect", "--json")[0])
    assert shown["sealed"] and shown["decisions"][0]["by"] == "Ann"
    desk.auditor("compare", "exhibit", "suspect", "--no-pdf", "--output", str(tmp_path))
    assert list(tmp_path.glob("comparison-*.html"))
    verified(desk)


def test_candidates_are_taken_looked_at_and_adopted(desk: Moved, product: ProductFingerprint, tmp_path: Path) -> None:
    listed, fingerprint = tmp_path / "list.csv", tmp_path / "libnet.json"
    fingerprint.write_bytes(encode_fingerprint(replace(product, product="libsys")))
    with FrontWorld() as fronts:
        listed.write_text(fronts.as_csv(), "utf-8")
        desk.auditor("candidates", "import", str(listed), "--private")
        looked = json.loads(
            desk.auditor("candidates", "look", "--fingerprint", str(fingerprint), "--most", "1", "--json", *SANDBOX)[0]
        )
    (one,) = looked
    assert (one["answer"], one["sealed"]) == ("same", True)
    assert json.loads(desk.auditor("candidates", "list", "--json")[0])[0]["answer"] == "same"
    desk.auditor("candidates", "adopt", one["address"], "school-1", "--by", "Ann")
    desk.auditor("check")
    verified(desk)


def test_what_is_old_enough_goes_from_the_store_and_is_told(desk: Moved) -> None:
    would = json.loads(desk.auditor("prune", "--json")[0])
    assert [one["capture"] for one in would["captures"]] == ["c-001"] and not would["done"]
    package = would["captures"][0]["package"]
    assert ".package-0.zip" in there(desk, package)
    before = desk.lines()
    done = json.loads(desk.auditor("prune", "--yes", "--json")[0])
    assert done["done"] and done["files"] and "prune" in appended(desk, before)
    assert ".package-1.zip" in there(desk, package) and ".package-0.zip" not in there(desk, package)
    assert "c-001" not in [one["capture"] for one in desk.told("captures")["captures"]]
    assert desk.told("show", "c-002")
    verified(desk)


def test_tables_and_papers_are_written_beside_it(desk: Moved, tmp_path: Path) -> None:
    """An import of what was exported changes no byte; a statement is made of what was copied here."""
    table, before = tmp_path / "contracts.csv", desk.lines()
    desk.auditor("export", "contracts", "-o", str(table))
    text = (desk.root / "targets.yaml").read_bytes()
    desk.auditor("import", "contracts", str(table))
    assert (desk.root / "targets.yaml").read_bytes() == text
    assert appended(desk, before) == ["records"], "the import is on record, once"
    desk.auditor("statement", "--contract", "AG-7", "--format", "html", "-o", str(tmp_path / "said.html"))
    assert "图书馆" in (tmp_path / "said.html").read_text("utf-8")
    assert appended(desk, before) == ["records"]
    verified(desk)


def test_all_of_it_comes_back_into_the_folder(desk: Moved) -> None:
    desk.auditor("move", "--back")
    assert not (desk.root / "MOVED").exists()
    found = json.loads(desk.auditor("verify", "--json")[0])
    assert not [one for one in found["checks"] if one["verdict"] == "failed"]
    assert HOST_COMPANY in desk.auditor("hosting", "show", LOOPBACK, "--lang", "zh")[0]
    assert json.loads(desk.auditor("compare", "show", "suspect", "--json")[0])["sealed"]
