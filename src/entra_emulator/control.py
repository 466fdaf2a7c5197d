"""The address apart from the protocol: tenants, seeds, faults, limits, clock, log (docs/entra-emulator.md)."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from itertools import islice
from random import Random
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from entra_emulator import clock, payload, seeds
from entra_emulator.budgets import Limits
from entra_emulator.faults import Fault, Faults, Kind
from entra_emulator.graph import PLACES
from entra_emulator.objects import Json, plain
from entra_emulator.rules import Rules
from entra_emulator.tenants import Log, Tenant, Tenants

ROOT = "/_control"
OF_A_TENANT = f"{ROOT}/tenants/{{tenant}}"
OPERATIONS = {"token", "discovery", "graph", "read", "write"} | {place.name for place in PLACES}
STATUSES = {0, *range(400, 600)}
WORDS = {"list", "seed", "latency", "jitter"}
Page = Callable[[Request], Awaitable[Response]]
Act = Callable[[Tenant, Json], Json]


class Control:
    """The site."""

    def __init__(self, tenants: Tenants) -> None:
        """Rule these tenants."""
        self._tenants = tenants

    def routes(self) -> list[Route]:
        """Return its addresses."""
        acts: list[tuple[str, str, Act]] = [
            ("GET", "", show),
            ("DELETE", "", lambda tenant, _: self._drop(tenant)),
            ("GET", "/applications", inventory),
            ("POST", "/applications", seeds.seed_all),
            ("PUT", "/faults", set_faults),
            ("PUT", "/rules", set_rules),
            ("PUT", "/limits", set_limits),
            ("PUT", "/clock", set_clock),
            ("GET", "/log", show_log),
            ("DELETE", "/log", clear_log),
        ]
        return [
            Route(ROOT, _guarded(self._overview)),
            Route(f"{ROOT}/tenants", _guarded(self._add), methods=["POST"]),
            Route(f"{ROOT}/issuers", _guarded(self._trust), methods=["PUT"]),
            *(
                Route(OF_A_TENANT + path, _guarded(partial(self._act, act)), methods=[method])
                for method, path, act in acts
            ),
        ]

    async def _act(self, act: Act, request: Request) -> Json | None:
        tenant = self._tenants.find(request.path_params["tenant"])
        return act(tenant, await _body(request)) if tenant else None

    async def _overview(self, _request: Request) -> Json:
        return {"tenants": [show(each, {}) for each in self._tenants]}

    async def _add(self, request: Request) -> Json:
        body = await _body(request)
        tenant = self._tenants.add(body.get("tenant_id", ""), body.get("domain", ""), body.get("name", ""))
        seeds.give_graph(tenant)
        return show(tenant, {})

    async def _trust(self, request: Request) -> Json:
        body = await _body(request)
        self._tenants.issuers[body["issuer"]] = body["jwks"]
        return {"issuers": sorted(self._tenants.issuers)}

    def _drop(self, tenant: Tenant) -> Json:
        self._tenants.drop(tenant.id)
        return {}


def show(tenant: Tenant, _body: Json) -> Json:
    """Return everything about a tenant but its objects."""
    return {
        "tenant_id": tenant.id,
        "domain": tenant.domain,
        "name": tenant.name,
        "now": clock.written(tenant.clock.now()),
        "factor": tenant.clock.factor,
        "rules": asdict(tenant.rules),
        "limits": asdict(tenant.budgets.limits),
        "faults": [asdict(each) for each in tenant.faults.due],
        "counters": dict(tenant.log.counters),
        "used": tenant.directory.used,
    }


def inventory(tenant: Tenant, body: Json) -> Json:
    """Return every application as the directory has it, with its principal, those in the bin apart.

    Of a country, `most` after the first `skip`.
    """
    directory, skip = tenant.directory, int(body.get("skip", 0))
    end = skip + int(body["most"]) if "most" in body else None
    shown = islice(directory.applications.values(), skip, end)
    held = [(each, directory.principal(each.app_id, "appId")) for each in shown]
    return {
        "applications": [plain(each) | {"principal": own and plain(own)} for each, own in held],
        "bin": [plain(each) for each in directory.bin.values()],
    }


def set_faults(tenant: Tenant, body: Json) -> Json:
    """Let go wrong what is named, and nothing else: `{"seed", "latency", "jitter", "list": [{"kind", …}]}`."""
    for each in body.get("list", []):
        _check_kinds(asdict(Fault(Kind.LOST)), {name: value for name, value in each.items() if name != "kind"})
    due = [Fault(**{**each, "kind": Kind(each["kind"])}) for each in body.get("list", [])]
    if unknown := (set(body) - WORDS) | ({each.on for each in due} - OPERATIONS):
        raise ValueError(f"unknown: {sorted(unknown)}")
    if any(each.status not in STATUSES for each in due):
        raise ValueError("status")
    if impossible := next((each for each in due if not each.can_be), None):
        raise ValueError(f"'{impossible.kind}' does not go wrong on '{impossible.on}'")
    dice = Random(body.get("seed", 0))  # noqa: S311 - repeatable is the point
    tenant.faults = Faults(due, float(body.get("latency", 0)), float(body.get("jitter", 0)), dice)
    return show(tenant, {})


def set_rules(tenant: Tenant, body: Json) -> Json:
    """Change the rules that are named; an empty body makes them the usual ones."""
    _check_kinds(asdict(Rules()), body)
    for name, value in (body or asdict(Rules())).items():
        setattr(tenant.rules, name, value)
    return show(tenant, {})


def set_limits(tenant: Tenant, body: Json) -> Json:
    """Set the budgets that are named, the others as usual, and count anew."""
    _check_kinds(asdict(Limits()), body)
    if any(value <= 0 for value in body.values()):
        raise ValueError("limits are above zero")
    tenant.budgets.set(Limits(**body))
    return show(tenant, {})


def set_clock(tenant: Tenant, body: Json) -> Json:
    """Move it: `{"now": "2027-01-01T00:00:00Z"}`, `{"by": 3600}`, `{"factor": 60}`."""
    to = clock.read(body["now"]) if body.get("now") else None
    tenant.clock.move(to=to, by=float(body.get("by", 0)), factor=body.get("factor"))
    return show(tenant, {})


def show_log(tenant: Tenant, body: Json) -> Json:
    """Return the counters, and the lines after the number `after`."""
    after = int(body.get("after", 0))
    lines = [line for line in tenant.log.lines if line["number"] > after]
    return {"counters": dict(tenant.log.counters), "lines": lines}


def clear_log(tenant: Tenant, _body: Json) -> Json:
    """Forget the lines, and count anew."""
    tenant.log = Log(written=tenant.log.written)
    return {}


def _check_kinds(usual: Json, said: Json) -> None:
    for name, value in said.items():
        if isinstance(usual[name], bool | str):
            fits = isinstance(value, type(usual[name]))
        else:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            fits = is_number or (value is None and usual[name] is None)
        if not fits:
            raise ValueError(name)


def _guarded(page: Callable[[Request], Awaitable[Json | None]]) -> Page:
    async def guarded(request: Request) -> Response:
        try:
            said = await page(request)
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": repr(error)}, status_code=400)
        return Response(status_code=404) if said is None else JSONResponse(said)

    return guarded


async def _body(request: Request) -> Json:
    if request.method == "GET":
        return dict(request.query_params)
    octets = await request.body()
    body: Any = payload.read(octets) if octets else {}
    # A page of another site may not send this type without asking, and is not allowed to.
    if not isinstance(body, dict) or (body and request.headers.get("Content-Type") != "application/json"):
        raise ValueError("an object, as application/json")
    return body
