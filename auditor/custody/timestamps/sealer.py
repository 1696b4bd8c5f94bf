"""Sealing: every authority at once, a quorum of different owners, an outbox for what waits, back-off for who fails."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial

from auditor.clock import timestamp
from auditor.custody.files.claims import TRUST, claimed
from auditor.custody.journal.health import AuthorityHealth
from auditor.custody.journal.ledger.records import TokenRecord, seal_of
from auditor.custody.journal.lines import BrokenJournalError
from auditor.custody.packages.vault import Vault
from auditor.custody.timestamps import client, revocation_fetch, token_checks
from auditor.custody.timestamps.client import Timeouts
from auditor.errors import AwayError, ConfigError, CustodyError, IntegrityError, VaultError
from auditor.formats import canonical_json, evidence_paths, manifest
from auditor.formats import evidence_layout as layout
from auditor.model.events import CheckpointStamped, FileDigest, PackageStamped, StampedEvent, TokenAnswer, TrustStated
from auditor.model.evidence import Authority, JournalEntry, Package, Seal
from auditor.model.ports import DigestName, TimestampAnswer, TimestampAuthority

LOGGER = logging.getLogger("auditor.custody")

MAX_CHECKPOINT = 1 << 16
MOST_NUMBERED = 100
"""Refused answers about one thing by one authority that are numbered."""


def record_responses(
    vault: Vault,
    made: Callable[..., StampedEvent],
    subject: str,
    sha256: str,
    quorum: int,
    answers: Sequence[TimestampAnswer],
) -> JournalEntry:
    """Keep every request and response byte for byte beside the thing stamped, and journal them with their verdicts.

    `made`: the event's class with its own members given, to be called with those of every stamped event.
    """
    files: dict[str, bytes] = {}
    tokens: list[TokenAnswer] = []
    for answer in answers:
        names = ("", "")
        if answer.response:
            stem = _free_stem(vault, subject, answer)
            names = (f"{stem}.tsq", f"{stem}.tsr")
            files |= {names[0]: answer.request, names[1]: answer.response}
        tokens.append(_token(answer, *names))
    event = made(subject=FileDigest(path=subject, sha256=sha256), quorum=quorum, tokens=tuple(tokens))
    return vault.place(files, event)


def _free_stem(vault: Vault, subject: str, answer: TimestampAnswer) -> str:
    """Under which name request and response are kept. Where others have laid something under it, that is left to
    `verify`, and the name is one that nobody can have known."""
    own = f"{subject.removesuffix('.json')}.{answer.verdict.authority}"
    refused = answer.verdict.status != "verified"
    stems = [f"{own}{layout.REFUSED}{number}" for number in range(1, MOST_NUMBERED + 1)] if refused else [own]
    for stem in stems:
        if not any(vault.store.exists(f"{stem}.{ending}") for ending in ("tsq", "tsr")):
            return stem
    return f"{own}{layout.REFUSED if refused else layout.AGAIN}{secrets.token_hex(4)}"


def _token(answer: TimestampAnswer, request: str, response: str) -> TokenAnswer:
    verdict, valid = answer.verdict, answer.valid
    return TokenAnswer(
        authority=verdict.authority,
        owner=verdict.owner,
        status=verdict.status,
        why=verdict.why,
        verified_by=verdict.verified_by,
        gen_time=verdict.gen_time,
        accuracy_ms=verdict.accuracy_ms,
        policy=verdict.policy,
        serial=verdict.serial,
        signer=verdict.signer,
        signer_since=valid[0] if valid else None,
        signer_until=valid[1] if valid else None,
        practice=verdict.practice,
        notes=verdict.notes,
        asked_at=answer.asked_at,
        request=request,
        response=response,
    )


class Sealer:
    """Seals packages with a fixed set of authorities; knows from the journal how each answered lately."""

    def __init__(
        self,
        vault: Vault,
        authorities: Sequence[TimestampAuthority],
        quorum: int,
        *,
        patience: Timeouts = Timeouts(),  # noqa: B008
    ) -> None:
        """`quorum`: different owners whose tokens make a seal. `patience`: for lists of revoked certificates."""
        for each in authorities:
            evidence_paths.require(each.authority.id, "authority")
        if quorum < 1:
            raise ConfigError(f"quorum {quorum}: a seal needs at least one authority; give 1 or more")
        self.vault = vault
        self.authorities = tuple(authorities)
        self.quorum = quorum
        self.patience = patience
        self.clock = vault.journal.clock
        self._health = dict(vault.journal.ledger.authorities)
        self._chains: dict[str, tuple[bytes, ...]] = {}
        self._unread: set[str] = set()
        """Captures whose packages could not be read: they are tried behind all others."""
        self._guard = threading.Lock()
        with claimed(vault.journal.claims, TRUST):
            self._record_trust()

    def _record_trust(self) -> None:
        """Copy the pinned certificates into `evidence/trust/`, dated and journalled, where they are new."""
        standing, day = self.vault.journal.ledger.standing, f"{self.clock():%Y%m%d}"
        listed: list[Authority] = []
        files: dict[str, bytes] = {}
        for each in self.authorities:
            digest = canonical_json.sha256(each.certificates)
            known = next((path for path, sha in standing.trusted_files.items() if sha == digest), None)
            path = known or f"{layout.TRUST}/{each.authority.id}-{day}-{digest[:8]}.pem"
            if known is None:
                files[path] = each.certificates
            listed.append(replace(each.authority, roots=path))
        last = standing.trust[-1] if standing.trust else None
        same = last is not None and last.quorum == self.quorum and [a for a, _ in last.authorities] == listed
        if same or not self.authorities:
            return
        at = self.clock()
        event = TrustStated(as_of=at, quorum=self.quorum, authorities=tuple(listed), statement="")
        said = event.body()
        statement = {
            "format": "auditor.trust/1", "as_of": said["as_of"], "quorum": self.quorum,
            "authorities": said["authorities"],
        }  # fmt: skip
        name = f"{layout.TRUST}/authorities-{day}-{canonical_json.sha256(canonical_json.encode(statement))[:8]}.json"
        files[name] = canonical_json.encode(statement)
        self.vault.place(files, replace(event, statement=name))

    def save_revocation(self) -> list[str]:
        """Keep the revocation lists and answers of every chain that verified in this session; what could not be had."""
        with self._guard:
            chains = dict(self._chains)
        return [
            told
            for name, chain in chains.items()
            for told in revocation_fetch.save_revocation_data(self.vault, name, chain, self.patience)
        ]

    def health(self) -> dict[str, AuthorityHealth]:
        """Each authority's health now."""
        with self._guard:
            return dict(self._health)

    def _ready(self, seal: Seal, at: datetime) -> list[TimestampAuthority]:
        """Authorities that may be asked now and whose owner has no verified token here yet."""
        owners = {verdict.owner for verdict in seal.verdicts if verdict.status == "verified"}
        with self._guard:
            dues = {name: health.due(at) for name, health in self._health.items()}
        ready = []
        for each in self.authorities:
            due = dues.get(each.authority.id)
            if each.authority.owner in owners:
                continue
            if due is None or at >= due:
                ready.append(each)
            else:
                LOGGER.debug("authority not asked: authority=%s retry=%s", each.authority.id, timestamp(due))
        return ready

    def stamp(
        self,
        made: Callable[..., StampedEvent],
        subject: str,
        data: bytes,
        seal: Seal,
        finished_at: datetime | None,
        *,
        algorithm: DigestName = "sha256",
    ) -> Seal:
        """Ask the authorities that are ready about one file below `evidence/`, keep and journal their answers.

        `made`: the class of the event, with its own members given (see `record_responses`). `IntegrityError` where the
        bytes are not those that the journal names: a token over others would stand there as one over these.
        """
        at = self.clock()
        if canonical_json.sha256(data) != seal.manifest_sha256:
            raise IntegrityError(f"{subject}: not the bytes that the journal names; run `auditor verify`")
        if finished_at is not None and finished_at > at + token_checks.MAX_GAP:
            # No honest token can be later than that: asking would count as a failure of the authorities'.
            LOGGER.warning("not stamped, made ahead of the clock: subject=%s at=%s", subject, timestamp(finished_at))
            return seal
        ready = self._ready(seal, at)
        if not ready:
            return seal
        asked = client.request_timestamps(data, ready, at=self.clock, finished_at=finished_at, algorithm=algorithm)
        answers = [self._remark(answer) for answer in asked]
        record_responses(self.vault, made, subject, seal.manifest_sha256, self.quorum, answers)
        self._learn(answers)
        self._log_answers(subject, answers)
        known = {v.authority: v for v in seal.verdicts} | {a.verdict.authority: a.verdict for a in answers}
        return Seal(seal.manifest_sha256, tuple(known.values()), max(self.quorum, seal.quorum))

    def _remark(self, answer: TimestampAnswer) -> TimestampAnswer:
        """A remark where an authority signs with another certificate than last time."""
        with self._guard:
            before = self._health.get(answer.verdict.authority, AuthorityHealth()).signer
        if answer.verdict.status != "verified" or not before or before == answer.verdict.signer:
            return answer
        verdict = client.with_note(answer.verdict, f"signs with another certificate than before ({before})")
        return replace(answer, verdict=verdict)

    def _log_answers(self, subject: str, answers: Sequence[TimestampAnswer]) -> None:
        """One line for each authority that was asked: verified, refused, or down and when it is asked again."""
        health = self.health()
        for answer in answers:
            verdict = answer.verdict
            if verdict.status == "verified":
                LOGGER.info("timestamp verified: authority=%s subject=%s", verdict.authority, subject)
                continue
            what = "authority down" if verdict.status == "absent" else "timestamp refused"
            due = health[verdict.authority].due(answer.asked_at)
            again = timestamp(due) if due is not None else "-"
            LOGGER.warning(
                "%s: authority=%s subject=%s retry=%s: %s", what, verdict.authority, subject, again, verdict.why
            )

    def _learn(self, answers: Sequence[TimestampAnswer]) -> None:
        with self._guard:
            for answer in answers:
                if answer.chain:
                    self._chains[answer.verdict.authority] = answer.chain
                since, until = answer.valid or (None, None)
                known = self._health.get(answer.verdict.authority, AuthorityHealth())
                told = answer.verdict
                self._health[told.authority] = known.after(told.status, told.signer, answer.asked_at, since, until)

    def seal(self, package: Package) -> Package:
        """Ask for what a committed package still lacks; the package with its seal, sealed or waiting."""
        home = layout.from_evidence(package.path)
        record = self.vault.journal.ledger.package_record(package.capture)
        version = record.version if record is not None else ""
        data = self.vault.store.read(f"{home}/{manifest.NAME}", manifest.MAX_MANIFEST, version)
        finished = manifest.decode_manifest(data).capture.ended_at
        made = partial(PackageStamped, capture=package.capture, deployment=package.deployment)
        seal = self.stamp(made, f"{home}/{manifest.NAME}", data, package.seal, finished)
        if seal.sealed:
            LOGGER.info("package sealed: capture=%s deployment=%s", package.capture, package.deployment)
        else:
            LOGGER.warning("package waits for its quorum: capture=%s quorum=%d", package.capture, seal.quorum)
        return replace(package, seal=seal)

    def seal_outbox(
        self,
        most: int | None = None,
        run: str = "",
        *,
        every_run: bool = False,
        at_once: int = 1,
        left: Collection[str] = (),
    ) -> list[Package]:
        """Try every package that waits (or so many, oldest first), and the newest checkpoint; the packages with their
        seals now. Those of runs that go on, other than `run`, are left to these, but with `every_run`.
        `left`: captures that wait for something else.

        An authority that fails is not asked again in this pass: it is in back-off from its first failure on. What
        nobody can be asked about now, or could not be read, takes no place of others.
        """
        self._latest_checkpoint()
        ledger, at = self.vault.journal.ledger, self.clock()
        waiting = ledger.unsealed(set() if every_run else set(ledger.standing.runs) - {run})
        waiting = [one for one in waiting if one.capture not in left]
        waiting.sort(key=lambda one: one.capture in self._unread or not self._ready(one.seal, at))
        waiting = waiting[:most]
        with ThreadPoolExecutor(at_once, thread_name_prefix="seal") as pool:
            tried = list(pool.map(self._try_to_seal, waiting)) if at_once > 1 else map(self._try_to_seal, waiting)
            return [package for package in tried if package is not None]

    def _try_to_seal(self, package: Package) -> Package | None:
        try:
            return self.seal(package)
        except (IntegrityError, VaultError) as error:
            self.pass_over(f"package not sealed: capture={package.capture}", error)
            self._unread.add(package.capture)
            return None

    def pass_over(self, what: str, error: CustodyError) -> None:
        """One thing that cannot be read is told, by `verify` too; it keeps no other from its timestamps. The error
        again, where others would fare no better: a disk, a store that is away, a journal that does not hold."""
        disk = isinstance(error, VaultError) and isinstance(error.__cause__, OSError)
        if disk or isinstance(error, BrokenJournalError | AwayError):
            raise error
        LOGGER.error("%s: %s", what, error)

    def _latest_checkpoint(self) -> None:
        """Stamp the newest checkpoint where it lacks the quorum; older ones it continues."""
        ledger = self.vault.journal.ledger
        last = ledger.last_checkpoint()
        if last is None:
            return
        seal = seal_of(last.sha256, self.quorum, ledger.tokens(last.path))
        if not seal.sealed:
            try:
                data = self.vault.store.read(last.path, MAX_CHECKPOINT)
                self.stamp(partial(CheckpointStamped, size=last.size), last.path, data, seal, None)
            except (IntegrityError, VaultError) as error:
                self.pass_over(f"checkpoint not stamped: {last.path}", error)


def pending_reasons(records: Sequence[TokenRecord]) -> list[str]:
    """Why a thing waits: the last answer of each authority that has not stamped it, one sentence each."""
    last = {record.verdict.authority: record.verdict for record in records}
    return [f"{verdict.authority}: {verdict.why}" for verdict in last.values() if verdict.status != "verified"]
