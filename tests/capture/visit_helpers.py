"""Making one visit in a test, with short times and the small reader."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from auditor.capture import Browser, capture_deployment
from auditor.clock import Clock, now
from auditor.model.captures import Capture, Circumstance, Circumstances, PageProbe
from auditor.model.targets.deployments import (
    AccessBasis,
    Condition,
    Deployment,
    FieldSpec,
    ListingSpec,
    Login,
    PageSpec,
)
from auditor.model.targets.estate import BrowserSettings
from tests.capture.folder_stage import FolderStage
from tests.capture.snapshot_reader import Reader

T = TypeVar("T")
SETTINGS = BrowserSettings(sandbox=False, visit_seconds=25, settle_seconds=3.0)
CLEAN = Circumstances(now(), (Circumstance("hosts", "passed", "none", "none"),), {})
FIELDS = (
    FieldSpec("used", "count", "used", "branch", labels=("当前分馆数量",)),
    FieldSpec("cap", "count", "cap", "branch", labels=("分馆授权数量",)),
)
REGISTRATION = PageSpec("registration", "/reg", fields=FIELDS)
BRANCHES = PageSpec("branches", "/list", listing=ListingSpec("branches", "branch"))
LOGIN = Login("/login", "SITE_USER", "SITE_PASSWORD", logged_in=Condition(text="退出登录"))


def page(path: str, name: str = "registration") -> PageSpec:
    return replace(REGISTRATION, id=name, path=path)


def deployment(address: str, **more: Any) -> Deployment:
    return Deployment("site", "libsys", "suspect", address, AccessBasis("own_account", "test"), (), **more)


async def visit(
    browser: Browser,
    where: Deployment,
    pages: Sequence[PageSpec],
    folder: Path,
    *,
    environment: dict[str, str] | None = None,
    circumstances: Circumstances = CLEAN,
    eyes: PageProbe | None = None,
    clock: Clock = now,
    **more: Any,
) -> tuple[Capture, FolderStage]:
    stage = FolderStage(folder)
    capture = await capture_deployment(
        browser,
        where,
        pages,
        capture_id="c1",
        run="r1",
        intent="i1",
        stage=stage,
        eyes=eyes or Reader(),
        credentials=(environment or {}).get,
        circumstances=circumstances,
        clock=clock,
        **more,
    )
    return capture, stage


def run(act: Coroutine[Any, Any, T]) -> T:
    """The act in a loop of its own."""
    return asyncio.run(act)


def once(
    where: Deployment,
    pages: Sequence[PageSpec],
    folder: Path,
    *,
    settings: BrowserSettings = SETTINGS,
    environment: dict[str, str] | None = None,
) -> tuple[Capture, FolderStage]:
    """One visit with a browser of its own."""

    async def act() -> tuple[Capture, FolderStage]:
        async with Browser.open(settings, now) as browser:
            return await visit(browser, where, pages, folder, environment=environment)

    return run(act())
