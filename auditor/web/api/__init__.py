"""The API: the same desk as the pages', for programs with a token of their own. Mounted at `/api/v1`.

Protocol: `make_api` gives the FastAPI app over one `ApiDoor`; each operation gets the desk of whoever the token, or a
session of the pages, belongs to. Every list goes on behind a row: `next` is given back as `after`. An error is one
member, `error`, with its status. `openapi.json` describes all of it (OpenAPI 3.1) and is served as it stands, with no
page of scripts around it.

============  =====================================================================================================
`operations`  the operations
`shapes`      the JSON values that are taken and given
============  =====================================================================================================
"""

from auditor.web.api.operations import PREFIX, described, make_api, openapi_text

__all__ = ["PREFIX", "described", "make_api", "openapi_text"]
