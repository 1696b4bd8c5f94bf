"""Starting, stopping, and agreement with `targets.yaml`."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from ruamel.yaml import YAML

from auditor.demo import ANY_PORT, CREDENTIALS, DEMO_PASSWORD, OWNERS, POLICY, PORTS, DemoEnvironment
from auditor.errors import ConfigError
from tests.demo.visitor import Visitor, rows, soup

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def targets() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = YAML(typ="safe", pure=True).load((ROOT / "targets.yaml").read_text("utf-8"))
    return loaded


def open_files() -> set[str]:
    """What this process holds open now, by inode."""
    held = set()
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            held.add(str(entry.readlink()))
    return held


def port_of(world: DemoEnvironment, deployment: str) -> int:
    return urlsplit(world.addresses[deployment]).port or 0


def test_nothing_outlives_the_world(tmp_path: Path) -> None:
    threads, files, children = set(threading.enumerate()), open_files(), psutil.Process().children()
    with ExitStack() as visitors, DemoEnvironment(ports=ANY_PORT, state_dir=tmp_path) as world:
        port = port_of(world, "site-90")
        visitors.enter_context(socket.create_connection(("127.0.0.1", port)))  # says nothing
        kept = visitors.enter_context(requests.Session())
        kept.get(world.addresses["libmsc-net"], timeout=5)
        world.hang("site-90")
        hanging = visitors.enter_context(socket.create_connection(("127.0.0.1", port)))
        hanging.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert set(threading.enumerate()) - threads and open_files() - files
    assert set(threading.enumerate()) <= threads
    assert [child for child in psutil.Process().children() if child not in children] == []
    assert open_files() <= files
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_keys_are_kept_from_one_start_to_the_next(tmp_path: Path) -> None:
    roots = []
    for _ in range(2):
        with DemoEnvironment(ports=ANY_PORT, state_dir=tmp_path) as world:
            roots.append({name: path.read_bytes() for name, path in world.roots.items()})
    assert roots[0] == roots[1] and roots[0]["practice-a"] != roots[0]["practice-b"]


def test_a_site_grows_on_its_page_and_in_its_list(tmp_path: Path) -> None:
    with (
        DemoEnvironment(ports=ANY_PORT, state_dir=tmp_path) as world,
        Visitor(world.addresses["libmsc-com"]) as visitor,
    ):
        visitor.log_in()
        world.register_branches("libmsc-com", 4, date(2022, 3, 1))
        world.serve_error("libmsc-com", 500)
        world.restore("libmsc-com")  # ends faults, not growth
        assert visitor.get("/api/registration").json()["values"]["当前分馆数量"] == "22"
        last = soup(visitor.get("/admin/branches?page=3"))
        assert "共22条 第3/3页" in last.get_text()
        assert [row["添加时间"] for row in rows(last)] == ["2022-03-01"] * 2
        assert world.branches("libmsc-com") == 22 and world.branches("site-90") == 34


@pytest.mark.parametrize("damage", [lambda key: key.unlink(), lambda key: key.with_name("usual.pem").write_text("x")])
def test_damaged_keys_are_made_anew(tmp_path: Path, damage: Any) -> None:
    with DemoEnvironment(ports=ANY_PORT, state_dir=tmp_path) as world:
        root = world.roots["practice-a"]
        before = root.read_bytes()
    damage(root.with_name("usual.key"))
    with DemoEnvironment(ports=ANY_PORT, state_dir=tmp_path):
        assert root.read_bytes() != before


def test_a_taken_port_is_one_readable_line_and_leaves_nothing_running(tmp_path: Path) -> None:
    threads = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"^port {port} of site-90: must be free .*; stop what uses it"):
            DemoEnvironment(ports={**ANY_PORT, "site-90": port}, state_dir=tmp_path).__enter__()
    assert set(threading.enumerate()) == threads


def test_addresses_of_targets_are_the_ports_of_the_world(targets: Mapping[str, Any]) -> None:
    told = {name: one["address"] for name, one in targets["deployments"].items()}
    told |= {name: one["url"] for name, one in targets["timestamping"]["authorities"].items()}
    assert told == {name: f"http://127.0.0.1:{port}/" for name, port in PORTS.items()}


def test_authorities_of_targets(targets: Mapping[str, Any], tmp_path: Path) -> None:
    authorities = targets["timestamping"]["authorities"]
    assert {name: one["owner"] for name, one in authorities.items()} == OWNERS
    assert all(one["practice"] and one["policies"] == [POLICY] for one in authorities.values())
    with DemoEnvironment(ports=ANY_PORT, state_dir=tmp_path / ".practice") as world:
        assert {name: str(path.relative_to(tmp_path)) for name, path in world.roots.items()} == {
            name: one["roots"] for name, one in authorities.items()
        }


def test_targets_name_the_credentials_and_never_hold_them(targets: Mapping[str, Any]) -> None:
    login = targets["logins"]["libnet"]
    assert {login["username_env"], login["password_env"]} == set(CREDENTIALS)
    assert DEMO_PASSWORD not in (ROOT / "targets.yaml").read_text("utf-8")


def test_unresolved_dates_are_not_chosen(targets: Mapping[str, Any]) -> None:
    dates = {one["id"]: one for one in targets["key_dates"]}
    assert dates["first-judgment"]["candidates"] == ["2021-01-27", "2021-12-07"]
    assert dates["payment-2016"]["candidates"] == ["2016-01-12", "2016-11-02"]
    assert not any("date" in dates[name] for name in ("first-judgment", "payment-2016"))
    paid = [one["amount"] for one in targets["contracts"][0]["other_payments"]]
    assert paid == ["40800.00", "25500.00", "4500.00"]


def test_prices_of_targets(targets: Mapping[str, Any]) -> None:
    editions = targets["products"]["libnet"]["editions"]
    prices = {
        name: (one["list_prices"][0]["base"], one["list_prices"][0]["includes"]) for name, one in editions.items()
    }
    assert prices == {"standard": ("36000.00", 1), "professional": ("68000.00", 10), "flagship": ("100000.00", 20)}
    assert {one["list_prices"][0]["per_extra"] for one in editions.values()} == {"5000.00"}
