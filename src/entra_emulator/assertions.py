"""Assertions in place of a secret: signed by a registered certificate, or by an issuer that the application trusts."""

import json
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from entra_emulator.objects import Application, Json
from entra_emulator.sign_in_errors import assertion_wrong

ALGORITHMS = ["RS256", "PS256"]
SKEW = 300.0
PATHS = ("/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "")


def check(assertion: str, application: Application, issuers: Mapping[str, Json], *, tenant: str, at: float) -> None:
    """Make sure that the assertion speaks for the application.

    :param tenant: the tenant's own address; the token endpoint under it is what assertions name.
    :raises SignInError: it does not.
    """
    header, claims = _said(assertion)
    audience = claims.get("aud")
    if claims.get("iss") == application.app_id:
        key: Any = _certified(application, header, at)
        allowed = [tenant + path for path in PATHS]
    else:
        key, allowed = _federated(application, claims, issuers)
    _prove(assertion, key)
    if not set(audience if isinstance(audience, list) else [audience]) & set(allowed):
        raise assertion_wrong("Client assertion audience claim does not match Realm issuer.", 700023)
    if not _is_in_time(claims, at):
        raise assertion_wrong("Client assertion is not within its valid time range.", 700024)


def _said(assertion: str) -> tuple[Json, Json]:
    try:
        parts = jws.extract_compact(assertion.encode())
        claims = json.loads(parts.payload or b"")
    except (JoseError, ValueError):
        raise assertion_wrong("Client assertion is malformed and cannot be parsed.", 50027) from None
    if not isinstance(claims, dict):
        raise assertion_wrong("Client assertion is malformed and cannot be parsed.", 50027)
    return parts.headers(), claims


def _certified(application: Application, header: Json, at: float) -> RSAKey:
    short, long = header.get("x5t"), header.get("x5t#S256")
    for each in application.certificates:
        if each.thumbprint == short or each.thumbprint_sha256 == long:
            if not each.start <= at < each.end:
                raise assertion_wrong(f"The certificate with thumbprint '{short or long}' has expired.")
            public = x509.load_pem_x509_certificate(each.pem.encode()).public_key()
            return RSAKey.import_key(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    why = "The certificate with identifier used to sign the client assertion is not registered on application."
    raise assertion_wrong(
        f"{why} [Reason - The key was not found., Thumbprint of key used by client: '{short or long}']"
    )


def _federated(application: Application, claims: Json, issuers: Mapping[str, Json]) -> tuple[KeySet, list[str]]:
    issuer, subject = claims.get("iss"), claims.get("sub")
    trusted = [each for each in application.federated if each.issuer == issuer]
    if not trusted or issuer not in issuers:
        why = f"No matching federated identity record found for presented assertion issuer '{issuer}'."
        raise assertion_wrong(why, 700211)
    found = next((each for each in trusted if each.subject == subject), None)
    if found is None:
        why = f"No matching federated identity record found for presented assertion subject '{subject}'."
        raise assertion_wrong(why, 700213)
    return KeySet.import_key_set(issuers[str(issuer)]), found.audiences  # type: ignore[arg-type]


def _prove(assertion: str, key: RSAKey | KeySet) -> None:
    try:
        jws.deserialize_compact(assertion, key, algorithms=ALGORITHMS)
    except (JoseError, ValueError):
        why = "Client assertion failed signature validation. [Reason - The key used is not the one registered.]"
        raise assertion_wrong(why) from None


def _is_in_time(claims: Json, at: float) -> bool:
    try:
        return float(claims.get("nbf", 0)) - SKEW <= at < float(claims["exp"]) + SKEW
    except (KeyError, TypeError, ValueError):
        return False
