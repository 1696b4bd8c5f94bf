"""The log's part of a bag: checkpoint, every leaf hash, the lines shown, and what is said of those left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from auditor.bundle.bag import layout
from auditor.bundle.bag.bag import BagWriter
from auditor.bundle.bag.disk_tables import DiskDict, DiskList
from auditor.bundle.bag.tables import csv_lines, plain_json
from auditor.bundle.dossier import Dossier
from auditor.bundle.log.disclosure import OMISSION_REASONS, DisclosureClassifier
from auditor.clock import timestamp
from auditor.errors import IntegrityError
from auditor.formats.merkle import MerkleTree, leaf_hash

STATEMENT = (
    "Every journal line about the deployments named here, announced in the period named here, is shown; the other"
    " lines are left out and stand here by their leaf hashes alone. The leaf hashes give the root that the checkpoint"
    " signs: no line can be dropped, added, moved or changed without another root. Whether a line that is left out"
    " belongs to the class stated for it can be checked when its text is produced: its hash is fixed here."
)
STATEMENT_ZH = (
    "本包所列部署在所列期间内经预告的全部日志行均已展示;其余日志行仅以叶哈希列出。叶哈希可重新计算得出检查点所签署的根哈希:"
    "任何一行被删除、增加、移动或改动,根哈希即不同。未展示的行是否属于所述类别,在其文本提交时可用此处固定的哈希核对。"
)


def write_log(
    bag: BagWriter, dossier: Dossier, tree: MerkleTree, hidden: Sequence[bytes], lines: DiskDict[int, bytes]
) -> None:
    """Write `60-log`; the lines shown are put on `lines` by number."""
    log = dossier.log
    every = set(dossier.estate.deployments) <= set(dossier.selection.deployments)
    discloser = DisclosureClassifier(dossier.selection, every, hidden, dossier.subjects)
    shown, left, out = Counter[str](), Counter[str](), DiskList(tuple[int, str, str])
    for entry in log.entries():
        if entry.number >= log.size:
            break
        if leaf_hash(entry.line) != tree.leaf(entry.number):
            raise IntegrityError(f"journal line {entry.number}: changed while it was read; run `auditor verify`")
        cause = discloser.left_out(entry)
        if cause is None:
            lines.add(entry.number, entry.line)
            shown[entry.kind] += 1
        else:
            left[cause] += 1
            out.append((entry.number, entry.kind, cause))
    if discloser.visits["captures"] != len(dossier.entries):
        raise IntegrityError(
            f"bundle {dossier.name}: the journal holds {discloser.visits['captures']} captures of this selection,"
            f" {len(dossier.entries)} packages were found; run `auditor verify`"
        )
    if discloser.filings != {one.package.filing for one in dossier.filings}:
        raise IntegrityError(
            f"bundle {dossier.name}: the journal holds {len(discloser.filings)} filings about its subjects,"
            f" {len(dossier.filings)} were found; run `auditor verify`"
        )
    bag.stream(layout.LINES, (line + b"\n" for _, line in lines.items()))
    bag.stream(layout.LEFT_OUT, _left_out(out, tree))
    bag.stream(layout.LEAVES, (f"{leaf.hex()}\n".encode("ascii") for leaf in tree.leaves()))
    bag.put(layout.CHECKPOINT, log.checkpoint)
    for name, data in [*log.checkpoint_files.items()]:
        bag.put(f"{layout.LOG}/{name}", data)
    for name, data in log.earlier.items():
        bag.put(f"{layout.LOG}/checkpoints/{name}", data)
    bag.put(layout.COMPLETENESS, _completeness(dossier, tree, discloser, shown, left))
    out.close()
    discloser.close()


def _left_out(rows: Iterable[tuple[int, str, str]], tree: MerkleTree) -> Iterator[bytes]:
    told = ((number, tree.leaf(number).hex(), kind, why) for number, kind, why in rows)
    return csv_lines(("number", "leaf_sha256", "kind", "left_out_because"), told)


def _completeness(
    dossier: Dossier, tree: MerkleTree, discloser: DisclosureClassifier, shown: Counter[str], left: Counter[str]
) -> bytes:
    chosen = dossier.selection
    return plain_json(
        {
            "format": "auditor.completeness/1",
            "deployments": sorted(chosen.deployments),
            "contracts": sorted(chosen.contracts),
            "findings_asked_for": sorted(chosen.findings),
            "since": timestamp(chosen.since) if chosen.since else None,
            "until": timestamp(chosen.until) if chosen.until else None,
            "as_of": timestamp(chosen.as_of),
            "log": {
                "origin": dossier.log.origin, "size": tree.size, "root_sha256": tree.root.hex(),
                "quorum": dossier.log.quorum,
                "authorities": [{"id": name, "owner": owner} for name, owner in sorted(dossier.log.owners.items())],
            },
            "visits": {**discloser.visits, "not_ended": sorted(discloser.open)},
            "lines_shown": dict(sorted(shown.items())),
            "lines_left_out": {
                one: {"lines": lines, "meaning": OMISSION_REASONS[one]} for one, lines in sorted(left.items())
            },
            "statement": STATEMENT,
            "statement_zh": STATEMENT_ZH,
        }
    )  # fmt: skip
