"""One WHOIS question (RFC 3912): a line out, bytes in, until the server closes or a bound is reached."""

from __future__ import annotations

import socket

from auditor.clock import monotonic
from auditor.hosting.lookup.bounds import LookupBounds, WireAnswer
from auditor.model.hosting import Transport


def ask_whois(host: str, port: int, question: str, bounds: LookupBounds) -> WireAnswer:
    """The answer's bytes. A server that never closes is left at the bound, with what it sent kept."""
    ends, data = monotonic() + bounds.whois, bytearray()
    try:
        with socket.create_connection((host, port), timeout=bounds.connect) as sock:
            sock.sendall(f"{question}\r\n".encode("ascii"))
            while True:
                left = ends - monotonic()
                if left <= 0:
                    return _left("answered" if data else "timed_out", data, f"did not close within {bounds.whois:g} s")
                sock.settimeout(left)
                block = sock.recv(1 << 13)
                if not block:
                    return _left("answered" if data else "cut", data, "" if data else "closed without a word")
                data += block
                if len(data) > bounds.whois_bytes:
                    return _left("answered", data[: bounds.whois_bytes], f"more than {bounds.whois_bytes} bytes")
    except TimeoutError:
        return _left("answered" if data else "timed_out", data, f"did not close within {bounds.whois:g} s")
    except (OSError, UnicodeError) as error:
        return _left("answered" if data else "unreachable", data, type(error).__name__)


def _left(ended: Transport, data: bytes | bytearray, detail: str) -> WireAnswer:
    return WireAnswer(ended, bytes(data), detail)
