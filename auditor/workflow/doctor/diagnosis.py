"""From what was seen to lines: name, state, what was seen, what to do. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from auditor.model.notes import Note, make_note, quote_text
from auditor.wording import Lang, note_text
from auditor.workflow.doctor.facts import MachineFacts, ProgramFacts

LineState = Literal["ok", "warning", "failed", "not_checked"]
STATE_NOTES: Mapping[LineState, Note] = {
    "ok": make_note("doctor.state_ok"),
    "warning": make_note("doctor.state_warning"),
    "failed": make_note("doctor.state_failed"),
    "not_checked": make_note("doctor.state_not_checked"),
}
CHROMIUM = "apt-get install chromium-headless-shell"
FONTS = "apt-get install fonts-noto-cjk"


@dataclass(frozen=True, slots=True)
class DoctorLine:
    """One thing that an audit needs."""

    name: str
    """Stable: `browser`, `clock` …; for machines."""
    title: Note
    state: LineState
    seen: Note
    todo: Note | None = None
    due: bool = True
    """Whether there was something to check; where there was not, *not checked* hinders nothing."""


def run_command(command: str) -> Note:
    """What to type."""
    return make_note("doctor.run", command=command)


def state_words(state: LineState, lang: Lang) -> str:
    """The state as a person reads it."""
    return note_text(STATE_NOTES[state], lang)


def doctor_exit_code(lines: Sequence[DoctorLine]) -> int:
    """1 where something failed; 5 where something could not be checked; else 0."""
    if any(line.state == "failed" for line in lines):
        return 1
    return 5 if any(line.state == "not_checked" and line.due for line in lines) else 0


def machine_lines(facts: MachineFacts) -> Iterator[DoctorLine]:
    """The lines about the machine."""
    yield _program(facts.program)
    yield _parts(facts.program)
    yield _browser(facts)
    yield _sandbox(facts)
    yield _fonts(facts)
    yield _openssl(facts.program)
    yield _time_zones(facts.program)
    yield _locale(facts.program)


def _program(facts: ProgramFacts) -> DoctorLine:
    title = make_note("doctor.title_program")
    seen = make_note("doctor.program", version=facts.version, python=facts.python, system=facts.system)
    if facts.system == "Linux":
        return DoctorLine("program", title, "ok", seen)
    return DoctorLine("program", title, "warning", seen, make_note("doctor.other_system"))


def _parts(facts: ProgramFacts) -> DoctorLine:
    title = make_note("doctor.title_parts")
    told = tuple(
        make_note("doctor.part_installed", part=name) if there else make_note("doctor.part_absent", part=name)
        for name, there in sorted(facts.parts.items())
    )
    seen = make_note("several", notes=told)
    lacking = sorted(name for name in facts.parts_used if not facts.parts[name])
    if lacking:
        todo = run_command(f"{facts.installer} 'seat-auditor[{','.join(lacking)}]'")
        return DoctorLine("parts", title, "failed", seen, todo)
    return DoctorLine("parts", title, "ok", seen)


def _browser(facts: MachineFacts) -> DoctorLine:
    title, found = make_note("doctor.title_browser"), facts.browser
    name = quote_text(found.launched) if found.launched else make_note("doctor.playwrights_own")
    if found.version:
        seen = make_note(
            "doctor.browser_starts", name=name, version=found.version, executable=found.executable,
            playwright=found.playwright,
        )  # fmt: skip
        return DoctorLine("browser", title, "ok", seen)
    if found.hindrance == "driver":
        seen = make_note("doctor.driver_fails", playwright=found.playwright, detail=found.detail)
        return DoctorLine("browser", title, "failed", seen, run_command("apt-get install libatomic1"))
    if found.hindrance == "absent":
        todo = make_note(
            "doctor.either",
            first=run_command(CHROMIUM),
            other=run_command(f"{facts.program.executable} -m playwright install chromium"),
        )
        if found.launched:
            todo = make_note("doctor.other_executable", key="browser.executable", other=todo)
        return DoctorLine("browser", title, "failed", make_note("doctor.no_browser", name=name), todo)
    seen = make_note("doctor.browser_fails", name=name, detail=found.detail)
    todo = run_command(CHROMIUM if not found.launched else f"{found.launched} --headless --dump-dom about:blank")
    return DoctorLine("browser", title, "failed", seen, todo)


def _sandbox(facts: MachineFacts) -> DoctorLine:
    title, tried = make_note("doctor.title_sandbox"), facts.browser
    off = make_note("doctor.sandbox_off_is", option="--no-sandbox", key="browser.sandbox: false")
    switches = tuple(quote_text(f"{name}={value}") for name, value in facts.sandbox.switches.items())
    if tried.hindrance == "sandbox":
        if facts.sandbox.root:
            todo = make_note("doctor.as_another_user", off=off)
            return DoctorLine("sandbox", title, "failed", make_note("doctor.sandbox_root"), todo)
        if switches:
            commands = "; ".join(f"sysctl -w {name}={_opened(name)}" for name in facts.sandbox.switches)
            seen = make_note("doctor.sandbox_kernel", switches=make_note("several", notes=switches))
            return DoctorLine("sandbox", title, "failed", seen, run_command(commands))
        return DoctorLine("sandbox", title, "failed", make_note("doctor.sandbox_fails", detail=tried.detail), off)
    if not tried.version:
        seen = make_note("doctor.needs_browser")
        return DoctorLine("sandbox", title, "not_checked", seen, make_note("doctor.browser_first"))
    if not tried.sandbox:
        return DoctorLine("sandbox", title, "warning", make_note("doctor.sandbox_off"), off)
    return DoctorLine("sandbox", title, "ok", make_note("doctor.sandbox_on"))


def _opened(switch: str) -> str:
    """The value that lets a user have namespaces."""
    return {"user.max_user_namespaces": "15000", "kernel.unprivileged_userns_clone": "1"}.get(switch, "0")


def _fonts(facts: MachineFacts) -> DoctorLine:
    title, tried, known = make_note("doctor.title_fonts"), facts.browser, facts.fonts.chinese
    listed = make_note("doctor.fonts_unlisted") if known is None else make_note("doctor.fonts_listed", files=known)
    if tried.glyphs_ok is None:
        seen = make_note("several", notes=(make_note("doctor.needs_browser"), listed))
        todo = make_note("doctor.browser_first") if known != 0 else run_command(FONTS)
        return DoctorLine("fonts", title, "not_checked", seen, todo)
    if not tried.glyphs_ok:
        seen = make_note("several", notes=(make_note("doctor.glyphs_missing"), listed))
        return DoctorLine("fonts", title, "failed", seen, run_command(FONTS))
    seen = make_note("several", notes=(make_note("doctor.glyphs_drawn"), listed))
    if known is None:
        return DoctorLine("fonts", title, "warning", seen, run_command("apt-get install fontconfig"))
    return DoctorLine("fonts", title, "ok", seen)


def _openssl(facts: ProgramFacts) -> DoctorLine:
    title = make_note("doctor.title_openssl")
    if not facts.openssl:
        seen = make_note("doctor.openssl_absent")
        return DoctorLine("openssl", title, "failed", seen, run_command("apt-get install openssl"))
    if not facts.openssl_timestamps:
        seen = make_note("doctor.openssl_lacks", version=facts.openssl, command="openssl ts")
        return DoctorLine("openssl", title, "failed", seen, run_command("apt-get install openssl"))
    return DoctorLine("openssl", title, "ok", make_note("doctor.openssl", version=facts.openssl))


def _time_zones(facts: ProgramFacts) -> DoctorLine:
    title = make_note("doctor.title_time_zones")
    if facts.zones_missing:
        seen = make_note("doctor.zones_missing", zones=", ".join(facts.zones_missing))
        todo = make_note(
            "doctor.either",
            first=run_command("apt-get install tzdata"),
            other=run_command(f"{facts.installer} tzdata"),
        )
        return DoctorLine("time_zones", title, "failed", seen, todo)
    return DoctorLine("time_zones", title, "ok", make_note("doctor.zones", zones=", ".join(facts.zones)))


def _locale(facts: ProgramFacts) -> DoctorLine:
    title = make_note("doctor.title_locale")
    seen = make_note("doctor.encoding", encoding=facts.encoding or "?")
    if facts.encoding.replace("-", "") in {"utf8", "utf8sig"}:
        return DoctorLine("locale", title, "ok", seen)
    return DoctorLine("locale", title, "warning", seen, run_command("export LANG=C.UTF-8"))
