"""What an insider does: the operator himself, who has the keys, and whom only authorities and witnesses keep honest."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auditor import custody
from auditor.custody.files import durable
from auditor.custody.timestamps import client, sealer, token_checks
from auditor.custody.timestamps.token_checks import TimeWindow
from auditor.custody.transparency import checkpoints
from auditor.demo.authority import Behaviour
from auditor.formats import canonical_json, manifest, signed_note
from auditor.model.events import CheckpointCosigned, PackageStamped, RunClosed, RunOpened
from auditor.model.evidence import Package
from auditor.model.ports import TimestampAnswer
from tests.custody import practice_authorities as practice
from tests.custody.golden_workspace import ATTACKS, Attack, Scene, attack
from tests.custody.practice_authorities import PATIENT


def _claimed(
    s: Scene,
    name: str,
    answers: Callable[[bytes, list[custody.PinnedAuthority]], list[TimestampAnswer]],
    *,
    shift: timedelta = timedelta(),
) -> None:
    """A new package whose tokens the operator journals as verified, whatever they are."""
    with s.held(shift) as held:
        pinned = s.stamps.pinned()
        package: Package = practice.keep(held, name, authorities=pinned)
        data = durable.read(s.root / package.path / manifest.NAME, manifest.MAX_MANIFEST)
        subject = f"{package.path.removeprefix('evidence/')}/{manifest.NAME}"
        claimed = [_as_verified(answer) for answer in answers(data, pinned)]
        made = partial(PackageStamped, capture=name)
        sealer.record_responses(held.vault, made, subject, package.manifest_sha256, 2, claimed)


def _as_verified(answer: TimestampAnswer) -> TimestampAnswer:
    verdict = replace(answer.verdict, status="verified", why="", verified_by="rfc3161-client 1.0.9")
    return replace(answer, verdict=verdict, failed_check="")


def _ask(
    s: Scene, data: bytes, pinned: list[custody.PinnedAuthority], behaviour: Behaviour = "honest"
) -> list[TimestampAnswer]:
    s.stamps.behave(behaviour)
    try:
        return custody.request_timestamps(data, custody.http_authorities(pinned, PATIENT))
    finally:
        s.stamps.behave("honest")


def _behaving(behaviour: Behaviour) -> Attack:
    return lambda s: _claimed(s, "c3", lambda data, pinned: _ask(s, data, pinned, behaviour))


for _name, _behaviour, _check, _story in (
    ("foreign-authority", "foreign_root", "token.chain", "A token under a root of the forger's own, which it embeds."),
    ("another-s-token", "foreign_token", "token.chain", "The other authority's token stands in for the missing one."),
    ("wrong-imprint", "wrong_imprint", "token.imprint", "A token over another digest."),
    ("wrong-nonce", "wrong_nonce", "token.nonce", "A token that does not answer the kept request."),
    ("expired-signer", "expired_signer", "token.chain", "The signer's certificate had ended at the token's time."),
    (
        "signer-for-other-use",
        "no_timestamping_usage",
        "token.usage",
        "The signer's certificate is not for time stamping.",
    ),
):
    ATTACKS[_name] = (_check, _story, _behaving(_behaviour))  # type: ignore[arg-type]


@attack("token.nonce", "A token of an earlier request for the same manifest is filed under a new request.")
def replayed_nonce(s: Scene) -> None:
    def answers(data: bytes, pinned: list[custody.PinnedAuthority]) -> list[TimestampAnswer]:
        first, second = _ask(s, data, pinned)
        return [replace(first, request=client.make_request(data)), second]

    _claimed(s, "c3", answers)


@attack("token.request", "Request and token belong together, and to another manifest.")
def token_over_another_manifest(s: Scene) -> None:
    def answers(data: bytes, pinned: list[custody.PinnedAuthority]) -> list[TimestampAnswer]:
        return [_ask(s, data + b" ", pinned)[0], _ask(s, data, pinned)[1]]

    _claimed(s, "c3", answers)


@attack("token.time", "The machine's clock was set back a year while the capture was made and journalled.")
def back_dated_clock(s: Scene) -> None:
    shift = timedelta(days=-365)

    def answers(data: bytes, pinned: list[custody.PinnedAuthority]) -> list[TimestampAnswer]:
        return [
            replace(
                answer,
                asked_at=answer.asked_at + shift,
                verdict=token_checks.check_token(
                    token_checks.digest_function(data), answer.request, answer.response, one, TimeWindow(None, None)
                ).verdict,
            )
            for one, answer in zip(pinned, _ask(s, data, pinned), strict=True)
        ]

    _claimed(s, "c3", answers, shift=shift)


@attack("seal.owners", "One authority is entered twice, as two owners.")
def one_authority_as_two(s: Scene) -> None:
    with s.held() as held:
        real = s.stamps.pinned()[0]
        twins = [
            replace(real, authority=replace(real.authority, id=name, owner=f"{name} Ltd"))
            for name in ("north", "south")
        ]
        sealer = custody.Sealer(held.vault, custody.http_authorities(twins, PATIENT), 2, patience=PATIENT)
        sealer.seal(practice.keep(held, "c3", authorities=twins))


@attack("seal.quorum", "One token of two, and the operator says that one is enough.")
def quorum_of_one(s: Scene) -> None:
    with s.held() as held:
        pinned = s.stamps.pinned()
        package = practice.keep(held, "c3", authorities=pinned)
        sealer = custody.Sealer(held.vault, custody.http_authorities(pinned[:1], PATIENT), 1, patience=PATIENT)
        sealer.seal(package)


@attack("token.record", "The journal tells another serial number than the token.")
def misreported_token(s: Scene) -> None:
    def answers(data: bytes, pinned: list[custody.PinnedAuthority]) -> list[TimestampAnswer]:
        first, second = _ask(s, data, pinned)
        verdict = replace(first.verdict, policy="1.2.3.4")
        return [replace(first, verdict=verdict), second]

    _claimed(s, "c3", answers)


@attack("checkpoint.root", "The log is forked: a gap's reason is rewritten, everything chained and signed again.")
def forked_log(s: Scene) -> None:
    def change(events: list[dict[str, object]]) -> list[dict[str, object]]:
        return json.loads(json.dumps(events).replace("the host was down for maintenance", "nobody tried"))  # type: ignore[no-any-return]

    s.rechain(change)


@attack("checkpoint.root", "An intent and its gap are taken out of the past, everything chained and signed again.")
def rewritten_past(s: Scene) -> None:
    s.rechain(lambda events: [event for event in events if event["kind"] != "gap"])


@attack("intent.outcome", "An intent that never ended: the visit that nobody speaks of.")
def silent_intent(s: Scene) -> None:
    with s.held() as held:
        held.intent("intent-c7", run="run-1", deployment="site-a")


@attack("plan.slot", "A planned slot was passed over in silence.")
def silent_slot(s: Scene) -> None:
    with s.held() as held:
        held.journal.record(RunOpened(run="run-2"))
        held.plan(run="run-2", slots=[{"slot": "x", "deployment": "site-a"}])
        held.journal.record(RunClosed(run="run-2"))


@attack("intent.outcome", "Two outcomes for one intent: the better one to be chosen later.")
def two_outcomes(s: Scene) -> None:
    with s.held() as held:
        held.gap("tried twice", run="run-1", deployment="site-a", intent="intent-c1")


@attack("manifest.intent", "A capture is told to be of an intent whose line it does not know.")
def another_intent(s: Scene) -> None:
    with s.held() as held:
        at = held.journal.clock()
        held.intent("intent-c3", run="run-1", deployment="site-a")
        staging = held.vault.stage("site-a", "c3", at)
        staging.put("page.html", b"x", media_type="text/html", made_by="test")
        capture = practice.capture_of("c3", "intent-c3", staging.artefacts, at)
        pinned = s.stamps.pinned()
        asked = [p.authority for p in pinned]
        data = custody.encode_manifest(
            capture, intent_sha256="0" * 64, quorum=2, authorities=asked, software={"auditor": "0"}
        )
        custody.Sealer(held.vault, custody.http_authorities(pinned, PATIENT), 2, patience=PATIENT).seal(
            staging.commit(data)
        )


def _recorded_manifest(s: Scene, change: Callable[[bytes], bytes]) -> None:
    """The operator alters a manifest and the journal's record of it, then chains and signs everything again."""
    path = s.package(1) / manifest.NAME
    before = canonical_json.sha256(path.read_bytes())
    s.edit(path, change)
    after = canonical_json.sha256(path.read_bytes())
    s.rechain(lambda events: json.loads(json.dumps(events).replace(before, after)))


@attack("manifest.form", "A manifest that climbs out of its package with dots, recorded as if it were right.")
def path_traversal(s: Scene) -> None:
    _recorded_manifest(s, lambda data: data.replace(b'"path":"README"', b'"path":"../../trust/alpha"'))


@attack("manifest.form", "A manifest with an absolute path, recorded as if it were right.")
def absolute_path(s: Scene) -> None:
    _recorded_manifest(s, lambda data: data.replace(b'"path":"README"', b'"path":"/etc/hostname"'))


@attack("manifest.form", "The state of a capture is assigned, not computed: a failed view, said to be complete.")
def assigned_state(s: Scene) -> None:
    _recorded_manifest(s, lambda data: data.replace(b'"outcome":"observed"', b'"outcome":"label_missing"'))


@attack("checkpoint.cosignature", "A cosignature in a witness's name that the witness never gave.")
def forged_cosignature(s: Scene) -> None:
    with s.held() as held:
        at = checkpoints.load_checkpoint(s.root, held.journal.ledger.checkpoints()[0].path)
        public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        key = signed_note.VerifierKey("witness.example/w1", signed_note.COSIGNATURE, public)
        data = bytes(signed_note.SignedNote(at.note.text, ((key.name, key.id, bytes(72)),)))
        path = f"{at.path}.{key.id.hex()}.cosignature"
        event = CheckpointCosigned(size=at.size, witness=str(key), cosigned_at=0, cosignature=path)
        held.vault.place({path: data}, event)
