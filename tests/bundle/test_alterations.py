"""Fifty random alterations of a bundle: each is refused by our verifier and by the printed sheet."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.bundle.bag import layout
from auditor.custody import Keys, open_keys
from auditor.custody.journal.keys import generate_keys
from auditor.workflow.bundle.export import ExportResult
from auditor.workflow.bundle.verify import verify_bundle
from auditor.workspace import Workspace
from tests.bundle import printed_sheet as sheet
from tests.bundle.conftest import Practice

Alteration = Callable[[Path, random.Random], str]


def payload(bag: Path) -> list[Path]:
    return sorted(path for path in (bag / "data").rglob("*") if path.is_file() and path.stat().st_size)


def edit(bag: Path, chance: random.Random) -> str:
    path = chance.choice(payload(bag))
    data = bytearray(path.read_bytes())
    place = chance.randrange(len(data))
    data[place] ^= 1 << chance.randrange(7)
    path.write_bytes(data)
    return f"bit in {path.name} at {place}"


def drop(bag: Path, chance: random.Random) -> str:
    path = chance.choice(payload(bag))
    path.unlink()
    return f"dropped {path.name}"


def add(bag: Path, chance: random.Random) -> str:
    folder = chance.choice(payload(bag)).parent
    (folder / "extra.txt").write_text("more")
    return f"added to {folder.name}"


def swap(bag: Path, chance: random.Random) -> str:
    files = payload(bag)
    one = chance.choice(files)
    alike = [path for path in files if path.suffix == one.suffix and path.read_bytes() != one.read_bytes()]
    other = chance.choice(alike or [path for path in files if path.read_bytes() != one.read_bytes()])
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    return f"swapped {one.name} and {other.name}"


LISTS = (layout.LINES, layout.LEAVES, f"{layout.SERIES}/counts.csv", f"{layout.CONTRACT}/price-evidence.csv")
LISTINGS = (layout.MANIFEST, layout.TAGS)


def reorder(bag: Path, chance: random.Random, names: tuple[str, ...] = LISTS) -> str:
    path = bag / chance.choice(names)
    lines = path.read_bytes().splitlines(keepends=True)
    one, other = chance.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    path.write_bytes(b"".join(lines))
    return f"lines {one} and {other} of {path.name}"


ALTERATIONS: dict[str, Alteration] = {"edit": edit, "drop": drop, "add": add, "swap": swap, "reorder": reorder}
HANDS = ("leaves the manifests", "makes the manifests fit", "signs with another key")


def sign(bag: Path, keys: Keys) -> None:
    """Sign the bag and its checkpoints as their owner would."""
    tags = sheet.rebag(bag)
    origin, name = (bag / layout.NOTE).read_text("utf-8").split("\n")[1:3]
    (bag / layout.NOTE).write_bytes(keys.sign(layout.note_text(origin, name, tags)))


def forge(bag: Path, keys: Keys) -> None:
    """Give the whole bundle another owner: checkpoints, copies of keys, manifests, signature."""
    for path in [*(bag / layout.LOG).rglob("*checkpoint")]:
        text = path.read_text("utf-8").partition("\n\n")[0]
        path.write_bytes(keys.sign(f"{text}\n"))
    (bag / layout.TRUST / "log.vkey").write_text(f"{keys.verifier}\n")
    sign(bag, keys)


def refused(bag: Path, commands: str, practice: Practice, what: str) -> None:
    """Both verifiers refuse, each by itself."""
    found = verify_bundle(bag, Workspace(bag / "no-workspace"), practice.trust)
    assert found.verdict == "failed", f"accepted by the program: {what}"
    ok, said = sheet.run(commands, bag, practice.trust)
    assert not ok, f"accepted by the sheet: {what}: {said}"


@pytest.mark.parametrize("number", range(50))
def test_fifty_alterations(number: int, practice: Practice, plain: ExportResult, tmp_path: Path) -> None:
    chance = random.Random(number)
    bag = Path(shutil.copytree(plain.bag, tmp_path / plain.bag.name))
    commands = sheet.script(plain.bag)
    name, hand = list(ALTERATIONS)[number % len(ALTERATIONS)], HANDS[number // len(ALTERATIONS) % len(HANDS)]
    what = f"{ALTERATIONS[name](bag, chance)}, by a hand that {hand}"
    if hand == HANDS[1]:
        sheet.rebag(bag)
    elif hand == HANDS[2]:
        sign(bag, generate_keys("tests.example/bundles"))
    refused(bag, commands, practice, what)


@pytest.mark.parametrize("number", range(4))
def test_the_order_of_a_listing(number: int, practice: Practice, plain: ExportResult, tmp_path: Path) -> None:
    """A manifest says the same in another order; it is refused all the same, since one bag has one form."""
    bag = Path(shutil.copytree(plain.bag, tmp_path / plain.bag.name))
    what = reorder(bag, random.Random(number), LISTINGS)
    refused(bag, sheet.script(plain.bag), practice, what)


def test_another_owner_altogether(practice: Practice, plain: ExportResult, tmp_path: Path) -> None:
    """A bundle that is whole in itself, and signed by nobody we know."""
    bag = Path(shutil.copytree(plain.bag, tmp_path / plain.bag.name))
    forge(bag, generate_keys("tests.example/bundles"))
    refused(bag, sheet.script(plain.bag), practice, "another log key")


def test_roots_of_another_authority(practice: Practice, plain: ExportResult, tmp_path: Path) -> None:
    """Tokens are not believed on roots that were brought for another authority."""
    trust = Path(shutil.copytree(practice.trust, tmp_path / "trust"))
    one, two = (trust / name for name in ("practice-a.pem", "practice-b.pem"))
    first = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(first)
    refused(plain.bag, sheet.script(plain.bag), Practice(practice.root, trust), "swapped roots")


def edit_evidence(bag: Path) -> None:
    (dom,) = bag.glob("data/10-captures/*/*/package/registration/dom.html")
    dom.write_bytes(dom.read_bytes().replace(b"18", b"81"))


def edit_manifest(bag: Path) -> None:
    (manifest,) = bag.glob("data/10-captures/*/*/package/manifest.json")
    manifest.write_bytes(manifest.read_bytes().replace(b'"observed"', b'"timed_out"', 1))


def drop_package(bag: Path) -> None:
    shutil.rmtree(next(bag.glob("data/10-captures/*/*")))


def drop_token(bag: Path) -> None:
    for ending in ("tsr", "tsq"):
        next(bag.glob(f"data/10-captures/*/*/package/manifest.practice-a.{ending}")).unlink()


def swap_tokens(bag: Path) -> None:
    (package,) = bag.glob("data/10-captures/*/*/package")
    for ending in ("tsr", "tsq"):
        shutil.copyfile(bag / layout.LOG / f"checkpoint.practice-a.{ending}", package / f"manifest.practice-a.{ending}")


def drop_line(bag: Path) -> None:
    lines = (bag / layout.LINES).read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if b'"kind":"capture"' not in line]
    (bag / layout.LINES).write_bytes(b"".join(kept))


def drop_leaf(bag: Path) -> None:
    leaves = (bag / layout.LEAVES).read_bytes().splitlines(keepends=True)
    (bag / layout.LEAVES).write_bytes(b"".join(leaves[:-1]))


def add_to_package(bag: Path) -> None:
    (package,) = bag.glob("data/10-captures/*/*/package")
    (package / "registration" / "better.png").write_bytes(b"\x89PNG")


@pytest.mark.parametrize(
    "change",
    [edit_evidence, edit_manifest, drop_package, drop_token, swap_tokens, drop_line, drop_leaf, add_to_package],
    ids=lambda change: change.__name__,
)
def test_the_owner_of_the_key_cannot_change_evidence(
    change: Callable[[Path], None], practice: Practice, plain: ExportResult, tmp_path: Path
) -> None:
    """With the true log key in hand, evidence still cannot be changed: timestamps and the log's root speak."""
    bag = Path(shutil.copytree(plain.bag, tmp_path / plain.bag.name))
    change(bag)
    sign(bag, open_keys(practice.root))
    refused(bag, sheet.script(plain.bag), practice, change.__name__)


def test_a_bundle_does_not_vouch_for_itself(plain: ExportResult, tmp_path: Path) -> None:
    found = verify_bundle(plain.bag, Workspace(tmp_path), None)
    assert found.verdict == "not checked"
    assert [check.name for check in found.checks if check.verdict != "passed"] == ["trust.outside"]
