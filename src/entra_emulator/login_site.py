"""The addresses of login.microsoftonline.com: token endpoint, discovery, published keys."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from entra_emulator import login, sign_in_errors
from entra_emulator.connection import cut
from entra_emulator.faults import Fault, Kind
from entra_emulator.objects import Json, is_guid
from entra_emulator.sign_in_errors import SignInError
from entra_emulator.tenants import Tenant, Tenants
from entra_emulator.tokens import LIFE

Page = Callable[[Tenant, Fault | None], Response]
SUPPORTED: Json = {
    "token_endpoint_auth_methods_supported": [
        "client_secret_post", "private_key_jwt", "client_secret_basic", "self_signed_tls_client_auth",
    ],
    "response_modes_supported": ["query", "fragment", "form_post"],
    "subject_types_supported": ["pairwise"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
    "scopes_supported": ["openid", "profile", "email", "offline_access"],
    "request_uri_parameter_supported": False,
    "http_logout_supported": True,
    "frontchannel_logout_supported": True,
    "claims_supported": ["sub", "iss", "aud", "exp", "iat", "tid", "ver"],
    "tls_client_certificate_bound_access_tokens": True,
    "tenant_region_scope": "SA",
    "cloud_instance_name": "microsoftonline.com",
    "cloud_graph_host_name": "graph.windows.net",
    "msgraph_host": "graph.microsoft.com",
    "rbac_url": "https://pas.windows.net",
}  # fmt: skip
NOT_KEPT = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}


class Login:
    """The site."""

    def __init__(self, tenants: Tenants) -> None:
        """Serve these tenants."""
        self._tenants = tenants

    def routes(self) -> list[Route]:
        """Return its addresses."""
        return [
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self._discovery),
            Route("/{tenant}/.well-known/openid-configuration", self._discovery),
            Route("/{tenant}/discovery/v2.0/keys", self._keys),
        ]

    async def _token(self, request: Request) -> Response:
        form = await _form(request)
        client_id = form.get("client_id", "").lower()
        app_id = client_id if is_guid(client_id) else ""  # what else stands there may be a secret
        return await self._answered(request, "token", partial(self._issued, request, form), app_id)

    def _issued(self, request: Request, form: Mapping[str, str], tenant: Tenant, fault: Fault | None) -> Response:
        too_early = fault is not None and fault.kind is Kind.TOO_EARLY
        token = login.issue(self._tenants, login.Asked(form, base(request), tenant, too_early))
        body = {"token_type": "Bearer", "expires_in": LIFE, "ext_expires_in": LIFE, "access_token": token}
        return JSONResponse(body, headers=NOT_KEPT | _marks(request))

    async def _discovery(self, request: Request) -> Response:
        return await self._answered(
            request, "discovery", lambda tenant, _: JSONResponse(_configuration(base(request), tenant.id))
        )

    async def _answered(self, request: Request, operation: str, page: Page, app_id: str = "") -> Response:
        """Answer for a tenant, unless something goes wrong there."""
        name = request.path_params["tenant"]
        tenant = self._tenants.find(name)
        if tenant is None:
            called = "invalid_tenant" if operation == "discovery" else "invalid_request"
            return _refused(request, sign_in_errors.unknown_tenant(name, called))
        await asyncio.sleep(tenant.faults.pause())
        fault = tenant.faults.take({operation})
        try:
            answer = _carried_out(page, tenant, fault)
        except SignInError as error:
            answer = _refused(request, error)
        who = {"app_id": app_id, "method": request.method, "path": request.url.path}
        tenant.log.note(operation=operation, status=answer.status_code, writes=0, at=tenant.clock.now(), **who)
        if fault and fault.kind in {Kind.LOST, Kind.CUT}:
            await cut(request)
        return answer

    async def _keys(self, request: Request) -> Response:
        return JSONResponse(self._tenants.signer.published(f"{base(request)}/{{tenantid}}/v2.0"))


def _carried_out(page: Page, tenant: Tenant, fault: Fault | None) -> Response:
    if fault and fault.kind is Kind.THROTTLED:
        raise sign_in_errors.throttled(fault.retry_after)
    if fault and fault.kind in {Kind.ERROR, Kind.CUT}:
        raise sign_in_errors.unavailable(fault.status or 503)
    answer = page(tenant, fault)
    if fault and fault.kind is Kind.LOST_ERROR:
        raise sign_in_errors.unavailable(fault.status or 500)
    return answer


def base(request: Request) -> str:
    """Return the address under which the client has found us."""
    return str(request.base_url).rstrip("/")


async def _form(request: Request) -> Mapping[str, str]:
    try:
        form = dict(parse_qsl((await request.body()).decode()))
    except ValueError:
        return {}
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, ValueError):
            return form
        form |= {"client_id": unquote(client_id), "client_secret": unquote(secret)}  # RFC 6749 §2.3.1
    return form


def _marks(request: Request) -> dict[str, str]:
    marks = {"x-ms-request-id": str(uuid4()), "x-ms-ests-server": "2.1.emulator"}
    asked = request.headers.get("client-request-id")
    return marks | ({"client-request-id": asked} if asked else {}) | {"Strict-Transport-Security": "max-age=31536000"}


def _refused(request: Request, error: SignInError) -> Response:
    marks = _marks(request)
    wait = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    trace, correlation = marks["x-ms-request-id"], marks.get("client-request-id", str(uuid4()))
    stamp = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
    said = f"AADSTS{error.number}: {error.text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    body = {
        "error": error.error,
        "error_description": said,
        "error_codes": [error.number],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"{base(request)}/error?code={error.number}",
    }
    kind = "application/json; charset=utf-8"
    return JSONResponse(body, error.status, {**NOT_KEPT, **marks, **wait, "Content-Type": kind})


def _configuration(address: str, tenant_id: str) -> Json:
    own = f"{address}/{tenant_id}"
    return SUPPORTED | {
        "issuer": f"{own}/v2.0",
        "token_endpoint": f"{own}/oauth2/v2.0/token",
        "mtls_endpoint_aliases": {"token_endpoint": f"{own}/oauth2/v2.0/token"},
        "jwks_uri": f"{own}/discovery/v2.0/keys",
        "authorization_endpoint": f"{own}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{own}/oauth2/v2.0/devicecode",
        "end_session_endpoint": f"{own}/oauth2/v2.0/logout",
        "kerberos_endpoint": f"{own}/kerberos",
        "userinfo_endpoint": f"{address}/oidc/userinfo",
    }
