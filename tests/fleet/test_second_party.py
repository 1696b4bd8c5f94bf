"""A slot visited by two parties: both sign, both digests are named before either is timestamped, reports say so."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.custody import create_party_key, open_party_key
from auditor.custody.packages.stage import package_name
from auditor.errors import ConfigError
from auditor.fleet import (
    AttemptLog,
    DatabaseAddress,
    DatabaseLease,
    FleetRoster,
    SecondVisit,
    WorkerState,
    connect,
)
from auditor.formats.signed_note import VerifierKey
from auditor.model.events import CaptureCommitted, CapturesPaired, VisitIntended
from auditor.model.reports import PartyCapture, SeenByTwo
from auditor.model.targets.estate import PartyVantage
from auditor.workflow.fleet.second_party import (
    PAIR_SECONDS,
    PartySigner,
    may_come,
    open_signer,
    why_not_theirs,
    why_unsigned,
)
from auditor.workflow.relocation.verifying import verify_fleet
from auditor.workflow.replica.place import MovedPlace
from auditor.workflow.report.second_parties import second_missing
from auditor.workflow.wiring import read_targets
from auditor.workspace import Workspace
from tests.custody.practice_authorities import Authorities
from tests.fleet.test_move_command import auditor
from tests.fleet.test_planning import planner_of
from tests.fleet.world import FleetWorld, end
from tests.workflow import http_estate

ENDED = "select count(*) = 0 from auditor.request where ended_at is null"


@contextmanager
def two_parties(
    make: Callable[[str], FleetWorld], tmp_path: Path, stamps: Authorities
) -> Iterator[tuple[FleetWorld, Path]]:
    """A fleet whose one deployment a notary visits too, and the notary's key."""
    key = tmp_path / "notary.pem"
    public = create_party_key(key, "notary.example")
    entries = "".join(
        f"    {name}: {{url: '{server.url}', owner: '{one.ring.owner}', roots: {name}.pem, practice: true}}\n"
        for one, server, name in zip((stamps.one, stamps.two), stamps.servers, ("alpha", "beta"), strict=True)
    )
    with http_estate.serving(http_estate.JsonSite()) as address:
        text = http_estate.targets(address, 1).replace(
            "role: licensor}}", "role: licensor}, notary-office: {name: 公证处, role: other}}"
        )
        text = text.replace("pages: [status]", "pages: [status], also_from: notary")
        text += f"vantages: {{notary: {{party: notary-office, key: {public}}}}}\n"
        text += f"timestamping:\n  quorum: 2\n  authorities:\n{entries}"
        world = make(text)
        for one, name in ((stamps.one, "alpha"), (stamps.two, "beta")):
            (world.root / f"{name}.pem").write_bytes(one.ring.root.read_bytes())
        (tmp_path / "notary.party.vkey").write_text(f"{public}\n")
        yield world, key


@pytest.mark.long
@pytest.mark.tsa
def test_two_parties_see_one_slot(fleet: Callable[[str], FleetWorld], tmp_path: Path, stamps: Authorities) -> None:
    with two_parties(fleet, tmp_path, stamps) as (world, key):
        world.maintain(())
        with world.worker("own") as own:
            world.until("select count(*) = 1 from auditor.ledger where kind = 'capture'")
            world.maintain()
            assert world.one("select count(*) from auditor.ledger where kind = 'seal'") == 0, "it waits for the other"
            with world.worker("two", "--party-key", str(key), vantage="notary") as two:
                world.until(ENDED)
                end(two, signal.SIGTERM)
            end(own, signal.SIGTERM)
        lines = world.judge(captures=2)
    made = [CaptureCommitted.of(one) for one in lines if one.kind == "capture"]
    assert [one.party for one in made] == [None, "notary-office"]
    (pair,) = (one for one in lines if one.kind == "pair")
    told = CapturesPaired.of(pair)
    assert [one.manifest_sha256 for one in told.captures] == [one.manifest_sha256 for one in made]
    assert [one.party_key for one in told.captures] == ["", made[1].party_key]
    seals = [one.number for one in lines if one.kind == "seal"]
    assert seals and pair.number < min(seals)
    assert [one.body["slots"] for one in lines if one.kind == "plan"] == [
        [
            {"slot": "d0", "deployment": "d0"},
            {"slot": "d0@notary", "deployment": "d0", "party_key": made[1].party_key},
        ]
    ]
    checks = {(one.name, one.verdict) for one in verify_fleet(MovedPlace(world.database, world.store, 1)).checks}
    assert {("capture.party", "passed"), ("capture.pair", "passed"), ("plan.party", "passed")} <= checks
    assert not [name for name, verdict in checks if verdict == "failed"]
    _brought_back(world, tmp_path)


def _brought_back(world: FleetWorld, tmp_path: Path) -> None:
    """On one machine again: the same checks, the printed steps, and what a report says."""
    root = world.root
    (root / "evidence").mkdir(exist_ok=True)
    (root / "MOVED").write_text(MovedPlace(world.database, world.store, 1).text(), encoding="utf-8")
    code, _, said = auditor(root, "move", "--back")
    assert code == 0, said
    assert auditor(root, "rebuild")[0] == 0
    trust = tmp_path / "trust"
    trust.mkdir()
    for name in ("alpha.pem", "beta.pem"):
        shutil.copy(root / name, trust / name)
    shutil.copy(tmp_path / "notary.party.vkey", trust / "notary.party.vkey")
    shutil.copy(root / "keys" / "log.vkey", trust / "log.vkey")
    alone = json.loads(auditor(root, "verify", "--json")[1])
    assert any("THE KEY OF PARTY notary-office WAS TAKEN FROM INSIDE" in one for one in alone["notices"])
    (trust / "notary.party.vkey").rename(tmp_path / "aside")
    found = json.loads(auditor(root, "verify", "--json", "--trust", str(trust))[1])["checks"]
    assert [one["verdict"] for one in found if one["name"] == "capture.party-key"] == ["not checked"]
    (tmp_path / "aside").rename(trust / "notary.party.vkey")
    code, out, said = auditor(root, "verify", "--json", "--trust", str(trust))
    checks = {(one["name"], one["verdict"]) for one in json.loads(out)["checks"]}
    assert ("capture.party-key", "passed") in checks, said
    assert not [name for name, verdict in checks if verdict == "failed"]
    (tmp_path / "check.sh").write_text(auditor(root, "verify", "--explain")[1])
    steps = subprocess.run(["sh", str(tmp_path / "check.sh")], capture_output=True, text=True, check=False)
    assert steps.returncode == 0 and "VERIFIED" in steps.stdout, steps.stdout + steps.stderr
    code, _, said = auditor(root, "bundle", "--deployment", "d0", "--no-pdf", "--case", "z")
    assert code == 0, said
    (bag,) = (one for one in (root / "bundles").glob("EB-*") if one.is_dir() and not one.suffix)
    assert b'"kind":"pair"' in (bag / "data" / "60-log" / "disclosed.jsonl").read_bytes()
    checks = {
        (one["name"], one["verdict"])
        for one in json.loads(auditor(root, "verify", str(bag), "--json", "--trust", str(trust))[1])["checks"]
    }
    passed = {name for name, verdict in checks if verdict == "passed"}
    assert {"capture.party", "capture.pair", "capture.party-key", "plan.party"} <= passed
    report = json.loads(auditor(root, "report", "--format", "json", "-o", "-")[1])
    assert "second_missing" not in report
    (seen,) = report["seen_by_two"]
    assert [one["party"] for one in seen["captures"]] == [None, "notary-office"]
    assert [one["counted"] for one in seen["captures"]] == [{"branch": 18}] * 2 and seen["differing"] == []
    for lang, words in (("en", "Seen by two parties"), ("zh", "两方分别采集")):
        page = auditor(root, "report", "--format", "html", "--lang", lang, "-o", "-")[1]
        assert words in page and "notary.example+" in page and "公证处" in page


@pytest.mark.parametrize(
    ("vantage", "given", "expected"),
    [
        ("notary", False, "belongs to party notary-office"),
        ("main", True, "no other party's by targets.yaml"),
        ("notary", True, "targets.yaml declares"),
    ],
)
def test_who_signs_is_settled_before_a_worker_begins(tmp_path: Path, vantage: str, given: bool, expected: str) -> None:
    declared = create_party_key(tmp_path / "declared.pem", "notary.example")
    create_party_key(tmp_path / "other.pem", "notary.example")
    text = http_estate.targets("http://127.0.0.1:9/", 1).replace(
        "role: licensor}}", "role: licensor}, notary-office: {name: Notary, role: other}}"
    )
    (tmp_path / "targets.yaml").write_text(text + f"vantages: {{notary: {{party: notary-office, key: {declared}}}}}\n")
    estate, _ = read_targets(Workspace(tmp_path))
    with pytest.raises(ConfigError, match=expected):
        open_signer(estate, vantage, tmp_path / "other.pem" if given else None, None)
    signer = open_signer(estate, "notary", tmp_path / "declared.pem", None)
    assert signer is not None and why_unsigned(estate, "notary", signer) == ""
    assert open_signer(estate, "main", None, None) is None
    changed = replace(estate, vantages={"notary": PartyVantage("notary", "notary-office", "another")})
    assert "start it again" in why_unsigned(changed, "notary", signer)
    assert "start it again" in why_unsigned(estate, "notary", None)


def test_a_key_that_nobody_declared_makes_no_pair(tmp_path: Path) -> None:
    declared = create_party_key(tmp_path / "declared.pem", "notary.example")
    other = create_party_key(tmp_path / "other.pem", "notary.example")
    text = http_estate.targets("http://127.0.0.1:9/", 1).replace(
        "role: licensor}}", "role: licensor}, notary-office: {name: Notary, role: other}}"
    )
    (tmp_path / "targets.yaml").write_text(text + f"vantages: {{notary: {{party: notary-office, key: {declared}}}}}\n")
    estate, _ = read_targets(Workspace(tmp_path))
    plain = CaptureCommitted(
        capture="c1", intent="c1", deployment="d0", run="r", state="complete", package="d0/20260101T000000Z-c1",
        manifest_sha256="ab" * 32, manifest_bytes=1, artefacts=0, quorum=2,
    )  # fmt: skip

    def signed(file: str, key: VerifierKey, party: str) -> CaptureCommitted:
        signer = PartySigner(PartyVantage("notary", party, str(key)), open_party_key(tmp_path / file, key))
        return signer.signed(plain)

    assert (
        why_not_theirs(estate, plain) == "" == why_not_theirs(estate, signed("declared.pem", declared, "notary-office"))
    )
    assert "declares no vantage" in why_not_theirs(estate, signed("other.pem", other, "notary-office"))
    assert "declares no vantage" in why_not_theirs(estate, signed("declared.pem", declared, "v"))
    forged = replace(signed("declared.pem", declared, "notary-office"), manifest_sha256="cd" * 32)
    assert "does not verify" in why_not_theirs(estate, forged)


def test_two_captures_without_numbers_are_not_told_as_equal() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)

    def seen(first: dict[str, int], second: dict[str, int]) -> SeenByTwo:
        made = tuple(PartyCapture(name, "", "k", "0" * 64, at, one) for name, one in (("a", first), ("b", second)))
        return SeenByTwo("d0", "r", 1, made)

    assert not seen({}, {}).compared
    assert seen({"branch": 34}, {}).compared and seen({"branch": 34}, {}).differing == ("branch",)
    assert seen({"branch": 34}, {"branch": 34}).differing == ()


def test_a_capture_waits_for_its_other_half_and_not_for_ever() -> None:
    assert may_come(SecondVisit("c", "", True, 10.0))
    assert may_come(SecondVisit("c", "d", False, 10.0)), "made, and not followed yet"
    assert not may_come(SecondVisit("c", "", False, 10.0)), "it ended as a gap"
    assert not may_come(SecondVisit("c", "", True, PAIR_SECONDS))


def keep_in_its_place(world: FleetWorld, key: str | None) -> str:
    """A worker of one's own keeps a capture of the notary's slot, in a database whose owner let the key go; its id."""
    address = DatabaseAddress(world.database)
    world.ask("update auditor.vantage set party_key = '' returning id")
    world.ask("update auditor.request set party_key = '' returning id")
    ((name, run),) = world.ask("select id, run from auditor.request where planned = 'd0@notary'")
    with connect(address, "auditor_worker", "hostile") as connection:
        FleetRoster(connection, address).register(WorkerState("w-0", "notary", "h", 1, "s", 1))
        assert DatabaseLease(connection, address).take(["deployment d0"]) == ""
        log = AttemptLog(connection, address)
        begun = log.begin(name, 1, "w-0", None, VisitIntended(intent=name, run=run, deployment="d0", slot="d0@notary"))
        home = f"d0/{package_name(name, begun.at.astimezone(UTC))}"
        capture = CaptureCommitted(
            capture=name, intent=name, deployment="d0", run=run, state="complete", package=home,
            manifest_sha256="0" * 64, manifest_bytes=7, artefacts=3, quorum=2, party=key and "notary-office",
            party_key=key, party_signature=key and "x",
        )  # fmt: skip
        log.end(name, capture, "capture")
    return capture.capture


def told_of(world: FleetWorld, moment: datetime | None = None) -> list[tuple[str, str, str, str]]:
    """What a report says of visits of second parties that are not there."""
    with planner_of(world) as planner:
        journal = planner.instruments.journal
        found = second_missing(journal, moment or planner.instruments.clock(), ("d0",))
        assert second_missing(journal, datetime(2020, 1, 1, tzinfo=UTC), ("d0",)) == ()
        assert second_missing(journal, planner.instruments.clock(), ("d1",)) == ()
    return [(one.deployment, one.vantage, one.how, one.run) for one in found]


def failed_checks(world: FleetWorld) -> set[tuple[str, str]]:
    found = verify_fleet(MovedPlace(world.database, world.store, 1)).checks
    return {(one.name, one.detail) for one in found if one.verdict == "failed"}


@pytest.mark.tsa
@pytest.mark.parametrize(("key", "how"), [(None, "no_party"), ("another", "other_key"), ("declared", "not_signed")])
def test_a_second_partys_slot_that_another_captured_is_told(
    fleet: Callable[[str], FleetWorld], tmp_path: Path, stamps: Authorities, key: str | None, how: str
) -> None:
    """By a check of its own, and in reports; nobody is told that two parties saw the page."""
    with two_parties(fleet, tmp_path, stamps) as (world, _):
        world.maintain(())
        declared = (tmp_path / "notary.party.vkey").read_text().strip()
        assert world.one("select party_key from auditor.vantage where id = 'notary'") == declared
        assert world.one("select party_key from auditor.request where planned = 'd0@notary'") == declared
        assert told_of(world) == [], "it goes on"
        used = {"another": str(create_party_key(tmp_path / "other.pem", "other.example")), "declared": declared}
        capture = keep_in_its_place(world, used[key] if key else None)
        world.maintain()
        names = {name for name, _ in failed_checks(world)}
        assert ("plan.party" in names) is (how != "not_signed"), names
        assert ("capture.party" in names) is (how != "no_party"), names
        assert any(capture in why for name, why in failed_checks(world) if name in {"plan.party", "capture.party"})
        run = world.one("select run from auditor.request limit 1")
        assert told_of(world) == [("d0", "notary", how, run)]


@pytest.mark.tsa
def test_a_party_that_did_not_come_is_told_as_such(
    fleet: Callable[[str], FleetWorld], tmp_path: Path, stamps: Authorities
) -> None:
    with two_parties(fleet, tmp_path, stamps) as (world, _):
        world.maintain(())
        run = world.one("select run from auditor.request limit 1")
        text = (world.root / "targets.yaml").read_text(encoding="utf-8")
        other = create_party_key(tmp_path / "other.pem", "other.example")
        declared = (tmp_path / "notary.party.vkey").read_text().strip()
        (world.root / "targets.yaml").write_text(text.replace(declared, str(other)), encoding="utf-8")
        world.maintain()
        assert world.one("select party_key from auditor.vantage where id = 'notary'") == str(other)
        assert told_of(world) == [("d0", "notary", "gap", run)]
        (gap,) = world.ask("select convert_from(line, 'UTF8') from auditor.ledger where kind = 'gap'")
        assert "another party or key than when the run was planned" in gap[0]
        assert not [name for name, _ in failed_checks(world) if name == "plan.party"]
