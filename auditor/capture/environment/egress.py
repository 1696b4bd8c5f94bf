"""From which address this machine is seen: asked of an observer that answers with the address it was asked from."""

from __future__ import annotations

import ipaddress

import requests
import urllib3

EGRESS_SECONDS = 10
MOST_BYTES = 256


def observe_egress(observer: str, seconds: float = EGRESS_SECONDS) -> tuple[str, str]:
    """The address, and an empty text; or an empty text, and why it is not known. No proxy is used."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            with session.get(observer, timeout=seconds, stream=True, allow_redirects=False) as answer:
                if answer.status_code != 200:
                    return "", f"{observer} answers with status {answer.status_code}"
                said = answer.raw.read(MOST_BYTES, decode_content=True)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        return "", f"{observer} does not answer: {type(error).__name__}"
    text = bytes(said).decode("ascii", "replace").strip()
    try:
        return str(ipaddress.ip_address(text)), ""
    except ValueError:
        return "", f"{observer} answers with no address: {text[:60]!r}"
