"""A package that lies in no workspace: what it proves of itself is checked, what it cannot prove is said."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from auditor import custody
from auditor.demo.authority import PracticeAuthority
from auditor.demo.http_server import LoopbackServer
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import PATIENT, Authorities
from tests.custody.test_attack_corpus import GOLDEN, told

PACKAGE = next((GOLDEN / "evidence" / "site-a").glob("*-c1"))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKAGE, tmp_path / PACKAGE.name))


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    """The authorities' roots, carried by another way than the package."""
    folder = tmp_path / "roots"
    folder.mkdir()
    for name in ("alpha", "beta"):
        (found,) = (GOLDEN / "evidence" / "trust").glob(f"*{name}*.pem")
        shutil.copy(found, folder / f"{name}.pem")
    return folder


def outcome(package: Path, *more: str) -> tuple[int, dict[str, str]]:
    """Exit code, and the verdict of each check; of several, the worst."""
    code, found = told(package.parent, package, *more)
    verdicts: dict[str, str] = {}
    for check in sorted(found["checks"], key=lambda check: ["passed", "not checked", "failed"].index(check["verdict"])):
        verdicts[check["name"]] = check["verdict"]
    return code, verdicts


def test_it_holds_by_itself_and_the_journal_is_not_checked(package: Path, roots: Path) -> None:
    code, verdicts = outcome(package, "--trust", str(roots))
    assert code == 5
    assert {name for name, verdict in verdicts.items() if verdict != "passed"} == {"journal.record"}
    assert verdicts["seal.quorum"] == verdicts["token.verified"] == verdicts["artefact.digest"] == "passed"


def test_without_roots_from_elsewhere_no_timestamp_counts(package: Path) -> None:
    code, verdicts = outcome(package)
    assert code == 5
    assert (verdicts["token.trust"], verdicts["seal.quorum"]) == ("not checked", "not checked")


def changed(package: Path) -> None:
    file = package / "registration" / "dom.html"
    file.write_bytes(file.read_bytes().replace(b"3", b"4", 1))


def added(package: Path) -> None:
    (package / "note.txt").write_text("later")


def swapped(package: Path) -> None:
    one, other = package / "manifest.alpha.tsr", package / "manifest.beta.tsr"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def rewritten(package: Path) -> None:
    file = package / "manifest.json"
    file.write_bytes(file.read_bytes().replace(b'"outcome":"observed"', b'"outcome":"partial0"', 1))


@pytest.mark.parametrize(
    ("attack", "check"),
    [
        (changed, "artefact.digest"),
        (added, "package.extra-file"),
        (lambda package: (package / "README").unlink(), "package.missing-file"),
        (swapped, "token.nonce"),
        (rewritten, "manifest.form"),
        (lambda package: package.rename(package.with_name("20261122T220100Z-c9")), "package.place"),
        (lambda package: (package / "manifest.alpha.tsr").write_bytes(b""), "token.form"),
    ],
)
def test_an_attack_is_refused(package: Path, roots: Path, attack: Callable[[Path], None], check: str) -> None:
    attack(package)
    (package,) = package.parent.glob("2026*")
    code, verdicts = outcome(package, "--trust", str(roots))
    assert (code, verdicts[check]) == (4, "failed"), verdicts


@pytest.mark.parametrize("pinned_by", ["root", "signer"])
def test_two_certificates_of_one_authority_are_not_two_owners(
    workspace: Path, stamps: Authorities, tmp_path: Path, pinned_by: str
) -> None:
    ring = stamps.one.ring
    second = PracticeAuthority(ring, stamps.two.ring)
    second.behave("ec_key")
    server = LoopbackServer(second, name="second", port=0)
    server.start()
    try:
        with custody.open_workspace(workspace) as held:
            real = stamps.pinned()[0]
            twin = replace(real, authority=replace(real.authority, id="gamma", owner="Gamma Ltd", url=server.url))
            sealer = custody.Sealer(held.vault, custody.http_authorities([real, twin], PATIENT), 2, patience=PATIENT)
            sealed = sealer.seal(practice.keep(held, "c5", authorities=[real, twin]))
    finally:
        server.stop()
    alone = Path(shutil.copytree(workspace / sealed.path, tmp_path / Path(sealed.path).name))
    roots = tmp_path / "roots"
    roots.mkdir()
    shutil.copy(ring.root, roots / "alpha.pem")
    shutil.copy(ring.root if pinned_by == "root" else ring.signer("ec").certificate, roots / "gamma.pem")
    _, verdicts = outcome(alone, "--trust", str(roots))
    assert (verdicts["token.verified"], verdicts["seal.quorum"]) == ("passed", "not checked")
