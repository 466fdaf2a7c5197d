"""Microsoft's `azure-identity`, with its two ways to wait and its three kinds of credential."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.contract.place import ASSERTION, CERTIFICATE, SCOPE, Place
from tests.federated import Issuer

identity = pytest.importorskip("azure.identity", reason="script/test installs Microsoft's clients")
aio = pytest.importorskip("azure.identity.aio", reason="script/test installs Microsoft's clients")
refused = pytest.importorskip("azure.core.exceptions").ClientAuthenticationError


def settings(place: Place) -> dict[str, Any]:
    return {
        "authority": place.authority,
        "disable_instance_discovery": bool(place.emulated),
        "connection_verify": place.verify,
    }


def get(credential: Any) -> str:
    with credential:
        token: str = credential.get_token(SCOPE).token
        return token


def await_token(kind: Any, *arguments: Any, **keywords: Any) -> str:
    async def token() -> str:
        async with kind(*arguments, **keywords) as credential:
            found: str = (await credential.get_token(SCOPE)).token
            return found

    return asyncio.run(token())


def test_a_secret_gets_a_token(place: Place) -> None:
    assert get(identity.ClientSecretCredential(place.tenant_id, place.client_id, place.secret, **settings(place)))


def test_a_secret_gets_a_token_asynchronously(place: Place) -> None:
    pair = (place.tenant_id, place.client_id, place.secret)
    assert await_token(aio.ClientSecretCredential, *pair, **settings(place))


@pytest.mark.needs(CERTIFICATE)
def test_a_certificate_gets_a_token(place: Place) -> None:
    data = place.certificate.encode()
    who = (place.tenant_id, place.client_id)
    assert get(identity.CertificateCredential(*who, certificate_data=data, **settings(place)))
    assert get(
        identity.CertificateCredential(*who, certificate_data=data, send_certificate_chain=True, **settings(place))
    )


@pytest.mark.needs(CERTIFICATE)
def test_a_certificate_gets_a_token_asynchronously(place: Place) -> None:
    who = (place.tenant_id, place.client_id)
    data = place.certificate.encode()
    assert await_token(aio.CertificateCredential, *who, certificate_data=data, **settings(place))


@pytest.mark.emulator_only
def test_a_certificate_gets_a_token_by_the_tenants_domain_and_in_capitals(place: Place) -> None:
    assert place.emulated
    data = place.certificate.encode()
    for name in (place.emulated.control("GET", "")["domain"], place.tenant_id.upper()):
        who = (name, place.client_id)
        assert await_token(aio.CertificateCredential, *who, certificate_data=data, **settings(place))


@pytest.mark.needs(ASSERTION)
def test_an_assertion_gets_a_token(place: Place) -> None:
    who = (place.tenant_id, place.client_id, lambda: place.assertion)
    assert get(identity.ClientAssertionCredential(*who, **settings(place)))


@pytest.mark.needs(ASSERTION)
def test_an_assertion_gets_a_token_asynchronously(place: Place) -> None:
    who = (place.tenant_id, place.client_id, lambda: place.assertion)
    assert await_token(aio.ClientAssertionCredential, *who, **settings(place))


@pytest.mark.needs(ASSERTION)
def test_an_assertion_from_a_file_gets_a_token(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "assertion"
    file.write_text(place.assertion)
    own = {"tenant_id": place.tenant_id, "client_id": place.client_id, "token_file_path": str(file)}
    assert get(identity.WorkloadIdentityCredential(**own, **settings(place)))


@pytest.mark.emulator_only
def test_an_assertion_of_nobody_who_is_trusted_is_told_by_its_number(place: Place) -> None:
    who = (place.tenant_id, place.client_id, lambda: Issuer().says())
    with pytest.raises(refused, match="AADSTS700211: No matching federated identity record found"):
        get(identity.ClientAssertionCredential(*who, **settings(place)))


def test_the_environment_may_name_the_pair(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_TENANT_ID", place.tenant_id)
    monkeypatch.setenv("AZURE_CLIENT_ID", place.client_id)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", place.secret)
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", place.authority)
    rest = {name: value for name, value in settings(place).items() if name != "authority"}
    assert get(identity.EnvironmentCredential(**rest))


def test_a_wrong_secret_is_told_by_its_number(place: Place) -> None:
    pair = (place.tenant_id, place.client_id, "wrong")
    with pytest.raises(refused, match="AADSTS7000215: Invalid client secret provided"):
        get(identity.ClientSecretCredential(*pair, **settings(place)))
    with pytest.raises(refused, match="AADSTS7000215: Invalid client secret provided"):
        await_token(aio.ClientSecretCredential, *pair, **settings(place))


def test_an_unknown_tenant_is_told(place: Place) -> None:
    pair = ("00000000-1111-4222-8333-444444444444", place.client_id, place.secret)
    with pytest.raises(refused):
        get(identity.ClientSecretCredential(*pair, **settings(place)))
