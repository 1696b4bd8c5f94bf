"""What is no answer is *not checked*, whatever form it comes in."""

from __future__ import annotations

import socket

import dns.message
import dns.name
import dns.rrset
import pytest

from auditor.demo.http_server import HttpRequest, HttpResponse, LoopbackServer
from auditor.demo.registers import NameServer
from auditor.demo.registers.name_server import NameFault
from auditor.hosting import LadderInputs, hosting_record, read_lookup
from auditor.model.hosting import HostingReading, LadderRung
from auditor.model.targets.estate import DataSetFile, NameServerAddress, RangeList
from tests.hosting.lookups import ADDRESS, DAY, Registers


class _Fixed:
    """One answer to everything."""

    def __init__(self, status: int, body: str) -> None:
        self._answer = HttpResponse(body.encode(), status, "application/json")

    def answer(self, request: HttpRequest) -> HttpResponse:
        return self._answer


class _Always:
    """A zone that answers everything with the same record sets."""

    def __init__(self, sets: list[dns.rrset.RRset]) -> None:
        self._sets = sets

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.answer = list(self._sets)
        return reply


def rung(reading: HostingReading, place: int) -> LadderRung:
    return hosting_record(LadderInputs(ADDRESS, reading=reading)).ladder[place - 1]


@pytest.mark.parametrize("fault", ["servfail", "refused", "garbage"])
def test_a_name_server_that_fails_did_not_look_for_the_address(place: Registers, fault: NameFault) -> None:
    place.names.faults["suspect.example."] = fault
    reading, _, _ = place.look(names=("suspect.example",), whois="")
    assert (rung(reading, 2).status, rung(reading, 2).says.text("silent")) == ("not_checked", "1")


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, "[]"), (500, '{"message": "10.0.0.0/8"}'), (200, '{"message": "come back later"}'), (200, "down/now")],
)
def test_an_error_in_place_of_a_list_is_no_list(place: Registers, status: int, body: str) -> None:
    server = LoopbackServer(_Fixed(status, body), name="lists", port=0)
    server.start()
    try:
        reading, files, _ = place.look(whois="", ranges={"p": RangeList("p", url=f"{server.url}list")})
    finally:
        server.stop()
    assert files["ranges/p"] == body.encode()
    assert [one.read for one in reading.ranges] == [False]
    assert (rung(reading, 6).status, rung(reading, 6).says.code) == ("not_checked", "hosting.lists_not_read")


def test_a_data_set_without_a_readable_system_shows_nobody(place: Registers) -> None:
    (place.base / "no-systems").write_text("203.0.113.0/24|?\n203.0.0.0/16\n")
    reading, _, _ = place.look(whois="", origins=DataSetFile("no-systems", DAY, name="t"))
    assert (rung(reading, 5).status, rung(reading, 5).says.code) == ("not_checked", "hosting.no_origin")


def test_a_server_that_was_referred_to_and_is_silent_leaves_no_answer(place: Registers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    text = f"inetnum: 203.0.0.0 - 203.255.255.255\r\norg-name: The other registry\r\nrefer: 127.0.0.1:{port}\r\n"
    place.whois.answers[ADDRESS] = text.encode()
    reading, files, _ = place.look()
    found = reading.registries[1]
    assert (found.outcome, found.holder, found.cites) == ("no_answer", "", ("whois/01.raw",))
    assert files["whois/01.raw"] == text.encode()


def test_an_alias_too_long_for_its_text_stops_no_look_up(place: Registers) -> None:
    """An alias of 63 escaped bytes a label: its text is shortened within an escape."""
    name = "www.suspect.example"
    odd = b"\x01" * 63
    target = dns.name.Name((odd, odd, b""))
    sets = [
        dns.rrset.from_text(name + ".", 60, "IN", "CNAME", target.to_text()),
        dns.rrset.from_text(target.to_text(), 60, "IN", "A", ADDRESS),
    ]
    with NameServer(_Always(sets)) as odd_server:  # type: ignore[arg-type]
        servers = (NameServerAddress("127.0.0.1", odd_server.port),)
        reading, files, _ = place.look(names=(name,), whois="", name_servers=servers)
    assert read_lookup(files) == reading
    assert [one.values for one in reading.dns] == [(ADDRESS,)]
