"""Names: wire answers of a real name server, and DNSSEC validated offline at a stated moment (A2, A7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dns.message
import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.clock import now
from auditor.demo.registers import NameServer
from auditor.hosting import LadderInputs, hosting_record, iana_root_keys, parse_root_keys, read_lookup
from auditor.hosting.answers.lookup_record import decode_lookup, encode_lookup
from auditor.hosting.answers.names.dns_messages import read_dns_answer
from auditor.hosting.answers.names.dnssec import check_chain
from auditor.model.hosting import DnsAnswer
from auditor.model.targets.estate import NameServerAddress
from tests.hosting.lookups import ADDRESS, QUICK, Registers


def answer(place: Registers, name: str) -> DnsAnswer:
    reading, _, _ = place.look(names=(name,), whois="")
    (found,) = reading.dns
    return found


@pytest.mark.parametrize(
    ("name", "status", "why"),
    [
        ("suspect.example", "secure", "hosting.dnssec_secure"),
        ("www.suspect.example", "secure", "hosting.dnssec_secure"),
        ("www.bogus.example", "bogus", "hosting.dnssec_signature"),
        ("www.plain.example", "insecure", "hosting.dnssec_unsigned_zone"),
    ],
)
def test_secure_bogus_and_insecure_are_told_apart(place: Registers, name: str, status: str, why: str) -> None:
    """A2."""
    found = answer(place, name)
    assert (found.outcome, found.dnssec) == ("addresses", status)
    assert found.dnssec_why is not None and found.dnssec_why.code == why


def test_the_chain_is_read_offline_and_holds_at_its_own_time_and_not_after_its_signatures_end(place: Registers) -> None:
    _, files, lookup = place.look(names=("suspect.example",), whois="")
    place.names.faults["suspect.example."] = "silent"
    assert read_lookup(files).dns[0].dnssec == "secure"
    later = replace(lookup, asked=tuple(replace(one, at=one.at + timedelta(days=40)) for one in lookup.asked))
    (found,) = read_lookup({**files, "lookup.json": encode_lookup(later)}).dns
    assert found.dnssec == "bogus"
    assert found.dnssec_why is not None and found.dnssec_why.code == "hosting.dnssec_time"


def test_another_root_key_makes_the_answer_bogus(place: Registers) -> None:
    _, files, _ = place.look(names=("suspect.example",), whois="")
    assert read_lookup({**files, "dns/root.ds": iana_root_keys()}).dns[0].dnssec == "bogus"


def test_a_chain_that_is_not_whole_is_indeterminate_and_a_stripped_signature_is_not_secure(place: Registers) -> None:
    _, files, lookup = place.look(names=("suspect.example",), whois="")
    chain = [one for one in lookup.asked if one.facts.get("chain") == "yes"]
    for left_out in chain:
        rest = {path: data for path, data in files.items() if path not in left_out.files.values()}
        assert read_lookup(rest).dns[0].dnssec in ("indeterminate", "secure"), left_out.asked
        if left_out.facts["kind"] == "DNSKEY":
            assert read_lookup(rest).dns[0].dnssec == "indeterminate"
    path = next(one.files["answer"] for one in lookup.asked if one.facts.get("name") == "suspect.example")
    bare = dns.message.from_wire(files[path])
    bare.answer = [rrset for rrset in bare.answer if rrset.rdtype != dns.rdatatype.RRSIG]
    assert read_lookup({**files, path: bare.to_wire()}).dns[0].dnssec in ("bogus", "indeterminate")


def test_every_changed_byte_of_an_answer_is_never_secure_with_another_address(place: Registers) -> None:
    _, files, lookup = place.look(names=("suspect.example",), whois="")
    path = next(one.files["answer"] for one in lookup.asked if one.facts.get("name") == "suspect.example")
    data = files[path]
    for place_ in range(0, len(data), 3):
        changed = data[:place_] + bytes([data[place_] ^ 0x41]) + data[place_ + 1 :]
        (found,) = read_lookup({**files, path: changed}).dns
        assert found.dnssec != "secure" or found.values == (ADDRESS,), place_


def test_the_zones_signature_is_the_third_partys_in_the_second_rung(place: Registers) -> None:
    reading, _, _ = place.look(names=("suspect.example",), whois="")
    rung = hosting_record(LadderInputs(ADDRESS, reading=reading)).ladder[1]
    assert (rung.status, rung.signed_by) == ("shown", "zone")
    reading, _, _ = place.look(names=("www.plain.example",), whois="")
    rung = hosting_record(LadderInputs(ADDRESS, reading=reading)).ladder[1]
    assert (rung.status, rung.signed_by) == ("shown", "nobody")


def test_three_ways_to_have_no_address_are_three_answers(place: Registers) -> None:
    place.names.faults |= {"suspect.example.": "servfail", "www.suspect.example.": "silent", "x.example.": "garbage"}
    failed = answer(place, "suspect.example")
    assert (failed.outcome, failed.extended) == ("server_failure", "6 practice failure")
    assert answer(place, "www.suspect.example").outcome == "no_answer"
    assert answer(place, "none.suspect.example").outcome == "no_such_name"
    assert answer(place, "x.example").outcome == "not_read"
    rung = hosting_record(LadderInputs(ADDRESS, reading=place.look(names=("www.suspect.example",))[0])).ladder[1]
    assert rung.status == "not_checked"


def test_an_answer_that_is_cut_comes_whole_over_tcp(place: Registers) -> None:
    place.names.faults["suspect.example."] = "tcp_only"
    _, _, lookup = place.look(names=("suspect.example",), whois="")
    (own,) = [one for one in lookup.asked if one.facts.get("kind") == "A"]
    assert own.facts["transport"] == "tcp"
    assert answer(place, "suspect.example").values == (ADDRESS,)


def test_a_circle_of_aliases_has_no_address_and_a_proxys_address_is_told(place: Registers) -> None:
    found = answer(place, "a.odd.example")
    assert (found.outcome, found.aliases) == ("no_data", ("b.odd.example",))
    reading, _, _ = place.look(names=("fake.odd.example",), whois="")
    assert "hosting.odd_address" in [note.code for note in reading.remarks]


def test_an_alias_outside_the_names_own_domain_shows_an_intermediary(place: Registers) -> None:
    """A7, with the headers of the page."""
    reading, _, _ = place.look("203.0.113.70", names=("www.cdn.example",), whois="")
    headers = {"via": "1.1 edge", "x-cache": "HIT", "cf-ray": "8a1"}
    record = hosting_record(LadderInputs("203.0.113.70", reading=reading, headers=headers))
    assert record.intermediary.answer == "seen"
    assert sorted(note.text("name") for note in record.intermediary.signs) == [
        "cf-ray", "via", "www.cdn.example", "x-cache",
    ]  # fmt: skip
    assert record.ladder[7].status == "not_checked"


def test_sets_of_several_servers_are_compared(place: Registers) -> None:
    with NameServer(place.zones, faults={"suspect.example.": "refused"}) as other:
        servers = (*place.sources.name_servers, NameServerAddress("127.0.0.1", other.port))
        reading, _, _ = place.look(names=("suspect.example",), whois="", name_servers=servers)
    assert [one.outcome for one in reading.dns] == ["addresses", "refused"]
    assert reading.dns[0].dnssec == "secure"


def test_the_record_of_what_was_asked_comes_back_as_it_was(place: Registers) -> None:
    _, files, lookup = place.look(names=("suspect.example",))
    assert decode_lookup(files["lookup.json"]) == lookup


def test_ianas_keys_are_two_and_other_texts_are_refused() -> None:
    assert [key.key_tag for key in parse_root_keys(iana_root_keys().decode())] == [20326, 38696]
    for wrong in ("", "nonsense", ". IN DS 1 8 2 zz"):
        with pytest.raises(ValueError, match="DS record"):
            parse_root_keys(wrong)


def test_a_file_of_root_keys_in_another_form_checks_nothing_and_breaks_no_reader(place: Registers) -> None:
    _, files, _ = place.look(names=("suspect.example",), whois="")
    for other in (b"", b"nonsense", b"<?xml version='1.0'?><TrustAnchor/>", b". IN DS 20326 8 2 e0"):
        (found,) = read_lookup({**files, "dns/root.ds": other}).dns
        assert (found.values, found.dnssec) == ((ADDRESS,), None), other


def test_a_chain_is_asked_for_no_longer_than_its_time(place: Registers) -> None:
    """A hostile name has as many zones above it as it likes, each with a server that answers late."""
    _, _, lookup = place.look(names=("suspect.example",), whois="", bounds=replace(QUICK, chain=0.0))
    assert [one.facts["name"] for one in lookup.asked if one.facts.get("chain") == "yes"] == ["."]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader_of_messages(noise: bytes) -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    assert read_dns_answer("s", "suspect.example", "A", noise, at, ()).outcome in (
        "not_read", "no_answer", "no_data", "server_failure", "no_such_name", "refused", "addresses",
    )  # fmt: skip


def test_without_messages_nothing_is_secure() -> None:
    assert (
        check_chain(parse_root_keys(iana_root_keys().decode()), [], "suspect.example", "A", now())[0] == "indeterminate"
    )
