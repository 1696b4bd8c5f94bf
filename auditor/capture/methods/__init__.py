"""The methods of capture: each a `CaptureMethod`, made anew for one visit with what it sees by and records to.

==========  ================================================================================================
method      how a page is had
==========  ================================================================================================
`browser`   Chromium, driven by protocol commands and real input; logs in where the deployment has a login
`http`      one GET a page by requests, with the cookies of the browser's login
==========  ================================================================================================

Files:

=========  ============================================================================================================
`browser`  one visit with Chromium: log in, open each page, wait for its values, take the originals, record the outcome
`browser_login`  the login of a visit in its browser: typed, or resumed from a person's own sign-in
`context`  what the methods of one visit share: by what they see, where it goes, and the login that one made for the
           other
`http_authentication`  the answer to a challenge of HTTP authentication
`http_fetching`  addresses fetched for the `http` method: redirects followed by hand, connections told
`http_connections`  the connections of the `http` method: through a proxy, with a client certificate
`http`     the `http` method: pages and JSON endpoints that need no browser, by `requests`, with the same evidence
=========  ============================================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

from auditor.capture.methods.browser import BrowserVisit
from auditor.capture.methods.context import VisitContext
from auditor.capture.methods.http import HttpVisit
from auditor.model.ports import CaptureMethod
from auditor.model.targets.deployments import MethodName


class MethodMaker(Protocol):
    """Makes a method for one visit."""

    def __call__(self, context: VisitContext) -> CaptureMethod:
        """`context`: what the visit is made with; shared by the methods of one visit."""
        ...


METHODS: Final[Mapping[MethodName, MethodMaker]] = MappingProxyType({"browser": BrowserVisit, "http": HttpVisit})
"""Every method by the name that `targets.yaml` gives it, in the order in which they visit."""
LOGS_IN: Final[MethodName] = "browser"
"""The method that performs a deployment's login: it takes part where there is one, though no page be its own."""

__all__ = ["LOGS_IN", "METHODS", "MethodMaker", "VisitContext"]
