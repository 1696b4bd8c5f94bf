"""WHOIS answers (RFC 3912): text without a form, read as far as registries agree, in the charset that fits. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from auditor.hosting.answers.addresses import IpAddress, is_whole_internet, parse_range, range_holds
from auditor.hosting.answers.charsets import decode_text, printable
from auditor.hosting.answers.registries.stubs import is_stub_name
from auditor.model.hosting import NamedParty, RegistryAnswer, RegistryOutcome

RANGE_KEYS = ("inetnum", "inet6num", "netrange", "cidr", "ip-network", "inetrev")
HOLDER_KEYS = ("org-name", "orgname", "organization", "owner", "custname", "descr")
"""In the order of how much they are meant as a holder."""
REFERRAL_KEYS = ("refer", "referralserver", "whois", "resourcelink")
MAX_LINES = 4000
_PAIR = re.compile(r"\s{0,20}([A-Za-z][A-Za-z0-9 _-]{0,40}):[ \t]*(.*)")
_NONE = re.compile(r"no (?:match|entries|data|object)|not found|%error:?\s*101", re.IGNORECASE)
_LIMIT = re.compile(r"limit exceeded|quota|too many (?:queries|requests)|access denied|%error:?\s*201", re.IGNORECASE)
_HOST = re.compile(r"(?:r?whois://)?([A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?)(?::(\d{1,5}))?/?", re.ASCII)


@dataclass(frozen=True, slots=True)
class WhoisBlock:
    """One object of an answer: its lines as pairs, keys in small letters."""

    pairs: tuple[tuple[str, str], ...]

    def first(self, *keys: str) -> str:
        """The first value under the first of the keys that has one."""
        return next((value for key in keys for name, value in self.pairs if name == key and value), "")


def parse_blocks(text: str) -> Iterator[WhoisBlock]:
    """The objects of an answer: pairs up to an empty line. Comments are passed over."""
    pairs: list[tuple[str, str]] = []
    for line in [*text.splitlines()[:MAX_LINES], ""]:
        if not line.strip():
            if pairs:
                yield WhoisBlock(tuple(pairs))
            pairs = []
        elif not line.startswith(("%", "#", ";")) and (match := _PAIR.fullmatch(line)):
            pairs.append((match[1].strip().lower(), printable(match[2])))


def find_referral(data: bytes) -> tuple[str, int] | None:
    """Host and port of the server that an answer refers to; None where it refers to none."""
    for block in parse_blocks(decode_text(data)[0]):
        for key in REFERRAL_KEYS:
            match = _HOST.fullmatch(block.first(key))
            if match and "." in match[1] and 0 < int(match[2] or 43) < 65_536:
                return match[1].lower(), int(match[2] or 43)
    return None


def read_whois(
    server: str, answers: Sequence[tuple[bytes, str]], ended: RegistryOutcome | None, address: IpAddress
) -> RegistryAnswer:
    """What a chain of answers (bytes and their path) says: the last one counts, all are cited."""
    cites = tuple(path for _, path in answers)
    if ended is not None or not answers:
        return RegistryAnswer("whois", server, ended or "no_answer", cites)
    text, charset = decode_text(answers[-1][0])
    blocks = list(parse_blocks(text))
    within = [(block, bounds) for block in blocks if (bounds := _bounds(block)) is not None]
    if not within:
        return RegistryAnswer("whois", server, _without_range(text), cites, charset=charset)
    holding = [(block, bounds) for block, bounds in within if range_holds(bounds, address)]
    if not holding:
        return RegistryAnswer("whois", server, "another_range", cites, within[0][0].first(*RANGE_KEYS), charset=charset)
    block, bounds = min(holding, key=lambda one: int(one[1][1]) - int(one[1][0]))
    name = block.first("netname", "net-name")
    holder, parties = _holder(block, blocks)
    outcome: RegistryOutcome
    if is_whole_internet(bounds) or name.upper().startswith("IANA-"):
        outcome = "whole_internet"
    elif is_stub_name(name):
        outcome = "stub"
    else:
        outcome = "holder" if holder else "no_holder_named"
    return RegistryAnswer(
        "whois", server, outcome, cites, block.first(*RANGE_KEYS), name, block.first("nethandle", "handle", "nic-hdl"),
        holder if outcome == "holder" else "", parties, block.first("last-modified", "updated", "changed"), charset,
    )  # fmt: skip


def _without_range(text: str) -> RegistryOutcome:
    if _LIMIT.search(text):
        return "rate_limited"
    return "not_found" if _NONE.search(text) else "not_read"


def _bounds(block: WhoisBlock) -> tuple[IpAddress, IpAddress] | None:
    return next((bounds for key in RANGE_KEYS if (bounds := parse_range(block.first(key))) is not None), None)


def _beside(network: WhoisBlock, blocks: Sequence[WhoisBlock]) -> Iterator[WhoisBlock]:
    """The objects that follow a network up to the next one: those before and beyond belong to other networks."""
    after = blocks[next(place for place, block in enumerate(blocks) if block is network) + 1 :]
    return takewhile(lambda block: not block.first(*RANGE_KEYS), after)


def _holder(network: WhoisBlock, blocks: Sequence[WhoisBlock]) -> tuple[str, tuple[NamedParty, ...]]:
    """The organisation of the network: its own, else that of the object it names; each country with its object."""
    label = f"network {network.first(*RANGE_KEYS)}"
    named = [NamedParty(label, "network", network.first("netname"), "", network.first("country"))]
    wanted = network.first("org", "orgid", "ownerid").lower()
    organisation = next(
        (
            block
            for block in (blocks if wanted else _beside(network, blocks))
            if block is not network
            and not block.first(*RANGE_KEYS)
            and block.first("org-name", "orgname")
            and (not wanted or block.first("organisation", "orgid").lower() == wanted)
        ),
        None,
    )
    systems = ((block.first("aut-num", "origin"), block) for block in blocks)
    named += [NamedParty(one, "origin", of.first("as-name"), "", of.first("country")) for one, of in systems if one]
    holder = ""
    if organisation is not None:
        holder = organisation.first(*HOLDER_KEYS)
        label = f"organisation {organisation.first('organisation', 'orgid')}".strip()
        named.append(NamedParty(label, "registrant", holder, wanted.upper(), organisation.first("country")))
    holder = holder or network.first(*HOLDER_KEYS)
    return holder, tuple(named)
