"""RDAP and WHOIS against real servers: ten ways to answer, ten outcomes, and a holder only where one is named (A5)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.demo.registers.whois_server import network_record
from auditor.hosting.answers.addresses import parse_address
from auditor.hosting.answers.http_head import HttpHead
from auditor.hosting.answers.registries.bootstrap import read_bootstrap
from auditor.hosting.answers.registries.rdap import RdapHop, read_rdap
from auditor.hosting.answers.registries.whois import read_whois
from tests.hosting.lookups import ADDRESS, QUICK, Registers

FAULTS = {
    "redirect": "holder",
    "not_found": "not_found",
    "rate_limited": "rate_limited",
    "cut": "not_read",
    "html": "not_read",
    "no_name": "no_holder_named",
    "another_range": "another_range",
    "whole_internet": "whole_internet",
    "loop": "loop",
    "stub": "stub",
    "large": "not_read",
}


def test_a_holder_is_named_with_its_range_and_the_day_of_the_record(place: Registers) -> None:
    found = place.rdap_of(ADDRESS)
    assert (found.outcome, found.holder) == ("holder", "某云计算有限公司")
    assert found.range == "203.0.113.0 - 203.0.113.255"
    assert found.changed == "2025-06-30T08:00:00Z"
    assert found.cites == ("rdap/01.body", "rdap/01.body.head")


def test_the_longest_prefix_of_the_bootstrap_file_and_of_the_registry_count(place: Registers) -> None:
    assert place.rdap_of("203.0.113.70").holder == "Example CDN Ltd"
    assert place.rdap_of("2001:db8::7").holder == "Six Hosting"


@pytest.mark.parametrize(("fault", "outcome"), FAULTS.items())
def test_each_fault_has_its_own_outcome_and_only_a_holder_names_one(place: Registers, fault: str, outcome: str) -> None:
    place.rdap.faults[ADDRESS] = fault
    found = place.rdap_of(ADDRESS)
    assert found.outcome == outcome
    assert bool(found.holder) == (outcome == "holder")


def test_every_hop_of_a_redirect_is_kept_and_told(place: Registers) -> None:
    place.rdap.faults[ADDRESS] = "redirect"
    reading, files, _ = place.look()
    assert {"rdap/01.body", "rdap/01.body.head", "rdap/02.body", "rdap/02.body.head"} <= files.keys()
    assert b"HTTP 302" in files["rdap/01.body.head"]
    assert [note.code for note in reading.registries[0].remarks] == ["hosting.redirected"]


def test_bytes_that_cannot_be_read_are_kept(place: Registers) -> None:
    place.rdap.faults[ADDRESS] = "html"
    _, files, _ = place.look()
    assert files["rdap/01.body"].startswith(b"<html>")


def test_a_short_retry_after_is_waited_for_once_and_a_long_one_is_told(place: Registers) -> None:
    place.rdap.faults[ADDRESS] = "rate_limited"
    assert place.rdap_of(ADDRESS).retry_after == "120"
    assert place.waited == []
    place.rdap.retry_after = "1"
    reading, files, _ = place.look(whois="")
    assert reading.registries[0].outcome == "rate_limited"
    assert place.waited == [1.0]
    assert "rdap/02.body.head" in files and "rdap/03.body.head" not in files


def test_a_server_that_hangs_ends_in_time(place: Registers) -> None:
    place.rdap.faults[ADDRESS] = "hang"
    reading, _, lookup = place.look(whois="", bounds=replace(QUICK, whole=0.3))
    assert reading.registries[0].outcome == "no_answer"
    assert [one.ended for one in lookup.asked if one.about == "rdap"] == ["timed_out"]


def test_without_a_server_nobody_is_asked(place: Registers) -> None:
    reading, _, lookup = place.look("198.51.100.9", whois="")
    assert [one.outcome for one in reading.registries] == ["not_asked"]
    assert not [one for one in lookup.asked if one.about == "rdap"]
    assert "hosting.no_server" in [note.code for note in reading.remarks]


def test_a_private_address_is_asked_of_no_registry(place: Registers) -> None:
    asked = len(place.whois.asked)
    reading, _, _ = place.look("10.1.2.3")
    assert [one.outcome for one in reading.registries] == ["not_asked"]
    assert reading.use == "private"
    assert len(place.whois.asked) == asked


def test_whois_in_gb18030_is_kept_as_it_came_and_read(place: Registers) -> None:
    """A8."""
    sent = network_record("203.0.113.0 - 203.0.113.255", "EXAMPLE-NET", "某云计算有限公司")
    place.whois.answers[ADDRESS] = sent
    reading, files, _ = place.look()
    found = reading.registries[1]
    assert files["whois/01.raw"] == sent
    assert (found.source, found.outcome, found.holder, found.charset) == (
        "whois", "holder", "某云计算有限公司", "gb18030",
    )  # fmt: skip


def test_a_referral_is_followed_and_a_circle_of_them_ends(place: Registers) -> None:
    place.whois.answers[ADDRESS] = f"refer: whois.localhost:{place.whois.port}\r\n".encode()
    reading, files, lookup = place.look()
    asked = [one.to for one in lookup.asked if one.about == "whois"]
    assert asked[0] == f"127.0.0.1:{place.whois.port}"
    assert len(asked) <= 2
    assert reading.registries[1].outcome != "holder"
    assert "whois/01.raw" in files


def test_a_whois_server_that_never_closes_is_left_and_what_it_sent_is_kept(place: Registers) -> None:
    place.whois.never_closes = True
    try:
        reading, files, lookup = place.look(bounds=replace(QUICK, whois=0.3))
    finally:
        place.whois.never_closes = False
        place.whois.closing.set()
        place.whois.closing.clear()
    assert files["whois/01.raw"] == b"% No match\r\n"
    assert reading.registries[1].outcome == "not_found"
    assert "did not close" in next(one.detail for one in lookup.asked if one.about == "whois")


def test_terminal_escapes_of_a_whois_server_reach_no_reading(place: Registers) -> None:
    place.whois.answers[ADDRESS] = (
        b"inetnum: 203.0.113.0 - 203.0.113.255\r\norg-name: Evil\x1b[2J\x07 \xe2\x80\xaeCo\r\n"
    )
    reading, _, _ = place.look()
    assert reading.registries[1].holder == "Evil[2J Co"


@given(st.binary(max_size=400))
def test_no_bytes_of_a_registry_break_a_reader_or_name_a_holder_of_another_address(noise: bytes) -> None:
    address = parse_address(ADDRESS).address
    assert address is not None
    hop = RdapHop("https://rdap.example/ip/203.0.113.10", HttpHead(200), noise, ("rdap/01.body",))
    assert read_rdap(hop.url, [hop], None, address).outcome == "not_read"
    assert read_whois("whois.example", [(noise, "whois/01.raw")], None, address).outcome != "loop"
    assert not read_bootstrap(noise, address).servers


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["objectClassName", "startAddress", "endAddress", "entities", "roles", "vcardArray", "name", "events", "handle"]
    ), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@given(JSON)
def test_no_json_of_a_registry_breaks_the_reader(body: object) -> None:
    address = parse_address(ADDRESS).address
    assert address is not None
    whole = {"objectClassName": "ip network", "startAddress": "203.0.113.0", "endAddress": "203.0.113.255"}
    said = whole | (body if isinstance(body, dict) else {"entities": body})
    said["objectClassName"] = "ip network"
    hop = RdapHop("https://rdap.example/", HttpHead(200), json.dumps(said).encode(), ())
    found = read_rdap(hop.url, [hop], None, address)
    assert bool(found.holder) == (found.outcome == "holder")
