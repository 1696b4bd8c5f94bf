"""The operations of the API."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar, cast

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from auditor.errors import (
    AuditorError,
    ChangedSinceError,
    ConfigError,
    EvidenceIndexError,
    NotAllowedError,
    NotShownError,
    OutcomeUnknownError,
    SecondPersonError,
    SignInError,
    TargetsError,
    TooManyTriesError,
    VaultError,
)
from auditor.model.people import Permission
from auditor.web.api import shapes
from auditor.web.routing import ApiDoor
from auditor.wording import page_text
from auditor.workflow import Desk

LOGGER = logging.getLogger("auditor.web")
T = TypeVar("T")
PREFIX = "/api/v1"
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": shapes.Refusal, "description": text}
    for status, text in (
        (202, "Recorded as a proposal: with four eyes it counts once a second person decides the same."),
        (400, "What was sent cannot be done."),
        (401, "No token, or one that is not known, has run out or may not come from here."),
        (403, "The token does not have the permission, or the request came from another site."),
        (404, "There is none, or it is outside the scope."),
        (409, "Nothing was recorded: another process holds the workspace."),
        (413, "More than is taken at once."),
        (422, "What was sent has another shape."),
        (429, "Too many; `Retry-After` says when again."),
        (503, "What stands cannot be told: the index is not kept up now, and the log of `auditor serve` says why."),
        (504, "Whether something was recorded is not known; `error` says where it is seen. Look there before a retry."),
    )
}
After = Annotated[str, Query(max_length=1_000, description="`next` of the part before.")]
Limit = Annotated[int, Query(ge=1, le=200)]
_OPERATIONS = APIRouter()
_BEARER = HTTPBearer(auto_error=False, description="An API token, made on the page of one's account.")


def desk_of(request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]) -> Desk:
    """The desk of whoever asks. `SignInError` where nobody is known."""
    door = cast("ApiDoor", request.app.state.door)
    desk = door.desk(request, "" if bearer is None else bearer.credentials)
    request.state.desk = desk
    return desk


Asking = Annotated[Desk, Depends(desk_of)]


def _needs(desk: Desk, permission: Permission, route: str) -> None:
    if not desk.may(permission):
        desk.acts.refused("permission", route)
        raise NotAllowedError("this token or account does not have the permission")


def _shown(desk: Desk, route: str, ask: Callable[[], T]) -> T:
    """The answer; that something was refused as not of the scope is journalled first."""
    try:
        return ask()
    except NotShownError:
        desk.acts.refused("scope", route)
        raise


def _asked(**values: str | int) -> Mapping[str, str]:
    return {name: str(value) for name, value in values.items() if value != ""}


def make_api(door: ApiDoor) -> FastAPI:
    """The API of one door."""
    app = _operations()
    app.state.door = door
    app.add_exception_handler(AuditorError, _refused)
    app.add_exception_handler(ChangedSinceError, _changed)
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_exception_handler(HTTPException, _not_routed)
    return app


def openapi_text() -> str:
    """The description, as it is shipped."""
    return files("auditor.web.api").joinpath("openapi.json").read_text("utf-8")


def described() -> str:
    """The description, made of the operations: what the shipped file must be."""
    return json.dumps(_operations().openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _changed(request: Request, error: Exception) -> Response:
    """In a worker thread: with the finding as it stands now."""
    desk: Desk = request.state.desk
    fingerprint = cast("ChangedSinceError", error).fingerprint
    found = desk.reads.standing.finding(fingerprint)
    told = shapes.NotRecorded(
        error=str(error), finding=None if found is None else shapes.finding_shape(found, outstanding=False)
    )
    return JSONResponse(told.model_dump(mode="json"), 409)


async def _refused(request: Request, error: Exception) -> Response:
    status, headers, said = 500, {}, str(error)
    match error:
        case SignInError():
            status, headers = 401, {"WWW-Authenticate": "Bearer"}
        case SecondPersonError():
            status = 202
        case NotAllowedError():
            status = 403
        case NotShownError():
            status = 404
        case TooManyTriesError():
            status, headers = 429, {"Retry-After": str(error.seconds)}
        case OutcomeUnknownError():
            status = 504
        case VaultError():
            status = 409
        case EvidenceIndexError():
            status, said = 503, page_text("error.index", "en")
            LOGGER.error("index: %s", error)
        case TargetsError() if not _sees_everybody(request):
            status, said = 400, page_text("error.targets", "en")
        case ConfigError():
            status = 400
        case _:
            LOGGER.error("fault: %s: %s", type(error).__name__, error)
            said = "a fault of ours; it was logged"
    return JSONResponse({"error": said}, status, headers)


def _sees_everybody(request: Request) -> bool:
    desk: Desk | None = getattr(request.state, "desk", None)
    return desk is not None and desk.scope.everybody


async def _not_routed(request: Request, error: Exception) -> Response:
    """No such address, or not by this method."""
    found = cast("HTTPException", error)
    return JSONResponse({"error": str(found.detail)}, found.status_code, found.headers)


async def _misshapen(request: Request, error: Exception) -> Response:
    """Where it has another shape, without what was sent."""
    found = cast("RequestValidationError", error).errors()
    places = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found[:10]]
    return JSONResponse({"error": "; ".join(places)}, 422)


def _operations() -> FastAPI:
    app = FastAPI(
        title="Licence-seat auditor", version="1", docs_url=None, redoc_url=None, openapi_url=None, responses=REFUSALS,
        description="What a person may see and do on the pages, for programs.", servers=[{"url": PREFIX}],
    )  # fmt: skip
    app.include_router(_OPERATIONS)
    return app


@_OPERATIONS.get("/openapi.json", include_in_schema=False)
def openapi_file() -> Response:
    """This description, as it stands in a file; it names nobody."""
    return Response(openapi_text(), media_type="application/json")


@_OPERATIONS.get("/me", operation_id="me")
def me(desk: Asking) -> shapes.WhoAmI:
    """Whose token or session it is, and what it may see."""
    return shapes.who_am_i(desk.who)


@_OPERATIONS.get("/positions", operation_id="positions")
def positions(
    desk: Asking,
    status: Annotated[str, Query(max_length=200)] = "",
    contract: Annotated[str, Query(max_length=200)] = "",
    product: Annotated[str, Query(max_length=200)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
    after: After = "",
    limit: Limit = 50,
) -> shapes.PositionPage:
    """Entitled against used, the largest over-use first."""
    _needs(desk, "read", "api.positions")
    asked = _asked(status=status, contract=contract, product=product, q=q, after=after, limit=limit)
    found = desk.reads.positions(asked)
    return shapes.PositionPage(
        as_of_line=desk.reads.standing.line,
        behind=desk.reads.standing.behind,
        outstanding=desk.reads.standing.outstanding,
        rows=[shapes.position_shape(row.position, outstanding=row.outstanding) for row in found.rows],
        next=found.more or None,
    )


@_OPERATIONS.get("/findings", operation_id="findings")
def findings(
    desk: Asking,
    queue: Annotated[Literal["open", "review", "other_side", "decided", "gone", "all"], Query()] = "all",
    severity: Annotated[str, Query(max_length=200)] = "",
    rule: Annotated[str, Query(max_length=200)] = "",
    contract: Annotated[str, Query(max_length=200)] = "",
    deployment: Annotated[str, Query(max_length=200)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
    after: After = "",
    limit: Limit = 50,
) -> shapes.FindingPage:
    """Findings, the weightiest first."""
    _needs(desk, "read", "api.findings")
    asked = _asked(
        queue=queue, severity=severity, rule=rule, contract=contract, deployment=deployment, q=q, after=after,
        limit=limit,
    )  # fmt: skip
    found = desk.reads.queue(asked)
    return shapes.FindingPage(
        as_of_line=desk.reads.standing.line,
        behind=desk.reads.standing.behind,
        outstanding=desk.reads.standing.outstanding,
        rows=[shapes.finding_shape(row, outstanding=row.fingerprint in found.outstanding) for row in found.rows],
        next=found.more or None,
    )


@_OPERATIONS.get("/deployments/{deployment}", operation_id="deployment")
def deployment(desk: Asking, deployment: str) -> shapes.DeploymentShape:
    """One deployment with its positions and newest captures."""
    _needs(desk, "read", "api.deployment")
    one = _shown(desk, "api.deployment", lambda: desk.deployment(deployment))
    found, packages, late = desk.reads.opened(one.id)
    return shapes.DeploymentShape(
        as_of_line=desk.reads.standing.line,
        behind=desk.reads.standing.behind,
        deployment=one.id,
        name=one.name,
        address=one.address,
        product=one.product,
        positions=[shapes.position_shape(row, outstanding=late) for row in found],
        captures=[shapes.capture_shape(row) for row in packages[:200]],
    )


@_OPERATIONS.get("/captures/{capture}", operation_id="capture")
def capture(desk: Asking, capture: str) -> shapes.CaptureShape:
    """One capture."""
    _needs(desk, "read", "api.capture")
    return shapes.capture_shape(_shown(desk, "api.capture", lambda: desk.reads.capture(capture)))


@_OPERATIONS.post(
    "/findings/decisions", operation_id="decide_finding", status_code=201, responses={409: {
        "model": shapes.NotRecorded,
        "description": "Nothing was recorded: the finding says something else by now, or another process holds the"
        " workspace.",
    }},
)  # fmt: skip
def decide_finding(desk: Asking, decision: shapes.FindingDecision) -> shapes.Recorded:
    """Decide a finding as it was looked at; the same journal line as `auditor confirm finding`."""
    _needs(desk, "decide", "api.decide_finding")
    made = _shown(
        desk,
        "api.decide_finding",
        lambda: desk.acts.decide_finding(
            decision.fingerprint, decision.state, seen=decision.seen, reason=decision.reason, until=decision.until,
            evidence=decision.evidence, seen_line=decision.seen_line,
        ),
    )  # fmt: skip
    return shapes.Recorded(id=made.id)


@_OPERATIONS.post("/deployments/{deployment}/counts", operation_id="confirm_count", status_code=201)
def confirm_count(desk: Asking, deployment: str, decision: shapes.CountDecision) -> shapes.Recorded:
    """Confirm a count; the same journal line as `auditor confirm count`."""
    _needs(desk, "decide", "api.confirm_count")
    made = _shown(
        desk,
        "api.confirm_count",
        lambda: desk.acts.confirm_count(
            deployment, decision.value, reason=decision.reason, metric=decision.metric, by_code=decision.by_code,
            by_kind=decision.by_kind, evidence=decision.evidence, seen_line=decision.seen_line,
        ),
    )  # fmt: skip
    return shapes.Recorded(id=made.id)


@_OPERATIONS.post("/remarks", operation_id="remark", status_code=201)
def remark(desk: Asking, remark: shapes.Remark) -> shapes.Recorded:
    """Remark on a deployment, a capture or a finding."""
    _needs(desk, "comment", "api.remark")
    line = _shown(desk, "api.remark", lambda: desk.acts.comment(remark.subject, remark.text))
    return shapes.Recorded(id=str(line))
