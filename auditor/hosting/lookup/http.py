"""One HTTP request without redirects: head and body as they came, bounded in time and size."""

from __future__ import annotations

import threading

import requests
import urllib3.exceptions

from auditor.clock import monotonic
from auditor.hosting.answers.http_head import encode_head
from auditor.hosting.lookup.bounds import LookupBounds, WireAnswer

ACCEPT = "application/rdap+json, application/json;q=0.9, text/plain;q=0.5"
HEADERS = {"Accept": ACCEPT, "Accept-Encoding": "identity", "User-Agent": "seat-auditor (hosting look-up)"}
_BLOCK = 1 << 14


def fetch(url: str, bounds: LookupBounds, most: int) -> WireAnswer:
    """The answer to one GET. Never raises for a server: what went wrong is how it ended.

    A server that sends a byte now and then, in its headers too, is left at the bound: the request is made in a thread
    of its own, which nobody waits for any longer.
    """
    made: list[WireAnswer] = []
    asking = threading.Thread(target=lambda: made.append(_get(url, bounds, most)), daemon=True, name="look-up")
    asking.start()
    asking.join(bounds.connect + bounds.whole)
    return made[0] if made else WireAnswer("timed_out", detail=f"not whole within {bounds.whole:g} s")


def _get(url: str, bounds: LookupBounds, most: int) -> WireAnswer:
    ends = monotonic() + bounds.whole
    try:
        with requests.get(
            url, headers=HEADERS, timeout=(bounds.connect, bounds.whole), allow_redirects=False, stream=True
        ) as answer:
            head = encode_head(answer.status_code, answer.reason or "", list(answer.headers.items()))
            data = bytearray()
            while block := answer.raw.read1(_BLOCK, decode_content=False):
                data += block
                if len(data) > most:
                    return WireAnswer("too_large", detail=f"more than {most} bytes", head=head)
                if monotonic() > ends:
                    return WireAnswer("timed_out", detail=f"not whole within {bounds.whole:g} s", head=head)
            said = answer.headers.get("Content-Length", "")
            if said.isascii() and said.isdigit() and int(said) != len(data):
                return WireAnswer("cut", bytes(data), "shorter than announced", head, answer.status_code)
            location, retry = answer.headers.get("Location", ""), answer.headers.get("Retry-After", "")
            return WireAnswer("answered", bytes(data), "", head, answer.status_code, location, retry)
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        return WireAnswer("timed_out", detail=type(error).__name__)
    except (urllib3.exceptions.ProtocolError, requests.exceptions.ChunkedEncodingError) as error:
        return WireAnswer("cut", detail=type(error).__name__)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        return WireAnswer("unreachable", detail=type(error).__name__)
