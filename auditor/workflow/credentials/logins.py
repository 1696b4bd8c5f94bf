"""`auditor check --logins`: for every secret that `targets.yaml` refers to, whether it can be had, without a visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from auditor.errors import CredentialError
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate


@dataclass(frozen=True, slots=True)
class SecretCheck:
    """One place of a secret, and whether it was there."""

    reference: str
    uses: tuple[str, ...]
    """`password`, `user name` …: what it is used as."""
    deployments: tuple[str, ...]
    problem: str
    """Why it is missing; empty where it was found."""


def check_secrets(estate: Estate, lookup: Callable[[str], str | None]) -> tuple[SecretCheck, ...]:
    """Every place of a secret once, in the order of the deployments that use it."""
    uses: dict[str, dict[str, None]] = {}
    users: dict[str, dict[str, None]] = {}
    for deployment in estate.deployments.values():
        for use, reference in secrets_of(estate, deployment):
            uses.setdefault(reference, {})[use] = None
            users.setdefault(reference, {})[deployment.id] = None
    return tuple(
        SecretCheck(reference, tuple(uses[reference]), tuple(users[reference]), _problem(lookup, reference))
        for reference in uses
    )


def secrets_of(estate: Estate, deployment: Deployment) -> Iterator[tuple[str, str]]:
    """What a visit of a deployment needs: (use, where it is kept)."""
    login = deployment.login
    if login is not None and not login.steps:
        yield "user name", login.username
        yield "password", login.password
    steps = [*(login.steps if login is not None else ())]
    steps += [step for page in deployment.pages if page in estate.pages for step in estate.pages[page].steps]
    for step in steps:
        if step.value_from:
            yield "typed in a step", step.value_from


def _problem(lookup: Callable[[str], str | None], reference: str) -> str:
    try:
        found = lookup(reference)
    except CredentialError as error:
        return str(error)
    return "" if found else f"{reference} is not set in the environment"
