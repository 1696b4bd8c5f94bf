"""`auditor doctor` from end to end: looked at, then judged."""

from __future__ import annotations

from auditor.clock import Clock, now
from auditor.workflow.doctor.diagnosis import DoctorLine, machine_lines
from auditor.workflow.doctor.facts import MachineFacts
from auditor.workflow.doctor.folder_diagnosis import folder_lines
from auditor.workflow.doctor.looking import DoctorRequest, examine_workspace
from auditor.workflow.doctor.time_sources import authorities_line, clock_line
from auditor.workspace import Workspace


def check_machine(workspace: Workspace, request: DoctorRequest, clock: Clock = now) -> tuple[DoctorLine, ...]:
    """What an audit in this folder lacks, line by line; changes nothing."""
    return judge(examine_workspace(workspace, request, clock))


def judge(facts: MachineFacts) -> tuple[DoctorLine, ...]:
    """The lines, in their order: the machine, those who tell the time, the folder."""
    return (*machine_lines(facts), clock_line(facts), authorities_line(facts), *folder_lines(facts.folder))
