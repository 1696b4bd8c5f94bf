"""`auditor sign-in`: a person signs in once, in a window; visits use that until it ends."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.capture import watch_sign_in
from auditor.clock import Clock, now
from auditor.custody import open_keys, workspace_exists
from auditor.errors import ConfigError
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.reading import SnapshotProbe
from auditor.workflow.entry.sign_ins import end_of, forget_sign_in, store_sign_in
from auditor.workflow.wiring import key_passphrase, open_credentials, read_targets
from auditor.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SignInResult:
    """What was kept."""

    deployment: str
    made_at: datetime
    ends: datetime | None
    """When it is known to end; None where nothing says so."""
    cookies: int


def deployment_to_sign_in(estate: Estate, deployment: str) -> Deployment:
    """The deployment, where its login is a person's. Raises `ConfigError`."""
    found = estate.deployments.get(deployment)
    if found is None:
        known = ", ".join(list(estate.deployments)[:8])
        raise ConfigError(f"{deployment}: no such deployment in targets.yaml; it has {known}")
    if found.login is None or not found.login.by_person:
        raise ConfigError(f"{deployment}: its login is not a person's; write login: {{by: person, path: …}}")
    return found


async def keep_sign_in(
    workspace: Workspace,
    deployment: str,
    done: asyncio.Event,
    *,
    seconds: float,
    window: bool = True,
    sandbox: bool | None = None,
    clock: Clock = now,
) -> SignInResult:
    """Let a person sign in and keep what the deployment gave for it, encrypted to the workspace's key."""
    estate, _ = read_targets(workspace)
    found = deployment_to_sign_in(estate, deployment)
    if not workspace_exists(workspace.root):
        raise ConfigError(f"{workspace.root}: no keys and no journal here yet. Run: auditor init")
    keys = open_keys(workspace.root, passphrase=key_passphrase())
    settings = estate.browser if sandbox is None else replace(estate.browser, sandbox=sandbox)
    kept = await watch_sign_in(
        settings,
        found,
        SnapshotProbe(),
        clock,
        credentials=open_credentials(workspace, estate),
        done=done,
        seconds=seconds,
        window=window,
    )
    store_sign_in(workspace.root, keys, kept)
    cookies = kept.state.get("cookies", ())
    ends = end_of(kept.made_at, kept.ends, found)
    return SignInResult(deployment, kept.made_at, ends, len(cookies) if isinstance(cookies, list) else 0)


def forget_kept_sign_in(workspace: Workspace, deployment: str) -> bool:
    """Remove a kept sign-in; whether there was one."""
    estate, _ = read_targets(workspace)
    return forget_sign_in(workspace.root, deployment_to_sign_in(estate, deployment).id)
