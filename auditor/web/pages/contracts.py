"""The ledger of contracts, one contract as it was known on a day, and claims side by side."""

from __future__ import annotations

import hashlib
from datetime import date

from starlette.responses import Response

from auditor.errors import ConfigError
from auditor.web.pages.frame import show
from auditor.web.routing import WebRequest, WebRoute
from auditor.workflow import LIST_MEDIA_TYPES, Desk


def show_contracts(desk: Desk, request: WebRequest) -> Response:
    """The contracts of the scope."""
    return show(desk, request, "contracts.html", seen=desk.reads.contracts(request.query))


def show_contract(desk: Desk, request: WebRequest) -> Response:
    """One contract; with `known_on`, as it was known by the end of that day."""
    text = request.query.get("known_on", "")
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigError(f"{text[:20]!r} is not a day such as 2021-12-07") from None
    return show(desk, request, "contract.html", seen=desk.reads.contract(request.params["contract"], day))


def show_claims(desk: Desk, request: WebRequest) -> Response:
    """Scenarios side by side; with `set`, one of them once more with an assumption changed."""
    settings = [one for one in request.queries.get("set", ()) if one] if desk.may("claims") else []
    seen = desk.reads.claims(request.lang, request.query.get("scenario", ""), settings)
    return show(desk, request, "claims.html", seen=seen)


def send_worksheet(desk: Desk, request: WebRequest) -> Response:
    """The worksheet of all scenarios: it leaves, so it is an act."""
    data = desk.reads.claims_workbook()
    desk.acts.hand_out("worksheet", "claims", "xlsx", hashlib.sha256(data).hexdigest())
    headers = {"Content-Disposition": 'attachment; filename="worksheet.xlsx"'}
    return Response(data, media_type=LIST_MEDIA_TYPES["xlsx"], headers=headers)


ROUTES = (
    WebRoute("GET", "/contracts", "contracts", "read", show_contracts),
    WebRoute("GET", "/contracts/{contract}", "contract", "read", show_contract, sample={"contract": "contract"}),
    WebRoute("GET", "/claims", "claims", "read", show_claims),
    WebRoute("POST", "/claims/worksheet", "claims_worksheet", "export", send_worksheet),
)
