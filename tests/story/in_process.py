"""The command line in the process of the test."""

from __future__ import annotations

from click.testing import CliRunner

from auditor.cli import group
from auditor.demo import CREDENTIALS
from auditor.errors import AuditorError
from tests.story.conftest import Workspace


class Inside(Workspace):
    """The same commands, in this process: what a command costs to start is not paid for each."""

    def auditor(self, *arguments: str, expect: int = 0, streams: str = "", **environment: str) -> str:
        variables = {**CREDENTIALS, **environment}
        done = CliRunner().invoke(group, ["--workspace", str(self.root), *arguments], env=variables)
        code, said = done.exit_code, done.stdout if streams == "out" or not expect else done.output
        if isinstance(done.exception, AuditorError):
            code, said = done.exception.exit_code, f"{said}{done.exception}"
        elif done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert code == expect, f"exit {code}\n{said}\n{done.stderr}"
        return said
