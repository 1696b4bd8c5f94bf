"""How long an estate takes to load, and to be edited in place, at three sizes, and how that time grows.

`python bench/targets.py [--json] [--short]`: one file with all deployments, and one file per ten of them. `edit`: the
one file gets another deployment, its order on the contract's list, and a new name for an old one, each other byte as
it was; without the load that validates it. Seconds are
processor time, so that other work of the machine does not count. The growth is the exponent p of time ~ deployments^p
between the smallest and the largest size: 1 is linear.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from auditor.targets import editing, insertion, load_estate
from auditor.targets.yaml.nodes import parser_name

SIZES = (25_000, 50_000, 100_000)
SHORT = (500, 1_000, 2_000)
PER_FILE = 10

HEAD = """format: 1
timezone: Asia/Shanghai
currency: CNY
parties:
  vendor: {name: 甲方软件有限公司, role: licensor}
  buyer: {name: 安徽某某科技有限公司, role: reseller}
products:
  libsys:
    name: 图书馆集群管理系统
    metric: {id: branch, label: 分馆}
    editions:
      flagship:
        list_prices: [{from: "2015-01-01", base: "100000.00", includes: 20, per_extra: "5000.00", source: "2015"}]
pages:
  registration:
    path: /registration
    fields: {used: {labels: [已注册分馆数]}, cap: {labels: [最大分馆数]}}
    listing: {table: 分馆列表, kind: 类型, name: 名称}
timestamping:
  quorum: 1
  authorities: {a: {url: "https://tsa.example/", owner: A, roots: a.pem}}
"""
CONTRACT = """contracts:
  - id: {id}
    kind: reseller
    licensor: vendor
    counterparty: buyer
    product: libsys
    term: {{from: "2015-02-10"}}
    price: {{net: {{percent_of_list: "30"}}}}
    authorised:
"""


def deployment(number: int) -> str:
    return (
        f"  d{number}: {{licensee: buyer, place: CN-AH, pages: [registration], "
        f'address: "https://lib{number}.example/", access: {{kind: contract_clause, reference: "§6.2"}}}}\n'
    )


def authorised(number: int) -> str:
    return f'      - {{deployment: d{number}, edition: flagship, from: "2015-03-01", order: PO-{number}}}\n'


def section(contract: str, numbers: range) -> str:
    """One contract over the numbered deployments, and the deployments."""
    listed = "".join(map(authorised, numbers))
    return f"{CONTRACT.format(id=contract)}{listed}deployments:\n{''.join(map(deployment, numbers))}"


def one_file(folder: Path, size: int) -> None:
    (folder / "targets.yaml").write_text(HEAD + section("C-1", range(size)), encoding="utf-8")


def many_files(folder: Path, size: int) -> None:
    (folder / "targets.yaml").write_text(HEAD + "include: customers/*.yaml\n", encoding="utf-8")
    (folder / "customers").mkdir()
    for start in range(0, size, PER_FILE):
        text = section(f"C-{start}", range(start, min(size, start + PER_FILE)))
        (folder / "customers" / f"{start:07}.yaml").write_text(text, encoding="utf-8")


def measure(sizes: tuple[int, ...]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for layout, write in (("one file", one_file), ("one file per customer", many_files)):
        seconds: list[float] = []
        for size in sizes:
            with TemporaryDirectory() as name:
                write(Path(name), size)
                (Path(name) / "a.pem").write_text("", encoding="ascii")
                began = time.process_time()
                estate = load_estate(Path(name) / "targets.yaml")
                seconds.append(time.process_time() - began)
                assert len(estate.deployments) == size
        growth = math.log(seconds[-1] / seconds[0]) / math.log(sizes[-1] / sizes[0])
        timed = {str(size): round(taken, 2) for size, taken in zip(sizes, seconds, strict=True)}
        rows.append({"layout": layout, "seconds": timed, "growth": round(growth, 2)})
    return [*rows, edited(sizes)]


def edited(sizes: tuple[int, ...]) -> dict[str, object]:
    """The time of three edits in one file."""
    seconds: list[float] = []
    for size in sizes:
        text = HEAD + section("C-1", range(size))
        began = time.process_time()
        new = editing.insert_entry(text, "deployments", "new: {address: https://new.example/}\n")
        order = {"deployment": "new", "edition": "flagship", "from": "2020-01-01"}
        new = insertion.add_items(new, ("contracts", "C-1", "authorised"), [order], inline=True)
        new = insertion.set_key(new, ("deployments", f"d{size // 2}"), "name", "another")
        seconds.append(time.process_time() - began)
        kept = [line for line in new.splitlines() if "new" not in line and "another" not in line]
        assert len(kept) == len(text.splitlines()) - 1
        assert set(kept) <= set(text.splitlines())
    growth = math.log(seconds[-1] / seconds[0]) / math.log(sizes[-1] / sizes[0])
    timed = {str(size): round(taken, 2) for size, taken in zip(sizes, seconds, strict=True)}
    return {"layout": "edit of one file", "seconds": timed, "growth": round(growth, 2)}


def main() -> None:
    options = argparse.ArgumentParser(description="Time to load an estate, and its growth.")
    options.add_argument("--json", action="store_true")
    options.add_argument("--short", action="store_true", help="small sizes")
    given = options.parse_args()
    rows = measure(SHORT if given.short else SIZES)
    if given.json:
        print(json.dumps({"bench": "targets", "parser": parser_name(), "rows": rows}, ensure_ascii=False))
        return
    print(f"parser: {parser_name()}")
    for row in rows:
        print(f"{row['layout']:24} seconds {row['seconds']}  growth {row['growth']}")


if __name__ == "__main__":
    main()
