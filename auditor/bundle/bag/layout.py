"""Where things lie in a bag, and which names it may hold. Pure."""

from __future__ import annotations

import re
from datetime import datetime

FORMAT = "auditor.bundle/1"
INDEX, CAPTURES, SERIES, CONTRACT, DAMAGES, COMPARISONS, LOG, TRUST, PAPERS, VERIFY, REDACTION = (
    "data/00-index", "data/10-captures", "data/20-series", "data/30-contract", "data/40-damages",
    "data/50-comparisons", "data/60-log", "data/70-trust", "data/80-certs", "data/90-verify", "data/99-redaction",
)  # fmt: skip
HOSTING = "data/35-hosting"
"""Filings about where deployments run: one folder for each, as those of captures are."""
NOTICES = "data/50-notices"
"""Notices to hosts: drafts, what was sent, what came back, one folder for each filing."""
CABINETS = {"hosting": HOSTING, "notices": NOTICES}
"""Where the filings of each cabinet lie."""
PACKAGE = "package"
"""Folder of a capture's own files, byte for byte as in the evidence."""
NOTE = "bundle.note"
"""The log key's signature over the tag manifest; the one file that no manifest lists."""
MANIFEST, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
TAG_FILES = ("README.txt", "README.zh.txt", "VERIFY.md", "bag-info.txt", "bagit.txt", MANIFEST)
"""The tag files that `tagmanifest-sha256.txt` lists, in its order."""
CHECKPOINT = f"{LOG}/checkpoint"
LEAVES, LINES, LEFT_OUT = f"{LOG}/leaf-hashes.txt", f"{LOG}/disclosed.jsonl", f"{LOG}/left-out.csv"
COMPLETENESS = f"{LOG}/completeness.json"
WITHHELD = f"{REDACTION}/withheld.csv"
FORBIDDEN_NAMES = frozenset({"keys"})


def bag_name(case: str, as_of: datetime) -> str:
    """`EB-<case>-<yyyymmdd>`, ASCII, at most 100 characters."""
    safe = re.sub(r"[^A-Za-z0-9.]+", "-", case).strip("-.")[:80] or "case"
    return f"EB-{safe}-{as_of:%Y%m%d}"


def note_text(origin: str, name: str, tags_sha256: str) -> str:
    """What the log key signs to make a bag its own."""
    return f"{FORMAT}\n{origin}\n{name}\n{tags_sha256}\n"
