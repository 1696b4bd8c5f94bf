"""Many pages through one browser: captured by the product's own visit, as in a run, and read from the stored bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from auditor.capture import Browser, capture_deployment
from auditor.clock import now
from auditor.model.captures import Capture, Circumstance, Circumstances
from auditor.model.reading.readings import Reading
from auditor.model.targets.deployments import AccessBasis, Deployment
from auditor.model.targets.estate import BrowserSettings
from auditor.reading import SnapshotProbe, read_capture
from tests.capture.folder_stage import FolderStage
from tests.reading.generated.site import serving_pages
from tests.reading.generated.stated_page import StatedPage

AT_ONCE = 12
"""Visits at a time: most pages are waited for, and cost nothing meanwhile."""
PAGES_A_VISIT = 12
SETTINGS = BrowserSettings(sandbox=False, visit_seconds=600, settle_seconds=10.0)
CLEAN = Circumstances(now(), (Circumstance("hosts", "passed", "none", "none"),), {})


def read_pages(pages: Sequence[StatedPage], folder: Path) -> dict[str, Reading]:
    """The reading of each page by its name. `folder` takes what the captures store."""
    assert len({page.name for page in pages}) == len(pages), "two pages of one name"
    # Neighbours are of one kind, and those that never come to rest are waited for: each visit gets some of every kind.
    count = -(-len(pages) // PAGES_A_VISIT)
    visits = [pages[first::count] for first in range(count)]
    with serving_pages(pages) as site:
        captured = asyncio.run(_visit_all(visits, site.address, folder))
    readings: dict[str, Reading] = {}
    for visit, (capture, stage) in zip(visits, captured, strict=True):
        for page in visit:
            views = [view for view in capture.views if view.page == page.spec.id]
            specs = {page.spec.id: page.spec}
            readings[page.name] = read_capture(
                views, specs, stage.read, capture=capture.id, deployment=page.name, traffic="traffic.warc.gz",
                media_types=capture.media_types,
            )  # fmt: skip
    return readings


async def _visit_all(
    visits: Sequence[Sequence[StatedPage]], address: str, folder: Path
) -> list[tuple[Capture, FolderStage]]:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(browser: Browser, number: int, pages: Sequence[StatedPage]) -> tuple[Capture, FolderStage]:
        async with free:
            stage = FolderStage(folder / f"visit-{number}")
            basis = AccessBasis("own_account", "pages made for the tests")
            ids = tuple(page.spec.id for page in pages)
            capture = await capture_deployment(
                browser,
                Deployment(f"made-{number}", "product", "suspect", address, basis, ids),
                [page.spec for page in pages],
                capture_id=f"made-{number}",
                run="run",
                intent="intent",
                stage=stage,
                eyes=SnapshotProbe(),
                credentials=lambda _: None,
                circumstances=CLEAN,
                clock=now,
            )
            return capture, stage

    async with Browser.open(SETTINGS, now) as browser:
        return list(await asyncio.gather(*(one(browser, number, pages) for number, pages in enumerate(visits))))
