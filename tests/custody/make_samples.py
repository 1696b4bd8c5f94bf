"""Makes `tests/samples/packages/journal-2` and `tests/samples/tampered-2`: a golden workspace, and attacks on it.

Run as `python -m tests.custody.make_samples tests/samples` to make both anew (fresh keys, fresh timestamps). The golden
workspace of the earlier layout, `packages/manifest-1`, and the attacks on it, `tampered`, can be made by no program any
more and stay as they are; here are the attacks on the journal and those that are new. Each
attack is a function that alters a copy; its folder keeps the difference: `attack.toml` (story, the check that must
fail, files to remove, links to make) and `files/` (what was changed or added). An *outsider* can write files but has
no keys; an *insider* is the operator himself, who has them, and whom only the authorities and the witness keep honest.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from tests.custody import attacks_inside, attacks_on_layout, attacks_outside
from tests.custody import practice_authorities as practice
from tests.custody.golden_workspace import ATTACKS, E, Scene

TABLES = (attacks_outside, attacks_inside, attacks_on_layout)
"""The modules that fill the table of attacks."""
GOLDEN, TAMPERED = "journal-2", "tampered-2"
ON_THE_JOURNAL = ("journal.", "checkpoint.", "intent.", "plan.")
"""Checks that look at the journal: the attacks that they answer are tried on both layouts."""
LINES_BEFORE = 600
"""So that the journal has sealed segments."""


def _tree(root: Path) -> dict[str, bytes | str]:
    """Files by path with their bytes; links as their target's text."""
    found: dict[str, bytes | str] = {}
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            found[path.relative_to(root).as_posix()] = str(path.readlink())
        elif path.is_file():
            found[path.relative_to(root).as_posix()] = path.read_bytes()
    return found


def write_attack(folder: Path, golden: Path, altered: Path, check: str, story: str) -> None:
    """Keep an attack as its difference from the golden evidence."""
    write_difference(folder, golden / E, altered / E, check, story)


def write_difference(folder: Path, golden: Path, altered: Path, check: str, story: str) -> None:
    """The same of any two folders."""
    before, after = _tree(golden), _tree(altered)
    removed = sorted(set(before) - set(after))
    links = {path: data for path, data in after.items() if isinstance(data, str)}
    changed = {path: data for path, data in after.items() if isinstance(data, bytes) and before.get(path) != data}
    if not (removed or links or changed):
        raise SystemExit(f"{folder.name}: changed nothing")
    (folder / "files").mkdir(parents=True)
    for path, data in changed.items():
        (folder / "files" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "files" / path).write_bytes(data)
    text = [f"story = {json.dumps(story)}", f"check = {json.dumps(check)}", f"remove = {json.dumps(removed)}"]
    text += ["", "[links]", *(f"{json.dumps(path)} = {json.dumps(target)}" for path, target in links.items())]
    (folder / "attack.toml").write_text("\n".join(text) + "\n", encoding="utf-8")


def apply(folder: Path, golden: Path, target: Path) -> str:
    """Make `target` the golden workspace after an attack; the check that must fail."""
    return apply_difference(folder, golden / E, target / E)


def apply_difference(folder: Path, golden: Path, target: Path) -> str:
    """The same of any folder."""
    told = tomllib.loads((folder / "attack.toml").read_text(encoding="utf-8"))
    shutil.copytree(golden, target, symlinks=True)
    for path in told["remove"]:
        (target / path).unlink()
    for place in sorted(target.rglob("*"), reverse=True):
        if place.is_dir() and not any(place.iterdir()):
            place.rmdir()
    if (folder / "files").is_dir():
        shutil.copytree(folder / "files", target, dirs_exist_ok=True)
    for path, link in told["links"].items():
        (target / path).unlink(missing_ok=True)
        (target / path).symlink_to(link)
    return str(told["check"])


def main(samples: Path) -> None:
    """Make the golden workspace and every attack on it."""
    with tempfile.TemporaryDirectory() as name, practice.authorities(Path(name) / "authorities") as stamps:
        golden = Path(name) / "golden"
        practice.run(golden, stamps, before=LINES_BEFORE)
        for folder in (samples / "packages" / GOLDEN, samples / TAMPERED):
            shutil.rmtree(folder, ignore_errors=True)
        kept = samples / "packages" / GOLDEN
        shutil.copytree(golden / E, kept / E)
        for place in [kept, *kept.rglob("*")]:
            place.chmod(0o755 if place.is_dir() else 0o644)
        known = {path.name for path in (samples / "tampered").iterdir()}
        for title, (check, story, alter) in ATTACKS.items():
            if title in known and not check.startswith(ON_THE_JOURNAL):
                continue
            copy = Path(name) / title
            shutil.copytree(golden, copy, symlinks=True)
            alter(Scene(copy, stamps))
            write_attack(samples / TAMPERED / title, golden, copy, check, story)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
