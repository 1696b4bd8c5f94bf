"""The state that a sign-in leaves in a browser: what of it is the deployment's own, and when it ends. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from auditor.capture.base.scope import Scope
from auditor.formats.web_origins import host_of
from auditor.model.captures import KeptSignIn


def own_state(state: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """What is the deployment's own: no cookie and no storage of whoever else took part in the sign-in."""
    hosts = {host_of(origin) for origin in scope.origins}
    cookies = [one for one in state.get("cookies", ()) if _is_own(str(one.get("domain", "")), hosts)]
    origins = [one for one in state.get("origins", ()) if scope.declares(str(one.get("origin", "")))]
    return {"cookies": cookies, "origins": origins}


def _is_own(domain: str, hosts: set[str]) -> bool:
    bare = domain.lstrip(".").lower()
    return any(host == bare or (domain.startswith(".") and host.endswith(f".{bare}")) for host in hosts)


def first_end(state: Mapping[str, Any]) -> datetime | None:
    """When the first of the cookies ends that scripts cannot read, as sessions are kept in; None where none says."""
    ends = [float(one.get("expires", -1)) for one in state["cookies"] if one.get("httpOnly")]
    stated = [end for end in ends if end > 0]
    return datetime.fromtimestamp(min(stated), UTC) if stated else None


def renewed(kept: KeptSignIn, cookies: Sequence[Mapping[str, Any]], scope: Scope) -> KeptSignIn:
    """The sign-in with the cookies that a visit ended with; storage stays as the person left it."""
    state = {**own_state({"cookies": list(cookies)}, scope), "origins": kept.state.get("origins", [])}
    return replace(kept, ends=first_end(state), state=state)
