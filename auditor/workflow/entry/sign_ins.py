"""Sign-ins that a person made, kept encrypted to the workspace's key: `sign-ins/<deployment>.sealed`, for this user."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from auditor import owner_only_file
from auditor.clock import parse_timestamp, timestamp
from auditor.custody import Keys, encrypt_to_box
from auditor.errors import CredentialError, CustodyError
from auditor.model.captures import KeptSignIn
from auditor.model.targets.deployments import Deployment

FOLDER = "sign-ins"
FORMAT = "auditor.sign-in/1"
MAX_BYTES = 32 << 20
TOLD_AHEAD = timedelta(days=7)
"""How long before its end a sign-in is told of."""


@dataclass(frozen=True, slots=True)
class SignInHead:
    """What may be known of a kept sign-in without the workspace's key."""

    deployment: str
    made_at: datetime
    ends: datetime | None


def sign_in_file(root: Path, deployment: str) -> Path:
    """Where the sign-in of a deployment is kept."""
    return root / FOLDER / f"{deployment}.sealed"


def store_sign_in(root: Path, keys: Keys, kept: KeptSignIn) -> None:
    """Keep it, in place of an earlier one. Raises `CredentialError` where the disk refuses."""
    head = {
        "format": FORMAT,
        "deployment": kept.deployment,
        "made_at": timestamp(kept.made_at),
        "ends": timestamp(kept.ends) if kept.ends is not None else None,
    }
    sealed = base64.b64encode(encrypt_to_box(json.dumps({**head, "state": kept.state}).encode(), keys.box_public))
    path = sign_in_file(root, kept.deployment)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        owner_only_file.write(path, json.dumps(head).encode() + b"\n" + sealed + b"\n")
    except OSError as error:
        raise CredentialError(f"{path}: the sign-in cannot be kept: {error.strerror}") from error


def load_sign_in(root: Path, keys: Keys, deployment: str) -> KeptSignIn | None:
    """The kept sign-in; None where there is none. Raises `CredentialError` for one that cannot be opened."""
    data = owner_only_file.read(sign_in_file(root, deployment), MAX_BYTES)
    if data is None:
        return None
    try:
        body: dict[str, Any] = json.loads(keys.unseal(base64.b64decode(data.partition(b"\n")[2])))
        if body["format"] != FORMAT or body["deployment"] != deployment:
            raise ValueError("another file")
        ends = parse_timestamp(body["ends"]) if body["ends"] else None
        return KeptSignIn(deployment, parse_timestamp(body["made_at"]), ends, body["state"])
    except (CustodyError, binascii.Error, ValueError, KeyError, TypeError):
        why = "is not a sign-in of this workspace's key"
        raise CredentialError(f"{sign_in_file(root, deployment)}: {why}; run: auditor sign-in {deployment}") from None


def forget_sign_in(root: Path, deployment: str) -> bool:
    """Remove it; whether there was one."""
    path = sign_in_file(root, deployment)
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def sign_in_head(root: Path, deployment: str) -> SignInHead | None:
    """What may be known of it without a key; None where none can be read."""
    data = owner_only_file.read(sign_in_file(root, deployment), MAX_BYTES)
    if data is None:
        return None
    try:
        head: dict[str, Any] = json.loads(data.partition(b"\n")[0])
        return SignInHead(
            deployment, parse_timestamp(head["made_at"]), parse_timestamp(head["ends"]) if head["ends"] else None
        )
    except (ValueError, KeyError, TypeError):
        return None


def sign_in_warnings(root: Path, deployments: Iterable[Deployment], now: datetime) -> Iterator[str]:
    """One line for each deployment that a person must sign in to, or soon will have to."""
    for one in deployments:
        if one.login is None or not one.login.by_person or not one.pages:
            continue
        head = sign_in_head(root, one.id)
        then = f"run: auditor sign-in {one.id}"
        if head is None:
            yield f"{one.id}: no sign-in is kept; {then}"
            continue
        ends = end_of(head.made_at, head.ends, one)
        if ends is not None and ends <= now:
            yield f"{one.id}: the kept sign-in ended on {ends:%Y-%m-%d %H:%M} UTC; {then}"
        elif ends is not None and ends - now <= TOLD_AHEAD:
            hours = (ends - now).total_seconds() / 3600
            left = f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"
            yield f"{one.id}: the kept sign-in ends on {ends:%Y-%m-%d %H:%M} UTC, in {left}; {then}"


def end_of(made_at: datetime, ends: datetime | None, deployment: Deployment) -> datetime | None:
    """When a sign-in ends, by its cookies or by what the deployment declares, whichever is earlier."""
    days = deployment.login.lasts_days if deployment.login is not None else None
    known = [end for end in (ends, made_at + timedelta(days=days) if days else None) if end is not None]
    return min(known, default=None)
