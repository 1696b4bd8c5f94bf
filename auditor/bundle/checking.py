"""Checking a bag: every file, every line, every package, every timestamp. Nothing in the bag is believed.

Signatures and tokens are judged by what the caller passes in, who has the keys and roots from elsewhere.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from auditor.bundle import layout
from auditor.bundle.bag import listing
from auditor.bundle.opening import BagFiles, digest, read
from auditor.bundle.tree import Tree, leaf_hash, roots
from auditor.errors import IntegrityError
from auditor.model.evidence import Check, Verification


class Judge(Protocol):
    """Whom the verifier believes."""

    def signed(self, note: bytes, what: str) -> str:
        """The text of a signed note; `IntegrityError` unless a trusted log key signed it."""
        ...

    def stamped(self, data: bytes, request: bytes, response: bytes, authority: str, ended_at: str) -> str:
        """The signer's fingerprint; `IntegrityError` unless a trusted authority stamped `data`, after `ended_at`."""
        ...


@dataclass
class Answers:
    """The answers of one verification under way."""

    made: list[Check] = field(default_factory=list)

    def passed(self, name: str, subject: str, detail: str = "") -> None:
        self.made.append(Check(name, subject, "passed", detail))

    def failed(self, name: str, subject: str, detail: str) -> None:
        self.made.append(Check(name, subject, "failed", detail))

    def must(self, ok: bool, name: str, subject: str, detail: str) -> bool:
        if not ok:
            self.failed(name, subject, detail)
        return ok


@dataclass(frozen=True, slots=True)
class Lines:
    """The journal lines shown."""

    by_number: Mapping[int, bytes]
    bodies: Sequence[tuple[str, Mapping[str, Any]]]
    """Kind and body of each."""

    def of(self, *kinds: str) -> list[Mapping[str, Any]]:
        return [body for kind, body in self.bodies if kind in kinds]


def check(files: BagFiles, judge: Judge, notices: Sequence[str] = ()) -> Verification:
    """Every check of a bag; a first step that fails leaves the later ones unmade, which is not a pass."""
    answers, counts = Answers(), Counter[str]()
    try:
        digests = _bag(files, answers)
        _signature(files, judge, answers)
        tree, checkpoint = _log(files, judge, answers)
        lines = _lines(files, tree, answers)
        homes = _visits(lines, digests, answers)
        stamps = _packages(files, lines, homes, digests, tree, checkpoint, answers)
        _timestamps(files, judge, stamps, digests, answers, counts)
        counts.update(captures=len(homes), files=len(digests), log_lines=tree.size)
    except (IntegrityError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        # A text that is not what its place asks for ends the walk: what follows cannot be looked at.
        answers.failed("bundle.form", files.name, f"cannot be read as a bundle: {type(error).__name__}: {error!s:.300}")
    return Verification(tuple(answers.made), tuple(notices), dict(counts))


def _bag(files: BagFiles, answers: Answers) -> dict[str, str]:
    """RFC 8493: both manifests fit, nothing is missing, nothing was added."""
    paths = files.paths()
    top = {path for path in paths if "/" not in path}
    expected = {*layout.TAG_FILES, layout.TAGS, layout.NOTE}
    answers.must(top == expected, "bag.tag-files", files.name, f"differ: {', '.join(sorted(top ^ expected))}")
    tags = _listed(read(files, layout.TAGS), layout.TAGS)
    answers.must(set(tags) == set(layout.TAG_FILES), "bag.tag-files", layout.TAGS, "does not list the tag files")
    digests = _listed(read(files, layout.MANIFEST), layout.MANIFEST)
    payload = [path for path in paths if "/" in path]
    for path in sorted(set(payload) - set(digests)):
        answers.failed("bag.extra-file", path, "in the bag and in no manifest")
    for path in sorted(set(digests) - set(payload)):
        answers.failed("bag.missing-file", path, "in the manifest and not in the bag")
    there = set(paths)
    for path, listed in [*tags.items(), *digests.items()]:
        same = path not in there or digest(files, path) == listed
        answers.must(same, "bag.digest", path, "its bytes are not the listed ones")
    answers.passed(
        "bag.digest", files.name, f"{len(digests)} files held against the manifest; any that differ are named"
    )
    return digests


def _listed(data: bytes, what: str) -> dict[str, str]:
    found = {line[66:]: line[:64] for line in data.decode("ascii").splitlines()}
    if listing(found) != data or any("data/" not in path and "/" in path for path in found):
        raise IntegrityError(f"{what}: not sorted lines of digest and path, each path once")
    return found


def _signature(files: BagFiles, judge: Judge, answers: Answers) -> None:
    try:
        text = judge.signed(read(files, layout.NOTE), layout.NOTE).split("\n")
    except IntegrityError as error:
        answers.failed("bundle.signature", layout.NOTE, str(error))
        return
    same = text[0] == layout.FORMAT and text[3] == digest(files, layout.TAGS)
    if answers.must(same, "bundle.signature", layout.NOTE, "signs another bag than this one"):
        answers.passed("bundle.signature", layout.NOTE, f"signed as {text[2]} by {text[1]}")


def _log(files: BagFiles, judge: Judge, answers: Answers) -> tuple[Tree, bytes]:
    """The leaf hashes give the root of the checkpoint, and of every earlier one."""
    leaves = [bytes.fromhex(line) for line in read(files, layout.LEAVES).decode("ascii").splitlines()]
    wanted: dict[int, list[tuple[str, str]]] = {}
    main = read(files, layout.CHECKPOINT)
    for path in files.paths():
        if not path.startswith(f"{layout.LOG}/") or not path.endswith("checkpoint"):
            continue
        try:
            text = judge.signed(read(files, path), path).split("\n")
        except IntegrityError as error:
            answers.failed("checkpoint.signature", path, str(error))
            continue
        wanted.setdefault(int(text[1]), []).append((path, text[2]))
    size = int(main.split(b"\n")[1])
    answers.must(
        size == len(leaves), "checkpoint.size", layout.CHECKPOINT, f"counts {size} lines, {len(leaves)} are here"
    )
    for count, root in enumerate(roots(leaves), start=1):
        for path, stated in wanted.pop(count, []):
            fits = base64.b64decode(stated, validate=True) == root
            if answers.must(fits, "checkpoint.root", path, f"its root is not that of the first {count} leaf hashes"):
                answers.passed("checkpoint.root", path, f"{count} lines")
    for count, rest in wanted.items():
        answers.failed("checkpoint.root", rest[0][0], f"counts {count} lines, {len(leaves)} are here")
    return Tree(leaves), main


def _lines(files: BagFiles, tree: Tree, answers: Answers) -> Lines:
    """Each line shown stands at its place in the log, in order, once; neighbours name each other's digests."""
    by_number: dict[int, bytes] = {}
    bodies, last = [], -1
    for line in read(files, layout.LINES).split(b"\n")[:-1]:
        entry = json.loads(line)
        number = int(entry["number"])
        rising = answers.must(number > last, "log.order", layout.LINES, f"line {number} stands after line {last}")
        here = rising and number < tree.size and tree.leaf(number) == leaf_hash(line)
        answers.must(here, "log.line", layout.LINES, f"line {number} is not the one at its place in the log")
        if number - 1 in by_number:
            previous = hashlib.sha256(by_number[number - 1]).hexdigest()
            answers.must(
                entry["previous"] == previous, "log.chain", layout.LINES, f"line {number} follows another line"
            )
        by_number[number] = line
        bodies.append((str(entry["kind"]), entry["body"]))
        last = number
    left = list(csv.reader(io.StringIO(read(files, layout.LEFT_OUT).decode("utf-8"))))[1:]
    told = {int(row[0]): row[1] for row in left}
    whole = set(told) | set(by_number) == set(range(tree.size)) and not set(told) & set(by_number)
    answers.must(whole, "log.left-out", layout.LEFT_OUT, "lines shown and lines left out do not make up the log")
    right = all(tree.leaf(number).hex() == stated for number, stated in told.items() if number < tree.size)
    answers.must(right, "log.left-out", layout.LEFT_OUT, "a leaf hash differs from the log's")
    answers.passed("log.line", layout.LINES, f"{len(by_number)} lines shown of {tree.size}")
    return Lines(by_number, bodies)


def _visits(lines: Lines, digests: Mapping[str, str], answers: Answers) -> dict[str, Mapping[str, Any]]:
    """Each visit announced has one end; each capture shown is here, and nothing else is."""
    begun = Counter(str(body["intent"]) for body in lines.of("intent"))
    ended = Counter(str(body["intent"]) for body in lines.of("capture", "gap") if body.get("intent"))
    for intent in sorted((begun - ended) + (ended - begun)):
        answers.failed("visit.outcome", intent, f"announced {begun[intent]} times, ended {ended[intent]} times")
    homes = {str(body["package"]): body for body in lines.of("capture")}
    here = {"/".join(path.split("/")[2:4]) for path in digests if path.startswith(f"{layout.CAPTURES}/")}
    for home in sorted(set(homes) - here):
        answers.failed("package.missing", home, "captured by the log, and not in the bag")
    for home in sorted(here - set(homes)):
        answers.failed("package.unrecorded", home, "in the bag, and no line of the log shows it")
    answers.passed("visit.outcome", f"{len(begun)} visits", "each announced visit has one end")
    return {home: body for home, body in homes.items() if home in here}


@dataclass(frozen=True, slots=True)
class Stamps:
    """A thing that authorities stamped, and who was asked."""

    path: str
    stem: str
    """Path of its tokens up to the authority's name."""
    quorum: int
    owners: Mapping[str, str]
    ended_at: str


def _packages(
    files: BagFiles, lines: Lines, homes: Mapping[str, Mapping[str, Any]], digests: Mapping[str, str], tree: Tree,
    checkpoint: bytes, answers: Answers,
) -> list[Stamps]:  # fmt: skip
    table = csv.reader(io.StringIO(read(files, layout.WITHHELD).decode("utf-8")))
    out = {(row[0], row[1], row[2]): row[3] for row in table}
    by_home: dict[str, dict[str, str]] = {home: {} for home in homes}
    for path, sha in digests.items():
        home = "/".join(path.split("/")[2:4])
        if path.startswith(f"{layout.CAPTURES}/") and home in by_home:
            by_home[home]["/".join(path.split("/")[4:])] = sha
    stamps = [_asked(files)]
    for home, body in sorted(homes.items()):
        base, inside = f"{layout.CAPTURES}/{home}", by_home[home]
        data = read(files, f"{base}/{layout.PACKAGE}/manifest.json")
        recorded = hashlib.sha256(data).hexdigest() == body["manifest_sha256"]
        answers.must(recorded, "manifest.digest", base, "its manifest is not the one that the log records")
        made = json.loads(data)
        _listed_files(base, made, inside, out, answers)
        _proofs(files, base, inside, lines, tree, checkpoint, answers)
        asked = made["timestamps"]
        owners = {str(one["id"]): str(one["owner"]) for one in asked["authorities"]}
        path = f"{base}/{layout.PACKAGE}/manifest"
        stamps.append(Stamps(f"{path}.json", path, int(asked["quorum"]), owners, str(made["capture"]["ended_at"])))
    answers.passed(
        "package.listing", layout.CAPTURES, f"{len(homes)} packages held against their manifests and the log"
    )
    return stamps


def _asked(files: BagFiles) -> Stamps:
    log = json.loads(read(files, layout.COMPLETENESS))["log"]
    owners = {str(one["id"]): str(one["owner"]) for one in log["authorities"]}
    return Stamps(layout.CHECKPOINT, layout.CHECKPOINT, int(log["quorum"]), owners, "")


def _listed_files(
    base: str,
    made: Mapping[str, Any],
    inside: Mapping[str, str],
    out: Mapping[tuple[str, str, str], str],
    answers: Answers,
) -> None:
    """Each listed artefact is here as listed, or withheld by its digest; nothing else is in the package."""
    capture, listed = str(made["capture"]["id"]), {f"{layout.PACKAGE}/{one['path']}": one for one in made["artefacts"]}
    for path, artefact in listed.items():
        key = (capture, str(artefact["path"]), str(artefact["sha256"]))
        if path in inside:
            answers.must(
                inside[path] == artefact["sha256"], "artefact.digest", f"{base}/{path}", "not as its manifest says"
            )
        elif (
            answers.must(key in out, "artefact.missing", f"{base}/{path}", "neither here nor in withheld.csv")
            and out[key]
        ):
            derived = inside.get(f"redacted/{artefact['path']}")
            answers.must(derived == out[key], "artefact.derivative", f"{base}/{path}", "its derivative is another one")
    for path in inside:
        known = path in listed or path.startswith(f"{layout.PACKAGE}/manifest.")
        if path.startswith(f"{layout.PACKAGE}/"):
            answers.must(known, "artefact.extra", f"{base}/{path}", "in the package and not in its manifest")


def _proofs(
    files: BagFiles, base: str, inside: Mapping[str, str], lines: Lines, tree: Tree, checkpoint: bytes, answers: Answers
) -> None:
    """The lines beside a package are those of the log, each with the proof that this tree gives."""
    for path in (path for path in inside if path.startswith("log/") and path.endswith(".json")):
        line = read(files, f"{base}/{path}")
        number = int(json.loads(line)["number"])
        answers.must(lines.by_number.get(number) == line, "log.copy", f"{base}/{path}", "not the line shown in the log")
        proof = path.removesuffix(".json") + ".tlog-proof"
        right = proof in inside and read(files, f"{base}/{proof}") == tree.proof(number, checkpoint)
        answers.must(right, "log.proof", f"{base}/{proof}", "does not lead from the line to the checkpoint")


def _timestamps(
    files: BagFiles, judge: Judge, stamps: Sequence[Stamps], digests: Mapping[str, str], answers: Answers,
    counts: Counter[str],
) -> None:  # fmt: skip
    """Every token holds, and enough different owners stamped each thing."""
    tokens: dict[str, list[str]] = {}
    for path in sorted(digests):
        folder, _, name = path.rpartition("/")
        if name.endswith(".tsr") and ".refused-" not in name:
            stem, authority = f"{folder}/{name.split('.')[0]}", name.partition(".")[2].removesuffix(".tsr")
            tokens.setdefault(stem, []).append(authority)
    for thing in stamps:
        data, signers, owners = read(files, thing.path), dict[str, str](), set[str]()
        for authority in tokens.pop(thing.stem, []):
            token = f"{thing.stem}.{authority}"
            try:
                request, response = read(files, f"{token}.tsq"), read(files, f"{token}.tsr")
                signer = judge.stamped(data, request, response, authority, thing.ended_at)
            except IntegrityError as error:
                answers.failed("token.verified", f"{token}.tsr", str(error))
                continue
            owner = thing.owners.get(authority, "")
            if answers.must(bool(owner), "token.owner", f"{token}.tsr", "an authority that was not asked") and (
                signers.setdefault(signer, owner) == owner
            ):
                owners.add(owner)
                counts["tokens"] += 1
        enough = len(owners) >= thing.quorum >= 1
        if answers.must(enough, "seal.quorum", thing.path, f"{len(owners)} owners of {thing.quorum} asked for"):
            answers.passed("seal.quorum", thing.path, ", ".join(sorted(owners)))
    for stem in sorted(tokens):
        answers.failed("token.subject", stem, "a timestamp of nothing that is here")
