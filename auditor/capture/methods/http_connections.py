"""The connections of the `http` method: through the declared proxy, with a client certificate, where there is one."""

from __future__ import annotations

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from auditor.capture.base.client_key import ClientKey
from auditor.capture.base.proxy_tunnel import CONNECT_SECONDS, ProxyHop, open_tunnel


class VisitAdapter(HTTPAdapter):
    """Connections of one visit. A proxy that fails raises `VisitEnded` out of the request."""

    def __init__(self, hop: ProxyHop | None, client_key: ClientKey | None) -> None:
        self._hop = hop
        self._client_key = client_key
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """See `requests.adapters.HTTPAdapter`."""
        if self._client_key is not None:
            more["ssl_context"] = self._client_key.tls_context()
        super().init_poolmanager(*args, **more)
        if self._hop is not None:
            self.poolmanager.pool_classes_by_scheme = _pools_through(self._hop)


def _pools_through(hop: ProxyHop) -> dict[str, type[HTTPConnectionPool]]:
    def tunnel(connection: HTTPConnection) -> socket.socket:
        seconds = connection.timeout if isinstance(connection.timeout, int | float) else CONNECT_SECONDS
        return open_tunnel(hop, connection.host, connection.port or connection.default_port, seconds)

    class PlainConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return tunnel(self)

    class SecureConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return tunnel(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": PlainPool, "https": SecurePool}
