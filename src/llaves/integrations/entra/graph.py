"""One request to Microsoft Graph: bounded in time and size, counted against the budget, its refusals told apart.

Nothing is tried twice here: what is due again, and when, is written down by who asks (see `faults`).
"""

import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2

from llaves.integrations.entra.budget import Budget
from llaves.integrations.entra.faults import (
    AlreadyThere,
    AnswerLost,
    Denied,
    EntraFault,
    NotThere,
    PolicyRefuses,
    QuotaExceeded,
    Refused,
    TryLater,
)
from llaves.integrations.entra.tokens import Provisioner, Tokens
from llaves.integrations.entra.verification import GRAPH_SCOPE

# They write addresses down, and an address names an application.
for _name in ("httpx2", "msal"):
    logging.getLogger(_name).setLevel(logging.WARNING)

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_MANY, SERVER_FAULT = 401, 403, 404, 409, 429, 500
_LONGEST_PAUSE, _USUAL_PAUSE = 600.0, 30.0
_NOT_YET = {"does not reference a valid application object", "must in the local tenant"}
_NAME_IS_TAKEN = "already exists"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes of one request."""

    connect: float = 5.0
    read: float = 20.0
    total: float = 40.0
    most_bytes: int = 8_000_000
    at_once: int = 16


class Graph:
    """Graph of one tenant, as one application."""

    def __init__(
        self,
        base: str,
        *,
        authority: str,
        tenant: str,
        provisioner: Provisioner,
        budget: Budget,
        certificates: str = "",
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Describe the tenant; nothing is asked yet.

        :param base: with its version, like `https://graph.microsoft.com/v1.0`.
        :param certificates: PEM text of the only authorities to be trusted; empty trusts those of the machine.
        """
        self._limits, self._clock, self._budget = limits or Limits(), clock, budget
        self._base = base.rstrip("/")
        self.provisioner = provisioner
        self._client = _client(self._limits, certificates)
        self._tokens = Tokens(
            self._client, authority=authority, tenant=tenant, provisioner=provisioner, scope=GRAPH_SCOPE
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Json:
        """Read; `path` may be the whole address of a next page."""
        return self._call("GET", path, params=params)

    def write(self, method: str, path: str, body: Json | None = None, *, urgent: bool = False) -> Json:
        """Change something, when the budget allows it. Empty where Graph answers nothing."""
        token = self._tokens.current()  # before the budget's leave is taken: a token may cost seconds
        self._budget.take()
        try:
            return self._call(method, path, body=body, urgent=urgent, token=token)
        except TryLater as fault:
            if fault.after:
                self._budget.pause(min(fault.after, _LONGEST_PAUSE))
            raise

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Json | None = None,
        urgent: bool = False,
        token: str = "",
    ) -> Json:
        asked, request_id = (method, self._address(path), params, body), str(uuid4())
        headers = {"client-request-id": request_id, "x-ms-throttle-priority": "high" if urgent else "low"}
        status, after, told = self._once(asked, headers, token or self._tokens.current())
        if status == UNAUTHORIZED:
            self._tokens.renew()
            status, after, told = self._once(asked, headers, self._tokens.current())
        if status < 300:  # noqa: PLR2004 - 2xx; redirects are not followed and are refused below
            return told
        raise refusal(status, told, after=after, request_id=request_id, is_write=method != "GET")

    def _address(self, path: str) -> str:
        # The address of a next page comes from outside: the token goes to no other host.
        if path.startswith("https://") and not path.startswith(f"{self._base}/"):
            raise Refused("a next page elsewhere")
        return path if path.startswith("https://") else f"{self._base}{path}"

    def _once(
        self, asked: tuple[str, str, Mapping[str, str] | None, Json | None], headers: Mapping[str, str], token: str
    ) -> tuple[int, float | None, Json]:
        method, address, params, body = asked
        request_id, deadline = headers["client-request-id"], self._clock() + self._limits.total
        sent = {**headers, "Authorization": f"Bearer {token}"}
        try:
            with self._client.stream(method, address, params=params, json=body, headers=sent) as response:
                told = self._read(response, deadline, request_id)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as fault:
            raise TryLater(type(fault).__name__, request_id=request_id) from None
        except httpx2.HTTPError as fault:
            # The class alone: the library's own words may quote the address.
            raise AnswerLost(type(fault).__name__, request_id=request_id) from None
        return response.status_code, _seconds(response.headers.get("Retry-After", "")), told

    def _read(self, response: httpx2.Response, deadline: float, request_id: str) -> Json:
        body = bytearray()
        for piece in response.iter_raw():
            body += piece
            if len(body) > self._limits.most_bytes or self._clock() > deadline:
                raise AnswerLost("too long an answer", request_id=request_id)
        try:
            told = json.loads(body) if body else {}
        except ValueError:
            told = None
        if isinstance(told, dict):
            return told
        if response.is_success:
            raise AnswerLost("no JSON", request_id=request_id)
        return {}


def _client(limits: Limits, certificates: str) -> httpx2.Client:
    return httpx2.Client(
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        verify=ssl.create_default_context(cadata=certificates or None),
        follow_redirects=False,
        trust_env=False,
        limits=httpx2.Limits(max_connections=limits.at_once),
        timeout=httpx2.Timeout(limits.read, connect=limits.connect),
    )


def refusal(status: int, told: Json, *, after: float | None, request_id: str, is_write: bool) -> EntraFault:
    """What an answer other than 2xx means (the table of Graph's errors, and what others have met)."""
    error = told.get("error")
    error = error if isinstance(error, dict) else {}
    code, message = str(error.get("code", status)), str(error.get("message", ""))
    if status == TOO_MANY:
        return TryLater(code, after=_USUAL_PAUSE if after is None else after, request_id=request_id)
    if status == CONFLICT and code == "Directory_ConcurrencyViolation":
        return TryLater(code, request_id=request_id)
    if status >= SERVER_FAULT:
        is_undone = code == "Directory_ConcurrencyViolation" or not is_write
        return (TryLater if is_undone else AnswerLost)(code, after=after or 0.0, request_id=request_id)
    if any(text in message for text in _NOT_YET):
        return TryLater(code, request_id=request_id)
    return _settled(status, code, message)(code, request_id=request_id)


def _settled(status: int, code: str, message: str) -> type[EntraFault]:
    if code == "Directory_QuotaExceeded":
        return QuotaExceeded
    if code.endswith("AsPerAppPolicy"):
        return PolicyRefuses
    if status in {UNAUTHORIZED, FORBIDDEN}:
        return Denied
    if status == NOT_FOUND or "No password credential found with keyId" in message:
        return NotThere
    if status == CONFLICT or (code == "Request_BadRequest" and _NAME_IS_TAKEN in message):
        return AlreadyThere
    return Refused


def _seconds(text: str) -> float | None:
    """Retry-After in seconds; its other form, a date, is not looked at."""
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None  # noqa: PLR2004 - a day
