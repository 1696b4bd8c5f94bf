"""What a part of a workspace tells of second parties: pairs of its own captures, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.bundle.dossier import Selection
from auditor.bundle.log.disclosure import DisclosureClassifier
from auditor.model.events import CaptureCommitted, CapturesPaired, JournalEvent, PairedCapture, VisitIntended
from auditor.model.evidence import JournalEntry, Seal
from auditor.model.reports import EvidenceRow, PartyCapture, Report, SecondVisitMissing, SeenByTwo
from auditor.targets import load_estate
from auditor.workflow.report.subset import restrict_report
from tests.workflow import http_estate

AT = datetime(2026, 1, 1, tzinfo=UTC)
DIGEST = "ab" * 32


def chosen(until: datetime | None = None) -> Selection:
    return Selection(("d0",), (), (), None, until, AT + timedelta(days=9))


def seen(deployment: str) -> SeenByTwo:
    made = tuple(PartyCapture(f"{deployment}-{n}", n and "n", "k", DIGEST, AT, {"branch": 34}) for n in ("", "n"))
    return SeenByTwo(deployment, "r", 7, made)


def missing(deployment: str) -> SecondVisitMissing:
    return SecondVisitMissing(deployment, "r", "notary", AT, "no_party", 9)


def test_a_part_names_no_pair_of_another_customer(tmp_path: Path) -> None:
    (tmp_path / "targets.yaml").write_text(http_estate.targets("http://127.0.0.1:9/", 2), encoding="utf-8")
    rows = tuple(
        EvidenceRow(made.capture, one.deployment, "evidence/x", "complete", AT, DIGEST, Seal(DIGEST, (), 1), ())
        for one in (seen("d0"), seen("d1"))
        for made in one.captures
    )
    report = Report(
        AT,
        "w",
        "s",
        "",
        (),
        (),
        (),
        (),
        rows,
        seen_by_two=(seen("d0"), seen("d1")),
        second_missing=(missing("d0"), missing("d1")),
        names={"n": "Notary", "d1": "Other"},
    )
    part = restrict_report(report, load_estate(tmp_path / "targets.yaml"), chosen(), ())
    assert [one.deployment for one in part.seen_by_two] == ["d0"]
    assert part.second_missing == (missing("d0"),)
    assert part.names == {"n": "Notary"}
    outside = restrict_report(report, load_estate(tmp_path / "targets.yaml"), chosen(AT), ())
    assert outside.seen_by_two == () == outside.second_missing


def entries(deployment: str) -> Iterator[JournalEvent]:
    names = (f"{deployment}-a", f"{deployment}-b")
    for name in names:
        yield VisitIntended(intent=name, run="r", deployment=deployment, slot=deployment)
        yield CaptureCommitted(
            capture=name, intent=name, deployment=deployment, run="r", state="complete",
            package=f"{deployment}/20260101T000000Z-{name}", manifest_sha256=DIGEST, manifest_bytes=1, artefacts=0,
            quorum=1,
        )  # fmt: skip
    captures = tuple(
        PairedCapture(capture=name, manifest_sha256=DIGEST, party_key=key)
        for name, key in zip(names, ("", "k"), strict=True)
    )
    yield CapturesPaired(run="r", deployment=deployment, captures=captures)


def test_a_pair_is_shown_with_its_two_captures_and_left_out_with_those_of_others() -> None:
    for selection, expected in ((chosen(), [None, "elsewhere"]), (chosen(AT), ["outside", "elsewhere"])):
        classifier = DisclosureClassifier(selection, every_deployment=False)
        told = []
        for number, event in enumerate([*entries("d0"), *entries("d1")]):
            why = classifier.left_out(JournalEntry(number, AT, event.kind, event.body(), "0" * 64, b""))
            if event.kind == "pair":
                told.append(why)
        classifier.close()
        assert told == expected
