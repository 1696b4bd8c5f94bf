"""Where things lie in a workspace's evidence: the one place that spells its folders and files. Pure.

```
evidence/
  journal/journal.jsonl, head        the events, and the signed note over the last of them
  journal/checkpoints/, renewals/    signed roots of the journal; statements that renew old timestamps
  journal/comparisons/<name>/<id>/   one comparison: its declaration, its result, its manifest with timestamps
  journal/candidates/<id>/           a front page that was looked at, and what it was held against
  trust/                             certificates of the authorities and public keys, dated
  <deployment>/<utc>-<capture>/      one package, described by its `manifest.json`
  hosting/<subject>/<utc>-<filing>/  one filing: a look-up of an address, or what a person looked up
  notices/<notice>/<utc>-<filing>/   one filing: a draft of a notice, a sending of it, what came back
  .staging/                          what is being written; empty when nobody writes
```

Paths in the journal are relative to `evidence/`; paths in messages begin with it.
"""

from __future__ import annotations

EVIDENCE = "evidence"
JOURNAL, TRUST, STAGING, README = "journal", "trust", ".staging", "README.md"
JOURNAL_FILE, HEAD_FILE = "journal.jsonl", "head"
CHECKPOINTS, RENEWALS = f"{JOURNAL}/checkpoints", f"{JOURNAL}/renewals"
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
KEYS, DATABASE = "keys", "db/auditor.db"
"""Beside `evidence/`: private keys, and the index."""


def in_evidence(path: str) -> str:
    """A path of the journal, such as `trust/a.pem`, as it is from the workspace: `evidence/trust/a.pem`."""
    return f"{EVIDENCE}/{path}"


def from_evidence(path: str) -> str:
    """The inverse of `in_evidence`."""
    return path.removeprefix(f"{EVIDENCE}/")
