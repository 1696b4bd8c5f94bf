"""Validation of `targets.yaml`: every problem, in file order."""

from __future__ import annotations

from auditor import targets
from auditor.errors import ConfigError
from auditor.targets import Problem
from auditor.workspace import Workspace


def find_problems(workspace: Workspace) -> tuple[Problem, ...]:
    """Errors and warnings of the workspace's `targets.yaml`, in file order; none where all is well."""
    return tuple(targets.find_problems(workspace.targets))


def require_no_errors(workspace: Workspace) -> None:
    """`ConfigError` with one line for each error; warnings refuse nothing."""
    errors = [problem for problem in find_problems(workspace) if problem.severity == "error"]
    if errors:
        raise ConfigError(*map(str, errors))
