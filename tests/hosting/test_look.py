"""`auditor hosting`: a look-up is announced, asked, committed and sealed; what is shown is read from its bytes (A9)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import group
from auditor.clock import now
from auditor.custody import (
    FilingState,
    Journal,
    offline_verification_script,
    verify_single_package,
    verify_workspace,
)
from auditor.demo.registers import HOST_COMPANY
from auditor.errors import ConfigError, IntegrityError
from auditor.model.evidence import Verification
from auditor.model.hosting import HostingRecord
from auditor.workflow import attach_lookup, confirm_host, hosting_lines, hosting_records, look_up_subject
from auditor.workspace import Workspace
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import Authorities
from tests.custody.test_recovery import lived
from tests.hosting.estates import DEPLOYMENT, LOOPBACK, estate, held, visit
from tests.hosting.lookups import QUICK, Registers
from tests.prepared_process import run_auditor


@pytest.fixture(scope="module")
def stamps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authorities]:
    with practice.authorities(tmp_path_factory.mktemp("authorities")) as found:
        yield found


@pytest.fixture
def workspace(tmp_path: Path, place: Registers, stamps: Authorities) -> Iterator[Workspace]:
    with estate(tmp_path / "w", place, stamps) as found:
        yield found


def rungs(record: HostingRecord) -> dict[str, str]:
    return {rung.name: rung.status for rung in record.ladder}


def verified(workspace: Workspace) -> Verification:
    return verify_workspace(workspace.root)


def failed(found: Verification) -> list[str]:
    return [f"{check.name} {check.subject} {check.detail}" for check in found.checks if check.verdict == "failed"]


def test_a_deployment_is_looked_up_sealed_shown_and_verified(workspace: Workspace, tmp_path: Path) -> None:
    with held(workspace) as instruments:
        capture = visit(instruments)
        (looked,) = look_up_subject(instruments, DEPLOYMENT, bounds=QUICK)
        again = look_up_subject(instruments, DEPLOYMENT, bounds=QUICK)
    assert looked.package.seal.sealed
    assert looked.package.path.startswith("evidence/hosting/127.0.0.1/")
    assert [(one.fresh, one.package.filing) for one in again] == [(False, looked.package.filing)]
    (record,) = hosting_records(workspace, DEPLOYMENT)
    assert rungs(record) == {
        "connected": "shown", "resolved": "not_checked", "key_answered": "not_checked", "registered": "shown",
        "announced": "shown", "listed": "shown", "stated": "not_checked", "decided": "not_checked",
    }  # fmt: skip
    assert record.ladder[0].cites == (capture,)
    assert all(cite.startswith(f"{looked.package.filing}/") for cite in record.ladder[3].cites)
    assert HOST_COMPANY in "\n".join(hosting_lines([record], "zh"))
    assert "hosted by" not in "\n".join(hosting_lines([record], "en"))
    assert failed(verified(workspace)) == []
    script = tmp_path / "explain.sh"
    script.write_text(offline_verification_script(workspace.root))
    done = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VERIFIED" in done.stdout


def test_a_filing_alone_is_verified_as_far_as_it_can_prove_itself(
    workspace: Workspace, stamps: Authorities, tmp_path: Path
) -> None:
    with held(workspace) as instruments:
        (looked,) = look_up_subject(instruments, DEPLOYMENT, bounds=QUICK)
    home = workspace.root / looked.package.path
    alone = Path(shutil.copytree(home, tmp_path / home.name))
    trust = tmp_path / "trust"
    trust.mkdir()
    for pinned in stamps.pinned():
        (trust / f"{pinned.authority.id}.pem").write_bytes(pinned.pem)
    found = verify_single_package(alone, trust=trust)
    assert [check.name for check in found.checks if check.verdict == "not checked"] == ["journal.record"]
    assert {"token.verified", "seal.quorum"} <= {check.name for check in found.checks if check.verdict == "passed"}
    for path in [alone, *alone.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    (alone / "reading.json").write_bytes(b"{}")
    assert verify_single_package(alone, trust=trust).verdict == "failed"


def test_one_look_up_a_day_serves_every_deployment_at_the_address(workspace: Workspace, place: Registers) -> None:
    with held(workspace) as instruments:
        (first,) = look_up_subject(instruments, DEPLOYMENT, bounds=QUICK)
        asked = len(place.rdap.asked)
        (second,) = look_up_subject(instruments, "d1", bounds=QUICK)
        (named,) = look_up_subject(instruments, "d1", names=("www.suspect.example",), bounds=QUICK)
        (forced,) = look_up_subject(instruments, "d1", again=True, bounds=QUICK)
    assert (second.fresh, second.package.filing, len(place.rdap.asked) > asked) == (False, first.package.filing, True)
    assert named.fresh and forced.fresh, "another name is another question"
    (record,) = hosting_records(workspace, "d1")
    assert (record.lookup, rungs(record)["registered"]) == (forced.package.filing, "shown")


def test_nothing_is_granted_on_what_was_seen_for_another_deployment_or_at_another_address(workspace: Workspace) -> None:
    with held(workspace) as instruments:
        visit(instruments)
        look_up_subject(instruments, DEPLOYMENT, names=("www.suspect.example",), bounds=QUICK)
    (own, elsewhere) = hosting_records(workspace, DEPLOYMENT, ["203.0.113.70"])
    assert (rungs(own)["resolved"], own.intermediary.answer) == ("not_shown", "no_sign")
    assert (rungs(elsewhere)["connected"], elsewhere.intermediary.answer) == ("not_shown", "not_checked")
    (other,) = hosting_records(workspace, "d1")
    assert (rungs(other)["registered"], rungs(other)["resolved"]) == ("shown", "not_checked")


def test_a_person_looks_up_what_no_program_may_and_a_person_decides(workspace: Workspace, tmp_path: Path) -> None:
    shot = tmp_path / "icp.png"
    shot.write_bytes(b"\x89PNG of a register")
    with held(workspace) as instruments:
        (looked,) = look_up_subject(instruments, DEPLOYMENT, bounds=QUICK)
        kept = attach_lookup(
            instruments, DEPLOYMENT, shot, kind="icp", says="皖ICP备12345678号, 某公司", on=now().date(), by="A. Clerk"
        )
        with pytest.raises(ConfigError, match="cites what it rests on"):
            confirm_host(instruments, DEPLOYMENT, "某云", by="B. Counsel", reason="r", evidence=())
        with pytest.raises(ConfigError, match="no look-up, attachment or capture"):
            confirm_host(instruments, DEPLOYMENT, "某云", by="B. Counsel", reason="r", evidence=("l-none",))
        cited = (looked.package.filing, kept.filing)
        confirm_host(instruments, DEPLOYMENT, "某云", by="B. Counsel", reason="range and filing agree", evidence=cited)
    (record,) = hosting_records(workspace, DEPLOYMENT)
    assert rungs(record)["decided"] == "shown"
    assert (record.ladder[7].signed_by, record.ladder[7].says.text("by")) == ("person", "B. Counsel")
    assert rungs(record)["stated"] == "shown"
    assert (workspace.root / kept.path / "attached" / "original.png").read_bytes() == shot.read_bytes()
    assert failed(verified(workspace)) == []


def test_an_address_with_its_port_is_that_address_for_every_command(workspace: Workspace, tmp_path: Path) -> None:
    """A page's address is copied with the port of its service."""
    shot = tmp_path / "register.png"
    shot.write_bytes(b"a register")
    with held(workspace) as instruments:
        (looked,) = look_up_subject(instruments, f"{LOOPBACK}:443", bounds=QUICK)
        (again,) = look_up_subject(instruments, f"{LOOPBACK}:90", bounds=QUICK)
        assert (again.address, again.fresh, again.package) == (LOOPBACK, False, looked.package)
        kept = attach_lookup(
            instruments, f"{LOOPBACK}:443", shot, kind="icp", says="皖ICP备12345678号", on=now().date(), by="A. Clerk"
        )
        for port in ("443", "90"):
            made = confirm_host(
                instruments, f"{LOOPBACK}:{port}", "某云", by="B. Counsel", reason=f"r {port}", evidence=(kept.filing,)
            )
        assert (made.subject, bool(made.supersedes)) == (LOOPBACK, True)
    for asked in (LOOPBACK, f"{LOOPBACK}:443", f"{LOOPBACK}:8443"):
        (record,) = hosting_records(workspace, asked)
        assert (record.address, record.lookup) == (LOOPBACK, looked.package.filing)
        assert (rungs(record)["stated"], rungs(record)["decided"]) == ("shown", "shown"), asked
        assert record.ladder[7].says.text("why") == "r 90"


def test_an_attachment_that_cannot_be_kept_is_refused_and_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    with held(workspace) as instruments:
        size = instruments.journal.size
        for file, kind in ((empty, "icp"), (tmp_path / "none", "icp"), (empty, "x")):
            with pytest.raises(ConfigError):
                attach_lookup(instruments, DEPLOYMENT, file, kind=kind, says="s", on=now().date(), by="A")
        with pytest.raises(ConfigError, match=r"write 223\.247\.185\.129:90 or 223\.247\.185\.12:990 or"):
            look_up_subject(instruments, "223.247.185.12990")
        assert instruments.journal.size == size


def test_what_is_changed_added_or_taken_away_is_found(workspace: Workspace, tmp_path: Path) -> None:
    with held(workspace) as instruments:
        (looked,) = look_up_subject(instruments, LOOPBACK, bounds=QUICK)
    attacks: dict[str, Callable[[Path], object]] = {
        "artefact.digest": lambda home: _write(
            home / "rdap" / "01.body", b"x" * (home / "rdap" / "01.body").stat().st_size
        ),
        "package.extra-file": lambda home: _write(home / "rdap" / "02.body", b"added"),
        "package.missing-file": lambda home: (home / "rdap" / "01.body").unlink(),
        "manifest.digest": lambda home: _write(
            home / "manifest.json",
            (home / "manifest.json").read_bytes().replace(b'"kind":"lookup"', b'"kind":"lookuq"'),
        ),
        "package.missing": lambda home: shutil.rmtree(home),
        "package.unrecorded": lambda home: shutil.copytree(home, home.parent / f"{home.name}0"),
        "token.digest": lambda home: _write(home / "manifest.alpha.tsr", b"forged"),
    }
    for name, attack in attacks.items():
        copy = Path(shutil.copytree(workspace.root, tmp_path / name))
        home = copy / looked.package.path
        for path in [home.parent, home, *home.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        attack(home)
        assert name in {check.name for check in verify_workspace(copy).checks if check.verdict == "failed"}, name
        if name in ("artefact.digest", "manifest.digest"):
            with pytest.raises(IntegrityError):
                hosting_records(Workspace(copy), LOOPBACK)
        if name in ("artefact.digest", "package.extra-file", "package.missing-file", "package.missing"):
            done = subprocess.run(
                ["sh", "-c", offline_verification_script(copy)], capture_output=True, text=True, check=False
            )
            assert done.returncode != 0, name


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


HANGS: dict[str, Callable[[Registers], object]] = {
    "bootstrap": lambda place: place.rdap.faults.__setitem__("bootstrap", "hang"),
    "rdap": lambda place: place.rdap.faults.__setitem__(LOOPBACK, "hang"),
    "whois": lambda place: setattr(place.whois, "never_closes", True),
    "dns": lambda place: place.names.faults.__setitem__("1.0.0.127.in-addr.arpa.", "silent"),
}
"""Where a server keeps a look-up waiting, so that it can be killed at that step."""


@pytest.mark.parametrize("step", HANGS)
def test_a_kill_at_each_question_leaves_a_gap_and_verifies(workspace: Workspace, place: Registers, step: str) -> None:
    """A9: what the server keeps waiting is killed with SIGKILL; the next start records a gap."""
    HANGS[step](place)
    for asked in (place.rdap.asked, place.whois.asked, place.names.asked):
        asked.clear()
    child = os.fork()
    if child == 0:
        try:
            with held(workspace) as instruments:
                look_up_subject(instruments, LOOPBACK)
        finally:
            os._exit(0)
    ends = time.monotonic() + 20
    while not _reached(place, step) and time.monotonic() < ends:
        os.sched_yield()
    assert _reached(place, step)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    place.whois.never_closes = False
    place.whois.closing.set()
    place.whois.closing.clear()
    with held(workspace) as instruments:
        told = "\n".join(instruments.custody.recovered)
        state = FilingState.of(instruments.journal.entries(kinds=("filing",)))
    assert "interrupted" in told
    assert [(len(one.ends), one.committed) for one in state.records.values()] == [(1, None)]
    assert failed(verified(workspace)) == []
    assert list((workspace.root / "evidence" / ".staging").iterdir()) == []


def _reached(place: Registers, step: str) -> bool:
    match step:
        case "bootstrap":
            return bool(place.rdap.asked)
        case "rdap":
            return f"/rdap/ip/{LOOPBACK}" in place.rdap.asked
        case "whois":
            return LOOPBACK in place.whois.asked
    return any(name.startswith("1.0.0.127") for name in place.names.asked)


def test_a_kill_at_points_of_the_commit_leaves_a_package_or_a_gap(workspace: Workspace, tmp_path: Path) -> None:
    """A9: SIGKILL at calls into the operating system, spread over the whole look-up."""

    def work(root: Path) -> None:
        with held(Workspace(root)) as instruments:
            look_up_subject(instruments, LOOPBACK, bounds=QUICK)

    tally = tmp_path / "tally"
    first = Path(shutil.copytree(workspace.root, tmp_path / "first"))
    assert lived(lambda: work(first), None, tally) == 0
    total = int(tally.read_text())
    ends = set()
    for number in range(8):
        copy = Path(shutil.copytree(workspace.root, tmp_path / f"k{number}"))
        lived(lambda copy=copy: work(copy), total * (2 * number + 1) // 16)  # type: ignore[misc]
        with held(Workspace(copy)) as instruments:
            state = FilingState.of(instruments.journal.entries(kinds=("filing",)))
        assert all(len(one.ends) == 1 for one in state.records.values())
        ends |= {one.committed is not None for one in state.records.values()}
        assert failed(verify_workspace(copy)) == []
    assert ends


def test_a_registry_that_gives_nothing_readable_ends_with_5_and_no_traceback(
    workspace: Workspace, place: Registers
) -> None:
    """H9, at the command line."""
    place.rdap.faults[LOOPBACK] = "html"
    place.whois.answers[LOOPBACK] = b"\xff\xfe nothing\r\n"
    done = _auditor(workspace, "hosting", "look", LOOPBACK, "--json")
    assert done.returncode == 5, done.stderr
    found = json.loads(done.stdout)
    assert [one["outcome"] for one in found["records"][0]["reading"]["registries"]] == ["not_read", "not_read"]
    assert "Traceback" not in done.stderr
    shown = CliRunner().invoke(group, ["--workspace", str(workspace.root), "hosting", "show", LOOPBACK, "--lang", "zh"])
    assert shown.exit_code == 0 and "未核查" in shown.output
    unknown = CliRunner().invoke(group, ["--workspace", str(workspace.root), "hosting", "show", "203.0.113.5"])
    assert isinstance(unknown.exception, ConfigError) and "hosting look 203.0.113.5" in str(unknown.exception)


def _auditor(workspace: Workspace, *words: str) -> subprocess.CompletedProcess[str]:
    return run_auditor("--workspace", str(workspace.root), *words)


def test_the_journal_alone_tells_what_was_asked(workspace: Workspace) -> None:
    with held(workspace) as instruments:
        look_up_subject(instruments, LOOPBACK, bounds=QUICK)
    kinds = [(entry.kind, entry.body.get("action")) for entry in Journal.open(workspace.root).entries()]
    assert [one for one in kinds if one[0] == "filing"] == [("filing", "intended"), ("filing", "committed")]
    assert ("seal", "filing") in kinds
