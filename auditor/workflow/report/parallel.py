"""Divides work among forked processes; results come back in the order of the work.

Forked, because a process then has the whole estate without its being handed over, and only what it found travels, as
bytes through a pipe that nobody else can write to. A process that dies ends the work with an error: an answer never
lacks a part. When the answer is there, or the work ends early, no process is left behind; one whose parent was killed
ends at its next piece.
"""

from __future__ import annotations

import copyreg
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from multiprocessing.connection import Connection
from operator import attrgetter
from types import MappingProxyType
from typing import Any, TypeVar

from auditor.errors import AuditorError
from auditor.model.findings import EntitlementStep, Finding, Position
from auditor.model.reading.observations import Basis
from auditor.model.targets.contracts import Money

TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")
WorkerPipes = Sequence[tuple[Connection, Connection]]
"""A pipe of each process: where this one reads, where that one writes."""


def worker_count() -> int:
    """How many processes may share work: the cores that this one may use; 1 where forking is not safe."""
    if threading.active_count() > 1 or not hasattr(os, "sched_getaffinity"):
        return 1  # a lock that another thread holds would stay held in the fork; macOS, which lacks the call, forks ill
    return len(os.sched_getaffinity(0))


def map_forked(
    task: Callable[[TaskT], ResultT], pieces: Sequence[TaskT], workers: int, begin: Callable[[], None]
) -> Iterator[ResultT]:
    """`task` of each piece, in order; each of the processes takes every so many-th. `begin` is called once in each.

    Raises what a task raised where it is an `AuditorError`, else an `AuditorError` that names it.
    """
    context = multiprocessing.get_context("fork")
    ends = [context.Pipe(duplex=False) for _ in range(workers)]
    processes = [
        context.Process(target=_work, args=(number, ends, task, pieces, begin), daemon=True)
        for number in range(workers)
    ]
    try:
        for process in processes:
            process.start()
        for _, writer in ends:
            writer.close()  # so that the end of a process is the end of its pipe
        for number in range(len(pieces)):
            yield _received(ends[number % workers][0])
    finally:
        for process in processes:
            if process.pid is not None:
                process.kill()  # they only read: nothing is half done
                process.join()
        for reader, _ in ends:
            reader.close()


def _received(reader: Connection) -> Any:
    try:
        found = pickle.loads(reader.recv_bytes())  # noqa: S301 - written by a fork of this process, into our own pipe
    except (EOFError, OSError):  # before a message, or within one
        raise AuditorError(
            "report: a process that judged a part of the estate was ended from outside; nothing is reported without "
            "it. Free memory, or see who ended it, and run the command again"
        ) from None
    if isinstance(found, AuditorError):
        raise found
    return found


def _work(
    number: int, ends: WorkerPipes, task: Callable[[Any], Any], pieces: Sequence[Any], begin: Callable[[], None]
) -> None:
    """The whole life of a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for place, (reader, writer) in enumerate(ends):
        reader.close()  # so that a parent that is gone is a pipe that is broken
        if place != number:
            writer.close()
    mine = ends[number][1]
    try:
        for found in _found(task, pieces[number :: len(ends)], begin):
            mine.send_bytes(_packed(found))
    except BrokenPipeError:
        return


def _found(task: Callable[[Any], Any], pieces: Sequence[Any], begin: Callable[[], None]) -> Iterator[Any]:
    try:
        begin()
        for piece in pieces:
            yield task(piece)
    except AuditorError as error:
        yield error
    except Exception as error:  # noqa: BLE001 - the last line of a process: told to the one that raises it
        yield AuditorError(f"report: judging a part of the estate failed ({type(error).__name__}: {error})")


def _packed(value: object) -> bytes:
    """As bytes. The many small values of a report are written as their fields, far quicker than by default."""
    to = BytesIO()
    pickler = pickle.Pickler(to, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {**copyreg.dispatch_table, **_REDUCED}
    pickler.dump(value)
    return to.getvalue()


def _by_fields(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    fields = attrgetter(*kind.__dataclass_fields__)
    return lambda value: (kind, fields(value))


def _read_only(values: dict[Any, Any]) -> Mapping[Any, Any]:
    """A read-only mapping, whose own type has no name by which it could travel."""
    return MappingProxyType(values)


_REDUCED: Mapping[type[Any], Callable[[Any], tuple[Any, ...]]] = {
    **{kind: _by_fields(kind) for kind in (Finding, Position, Basis, EntitlementStep, Money)},
    MappingProxyType: lambda value: (_read_only, (dict(value),)),
}
