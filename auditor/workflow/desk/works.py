"""Heavy work as child processes of this program: it may use every core, its memory is its own, and it can be ended.

A child is one of the program's own commands; what it says is kept, bounded, and shown as text. Its results are read
from the journal like anybody's, so a child that is killed leaves what the command leaves.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from auditor.clock import Clock, monotonic
from auditor.errors import ConfigError, VaultError
from auditor.workspace import Workspace

WorkKind = Literal["run", "bundle", "verify", "notice_draft", "notice_check"]
MOST_AT_ONCE = 2
KEPT = 24
"""Works that are remembered once they have ended."""
MOST_SAID = 64_000
"""Characters of a child's words that are kept: the last ones."""


@dataclass
class OneWork:
    """A child that was begun."""

    id: str
    kind: WorkKind
    person: str
    """Id of the account that began it: nobody else is shown its words."""
    about: tuple[str, ...]
    began_at: datetime
    from_line: int
    """Lines of the journal when it began."""
    process: subprocess.Popen[bytes] = field(repr=False)
    ended_at: datetime | None = None
    code: int | None = None
    said: str = ""

    @property
    def running(self) -> bool:
        return self.ended_at is None


class Works:
    """The children of one server, for all threads."""

    def __init__(self, workspace: Workspace, clock: Clock, patience: float = 10.0) -> None:
        """`patience`: seconds that `close` waits."""
        self._workspace = workspace
        self._clock = clock
        self._patience = patience
        self._lock = threading.Lock()
        self._begun: OrderedDict[str, OneWork] = OrderedDict()
        self._count = 0

    def begin(
        self, kind: WorkKind, arguments: Sequence[str], *, person: str, about: Sequence[str], from_line: int
    ) -> OneWork:
        """Begin a command of this program. `ConfigError` where as many run already as may."""
        with self._lock:
            running = [one for one in self._begun.values() if one.running]
            if len(running) >= MOST_AT_ONCE:
                raise ConfigError(f"{len(running)} works are running already; wait for one of them, or end it")
            self._count += 1
            command = [
                sys.executable, "-m", "auditor", "--workspace", str(self._workspace.home), "--quiet", *arguments,
            ]  # fmt: skip
            try:
                process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    cwd=self._workspace.home, env=_environment(), start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                raise VaultError(f"{kind}: cannot be begun: {error.strerror}") from error
            made = OneWork(f"w{self._count}", kind, person, tuple(about), self._clock(), from_line, process)
            self._begun[made.id] = made
            while len(self._begun) > KEPT:
                oldest = next((name for name, one in self._begun.items() if not one.running), None)
                if oldest is None:
                    break
                del self._begun[oldest]
        threading.Thread(target=self._listen, args=(made,), daemon=True, name=f"work {made.id}").start()
        return made

    def named(self, name: str) -> OneWork | None:
        """A work by its id."""
        with self._lock:
            return self._begun.get(name)

    def every(self) -> tuple[OneWork, ...]:
        """All that is remembered, newest first."""
        with self._lock:
            return tuple(reversed(self._begun.values()))

    def end(self, name: str) -> None:
        """Ask a child to end: it finishes or records what is under way."""
        found = self.named(name)
        if found is not None and found.running:
            found.process.terminate()

    def close(self) -> None:
        """Ask all to end, and wait a little; then a child is killed with all that it began, its browsers too."""
        running = [one for one in self.every() if one.running]
        for one in running:
            one.process.terminate()
        until = monotonic() + self._patience
        for one in running:
            try:
                one.process.wait(max(0.0, until - monotonic()))
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(one.process.pid, signal.SIGKILL)  # it leads a group of its own

    def _listen(self, work: OneWork) -> None:
        stream = work.process.stdout
        assert stream is not None  # noqa: S101 (a pipe was asked for)
        while data := os.read(stream.fileno(), 65_536):
            work.said = (work.said + data.decode("utf-8", "replace"))[-MOST_SAID:]
        code = work.process.wait()
        stream.close()
        work.code, work.ended_at = code, self._clock()


def _environment() -> dict[str, str]:
    """As this process's, with this program to be found from wherever the workspace lies."""
    home = str(Path(__file__).resolve().parents[3])
    known = os.environ.get("PYTHONPATH", "")
    ours = {name: value for name, value in os.environ.items() if name != "AUDITOR_OIDC_SECRET"}
    return {**ours, "PYTHONPATH": os.pathsep.join(filter(None, (home, known))), "NO_COLOR": "1"}
