"""From which address this machine is seen: asked of an observer that answers with the address it was asked from."""

from __future__ import annotations

import ipaddress
import queue
import threading

import requests
import urllib3

from auditor.clock import monotonic

EGRESS_SECONDS = 10.0
MOST_BYTES = 256
LINGERING = 4
_ASKING = threading.Semaphore(LINGERING)
"""An answer whose head comes letter by letter goes on being read: no more than so many."""


def observe_egress(observer: str, seconds: float = EGRESS_SECONDS) -> tuple[str, str]:
    """The address, and an empty text; or an empty text, and why it is not known. No proxy is used.

    `seconds`: for the whole answer, however it comes.
    """
    found = queue.SimpleQueue[tuple[str, str]]()

    def ask() -> None:
        try:
            found.put(_ask(observer, seconds))
        finally:
            _ASKING.release()

    if not _ASKING.acquire(timeout=seconds):
        return "", f"{observer} was not asked: {LINGERING} answers are awaited already"
    threading.Thread(target=ask, name="egress", daemon=True).start()
    try:
        return found.get(timeout=seconds)
    except queue.Empty:
        return "", _late(observer, seconds)


def _ask(observer: str, seconds: float) -> tuple[str, str]:
    until, said = monotonic() + seconds, b""
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.get(observer, timeout=seconds, stream=True, allow_redirects=False) as answer:
                if answer.status_code != 200:
                    return "", f"{observer} answers with status {answer.status_code}"
                while len(said) < MOST_BYTES and (block := answer.raw.read1(MOST_BYTES, decode_content=True)):
                    said += block
                    if monotonic() > until:
                        return "", _late(observer, seconds)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        return "", f"{observer} does not answer: {type(error).__name__}"
    text = said[:MOST_BYTES].decode("ascii", "replace").strip()
    try:
        return str(ipaddress.ip_address(text)), ""
    except ValueError:
        return "", f"{observer} answers with no address: {text[:60]!r}"


def _late(observer: str, seconds: float) -> str:
    return f"{observer} does not answer within {seconds:g} s"
