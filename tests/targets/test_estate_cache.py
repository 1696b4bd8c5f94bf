"""A large estate is kept as it was read, and used only while every byte it was read from is the same."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.errors import ConfigError
from auditor.model.targets.estate import Estate
from auditor.targets import load_cached_estate, load_with_warnings
from auditor.targets.estate_cache import _keep
from auditor.targets.loader import read_estate
from auditor.targets.problems import Problem

DOCUMENT = b"scan"
MAIN = """format: 1
timezone: Asia/Shanghai
currency: CNY
include: customers/*.yaml
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
  registration: {path: /r, fields: {used: {labels: [已注册分馆数]}}, listing: {table: 分馆, kind: 类型, name: 名称}}
timestamping:
  quorum: 1
  authorities: {a: {url: "https://tsa.example/", owner: A, roots: a.pem}}
"""
CUSTOMER = """contracts:
  - id: C-1
    kind: reseller
    licensor: vendor
    counterparty: buyer
    product: libsys
    term: {from: "2015-02-10"}
    price: {net: {percent_of_list: "30"}}
    documents: [{id: D-1, file: scan.pdf, sha256: "DIGEST"}]
    authorised: [{deployment: d1, edition: flagship, from: "2015-03-01", order: PO-1}]
deployments:
  d1: {licensee: buyer, place: CN-AH, pages: [registration], address: "https://lib1.example/",
       access: {kind: contract_clause, reference: "§6.2"}}
"""


@pytest.fixture
def main(tmp_path: Path) -> Path:
    (tmp_path / "customers").mkdir()
    (tmp_path / "a.pem").write_bytes(b"")
    (tmp_path / "customers" / "scan.pdf").write_bytes(DOCUMENT)
    (tmp_path / "customers" / "one.yaml").write_text(CUSTOMER.replace("DIGEST", hashlib.sha256(DOCUMENT).hexdigest()))
    (tmp_path / "targets.yaml").write_text(MAIN)
    return tmp_path / "targets.yaml"


def asked(main: Path) -> tuple[Estate, tuple[Problem, ...]]:
    return load_cached_estate(main, main.parent / "kept.json", worth=1)


def marked(main: Path) -> None:
    """Changes a store so that what comes from it can be told from what comes from the files."""
    store = main.parent / "kept.json"
    head, _, rest = store.read_bytes().partition(b"\n")
    rest = rest.replace(b"https://lib1.example/", b"https://kept.example/")
    plain = json.loads(head) | {"body": hashlib.sha256(rest).hexdigest()}
    store.write_bytes(json.dumps(plain).encode() + b"\n" + rest)


def test_the_second_time_gives_what_the_files_give(main: Path) -> None:
    first = asked(main)
    assert first == load_with_warnings(main)
    assert asked(main) == first
    marked(main)
    assert asked(main)[0].deployments["d1"].address == "https://kept.example/"  # so it does come from the store


CHANGES: dict[str, Callable[[Path], object]] = {
    "a byte of the main file": lambda folder: (folder / "targets.yaml").write_text(MAIN + "# more\n"),
    "a byte of an included file": lambda folder: (folder / "customers/one.yaml").write_text(
        (folder / "customers/one.yaml").read_text() + "# more\n"
    ),
    "one file more": lambda folder: (folder / "customers/two.yaml").write_text("parties: {}\n"),
    "a document changed": lambda folder: (folder / "customers/scan.pdf").write_bytes(b"another"),
    "a certificate gone": lambda folder: (folder / "a.pem").unlink(),
    "a damaged store": lambda folder: (folder / "kept.json").write_bytes(
        (folder / "kept.json").read_bytes().replace(b"kept.example", b"else.example")
    ),
    "half a store": lambda folder: os.truncate(folder / "kept.json", (folder / "kept.json").stat().st_size // 2),
    "a store that others may write": lambda folder: (folder / "kept.json").chmod(0o666),
    "a link in its place": lambda folder: (folder / "kept.json").symlink_to(
        (folder / "kept.json").rename(folder / "else.json")
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_anything_else_and_the_files_are_read(main: Path, change: Callable[[Path], object]) -> None:
    asked(main)
    marked(main)
    change(main.parent)
    try:
        expected = load_with_warnings(main)
    except ConfigError as error:
        with pytest.raises(ConfigError) as raised:
            asked(main)
        assert str(raised.value) == str(error)
        return
    found = asked(main)
    assert found == expected
    assert found[0].deployments["d1"].address == "https://lib1.example/"


def test_a_small_estate_is_not_kept_and_a_folder_that_refuses_is_no_error(main: Path) -> None:
    load_cached_estate(main, main.parent / "kept.json")
    assert not (main.parent / "kept.json").exists()
    assert load_cached_estate(main, main.parent / "none" / "kept.json", worth=1) == load_with_warnings(main)


def test_nothing_is_kept_of_a_file_with_errors(main: Path) -> None:
    main.write_text(MAIN.replace("quorum: 1", "quorum: 5"))
    with pytest.raises(ConfigError):
        asked(main)
    assert not (main.parent / "kept.json").exists()


def test_a_file_that_comes_while_others_are_read_is_not_lost(main: Path) -> None:
    loaded = read_estate(main)
    estate, problems = loaded.settled()
    (main.parent / "customers" / "two.yaml").write_text("parties: {late: {name: Late, role: licensee}}\n")
    _keep(main, main.parent / "kept.json", loaded, estate, problems)
    assert not (main.parent / "kept.json").exists()
    assert "late" in asked(main)[0].parties
    assert "late" in asked(main)[0].parties
