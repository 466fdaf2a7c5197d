"""Assertions in place of a secret: signed by a registered certificate, or by an issuer that the application trusts."""

import base64
from collections.abc import Mapping, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey

from entra_emulator import payload
from entra_emulator.objects import Application, Json
from entra_emulator.sign_in_errors import SignInError, assertion_wrong

PADDINGS = {
    "RS256": padding.PKCS1v15(),
    "PS256": padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH),
}
Issuers = Mapping[str, Json]
SKEW = 300.0
PATHS = ("/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "")


def check(assertion: str, application: Application, issuers: Issuers, *, tenant: Sequence[str], at: float) -> None:
    """Make sure that the assertion speaks for the application.

    :param tenant: its addresses, by id and by domain; the token endpoint under one of them is what assertions name.
    :raises SignInError: it does not.
    """
    header, claims = _said(assertion)
    if str(claims.get("iss")).lower() == application.app_id:
        _prove(assertion, header, [_certified(application, header, at)])
        own = {(name + path).lower() for name in tenant for path in PATHS}
        if own.isdisjoint(each.lower() for each in _audiences(claims)):
            raise assertion_wrong("Client assertion audience claim does not match Realm issuer.", 700023)
    else:
        _prove(assertion, header, _federated(application, claims, issuers))
    if not _is_in_time(claims, at):
        raise assertion_wrong("Client assertion is not within its valid time range.", 700024)


def _said(assertion: str) -> tuple[Json, Json]:
    try:
        header, claims = (payload.read(_octets(part)) for part in assertion.split(".")[:2])
        is_whole = isinstance(header["alg"], str) and isinstance(claims["aud"], str | list)
    except (KeyError, TypeError, ValueError):
        is_whole = False
    if not is_whole:
        raise _malformed()
    return header, claims


def _malformed() -> SignInError:
    return assertion_wrong("Client assertion is malformed and cannot be parsed.", 50027)


def _octets(part: str) -> bytes:
    return base64.urlsafe_b64decode(part.rstrip("=") + "=" * (-len(part.rstrip("=")) % 4))  # azure-identity pads


def _certified(application: Application, header: Json, at: float) -> RSAPublicKey:
    short, long = (str(header.get(name, "")).rstrip("=") for name in ("x5t", "x5t#S256"))  # some pad, some don't
    for each in application.certificates:
        if each.thumbprint == short or each.thumbprint_sha256 == long:
            if not each.start <= at < each.end:
                raise assertion_wrong(f"The certificate with thumbprint '{short or long}' has expired.")
            public = x509.load_pem_x509_certificate(each.pem.encode()).public_key()
            if isinstance(public, RSAPublicKey):
                return public
    why = "The certificate with identifier used to sign the client assertion is not registered on application."
    raise assertion_wrong(
        f"{why} [Reason - The key was not found., Thumbprint of key used by client: '{short or long}']"
    )


def _federated(application: Application, claims: Json, issuers: Issuers) -> list[RSAPublicKey]:
    """Return the keys of the issuer, once the application trusts it for this subject and this audience."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    trusted = [each for each in application.federated if each.issuer == issuer]
    if not trusted or issuer not in issuers:
        raise _no_record("issuer", issuer, 700211)
    found = next((each for each in trusted if each.subject == subject), None)
    if found is None:
        raise _no_record("subject", subject, 700213)
    if set(found.audiences).isdisjoint(_audiences(claims)):
        raise _no_record("audience", claims["aud"], 700212)
    return [RSAKey.import_key(each).public_key for each in issuers[str(issuer)]["keys"]]


def _no_record(what: str, value: object, number: int) -> SignInError:
    why = f"No matching federated identity record found for presented assertion {what} '{value}'."
    return assertion_wrong(why, number)


def _audiences(claims: Json) -> list[str]:
    audience = claims["aud"]
    return [each for each in (audience if isinstance(audience, list) else [audience]) if isinstance(each, str)]


def _prove(assertion: str, header: Json, keys: Sequence[RSAPublicKey]) -> None:
    signed, _, signature = assertion.rpartition(".")
    for key in keys:
        try:
            key.verify(_octets(signature), signed.encode(), PADDINGS[header["alg"]], SHA256())
        except (InvalidSignature, KeyError, ValueError):
            continue
        return
    why = "Client assertion failed signature validation. [Reason - The key used is not the one registered.]"
    raise assertion_wrong(why)


def _is_in_time(claims: Json, at: float) -> bool:
    try:
        return float(claims.get("nbf", 0)) - SKEW <= at < float(claims["exp"]) + SKEW
    except (KeyError, OverflowError, TypeError, ValueError):
        return False
