"""Microsoft Graph's addresses: which operation a path means, whom it is for, what it costs, what goes wrong with it."""

import asyncio
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from entra_emulator import applications, faulty, payload, principals, query
from entra_emulator.budgets import WARNED_FROM, Spent
from entra_emulator.callers import Caller, identify
from entra_emulator.calls import Answer, Call, Operation
from entra_emulator.connection import cut
from entra_emulator.faults import Fault, Kind
from entra_emulator.login_site import base
from entra_emulator.objects import Json
from entra_emulator.refusals import Refusal, bad
from entra_emulator.tenants import Tenant, Tenants

ONE = r"(?:/(?P<id>(?!\$|delta(?:/|$))[^/()]+)|\((?P<key>appId|uniqueName)='(?P<value>(?:[^']|'')*)'\))"
APPLICATION, PRINCIPAL = f"applications{ONE}", f"servicePrincipals{ONE}"
BIN = r"directory/deletedItems"
METHODS = ["GET", "POST", "PATCH", "DELETE"]
CHEAP_PAGES = {str(size) for size in range(1, 20)}
EXPENSIVE = {"list-applications", "read-application", "list-assignments"}


@dataclass(frozen=True)
class Place:
    """One thing that can be asked for."""

    name: str
    method: str
    pattern: re.Pattern[str]
    operation: Operation

    @property
    def writes(self) -> int:
        """How many writes it costs."""
        return int(self.method != "GET")

    def units(self, asked: Mapping[str, str]) -> int:
        """Return what it costs in resource units."""
        top = asked.get("$top", "")
        cheaper = ("$select" in asked) + (top in CHEAP_PAGES)
        return max(1, 1 + (self.name in EXPENSIVE) - cheaper + ("$expand" in asked))


PLACES = [
    Place(name, method, re.compile(pattern, re.IGNORECASE), operation)
    for name, method, pattern, operation in (
        ("create-application", "POST", "applications", applications.create),
        ("list-applications", "GET", "applications", applications.listing),
        ("read-application", "GET", APPLICATION, applications.read),
        ("change-application", "PATCH", APPLICATION, applications.change),
        ("delete-application", "DELETE", APPLICATION, applications.delete),
        ("add-password", "POST", f"{APPLICATION}/(?:microsoft.graph.)?addPassword", applications.add_password),
        ("remove-password", "POST", f"{APPLICATION}/(?:microsoft.graph.)?removePassword", applications.remove_password),
        ("list-owners", "GET", f"{APPLICATION}/owners", principals.owners),
        ("add-owner", "POST", f"{APPLICATION}/owners/\\$ref", principals.add_owner),
        ("create-principal", "POST", "servicePrincipals", principals.create),
        ("list-principals", "GET", "servicePrincipals", principals.listing),
        ("read-principal", "GET", PRINCIPAL, principals.read),
        ("change-principal", "PATCH", PRINCIPAL, principals.change),
        ("delete-principal", "DELETE", PRINCIPAL, principals.delete),
        ("assign-role", "POST", f"{PRINCIPAL}/appRole(?:AssignedTo|Assignments)", principals.assign),
        ("list-assignments", "GET", f"{PRINCIPAL}/appRoleAssignments", principals.assignments),
        ("list-assigned", "GET", f"{PRINCIPAL}/appRoleAssignedTo", principals.assigned_to),
        ("unassign", "DELETE", f"{PRINCIPAL}/appRole(?:AssignedTo|Assignments)/(?P<grant>[^/]+)", principals.unassign),
        (
            "list-deleted",
            "GET",
            rf"{BIN}/(?:microsoft\.)?graph\.(?P<kind>application|servicePrincipal)",
            applications.deleted,
        ),
        ("restore", "POST", f"{BIN}/(?P<id>[^/.]+)/(?:microsoft.graph.)?restore", applications.restore),
        ("read-deleted", "GET", f"{BIN}/(?P<id>[^/.]+)", applications.read_deleted),
        ("purge", "DELETE", f"{BIN}/(?P<id>[^/.]+)", applications.purge),
        ("organization", "GET", "organization", principals.organization),
    )
]


class Graph:
    """The site."""

    def __init__(self, tenants: Tenants) -> None:
        """Serve these tenants."""
        self._tenants = tenants

    def routes(self) -> list[Route]:
        """Return its addresses."""
        return [Route(f"/{version}/{{path:path}}", self._answer, methods=METHODS) for version in ("v1.0", "beta")]

    async def _answer(self, request: Request) -> Response:
        marks = _marks(request)
        try:
            tenant, caller = identify(self._tenants, request.headers.get("Authorization", ""))
            place, names = _find(request)
        except Refusal as refusal:
            return _refused(refusal, marks)
        began = time.perf_counter()
        await asyncio.sleep(tenant.faults.pause())
        fault = tenant.faults.take({"graph", "write" if place.writes else "read", place.name})
        if fault and fault.kind is Kind.CUT:
            answer: Response = _refused(Refusal("InternalServerError", "cut"), marks)
        else:
            answer = await self._carried_out(request, tenant, caller, (place, names), fault)
        _note(request, tenant, caller, place, answer, fault, began)
        if fault and fault.kind in {Kind.LOST, Kind.CUT}:
            await cut(request)
        return answer

    async def _carried_out(
        self,
        request: Request,
        tenant: Tenant,
        caller: Caller,
        found: tuple[Place, Mapping[str, str]],
        fault: Fault | None,
    ) -> Response:
        place, names = found
        marks, at, units = _marks(request), tenant.clock.now(), place.units(request.query_params)
        spent = tenant.budgets.spend(caller.app_id, units=units, writes=place.writes, at=at)
        try:
            body = _read(await request.body()) if place.writes else {}
            _require_room(spent, tenant, marks)
            faulty.before(fault, marks, f"{caller.app_id}/{tenant.id}")
            tenant.directory.empty_bin(at)
            call = Call(
                tenant, caller, at, _address(request), request.path_params["path"], names, request.query_params,
                request.headers.get("Prefer", ""), body, not place.writes, _is_eventual(request),
            )  # fmt: skip
            query.check(call, place.name)
            answer = faulty.after(fault, place.operation(call))
        except Refusal as refusal:
            return _refused(refusal, marks)
        return _said(answer, marks)


def _find(request: Request) -> tuple[Place, Mapping[str, str]]:
    path = request.path_params["path"].rstrip("/")
    for place in PLACES:
        if place.method == request.method and (found := place.pattern.fullmatch(path)):
            return place, found.groupdict()
    last = path.rsplit("/", 1)[-1]
    raise Refusal("BadRequest", f"Resource not found for the segment '{last}': the emulator does not have it.")


def _read(octets: bytes) -> Json:
    try:
        body: Any = payload.read(octets) if octets else {}
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise bad("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is JSON.")
    return body


def _require_room(spent: Spent, tenant: Tenant, marks: dict[str, str]) -> None:
    marks["x-ms-resource-unit"] = str(spent.units)
    if spent.share > WARNED_FROM:
        marks["x-ms-throttle-limit-percentage"] = f"{spent.share:.2f}"
    if spent.information:
        wait = max(1, math.ceil(tenant.clock.waiting(spent.wait)))
        raise faulty.throttled(marks, wait=wait, scope=spent.scope, information=spent.information)


def _address(request: Request) -> str:
    return f"{base(request)}/{request.url.path.split('/')[1]}"


def _is_eventual(request: Request) -> bool:
    return request.headers.get("ConsistencyLevel", "").lower() == "eventual"


def _marks(request: Request) -> dict[str, str]:
    own = str(uuid4())
    return {"request-id": own, "client-request-id": request.headers.get("client-request-id", own)}


def _said(answer: Answer, marks: dict[str, str]) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status, headers=marks)
    kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
    return JSONResponse(answer.body, answer.status, {**marks, "Content-Type": kind})


def _refused(refusal: Refusal, marks: dict[str, str]) -> Response:
    date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    ids = {"request-id": marks["request-id"], "client-request-id": marks["client-request-id"]}
    error: Json = {"code": refusal.code, "message": refusal.message, "innerError": {"date": date} | ids}
    if refusal.details:
        error["details"] = list(refusal.details)
    return JSONResponse({"error": error}, refusal.status, marks)


def _note(
    request: Request,
    tenant: Tenant,
    caller: Caller,
    place: Place,
    answer: Response,
    fault: Fault | None,
    began: float,
) -> None:
    tenant.log.note(
        operation=place.name,
        method=request.method,
        path=request.url.path,
        status=answer.status_code,
        writes=place.writes,
        app_id=caller.app_id,
        at=tenant.clock.now(),
        took=round(time.perf_counter() - began, 4),
        fault=fault and fault.kind,
        request_id=answer.headers["request-id"],
        client_request_id=answer.headers["client-request-id"],
        priority=request.headers.get("x-ms-throttle-priority"),
    )
