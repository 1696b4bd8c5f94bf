"""How long reading takes, and how much it reads right: `python bench/reading.py [--json] [--rounds N] [--pages N]`.

One run measures both on the same stored pages: `parse` is BeautifulSoup with lxml over the rendered DOM alone;
`reading` is everything this software does with a stored page, gzip and JSON of the layout snapshot, all fields, and the
second reading from the rendered DOM. The ratio is of the totals; at most 2 is aimed for.

`drawn` are pages drawn at random from a seed (`tests/reading/generated`), captured by the product in real Chromium:
`read_right` is the share, of those that a person reads at a glance, that was read right and certain, 0.97 is aimed for;
`wrong_certain` must be 0. `written` are the hand-made pages of `tests/reading/siblings`.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.model.captures import View
from auditor.model.targets.deployments import FieldSpec, ListingSpec, PageSpec
from auditor.reading import read_capture
from tests.reading.chromium_snapshots import browsing, serving, shoot, stored
from tests.reading.gallery import FOLDER
from tests.reading.generated.generator import draw_pages
from tests.reading.generated.stated_page import StatedPage
from tests.reading.generated.verdicts import judge, share_read_right, tally
from tests.reading.generated.visits import read_pages
from tests.reading.siblings.corpus import siblings


@dataclass(frozen=True, slots=True)
class Sample:
    """One stored page with its specification."""

    name: str
    spec: PageSpec
    snapshot: bytes
    dom: bytes


def _small() -> list[Sample]:
    fields = (
        FieldSpec("used", "count", "used", labels=("当前分馆数量", "已用", "In use")),
        FieldSpec("cap", "count", "cap", labels=("分馆授权数量", "授权数", "Seat limit")),
        FieldSpec("licensee", "text", labels=("公司名称", "授权单位")),
        FieldSpec("version", "text", labels=("系统版本", "版本号")),
        FieldSpec("registered_on", "date", labels=("注册授权日期", "注册日期")),
    )
    return [
        Sample(
            folder.name,
            PageSpec(folder.name, locale="zh-CN", fields=fields),
            (folder / "snapshot.json.gz").read_bytes(),
            (folder / "dom.html").read_bytes(),
        )
        for folder in sorted(FOLDER.iterdir())
    ]


def _page_of(rows: int) -> str:
    lines = "".join(
        f"<tr class='r'><td><a href='/u/{n}'>{n}</a></td><td>B{n:04d}</td><td><span>分馆 {n}</span></td><td>分馆</td>"
        f"<td>2018-03-{n % 28 + 1:02d}</td><td><button type=button>编辑</button></td></tr>"
        for n in range(rows)
    )
    head = "".join(f"<th>{name}</th>" for name in ("序号", "代码", "名称", "类型", "添加时间", ""))
    menu = "".join(f"<li class='m'><a href='#{n}'><i></i><span>菜单 {n}</span></a></li>" for n in range(120))
    values = "<tr><td>授权数</td><td>不限</td></tr><tr><td>已用</td><td>34</td></tr>"
    return (
        f"<!doctype html><meta charset=utf-8><title>t</title><nav><ul>{menu}</ul></nav><h2>授权</h2>"
        f"<table>{values}</table>"
        f"<h2>分馆管理</h2><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table><p>共{rows}条 第1/1页</p>"
    )


def _large(folder: Path) -> list[Sample]:
    """Pages of a product's size, laid out by the real browser: a menu, values, and a list of 50 to 1,000 rows."""
    columns = {"code": ("代码",), "name": ("名称",), "kind": ("类型",), "added_on": ("添加时间",)}
    fields = (
        FieldSpec("used", "count", "used", labels=("已用",)),
        FieldSpec("cap", "count", "cap", labels=("授权数",)),
    )
    samples = []
    with serving(folder) as address, browsing() as page:
        for rows in (50, 200, 1000):
            (folder / f"{rows}.html").write_text(_page_of(rows), "utf-8")
            page.goto(f"{address}/{rows}.html")
            shot = shoot(page)
            spec = PageSpec(
                f"list-{rows}", locale="zh-CN", fields=fields, listing=ListingSpec("b", "branch", columns=columns)
            )
            samples.append(Sample(spec.id, spec, stored(shot.snapshot), shot.dom))
    return samples


def _read(sample: Sample) -> None:
    kept = {"s": sample.snapshot, "d": sample.dom}
    view = View("v", sample.spec.id, 1, "", "", "observed", "", 200, None, artefacts={"snapshot": "s", "dom": "d"})
    read_capture([view], {sample.spec.id: sample.spec}, kept.__getitem__, capture="c", deployment="d")


def _parse(sample: Sample) -> None:
    BeautifulSoup(sample.dom, "lxml", from_encoding="utf-8")


def _seconds(work: Callable[[Sample], None], samples: list[Sample]) -> float:
    gc.collect()
    start = time.process_time()
    for sample in samples:
        work(sample)
    return time.process_time() - start


def _figures(name: str, samples: list[Sample], rounds: int) -> dict[str, object]:
    """Seconds of the processor over all rounds; in each, one after the other: what disturbs, disturbs both."""
    taken = [(_seconds(_parse, samples), _seconds(_read, samples)) for _ in range(rounds)]
    parse, reading = sum(one for one, _ in taken), sum(two for _, two in taken)
    size = sum(len(gzip.decompress(sample.snapshot)) for sample in samples)
    return {
        "pages": name,
        "count": len(samples),
        "snapshot_bytes": size,
        "parse_pages_per_second": round(rounds * len(samples) / parse, 1),
        "reading_pages_per_second": round(rounds * len(samples) / reading, 1),
        "ratio": round(reading / parse, 2),
    }


def _read_right(name: str, pages: Sequence[StatedPage]) -> dict[str, object]:
    """What the readings of captured pages came to."""
    with tempfile.TemporaryDirectory() as folder:
        readings = read_pages(pages, Path(folder))
    judged = [judge(page, readings[page.name]) for page in pages]
    counted = tally(judged)
    return {
        "pages": name,
        "count": len(pages),
        "at_a_glance": sum(page.glance for page in pages),
        "read_right": round(share_read_right(judged), 3),
        "needs_review": counted["right, needs review"],
        "unknown": counted["unknown"],
        "wrong_needs_review": counted["WRONG, needs review"],
        "wrong_certain": counted["WRONG, certain"],
    }


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--short", action="store_true", help="one round: shows that it runs, measures little")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pages", type=int, default=520, help="how many pages are drawn at random")
    parser.add_argument("--seed", type=int, default=15)
    options = parser.parse_args()
    if options.short:
        options.rounds, options.pages = 1, min(options.pages, 12)
    with tempfile.TemporaryDirectory() as folder:
        large = _large(Path(folder))
    small = _small()
    figures = [_figures("all", [*small, *large], options.rounds), _figures("gallery", small, options.rounds)]
    figures += [_figures(sample.name, [sample], options.rounds) for sample in large]
    figures.append(_read_right(f"drawn, seed {options.seed}", draw_pages(options.seed, options.pages)))
    figures.append(_read_right("written", siblings()[:: 12 if options.short else 1]))
    if options.json:
        print(json.dumps({"bench": "reading", "rows": figures}))
    else:
        for one in figures:
            print("  ".join(f"{name} {value}" for name, value in one.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
