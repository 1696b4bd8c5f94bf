"""The command line in a process of its own that need not load the program again.

One process loads every module of the program once; each command is a fork of it, with its own arguments, environment,
folder, streams and end. What is read before the first line of Python (locale, `PYTHON…`, `LD_…`) needs a start and gets
one. Tests of the start itself run `python -m auditor`.

It differs from a start in this: modules are loaded already, also those that a command would load late or not at all;
strings have one hash seed for all commands of a test process; module globals, destructors and `__del__` are not cleared
away at the end; the process group and the session are those of the tests.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

TOP = Path(__file__).parents[1]
AT_START = ("LANG", "LC_", "PYTHON", "LD_", "FAKETIME")
"""Beginnings of the names of variables that a process reads while it starts."""
LARGEST = 1 << 17
"""Bytes of one order: the arguments and the environment of a command."""
SECONDS = 240
"""How long a command may take."""


def run_auditor(
    *arguments: str, given: str = "", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run([sys.executable, "-m", "auditor", …], input=given, capture_output=True, text=True)`."""
    variables, folder = dict(os.environ if env is None else env), cwd or Path.cwd()
    if _read_at_start(variables) != _read_at_start(os.environ):
        command = [sys.executable, "-m", "auditor", *arguments]
        return subprocess.run(
            command, input=given, capture_output=True, text=True, env=variables, cwd=folder, timeout=SECONDS
        )
    with _text(given) as typed, _text() as out, _text() as err:
        streams = [one.fileno() for one in (typed, out, err)]
        code = _ordered(_prepared(), arguments, variables, folder, streams)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(list(arguments), code, out.read(), err.read())


def shell_command(folder: Path) -> Path:
    """An `auditor` in that folder for scripts of a shell, with the script's streams, variables and folder."""
    made = folder / "auditor"
    words = [sys.executable, "-S", "-E", str(Path(__file__)), str(_prepared())]
    made.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
    made.chmod(0o755)
    return made


def _text(written: str = "") -> IO[str]:
    """A file without a name, read from its beginning."""
    made = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - who asks closes it
    made.write(written)
    made.seek(0)
    return made


def _read_at_start(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name.startswith(AT_START)}


def _ordered(
    where: Path, arguments: Sequence[str], variables: Mapping[str, str], folder: Path, streams: Sequence[int]
) -> int:
    """One command to its end; its exit code."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asked:
        asked.settimeout(SECONDS)
        asked.connect(str(where))
        socket.send_fds(asked, [json.dumps([arguments, dict(variables), str(folder)]).encode()], streams)
        number = int(asked.recv(32))
        try:
            return int(asked.recv(32))
        except TimeoutError as late:
            os.kill(number, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), SECONDS) from late


@cache
def _prepared() -> Path:
    """Where orders go. The process ends with this one, however this one ends."""
    folder = tempfile.TemporaryDirectory(prefix="auditor-")
    where = Path(folder.name) / "orders"
    ours, theirs = socket.socketpair()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as orders, theirs:
        orders.bind(str(where))
        orders.listen()
        command = [sys.executable, "-m", __name__, str(orders.fileno())]
        process = subprocess.Popen(command, stdin=theirs.fileno(), pass_fds=[orders.fileno()], cwd=TOP)

    def end() -> None:
        process.terminate()
        process.wait()
        ours.close()
        folder.cleanup()

    atexit.register(end)
    return where


def _load() -> None:
    """Every module of the program, but where a part that it needs is not installed."""
    import auditor

    for found in pkgutil.walk_packages(auditor.__path__, "auditor."):
        if not found.name.endswith("__main__"):
            try:
                importlib.import_module(found.name)
            except ModuleNotFoundError:
                continue


def _serve(orders: socket.socket) -> None:
    """Fork for each order, tell its number and then its exit code. Comes back in each fork, as the command."""
    running: dict[int, tuple[int, socket.socket]] = {}
    while True:
        ready, _, _ = select.select([0, orders.fileno(), *running], [], [])
        for descriptor in running.keys() & set(ready):
            number, asked = running.pop(descriptor)
            os.close(descriptor)
            _, status = os.waitpid(number, 0)
            with asked:
                _tell(asked, os.waitstatus_to_exitcode(status))
        if 0 in ready:
            os._exit(0)
        if orders.fileno() not in ready:
            continue
        asked, _ = orders.accept()
        order, streams, _, _ = socket.recv_fds(asked, LARGEST, 3)
        if not (number := os.fork()):
            for descriptor, (_, other) in running.items():
                os.close(descriptor)
                other.close()
            orders.close()
            asked.close()
            return _become(order, streams)
        for descriptor in streams:
            os.close(descriptor)
        _tell(asked, number)
        running[os.pidfd_open(number)] = number, asked


def _tell(asked: socket.socket, number: int) -> None:
    """Who asked may have been ended meanwhile."""
    try:
        asked.send(str(number).encode())
    except BrokenPipeError:
        return


def _become(order: bytes, streams: Sequence[int]) -> None:
    arguments, variables, folder = json.loads(order)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    encoding = sys.stdout.encoding
    sys.stdin = open(0, encoding=encoding, closefd=False)  # noqa: SIM115 - as an interpreter opens them
    sys.stdout = open(1, "w", encoding=encoding, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding=encoding, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    os.chdir(folder)
    sys.argv = ["auditor", *arguments]


def _end(code: int) -> NoReturn:
    """What an interpreter does last, but for clearing away a thousand modules."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _start(descriptor: int) -> NoReturn:
    _load()
    gc.collect()
    gc.freeze()
    _serve(socket.socket(fileno=descriptor))
    from auditor.cli import main

    try:
        main()
    except SystemExit as ended:
        _end(_exit_code(ended.code))
    _end(0)


def _exit_code(given: object) -> int:
    """As an interpreter takes what `SystemExit` bears: anything but a number is said, and is a failure."""
    if given is None or isinstance(given, int):
        return given or 0
    print(given, file=sys.stderr)
    return 1


if __name__ == "__main__":
    if sys.argv[1].isdigit():
        _start(int(sys.argv[1]))
    ended = _ordered(Path(sys.argv[1]), sys.argv[2:], os.environ, Path.cwd(), (0, 1, 2))
    sys.exit(ended if ended >= 0 else 128 - ended)  # by a signal: as a shell tells it
