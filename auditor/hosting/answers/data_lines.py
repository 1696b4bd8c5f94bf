"""The few lines of a large dated data set that concern one address: registries' delegated files, origins. Pure.

A data set of a million lines is not parsed: the prefixes that hold an address are at most 129, and a line is looked at
only where it begins with one of them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator

from auditor.hosting.answers.addresses import IpAddress
from auditor.hosting.answers.charsets import printable
from auditor.model.hosting import AnnouncedPrefix, NamedParty, RegistryAnswer
from auditor.model.notes import Note, make_note

MAX_LINES = 1000
_RESERVED = ((0, 0), (23_456, 23_456), (64_198, 131_071), (4_200_000_000, 4_294_967_295))
"""Numbers that no network may announce with (RFC 7607, 6793, 5398, 6996, IANA's registry)."""
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)


def covering_prefixes(address: IpAddress) -> frozenset[str]:
    """Every prefix that holds an address, as data sets write them."""
    lengths = range(address.max_prefixlen + 1)
    return frozenset(str(ipaddress.ip_network((address, length), strict=False)) for length in lengths)


def pick_origin_lines(lines: Iterable[bytes], address: IpAddress) -> Iterator[bytes]:
    """The lines of a data set of announcements whose prefix holds the address, at most a thousand."""
    wanted, found = covering_prefixes(address), 0
    for line in lines:
        if found < MAX_LINES and _origin_prefix(line) in wanted:
            found += 1
            yield line


def _origin_prefix(line: bytes) -> str:
    """`prefix|asns`, `prefix<tab>asns`, `address<tab>length<tab>asns` or the sixth place of a table dump's line."""
    text = line.decode("latin-1").strip()
    if text.startswith("TABLE_DUMP"):
        parts = text.split("|", 7)
        return parts[5] if len(parts) > 6 else ""
    parts = re.split(r"[|\t ]+", text, maxsplit=2)
    if len(parts) == 3 and "/" not in parts[0] and parts[1].isdigit():
        return f"{parts[0]}/{parts[1]}"
    return parts[0]


def read_origin_lines(data: bytes) -> tuple[tuple[AnnouncedPrefix, ...], tuple[Note, ...]]:
    """Every prefix with all its origins, the longest first; what is odd about a number is told."""
    found: dict[str, set[int]] = {}
    for line in data.splitlines():
        prefix = _origin_prefix(line)
        found.setdefault(prefix, set()).update(_origins(line.decode("latin-1").strip()))
    prefixes = (AnnouncedPrefix(prefix, tuple(sorted(origins))) for prefix, origins in found.items() if _length(prefix))
    ordered = sorted(prefixes, key=lambda one: (-_length(one.prefix), one.prefix))
    odd = sorted({number for one in ordered for number in one.origins if is_reserved_system(number)})
    return tuple(ordered), tuple(make_note("hosting.reserved_system", number=number) for number in odd)


def _length(prefix: str) -> int:
    """The length of a prefix, from 1; 0 for what is none, and for the default route."""
    length = prefix.rpartition("/")[2]
    return int(length) if _NUMBER.fullmatch(length) and "/" in prefix else 0


def _origins(text: str) -> set[int]:
    if text.startswith("TABLE_DUMP"):
        parts = text.split("|")
        path = parts[6].replace("{", " {").split() if len(parts) > 6 else []
        last = path[-1] if path else ""
        return {int(number) for number in _NUMBER.findall(last)}
    parts = re.split(r"[|\t ]+", text, maxsplit=2)
    rest = parts[2] if len(parts) == 3 and "/" not in parts[0] else " ".join(parts[1:])
    return {int(number) for number in _NUMBER.findall(rest)}


def is_reserved_system(number: int) -> bool:
    """Whether a number is one that no network may announce with."""
    return any(low <= number <= high for low, high in _RESERVED)


def pick_delegated_lines(lines: Iterable[bytes], address: IpAddress) -> Iterator[bytes]:
    """The head line of a registry's delegated file, and the records whose range holds the address."""
    head = True
    kind = b"|ipv4|" if address.version == 4 else b"|ipv6|"
    start = str(address).split("." if address.version == 4 else ":")[0].encode()
    for line in lines:
        if head and not line.startswith(b"#"):
            head = False
            yield line
        elif kind in line and (b"|" + start[:1]) in line and _delegated_holds(line, address):
            yield line


def _delegated_holds(line: bytes, address: IpAddress) -> bool:
    fields = line.decode("latin-1").strip().split("|")
    if len(fields) < 7 or not _NUMBER.fullmatch(fields[4]):
        return False
    try:
        first = ipaddress.ip_address(fields[3])
    except ValueError:
        return False
    size = int(fields[4]) if first.version == 4 else 1 << max(0, 128 - int(fields[4]))
    return first.version == address.version and int(first) <= int(address) < int(first) + size


def read_delegated(data: bytes, path: str, source: str) -> RegistryAnswer:
    """What a registry's own list of what it gave out says: a country and a day, and never a holder's name."""
    head, *records = data.decode("latin-1").splitlines() or [""]
    fields = next((line.strip().split("|") for line in records if line.count("|") >= 6), None)
    if fields is None:
        known = head.count("|") >= 5
        return RegistryAnswer("delegated", source, "not_found" if known else "not_read", (path,))
    said = f"{fields[3]}/{fields[4]}" if ":" in fields[3] else f"{fields[3]} + {fields[4]}"
    opaque = printable(fields[7], 80) if len(fields) > 7 else ""
    party = NamedParty(f"delegated record {said}", "delegated", "", opaque, printable(fields[1], 8))
    return RegistryAnswer(
        "delegated", source, "no_holder_named", (path,), printable(said), printable(fields[0], 20), opaque, "",
        (party,), printable(fields[5], 20),
    )  # fmt: skip
