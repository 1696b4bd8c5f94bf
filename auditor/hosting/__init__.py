"""Where a deployment runs: what registries, name servers, data sets and lists answer about an address, kept and read.

Protocol: `look_up(plan, stage, clock, wait)` asks and stages every answer byte for byte; `read_lookup(files)` reads the
stored bytes; `hosting_record(inputs)` puts the eight sentences together, each with its proof. Asking touches the
network and decides nothing; reading and the ladder are pure: the same bytes give the same record, years later.

No program says who hosts a deployment: seven rungs say what was connected to, pointed to, registered, announced,
listed and stated; the eighth is a named person's decision. What nobody looked at is *not checked*, never an answer.

=============  =====================================================================================================
`answers/`     pure readers: registries, name servers with DNSSEC, data sets, lists, a visit's traffic
`lookup/`      asking: HTTP, WHOIS and DNS over sockets, bounded in size and time; staged as it came
`visit/`       what a visit keeps beside its pages: names, a handshake over a moment, packets, the route
`ladder`       the eight sentences, each with its proof or with why there is none
=============  =====================================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.hosting.answers.addresses import AddressText, IpAddress, address_folder, address_use, parse_address
    from auditor.hosting.answers.captured_traffic import CapturedTraffic, read_traffic
    from auditor.hosting.answers.lookup_record import encode_lookup
    from auditor.hosting.answers.names.dnssec import parse_root_keys
    from auditor.hosting.answers.page_statements import filing_numbers
    from auditor.hosting.answers.reading import READER, READING, encode_reading, read_lookup, reading_body
    from auditor.hosting.answers.visits.visit_record import (
        FOLDER,
        VISIT,
        decode_visit,
        read_handshake,
        read_names,
    )
    from auditor.hosting.ladder import LadderInputs, hosting_record, outcome_note
    from auditor.hosting.lookup.answer_log import LookupPlan
    from auditor.hosting.lookup.bounds import LookupBounds
    from auditor.hosting.lookup.mail_names import MailNames, ask_mail_names
    from auditor.hosting.lookup.name_survey import iana_root_keys, resolve_addresses
    from auditor.hosting.lookup.survey import look_up
    from auditor.hosting.visit.visit_proofs import StampedMoment, VisitProofPlan, VisitProofs
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "AddressText": "answers.addresses",
            "CapturedTraffic": "answers.captured_traffic",
            "FOLDER": "answers.visits.visit_record",
            "IpAddress": "answers.addresses",
            "LadderInputs": "ladder",
            "LookupBounds": "lookup.bounds",
            "LookupPlan": "lookup.answer_log",
            "MailNames": "lookup.mail_names",
            "READER": "answers.reading",
            "READING": "answers.reading",
            "StampedMoment": "visit.visit_proofs",
            "VISIT": "answers.visits.visit_record",
            "VisitProofPlan": "visit.visit_proofs",
            "VisitProofs": "visit.visit_proofs",
            "address_folder": "answers.addresses",
            "address_use": "answers.addresses",
            "ask_mail_names": "lookup.mail_names",
            "decode_visit": "answers.visits.visit_record",
            "encode_lookup": "answers.lookup_record",
            "encode_reading": "answers.reading",
            "filing_numbers": "answers.page_statements",
            "hosting_record": "ladder",
            "iana_root_keys": "lookup.name_survey",
            "look_up": "lookup.survey",
            "outcome_note": "ladder",
            "parse_address": "answers.addresses",
            "parse_root_keys": "answers.names.dnssec",
            "read_handshake": "answers.visits.visit_record",
            "read_lookup": "answers.reading",
            "read_names": "answers.visits.visit_record",
            "read_traffic": "answers.captured_traffic",
            "reading_body": "answers.reading",
            "resolve_addresses": "lookup.name_survey",
        },
    )


__all__ = [
    "FOLDER",
    "READER",
    "READING",
    "VISIT",
    "AddressText",
    "CapturedTraffic",
    "IpAddress",
    "LadderInputs",
    "LookupBounds",
    "LookupPlan",
    "MailNames",
    "StampedMoment",
    "VisitProofPlan",
    "VisitProofs",
    "address_folder",
    "address_use",
    "ask_mail_names",
    "decode_visit",
    "encode_lookup",
    "encode_reading",
    "filing_numbers",
    "hosting_record",
    "iana_root_keys",
    "look_up",
    "outcome_note",
    "parse_address",
    "parse_root_keys",
    "read_handshake",
    "read_lookup",
    "read_names",
    "read_traffic",
    "reading_body",
    "resolve_addresses",
]
