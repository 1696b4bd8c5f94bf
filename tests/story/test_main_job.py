"""The main job on the LIBNET case, as a user runs it: what the report, the evidence and the index then say."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest

from auditor.cli.demo import audit_practice_world, hand_over_practice, practice_ports
from auditor.custody import Journal
from auditor.demo import CREDENTIALS, REGISTER_PORTS, DemoEnvironment, PracticeRegisters
from auditor.workflow import AuditRequest
from auditor.workspace import Workspace as Folder
from tests.bundle import no_network as offline
from tests.bundle import printed_sheet as sheet
from tests.docs_commands import run_commands, shortest_path
from tests.story.conftest import SANDBOX, TOP, Workspace
from tests.story.in_process import Inside

SYSTEM_SITES = ("libmsc-cn", "site-90", "libmsc-com", "yjzhjy-cn")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace after `auditor demo`."""
    workspace = Workspace(tmp_path_factory.mktemp("demo"))
    said = workspace.auditor("demo", "--free-ports", "--no-comparison", *SANDBOX)
    assert "Where to look" in said
    return workspace


@pytest.fixture(scope="module")
def report(demo: Workspace) -> dict[str, Any]:
    found = json.loads((demo.root / "report.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def branch(report: dict[str, Any], deployment: str) -> dict[str, Any]:
    (found,) = [p for p in report["positions"] if p["deployment"] == deployment and p["metric"] == "branch"]
    assert isinstance(found, dict)
    return found


def test_counts_and_caps_are_those_of_the_case(report: dict[str, Any]) -> None:
    assert report["format"] == "auditor.report/1"
    seen = {name: branch(report, name) for name in SYSTEM_SITES}
    assert [seen[name]["displayed"] for name in SYSTEM_SITES] == [20, 34, 22, 25]
    assert [seen[name]["cap"] for name in SYSTEM_SITES] == [20, "unlimited", "unlimited", "unlimited"]
    assert [seen[name]["listed"] for name in SYSTEM_SITES] == [20, 34, 22, 25]
    assert [seen[name]["cap_raw"] for name in SYSTEM_SITES] == ["20", "不限", "不限", "不限"]
    assert [seen[name]["legal_status"] for name in SYSTEM_SITES] == ["reference", "suspect", "suspect", "suspect"]
    assert not [p for p in report["positions"] if p["deployment"] == "libmsc-net"]


def test_suspects_count_every_unit_and_the_reference_none_over(report: dict[str, Any]) -> None:
    for name in SYSTEM_SITES[1:]:
        position = branch(report, name)
        counted = position["displayed"] if position["confirmed"] is None else position["confirmed"]
        assert (position["status"], position["entitled"], position["over_by"]) == ("unlicensed", 0, counted)
    reference = branch(report, "libmsc-cn")
    assert (reference["status"], reference["entitled"], reference["over_by"]) == ("within", 20, 0)


def test_confirmed_counts_stand_beside_the_displayed_ones_with_their_reasons(report: dict[str, Any]) -> None:
    seen = {name: branch(report, name) for name in SYSTEM_SITES[1:]}
    assert [seen[name]["confirmed"] for name in SYSTEM_SITES[1:]] == [30, None, 25]
    assert [len(seen[name]["excluded"]) for name in SYSTEM_SITES[1:]] == [4, 0, 0]
    stopped = {name: seen[name]["confirmation_stopped"] for name in SYSTEM_SITES[1:]}
    assert [name for name, one in stopped.items() if one is not None] == ["libmsc-com"]
    assert (stopped["libmsc-com"]["confirmed"], stopped["libmsc-com"]["why"]) == (15, "18 became 22")
    assert all(row["reason"] for name in SYSTEM_SITES[1:] for row in seen[name]["excluded"])


SUMS = {
    "plaintiff": (70, "5800.00", "406000.00", "2030000.00", "2088211.00", "800000.00", "claim"),
    "first-instance": (70, "1500.00", "105000.00", "341789.00", "400000.00", "400000.00", "award_given"),
    "supreme-court": (70, "5000.00", "350000.00", "1400000.00", "1400000.00", "800000.00", "claim"),
    "supreme-court-additional": (70, "5000.00", "350000.00", "1750000.00", "1750000.00", "800000.00", "claim"),
    "defendant": (25, "1500.00", "37500.00", "37500.00", "37500.00", "37500.00", "none"),
    "over-cap-displayed": (19, "5000.00", "95000.00", "95000.00", "95000.00", "95000.00", "none"),
    "over-cap-confirmed": (15, "5000.00", "75000.00", "75000.00", "75000.00", "75000.00", "none"),
}
FIGURES = ("units", "unit_price", "base", "punitive_total", "uncapped", "awarded", "binding_constraint")


def test_what_the_demo_leaves_is_not_taken_into_the_repository(demo: Workspace) -> None:
    patterns = (TOP / ".gitignore").read_text(encoding="utf-8").split()
    made = {one.name for one in demo.root.iterdir()} | {"comparison"}
    assert {"evidence", "report.html", "bundle"} <= made
    for name in made - {"targets.yaml"}:
        assert any(fnmatch(f"/{name}", one.removesuffix("/*").rstrip("/")) for one in patterns), name


def test_the_pages_of_the_case_are_confirmed_on_a_marked_picture(demo: Workspace, report: dict[str, Any]) -> None:
    assert {p["description_confirmed"] for p in report["positions"] if p["displayed"] is not None} == {True}
    manual = (TOP / "docs" / "reading.md").read_text(encoding="utf-8")
    look = "confirm page registration --picture look.png"
    decide = 'confirm page registration --by "A. Analyst" --reason "each count stands where the picture marks it"'
    assert f"auditor {look}\nauditor {decide}\n" in manual
    assert re.search(r"marked: .*\bcap, used\b", demo.auditor(*shlex.split(look)))
    assert (demo.root / "look.png").read_bytes().startswith(b"\x89PNG")
    said = demo.auditor(*shlex.split(decide))
    for line in re.findall(r"^  label .*$", manual, re.MULTILINE):
        assert line in said


@pytest.mark.parametrize("scenario", SUMS)
def test_sums_of_the_judgment_from_captures_and_decisions(demo: Workspace, scenario: str) -> None:
    found = json.loads(demo.auditor("claim", scenario, "--json"))
    assert tuple(found[name] for name in FIGURES) == SUMS[scenario]
    if scenario == "supreme-court":
        assert found["break_even_multiplier"] == "2.2857"
        assert found["expenses"] == "58211.00"


def test_a_figure_is_walked_back_to_captures_and_decisions(demo: Workspace) -> None:
    said = demo.auditor("claim", "supreme-court", "--explain", "base")
    assert "decision" in said
    assert "sha256" in said
    assert "capture" in said


def test_the_report_tells_every_scenario_with_its_derivation(demo: Workspace, report: dict[str, Any]) -> None:
    told = {claim["scenario"]: claim for claim in report["claims"]}
    assert {name: tuple(told[name]["figures"][key] for key in FIGURES) for name in SUMS} == SUMS
    assert all(claim["refused"] is None and claim["derivations"]["base"]["inputs"] for claim in told.values())
    assert report["figures"] == {
        "all_displayed": 81, "all_confirmed": 77, "excess_displayed": 21, "excess_confirmed": 17,
    }  # fmt: skip
    page = (demo.root / "report.zh.html").read_text(encoding="utf-8")
    assert page.count("data:image/svg+xml;base64,") == 3
    for words in ("索赔测算", "CNY 1,400,000", "达到诉请金额的倍数"):
        assert words in page


def test_the_earlier_count_stays_in_the_history(report: dict[str, Any]) -> None:
    counts = [h["displayed"] for h in report["history"] if h["deployment"] == "libmsc-com" and h["metric"] == "branch"]
    assert counts == [18, 22]


def test_every_capture_is_sealed_by_two_authorities(report: dict[str, Any]) -> None:
    assert len(report["evidence"]) == 10
    for row in report["evidence"]:
        verified = [token for token in row["authorities"] if token["status"] == "verified"]
        assert row["sealed"] is True
        assert len({token["owner"] for token in verified}) == 2
        assert all(token["practice"] for token in verified), "practice authorities are named as such"


def test_findings_of_the_case(report: dict[str, Any]) -> None:
    found = {(finding["rule"], finding["deployment"]) for finding in report["findings"]}
    for name in SYSTEM_SITES[1:]:
        assert ("C202", name) in found, "cap unlimited beside a reference of 20"
        assert ("D301", name) in found, "not on the contract's list"
    assert any(rule == "D303" for rule, _ in found), "one registration on several deployments"
    assert any(rule == "T503" for rule, _ in found), "units added after a key date"


def test_each_number_points_at_stored_bytes(demo: Workspace, report: dict[str, Any]) -> None:
    packages = {row["capture"]: row["path"] for row in report["evidence"]}
    cited = [basis for finding in report["findings"] for basis in finding["basis"]]
    assert cited
    for basis in cited:
        path = demo.root / packages[basis["capture"]] / basis["artefact"]
        (digest, _) = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()
        assert digest == basis["sha256"]


def test_verify_passes_and_openssl_accepts_every_token(demo: Workspace) -> None:
    assert "verdict: passed" in demo.auditor("verify", str(demo.root / "evidence"))
    tokens = sorted((demo.root / "evidence").glob("*/*/manifest.practice-*.tsr"))
    assert len(tokens) == 20
    for token in tokens:
        authority = token.name.split(".")[1]
        command = ["openssl", "ts", "-verify", "-data", str(token.parent / "manifest.json"), "-in", str(token)]
        root = demo.root / ".practice" / authority / "root.pem"
        done = subprocess.run([*command, "-CAfile", str(root)], capture_output=True, text=True)
        assert "Verification: OK" in done.stdout + done.stderr


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(data))


def _remove(path: Path) -> None:
    path.parent.chmod(0o755)
    path.unlink()


def _add(path: Path) -> None:
    path.parent.chmod(0o755)
    (path.parent / "added").write_bytes(b"one more")


@pytest.mark.parametrize(
    ("change", "where", "named"),
    [
        (_flip, "*/*/registration/screenshot.png", "screenshot.png"),
        (_flip, "*/*/manifest.practice-a.tsr", "manifest.practice-a.tsr"),
        (_flip, "*/*/manifest.practice-b.tsq", "manifest.practice-b.tsq"),
        (_flip, "journal/tail.jsonl", "journal"),
        (_flip, "journal/head", "head"),
        (_remove, "*/*/dns.json", "dns.json"),
        (_add, "*/*/manifest.json", "added"),
    ],
)
def test_any_change_of_the_evidence_is_refused_with_the_file_named(
    demo: Workspace, tmp_path: Path, change: Callable[[Path], None], where: str, named: str
) -> None:
    shutil.copytree(demo.root / "evidence", tmp_path / "evidence")
    change(max((tmp_path / "evidence").glob(where)))
    said = json.loads(demo.auditor("verify", str(tmp_path / "evidence"), "--json", expect=4, streams="out"))
    failed = [check for check in said["checks"] if check["verdict"] == "failed"]
    assert said["verdict"] == "failed"
    assert any(named in check["subject"] or named in check["detail"] for check in failed), failed
    assert all(check["name"] for check in failed)


def test_a_rebuilt_index_gives_an_equal_report(demo: Workspace) -> None:
    at = {"as_of": "", "age_days": 0}

    def settled(report: dict[str, Any]) -> dict[str, Any]:
        positions = [{**position, **at} for position in report["positions"]]
        return {**report, "as_of": "", "positions": positions}

    before = settled(demo.report())
    for file in (demo.root / "db").iterdir():
        file.unlink()
    assert "10 captures" in demo.auditor("rebuild")
    assert settled(demo.report()) == before


def test_what_a_second_demo_does_goes_on_from_the_first(demo: Workspace) -> None:
    """Its steps, over one of five sites: the branches stand, no decision is taken again, no second bundle is made."""
    folder, state = Folder(demo.root), demo.root / ".practice"
    os.environ.update(CREDENTIALS)
    context = click.Context(click.Command("demo"), obj={"workspace": demo.root, "quiet": True, "logs": False})
    request = AuditRequest(sandbox=not SANDBOX, only=("libmsc-com",))
    decided = Journal.open(demo.root).ledger.numbers(("decision",))
    bags = sorted((demo.root / "bundle").glob("EB-*.zip"))
    any_port = {f"{name}_port": 0 for name in REGISTER_PORTS}
    with (
        DemoEnvironment(ports=practice_ports(folder), state_dir=state) as world,
        PracticeRegisters(state, **any_port) as registers,
    ):
        audit_practice_world(context, folder, world, registers, request)
        assert world.branches("libmsc-com") == 22
        assert hand_over_practice(context, folder, request) == bags
    assert demo.position("libmsc-com")["displayed"] == 22
    assert Journal.open(demo.root).ledger.numbers(("decision",)) == decided
    assert "verdict: passed" in demo.auditor("verify")


@pytest.mark.long
def test_a_second_demo_goes_on_from_the_first(demo: Workspace) -> None:
    demo.auditor("demo", "--no-comparison", *SANDBOX)
    assert demo.position("libmsc-com")["displayed"] == 22
    assert "verdict: passed" in demo.auditor("verify")


def test_no_secret_is_in_any_stored_byte(demo: Workspace) -> None:
    from auditor.demo import DEMO_PASSWORD

    needles = [DEMO_PASSWORD.encode()]
    for path in (demo.root / "evidence").rglob("*"):
        if path.is_file():
            data = opened(path)
            assert not [needle for needle in needles if needle in data], path


def opened(path: Path) -> bytes:
    """A file's bytes, and what they unpack to."""
    import gzip

    data = path.read_bytes()
    return data + gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def every_figure_leads_to_a_capture(bag: Path) -> None:
    """The claims as a table: sums as in the judgment, counts resting on captures that are in the bundle."""
    table = (bag / "data" / "00-index" / "tables" / "claims.en.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    awards = {row["Scenario"]: row["Value"] for row in rows if row["Figure"] == "Award by this scenario"}
    assert {name: float(awards[name]) for name in SUMS} == {name: float(sums[5]) for name, sums in SUMS.items()}
    shown = {path.name.partition("-")[2] for path in (bag / "data" / "10-captures").glob("*/*")}
    cited = {row["Source"] for row in rows if row["Rests on"] == "capture"}
    assert cited and cited <= shown
    book = openpyxl.load_workbook(bag / "data" / "00-index" / "report.en.xlsx")
    linked = {cell.value for row in book["Claims"].iter_rows() for cell in row if cell.hyperlink}
    assert linked == cited


def test_a_bundle_of_a_part_tells_sums_of_that_part(demo: Workspace, tmp_path: Path) -> None:
    """A report's totals name every deployment that they are made of: other customers are not among them."""
    made = demo.auditor("bundle", "--deployment", "libmsc-com", "--no-pdf", "--json", "-o", str(tmp_path / "part"))
    text = (Path(json.loads(made)["bundle"]) / "data" / "00-index" / "report.json").read_text(encoding="utf-8")
    told = json.loads(text)
    assert [line.split()[0] for line in told["sums"]] == ["libmsc-com"]
    assert (told["figures"]["all_displayed"], told["figures"]["all_confirmed"]) == (22, 22)
    assert told["claims"] == [] and {one["deployment"] for one in told["positions"]} == {"libmsc-com"}


@pytest.mark.timeout(900)
def test_a_bundle_of_the_case_is_checked_by_its_printed_sheet_alone(demo: Workspace, tmp_path: Path) -> None:
    """Demo, decisions, claims and bundle; then only coreutils, openssl and standard Python, with the network off."""
    asked = ("bundle", "--contract", "OEM-2015", "--no-pdf", "--json", "-o")
    made = json.loads(demo.auditor(*asked, str(tmp_path / "out")))
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"  # a process in which sets have another order
    told = demo.auditor(*asked, str(tmp_path / "again"), "--as-of", made["as_of"], PYTHONHASHSEED=seed)
    again = json.loads(told)
    assert again["zip_sha256"] == made["zip_sha256"], "the same moment gives the same bytes"
    bag, trust = Path(made["bundle"]), tmp_path / "trust"
    trust.mkdir()
    first = Journal.open(demo.root).entry(0)
    (trust / "log.vkey").write_text(f"{first.body['log']}\n", encoding="utf-8")
    for name in ("practice-a", "practice-b"):
        shutil.copy(demo.root / ".practice" / name / "root.pem", trust / f"{name}.pem")

    printed = sheet.script(bag)
    verified, said = sheet.run(printed, bag, trust)
    assert verified, said
    assert "verdict: passed" in demo.auditor("verify", str(bag), "--trust", str(trust))
    damages = {path.name: path.read_bytes() for path in (bag / "data" / "40-damages").rglob("*") if path.is_file()}
    assert [name for name, data in damages.items() if name.endswith(".json") and b'"800000.00"' in data]
    told = json.loads((bag / "data" / "00-index" / "report.json").read_bytes())
    assert {claim["scenario"] for claim in told["claims"]} >= set(SUMS)
    every_figure_leads_to_a_capture(bag)

    picture = next((bag / "data" / "10-captures").rglob("registration/screenshot.png"))
    picture.chmod(0o644)
    picture.write_bytes(picture.read_bytes()[:-1] + b"x")
    assert not sheet.run(printed, bag, trust)[0]
    assert "verdict: failed" in demo.auditor("verify", str(bag), "--trust", str(trust), expect=4)

    offline.require_no_network()
    offline.checked(Path(again["bundle"]), trust, printed)


def test_every_command_of_the_readme_runs_where_it_says(demo: Workspace) -> None:
    """The console commands after the demo, and the OpenSSL lines, as printed."""
    text = (TOP / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    commands = [line.removeprefix("$ ") for line in blocks[0].splitlines()]
    assert len(commands) >= 7
    for command in commands:
        name, *arguments = shlex.split(command)
        assert name == "auditor"
        demo.auditor(*arguments)
    (shell,) = re.findall(r"```sh\n(cd evidence.*?)```", text, re.DOTALL)
    # The folder has several packages of that deployment: any one will do.
    script = shell.replace("evidence/site-90/*/", "$(ls -d evidence/site-90/*/ | head -n 1)")
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, cwd=demo.root)
    assert "Verification: OK" in done.stdout + done.stderr


def test_the_readme_shows_what_the_program_prints(demo: Workspace) -> None:
    text = (TOP / "README.md").read_text(encoding="utf-8")
    (printed,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert demo.auditor("claim", "supreme-court", "--json").strip() == printed.strip()
    told = re.findall(r"```text\n(.*?)```", text, re.DOTALL)[0].splitlines()
    counts = {line.split()[0]: line.split()[1:4] for line in told[3:]}
    for name, (displayed, listed, confirmed) in counts.items():
        position = demo.position(name)
        shown = [
            str(position[key]) if position[key] is not None else "–" for key in ("displayed", "listed", "confirmed")
        ]
        assert shown == [displayed, listed, confirmed]


def test_every_command_of_the_guides_on_the_practice_world_runs(
    demo: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last of this file: the tutorial decides, and so changes the workspace."""
    monkeypatch.chdir(demo.root)
    inside = Inside(demo.root)
    ran = run_commands("README.md", inside.auditor, text=shortest_path("litigation lawyer"))
    assert len(ran) == 5
    ran += run_commands("docs/how-to/hand-over.md", inside.auditor, before=ran)
    ran += run_commands("docs/tutorial.md", inside.auditor, before=ran)
    assert len(ran) >= 16
    assert (demo.root / "handed-over").is_dir() and (demo.root / "sums").is_dir()
    assert "data:image/png;base64," in (demo.root / "seen.html").read_text(encoding="utf-8")
    assert demo.position("libmsc-com")["confirmed"] == 22
