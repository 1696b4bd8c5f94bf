"""Stored bytes and codes: manifests without codes stay as they are, new ones keep theirs, other shapes are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats.manifest import Manifest, decode_manifest, encode_manifest
from auditor.model.captures import Capture
from auditor.model.evidence import Authority
from auditor.model.notes import Note, make_note, quote_text
from auditor.wording import english
from auditor.workflow.index.stored_warnings import warning_notes

SAMPLES = Path(__file__).parents[1] / "samples"
MANIFESTS = sorted((SAMPLES / "packages").rglob("manifest.json"))
NOTES = (make_note("capture.sandbox_off"), quote_text("The page moved."))


def encode(manifest: Manifest, capture: Capture) -> bytes:
    asked = [Authority(name, "", owner, "") for name, owner in manifest.authorities]
    return encode_manifest(
        capture,
        intent_sha256=manifest.intent_sha256,
        quorum=manifest.quorum,
        authorities=asked,
        software=manifest.software,
    )


def golden() -> Manifest:
    return decode_manifest(MANIFESTS[0].read_bytes())


def with_notes(notes: tuple[Note, ...]) -> Capture:
    return replace(golden().capture, warnings=tuple(english(note) for note in notes), warning_notes=notes)


def test_manifests_from_before_the_codes_are_read_and_written_to_the_same_bytes() -> None:
    assert MANIFESTS
    for path in MANIFESTS:
        manifest = decode_manifest(path.read_bytes())
        assert manifest.capture.warning_notes == ()
        assert encode(manifest, manifest.capture) == path.read_bytes()


def test_the_notes_of_a_new_manifest_come_back() -> None:
    data = encode(golden(), with_notes(NOTES))
    assert decode_manifest(data).capture.warning_notes == NOTES
    assert b'"warning_notes"' not in encode(golden(), with_notes(()))


@pytest.mark.parametrize(
    "member", [[], None, "x", [{"code": "capture.sandbox_off"}], [{"code": 1}, {"code": "a"}], [{"why": "a"}, {}]]
)
def test_other_shapes_of_the_notes_are_refused(member: object) -> None:
    body = json.loads(encode(golden(), with_notes(NOTES)))
    body["capture"]["warning_notes"] = member
    with pytest.raises(IntegrityError):
        decode_manifest(canonical_json.encode(body))


OFF = {"name": "clock", "result": "off", "fact": "none answered", "expected": "", "off_because": "practice"}


def old(*warnings: str, circumstances: bytes = json.dumps({"checks": [OFF]}).encode()) -> tuple[Note, ...]:
    listed = replace(golden().capture.artefacts[0], path="circumstances.json")
    capture = replace(golden().capture, warnings=warnings, artefacts=(listed,))
    return warning_notes(capture, lambda _: circumstances)


def test_an_old_warning_is_told_by_the_circumstances_it_repeats() -> None:
    off = make_note("capture.check_off", check="clock", why="practice", fact="none answered")
    assert old(english(off), english(NOTES[0])) == (off, NOTES[0])


@pytest.mark.parametrize("kept", [b"", b"[]", b"{}", b'{"checks": [{"result": "off"}]}', b'{"checks": 3}'])
def test_where_the_circumstances_say_nothing_an_old_warning_is_quoted(kept: bytes) -> None:
    told = "Check clock was switched off: practice (found: none answered)"
    assert old(told, circumstances=kept) == (quote_text(told),)


def test_the_notes_of_a_capture_are_taken_as_they_are() -> None:
    assert warning_notes(with_notes(NOTES), lambda _: b"") == NOTES
