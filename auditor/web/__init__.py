"""The door that answers over HTTP: the pages that people work with, the API, and the signs of life for probes.

Protocol: `serve_pages` answers on one socket for one `Office` of the corridor. A page is a function of a person's desk
and a request; it is one row of a route table (`app.TABLE`), which says what permission it needs. What is common to all
is done before and after it, once: host, origin, sizes, session, permission, the log of views, the headers.

================  ====================================================================================================
address           answer
================  ====================================================================================================
`/`, …            the pages (`pages/`), for who is signed in
`/sign-in`, …     signing in and out, first password, showing a secret again
`/shared/…`       a bundle, for whoever holds a link that stands
`/account`, …     one's own means of signing in, and sessions
`/people`, …      accounts, for administrators
`/api/v1/…`       the same answers for programs
`/static/…`       our own files, under an address with their digest
`/healthz`        200 while the process answers
`/metrics`        of `auditor schedule --listen`: figures in the text format of Prometheus
================  ====================================================================================================

Files:

================  ====================================================================================================
`serving`         the process: uvicorn and its bounds
`addresses`       where they are served and to whom: what the options of `serve` mean
`app`             the route table and the adapter through which each request reaches its handler
`sign_in`         signing in and out
`account`         one's own account
`administration`  people, grants, sessions
`sharing`         a bundle taken by a link, without an account
`pages/`          the pages of the desk
`api/`            the API: the same desk, for programs
`evidence`        stored bytes as picture, text or file; ranges
`rendering`       templates
`page_filters`    what every template may call: links that keep the state of a list, figures of drawings
`routing`         requests, routes, doorways
`security`        the guard around everything: host, origin, sizes, headers
`server`          health over HTTP by the standard library's server, for `auditor schedule --listen`
================  ====================================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.web.addresses import bind_address, door_settings
    from auditor.web.security import DoorSettings
    from auditor.web.server import HealthServer, serve_health
    from auditor.web.serving import page_server, serve_pages
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "DoorSettings": "security",
            "HealthServer": "server",
            "bind_address": "addresses",
            "door_settings": "addresses",
            "serve_health": "server",
            "page_server": "serving",
            "serve_pages": "serving",
        },
    )

__all__ = [
    "DoorSettings",
    "HealthServer",
    "bind_address",
    "door_settings",
    "page_server",
    "serve_health",
    "serve_pages",
]
