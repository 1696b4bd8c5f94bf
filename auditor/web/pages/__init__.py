"""The pages of the desk: each file has its handlers and ends with its routes.

Protocol: a handler is a plain function `(desk, request) -> Response`; it asks the desk, renders, and knows nothing else
of the house. `PAGE_ROUTES` is what the app is made of, beside signing in, accounts, administration and the API.

============  =======================================================================================================
`overview`    the first page
============  =======================================================================================================
"""

from auditor.web.pages import overview
from auditor.web.routing import WebRoute

PAGE_ROUTES: tuple[WebRoute, ...] = (*overview.ROUTES,)

__all__ = ["PAGE_ROUTES"]
