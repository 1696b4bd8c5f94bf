"""Checking a bag: every file, every line, every package, every timestamp. Nothing in the bag is believed.

Signatures and tokens are judged by what the caller passes in, who has the keys and roots from elsewhere. What is known
of the files and lines lies in tables on the disk: memory does not grow with the bag.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from auditor.bundle.bag import layout
from auditor.bundle.bag.disk_tables import DiskDict
from auditor.bundle.bag.reader import BagFiles, bag_file_digest, bag_file_lines, read_bag_file
from auditor.bundle.verify.state import BagCheck, TrustAnchor
from auditor.errors import IntegrityError
from auditor.formats.evidence_layout import REFUSED
from auditor.formats.merkle import MerkleTree, leaf_hash, prefix_roots
from auditor.model.events import (
    CaptureCommitted,
    FilingAbandoned,
    FilingCommitted,
    FilingIntended,
    GapRecorded,
    VisitIntended,
    parse_event,
)
from auditor.model.evidence import Verification

_LISTED = re.compile(rb"([0-9a-f]{64})  (\S+)\n")
_PACKAGE = f"{layout.PACKAGE}/manifest"
AREAS = (f"{layout.CAPTURES}/", f"{layout.HOSTING}/", f"{layout.NOTICES}/")
"""Folders of packages, in the order of their names."""


def check_bag(files: BagFiles, judge: TrustAnchor, notices: tuple[str, ...] = ()) -> Verification:
    """Every check of a bag; a first step that fails leaves the later ones unmade, which is not a pass."""
    with closing(BagCheck(files, judge)) as walk:
        answers = walk.answers
        try:
            _bag(walk)
            _signature(walk)
            _log(walk)
            _lines(walk)
            _visits(walk)
            _packages(walk)
            answers.counts.update(files=len(walk.digests), log_lines=walk.tree.size)
        except (IntegrityError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
            # A text that is not what its place asks for ends the walk: what follows cannot be looked at.
            told = f"cannot be read as a bundle: {type(error).__name__}: {error!s:.300}"
            answers.failed("bundle.form", files.name, told)
        answers.notices.extend(notices)
        return answers.done()


def _bag(walk: BagCheck) -> None:
    """RFC 8493: both manifests fit, nothing is missing, nothing was added."""
    files, answers, digests = walk.files, walk.answers, walk.digests
    with closing(DiskDict[str, str]()) as there:
        for path in files.paths():
            there.add(path, "")
        tags, top = dict(_listing(files, layout.TAGS)), {path for path in there if "/" not in path}
        expected = {*layout.TAG_FILES, layout.TAGS, layout.NOTE}
        answers.must(top == expected, "bag.tag-files", files.name, f"differ: {', '.join(sorted(top ^ expected))}")
        answers.must(set(tags) == set(layout.TAG_FILES), "bag.tag-files", layout.TAGS, "does not list the tag files")
        for path, sha in _listing(files, layout.MANIFEST):
            digests.add(path, sha)
        for path in there:
            if "/" in path and path not in digests:
                answers.failed("bag.extra-file", path, "in the bag and in no manifest")
        for path, sha in tags.items():
            same = path not in there or bag_file_digest(files, path) == sha
            answers.must(same, "bag.digest", path, "its bytes are not the listed ones")
        for path, sha in digests.items():
            if answers.must(path in there, "bag.missing-file", path, "in the manifest and not in the bag"):
                answers.must(
                    bag_file_digest(files, path) == sha, "bag.digest", path, "its bytes are not the listed ones"
                )
    answers.passed(
        "bag.digest", files.name, f"{len(digests)} files held against the manifest; any that differ are named"
    )


def _listing(files: BagFiles, name: str) -> Iterator[tuple[str, str]]:
    """Path and digest of each line; `IntegrityError` unless the lines are in the one form that a bag has."""
    last = ""
    for line in bag_file_lines(files, name):
        found = _LISTED.fullmatch(line)
        path = found[2].decode("ascii") if found else ""
        if not found or path <= last or (not path.startswith("data/") and "/" in path):
            raise IntegrityError(f"{name}: not sorted lines of digest and path, each path once")
        last = path
        yield path, found[1].decode("ascii")


def _signature(walk: BagCheck) -> None:
    answers = walk.answers
    try:
        text = walk.judge.signed(read_bag_file(walk.files, layout.NOTE), layout.NOTE).split("\n")
    except IntegrityError as error:
        answers.failed("bundle.signature", layout.NOTE, str(error))
        return
    same = text[0] == layout.FORMAT and text[3] == bag_file_digest(walk.files, layout.TAGS)
    if answers.must(same, "bundle.signature", layout.NOTE, "signs another bag than this one"):
        answers.passed("bundle.signature", layout.NOTE, f"signed as {text[2]} by {text[1]}")


def _log(walk: BagCheck) -> None:
    """The leaf hashes give the root of the checkpoint, and of every earlier one."""
    files, answers = walk.files, walk.answers
    walk.tree = MerkleTree(
        bytes.fromhex(line.decode("ascii").removesuffix("\n")) for line in bag_file_lines(files, layout.LEAVES)
    )
    walk.checkpoint = read_bag_file(files, layout.CHECKPOINT)
    wanted: dict[int, list[tuple[str, str]]] = {}
    for path, _ in walk.digests.items(f"{layout.LOG}/"):
        if not path.endswith("checkpoint"):
            continue
        try:
            text = walk.judge.signed(read_bag_file(files, path), path).split("\n")
        except IntegrityError as error:
            answers.failed("checkpoint.signature", path, str(error))
            continue
        wanted.setdefault(int(text[1]), []).append((path, text[2]))
    size, here = int(walk.checkpoint.split(b"\n")[1]), walk.tree.size
    answers.must(size == here, "checkpoint.size", layout.CHECKPOINT, f"counts {size} lines, {here} are here")
    for count, root in enumerate(prefix_roots(walk.tree.leaves()), start=1):
        for path, stated in wanted.pop(count, []):
            fits = base64.b64decode(stated, validate=True) == root
            if answers.must(fits, "checkpoint.root", path, f"its root is not that of the first {count} leaf hashes"):
                answers.passed("checkpoint.root", path, f"{count} lines")
    for count, rest in wanted.items():
        answers.failed("checkpoint.root", rest[0][0], f"counts {count} lines, {here} are here")


def _lines(walk: BagCheck) -> None:
    """Each line shown stands at its place in the log, in order, once; neighbours name each other's digests."""
    answers, tree, last, previous = walk.answers, walk.tree, -1, ""
    for whole in bag_file_lines(walk.files, layout.LINES):
        line = whole.removesuffix(b"\n")
        entry = json.loads(line)
        number = int(entry["number"])
        rising = answers.must(number > last, "log.order", layout.LINES, f"line {number} stands after line {last}")
        here = rising and whole != line and tree.leaf(number) == leaf_hash(line)
        answers.must(here, "log.line", layout.LINES, f"line {number} is not the one at its place in the log")
        follows = number != last + 1 or not previous or entry["previous"] == previous
        answers.must(follows, "log.chain", layout.LINES, f"line {number} follows another line")
        walk.shown.add(number, line)
        last, previous = number, hashlib.sha256(line).hexdigest()
    _left_out(walk)
    answers.passed("log.line", layout.LINES, f"{len(walk.shown)} lines shown of {tree.size}")


def _left_out(walk: BagCheck) -> None:
    """Lines shown and lines left out make up the log, each line one of the two."""
    answers, tree, whole, right, told = walk.answers, walk.tree, True, True, 0
    rows = _rows(walk.files, layout.LEFT_OUT)
    next(rows)
    last = -1
    for row in rows:
        number = int(row[0])
        whole = whole and last < number < tree.size and number not in walk.shown
        right = right and tree.leaf(number).hex() == row[1]
        last, told = number, told + 1
    whole = whole and told + len(walk.shown) == tree.size
    answers.must(whole, "log.left-out", layout.LEFT_OUT, "lines shown and lines left out do not make up the log")
    answers.must(right, "log.left-out", layout.LEFT_OUT, "a leaf hash differs from the log's")


def _rows(files: BagFiles, path: str) -> Iterator[list[str]]:
    return csv.reader(line.decode("utf-8") for line in bag_file_lines(files, path))


def _visits(walk: BagCheck) -> None:
    """Each visit announced has one end; what was captured is noted by its folder."""
    answers, ends = walk.answers, DiskDict[str, str]()
    with closing(DiskDict[str, str]()) as begun, closing(ends):
        for line in walk.shown.values():
            entry = json.loads(line)
            if entry["kind"] not in {"intent", "capture", "gap", "filing"}:
                continue
            event = parse_event(entry["kind"], entry["body"], f"journal line {entry['number']}")
            match event:
                case VisitIntended() | FilingIntended() if not begun.add(event.intent, ""):
                    answers.failed("visit.outcome", event.intent, "announced twice")
                case CaptureCommitted() | GapRecorded() | FilingCommitted() | FilingAbandoned() if (
                    event.intent and not ends.add(event.intent, "")
                ):
                    answers.failed("visit.outcome", event.intent, "ended twice")
            if isinstance(event, CaptureCommitted | FilingCommitted) and not walk.homes.add(
                _base(event), event.manifest_sha256
            ):
                answers.failed("visit.outcome", event.package, "captured twice")
        for some, others, why in ((begun, ends, "announced, and no end"), (ends, begun, "ended, and not announced")):
            for intent in some:
                answers.must(intent in others, "visit.outcome", intent, why)
        answers.passed("visit.outcome", f"{len(begun)} visits", "each announced visit has one end")


def _base(event: CaptureCommitted | FilingCommitted) -> str:
    """Where in a bag a package has its folder."""
    if isinstance(event, FilingCommitted):
        return f"{layout.CABINETS[event.cabinet]}/{event.package.partition('/')[2]}"
    return f"{layout.CAPTURES}/{event.package}"


@dataclass(frozen=True, slots=True)
class StampedItem:
    """A thing that authorities stamped, and who was asked."""

    path: str
    stem: str
    """Path of its tokens up to the authority's name."""
    quorum: int
    owners: Mapping[str, str]
    ended_at: str


def _packages(walk: BagCheck) -> None:
    """Each capture shown is here, whole and stamped, and nothing else is."""
    answers, found = walk.answers, 0
    for row in _rows(walk.files, layout.WITHHELD):
        walk.withheld.add("\n".join(row[:3]), row[3])
    _timestamps(walk, _asked(walk), [path for path, _ in walk.digests.items(f"{layout.LOG}/") if _is_token(path)])
    for path in walk.digests:
        if _is_token(path) and not path.startswith((*AREAS, f"{layout.LOG}/")):
            answers.failed("token.subject", path, "a timestamp of nothing that is here")
    inside = (item for area in AREAS for item in walk.digests.items(area))
    for base, group in groupby(inside, key=lambda item: "/".join(item[0].split("/")[:4])):
        here = {"/".join(path.split("/")[4:]): sha for path, sha in group}
        if base in walk.homes:
            found += 1
            _package(walk, base, here)
        else:
            answers.failed("package.unrecorded", base, "in the bag, and no line of the log shows it")
    if found < len(walk.homes):
        for base in walk.homes:
            there = next(walk.digests.items(f"{base}/"), None) is not None
            answers.must(there, "package.missing", base, "captured by the log, and not in the bag")
    answers.passed("package.listing", layout.CAPTURES, f"{found} packages held against their manifests and the log")
    answers.passed("seal.quorum", walk.files.name, f"{answers.counts['sealed']} things stamped by enough owners")
    answers.counts["captures"] = found


def _asked(walk: BagCheck) -> StampedItem:
    log = json.loads(read_bag_file(walk.files, layout.COMPLETENESS))["log"]
    owners = {str(one["id"]): str(one["owner"]) for one in log["authorities"]}
    return StampedItem(layout.CHECKPOINT, layout.CHECKPOINT, int(log["quorum"]), owners, "")


def _package(walk: BagCheck, base: str, inside: Mapping[str, str]) -> None:
    answers = walk.answers
    data = read_bag_file(walk.files, f"{base}/{_PACKAGE}.json")
    recorded = hashlib.sha256(data).hexdigest() == walk.homes[base]
    answers.must(recorded, "manifest.digest", base, "its manifest is not the one that the log records")
    made = json.loads(data)
    _listed_files(walk, base, made, inside)
    _proofs(walk, base, inside)
    asked = made["timestamps"]
    owners = {str(one["id"]): str(one["owner"]) for one in asked["authorities"]}
    stem = f"{base}/{_PACKAGE}"
    stamps = StampedItem(f"{stem}.json", stem, int(asked["quorum"]), owners, str(_subject(made)["ended_at"]))
    _timestamps(walk, stamps, [f"{base}/{path}" for path in inside if _is_token(path)])


def _subject(made: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a manifest describes: a capture, or a filing."""
    found = made["filing"] if "filing" in made else made["capture"]
    if not isinstance(found, dict):
        raise TypeError("a manifest describes an object")
    return found


def _listed_files(walk: BagCheck, base: str, made: Mapping[str, Any], inside: Mapping[str, str]) -> None:
    """Each listed artefact is here as listed, or withheld by its digest; nothing else is in the package."""
    capture, answers = str(_subject(made)["id"]), walk.answers
    listed = {f"{layout.PACKAGE}/{one['path']}": one for one in made["artefacts"]}
    for path, artefact in listed.items():
        subject, sha = f"{base}/{path}", str(artefact["sha256"])
        if path in inside:
            answers.must(inside[path] == sha, "artefact.digest", subject, "not as its manifest says")
            continue
        derived = walk.withheld.get("\n".join((capture, str(artefact["path"]), sha)))
        if answers.must(derived is not None, "artefact.missing", subject, "neither here nor in withheld.csv"):
            same = not derived or inside.get(f"redacted/{artefact['path']}") == derived
            answers.must(same, "artefact.derivative", subject, "its derivative is another one")
    for path in inside:
        known = path in listed or path.startswith(f"{_PACKAGE}.")
        if path.startswith(f"{layout.PACKAGE}/"):
            answers.must(known, "artefact.extra", f"{base}/{path}", "in the package and not in its manifest")


def _proofs(walk: BagCheck, base: str, inside: Mapping[str, str]) -> None:
    """The lines beside a package are those of the log, each with the proof that this tree gives."""
    for path in (path for path in inside if path.startswith("log/") and path.endswith(".json")):
        line = read_bag_file(walk.files, f"{base}/{path}")
        number = int(json.loads(line)["number"])
        same = walk.shown.get(number) == line
        walk.answers.must(same, "log.copy", f"{base}/{path}", "not the line shown in the log")
        proof = path.removesuffix(".json") + ".tlog-proof"
        right = proof in inside and read_bag_file(walk.files, f"{base}/{proof}") == walk.tree.proof(
            number, walk.checkpoint
        )
        walk.answers.must(right, "log.proof", f"{base}/{proof}", "does not lead from the line to the checkpoint")


def _is_token(path: str) -> bool:
    return path.endswith(".tsr") and REFUSED not in path.rpartition("/")[2]


def _timestamps(walk: BagCheck, thing: StampedItem, tokens: list[str]) -> None:
    """Every token holds, and enough different owners stamped the thing."""
    files, answers = walk.files, walk.answers
    data, signers, owners = read_bag_file(files, thing.path), dict[str, str](), set[str]()
    for token in tokens:
        stem, authority = token.removesuffix(".tsr"), token.removesuffix(".tsr").removeprefix(f"{thing.stem}.")
        if stem == authority or "/" in authority:
            answers.failed("token.subject", token, "a timestamp of nothing that is here")
            continue
        try:
            request, response = read_bag_file(files, f"{stem}.tsq"), read_bag_file(files, token)
            signer = walk.judge.stamped(data, request, response, authority, thing.ended_at)
        except IntegrityError as error:
            answers.failed("token.verified", token, str(error))
            continue
        owner = thing.owners.get(authority, "")
        if answers.must(bool(owner), "token.owner", token, "an authority that was not asked") and (
            signers.setdefault(signer, owner) == owner
        ):
            owners.add(owner)
            answers.counts["tokens"] += 1
    enough = len(owners) >= thing.quorum >= 1
    told = f"{len(owners)} owners of {thing.quorum} asked for"
    answers.counts["sealed"] += answers.must(enough, "seal.quorum", thing.path, told)
