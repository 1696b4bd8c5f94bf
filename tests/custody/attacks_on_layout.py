"""What is done to the journal's segments, tiles and folds, by one who has no keys and by one who has them."""

from __future__ import annotations

import json

from auditor.custody.journal.writing.segments import write_segments
from auditor.formats import canonical_json
from tests.custody.golden_workspace import Scene, attack


@attack("journal.tile", "Two hash tiles change places.")
def swapped_tiles(s: Scene) -> None:
    one, two = (s.journal / "tile" / "0" / name for name in ("000", "001"))
    data = one.read_bytes()
    s.edit(one, lambda _: two.read_bytes())
    s.edit(two, lambda _: data)


@attack("journal.tile", "A hash in the right edge of the tiles is another one.")
def altered_edge(s: Scene) -> None:
    s.edit(next((s.journal / "tile" / "1").rglob("2")), lambda data: data[:-1] + bytes([data[-1] ^ 1]))


@attack("journal.tile", "A hash tile is gone.")
def removed_tile(s: Scene) -> None:
    (s.journal / "tile" / "0" / "001").unlink()


@attack("journal.extra-file", "A narrower tile of the past lies beside the present one.")
def stale_tile(s: Scene) -> None:
    edge = next((s.journal / "tile" / "1").rglob("2"))
    (edge.parent / "1").write_bytes(edge.read_bytes()[:32])


@attack("journal.chain", "A sealed segment is one of another log, with the same numbers and a tile that fits it.")
def segment_of_another_log(s: Scene) -> None:
    other = s.root.with_name("other-log")
    previous, lines = canonical_json.ZERO_DIGEST, []
    for line in s.read_lines():
        event = json.loads(line)
        lines.append(canonical_json.encode({**event, "at": "2020-01-01T00:00:00.000000Z", "previous": previous}))
        previous = canonical_json.sha256(lines[-1])
    write_segments(other / "journal", lines)
    for name in ("entries/001.jsonl", "tile/0/001"):
        s.edit(s.journal / name, lambda _, name=name: (other / "journal" / name).read_bytes())  # type: ignore[misc]


@attack("journal.number", "Two sealed segments change places.")
def swapped_segments(s: Scene) -> None:
    data = s.segment(0).read_bytes()
    s.edit(s.segment(0), lambda _: s.segment(1).read_bytes())
    s.edit(s.segment(1), lambda _: data)


@attack("journal.line", "A sealed segment lost its last line.")
def cut_segment(s: Scene) -> None:
    s.edit(s.segment(1), lambda data: b"".join(data.splitlines(keepends=True)[:-1]))


@attack("journal.head", "The open segment is cut back by a few lines.")
def truncated_tail(s: Scene) -> None:
    s.edit(s.journal / "tail.jsonl", lambda data: b"".join(data.splitlines(keepends=True)[:-5]))


@attack("journal.head", "The open segment is gone.")
def removed_tail(s: Scene) -> None:
    (s.journal / "tail.jsonl").unlink()


@attack("journal.digest", "A package that waits is struck from what stood open at a checkpoint.")
def altered_fold(s: Scene) -> None:
    fold = max((s.journal / "folds").glob("*.json"))
    s.edit(fold, lambda data: data.replace(b'"captures":2', b'"captures":1'))


@attack("checkpoint.fold", "The operator restates what stood open at a checkpoint, and signs everything again.")
def restated_fold(s: Scene) -> None:
    fold = max((s.journal / "folds").glob("*.json"))
    before = canonical_json.sha256(fold.read_bytes())
    s.edit(fold, lambda data: data.replace(b'"captures":2', b'"captures":1'))
    after = canonical_json.sha256(fold.read_bytes())
    s.rechain(lambda events: json.loads(json.dumps(events).replace(before, after)))
