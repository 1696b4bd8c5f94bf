"""What went wrong in other programs, each as a case of ours (H1 to H13)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from auditor.capture.artefacts.warc import WarcWriter
from auditor.capture.base.exchange import Exchange
from auditor.hosting import LadderInputs, hosting_record, read_traffic
from auditor.hosting.answers.addresses import parse_address
from auditor.hosting.answers.data_lines import read_origin_lines
from auditor.hosting.answers.http_head import HttpHead
from auditor.hosting.answers.intermediaries import find_intermediary
from auditor.hosting.answers.registries.rdap import RdapHop, read_rdap
from auditor.hosting.answers.registries.whois import read_whois
from auditor.model.hosting import RegistryAnswer
from auditor.model.targets.estate import DataSetFile
from tests.hosting.lookups import ADDRESS, DAY, Registers

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def whois(text: str) -> RegistryAnswer:
    address = parse_address(ADDRESS).address
    assert address is not None
    return read_whois("whois.example", [(text.encode(), "whois/01.raw")], None, address)


def rdap(body: object) -> RegistryAnswer:
    address = parse_address(ADDRESS).address
    assert address is not None
    hop = RdapHop("https://rdap.example/", HttpHead(200), json.dumps(body).encode(), ("rdap/01.body",))
    return read_rdap(hop.url, [hop], None, address)


def origins(place: Registers, text: str) -> DataSetFile:
    (place.base / "origins.txt").write_text(text)
    return DataSetFile("origins.txt", DAY, name="practice table")


def test_h01_every_covering_prefix_is_kept_and_the_longest_is_named_every_time(place: Registers) -> None:
    source = origins(place, "203.0.0.0/16|9808\n203.0.112.0/20|56044\n198.51.100.0/24|1\n")
    answers = {place.look(whois="", origins=source)[0].origins for _ in range(3)}
    (found,) = answers
    assert found is not None
    assert [(one.prefix, one.origins) for one in found.prefixes] == [
        ("203.0.112.0/20", (56044,)), ("203.0.0.0/16", (9808,)),
    ]  # fmt: skip


def test_h02_a_set_of_origins_is_whole_and_sorted(place: Registers) -> None:
    """A6, too."""
    source = origins(place, "203.0.113.0/24|{64501,64500}\n")
    reading, _, _ = place.look(whois="", origins=source)
    record = hosting_record(LadderInputs(ADDRESS, reading=reading))
    rung = record.ladder[4]
    assert rung.says.text("systems") == "AS64500, AS64501"
    assert reading.origins is not None and reading.origins.dated == DAY and len(reading.origins.sha256) == 64


def test_h03_not_in_a_data_set_is_not_the_same_as_not_announced(place: Registers) -> None:
    reading, _, _ = place.look(whois="", origins=origins(place, "198.51.100.0/24|13335\n"))
    rung = hosting_record(LadderInputs(ADDRESS, reading=reading)).ladder[4]
    assert (rung.status, rung.says.code) == ("not_shown", "hosting.not_in_data_set")
    _, remarks = read_origin_lines(b"203.0.113.0/24|0\n203.0.113.0/25|64512\n203.0.113.0/26|56044\n")
    assert [note.text("number") for note in remarks] == ["0", "64512"]


def test_h04_a_country_stands_with_the_object_that_names_it() -> None:
    found = whois(
        "inetnum: 203.0.113.0 - 203.0.113.255\nnetname: N\ncountry: GB\norg: ORG-1\n\n"
        "organisation: ORG-1\norg-name: Example Ltd\ncountry: NL\n\n"
        "route: 203.0.113.0/24\norigin: AS56044\ncountry: BG\n"
    )
    assert [(one.object, one.country) for one in found.parties] == [
        ("network 203.0.113.0 - 203.0.113.255", "GB"), ("AS56044", "BG"), ("organisation ORG-1", "NL"),
    ]  # fmt: skip


def test_h05_a_stub_of_a_transfer_names_no_holder() -> None:
    for name in ("NON-RIPE-NCC-MANAGED-ADDRESS-BLOCK", "ERX-NETBLOCK", "APNIC-ERX-203-0-0-0"):
        found = whois(f"inetnum: 203.0.0.0 - 203.0.255.255\nnetname: {name}\ndescr: IPv4 address block not managed\n")
        assert (found.outcome, found.holder) == ("stub", "")


def test_h06_a_header_alone_shows_an_intermediary_and_no_sign_is_not_direct() -> None:
    assert find_intermediary({"cf-ray": "8a1", "server": "nginx"}, (), ()).answer == "seen"
    assert find_intermediary({"server": "nginx"}, (), ()).answer == "no_sign"
    assert find_intermediary(None, (), ()).answer == "not_checked"
    record = hosting_record(LadderInputs(ADDRESS, headers={"server": "nginx"}))
    assert record.ladder[7].status == "not_checked"


def _warc(*exchanges: Exchange) -> bytes:
    writer = WarcWriter("c-1", None)
    for item in exchanges:
        writer.exchange(item)
    return writer.to_bytes()


def _exchange(url: str, address: str, kind: str = "Document") -> Exchange:
    item = Exchange(url, "", "", kind, url, "GET", AT.timestamp(), False)
    item.status, item.address, item.body = 200, address, b"x"
    item.response_headers = (("Server", "nginx"),)
    return item


def test_h07_every_response_has_its_own_address_beside_its_name() -> None:
    page, script = "https://suspect.example/", "https://static.suspect.example/a.js"
    warc = _warc(
        _exchange(script, "203.0.113.70", "Script"), _exchange(page, "203.0.113.10"), _exchange(page, "2001:db8::7")
    )
    found = read_traffic(warc, "c-1", page, page)
    assert [(one.host, one.address, one.port, one.main) for one in found.connections] == [
        ("static.suspect.example", "203.0.113.70", 443, False),
        ("suspect.example", "203.0.113.10", 443, True),
        ("suspect.example", "2001:db8::7", 443, True),
    ]


def test_h08_another_scheme_than_the_asked_one_is_told() -> None:
    warc = _warc(_exchange("https://suspect.example:8443/", "203.0.113.10"))
    found = read_traffic(warc, "c-1", "http://suspect.example/", "https://suspect.example:8443/")
    record = hosting_record(LadderInputs(ADDRESS, connections=found.connections))
    told = record.ladder[0].says.value("notes")
    assert isinstance(told, tuple)
    assert [note.code for note in told] == ["hosting.connected", "hosting.origin_changed"]


def test_h09_an_odd_answer_is_kept_and_is_no_error(place: Registers) -> None:
    place.whois.answers[ADDRESS] = b"\x00\xff:::\r\ninetnum:\r\n: -\r\n"
    reading, files, _ = place.look()
    assert reading.registries[1].outcome == "not_read"
    assert files["whois/01.raw"] == place.whois.answers[ADDRESS]


def test_h10_entities_need_no_handle_and_are_walked_four_levels_deep(place: Registers) -> None:
    entity: dict[str, object] = {"roles": ["abuse"], "vcardArray": ["vcard", [["fn", {}, "text", "Desk"]]]}
    for _ in range(3):
        entity = {"roles": ["registrar"], "entities": [entity]}
    body = {
        "objectClassName": "ip network", "startAddress": "203.0.113.0", "endAddress": "203.0.113.255",
        "entities": [entity],
    }  # fmt: skip
    assert ("abuse", "Desk") in [(one.role, one.name) for one in rdap(body).parties]
    place.rdap.faults[ADDRESS] = "deep"
    assert place.rdap_of(ADDRESS).outcome == "no_holder_named"


def test_h11_a_circle_of_redirects_ends(place: Registers) -> None:
    place.rdap.faults[ADDRESS] = "loop"
    _, files, lookup = place.look(whois="")
    assert [one.ended for one in lookup.asked if one.about == "rdap"] == ["answered", "refused"]
    assert "rdap/02.body" not in files


def test_h12_what_is_no_answer_names_nobody(place: Registers) -> None:
    for fault in ("another_range", "whole_internet", "html", "cut", "not_found"):
        place.rdap.faults[ADDRESS] = fault
        reading, _, _ = place.look(whois="")
        rung = hosting_record(LadderInputs(ADDRESS, reading=reading)).ladder[3]
        assert rung.status in ("not_shown", "not_checked"), fault
        assert "某云" not in repr(rung.says), fault
    assert place.look("198.51.100.9", whois="")[0].registries[0].outcome == "not_asked"


def test_h13_no_byte_is_dropped_and_the_charset_is_told() -> None:
    address = parse_address(ADDRESS).address
    assert address is not None
    text = "inetnum: 203.0.113.0 - 203.0.113.255\ndescr: 上海某公司 é\n"
    for charset in ("utf-8", "gb18030"):
        found = read_whois("w", [(text.encode(charset), "p")], None, address)
        assert (found.holder, found.charset) == ("上海某公司 é", charset)
    odd = read_whois("w", [(text.replace("上海某公司", "").encode("latin-1") + b"\xff", "p")], None, address)
    assert (odd.holder, odd.charset) == ("é", "latin-1")


def test_the_last_rung_is_a_persons_alone(place: Registers) -> None:
    reading, _, _ = place.look()
    record = hosting_record(LadderInputs(ADDRESS, reading=reading))
    assert record.ladder[7].status == "not_checked"
    assert [rung.status for rung in record.ladder].count("shown") == 1
    assert replace(record, ladder=()).reading == reading


def test_a_holder_is_in_a_role_to_the_network_and_not_to_its_abuse_desk() -> None:
    inner = {"roles": ["registrant"], "vcardArray": ["vcard", [["fn", {}, "text", "Desk's owner"]]]}
    body = {
        "objectClassName": "ip network", "startAddress": "203.0.113.0", "endAddress": "203.0.113.255",
        "entities": [{"roles": ["abuse"], "entities": [inner]}],
    }  # fmt: skip
    found = rdap(body)
    assert (found.outcome, found.holder) == ("no_holder_named", "")
    assert "Desk's owner" in [one.name for one in found.parties]


def test_an_organisation_beside_another_network_holds_nothing_of_this_one() -> None:
    large = "NetRange: 203.0.0.0 - 203.255.255.255\nNetName: LARGE\n\nOrgName: Large Ltd\nOrgId: L\n\n"
    small = "NetRange: 203.0.113.0 - 203.0.113.255\nNetName: SMALL\nCustomer: Small (C1)\n\nCustName: Small\n"
    assert whois(large + small).holder == ""
    assert whois(large).holder == "Large Ltd"
