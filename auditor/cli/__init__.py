"""The door of the command line: parses, calls one workflow, prints. No rule lives here.

Exit codes: 0 done; 2 bad usage, configuration or input; 3 findings at or above `--fail-on`;
4 evidence and record disagree, or a witness refuses the log; 5 something could not be verified; 6 whether something was
recorded is not known; 1 anything else. A traceback never reaches a user.

`auditor VERB` is `VERB_command` in the file `VERB.py` (`-` is `_` there); `COMMANDS` lists the verbs. A command calls
functions of `auditor.workflow` and nothing below it; `schedule` starts the scheduler, `serve` the pages, `demo` the
practice world.

==============  ============================================================
`demo`          `auditor demo`
`doctor`        `auditor doctor`
`init`          `auditor init`
`add`           `auditor add`
`import`        `auditor import`
`export`        `auditor export`
`check`         `auditor check`
`sign_in`       `auditor sign-in`
`profile`       `auditor profile`
`run`           `auditor run`
`schedule`      `auditor schedule`
`serve`         `auditor serve`
`worker`        `auditor worker`
`fleet`         `auditor fleet`
`people`        `auditor people`
`status`        `auditor status`
`captures`      `auditor captures`
`show`          `auditor show`
`changes`       `auditor changes`
`report`        `auditor report`
`statement`     `auditor statement`
`confirm`       `auditor confirm`
`compare`       `auditor compare`
`candidates`    `auditor candidates`
`fingerprint`   `auditor fingerprint`
`hosting`       `auditor hosting`
`notice`        `auditor notice`
`claim`         `auditor claim`
`bundle`        `auditor bundle`
`read`          `auditor read`
`verify`        `auditor verify`
`prune`         `auditor prune`
`reseal`        `auditor reseal`
`keys`          `auditor keys`
`rebuild`       `auditor rebuild`
`move`          `auditor move`
`upgrade`       `auditor upgrade`
`page_options`  the options of `auditor profile`, as values
`options`       options that several commands share
`output`        consoles, one JSON value, the progress bar
`streams`       the standard streams: lines that captured text cannot break
==============  ============================================================
"""

from __future__ import annotations

import errno
import io
import sys
import traceback
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

import click

from auditor import __version__
from auditor.cli.streams import degrade_streams, echo, end_output, open_missing_streams
from auditor.errors import AuditorError
from auditor.formats.foreign_text import as_unicode
from auditor.optional_parts import install_part, part_of

_OF_DISKS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})
_OF_NAMES = frozenset(
    {
        errno.ENOENT,
        errno.EACCES,
        errno.EPERM,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.ENAMETOOLONG,
        errno.EEXIST,
        errno.ELOOP,
    }
)
COMMANDS = {
    "demo": "Audit a practice world twice and show what comes of it.",
    "doctor": "Check this machine and this folder: what an audit lacks, and what to do.",
    "init": "Write a commented targets.yaml and make the workspace's keys.",
    "add": "Add a deployment, a contract, an amendment or a page to targets.yaml.",
    "import": "Take contracts or deployments from a table of another system.",
    "export": "Write contracts or deployments as that table.",
    "check": "Validate targets.yaml; print every problem with its line.",
    "sign-in": "Sign in to a deployment yourself, once; visits use that until it ends.",
    "profile": "Show what a page states and write its entry into targets.yaml.",
    "run": "Visit every deployment once, now.",
    "schedule": "Keep the schedules of targets.yaml: visit what is due, record what was missed.",
    "serve": "Open the pages that people work with, on this machine or behind a proxy.",
    "worker": "Make visits for a fleet, from one vantage.",
    "fleet": "Work one estate with many machines: maintenance, vantages, how it stands.",
    "people": "Add, list and revoke the accounts of the pages.",
    "status": "Say how things stand: last captures, what is unsealed, what is due.",
    "captures": "List what was captured: counts, state, seal, and why one is not complete.",
    "show": "Show one capture: picture with marks, readings, digests, seal.",
    "changes": "Tell what changed since a day; send it by mail.",
    "report": "Write the report of the newest captures.",
    "statement": "Write a one-page statement that may be sent to one customer.",
    "confirm": "Record what a named person decided, on what evidence.",
    "compare": "Compare a suspect with the licensed software, beside controls.",
    "candidates": "Find which of many addresses run the product, by their front pages.",
    "fingerprint": "Distil what only a product has; list the libraries that everybody has.",
    "hosting": "Ask who holds an address; show what may be said about who hosts a deployment.",
    "notice": "Write to a host: draft, check, approve, send once, keep what comes back.",
    "claim": "Compute claim scenarios; compare, explain and export them.",
    "bundle": "Export evidence that stands alone, with proofs and a sheet to check it.",
    "read": "Read stored evidence again with the present profile, beside the record.",
    "verify": "Check packages, journal, seals, trust and index against each other.",
    "prune": "List, and with --yes remove, old captures' files under the retention rule.",
    "reseal": "Timestamp the timestamps anew before they weaken.",
    "keys": "Show, rotate or revoke the workspace's keys.",
    "rebuild": "Recreate the index from the evidence.",
    "upgrade": "Bring a workspace of an earlier version into the present layout.",
    "move": "Move the workspace to a fleet's database and store, or back.",
}
"""Name and one-line help. `auditor VERB` is `VERB_command` in `cli/VERB.py`, which is imported when it runs, so that
`--help` answers at once."""


class LazyCommandGroup(click.Group):
    """A group that knows its commands by name and loads one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command = getattr(import_module(f"auditor.cli.{module}"), f"{module}_command")
        assert isinstance(command, click.Command)  # noqa: S101 (COMMANDS is ours)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyCommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder with targets.yaml, evidence/ and db/ (default: the current one).",
)
@click.option("--quiet", is_flag=True, help="Print results and problems only.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error", "off"]),
    envvar="AUDITOR_LOG_LEVEL",
    help="Write a line for each event of this level and above (default: off; info with --log-file).",
)
@click.option(
    "--log-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="AUDITOR_LOG_FILE",
    help="Append the lines to this file instead of standard error.",
)
@click.version_option(__version__, prog_name="auditor")
@click.pass_context
def group(ctx: click.Context, workspace: Path, quiet: bool, log_level: str | None, log_file: Path | None) -> None:
    """Licence-seat usage auditor: sees, keeps, reads, compares, tells."""
    level = log_level or ("off" if log_file is None else "info")
    ctx.obj = {"workspace": workspace, "quiet": quiet, "logs": level != "off"}
    if level != "off":
        from auditor.workflow import start_logging

        tell = partial(echo, err=True)
        ctx.call_on_close(start_logging(level, log_file, workspace / "evidence", tell))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line, or these arguments in its place, and end the process with the exit code."""
    open_missing_streams()
    degrade_streams()
    try:
        code = group.main(arguments, prog_name="auditor", standalone_mode=False)
        end_output()
    except click.exceptions.Exit as done:
        code = done.exit_code
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        echo(said.getvalue().rstrip("\n"), err=True)
        code = 2
    except click.Abort:
        echo("auditor: stopped on request", err=True)
        code = 1
    except AuditorError as error:
        echo(error, err=True)
        code = error.exit_code
    except BrokenPipeError:
        code = 1
    except KeyboardInterrupt:
        echo("auditor: stopped on request", err=True)
        code = 1
    except ModuleNotFoundError as error:
        code = 2 if part_of(error.name) else 1
        echo(f"auditor: {_missing(error)}", err=True)
    except OSError as error:
        code = 1
        echo(f"auditor: {_of_the_system(error) or _internal(error)}", err=True)
    except Exception as error:  # noqa: BLE001 (the last line: a traceback never reaches a user)
        unwritten = _unwritten(sys.argv[1:] if arguments is None else arguments)
        code = 2 if unwritten else 1
        echo(f"auditor: {unwritten or _internal(error)}", err=True)
    sys.exit(code if isinstance(code, int) else 0)


def _of_the_system(error: OSError) -> str:
    """One line about a file or a disk that does not take what is to be written; empty for everything else."""
    if error.errno not in _OF_DISKS and (error.errno not in _OF_NAMES or error.filename is None):
        return ""
    where = f"{error.filename!s:.200}: " if error.filename is not None else ""
    return (
        f"{where}{error.strerror}; what was asked for is not whole: mend that, or name another place, and run it again"
    )


def _unwritten(arguments: Sequence[str]) -> str:
    """One line about an argument that no journal or file in UTF-8 can hold; empty where there is none."""
    for given in arguments:
        if as_unicode(given) != given:
            told = "is not text in UTF-8 here; write it in UTF-8, in a locale such as C.UTF-8"
            return f"the argument {ascii(given)[:200]} {told}"
    return ""


def _missing(error: ModuleNotFoundError) -> str:
    """One line about an optional part that is not installed; another module is a fault of ours."""
    part = part_of(error.name)
    if not part:
        return _internal(error)
    return f"this needs the part {part}, which is not installed. Run: {install_part(part)}"


def _internal(error: Exception) -> str:
    """One line about a fault of our own, with its traceback put where it can be sent from."""
    where = Path("auditor-fault.txt")
    said = f"internal fault, {type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}"
    try:
        where.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except OSError:
        return f"{said}. The details could not be written to {where}"
    return f"{said}. Details are in {where}; please report them"
