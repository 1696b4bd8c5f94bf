"""A second golden workspace: its log key rotated once, its closing checkpoints cosigned; what an outsider holds of it.

Its attacks need the keys of the owner and of the witness, which are not kept: each is made with the workspace and kept
as its difference from it. `python -m tests.custody.witnessed_workspace tests/samples/witnessed` makes all of it anew.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auditor import custody
from auditor.clock import now
from auditor.custody import CheckpointWitness, Custody
from auditor.custody.transparency.checkpoints import Checkpoint
from auditor.demo.authority import PracticeAuthority
from auditor.demo.http_server import LoopbackServer
from auditor.errors import RefusedByWitnessError
from auditor.formats import manifest
from auditor.model.events import RunClosed, RunOpened
from tests.custody import practice_authorities as practice
from tests.custody.attacks_outside import publish_forged_key
from tests.custody.golden_workspace import E, Scene
from tests.custody.make_samples import write_attack
from tests.custody.practice_authorities import FILES, PATIENT, Authorities
from tests.custody.witness_server import WitnessServer
from tests.custody.witness_server import witness as witnessing


@dataclass
class WitnessedScene(Scene):
    """A copy of the workspace to alter, as it was before its second run where `before` is told, and its witness."""

    server: WitnessServer
    witness: CheckpointWitness


WitnessedAttack = Callable[[WitnessedScene], None]
WITNESSED_ATTACKS: dict[str, tuple[str, str, bool, WitnessedAttack]] = {}


def witnessed(check: str, story: str, *, before: bool = False) -> Callable[[WitnessedAttack], WitnessedAttack]:
    """`before`: the attacker begins with a copy of the workspace from before its second run."""

    def take(function: WitnessedAttack) -> WitnessedAttack:
        WITNESSED_ATTACKS[function.__name__.replace("_", "-")] = (check, story, before, function)
        return function

    return take


def sealer_of(held: Custody, stamps: Authorities) -> custody.Sealer:
    return custody.Sealer(held.vault, custody.http_authorities(stamps.pinned(), PATIENT), 2, patience=PATIENT)


def visit(held: Custody, stamps: Authorities, run: str, capture: str) -> Checkpoint:
    """A run with one capture, and its closing checkpoint."""
    sealer = sealer_of(held, stamps)
    held.journal.record(RunOpened(run=run))
    sealer.seal(practice.keep(held, capture, authorities=stamps.pinned()))
    held.journal.record(RunClosed(run=run))
    return custody.sign_checkpoint(held.journal, sealer, f"close of {run}")


@witnessed(
    "checkpoint.witness", "Rolled back to before the last run; the next close is refused by the witness.", before=True
)
def rolled_back_and_refused(s: WitnessedScene) -> None:
    with s.held() as held, suppress(RefusedByWitnessError):
        custody.request_cosignature(held.vault, visit(held, s.stamps, "run-3", "c5"), s.witness)


@witnessed(
    "checkpoint.witness", "Rolled back to before the last run; the next close is shown to no witness.", before=True
)
def rolled_back_and_hidden(s: WitnessedScene) -> None:
    with s.held() as held:
        visit(held, s.stamps, "run-3", "c5")


@witnessed(
    "checkpoint.outside", "Rolled back to an end that was cosigned, the witness's newest checkpoint gone.", before=True
)
def rolled_back_to_a_cosigned_end(s: WitnessedScene) -> None:
    """Nothing more is done: what is left was right once."""


@witnessed("journal.key", "A thief has the first key, which was rotated and revoked, endorse one of his own.")
def key_endorsed_by_a_revoked_key(s: WitnessedScene) -> None:
    with s.held() as held:
        custody.revoke_log_key(held.journal, str(held.keys.verifier), "stolen")
        custody.rotate_log_keys(held.vault, why="by the thief")
        custody.sign_checkpoint(held.journal, sealer_of(held, s.stamps), "after it")


@witnessed("journal.key", "An outsider brings in his own key, which nobody endorsed, and signs the head with it.")
def forged_key_in_force(s: WitnessedScene) -> None:
    forger = replace(custody.open_keys(s.root), log=Ed25519PrivateKey.generate())
    body = {"action": "rotated", "box": forger.box_public, "log": str(forger.verifier), "why": "key lost"}
    s.rechain(
        lambda events: [*events, {**events[-1], "kind": "key", "body": body}, publish_forged_key(s, forger, events)],
        forger,
    )


@witnessed("seal.owners", "One authority stands in for two owners with a second certificate of its own issuer.")
def one_authority_with_two_certificates(s: WitnessedScene) -> None:
    second = PracticeAuthority(s.stamps.one.ring, s.stamps.two.ring)
    second.behave("ec_key")
    server = LoopbackServer(second, name="second", port=0)
    server.start()
    try:
        with s.held() as held:
            real = s.stamps.pinned()[0]
            twin = replace(real, authority=replace(real.authority, id="gamma", owner="Gamma Ltd", url=server.url))
            sealer = custody.Sealer(held.vault, custody.http_authorities([real, twin], PATIENT), 2, patience=PATIENT)
            assert sealer.seal(practice.keep(held, "c5", authorities=[real, twin])).seal.sealed
    finally:
        server.stop()


@witnessed("workspace.staging", "A whole package for an open intent is laid into staging by one who has no key.")
def package_planted_in_staging(s: WitnessedScene) -> None:
    with s.held() as held:
        intent = custody.entry_sha256(held.intent("intent-c5", run="run-2", deployment="site-a"))
    other = s.root.with_name(f"{s.root.name}-forger")
    practice.begin(other)
    with custody.open_workspace(other) as held:
        at, authorities = now(), [one.authority for one in s.stamps.pinned()]
        staging = held.vault.stage("site-a", "c5", at)
        for path, data in FILES.items():
            staging.put(path, data.replace(b"34", b"20"), media_type="text/html", made_by="test")
        described = custody.encode_manifest(
            practice.capture_of("c5", "intent-c5", staging.artefacts, at),
            intent_sha256=intent, quorum=2, authorities=authorities, software={"auditor": "0"},
        )  # fmt: skip
        seal = held.vault.sign_staged("c5", "intent-c5", described)
        shutil.copytree(other / E / ".staging", s.evidence / ".staging", dirs_exist_ok=True)
        (s.evidence / ".staging" / "capture-c5" / manifest.NAME).write_bytes(described)
        seal.discard()
        staging.discard()


def _first(root: Path, stamps: Authorities, witness: CheckpointWitness) -> str:
    """The workspace up to its first cosigned close; its first log key."""
    practice.begin(root)
    with custody.open_workspace(root) as held:
        given = str(held.keys.verifier)
        custody.request_cosignature(held.vault, visit(held, stamps, "run-1", "c1"), witness)
        old = held.keys.verifier
        custody.rotate_log_keys(held.vault, why="yearly")
        custody.revoke_log_key(held.journal, str(old), "replaced")
    with custody.open_workspace(root) as held:
        custody.request_cosignature(held.vault, visit(held, stamps, "run-1b", "c2"), witness)
    return given


def make(samples: Path) -> None:
    """Make the workspace, the trust folder and every attack."""
    with (
        tempfile.TemporaryDirectory() as name,
        practice.authorities(Path(name) / "authorities") as stamps,
        witnessing() as (server, witness),
    ):
        early, golden, trust = Path(name) / "early", Path(name) / "golden", samples / "trust"
        shutil.rmtree(samples, ignore_errors=True)
        given = _first(early, stamps, witness)
        shutil.copytree(early, golden, symlinks=True)
        with custody.open_workspace(golden) as held:
            last = visit(held, stamps, "run-2", "c3")
            custody.request_cosignature(held.vault, last, witness)
        shutil.copytree(golden / E, samples / "workspace" / E)
        trust.mkdir()
        (trust / "handed-over.checkpoint").write_bytes(bytes(last.note))
        for file, data in (("log", given), ("w1", str(server.vkey))):
            (trust / f"{file}.vkey").write_text(f"{data}\n")
        for file, stamp in (("alpha", stamps.one), ("beta", stamps.two)):
            shutil.copyfile(stamp.ring.root, trust / f"{file}.pem")
        for title, (check, story, before, alter) in WITNESSED_ATTACKS.items():
            copy = Path(name) / title
            shutil.copytree(early if before else golden, copy, symlinks=True)
            alter(WitnessedScene(copy, stamps, server, witness))
            write_attack(samples / "tampered" / title, golden, copy, check, story)
        for place in samples.rglob("*"):
            place.chmod(0o755 if place.is_dir() else 0o644)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
