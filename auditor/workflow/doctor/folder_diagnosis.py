"""The lines about the workspace's folder: what is configured, who may touch it, how much fits. Values alone."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from auditor.model.notes import Note, make_note
from auditor.workflow.doctor.diagnosis import DoctorLine, run_command
from auditor.workflow.doctor.facts import FolderFacts, PathFault

LEAST_FREE = 500 << 20
"""Bytes below which a single large audit may not fit."""
DAYS_AHEAD = 30
SHOWN = 5
"""Faulty paths that a line names; the others are counted."""


def folder_lines(facts: FolderFacts) -> Iterator[DoctorLine]:
    """Configuration, permissions, disk."""
    yield _targets(facts)
    yield _permissions(facts)
    yield _disk(facts)


def _targets(facts: FolderFacts) -> DoctorLine:
    title = make_note("doctor.title_targets")
    if any(one.fault == "unseen" and one.path == facts.root for one in facts.faults):
        return DoctorLine("targets", title, "not_checked", make_note("doctor.path_unseen", path=str(facts.root)))
    if not facts.configured:
        seen = make_note("doctor.no_configuration")
        todo = make_note("doctor.begin", demo="auditor demo", init="auditor init")
        return DoctorLine("targets", title, "not_checked", seen, todo, due=False)
    if facts.errors:
        return DoctorLine(
            "targets",
            title,
            "failed",
            make_note("doctor.targets_wrong", errors=facts.errors),
            run_command("auditor check"),
        )
    seen = make_note("doctor.targets", deployments=facts.deployments, warnings=facts.warnings)
    if not facts.begun:
        return DoctorLine(
            "targets", title, "warning", make_note("doctor.no_keys", seen=seen), run_command("auditor init")
        )
    return DoctorLine("targets", title, "ok", seen)


def _permissions(facts: FolderFacts) -> DoctorLine:
    title = make_note("doctor.title_permissions")
    if not facts.faults:
        seen = make_note("doctor.folder_writable", folder=str(facts.root))
        if facts.begun:
            seen = make_note("several", notes=(seen, make_note("doctor.keys_private")))
        return DoctorLine("permissions", title, "ok", seen)
    shown = facts.faults[:SHOWN]
    notes = [_fault(one) for one in shown]
    if len(facts.faults) > SHOWN:
        notes.append(make_note("doctor.more_faults", more=len(facts.faults) - SHOWN))
    seen = make_note("several", notes=tuple(notes))
    mends = [_mend(one) for one in shown if one.fault != "keys_gone"]
    todos = [run_command("; ".join(mends))] if mends else []
    todos += [make_note("doctor.put_keys_back", path=str(one.path)) for one in shown if one.fault == "keys_gone"]
    todo = todos[0] if len(todos) == 1 else make_note("several", notes=tuple(todos))
    only_owner = all(one.fault == "owner" for one in facts.faults)
    return DoctorLine("permissions", title, "warning" if only_owner else "failed", seen, todo)


def _fault(one: PathFault) -> Note:
    path = str(one.path)
    if one.fault == "mode":
        return make_note("doctor.key_open", path=path, mode=f"{one.mode:04o}", wanted=f"{one.wanted:04o}")
    if one.fault == "owner":
        return make_note("doctor.other_owner", path=path)
    if one.fault == "gone":
        return make_note("doctor.folder_gone", path=path)
    if one.fault == "keys_gone":
        return make_note("doctor.keys_gone", path=path)
    if one.fault == "unseen":
        return make_note("doctor.path_unseen", path=path)
    return make_note("doctor.not_writable", path=path)


def _mend(one: PathFault) -> str:
    path = shlex.quote(str(one.path))
    if one.fault == "mode":
        return f"chmod {one.wanted:o} {path}"
    if one.fault == "gone":
        return f"mkdir -p {path}"
    return f"chown -R $(id -un) {path}"


def _disk(facts: FolderFacts) -> DoctorLine:
    title = make_note("doctor.title_disk")
    if facts.free_bytes is None:
        return DoctorLine("disk", title, "not_checked", make_note("doctor.disk_unread"))
    free = make_note("doctor.free", bytes=f"{facts.free_bytes:,}")
    need = facts.bytes_a_day
    wanted = make_note("doctor.day_unknown") if need is None else make_note("doctor.day_needs", bytes=f"{need:,}")
    seen = make_note("several", notes=(free, wanted))
    room = make_note("doctor.make_room", command="auditor prune")
    if facts.free_bytes < max(need or 0, LEAST_FREE):
        return DoctorLine("disk", title, "failed", seen, room)
    if need and facts.free_bytes < need * DAYS_AHEAD:
        return DoctorLine("disk", title, "warning", seen, room)
    return DoctorLine("disk", title, "ok", seen)
