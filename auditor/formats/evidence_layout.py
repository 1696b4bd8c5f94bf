"""Where things lie in a workspace's evidence: the one place that spells its folders and files. Pure.

```
evidence/
  journal/entries/, tail.jsonl       the events: sealed segments of 256 lines, and the open one
  journal/tile/                      hash tiles over them (c2sp.org/tlog-tiles)
  journal/head                       the signed note over their number, their Merkle root and the last of them
  journal/checkpoints/, renewals/    signed roots of the journal; statements that renew old timestamps
  journal/comparisons/<name>/<id>/   one comparison: its declaration, its result, its manifest with timestamps
  journal/candidates/<id>/           a front page that was looked at, and what it was held against
  journal/folds/                     what stood open at a checkpoint, named by its line
  trust/                             certificates of the authorities and public keys, dated
  <deployment>/<utc>-<capture>/      one package, described by its `manifest.json`
  hosting/<subject>/<utc>-<filing>/  one filing: a look-up of an address, or what a person looked up
  notices/<notice>/<utc>-<filing>/   one filing: a draft of a notice, a sending of it, what came back
  .staging/                          what is being written; empty when nobody writes
```

A workspace of an earlier version has all its lines in `journal/journal.jsonl`: while that file is there it is the
journal, and `auditor upgrade` makes segments of it. Paths in the journal are relative to `evidence/`; paths in messages
begin with it.
"""

from __future__ import annotations

import re

from auditor.formats.tiles import spread

EVIDENCE = "evidence"
JOURNAL, TRUST, STAGING, README = "journal", "trust", ".staging", "README.md"
JOURNAL_FILE, HEAD_FILE = "journal.jsonl", "head"
"""Of an earlier version: every line in one file; and the signed head."""
ENTRIES, TAIL_FILE, TILES = "entries", "tail.jsonl", "tile"
"""Below `journal/`: sealed segments, the open one, hash tiles."""
CHECKPOINTS, RENEWALS, FOLDS = f"{JOURNAL}/checkpoints", f"{JOURNAL}/renewals", f"{JOURNAL}/folds"
COMPARISONS, CANDIDATES = f"{JOURNAL}/comparisons", f"{JOURNAL}/candidates"
HOSTING, NOTICES = "hosting", "notices"
"""Cabinets of filings: one level deeper than the packages of visits."""
CABINETS = frozenset({HOSTING, NOTICES})
RESERVED = frozenset({JOURNAL, TRUST, README}) | CABINETS
"""Names beside the folders of deployments, which no deployment may have."""
PACKAGE_FILES = frozenset(
    {"circumstances.json", "dns.json", "tls-chain.pem", "traffic.warc.gz", "traffic.warc.gz.sealed"}
)
"""Files of a package beside the folders of its views, whose names no page may have."""
MOVED = "MOVED"
"""Beside `evidence/`: says where the workspace's log goes on; nothing is written here then."""
REPLICA, REPLICA_MARK = "db/replica", "REPLICA"
"""A copy of what a fleet's database and store hold, to read from; the file in it that says so. May be thrown away."""
ACTING = "acting"
"""Beside `evidence/` of a workspace that moved: what its acts stage, which the store may not have yet."""
KEYS, DATABASE, LEDGER = "keys", "db/auditor.db", "db/ledger.db"
"""Beside `evidence/`: private keys, the index, and what the journal says of each id and file."""


AGAIN, REFUSED = ".again-", ".refused-"
"""Behind the authority in a token's name: what lies under its own name is somebody else's; it did not verify."""
_AGAIN = re.compile(rf"{re.escape(AGAIN)}[0-9a-f]{{8}}(?=\.ts[qr]$)")


def own_token_name(path: str) -> str:
    """The name that a token would have if nothing else lay there, by which a bundle's reader knows its authority."""
    return _AGAIN.sub("", path)


def segment_path(index: int) -> str:
    """Path below `journal/` of a sealed segment."""
    return f"{ENTRIES}/{spread(index)}.jsonl"


def in_evidence(path: str) -> str:
    """A path of the journal, such as `trust/a.pem`, as it is from the workspace: `evidence/trust/a.pem`."""
    return f"{EVIDENCE}/{path}"


def from_evidence(path: str) -> str:
    """The inverse of `in_evidence`."""
    return path.removeprefix(f"{EVIDENCE}/")
