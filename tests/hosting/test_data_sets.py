"""Dated data sets and published lists: every form that they come in, and no form that breaks a reader."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.hosting import filing_numbers, parse_address, read_traffic
from auditor.hosting.answers.addresses import address_folder, address_use
from auditor.hosting.answers.data_lines import (
    pick_delegated_lines,
    pick_origin_lines,
    read_delegated,
    read_origin_lines,
)
from auditor.hosting.answers.published_ranges import read_ranges
from auditor.hosting.lookup.http import fetch
from auditor.model.targets.estate import DataSetFile, RangeList
from tests.hosting.lookups import ADDRESS, DAY, QUICK, Registers

IP, SIX = ip_address(ADDRESS), ip_address("2001:db8::7")


@pytest.mark.parametrize(
    "line",
    [
        "203.0.113.0/24|64500 64501",
        "203.0.113.0/24|{64500,64501}",
        "203.0.113.0\t24\t64500_64501",
        "203.0.113.0\t24\t64500,64501",
        "203.0.113.0/24\t64500 64501",
        "TABLE_DUMP2|1763596800|B|192.0.2.1|64496|203.0.113.0/24|64496 64499 {64500,64501}|IGP|192.0.2.1|0|0||NAG||",
    ],
)
def test_each_form_of_a_table_gives_the_same_set(line: str) -> None:
    picked = b"".join(pick_origin_lines([b"198.51.100.0/24|1\n", line.encode() + b"\n"], IP))
    ((found,), _) = read_origin_lines(picked)
    assert (found.prefix, found.origins) == ("203.0.113.0/24", (64500, 64501))


def test_a_delegated_file_names_a_country_and_a_day_and_no_holder(place: Registers) -> None:
    text = (
        "2|apnic|20261120|3|19830613|20261119|+1000\napnic|*|ipv4|*|2|summary\n"
        "apnic|CN|ipv4|203.0.112.0|1024|20100301|allocated|A91\napnic|JP|ipv4|203.0.116.0|256|20100301|allocated|A92\n"
    )
    (place.base / "delegated").write_text(text)
    source = {"apnic": DataSetFile("delegated", DAY, "apnic")}
    reading, files, _ = place.look(whois="", delegated=source)
    found = reading.registries[-1]
    assert (found.source, found.outcome, found.holder) == ("delegated", "no_holder_named", "")
    assert [(one.country, one.handle) for one in found.parties] == [("CN", "A91")]
    assert files["delegated/apnic.lines"].count(b"\n") == 2
    six = b"".join(
        pick_delegated_lines([b"2|x|1|1|1|1|0\n", b"apnic|JP|ipv6|2001:db8::|32|20100301|allocated|A\n"], SIX)
    )
    assert read_delegated(six, "p", "apnic").parties[0].country == "JP"


P = "203.0.113.0/24"
LISTS = {
    "aws": {"createDate": "2026-11-19", "prefixes": [{"ip_prefix": P, "region": "r", "service": "EC2"}]},
    "gcp": {"creationTime": "2026", "prefixes": [{"ipv4Prefix": P, "service": "Google Cloud", "scope": "r"}]},
    "azure": {"changeNumber": 7, "values": [{"name": "S", "properties": {"region": "r", "addressPrefixes": [P]}}]},
    "oracle": {"regions": [{"region": "r", "cidrs": [{"cidr": P, "tags": ["OCI"]}]}]},
    "fastly": {"addresses": [P], "ipv6_addresses": []},
}


@pytest.mark.parametrize("provider", LISTS)
def test_each_providers_list_is_read_by_the_same_walk(place: Registers, provider: str) -> None:
    (place.base / "list.json").write_text(json.dumps(LISTS[provider]))
    reading, files, _ = place.look(whois="", ranges={provider: RangeList(provider, file="list.json")})
    (found,) = reading.ranges
    assert [one.prefix for one in found.ranges] == ["203.0.113.0/24"]
    assert found.ranges[0].region == ("" if provider == "fastly" else "r")
    assert files[f"ranges/{provider}"] == (place.base / "list.json").read_bytes()


def test_a_list_that_is_away_was_not_read_and_is_no_answer(place: Registers) -> None:
    reading, _, lookup = place.look(whois="", ranges={"aws": RangeList("aws", file="none.json")})
    assert [(one.read, one.ranges) for one in reading.ranges] == [(False, ())]
    assert [one.ended for one in lookup.asked if one.about == "ranges"] == ["unreachable"]


@given(st.binary(max_size=300))
def test_no_bytes_break_a_reader_of_lines_lists_or_traffic(noise: bytes) -> None:
    list(pick_origin_lines(noise.splitlines(keepends=True), IP))
    list(pick_delegated_lines(noise.splitlines(keepends=True), IP))
    read_origin_lines(noise)
    assert read_delegated(noise, "p", "s").holder == ""
    read_ranges("p", noise, "", IP, "p")
    assert read_traffic(noise, "c", "http://a/", "http://a/").headers is None
    assert read_traffic(gzip.compress(noise), "c", "http://a/", "http://a/").connections == ()
    filing_numbers(noise.decode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("203.0.113.5", "203.0.113.5", None),
        ("203.0.113.5:90", "203.0.113.5", 90),
        ("[2001:db8::1]:443", "2001:db8::1", 443),
        ("::ffff:203.0.113.5", "203.0.113.5", None),
        ("fe80::1%eth0", "fe80::1", None),
        ("203.0.113.5:0", None, None),
        ("203.0.113.256", None, None),
        ("", None, None),
    ],
)
def test_an_address_as_people_write_it(text: str, address: str | None, port: int | None) -> None:
    found = parse_address(text)
    assert (None if found.address is None else str(found.address), found.port) == (address, port)


def test_a_glued_port_gives_every_reading_and_no_address() -> None:
    found = parse_address("223.247.185.12990")
    assert found.address is None
    assert found.readings == (("223.247.185.129", 90), ("223.247.185.12", 990), ("223.247.185.1", 2990))


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("10.0.0.1", "private"), ("100.64.3.4", "shared"), ("198.18.0.7", "benchmark"), ("127.0.0.1", "loopback"),
        ("169.254.1.1", "link_local"), ("203.0.113.5", "documentation"), ("223.247.185.129", "public"),
        ("224.0.0.1", "special"), ("2001:db8::1", "documentation"), ("::1", "loopback"),
    ],
)  # fmt: skip
def test_what_an_address_is_set_aside_for(text: str, use: str) -> None:
    address = parse_address(text).address
    assert address is not None and address_use(address) == use
    assert address_folder(address)[0].isalnum() and ":" not in address_folder(address)


def test_filing_numbers_are_read_as_pages_write_them() -> None:
    page = "<a>皖ICP备12345678号-1</a> 京 ICP 证 030173 号 皖公网安备 34019102000123号 <p>号123号</p>"
    assert filing_numbers(page) == ("皖ICP备12345678号-1", "京ICP证030173号", "皖公网安备34019102000123号")


@contextmanager
def trickling(first: bytes) -> Iterator[int]:
    """A server that sends its beginning and then a byte now and then, for ever."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(first)
                while not done.wait(0.02):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            done.set()
            thread.join()


@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_a_server_that_trickles_is_left_at_the_bound(first: bytes) -> None:
    with trickling(first) as port:
        found = fetch(f"http://127.0.0.1:{port}/", replace(QUICK, connect=0.2, whole=0.3), 1 << 20)
    assert found.ended == "timed_out"
