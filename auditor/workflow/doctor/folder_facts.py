"""What a workspace's folder holds: modes of its keys, whose it is, the space beside it, what a day of audits takes."""

from __future__ import annotations

import os
import shutil
import stat
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from auditor.custody import workspace_exists
from auditor.errors import AuditorError
from auditor.index import Index
from auditor.workflow.doctor.facts import PathFault
from auditor.workspace import Workspace

NEWEST = 300
"""Captures that the size of a day is estimated from."""
MEASURED = 40
"""Packages of them whose files are counted."""
NOBODY_ELSE = 0o077


def path_faults(workspace: Workspace) -> tuple[PathFault, ...]:
    """Private keys that others can read, folders that cannot be written, a workspace of somebody else."""
    return tuple(_faults(workspace))


def _faults(workspace: Workspace) -> Iterator[PathFault]:
    root = workspace.root
    if (mode := _mode(root)) is None or not stat.S_ISDIR(mode):
        yield PathFault(root, "gone")
        return
    if not os.access(root, os.R_OK | os.X_OK):
        yield PathFault(root, "unseen")
        return
    for folder in (root, workspace.evidence, workspace.db.parent):
        if os.path.isdir(folder):  # noqa: PTH112 - False, no error, where it may not be seen
            if not os.access(folder, os.W_OK | os.X_OK):
                yield PathFault(folder, "write")
            elif hasattr(os, "geteuid") and folder.stat().st_uid != os.geteuid():
                yield PathFault(folder, "owner")
    yield from _key_faults(workspace)


def _key_faults(workspace: Workspace) -> Iterator[PathFault]:
    keys = workspace.keys
    if _mode(keys) is None:
        if workspace_exists(workspace.root):
            yield PathFault(keys, "keys_gone")
        return
    try:
        inside = [(one, 0o600) for one in sorted(keys.iterdir())]
        modes = [(one, os.lstat(one).st_mode, wanted) for one, wanted in ((keys, 0o700), *inside)]
    except OSError:  # somebody else's
        yield PathFault(keys, "unseen")
        return
    if not inside and workspace_exists(workspace.root):
        yield PathFault(keys, "keys_gone")
    for path, mode, wanted in modes:
        if stat.S_ISLNK(mode) or mode & NOBODY_ELSE:
            yield PathFault(path, "mode", stat.S_IMODE(mode), wanted)


def _mode(path: Path) -> int | None:
    """What a path is; None where there is nothing. What may not be seen counts as a folder, which cannot be used."""
    try:
        return path.stat().st_mode
    except PermissionError:
        return stat.S_IFDIR
    except OSError:
        return None


def free_bytes(root: Path) -> int | None:
    """Bytes that this user may still write beside the workspace."""
    whole = root.absolute()
    there = next((one for one in (whole, *whole.parents) if os.path.isdir(one)), None)  # noqa: PTH112 - as above
    try:
        return None if there is None else shutil.disk_usage(there).free
    except OSError:
        return None


def bytes_a_day(workspace: Workspace) -> int | None:
    """What the fullest day among the newest captures took on the disk; None where nothing was captured."""
    if not os.path.isfile(workspace.db):  # noqa: PTH113 - False, no error, where it may not be seen
        return None
    try:
        with Index.open_to_read(workspace.db) as index:
            rows = index.newest_packages(NEWEST)
    except AuditorError:
        return None
    sizes: dict[str, list[int]] = defaultdict(list)
    for row in rows[:MEASURED]:
        if size := _size(workspace.root / row.path):
            sizes[row.deployment].append(size)
    known = [size for each in sizes.values() for size in each]
    if not known:
        return None
    days = Counter(row.captured_at.date() for row in rows)
    return max(days.values()) * sum(known) // len(known)


def _size(package: Path) -> int:
    """Bytes of the files of a package; 0 where it is gone."""
    try:
        return sum(one.stat().st_size for one in package.rglob("*") if one.is_file())
    except OSError:  # somebody else's
        return 0
