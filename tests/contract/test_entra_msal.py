"""Microsoft's `msal`, which the portal itself uses, gets its tokens and its refusals."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.contract.place import SCOPE, Place, new_certificate

msal = pytest.importorskip("msal", reason="script/test installs Microsoft's clients")


@contextmanager
def application(place: Place, credential: Any = None, **changes: Any) -> Iterator[Any]:
    with requests.Session() as session:
        session.trust_env, session.verify = False, place.verify
        settings = {
            "client_id": place.client_id,
            "client_credential": place.secret if credential is None else credential,
            "authority": place.tenant_url,
            "instance_discovery": not place.emulated,
            "http_client": session,
        }
        yield msal.ConfidentialClientApplication(**settings | changes)


def answer(place: Place, credential: Any = None, scope: str = SCOPE, **changes: Any) -> dict[str, Any]:
    with application(place, credential, **changes) as client:
        found: dict[str, Any] = client.acquire_token_for_client([scope])
        return found


def key_of(pem: str) -> str:
    return pem[: pem.index("-----BEGIN CERTIFICATE")]


def certificate_of(pem: str) -> str:
    return pem[len(key_of(pem)) :]


def test_a_secret_gets_a_token_and_the_second_one_is_remembered(place: Place) -> None:
    with application(place) as client:
        first = client.acquire_token_for_client([SCOPE])
        assert first["token_source"] == "identity_provider"
        assert first["token_type"] == "Bearer"
        assert 3000 < first["expires_in"] <= 5400
        assert client.acquire_token_for_client([SCOPE])["token_source"] == "cache"


def test_a_certificate_gets_a_token(place: Place) -> None:
    if not place.certificate:
        pytest.skip("no certificate was given")
    own = {"private_key": key_of(place.certificate), "public_certificate": certificate_of(place.certificate)}
    assert "access_token" in answer(place, own)


def test_a_certificate_that_is_named_by_its_old_thumbprint_gets_a_token(place: Place) -> None:
    if not place.certificate:
        pytest.skip("no certificate was given")
    read = x509.load_pem_x509_certificate(certificate_of(place.certificate).encode())
    thumbprint = read.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - that is how it is named
    own = {"private_key": key_of(place.certificate), "thumbprint": thumbprint}
    assert "access_token" in answer(place, own)


def test_another_certificate_gets_none(place: Place) -> None:
    other = new_certificate()
    found = answer(place, {"private_key": key_of(other), "public_certificate": certificate_of(other)})
    assert (found["error"], found["error_codes"]) == ("invalid_client", [700027])


def test_a_wrong_secret_is_told_by_its_number(place: Place) -> None:
    found = answer(place, "wrong")
    assert (found["error"], found["error_codes"]) == ("invalid_client", [7000215])
    assert found["trace_id"]
    assert found["correlation_id"]
    assert found["timestamp"]


def test_an_unknown_application_is_told_by_its_number(place: Place) -> None:
    found = answer(place, client_id=str(uuid4()))
    assert (found["error"], found["error_codes"]) == ("unauthorized_client", [700016])


def test_a_persons_scope_is_told_by_its_number(place: Place) -> None:
    found = answer(place, scope="https://graph.microsoft.com/User.Read")
    assert (found["error"], found["error_codes"]) == ("invalid_scope", [1002012])


def test_an_unknown_service_is_told_by_its_number(place: Place) -> None:
    found = answer(place, scope=f"api://{uuid4()}/.default")
    assert (found["error"], found["error_codes"]) == ("invalid_resource", [500011])


def test_an_unknown_tenant_is_seen_before_a_token_is_asked_for(place: Place) -> None:
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        answer(place, authority=f"{place.authority}/{uuid4()}")


@pytest.mark.emulator_only
def test_another_ones_assertion_gets_a_token_where_it_is_trusted(place: Place) -> None:
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.jwk import RSAKey  # noqa: PLC0415

    assert place.emulated
    issuer, key = f"https://{uuid4()}.example", RSAKey.generate_key(2048, parameters={"kid": "1"})
    place.emulated.entra.control("PUT", "/issuers", {"issuer": issuer, "jwks": {"keys": [key.as_dict(private=False)]}})
    trust = {"name": "portal", "issuer": issuer, "subject": "portal", "audiences": ["api://AzureADTokenExchange"]}
    pair = place.emulated.seed(secrets=[], federated=[trust])

    def found(subject: str) -> dict[str, Any]:
        claims = {"iss": issuer, "sub": subject, "aud": "api://AzureADTokenExchange", "exp": 4_000_000_000}
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)
        return answer(place, {"client_assertion": lambda: token}, client_id=pair.app_id)

    assert "access_token" in found("portal")
    assert found("somebody else")["error_codes"] == [700213]


@pytest.mark.emulator_only
def test_a_busy_endpoint_is_left_alone_as_long_as_it_asks(place: Place) -> None:
    assert place.emulated
    place.emulated.goes_wrong({"kind": "throttled", "on": "token", "times": 1, "retry_after": 60})
    with application(place) as client:
        first = client.acquire_token_for_client([SCOPE])
        assert first["error"] == "temporarily_unavailable"
        assert client.acquire_token_for_client([SCOPE]) == first
    assert place.emulated.log()["counters"]["token"] == 1
