"""Providers' own published lists of their addresses, whatever their form: who says that which prefix is theirs. Pure.

The lists of AWS, Google, Azure, Oracle, Fastly and Cloudflare are read by one walk: a text that is a prefix holding the
address counts, with the service and region that stand beside it or above it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Set

from auditor.hosting.answers.addresses import IpAddress
from auditor.hosting.answers.charsets import printable
from auditor.hosting.answers.data_lines import covering_prefixes
from auditor.model.hosting import PublishedRange, RangeAnswer

SERVICE_KEYS, REGION_KEYS = ("service", "systemService", "name", "id", "tags"), ("region", "scope")
DATE_KEYS = ("createDate", "creationTime", "last_updated_timestamp", "changeNumber", "syncToken", "etag")
MAX_DEPTH, MAX_RANGES = 8, 40
_PREFIX = re.compile(r"[0-9A-Fa-f.:]{2,45}/\d{1,3}", re.ASCII)


def read_ranges(provider: str, data: bytes, sha256: str, address: IpAddress, path: str) -> RangeAnswer:
    """The ranges of a list that hold the address; `read` is False where it holds no prefix, as JSON or as lines."""
    wanted = covering_prefixes(address)
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return _from_lines(provider, data, sha256, wanted, path)
    if not isinstance(body, dict | list):
        return RangeAnswer(provider, "", sha256, (), False, (path,))
    dated = (
        next((printable(str(body[key]), 60) for key in DATE_KEYS if body.get(key)), "")
        if isinstance(body, dict)
        else ""
    )
    found = sorted(set(_walk(body, wanted, provider, ("", ""), 0)), key=_length, reverse=True)[:MAX_RANGES]
    return RangeAnswer(provider, dated, sha256, tuple(found), _names_a_prefix(body, 0), (path,))


def _from_lines(provider: str, data: bytes, sha256: str, wanted: Set[str], path: str) -> RangeAnswer:
    lines = [line.strip() for line in data.decode("latin-1").splitlines()]
    said = [line for line in lines if line and not line.startswith("#")]
    read = bool(said) and all(_PREFIX.fullmatch(line) for line in said)
    found = tuple(PublishedRange(provider, "", line) for line in said if line in wanted) if read else ()
    return RangeAnswer(provider, "", sha256, found, read, (path,))


def _walk(node: object, wanted: Set[str], provider: str, told: tuple[str, str], depth: int) -> Iterator[PublishedRange]:
    if depth > MAX_DEPTH:
        return
    if isinstance(node, str) and node in wanted:
        yield PublishedRange(provider, told[0], node, told[1])
    elif isinstance(node, Mapping):
        here = (_named(node, SERVICE_KEYS) or told[0], _named(node, REGION_KEYS) or told[1])
        for value in node.values():
            yield from _walk(value, wanted, provider, here, depth + 1)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value, wanted, provider, told, depth + 1)


def _names_a_prefix(node: object, depth: int) -> bool:
    """Whether any text of a body is a prefix: an error in JSON is no list."""
    if isinstance(node, str):
        return bool(_PREFIX.fullmatch(node))
    inner = node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ()
    return depth <= MAX_DEPTH and any(_names_a_prefix(one, depth + 1) for one in inner)


def _named(node: Mapping[str, object], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = node.get(key)
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            value = ", ".join(value[:8])
        if isinstance(value, str) and value and "/" not in value:
            return printable(value, 80)
    return ""


def _length(found: PublishedRange) -> tuple[int, str, str]:
    return int(found.prefix.rpartition("/")[2]), found.service, found.region
