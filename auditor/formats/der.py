"""A small reader of DER and BER, bounded and without copies: enough to walk a timestamp response. Pure.

The libraries decode and verify; this reader only finds what they do not show (signed attributes, responses that the
library refuses for the order of a certificate SET). X.690 §8; an indefinite length is read because authorities send it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

INTEGER, BIT_STRING, OCTETS, OID, SEQUENCE, SET, TIME, BOOLEAN = 0x02, 0x03, 0x04, 0x06, 0x30, 0x31, 0x18, 0x01
MAX_DEPTH = 40


class DerError(ValueError):
    """The bytes are not what was expected; the text says which part."""


@dataclass(frozen=True, slots=True)
class Node:
    """One element: its tag byte and where header, content and end lie in the whole."""

    data: bytes
    start: int
    body: int
    stop: int
    """End of the content."""
    end: int
    """End of the element (after an end-of-contents mark, where the length is indefinite)."""

    @property
    def tag(self) -> int:
        return self.data[self.start]

    @property
    def raw(self) -> bytes:
        return self.data[self.start : self.end]

    @property
    def content(self) -> bytes:
        return self.data[self.body : self.stop]

    def children(self) -> list[Node]:
        """The elements inside a constructed one."""
        if not self.tag & 0x20:
            raise DerError(f"element {self.tag:#04x} holds no elements")
        return list(_elements(self.data, self.body, self.stop))

    def octets(self) -> bytes:
        """Content of an octet string, joined where it was sent in parts."""
        if self.tag & 0x20:
            return b"".join(child.octets() for child in self.children())
        return self.content

    def integer(self) -> int:
        if not self.content:
            raise DerError("an integer without content")
        return int.from_bytes(self.content, "big", signed=True)

    def oid(self) -> str:
        """Dotted form of an object identifier."""
        if self.tag != OID or not self.content or self.content[-1] & 0x80:
            raise DerError("not an object identifier")
        arcs, value = [], 0
        for byte in self.content:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def _elements(data: bytes, at: int, stop: int) -> Iterator[Node]:
    while at < stop:
        node = parse_element(data, at, stop)
        yield node
        at = node.end


def parse_element(data: bytes, at: int, stop: int, depth: int = 0) -> Node:
    """The element that begins at `at`; `DerError` where it does not fit before `stop`."""
    if at + 2 > stop or depth > MAX_DEPTH:
        raise DerError("truncated, or nested too deep")
    if data[at] & 0x1F == 0x1F:
        raise DerError("a multi-byte tag")
    first, body = data[at + 1], at + 2
    if first == 0x80:
        inner = body
        while True:
            if inner + 2 > stop:
                raise DerError("an indefinite length without its end")
            if data[inner] == 0 and data[inner + 1] == 0:
                return Node(data, at, body, inner, inner + 2)
            inner = parse_element(data, inner, stop, depth + 1).end
    if first & 0x80:
        count = first & 0x7F
        if count > 4 or body + count > stop:
            raise DerError("a length that does not fit")
        first, body = int.from_bytes(data[body : body + count], "big"), body + count
    if body + first > stop:
        raise DerError("truncated")
    return Node(data, at, body, body + first, body + first)


def parse_single_element(data: bytes, tag: int) -> Node:
    """The one element that `data` is; trailing bytes are refused."""
    node = parse_element(data, 0, len(data))
    if node.tag != tag:
        raise DerError(f"expected element {tag:#04x}, found {node.tag:#04x}")
    if node.end != len(data):
        raise DerError(f"{len(data) - node.end} bytes after the end")
    return node
