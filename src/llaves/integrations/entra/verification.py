"""Whether Entra accepts a ClientID with a ClientSecret: asked of the token endpoint itself, each time anew.

No library of Microsoft's is used here: their token caches answer a wrong secret with the token of a right one. The
token is looked at and dropped; of an answer only the verdict, the error's number and its two trace ids are kept.
Source: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow, reference-error-codes.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from llaves.integrations.http import Answer, Asker, Limits, NoAnswer, OutOfBounds

GRAPH_SCOPE = "https://graph.microsoft.com/.default"
"""Any application may ask for it, so it proves a pair alone. Its tokens are not ours to read."""
PATIENCE = Limits(connect=3.0, read=6.0, queue=3.0, budget=10.0, tries=2, first_pause=0.5, most_bytes=64_000, at_once=8)
_TRACE = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)
_MOST_DIGITS = 12


class Verdict(StrEnum):
    """What Entra says of a pair; `UNKNOWN` is every answer that says nothing of it, and no answer at all."""

    VALID = "valid"
    WRONG_SECRET = "wrong_secret"  # noqa: S105 - a verdict
    EXPIRED = "expired"
    APP_NOT_FOUND = "app_not_found"
    NO_SERVICE_PRINCIPAL = "no_service_principal"
    DISABLED = "disabled"
    TENANT_NOT_FOUND = "tenant_not_found"
    OUR_CONFIGURATION = "our_configuration"
    UNKNOWN = "unknown"


_VERDICTS = {
    7000215: Verdict.WRONG_SECRET,
    7000222: Verdict.EXPIRED,
    700016: Verdict.APP_NOT_FOUND,
    7000229: Verdict.NO_SERVICE_PRINCIPAL,
    7000112: Verdict.DISABLED,
    90002: Verdict.TENANT_NOT_FOUND,
    900023: Verdict.TENANT_NOT_FOUND,
    1002012: Verdict.OUR_CONFIGURATION,
    70011: Verdict.OUR_CONFIGURATION,
    500011: Verdict.OUR_CONFIGURATION,
    70003: Verdict.OUR_CONFIGURATION,
    900144: Verdict.OUR_CONFIGURATION,
    7000216: Verdict.OUR_CONFIGURATION,
}
"""By the number of AADSTS…. The texts change, as Microsoft warns, and are not looked at."""
_REFUSALS = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """What is to be proved. Its text form shows nothing of it."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is kept of an answer."""

    verdict: Verdict
    error_code: str = ""
    trace_id: str = ""
    correlation_id: str = ""
    is_silence: bool = False
    """Entra does not answer anybody now, so that the next question would get nothing either."""


class Verification:
    """The token endpoint of one authority, behind an `Asker` that knows its address."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    def close(self) -> None:
        """Let go of its connections."""
        self._asker.close()

    def prove(self, pair: Pair, *, tenant_id: str, scope: str = "") -> Outcome:
        """Ask for a token with the pair. Never raises for what happens outside: that is `UNKNOWN`.

        :param scope: of the environment, ending in /.default; without one, Graph's, which proves the pair alone.
        """
        form = {
            "grant_type": "client_credentials",
            "client_id": pair.client_id,
            "client_secret": pair.client_secret,
            "scope": scope or GRAPH_SCOPE,
        }
        try:
            answer = self._asker.post(f"{quote(tenant_id, safe='')}/oauth2/v2.0/token", form)
        except (NoAnswer, OutOfBounds):
            return Outcome(Verdict.UNKNOWN, is_silence=True)
        if answer.status == HTTPStatus.OK:
            return _of_token(answer, pair, tenant_id, is_ours=bool(scope) and scope != GRAPH_SCOPE)
        return _of_refusal(answer)


def _of_token(answer: Answer, pair: Pair, tenant_id: str, *, is_ours: bool) -> Outcome:
    said = _object(answer.body)
    token = said.get("access_token")
    if not isinstance(token, str) or str(said.get("token_type")).casefold() != "bearer" or not token:
        return Outcome(Verdict.UNKNOWN)  # a page of some proxy is no token
    if is_ours and not _is_for(_claims(token), pair, tenant_id):
        return Outcome(Verdict.UNKNOWN)
    return Outcome(Verdict.VALID)


def _is_for(claims: Mapping[str, Any], pair: Pair, tenant_id: str) -> bool:
    """Whether a token of our own API is this client's and this tenant's, as far as it says so.

    Its signature is not checked: it came from the endpoint itself, and opens nothing here.
    """
    holder, tenant = claims.get("azp", claims.get("appid")), claims.get("tid")
    fits = tenant is None or not _GUID.fullmatch(tenant_id) or str(tenant).casefold() == tenant_id.casefold()
    return fits and (holder is None or str(holder).casefold() == pair.client_id.casefold())


def _claims(token: str) -> Mapping[str, Any]:
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - RFC 7519 §7.2; a token of another kind says nothing of itself
        return {}
    try:
        return _object(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}


def _of_refusal(answer: Answer) -> Outcome:
    said = _object(answer.body)
    codes = said.get("error_codes")
    code = codes[0] if isinstance(codes, list) and codes else None
    number = code if isinstance(code, int) and not isinstance(code, bool) and 0 < code < 10**_MOST_DIGITS else 0
    is_refusal = answer.status in _REFUSALS
    return Outcome(
        verdict=_VERDICTS.get(number, Verdict.UNKNOWN) if is_refusal else Verdict.UNKNOWN,
        is_silence=not is_refusal,
        error_code=str(number or ""),
        trace_id=_trace(said, "trace_id"),
        correlation_id=_trace(said, "correlation_id"),
    )


def _object(body: bytes) -> Mapping[str, Any]:
    """What a body says, or nothing: half an answer must not pass for a refusal."""
    try:
        said = json.loads(body.decode())
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _trace(said: Mapping[str, Any], name: str) -> str:
    text = said.get(name)
    return text if isinstance(text, str) and _TRACE.fullmatch(text) else ""
