"""What is to be removed from a bundle: decisions of kind `redaction`, in the words a person journalled them with.

The subject is a deployment, a capture, a filing or `*`; the text is `text:…`, `region:<view>:x,y,w,h` or
`artefact:<path>`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from auditor.bundle import Redaction, RedactionKind, Selection, region_box
from auditor.custody import describe_filing, filed_packages, open_package
from auditor.errors import ConfigError
from auditor.model.evidence import JournalEntry
from auditor.model.filings import FiledPackage
from auditor.model.findings import Decision
from auditor.workflow.decisions import journal_decision, read_decisions
from auditor.workflow.wiring import Instruments

REDACTION_KINDS = ("text", "region", "artefact")


def record_redaction(instruments: Instruments, asked: str, *, why: str, by: str) -> Decision:
    """Journal one redaction, given as `SUBJECT=KIND:WHAT`; it holds for every bundle from now on."""
    subject, _, text = asked.partition("=")
    known = (
        subject == "*" or subject in instruments.estate.deployments or instruments.index.package(subject) is not None
        or subject in _filings(instruments)
    )  # fmt: skip
    if not known or text.partition(":")[0] not in REDACTION_KINDS or len(text.partition(":")[2]) < 2:
        raise ConfigError(
            f"--redact {asked!r:.60}: expected a deployment, a capture, a filing or *, then =text:…,"
            " =region:<view>:x,y,w,h or =artefact:<path>"
        )
    if not why.strip() or not by.strip():
        raise ConfigError("--redact: a redaction needs --redact-why and --redact-by; both are journalled")
    _require_there(instruments, subject, text)
    made = Decision("", "redaction", instruments.clock(), by.strip(), why.strip(), subject, text=text)
    return journal_decision(instruments.journal, made)


def _require_there(instruments: Instruments, subject: str, text: str) -> None:
    """`ConfigError` where a region or an artefact is named that no capture has: nothing would be hidden by it."""
    kind, _, what = text.partition(":")
    if kind == "text":
        return
    known: set[str] = set()
    for row in instruments.index.packages():
        if subject not in {"*", row.capture, row.deployment}:
            continue
        if kind == "region":
            known |= {view.id for view in row.views}
        else:
            capture = open_package(instruments.workspace.root / row.path, row.manifest_sha256).capture
            known |= {artefact.path for artefact in capture.artefacts}
    if kind == "artefact" and (filed := _filings(instruments).get(subject)) is not None:
        known |= {artefact.path for artefact in describe_filing(instruments.workspace.root, filed).filing.artefacts}
    if kind == "region":
        region_box(what)
    name = what.partition(":")[0] if kind == "region" else what
    if name not in known:
        raise ConfigError(
            f"--redact {subject}={text!r:.80}: no capture has it, so nothing would be hidden; there are:"
            f" {', '.join(sorted(known))[:400] or 'no captures'}"
        )


def _filings(instruments: Instruments) -> dict[str, FiledPackage]:
    return {one.filing: one for one in filed_packages(instruments.journal)}


def redactions_in_force(entries: Iterable[JournalEntry], selection: Selection) -> tuple[Redaction, ...]:
    """The redactions in force at the bundle's moment, superseded ones left out."""
    every = [one for one in read_decisions(entries, selection.as_of) if one.kind == "redaction"]
    replaced = {one.supersedes for one in every if one.supersedes}
    found = []
    for one in every:
        if one.id in replaced:
            continue
        kind, _, what = one.text.partition(":")
        if kind not in REDACTION_KINDS or len(what) < 2:
            raise ConfigError(
                f"redaction {one.id}: {one.text!r:.60}: expected text:…, region:<view>:x,y,w,h or artefact:<path>;"
                " supersede the decision with one in that form"
            )
        found.append(Redaction(one.subject, cast("RedactionKind", kind), what, one.reason, one.by, one.at, one.id))
    return tuple(found)
