"""Captures per second of an audit beside a bare Playwright loop on the same pages, in one run.

    python bench/capture.py [--json] [--short] [--pages N] [--rounds N] [--concurrency 1,4] [--shot-scraper]

Bare loop: for each page a fresh context, goto, full-page screenshot, content. Audit: `auditor run` on as many
deployments of one page each: circumstances, intent, capture, package, two timestamps, journal, reading, index. Both
start their own browser. Rounds alternate; the ratio is that of the medians. Site and practice authorities (OpenSSL's
functions, `bench/authority.py`) are one process beside them on the same machine; what serving and making tokens took
of its processors is told for each page (`servers_ms`) and counts against the audit, though real authorities are
elsewhere.

`--shot-scraper` adds shot-scraper, which takes the full-page screenshot alone: one process a page, and `multi`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.capture.browser.driver import find_executable
from auditor.model.targets.estate import BrowserSettings
from auditor.workflow.audit.audit import run_audit
from auditor.workflow.wiring import initialise_workspace, open_instruments
from auditor.workspace import Workspace
from bench.peers.shot_scraper import NotInstalled, ShotScraper
from bench.site import Elsewhere, elsewhere

SANDBOX = os.geteuid() != 0
SETTINGS = BrowserSettings(sandbox=SANDBOX)
PEERS = {"shot_scraper": "shot-scraper, a process a page", "shot_scraper_multi": "shot-scraper multi"}


async def bare(urls: list[str], concurrency: int) -> float:
    """Seconds of the bare loop."""
    began = time.monotonic()
    places = asyncio.Semaphore(concurrency)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=find_executable(SETTINGS) or None, chromium_sandbox=SANDBOX, args=["--disable-gpu"]
        )

        async def one(url: str) -> None:
            async with places:
                context = await browser.new_context(viewport={"width": SETTINGS.width, "height": SETTINGS.height})
                page = await context.new_page()
                await page.goto(url)
                await page.screenshot(full_page=True)
                await page.content()
                await context.close()

        await asyncio.gather(*(one(url) for url in urls))
        await browser.close()
    return time.monotonic() - began


def audited(root: Path, concurrency: int) -> tuple[float, int]:
    """Seconds of one audit, and how many captures were complete and sealed."""
    with open_instruments(Workspace(root), sandbox=SANDBOX, concurrency=concurrency) as instruments:
        began = time.monotonic()
        summary = asyncio.run(run_audit(instruments, lambda done, total, what: None))
        seconds = time.monotonic() - began
    return seconds, min(summary.complete, summary.sealed)


def measure(
    pages: int, rounds: int, concurrencies: list[int], scraper: ShotScraper | None
) -> dict[str, dict[str, Any]]:
    """Per concurrency: for each column its seconds, pages per second and, for the audit, the ratio to the bare loop."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder, elsewhere(Path(folder) / ".practice") as servers:
        root = Path(folder) / "workspace"
        root.mkdir()
        urls = [f"{servers.address}{number}/registration" for number in range(pages)]
        (root / "targets.yaml").write_text(targets(pages, servers), encoding="utf-8")
        initialise_workspace(Workspace(root), origin="bench.example/capture")
        for concurrency in concurrencies:
            seconds: dict[str, list[float]] = defaultdict(list)
            for _ in range(rounds):
                one_round(seconds, root, urls, concurrency, servers, scraper)
            served = {column: seconds.pop(f"{column} served") for column in ("bare", "audit")}
            speeds = {column: pages / statistics.median(each) for column, each in seconds.items()}
            found[str(concurrency)] = {
                **{f"{column}_per_second": round(speed, 2) for column, speed in speeds.items()},
                "servers_ms": {
                    column: round(statistics.median(each) / pages * 1000, 1) for column, each in served.items()
                },
                "ratio": round(speeds["audit"] / speeds["bare"], 3),
                "rounds": rounds,
                "load": round(os.getloadavg()[0], 1),
                **{f"{column}_seconds": [round(one, 2) for one in each] for column, each in seconds.items()},
            }
    return found


def one_round(
    seconds: dict[str, list[float]],
    root: Path,
    urls: list[str],
    concurrency: int,
    servers: Elsewhere,
    scraper: ShotScraper | None,
) -> None:
    """Each column once, one after the other."""
    before = servers.processor_seconds()
    seconds["bare"].append(asyncio.run(bare(urls, concurrency)))
    between = servers.processor_seconds()
    taken, sealed = audited(root, concurrency)
    seconds["bare served"].append(between - before)
    seconds["audit served"].append(servers.processor_seconds() - between)
    if sealed != len(urls):
        raise SystemExit(f"bench: {sealed} of {len(urls)} captures complete and sealed; the figure would mislead")
    seconds["audit"].append(taken)
    if scraper is not None:
        size = (SETTINGS.width, SETTINGS.height)
        seconds["shot_scraper"].append(asyncio.run(scraper.pages(urls, size, concurrency)))
        seconds["shot_scraper_multi"].append(asyncio.run(scraper.multi(urls, size, concurrency)))


def targets(pages: int, servers: Elsewhere) -> str:
    """An estate of one page a deployment."""
    deployments = "\n".join(
        f"  d{number}: {{product: p, legal_status: licensed, address: '{servers.address}{number}/', "
        "pages: [registration], access: {kind: public_page, reference: bench}, checks_off: {clock: one machine}}"
        for number in range(pages)
    )
    authorities = "\n".join(
        f"    {name}: {{url: '{url}', owner: '{name}', roots: '{servers.roots[name]}', practice: true}}"
        for name, url in servers.authorities.items()
    )
    return f"""format: 1
timezone: Asia/Shanghai
currency: CNY
parties: {{v: {{name: Vendor, role: licensor}}}}
products:
  p: {{name: Product, metrics: [{{id: branch, label: branch}}], editions: {{}}}}
contracts: []
deployments:
{deployments}
pages:
  registration:
    path: registration
    locale: zh-CN
    fields:
      used: {{labels: [当前分馆数量]}}
      cap: {{labels: [分馆授权数量]}}
politeness: {{visits_at_once: 64, seconds_between: 0}}
timestamping:
  quorum: 2
  authorities:
{authorities}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--short", action="store_true", help="12 pages, 1 round: shows that it runs, measures little")
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--concurrency", default="1,4")
    parser.add_argument("--shot-scraper", action="store_true", help="install shot-scraper for this run and measure it")
    asked = parser.parse_args()
    pages, rounds = (12, 1) if asked.short else (asked.pages, asked.rounds)
    with tempfile.TemporaryDirectory() as folder:
        scraper, told = None, "not measured: run with --shot-scraper, which installs it for the run"
        if asked.shot_scraper:
            scraper, told = installed(Path(folder))
        found = measure(pages, rounds, [int(part) for part in asked.concurrency.split(",")], scraper)
    if asked.json:
        ratios = {concurrency: figures["ratio"] for concurrency, figures in found.items()}
        figures = {"bench": "capture", "pages": pages, "ratio": ratios, "concurrency": found, "shot_scraper": told}
        print(json.dumps(figures))
        return
    columns = {"audit": "audit (sealed)", "bare": "bare loop", **PEERS}
    print(" | ".join(["pages/s at concurrency", *columns.values(), "audit/bare", "load"]))
    for concurrency, row in found.items():
        speeds = [str(row.get(f"{column}_per_second", "-")) for column in columns]
        print(" | ".join([concurrency, *speeds, str(row["ratio"]), str(row["load"])]))
    print(f"shot-scraper: {told}")


def installed(folder: Path) -> tuple[ShotScraper | None, str]:
    """shot-scraper in a folder of its own, and what is to be said of it."""
    try:
        scraper = ShotScraper.install(folder, find_executable(SETTINGS))
    except NotInstalled as why:
        return None, f"not measured: {why}"
    return scraper, f"{scraper.version}, with {scraper.browser}"


if __name__ == "__main__":
    main()
