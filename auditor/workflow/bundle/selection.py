"""For a bundle: the moment, the selection, and the dossier made of what every room has to say about it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from auditor import __version__
from auditor.bundle import (
    BundledFiling,
    BundledPackage,
    BundledTrust,
    CheckpointedLog,
    Dossier,
    LoadedPackage,
    PrintToPdf,
    Proceeding,
    Selection,
    bag_name,
)
from auditor.clock import timestamp
from auditor.custody import (
    CheckpointRecord,
    Journal,
    JournalState,
    LedgerAsOf,
    lines_by_moment,
    load_checkpoint,
    open_package,
    seal_of,
    sign_checkpoint,
)
from auditor.errors import ConfigError, IntegrityError
from auditor.model.events import CheckpointRefused, parse_entry
from auditor.model.reports import Report
from auditor.workflow.bundle.attachments import attachment_files, contract_documents
from auditor.workflow.bundle.comparisons import bundled_comparisons
from auditor.workflow.bundle.filings import (
    bundled_filings,
    bundled_notices,
    bundled_records,
    hosting_file,
    notices_file,
)
from auditor.workflow.bundle.notice_papers import bundled_papers
from auditor.workflow.bundle.redactions import redactions_in_force
from auditor.workflow.compared.records import comparison_records
from auditor.workflow.notices.records import receipt_dates
from auditor.workflow.report.compose import compose_report
from auditor.workflow.report.customer import contracts_about, deployments_of_contract, require_known
from auditor.workflow.report.subset import restrict_report, selected_unobserved
from auditor.workflow.wiring import Instruments

KINDS_NOT_MOVING_CUTOFF = {"checkpoint", "export"}
"""Kinds of line that an export itself may write: they do not move the moment that is taken where none is given."""
CHINA = "CN"


@dataclass(frozen=True, slots=True)
class BundleRequest:
    """What a person asks to hand over."""

    contracts: tuple[str, ...] = ()
    deployments: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    """Fingerprints, or rule ids."""
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    """None: the last thing that happened, exports and checkpoints apart."""
    case: str = ""
    proceeding: str = ""
    """ISO 3166-1 code of the country whose court it is for."""
    legal_basis: str = ""
    answered_by: str = ""
    stored_in: str = ""
    """Country where the evidence is stored, where the record does not say it."""


@dataclass(frozen=True, slots=True)
class BundleCutoff:
    """A moment of the journal, the checkpoint that covers it, and what the journal said until then."""

    as_of: datetime
    covering: CheckpointRecord
    ledger: LedgerAsOf
    """What the lines written by the moment say."""
    now: JournalState
    """What all lines say: the checkpoint's timestamps came after it."""


@dataclass(frozen=True, slots=True)
class BundleScope:
    """What is handed over, and what the report says as of the moment."""

    selection: Selection
    entries: tuple[BundledPackage, ...]
    report: Report
    """The whole one, not yet narrowed."""
    proceeding: Proceeding
    case: str
    filings: tuple[BundledFiling, ...] = ()
    subjects: frozenset[str] = frozenset()
    """Names under which the filings lie."""


def determine_cutoff(instruments: Instruments, request: BundleRequest) -> BundleCutoff:
    """The moment of the bundle and its checkpoint; where none covers it yet, one is made."""
    journal = instruments.journal
    as_of = request.as_of or _last_happened(journal)
    ledger = LedgerAsOf(journal.ledger, as_of, journal.size)
    last = ledger.last
    if last is None:
        raise ConfigError(f"--as-of {timestamp(as_of)}: before the workspace began, {timestamp(journal.entry(0).at)}")
    covering = _covering(journal.ledger, last)
    if covering is None:
        sign_checkpoint(instruments.journal, instruments.sealer, f"bundle as of {timestamp(as_of)}")
        covering = _covering(instruments.journal.ledger, last)
    if covering is None:
        raise IntegrityError(
            "bundle: no checkpoint of the journal is stamped by the quorum of authorities; none could be reached?"
            " Nothing was exported; try again when they answer"
        )
    return BundleCutoff(as_of, covering, ledger, journal.ledger)


def _last_happened(journal: Journal) -> datetime:
    """The latest moment of a line that an export does not write itself."""
    for number, kind in lines_by_moment(journal.ledger):
        entry = journal.entry(number)
        if kind not in KINDS_NOT_MOVING_CUTOFF or isinstance(parse_entry(entry), CheckpointRefused):
            return entry.at
    return journal.entry(0).at


def _covering(ledger: JournalState, last: int) -> CheckpointRecord | None:
    """The earliest checkpoint over line `last` that the quorum stamped."""
    for record in ledger.checkpoints_over(last):
        tokens = ledger.tokens(record.path)
        if tokens and seal_of("", tokens[-1].quorum, tokens).sealed:
            return record
    return None


def select_scope(instruments: Instruments, request: BundleRequest, cutoff: BundleCutoff) -> BundleScope:
    """Turn contracts and findings into deployments, and those into packages; and ask whether it may leave."""
    zone = instruments.estate.timezone
    receipts = receipt_dates(instruments.workspace.root, instruments.journal, cutoff.as_of, zone)
    report = compose_report(
        instruments.estate, instruments.index, instruments.journal, cutoff.as_of, request.case, receipts=receipts
    )
    selection = _selection(instruments, request, cutoff, report)
    proceeding = _gate(instruments, request, selection)
    entries = tuple(_entries(instruments, cutoff, selection))
    begun = [one.id for one in cutoff.ledger.open_intents() if one.deployment in selection.deployments]
    if begun:
        raise ConfigError(
            f"bundle: visit {begun[0]} has not ended at {timestamp(cutoff.as_of)}; give --as-of a moment between visits"
        )
    if not entries:
        raise ConfigError(
            f"bundle: no capture of {', '.join(selection.deployments)} in that period; see `auditor status`"
        )
    case = request.case or "-".join(selection.contracts) or selection.deployments[0]
    return BundleScope(selection, entries, report, proceeding, case, *bundled_filings(instruments, selection))


def _selection(instruments: Instruments, request: BundleRequest, cutoff: BundleCutoff, report: Report) -> Selection:
    estate = instruments.estate
    require_known(estate, request.contracts, request.deployments)
    found, asked = set(request.deployments), set[str]()
    for wish in request.findings:
        meant = [one for one in report.findings if wish in {one.fingerprint, one.rule}]
        if not meant:
            raise ConfigError(f"--finding {wish}: no finding of that fingerprint or rule stands at this moment")
        asked |= {one.fingerprint for one in meant}
        found |= {name for one in meant for name in (one.deployment, *one.others) if name in estate.deployments}
    for contract in request.contracts:
        found |= deployments_of_contract(estate, contract)
    if not (request.contracts or request.deployments or request.findings):
        found = set(estate.deployments)
    contracts = set(request.contracts) | contracts_about(estate, found)
    return Selection(
        tuple(sorted(found)), tuple(sorted(contracts)), tuple(sorted(asked)), request.since, request.until, cutoff.as_of
    )


def _gate(instruments: Instruments, request: BundleRequest, selection: Selection) -> Proceeding:
    """Whether the bundle may leave for the proceeding it is meant for.

    数据安全法 art. 36 and 个人信息保护法 art. 41: data stored in China is given to a foreign judicial body with
    approval alone. The answer is a person's; it is asked for and recorded, not judged.
    """
    places = {
        place.split("-")[0].upper()
        for name in selection.deployments
        for place in (
            instruments.estate.deployments[name].vantage or "",
            instruments.estate.deployments[name].place or "",
        )
        if place.split("-")[0].upper() == CHINA
    }
    places |= {request.stored_in.upper()} if request.stored_in else set()
    abroad = request.proceeding.upper() not in {"", CHINA}
    if abroad and CHINA in places and not (request.legal_basis.strip() and request.answered_by.strip()):
        raise ConfigError(
            f"bundle: data taken or stored in China for a proceeding in {request.proceeding}: expected a legal basis"
            " (DSL art. 36, PIPL art. 41: approval) and the name of who answers for it, found none."
            " Give --legal-basis TEXT and --answered-by NAME; both are journalled"
        )
    return Proceeding(
        request.proceeding.upper(), request.legal_basis.strip(), request.answered_by.strip(), tuple(sorted(places))
    )


def _entries(instruments: Instruments, cutoff: BundleCutoff, selection: Selection) -> Iterator[BundledPackage]:
    """The packages of the selection in journal order, each with its number and its lines."""
    ledger = cutoff.ledger
    chosen = heapq.merge(*map(ledger.packages, selection.deployments), key=lambda one: one.number)
    for record in chosen:
        intent = ledger.intent(record.intent)
        if intent is None:
            raise IntegrityError(f"capture {record.capture}: its intent is not in the journal; run `auditor verify`")
        if not selection.covers(record.deployment, instruments.journal.entry(intent.number).at):
            continue
        seals = sorted({token.number for token in ledger.tokens(record.manifest)})
        yield BundledPackage(
            record.ordinal, ledger.package_of(record), instruments.workspace.evidence / record.home,
            ledger.placed_in(record), intent.number, record.number, tuple(seals),
            _why_gone(cutoff, record.capture),
        )  # fmt: skip


def _why_gone(cutoff: BundleCutoff, capture: str) -> str:
    """A pruning after the moment counts as well: the files are no more."""
    gone = cutoff.now.prune_record(capture)
    return f"removed under the retention rule {gone.rule} (journal line {gone.number})" if gone else ""


def build_dossier(
    instruments: Instruments,
    request: BundleRequest,
    cutoff: BundleCutoff,
    chosen: BundleScope,
    print_to_pdf: PrintToPdf | None,
) -> Dossier:
    """Everything that goes into the bag, from all rooms."""
    selection = chosen.selection
    missed = selected_unobserved(instruments, selection)
    narrowed = restrict_report(chosen.report, instruments.estate, selection, missed)
    report = replace(
        narrowed, hosting=bundled_records(instruments, selection), notices=bundled_notices(instruments, selection),
        comparisons=comparison_records(
            instruments.workspace, instruments.journal, selection.as_of, selection.deployments
        ),
    )  # fmt: skip
    asked = redactions_in_force(instruments.journal.entries(kinds={"decision"}), selection)
    extra = attachment_files(instruments, chosen.report, report, chosen.entries, print_to_pdf, hide=bool(asked))
    return Dossier(
        name=bag_name(chosen.case, selection.as_of),
        case=chosen.case,
        software=f"auditor {__version__}",
        selection=selection,
        estate=instruments.estate,
        report=report,
        entries=chosen.entries,
        open=lambda entry: _opened(instruments, entry),
        log=_log(instruments, cutoff),
        trust=_trust(instruments, cutoff),
        extra=extra
        | hosting_file(instruments, selection)
        | notices_file(instruments, selection)
        | ({} if asked else bundled_papers(instruments, selection))
        | ({} if asked else bundled_comparisons(instruments, selection.deployments, selection.as_of, print_to_pdf)),
        documents=contract_documents(instruments, selection),
        proceeding=chosen.proceeding,
        redactions=asked,
        print_to_pdf=print_to_pdf,
        filings=chosen.filings,
        subjects=chosen.subjects,
    )


def _opened(instruments: Instruments, entry: BundledPackage) -> LoadedPackage:
    package = open_package(entry.folder, entry.package.manifest_sha256)
    raw = (entry.folder / "manifest.json").read_bytes()
    return LoadedPackage(
        raw, package.capture, instruments.index.reading(entry.package.capture), package.load, package.manifest.quorum,
        dict(package.manifest.authorities),
    )  # fmt: skip


def _log(instruments: Instruments, cutoff: BundleCutoff) -> CheckpointedLog:
    record, evidence = cutoff.covering, instruments.workspace.evidence
    files = {}
    tokens = [token for token in cutoff.now.tokens(record.path) if token.verdict.status == "verified"]
    for token in tokens:
        for kept, ending in ((token.request, "tsq"), (token.response, "tsr")):
            files[f"checkpoint.{token.verdict.authority}.{ending}"] = (evidence / kept).read_bytes()
    earlier = {
        Path(one.path).name: (evidence / one.path).read_bytes()
        for one in cutoff.now.checkpoints()
        if one.size < record.size
    }
    return CheckpointedLog(
        origin=instruments.journal.ring.origin,
        size=record.size,
        checkpoint=bytes(load_checkpoint(instruments.workspace.root, record.path).note),
        checkpoint_files=files,
        leaves=instruments.journal.tree(record.size).leaves(),
        entries=instruments.journal.entries,
        earlier=earlier,
        quorum=tokens[-1].quorum,
        owners={token.verdict.authority: token.verdict.owner for token in tokens},
    )


def _trust(instruments: Instruments, cutoff: BundleCutoff) -> BundledTrust:
    roots: dict[str, bytes] = {}
    owners, practice = {}, set()
    for statement in cutoff.ledger.trust:
        for authority, path in statement.authorities:
            pem = (instruments.workspace.evidence / path).read_bytes()
            known = roots.get(authority.id, b"")
            roots[authority.id] = known if pem in known else known + pem
            owners[authority.id] = authority.owner
            if authority.practice:
                practice.add(authority.id)
    keys = tuple(str(key) for _, key in instruments.journal.ring.history)
    kept = dict.fromkeys([*cutoff.ledger.revocations(answers=False), *cutoff.ledger.revocations(answers=True)])
    revocation = {Path(path).name: (instruments.workspace.evidence / path).read_bytes() for path in kept}
    return BundledTrust(keys, roots, owners, frozenset(practice), revocation)
