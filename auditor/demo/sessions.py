"""Sessions of a site: an HttpOnly cookie, and a CSRF token bound to it."""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass, replace

COOKIE = "JSESSIONID"


@dataclass(frozen=True, slots=True)
class Session:
    """One visitor's session. Its id and token are random, 32 characters each."""

    id: str
    csrf_token: str
    logged_in: bool = False
    pages_left: int | None = None
    """Pages until the session expires; None: it does not."""

    @property
    def header(self) -> tuple[str, str]:
        return "Set-Cookie", f"{COOKIE}={self.id}; Path=/; HttpOnly; SameSite=Lax"


class SessionStore:
    """The sessions of one site; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._issued: set[str] = set()
        self._expire_after: int | None = None

    def open(self, *, logged_in: bool = False) -> Session:
        session = Session(
            secrets.token_hex(16).upper(), secrets.token_hex(16), logged_in, self._expire_after if logged_in else None
        )
        with self._lock:
            self._sessions[session.id] = session
            self._issued |= {session.id, session.csrf_token}
        return session

    @property
    def issued(self) -> frozenset[str]:
        """Every cookie value and CSRF token handed out so far, ended sessions included."""
        with self._lock:
            return frozenset(self._issued)

    def get(self, cookie: str | None) -> Session | None:
        with self._lock:
            return self._sessions.get(cookie or "")

    def use(self, cookie: str | None) -> Session | None:
        """The logged-in session of that cookie, counting one page of its life; None where there is none."""
        with self._lock:
            session = self._sessions.get(cookie or "")
            if session is None or not session.logged_in:
                return None
            if session.pages_left is not None:
                if session.pages_left == 0:
                    del self._sessions[session.id]
                    return None
                session = replace(session, pages_left=session.pages_left - 1)
                self._sessions[session.id] = session
            return session

    def log_in(self, before: Session) -> Session:
        """A new session in place of the one that carried the form: ids do not survive a login."""
        self.close(before.id)
        return self.open(logged_in=True)

    def close(self, cookie: str | None) -> None:
        with self._lock:
            self._sessions.pop(cookie or "", None)

    def close_all(self) -> None:
        with self._lock:
            self._sessions.clear()

    def expire_after(self, pages: int | None) -> None:
        """Sessions opened from now on end after so many pages."""
        self._expire_after = pages


def same_token(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
