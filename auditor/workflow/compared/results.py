"""Comparisons as they are kept: their bytes, read back and checked, and what named persons said of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from auditor.custody import Journal, JournalState, require_initialised
from auditor.errors import ConfigError, IntegrityError
from auditor.formats import canonical_json
from auditor.formats import evidence_layout as layout
from auditor.model.comparisons import (
    ComparisonResult,
    ScreenDecision,
)
from auditor.model.events import ComparisonMade, parse_entry
from auditor.model.evidence import Seal
from auditor.workflow.decisions import read_decisions
from auditor.workspace import Workspace

FORMAT = "auditor.comparison/1"
MAX_RESULT = 256 << 20
FILES = ("result.json", "declaration.json", "manifest.json")


@dataclass(frozen=True, slots=True)
class StoredComparison:
    """A comparison that was made, as it is kept."""

    id: str
    comparison: str
    suspect: str
    at: datetime
    home: str
    """Folder below `evidence/`."""
    result_sha256: str
    result: ComparisonResult
    seal: Seal
    files: Mapping[str, bytes]
    """Bytes of its files by name: as they were filed, or read back and held against the journal."""


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[ComparisonResult]:
    return TypeAdapter(ComparisonResult)


def encode_result(result: ComparisonResult) -> bytes:
    """A result as canonical JSON: the same result gives the same bytes."""
    return canonical_json.encode({"format": FORMAT, "result": _plain(result, _adapter())})


def _plain(value: object, adapter: TypeAdapter[Any]) -> object:
    return adapter.dump_python(value, mode="json", fallback=dict, warnings=False)


def decode_result(data: bytes, what: str) -> ComparisonResult:
    """The inverse of `encode_result`. `IntegrityError` where it would write other bytes than these."""
    body = canonical_json.decode(data, what)
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise IntegrityError(f"{what}: not a result of a comparison in the format {FORMAT}")
    try:
        result = _adapter().validate_python(body["result"])
    except ValueError as error:
        raise IntegrityError(f"{what}: {str(error).splitlines()[0]}") from None
    if encode_result(result) != data:
        raise IntegrityError(f"{what}: holds members that do not follow from the result it describes")
    return result


def named_screen(stored: StoredComparison, screen: str) -> str:
    """Id of a screen that is named by its id or its number. `ConfigError` where there is none of that name."""
    named = {str(number): one.id for number, one in enumerate(stored.result.declaration.screens, 1)}
    wanted = named.get(screen, screen)
    if wanted not in named.values():
        raise ConfigError(f"{screen}: no screen of this comparison; there are {', '.join(named.values())}")
    return wanted


def comparison_json(
    stored: StoredComparison, screen: str = "", decisions: Sequence[ScreenDecision] = ()
) -> dict[str, object]:
    """A comparison as plain values; of one screen alone where it is named, by id or by number."""
    result, wanted = stored.result, named_screen(stored, screen) if screen else ""
    plain = _plain(result, _adapter())
    assert isinstance(plain, dict)  # noqa: S101 (a dataclass is a mapping in JSON)
    if screen:
        plain = next(one for one in plain["pair"]["screens"] if one["screen"] == wanted)
    return {
        "format": FORMAT,
        "id": stored.id,
        "comparison": stored.comparison,
        "result_sha256": stored.result_sha256,
        "sealed": stored.seal.sealed,
        "decisions": [{"screen": one.screen, "answer": one.answer, "by": one.by, "reason": one.reason}
                      for one in decisions],
        ("screen" if screen else "result"): plain,
    }  # fmt: skip


def stored_comparisons(workspace: Workspace) -> list[tuple[ComparisonMade, datetime]]:
    """Every comparison that was made, oldest first."""
    require_initialised(workspace.root)
    entries = Journal.open(workspace.root).entries(kinds={"comparison"})
    said = ((parse_entry(entry), entry.at) for entry in entries)
    return [(one, at) for one, at in said if isinstance(one, ComparisonMade)]


def load_comparison(workspace: Workspace, id_: str) -> StoredComparison:
    """One comparison by its id, or by the name of its suspect: then the newest. The digest of every file is checked."""
    every = stored_comparisons(workspace)
    made = [one for one in every if one[0].result == id_]
    made = made or [one for one in every if id_ in (one[0].suspect, one[0].comparison)]
    if not made:
        known = ", ".join(one.result for one, _ in every[-6:]) or "none"
        raise ConfigError(f"{id_}: no such comparison was made; there are {known}")
    return load_made(workspace, Journal.open(workspace.root).ledger, *made[-1])


def load_made(workspace: Workspace, ledger: JournalState, event: ComparisonMade, at: datetime) -> StoredComparison:
    """The comparison that a line of the journal records. `IntegrityError` where its bytes are others."""
    home = f"{layout.COMPARISONS}/{event.comparison}/{event.result}"
    path = workspace.evidence / home / "result.json"
    files = {name: _filed(workspace, f"{home}/{name}", ledger) for name in FILES}
    # The timestamps are over the manifest: the result is sealed by them where the manifest names it.
    named = canonical_json.decode(files["manifest.json"], f"{home}/manifest.json")
    stamped = named.get("files") if isinstance(named, dict) else None
    held = {name: hashlib.sha256(files[name]).hexdigest() for name in FILES if name != "manifest.json"}
    if stamped != held or held["result.json"] != event.result_sha256:
        raise IntegrityError(f"{path}: not the result that its manifest and the journal name; run `auditor verify`")
    tokens = ledger.tokens(f"{home}/manifest.json")
    verdicts = tuple(one.verdict for one in tokens)
    quorum = max((one.quorum for one in tokens), default=1)
    manifest = hashlib.sha256(files["manifest.json"]).hexdigest()
    return StoredComparison(
        event.result, event.comparison, event.suspect, at, home, event.result_sha256,
        decode_result(files["result.json"], str(path)), Seal(manifest, verdicts, quorum), files,
    )  # fmt: skip


def _filed(workspace: Workspace, name: str, ledger: JournalState) -> bytes:
    """A filed thing with the digest that the journal has of it; `IntegrityError` where its bytes are others."""
    path = workspace.evidence / name
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_RESULT else b""
    except OSError as error:
        raise IntegrityError(f"{path}: cannot be read: {error.strerror}; run `auditor verify`") from error
    if hashlib.sha256(data).hexdigest() != ledger.file(name):
        raise IntegrityError(f"{path}: its bytes differ from the journal's; run `auditor verify`")
    return data


def screen_decisions(
    workspace: Workspace, stored: StoredComparison, until: datetime | None = None
) -> tuple[ScreenDecision, ...]:
    """What named persons said of a comparison until then, the last word on each screen."""
    found: dict[str, ScreenDecision] = {}
    for one in read_decisions(Journal.open(workspace.root).entries(kinds=("decision",)), until):
        if one.kind == "compared_screen" and one.subject.partition("/")[0] == stored.id:
            screen = one.subject.partition("/")[2]
            found[screen] = ScreenDecision(screen, one.text, one.by, one.reason, one.at.date())
    return tuple(found[name] for name in sorted(found))
