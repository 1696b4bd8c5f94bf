"""`auditor doctor`: what a machine lacks is found where it lacks it, and told with what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.capture import BrowserTrial
from auditor.custody import AuthorityProbe
from auditor.model.evidence import TokenVerdict
from auditor.wording import note_text
from auditor.workflow import DoctorLine, doctor_exit_code
from auditor.workflow.doctor.checkup import judge
from auditor.workflow.doctor.facts import (
    FolderFacts,
    FontFacts,
    MachineFacts,
    PathFault,
    ProgramFacts,
    SandboxFacts,
    ToldTime,
)
from auditor.workflow.doctor.looking import times_of

ROOT = Path("/srv/audit")
WHOLE = MachineFacts(
    program=ProgramFacts(
        version="1.0", python="3.12.1", executable="/venv/bin/python", installer="pip install", system="Linux",
        parts={"comparison": True, "keyring": False},
        parts_used=frozenset(), openssl="OpenSSL 3.0.19", openssl_timestamps=True, encoding="utf-8",
        zones_missing=(), zones=("UTC",),
    ),
    browser=BrowserTrial(
        "/usr/bin/chromium", "", version="150.0", executable="/usr/lib/chromium", glyphs_ok=True, playwright="1.65"
    ),
    sandbox=SandboxFacts(root=False, switches={}),
    fonts=FontFacts(4),
    folder=FolderFacts(
        root=ROOT, configured=True, begun=True, errors=0, warnings=0, deployments=3, faults=(),
        free_bytes=50 << 30, bytes_a_day=1 << 20,
    ),
    asked=True,
    authorities=tuple(
        AuthorityProbe(name, TokenVerdict(name, f"Owner {name}", "verified")) for name in ("alpha", "beta")
    ),
    quorum=2,
    told_times=(ToldTime("time.example", "time_server", 0.01, 0.01),),
    silent=(),
)  # fmt: skip


def line(facts: MachineFacts, name: str) -> DoctorLine:
    (found,) = [one for one in judge(facts) if one.name == name]
    return found


def told(facts: MachineFacts, name: str) -> tuple[str, str, str]:
    found = line(facts, name)
    return found.state, note_text(found.seen, "en"), "" if found.todo is None else note_text(found.todo, "en")


def test_a_machine_that_lacks_nothing_is_ok_in_every_line() -> None:
    lines = judge(WHOLE)
    assert {one.state for one in lines} == {"ok"}
    assert [one for one in lines if one.todo is not None] == []
    assert len({one.name for one in lines}) == len(lines) == 13
    assert doctor_exit_code(lines) == 0


@pytest.mark.parametrize(
    ("trial", "state", "todo"),
    [
        (BrowserTrial("", "absent"), "failed", "headless-shell; or run: /venv/bin/python -m playwright install"),
        (BrowserTrial("/opt/none", "absent"), "failed", "correct browser.executable in targets.yaml"),
        (BrowserTrial("", "driver", "no libatomic"), "failed", "run: apt-get install libatomic1"),
        (BrowserTrial("/usr/bin/chromium", "start", "exit 127"), "failed", "/usr/bin/chromium --headless --dump-dom"),
    ],
)  # fmt: skip
def test_a_browser_that_cannot_be_had_is_told_with_the_command(trial: BrowserTrial, state: str, todo: str) -> None:
    facts = replace(WHOLE, browser=trial)
    assert told(facts, "browser")[0] == state
    assert todo in told(facts, "browser")[2]
    for name in ("sandbox", "fonts"):
        assert line(facts, name).state == "not_checked"
    assert doctor_exit_code(judge(facts)) == 1


def test_a_sandbox_is_told_by_what_hinders_it() -> None:
    hindered = replace(WHOLE, browser=replace(WHOLE.browser, hindrance="sandbox", detail="no usable sandbox"))
    assert "as root" in told(replace(hindered, sandbox=SandboxFacts(True, {})), "sandbox")[1]
    closed = {"kernel.unprivileged_userns_clone": "0"}
    state, seen, todo = told(replace(hindered, sandbox=SandboxFacts(False, closed)), "sandbox")
    assert (state, todo) == ("failed", "run: sysctl -w kernel.unprivileged_userns_clone=1")
    assert "kernel.unprivileged_userns_clone=0" in seen
    assert told(hindered, "sandbox")[1].endswith("no usable sandbox")
    off = replace(WHOLE, browser=replace(WHOLE.browser, sandbox=False))
    assert told(off, "sandbox")[0] == "warning"


def test_boxes_for_chinese_fail_whatever_fontconfig_lists() -> None:
    boxes = replace(WHOLE, browser=replace(WHOLE.browser, glyphs_ok=False))
    assert told(boxes, "fonts")[0::2] == ("failed", "run: apt-get install fonts-noto-cjk")
    assert told(replace(WHOLE, fonts=FontFacts(None)), "fonts")[0] == "warning"


def at(offset: float, by: str = "time_server", within: float = 0.0) -> ToldTime:
    return ToldTime("x", by, offset - within, offset + within)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("times", "state"),
    [
        ((at(2.0),), "ok"),
        ((at(2.1),), "failed"),
        ((at(-40),), "failed"),
        ((at(0), at(-40, "authority", 0.5)), "warning"),
        ((at(40, "http", 1), at(40, "authority", 1)), "failed"),
        ((at(2.5, "http", 1),), "warning"),
        ((), "not_checked"),
    ],
)
def test_the_clock_fails_where_it_is_certainly_further_off_than_a_capture_allows(
    times: tuple[ToldTime, ...], state: str
) -> None:
    facts = replace(WHOLE, told_times=times)
    assert line(facts, "clock").state == state
    if not times:
        assert doctor_exit_code(judge(facts)) == 5


def test_an_answer_that_travelled_long_bounds_the_offset_by_its_journey() -> None:
    asked = datetime(2026, 1, 1, tzinfo=UTC)
    probe = AuthorityProbe(
        "alpha",
        TokenVerdict("alpha", "A", "verified", gen_time=asked + timedelta(seconds=3), accuracy_ms=500),
        asked_at=asked,
        answered_at=asked + timedelta(seconds=4),
        http_date=asked + timedelta(seconds=4),
        date_asked_at=asked + timedelta(seconds=4),
        date_answered_at=asked + timedelta(seconds=5),
    )
    token, header = times_of([probe])
    assert (token.by, token.least, token.most) == ("authority", -1.5, 4.5)
    assert (header.by, header.least, header.most) == ("http", -1.0, 1.0)


def test_authorities_fail_only_without_a_quorum_of_owners() -> None:
    good = AuthorityProbe("alpha", TokenVerdict("alpha", "One", "verified"))
    again = AuthorityProbe("again", TokenVerdict("again", "One", "verified"))
    other = AuthorityProbe("beta", TokenVerdict("beta", "Two", "verified"))
    mute = AuthorityProbe("gamma", TokenVerdict("gamma", "Three", "absent", why="no answer: ConnectionError"))
    unpinned = AuthorityProbe("delta", None, "roots: no such file")
    assert line(replace(WHOLE, authorities=(good, other, mute)), "authorities").state == "warning"
    assert line(replace(WHOLE, authorities=(good, again, mute)), "authorities").state == "failed"
    state, seen, todo = told(replace(WHOLE, authorities=(good, unpinned)), "authorities")
    assert (state, todo) == ("failed", "reach or correct delta")
    assert "delta gave none: roots: no such file" in seen
    assert line(replace(WHOLE, authorities=()), "authorities").state == "warning"
    none = line(replace(WHOLE, authorities=None), "authorities")
    assert (none.state, none.due) == ("not_checked", False)


def folder(**changes: object) -> MachineFacts:
    return replace(WHOLE, folder=replace(WHOLE.folder, **changes))  # type: ignore[arg-type]


def test_the_disk_is_held_against_what_a_day_takes() -> None:
    assert line(folder(free_bytes=2 << 30, bytes_a_day=3 << 30), "disk").state == "failed"
    assert line(folder(free_bytes=60 << 30, bytes_a_day=3 << 30), "disk").state == "warning"
    assert line(folder(free_bytes=100 << 20, bytes_a_day=None), "disk").state == "failed"
    assert told(folder(bytes_a_day=None), "disk")[1].endswith("not known before the first captures")
    assert line(folder(free_bytes=None), "disk").state == "not_checked"


def test_faulty_paths_are_told_with_the_command_for_each() -> None:
    key = PathFault(ROOT / "keys/log.pem", "mode", 0o644, 0o600)
    state, seen, todo = told(folder(faults=(key,)), "permissions")
    assert (state, todo) == ("failed", "run: chmod 600 /srv/audit/keys/log.pem")
    assert "mode 0644, expected 0600" in seen
    assert line(folder(faults=(PathFault(ROOT, "owner"),)), "permissions").state == "warning"
    many = folder(faults=tuple(PathFault(ROOT / f"k{n}", "mode", 0o644, 0o600) for n in range(9)))
    assert told(many, "permissions")[1].endswith("; 4 more")


def test_keys_that_are_gone_or_may_not_be_looked_into_are_never_called_private() -> None:
    for fault, word in (("keys_gone", "the journal is there"), ("unseen", "was not checked")):
        state, seen, todo = told(folder(begun=True, faults=(PathFault(ROOT / "keys", fault),)), "permissions")  # type: ignore[arg-type]
        assert state == "failed" and word in seen and "nobody else" not in seen
        assert ("put the keys back" in todo) == (fault == "keys_gone")
    closed = folder(configured=False, begun=False, faults=(PathFault(ROOT, "unseen"),))
    state, seen, todo = told(closed, "targets")
    assert state == "not_checked" and "may not be looked into" in seen and "auditor init" not in todo
    both = (PathFault(ROOT / "keys", "keys_gone"), PathFault(ROOT / "evidence", "write"))
    assert told(folder(faults=both), "permissions")[2].startswith("run: chown")


def test_a_used_part_that_is_not_installed_fails_and_an_unused_one_does_not() -> None:
    used = replace(WHOLE, program=replace(WHOLE.program, parts_used=frozenset({"keyring"})))
    assert told(used, "parts")[0::2] == ("failed", "run: pip install 'seat-auditor[keyring]'")
    assert line(WHOLE, "parts").state == "ok"


def test_every_line_is_told_in_chinese() -> None:
    english_words = []
    for facts in (WHOLE, folder(configured=False), replace(WHOLE, browser=BrowserTrial("", "absent"))):
        for one in judge(facts):
            for note in (one.title, one.seen, one.todo):
                if note is not None and not any("\u4e00" <= letter <= "\u9fff" for letter in note_text(note, "zh")):
                    english_words.append(note_text(note, "zh"))
    assert english_words == []
