"""Microsoft's `msal`, which the portal itself uses, gets its tokens and its refusals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.contract.place import ASSERTION, CERTIFICATE, SCOPE, Place, new_certificate
from tests.federated import Issuer


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


@pytest.mark.needs(CERTIFICATE)
def test_a_certificate_gets_a_token(place: Place) -> None:
    own = {"private_key": key_of(place.certificate), "public_certificate": certificate_of(place.certificate)}
    assert "access_token" in answer(place, own)


@pytest.mark.needs(CERTIFICATE)
def test_a_certificate_that_is_named_by_its_old_thumbprint_gets_a_token(place: Place) -> None:
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


@pytest.mark.needs(ASSERTION)
def test_an_assertion_of_whom_the_application_trusts_gets_a_token(place: Place) -> None:
    assert "access_token" in answer(place, {"client_assertion": lambda: place.assertion})


REFUSED: dict[str, tuple[Callable[[Issuer], str], int]] = {
    "of another issuer": (lambda _: Issuer().says(), 700211),
    "for somebody else": (lambda own: own.says(aud="api://another"), 700212),
    "of another subject": (lambda own: own.says(sub="somebody else"), 700213),
    "signed by another": (lambda own: own.says(signed_with="another's"), 700027),
}


@pytest.mark.emulator_only
@pytest.mark.parametrize("what", REFUSED)
def test_an_assertion_that_was_not_agreed_is_told_by_its_number(place: Place, what: str) -> None:
    assert place.emulated
    make, number = REFUSED[what]
    issuer = Issuer()
    issuer.publish(place.emulated.entra)
    pair = place.emulated.seed(secrets=[], federated=[issuer.trusted()])
    found = answer(place, {"client_assertion": lambda: make(issuer)}, client_id=pair.app_id)
    assert (found["error"], found["error_codes"]) == ("invalid_client", [number])


@pytest.mark.emulator_only
def test_a_busy_endpoint_is_left_alone_as_long_as_it_asks(place: Place) -> None:
    assert place.emulated
    place.emulated.goes_wrong({"kind": "throttled", "on": "token", "times": 1, "retry_after": 3600})
    with application(place) as client:
        first = client.acquire_token_for_client([SCOPE])
        assert first["error"] == "temporarily_unavailable"
        assert client.acquire_token_for_client([SCOPE]) == first
    assert place.emulated.log()["counters"]["token"] == 1
