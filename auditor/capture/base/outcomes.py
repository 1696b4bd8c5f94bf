"""How a visit can end: by what the reader says of the page, and by which of Chromium's errors."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from auditor.model.captures import Outcome, ReadyState

OUTCOME_OF: Final[Mapping[ReadyState, Outcome]] = MappingProxyType(
    {
        "ready": "observed",
        # A value drawn in a picture is shown and evidenced; that no machine reads it is the reading's answer.
        "unreadable": "observed",
        "waiting": "not_settled",
        "no_value": "no_value",
        "label_missing": "label_missing",
        "not_logged_in": "not_logged_in",
        "obscured": "obscured",
    }
)
"""How the view of a page ends that is in this state when waiting for it ends, by every method of capture."""

_UNREACHABLE = (
    "NAME_NOT_RESOLVED",
    "NAME_RESOLUTION_FAILED",
    "CONNECTION_REFUSED",
    "CONNECTION_FAILED",
    "CONNECTION_TIMED_OUT",
    "ADDRESS_UNREACHABLE",
    "ADDRESS_INVALID",
    "INTERNET_DISCONNECTED",
    "NETWORK_ACCESS_DENIED",
    "DNS_",
)
_RESET = (
    "CONNECTION_RESET",
    "CONNECTION_CLOSED",
    "CONNECTION_ABORTED",
    "EMPTY_RESPONSE",
    "SOCKET_NOT_CONNECTED",
    "INVALID_HTTP_RESPONSE",
    "INVALID_CHUNKED_ENCODING",
    "INCOMPLETE_CHUNKED_ENCODING",
    "CONTENT_LENGTH_MISMATCH",
    "HTTP2_",
    "QUIC_",
    "RESPONSE_HEADERS_",
)


class VisitEnded(Exception):  # noqa: N818 - an ending is an outcome to record, not an error to report
    """A page or a visit ended before its value was evidenced. Never leaves this room: it becomes a `View`."""

    def __init__(self, outcome: Outcome, why: str) -> None:
        self.outcome = outcome
        self.why = why
        super().__init__(f"{outcome}: {why}")


def ending_for_network_error(error: str, url: str) -> VisitEnded:
    """The ending that a Chromium error such as `net::ERR_CONNECTION_RESET` means for a page."""
    code = error.removeprefix("net::ERR_")
    if code.startswith(("BAD_SSL_CLIENT_AUTH", "SSL_CLIENT_AUTH")):
        return VisitEnded("login_refused", f"The server at {url} asks for a client certificate ({error}).")
    if code.startswith(("PROXY_", "SOCKS_", "TUNNEL_")):
        return VisitEnded("proxy_failed", f"The proxy gave no connection for {url} ({error}).")
    if code.startswith("HTTP_RESPONSE_CODE_FAILURE"):
        return VisitEnded("http_error", f"The server answered {url} with an error status and an empty page.")
    if code.startswith("UNSAFE_PORT"):
        why = f"Chromium refuses the port of {url} and asked no server ({error}); visit the page by method http."
        return VisitEnded("error", why)
    if code.startswith(_UNREACHABLE):
        return VisitEnded("unreachable", f"No server could be reached at {url} ({error}).")
    if code.startswith(_RESET):
        return VisitEnded(
            "connection_reset", f"The server ended the connection without a whole answer at {url} ({error})."
        )
    if code.startswith("TOO_MANY_REDIRECTS"):
        return VisitEnded("redirect_loop", f"The server redirects without end from {url} ({error}).")
    if is_tls_error(error):
        return VisitEnded("tls_invalid", f"The TLS connection to {url} is not valid ({error}).")
    if code.startswith("TIMED_OUT"):
        return VisitEnded("timed_out", f"The server did not answer in time at {url} ({error}).")
    if code.startswith("BLOCKED_BY_CLIENT"):
        return VisitEnded("out_of_scope", f"{url} leads to an address that the deployment does not declare ({error}).")
    if code.startswith("ABORTED"):
        return VisitEnded("error", f"{url} answered with a download or with nothing to show ({error}).")
    return VisitEnded("error", f"The browser could not load {url} ({error}).")


def is_tls_error(error: str) -> bool:
    """Whether a Chromium error is about the certificate or the TLS handshake."""
    code = error.removeprefix("net::ERR_")
    return code.startswith(("CERT_", "SSL_", "BAD_SSL_", "ECH_"))
