"""Makes `tests/samples/bundles`: a workspace, a bundle of it, what an outsider holds, and attacks on the bundle.

Run as `python -m tests.bundle.make_bundle_samples tests/samples/bundles` to make all anew (fresh keys, fresh
timestamps); the keys are not kept. An attack is kept as its difference from the bag, as those on a workspace are, or as
a whole zip: `attack.toml` says the story and the check that must fail.
"""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import struct
import sys
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from auditor.bundle import build_bag
from auditor.custody import Keys, open_keys, revoke_log_key, rotate_log_keys, sign_checkpoint
from auditor.custody.journal.keys import generate_keys
from auditor.model.events import CheckpointRefused
from auditor.workflow.audit.audit import visit_one
from auditor.workflow.audit.run_record import close_run, open_run, sign_plan
from auditor.workflow.audit.visit_runner import RunControl, VisitRunner
from auditor.workflow.audit.visit_timing import VisitTiming
from auditor.workflow.bundle.export import ExportResult, export_bundle
from auditor.workflow.bundle.selection import BundleRequest, build_dossier, determine_cutoff, select_scope
from auditor.workflow.wiring import initialise_workspace, open_instruments
from auditor.workspace import Workspace
from tests.bundle.test_alterations import forge, sign
from tests.custody.make_samples import write_difference
from tests.custody.practice_authorities import Authorities, authorities
from tests.workflow.http_estate import JsonSite, clean_machine, serving, targets, unopened_browser

WANTED = BundleRequest(deployments=("d0",))
WITNESS = "witness.example/w1+5aa3a1a8+BGtkEVYKFZcDwjFNlZfbIh7aqYWuYUWtLgvjSOL1cgwk"


@dataclass(frozen=True)
class BundleScene:
    """A copy of the bag to alter, and a copy of the workspace that it came from."""

    bag: Path
    workspace: Workspace

    @property
    def keys(self) -> Keys:
        return open_keys(self.workspace.root)

    def again(self) -> None:
        """The bag, made anew of the workspace as it is now."""
        shutil.rmtree(self.bag)
        with open_instruments(self.workspace) as instruments:
            cutoff = determine_cutoff(instruments, WANTED)
            dossier = build_dossier(instruments, WANTED, cutoff, select_scope(instruments, WANTED, cutoff), None)
            build_bag(dossier, self.bag, instruments.custody.keys.sign, lambda *_: None)


BundleAttack = Callable[[BundleScene], None]
BUNDLE_ATTACKS: dict[str, tuple[str, str, BundleAttack]] = {}
ZIP_ATTACKS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {}
NOT_ON_THE_SHEET = frozenset({"fork-under-the-key-of-the-log"})
"""What only the workspace that it names can tell: by the sheet, elsewhere, such a bundle is whole."""


def on_a_bundle(check: str, story: str) -> Callable[[BundleAttack], BundleAttack]:
    def take(function: BundleAttack) -> BundleAttack:
        BUNDLE_ATTACKS[function.__name__.replace("_", "-")] = (check, story, function)
        return function

    return take


def on_a_zip(story: str) -> Callable[[Callable[[bytes], bytes]], Callable[[bytes], bytes]]:
    def take(function: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
        ZIP_ATTACKS[function.__name__.replace("_", "-")] = (story, function)
        return function

    return take


@on_a_bundle("bundle.signature", "Signed by a key that the bundle's own lines show to be revoked.")
def under_a_revoked_key(s: BundleScene) -> None:
    old = s.keys
    with open_instruments(s.workspace) as instruments:
        rotate_log_keys(instruments.custody.vault, why="yearly")
    with open_instruments(s.workspace) as instruments:
        revoke_log_key(instruments.journal, str(old.verifier), "stolen")
        sign_checkpoint(instruments.journal, instruments.sealer, "after the rotation")
    s.again()
    sign(s.bag, old)


@on_a_bundle("bundle.log", "A thief of the log key makes it of a fork: a line that the owner's journal has not.")
def fork_under_the_key_of_the_log(s: BundleScene) -> None:
    with open_instruments(s.workspace) as instruments:
        instruments.custody.gap("the host was down", run="r-9", deployment="d0", slot="later")
        sign_checkpoint(instruments.journal, instruments.sealer, "of the fork")
    s.again()


@on_a_bundle("bundle.signature", "The whole bundle gets another owner: checkpoints, key, manifests, signature.")
def another_owner(s: BundleScene) -> None:
    forge(s.bag, generate_keys("own.example/forged"))


@on_a_bundle("checkpoint.witness", "A witness refused the log; the keeper exports a bundle all the same.")
def refused_by_a_witness(s: BundleScene) -> None:
    with open_instruments(s.workspace) as instruments:
        size = instruments.journal.size
        instruments.journal.record(CheckpointRefused(size=size, witness=WITNESS, status=422, seen=None, said="no"))
        sign_checkpoint(instruments.journal, instruments.sealer, "after the refusal")
    s.again()


@on_a_bundle("token.verified", "The token of one authority is filed as the other's too; the owner signs.")
def one_authority_as_two(s: BundleScene) -> None:
    (package,) = s.bag.glob("data/10-captures/*/*/package")
    for ending in ("tsr", "tsq"):
        shutil.copyfile(package / f"manifest.alpha.{ending}", package / f"manifest.beta.{ending}")
    sign(s.bag, s.keys)


@on_a_bundle("seal.quorum", "A token is left out; the owner signs.")
def removed_token(s: BundleScene) -> None:
    (package,) = s.bag.glob("data/10-captures/*/*/package")
    for ending in ("tsr", "tsq"):
        (package / f"manifest.alpha.{ending}").unlink()
    sign(s.bag, s.keys)


@on_a_bundle("artefact.digest", "A number in the page is altered; the owner signs.")
def edited_evidence(s: BundleScene) -> None:
    for path in s.bag.glob("data/10-captures/*/*/package/**/*.json"):
        path.write_bytes(path.read_bytes().replace(b'"used": 18', b'"used": 81'))
    sign(s.bag, s.keys)


@on_a_bundle("bag.extra-file", "A file is laid into the bag by one who has no key.")
def added_file(s: BundleScene) -> None:
    (s.bag / "data" / "forged.html").write_bytes(b"forged")


def _start(good: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        return archive.start_dir


@on_a_zip("An entry that the directory does not list: whoever unpacks a stream gets it.")
def hidden_entry(good: bytes) -> bytes:
    start, name, data = _start(good), b"x/index.html", b"forged"
    local = b"PK\x03\x04" + struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 33, 0, len(data), len(data), len(name), 0)
    entry = local + name + data
    return good[:start] + entry + good[start:-6] + struct.pack("<LH", start + len(entry), 0)


@on_a_zip("Bytes before the first entry.")
def bytes_before(good: bytes) -> bytes:
    return bytes(30) + good


@on_a_zip("Bytes behind the directory.")
def bytes_behind(good: bytes) -> bytes:
    return good + bytes(30)


@on_a_zip("The directory gives the first entry a second name (0x7075), under which `unzip` writes it.")
def second_name(good: bytes) -> bytes:
    start = _start(good)
    first = good[start:]
    named = struct.unpack("<H", first[28:30])[0]
    name = first[46 : 46 + named]
    second = struct.pack("<HHBL", 0x7075, 5 + named, 1, zlib.crc32(name)) + name[:-1] + b"X"
    entry = first[:30] + struct.pack("<H", len(second)) + first[32 : 46 + named] + second + first[46 + named : -22]
    end = first[-22:]
    return good[:start] + entry + end[:12] + struct.pack("<L", len(entry)) + end[16:]


def _audited(samples: Path, base: Path) -> None:
    """A workspace after a run over one deployment, stamped by two authorities, its bundle, and the attacks on that."""
    root, trust = base / "workspace", samples / "trust"
    root.mkdir()
    workspace = Workspace(root)
    with serving(JsonSite()) as address, authorities(base / "authorities") as stamps:
        _configure(root, address, stamps)
        initialise_workspace(workspace, origin="tests.example/bundles")
        with open_instruments(workspace) as instruments:
            run = open_run(instruments, (), None)
            sign_plan(instruments, run)
            runner = VisitRunner(instruments, run, VisitTiming(1, {}, {}), RunControl(lambda *_: None, lambda: False))
            close_run(instruments, asyncio.run(runner.run(visit_one, unopened_browser(), clean_machine())))
        early = Path(shutil.copytree(root, base / "early", symlinks=True))
        with open_instruments(workspace) as instruments:
            made = export_bundle(instruments, WANTED, base / "bundles", lambda *_: None)
        for name, stamp in (("alpha", stamps.one), ("beta", stamps.two)):
            shutil.copyfile(stamp.ring.root, trust / f"{name}.pem")
        shutil.copyfile(root / "keys" / "log.vkey", trust / "log.vkey")
        _attack(samples, made, early)


def _configure(root: Path, address: str, stamps: Authorities) -> None:
    entries = ""
    for one, server, name in zip((stamps.one, stamps.two), stamps.servers, ("alpha", "beta"), strict=True):
        (root / f"{name}.pem").write_bytes(one.ring.root.read_bytes())
        entries += (
            f"    {name}: {{url: '{server.url}', owner: '{one.ring.owner}', roots: {name}.pem, practice: true}}\n"
        )
    text = f"{targets(address, 1)}timestamping:\n  quorum: 2\n  authorities:\n{entries}"
    (root / "targets.yaml").write_text(text, encoding="utf-8")


def _attack(samples: Path, made: ExportResult, early: Path) -> None:
    """Keep the workspace as it was exported, the bag and every attack on it."""
    golden = samples / "golden" / made.bag.name
    shutil.copytree(made.bag, golden)
    shutil.copytree(early / "evidence", samples / "workspace" / "evidence")
    for title, (check, story, alter) in BUNDLE_ATTACKS.items():
        root = Path(shutil.copytree(early, early.with_name(title), symlinks=True))
        scene = BundleScene(
            Path(shutil.copytree(made.bag, root.with_name(f"{title}-bag") / made.bag.name)), Workspace(root)
        )
        alter(scene)
        write_difference(samples / "tampered" / title, golden, scene.bag, check, story)
    for title, (story, change) in ZIP_ATTACKS.items():
        folder = samples / "tampered" / title
        folder.mkdir()
        told = f'story = {json.dumps(story)}\ncheck = "zip"\n{_difference(made.zip.read_bytes(), change)}'
        (folder / "attack.toml").write_text(told, encoding="utf-8")


def _difference(good: bytes, change: Callable[[bytes], bytes]) -> str:
    """Where the altered zip begins to be another, how many bytes of the good one are gone there, and what it has."""
    altered = change(good)
    begin = _alike(good, altered)
    alike = _alike(good[begin:][::-1], altered[begin:][::-1])
    text = altered[begin : len(altered) - alike].hex()
    return f"begin = {begin}\ngone = {len(good) - begin - alike}\nbytes = {json.dumps(text)}\n"


def _alike(one: bytes, other: bytes) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def altered_zip(good: bytes, folder: Path) -> bytes:
    """The zip after an attack."""
    told = tomllib.loads((folder / "attack.toml").read_text(encoding="utf-8"))
    begin, gone = int(told["begin"]), int(told["gone"])
    return good[:begin] + bytes.fromhex(told["bytes"]) + good[begin + gone :]


def main(samples: Path) -> None:
    """Make the workspace, the bundle, the trust folder and every attack."""
    shutil.rmtree(samples, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        (samples / "trust").mkdir(parents=True)
        _audited(samples, Path(name))
        for place in samples.rglob("*"):
            place.chmod(0o755 if place.is_dir() else 0o644)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
