"""The wheel holds everything that the program needs, and works where no checkout is."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from auditor.optional_parts import OPTIONAL_PARTS
from tests.docs_commands import page_commands
from tests.install.wheels import SANDBOX, TOP, Installed, build_wheel, install_alone, run

FROM_WHEEL = TOP / "tests" / "install" / "from_wheel.sh"
INSTALL = {"pipx": ("pipx", "install"), "uv": ("uv", "tool", "install")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("build"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return install_alone(wheel, tmp_path_factory.mktemp("alone"))


def test_the_wheel_holds_every_file_of_the_program_and_no_other(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    listed = subprocess.run(
        ["git", "-c", "core.quotepath=off", "ls-files", "--cached", "--others", "--exclude-standard", "auditor"],
        cwd=TOP, capture_output=True, text=True, check=True,
    )  # fmt: skip
    there = {name for name in listed.stdout.splitlines() if (TOP / name).exists()}
    assert held == there
    assert {Path(name).suffix for name in held} >= {".py", ".html", ".toml", ".yaml", ".cnf", ".pem", ".js", ".css"}


def test_the_wheel_asks_for_no_optional_part(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
    said = message_from_bytes(archive.read(name))
    assert set(said.get_all("Provides-Extra") or []) == set(OPTIONAL_PARTS)
    needed = [line for line in said.get_all("Requires-Dist") or [] if "extra ==" not in line]
    assert needed
    brought = {module.replace("_", "-") for modules in OPTIONAL_PARTS.values() for module in modules}
    assert [line for line in needed if line.split(">")[0] in brought] == []
    assert said["License-Expression"] == "Apache-2.0"
    assert archive.read(name).endswith((TOP / "README.md").read_bytes())


def test_doctor_answers_in_an_empty_folder(installed: Installed) -> None:
    lines = installed.doctor("--offline", expect=5)
    assert "practice world" in installed.auditor("demo", "--help"), "without the part that compares systems"
    assert lines["browser"]["state"] == lines["fonts"]["state"] == lines["disk"]["state"] == "ok"
    assert lines["sandbox"]["state"] in {"ok", "warning"}
    assert lines["parts"]["seen"] == "comparison not installed; fleet not installed; keyring not installed"
    assert lines["parts"]["state"] == "ok", "nobody asked for them"
    assert lines["targets"]["state"] == "not_checked"
    assert not lines["targets"]["due"]
    assert lines["clock"]["due"], "a clock that nobody was asked about is no pass"
    assert list(installed.home.iterdir()) == [], "nothing is written"


@pytest.mark.parametrize("page", ["install", "windows-macos"])
def test_the_guides_name_the_installers_that_the_long_test_runs(page: str) -> None:
    """`auditor "doctor"` after them is run above."""
    commands = page_commands(f"docs/how-to/{page}.md")
    installers = [command for command in commands if command.split()[0] in {"pipx", "uv"}]
    assert installers
    assert set(installers) <= {" ".join([*INSTALL[tool], "dist/seat_auditor-*.whl"]) for tool in INSTALL}
    assert "auditor doctor" in commands


def test_a_missing_part_is_one_line_with_the_command(installed: Installed) -> None:
    script = installed.home / "a.js"
    script.write_text("function a(b) { return b + 1 }", encoding="utf-8")
    done = subprocess.run(
        [str(installed.program), "fingerprint", "library", "x", "1", str(script), "--into", "known.json"],
        capture_output=True, text=True, cwd=installed.home,
    )  # fmt: skip
    script.unlink()
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("auditor: this needs the part comparison, which is not installed. Run: ")
    assert done.stderr.rstrip().endswith("'seat-auditor[comparison]'")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.long
def test_pip_installs_it_with_all_that_it_needs_and_the_demo_runs(wheel: Path, tmp_path: Path) -> None:
    """From the package sources of this machine, without an optional part."""
    tools = tmp_path / "tools"
    run(sys.executable, "-m", "venv", str(tools))
    run(
        str(tools / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        str(wheel),
        seconds=900,
    )
    home = tmp_path / "empty"
    home.mkdir()
    installed = Installed(tools / "bin" / "auditor", home)
    lines = installed.doctor("--offline", expect=5)
    assert {lines[name]["state"] for name in ("browser", "fonts", "openssl", "time_zones", "disk")} == {"ok"}
    said = installed.auditor("demo", "--free-ports", *SANDBOX, seconds=450)
    require_demo(said, home, compared=False)
    assert installed.auditor("verify", "evidence", expect=0)
    assert installed.doctor("--offline", expect=5)["authorities"]["state"] == "not_checked"


@pytest.mark.long
@pytest.mark.parametrize("tool", ["pipx", "uv"])
def test_what_the_guide_tells_leads_from_the_wheel_to_the_demo(tmp_path: Path, tool: str) -> None:
    """By the script that an empty machine runs: by each of the installers that the guides name."""
    wanted = ["[comparison]"] if tool == "uv" else []
    said = run("sh", str(FROM_WHEEL), tool, str(tmp_path / "alone"), *wanted, seconds=1800)
    require_demo(said, tmp_path / "alone" / "empty", compared=tool == "uv")
    assert said.rstrip().endswith("from the wheel: done")


def require_demo(said: str, home: Path, *, compared: bool) -> None:
    assert "3 of 4 deployments over entitlement by record: 77 branches." in said
    assert ("Comparing systems is left out" in said) != compared
    assert {path.name for path in home.glob("report*")} == {"report.html", "report.zh.html", "report.json"}


def test_the_script_of_an_empty_machine_installs_as_the_guides_do() -> None:
    script = FROM_WHEEL.read_text(encoding="utf-8")
    assert subprocess.run(["sh", "-n", str(FROM_WHEEL)], check=False).returncode == 0
    for tool, command in INSTALL.items():
        assert f"{tool}) {' '.join(command)} " in script
