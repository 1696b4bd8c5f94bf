"""The stored head of an HTTP answer: status and headers, as text. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MAX_HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class HttpHead:
    """Status and headers of an answer; names in small letters, the last of several of one name."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def get(self, name: str) -> str:
        return self.headers.get(name, "")


def encode_head(status: int, reason: str, headers: list[tuple[str, str]]) -> bytes:
    """A head as it is stored: one line for the status and one for each header."""
    lines = [f"HTTP {status} {reason}".rstrip(), *(f"{name}: {value}" for name, value in headers)]
    clean = (line.replace("\r", " ").replace("\n", " ") for line in lines)
    return "".join(f"{line}\n" for line in clean).encode("utf-8", "surrogateescape")[:MAX_HEAD]


def decode_head(data: bytes) -> HttpHead:
    """The inverse of `encode_head`; a status of 0 for anything else."""
    first, *rest = data.decode("utf-8", "replace").split("\n")
    words = first.split(" ")
    if len(words) < 2 or words[0] != "HTTP" or not words[1].isascii() or not words[1].isdigit():
        return HttpHead()
    headers = (line.partition(":") for line in rest if ":" in line)
    return HttpHead(
        int(words[1]), MappingProxyType({name.strip().lower(): value.strip() for name, _, value in headers})
    )
