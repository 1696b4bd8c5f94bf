"""Just enough DER to rewrite a timestamp query or the status of a response (ITU-T X.690, RFC 3161 §2.4)."""

from __future__ import annotations

from dataclasses import dataclass

INTEGER, BIT_STRING, OCTET_STRING, UTF8_STRING, SEQUENCE, BOOLEAN = 0x02, 0x03, 0x04, 0x0C, 0x30, 0x01


@dataclass(frozen=True, slots=True)
class Element:
    """One tag, its contents, and its whole encoding."""

    tag: int
    body: bytes
    whole: bytes


def elements(data: bytes) -> tuple[Element, ...]:
    """The elements that lie one after the other in `data`. Raises `ValueError` on anything but definite lengths."""
    found: list[Element] = []
    at = 0
    while at < len(data):
        start, tag = at, data[at]
        at += 2
        length = data[at - 1] if at <= len(data) else -1
        if length == 0x80 or length > 0x84 or length < 0:
            raise ValueError("not DER: a length that this reader does not take")
        if length > 0x80:
            octets = length - 0x80
            length = int.from_bytes(data[at : at + octets], "big")
            at += octets
        if at + length > len(data):
            raise ValueError("not DER: a length beyond the end")
        found.append(Element(tag, data[at : at + length], data[start : at + length]))
        at += length
    return tuple(found)


def encode(tag: int, body: bytes) -> bytes:
    """One element."""
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def integer(value: int) -> bytes:
    """A non-negative INTEGER."""
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


@dataclass(frozen=True, slots=True)
class TimestampQuery:
    """A TimeStampReq, taken apart as far as the practice authority changes it."""

    algorithm: bytes
    """The AlgorithmIdentifier, encoded."""
    digest: bytes
    policy: bytes
    nonce: int | None
    certificates: bool

    @classmethod
    def parse(cls, data: bytes) -> TimestampQuery:
        """Raises `ValueError` for what is not a TimeStampReq."""
        outer = elements(data)
        if len(outer) != 1 or outer[0].tag != SEQUENCE:
            raise ValueError("not a TimeStampReq: one SEQUENCE expected")
        parts = elements(outer[0].body)
        if len(parts) < 2 or parts[0].body != b"\x01":
            raise ValueError("not a TimeStampReq: version 1 expected")
        imprint = elements(parts[1].body)
        if len(imprint) != 2 or imprint[1].tag != OCTET_STRING:
            raise ValueError("not a TimeStampReq: a message imprint expected")
        rest = {part.tag: part for part in parts[2:]}
        nonce = rest.get(INTEGER)
        return cls(
            imprint[0].whole,
            imprint[1].body,
            rest[0x06].whole if 0x06 in rest else b"",
            int.from_bytes(nonce.body, "big", signed=True) if nonce else None,
            BOOLEAN in rest and rest[BOOLEAN].body != b"\x00",
        )

    def encode(self) -> bytes:
        imprint = encode(SEQUENCE, self.algorithm + encode(OCTET_STRING, self.digest))
        nonce = b"" if self.nonce is None else integer(abs(self.nonce))
        flag = encode(BOOLEAN, b"\xff") if self.certificates else b""
        return encode(SEQUENCE, integer(1) + imprint + self.policy + nonce + flag)


def with_status(response: bytes, status: int) -> bytes:
    """The same TimeStampResp with another PKIStatus; the token inside is untouched."""
    _, *token = elements(elements(response)[0].body)
    info = encode(SEQUENCE, integer(status))
    return encode(SEQUENCE, info + b"".join(part.whole for part in token))


def encode_rejection(text: str) -> bytes:
    """A TimeStampResp that refuses: status 2, a free text, failInfo addInfoNotAvailable (17)."""
    texts = encode(SEQUENCE, encode(UTF8_STRING, text.encode()))
    bits = encode(BIT_STRING, b"\x06\x00\x00\x40")
    return encode(SEQUENCE, encode(SEQUENCE, integer(2) + texts + bits))


def encode_granted(token: bytes) -> bytes:
    """A TimeStampResp around a token (a CMS ContentInfo)."""
    return encode(SEQUENCE, encode(SEQUENCE, integer(0)) + token)
