"""Connections to the fleet's database: which settings they have, as whom they work, and what is said where they fail.

A partition must end a connection on both sides in seconds, since a lease lives as long as its connection: without these
settings the kernel keeps one for two hours. They are given with the connection and compared with what is in force.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import conninfo, sql

from auditor.errors import AwayError, ConfigError, VaultError

_AWAY = frozenset({"08", "53", "57", "58"})
"""Classes of errors that say that the database cannot now: connection, resources, an operator's act, its machine."""
_AGAIN = frozenset({"40P01", "55P03"})
"""Two transactions waited for each other, or one for too long: nothing of it was kept."""
FleetRole = Literal["auditor_maintenance", "auditor_worker", "auditor_reader"]
FleetConnection = psycopg.Connection[tuple[object, ...]]

CONNECT_SECONDS = 10
KEEPALIVE_IDLE, KEEPALIVE_INTERVAL, KEEPALIVE_COUNT = 5, 2, 3
"""Seconds of silence before the first probe, seconds between probes, probes without an answer."""
USER_TIMEOUT_MS = 10_000
"""How long sent bytes may stay unacknowledged."""
_SERVER_SETTINGS = {
    "tcp_keepalives_idle": str(KEEPALIVE_IDLE),
    "tcp_keepalives_interval": str(KEEPALIVE_INTERVAL),
    "tcp_keepalives_count": str(KEEPALIVE_COUNT),
    "tcp_user_timeout": str(USER_TIMEOUT_MS),
    # What is answered as kept is on this disk, and on that of a synchronous standby where there is one.
    "synchronous_commit": "on",
}
_WRITABLE = frozenset({"read-write", "primary"})
"""What `target_session_attrs` has to be where an address names several hosts: of these one takes lines."""

_SECRET = frozenset({"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"})
"""Parameters of libpq that no address may have."""
_UNREADABLE = (
    "the address of the database cannot be read; give postgresql://user@host:5432/name, the password in PGPASSFILE"
)
_SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where the database is, as `postgresql://user@host:port/name?sslmode=verify-full`; it has no secret.

    It may name several hosts, `host:port,host:port`, of which the one is worked with that takes lines. It is read by
    libpq alone: another reader of addresses would take other parts for the password.
    """

    url: str

    def __post_init__(self) -> None:
        """`ConfigError` for anything else than such an address, and where it has a password: nothing of it is said."""
        if not self.url.startswith(_SCHEMES) or "#" in self.url or not self.url.isprintable() or " " in self.url:
            raise ConfigError(_UNREADABLE)
        try:
            parts = conninfo.conninfo_to_dict(self.url)
        except psycopg.Error:
            raise ConfigError(_UNREADABLE) from None
        if _SECRET & parts.keys():
            raise ConfigError(
                "the address of the database has a password; write the password into the file that PGPASSFILE names,"
                " and give postgresql://user@host:5432/name"
            )
        # A password with a slash or an at sign in it is taken for a port and a name, or for a part of the host.
        ports, name = str(parts.get("port") or "").split(","), str(parts.get("dbname") or "")
        strange = set(name) & set("@:/?=") or "@" in str(parts.get("host") or "")[1:]
        if strange or not all(port.isdecimal() or not port for port in ports):
            raise ConfigError(_UNREADABLE)
        hosts = str(parts.get("host") or parts.get("hostaddr") or "")
        if "," in hosts and parts.get("target_session_attrs") not in _WRITABLE:
            raise ConfigError(
                "the address of the database names several hosts: add target_session_attrs=read-write, so that it leads"
                " to the one that takes lines"
            )

    @property
    def shown(self) -> str:
        """What is said and kept of it: all, since the same connection is to be made by it."""
        return self.url


def session_settings(**more: str) -> dict[str, Any]:
    """What every connection is opened with, as parameters of libpq; `more`: further settings of the server's side."""
    options = {**_SERVER_SETTINGS, **more}
    return {
        "connect_timeout": CONNECT_SECONDS,
        "keepalives": 1,
        "keepalives_idle": KEEPALIVE_IDLE,
        "keepalives_interval": KEEPALIVE_INTERVAL,
        "keepalives_count": KEEPALIVE_COUNT,
        "tcp_user_timeout": USER_TIMEOUT_MS,
        "options": " ".join(f"-c {setting}={value}" for setting, value in options.items()),
    }


def connect(address: DatabaseAddress, role: FleetRole | None, name: str = "auditor") -> FleetConnection:
    """A connection that works as `role` (None: as who logs in), each statement a transaction unless one is begun.

    `ConfigError` in one line where the database is not there, refuses, lacks the role, or does not take the settings.
    """
    try:
        connection = psycopg.connect(address.url, autocommit=True, application_name=name, **session_settings())
    except psycopg.Error as error:
        raise ConfigError(
            f"{address.shown}: the database cannot be opened: {_one_line(error)}; check that it runs, its name, the"
            " user, and the password (PGPASSFILE)"
        ) from None
    try:
        _require_settings(connection, address)
        if role is not None:
            _work_as(connection, role, address)
    except BaseException:
        connection.close()
        raise
    return connection


def _require_settings(connection: FleetConnection, address: DatabaseAddress) -> None:
    if connection.info.host.startswith("/") or not connection.info.host:
        return  # a socket of this machine: no network between
    query = "select name, setting from pg_settings where name = any(%s)"
    found = {str(name): said for name, said in connection.execute(query, (list(_SERVER_SETTINGS),)).fetchall()}
    for setting, value in _SERVER_SETTINGS.items():
        if found.get(setting) != value:
            raise ConfigError(
                f"{address.shown}: the setting {setting} is {found.get(setting, 'unknown')} where {value} was asked"
                " for; connect without a pooler between, or set it there"
            )


def _work_as(connection: FleetConnection, role: FleetRole, address: DatabaseAddress) -> None:
    try:
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
    except psycopg.errors.InvalidParameterValue:
        raise ConfigError(
            f"{address.shown}: there is no role {role} yet; prepare the database first: auditor fleet prepare"
        ) from None
    except psycopg.errors.InsufficientPrivilege:
        raise ConfigError(
            f"{address.shown}: the user {connection.info.user} has no role {role}; let the database's owner run:"
            f" grant {role} to {connection.info.user}"
        ) from None


@contextlib.contextmanager
def database_errors(address: DatabaseAddress) -> Iterator[None]:
    """Turns a refusal of the database into a `VaultError` of one line that says what to do; `AwayError` where it does
    not answer, takes no lines just now, or ended one of two transactions that waited for each other."""
    try:
        yield
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise AwayError(
            f"{address.shown}: the database takes no lines: {_one_line(error)}; it is a standby, or set to read-only:"
            " promote it, or give the address of the one that takes lines (target_session_attrs=read-write)"
        ) from error
    except psycopg.errors.SerializationFailure as error:
        raise VaultError(f"{address.shown}: {_one_line(error)}") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise VaultError(
            f"{address.shown}: the database refuses: {_one_line(error)}; check which role this user has"
        ) from error
    except psycopg.OperationalError as error:
        if error.sqlstate is not None and error.sqlstate[:2] not in _AWAY and error.sqlstate not in _AGAIN:
            raise VaultError(f"{address.shown}: the database refuses: {_one_line(error)}") from error
        raise AwayError(
            f"{address.shown}: the database does not answer: {_one_line(error)}; nothing was lost; run again once it"
            " does"
        ) from error
    except psycopg.Error as error:
        raise VaultError(f"{address.shown}: the database refuses: {_one_line(error)}") from error


def _one_line(error: BaseException) -> str:
    said = getattr(getattr(error, "diag", None), "message_primary", None) or str(error)
    return " ".join(str(said).split())
