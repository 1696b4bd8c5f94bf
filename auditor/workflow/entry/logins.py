"""`auditor check --logins`: for every secret that `targets.yaml` refers to, whether it can be had, without a visit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from auditor.capture import certificate_end, parse_code_secret, token_end
from auditor.clock import Clock, now
from auditor.errors import CredentialError
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.model.targets.ways_in import SecretUse
from auditor.workflow.entry.sign_ins import end_of, sign_in_head
from auditor.workflow.wiring import open_credentials, read_targets
from auditor.workspace import Workspace

USE_WORDS: Final[Mapping[SecretUse, str]] = MappingProxyType(
    {
        "user_name": "user name",
        "password": "password",
        "totp": "secret of one-time codes",
        "step": "typed in a step",
        "header": "value of a header",
        "certificate": "client certificate",
        "certificate_key": "key of the client certificate",
        "key_passphrase": "passphrase of the client certificate",
        "proxy_password": "password of the proxy",
        "sign_in": "a person's sign-in",
    }
)
"""Each use as a person is told of it."""


@dataclass(frozen=True, slots=True)
class SecretCheck:
    """One place of a secret, and whether it was there."""

    reference: str
    uses: tuple[SecretUse, ...]
    deployments: tuple[str, ...]
    problem: str
    """Why it is missing or of no use; empty where it was found."""
    ends: datetime | None = None
    """When it says that it ends."""


def check_logins(workspace: Workspace, clock: Clock = now) -> tuple[SecretCheck, ...]:
    """Every secret that `targets.yaml` refers to, and whether it can be had now; nothing is visited."""
    estate, _ = read_targets(workspace)
    at = clock()
    asked = check_secrets(estate, open_credentials(workspace, estate), at)
    return (*asked, *_sign_ins(estate, workspace.home, at))


def check_secrets(estate: Estate, lookup: Callable[[str], str | None], at: datetime) -> tuple[SecretCheck, ...]:
    """Every place of a secret once, in the order of the deployments that use it."""
    uses: dict[str, dict[SecretUse, None]] = {}
    users: dict[str, dict[str, None]] = {}
    for deployment in estate.deployments.values():
        for use, reference in secrets_of(estate, deployment):
            uses.setdefault(reference, {})[use] = None
            users.setdefault(reference, {})[deployment.id] = None
    checks = []
    for reference, asked in uses.items():
        problem, ends = _had(lookup, reference, asked, at)
        checks.append(SecretCheck(reference, tuple(asked), tuple(users[reference]), problem, ends))
    return tuple(checks)


def secrets_of(estate: Estate, deployment: Deployment) -> Iterator[tuple[SecretUse, str]]:
    """What a visit of a deployment needs: (use, where it is kept)."""
    login = deployment.login
    if login is not None and not login.steps and not login.by_person:
        yield "user_name", login.username
        yield "password", login.password
    if login is not None and login.totp:
        yield "totp", login.totp
    yield from ((use, reference) for use, reference in deployment.ways.secrets() if reference)
    steps = [*(login.steps if login is not None else ())]
    steps += [step for page in deployment.pages if page in estate.pages for step in estate.pages[page].steps]
    for step in steps:
        if step.value_from:
            yield "step", step.value_from


def _had(
    lookup: Callable[[str], str | None], reference: str, uses: Collection[SecretUse], at: datetime
) -> tuple[str, datetime | None]:
    """Why a secret is of no use, and when it ends."""
    try:
        found = lookup(reference)
    except CredentialError as error:
        return str(error), None
    if not found:
        return f"{reference} is not set in the environment", None
    try:
        if "totp" in uses:
            parse_code_secret(found)
        ends = certificate_end(found) if "certificate" in uses else None
    except ValueError as error:
        return f"{reference}: {error}", None
    if "header" in uses:
        ends = token_end(found)
    return _over(ends, at), ends


def _sign_ins(estate: Estate, root: Path, at: datetime) -> Iterator[SecretCheck]:
    for one in estate.deployments.values():
        if one.login is None or not one.login.by_person or not one.pages:
            continue
        head = sign_in_head(root, one.id)
        ends = end_of(head.made_at, head.ends, one) if head is not None else None
        problem = _over(ends, at) if head is not None else "none is kept"
        then = f"; run: auditor sign-in {one.id}" if problem else ""
        yield SecretCheck(f"sign-in {one.id}", ("sign_in",), (one.id,), problem + then, ends)


def _over(ends: datetime | None, at: datetime) -> str:
    return f"ended on {ends:%Y-%m-%d %H:%M} UTC" if ends is not None and ends <= at else ""
