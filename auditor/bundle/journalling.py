"""The log's part of a bag: checkpoint, every leaf hash, the lines shown, and what is said of those left out."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence

from auditor.bundle import layout
from auditor.bundle.bag import Bag
from auditor.bundle.disclosing import LEFT_OUT, Discloser
from auditor.bundle.dossier import Dossier
from auditor.bundle.tree import Tree, leaf_hash
from auditor.clock import timestamp
from auditor.errors import IntegrityError

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


def write_log(bag: Bag, dossier: Dossier, tree: Tree, hidden: Sequence[bytes]) -> dict[int, bytes]:
    """Write `60-log`; the lines of the entries to hand over, by number."""
    log = dossier.log
    cited = {
        number for entry in dossier.entries for number in (entry.intent_line, entry.capture_line, *entry.seal_lines)
    }
    every = set(dossier.estate.deployments) <= set(dossier.selection.deployments)
    discloser, kept, shown = Discloser(dossier.selection, every, hidden), {}, Counter[str]()
    left: Counter[str] = Counter()
    lines, table = io.BytesIO(), io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(("number", "leaf_sha256", "kind", "left_out_because"))
    for entry in log.entries():
        if entry.number >= log.size:
            break
        if leaf_hash(entry.line) != log.leaves[entry.number]:
            raise IntegrityError(f"journal line {entry.number}: changed while it was read; run `auditor verify`")
        why = discloser.left_out(entry)
        if why is None:
            lines.write(entry.line + b"\n")
            shown[entry.kind] += 1
        else:
            left[why] += 1
            rows.writerow((entry.number, log.leaves[entry.number].hex(), entry.kind, why))
        if entry.number in cited:
            if why is not None:
                raise IntegrityError(f"journal line {entry.number}: cited and yet to be left out ({LEFT_OUT[why]})")
            kept[entry.number] = entry.line
    if discloser.visits["captures"] != len(dossier.entries):
        raise IntegrityError(
            f"bundle {dossier.name}: the journal holds {discloser.visits['captures']} captures of this selection,"
            f" {len(dossier.entries)} packages were found; run `auditor verify`"
        )
    bag.put(layout.LINES, lines.getvalue())
    bag.put(layout.LEFT_OUT, table.getvalue().encode())
    bag.put(layout.LEAVES, "".join(f"{leaf.hex()}\n" for leaf in log.leaves).encode("ascii"))
    bag.put(layout.CHECKPOINT, log.checkpoint)
    for name, data in [*log.checkpoint_files.items()]:
        bag.put(f"{layout.LOG}/{name}", data)
    for name, data in log.earlier.items():
        bag.put(f"{layout.LOG}/checkpoints/{name}", data)
    bag.put(layout.COMPLETENESS, _completeness(dossier, tree, discloser, shown, left))
    return kept


def _completeness(dossier: Dossier, tree: Tree, discloser: Discloser, shown: Counter[str], left: Counter[str]) -> bytes:
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
            "lines_left_out": {why: {"lines": left[why], "meaning": LEFT_OUT[why]} for why in sorted(left)},
            "statement": STATEMENT,
            "statement_zh": STATEMENT_ZH,
        }
    )  # fmt: skip


def plain_json(value: object) -> bytes:
    """JSON for readers: sorted keys, two spaces, a final newline."""
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
