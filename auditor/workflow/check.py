"""Validation of `targets.yaml`: every problem, in file order; and whether the secrets it refers to are there."""

from __future__ import annotations

from auditor import targets
from auditor.errors import ConfigError
from auditor.targets import Problem
from auditor.workflow.credentials.logins import SecretCheck, check_secrets
from auditor.workflow.wiring import open_credentials, read_targets
from auditor.workspace import Workspace


def find_problems(workspace: Workspace) -> tuple[Problem, ...]:
    """Errors and warnings of the workspace's `targets.yaml`, in file order; none where all is well."""
    return tuple(targets.find_problems(workspace.targets))


def check_logins(workspace: Workspace) -> tuple[SecretCheck, ...]:
    """Every secret that `targets.yaml` refers to, and whether it can be had now; nothing is visited."""
    estate, _ = read_targets(workspace)
    return check_secrets(estate, open_credentials(workspace, estate))


def require_no_errors(workspace: Workspace) -> None:
    """`ConfigError` with one line for each error; warnings refuse nothing."""
    errors = [problem for problem in find_problems(workspace) if problem.severity == "error"]
    if errors:
        raise ConfigError(*map(str, errors))
