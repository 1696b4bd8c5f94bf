"""The pages of the desk: each file has its handlers and ends with its routes.

Protocol: a handler is a plain function `(desk, request) -> Response`; it asks the desk, renders, and knows nothing else
of the house. `PAGE_ROUTES` is what the app is made of, beside signing in, accounts, administration and the API.

=============  ======================================================================================================
`frame`        what every page has around it: words, the moment and journal line it stands for
`overview`     the first page, lists as files, lists kept by name, search
`deployments`  one deployment, confirmed counts, remarks, letters drafted and checked
`captures`     one capture, two side by side, stored files, a package checked again or handed out
`findings`     the inbox, and decisions
`contracts`    the ledger of contracts, one as known on a day, claims side by side
`custody`      how the evidence is kept, everything verified, bundles
`schedule`     schedules, signs of life, a run begun and looked on at
`assistant`    the profile assistant
`newer`        what was added since the line that a page stands for
`live`         a stream of events, one of few of its session at a time
=============  ======================================================================================================
"""

from auditor.web.pages import assistant, captures, contracts, custody, deployments, findings, newer, overview, schedule
from auditor.web.routing import WebRoute

PAGE_ROUTES: tuple[WebRoute, ...] = (
    *overview.ROUTES,
    *deployments.ROUTES,
    *captures.ROUTES,
    *findings.ROUTES,
    *contracts.ROUTES,
    *custody.ROUTES,
    *schedule.ROUTES,
    *assistant.ROUTES,
    *newer.ROUTES,
)

__all__ = ["PAGE_ROUTES"]
