"""Microsoft's `azure-identity`, with its two ways to wait and its two kinds of credential."""

import asyncio
from typing import Any

import pytest

from tests.contract.place import SCOPE, Place

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


def test_a_certificate_gets_a_token(place: Place) -> None:
    if not place.certificate:
        pytest.skip("no certificate was given")
    data = place.certificate.encode()
    who = (place.tenant_id, place.client_id)
    assert get(identity.CertificateCredential(*who, certificate_data=data, **settings(place)))
    assert get(
        identity.CertificateCredential(*who, certificate_data=data, send_certificate_chain=True, **settings(place))
    )


def test_a_certificate_gets_a_token_asynchronously(place: Place) -> None:
    if not place.certificate:
        pytest.skip("no certificate was given")
    who = (place.tenant_id, place.client_id)
    data = place.certificate.encode()
    assert await_token(aio.CertificateCredential, *who, certificate_data=data, **settings(place))


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
