"""What is kept and how it is proved: packages, seals, the journal, and what a verifier answers.

`CheckList` is the one value of the floor that is not frozen: a verifier fills it, and `done` gives the frozen
`Verification`. *Not checked* is never a pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

EventKind = Literal[
    "workspace.created",
    "journal.layout",
    "workspace.moving",
    "workspace.moved",
    "store.tried",
    "scrub",
    "run.opened",
    "plan",
    "intent",
    "capture",
    "pair",
    "gap",
    "seal",
    "decision",
    "event",
    "export",
    "prune",
    "key",
    "checkpoint",
    "recovery",
    "schedule",
    "comparison",
    "run.closed",
    "filing",
    "notice",
    "records",
    "access",
]
"""`plan`: the slots of an audit, before it starts; `gap`: a slot that ended without a visit, and why; `event`: a key
date (termination, notice, judgment, undertaking); `prune`: holds as they were taken up, and artefacts removed under a
retention rule, by digest; `recovery`: what was found and done after an interruption; `journal.layout`: the lines were
brought into another layout; `workspace.moving`,
`workspace.moved`: the last line before the log went on in another place, and the first there; `store.tried`: what
a store showed in its trial; `scrub`: a share of what is kept was read again; `filing`: a package that is no visit,
announced, committed or given up; `notice`: a letter to a host, checked, about to be sent, or refused; `records`: a
table of another system was taken into `targets.yaml`; `access`: who used the pages, and what was granted and handed
out there."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a line of the journal says."""

    number: int
    """From 0, without holes."""
    at: datetime
    kind: EventKind
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class JournalEntry(Event):
    """One line of the journal. `line` is the exact stored text without its newline; the chain is over these bytes."""

    previous: str
    """SHA-256 of the previous line's bytes; 64 zeros for the first."""
    line: bytes


@dataclass(frozen=True, slots=True)
class Authority:
    """A timestamp authority (RFC 3161) as `targets.yaml` names it."""

    id: str
    """Name of the authority."""
    url: str
    """Address to which requests are sent."""
    owner: str
    """Legal owner; a quorum counts owners, not addresses."""
    roots: str
    """Path of the PEM file of its pinned certificates, relative to `targets.yaml`."""
    policies: tuple[str, ...] = ()
    """Accepted policy OIDs; empty accepts any and says so."""
    practice: bool = False
    """True for a practice authority of the demo: named so wherever it appears."""


TokenStatus = Literal["verified", "refused", "absent"]


@dataclass(frozen=True, slots=True)
class TokenVerdict:
    """What one authority's response is worth for one digest."""

    authority: str
    owner: str
    status: TokenStatus
    verified_by: str = ""
    """`rfc3161-client` or `openssl`, with its version; empty unless verified."""
    gen_time: datetime | None = None
    accuracy_ms: int | None = None
    """None where the token states none: not the same as 0."""
    policy: str = ""
    serial: str = ""
    signer: str = ""
    why: str = ""
    """The check that failed, in one sentence; empty where verified."""
    practice: bool = False
    notes: tuple[str, ...] = ()
    """Remarks on a verified token: signer changed, bound by SHA-1 only, any policy accepted …"""


@dataclass(frozen=True, slots=True)
class Seal:
    """The state of a package's timestamps. Sealed only when tokens of enough different owners verified."""

    manifest_sha256: str
    verdicts: tuple[TokenVerdict, ...]
    quorum: int

    @property
    def sealed(self) -> bool:
        return len({verdict.owner for verdict in self.verdicts if verdict.status == "verified"}) >= self.quorum

    @property
    def sealed_at(self) -> datetime | None:
        """The latest genTime among the verified tokens: from then on, the quorum held."""
        times = [v.gen_time for v in self.verdicts if v.status == "verified" and v.gen_time is not None]
        return max(times) if self.sealed and times else None


@dataclass(frozen=True, slots=True)
class Package:
    """A committed, read-only folder of evidence: one visit."""

    capture: str
    deployment: str
    path: str
    """POSIX path relative to the workspace: `evidence/<deployment>/<utc>-<capture>`."""
    manifest_sha256: str
    seal: Seal


LockMode = Literal["none", "unchecked", "enabled", "COMPLIANCE", "GOVERNANCE"]
"""How a store locks objects by default. `enabled`: it could, and nothing says for how long, so that it locks nothing;
`COMPLIANCE`: nobody takes a version away before its time; `GOVERNANCE`: nobody without a right of its own."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What came of taking files away."""

    files: int = 0
    """That were there, and are gone."""
    kept: tuple[str, ...] = ()
    """What the store has of them all the same, and why, a sentence each."""

    def __add__(self, other: Removal) -> Removal:
        return Removal(self.files + other.files, self.kept + other.kept)


Verdict = Literal["passed", "failed", "not checked"]


@dataclass(frozen=True, slots=True)
class Check:
    """One answer of a verifier. `not checked` is never a pass."""

    name: str
    """Stable name: `artefact.digest`, `token.imprint`, `journal.chain`, `package.extra-file` …"""
    subject: str
    """The file or record looked at, relative to the workspace."""
    verdict: Verdict
    detail: str = ""
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """All answers of one verification, in the order they were made."""

    checks: tuple[Check, ...]
    notices: tuple[str, ...] = ()
    """Loud sentences: trust taken from the copy inside, practice authorities, checks not made."""
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def verdict(self) -> Verdict:
        """`failed` if any check failed; `passed` only where at least one was made and none is `not checked`."""
        if any(check.verdict == "failed" for check in self.checks):
            return "failed"
        if not self.checks or any(check.verdict == "not checked" for check in self.checks):
            return "not checked"
        return "passed"


Progress = Callable[[int, int], None]
"""Called with bytes hashed so far and bytes in all."""


@dataclass(slots=True)
class CheckList:
    """The answers of one verification under way, in the order in which they were found."""

    made: list[Check] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def passed(self, name: str, subject: str, detail: str = "") -> None:
        """The check `name` (such as `artefact.digest`) holds for `subject`, a path or an id."""
        self.made.append(Check(name, subject, "passed", detail))

    def failed(self, name: str, subject: str, detail: str, expected: str = "", found: str = "") -> None:
        """The check does not hold; `expected` and `found` are the two values, where there are two."""
        self.made.append(Check(name, subject, "failed", detail, expected, found))

    def unchecked(self, name: str, subject: str, detail: str) -> None:
        """The check could not be made, and why."""
        self.made.append(Check(name, subject, "not checked", detail))

    def must(self, ok: bool, name: str, subject: str, detail: str) -> bool:
        """`ok` itself; where it is false, the check failed."""
        if not ok:
            self.failed(name, subject, detail)
        return ok

    def notice(self, sentence: str) -> None:
        """Say a sentence once, loudly."""
        if sentence not in self.notices:
            self.notices.append(sentence)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a figure of the result: `packages`, `tokens`, `log_lines`."""
        self.counts[name] += by

    def failures(self) -> int:
        """How many checks failed so far."""
        return sum(check.verdict == "failed" for check in self.made)

    def done(self) -> Verification:
        """The answers as they stand."""
        return Verification(tuple(self.made), tuple(self.notices), MappingProxyType(dict(self.counts)))
