"""What the token endpoint says, to the letter, to every kind of pair that the portal has to tell apart."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import httpx2
import pytest

from tests.entra import GRAPH_SCOPE, Entra, Pair, Tenant

YEAR = 365 * 86400


def claims(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def said(answer: httpx2.Response) -> tuple[int, int, str]:
    return answer.status_code, answer.json()["error_codes"][0], answer.json()["error"]


def test_a_right_pair_gets_a_token_of_an_hour(tenant: Tenant) -> None:
    answer = tenant.asks_for_token(tenant.seed())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store, no-cache"
    body = answer.json()
    assert (body["token_type"], body["expires_in"], body["ext_expires_in"]) == ("Bearer", 3599, 3599)


def test_the_body_of_a_refusal_is_entras(tenant: Tenant) -> None:
    pair = tenant.seed()
    body = tenant.asks_for_token(replace(pair, secret="wrong")).json()
    assert re.fullmatch(
        r"AADSTS7000215: Invalid client secret provided\. Ensure the secret being sent in the request is the client "
        rf"secret value, not the client secret ID, for a secret added to app '{pair.app_id}'\. "
        rf"Trace ID: {body['trace_id']} Correlation ID: {body['correlation_id']} Timestamp: {body['timestamp']}",
        body["error_description"],
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", body["timestamp"])
    assert body["error_uri"].endswith("/error?code=7000215")


WRONG: dict[str, tuple[Callable[[Tenant], tuple[Pair, dict[str, str]]], tuple[int, int, str]]] = {
    "another's secret": (
        lambda tenant: (replace(tenant.seed(), secret=tenant.seed().secret), {}),
        (401, 7000215, "invalid_client"),
    ),
    "the id of the secret": (
        lambda tenant: (replace(pair := tenant.seed(), secret=pair.key_id), {}),
        (401, 7000215, "invalid_client"),
    ),
    "a secret of the future": (
        lambda tenant: (tenant.seed(secrets=[{"start": 3600}]), {}),
        (401, 7000215, "invalid_client"),
    ),
    "an expired secret": (
        lambda tenant: (tenant.seed(secrets=[{"start": -YEAR, "end": -1}]), {}),
        (401, 7000222, "invalid_client"),
    ),
    "no secret": (lambda tenant: (replace(tenant.seed(), secret=""), {}), (401, 7000216, "invalid_client")),
    "an application of nowhere": (
        lambda _: (Pair(str(uuid4()), "secret"), {}),
        (400, 700016, "unauthorized_client"),
    ),
    "no principal": (lambda tenant: (tenant.seed(principal=False), {}), (401, 7000229, "invalid_client")),
    "a principal that is off": (
        lambda tenant: (tenant.seed(enabled=False), {}),
        (401, 7000112, "unauthorized_client"),
    ),
    "an application that is off": (
        lambda tenant: (tenant.seed(disabled=True), {}),
        (401, 7000112, "unauthorized_client"),
    ),
    "a person's scope": (
        lambda tenant: (tenant.seed(), {"scope": "User.Read"}),
        (400, 1002012, "invalid_scope"),
    ),
    "two scopes": (
        lambda tenant: (tenant.seed(), {"scope": f"{GRAPH_SCOPE} api://x/.default"}),
        (400, 70011, "invalid_scope"),
    ),
    "an unknown service": (
        lambda tenant: (tenant.seed(), {"scope": "api://nobody/.default"}),
        (400, 500011, "invalid_resource"),
    ),
    "another grant": (
        lambda tenant: (tenant.seed(), {"grant_type": "password"}),
        (400, 70003, "unsupported_grant_type"),
    ),
    "no scope": (lambda tenant: (tenant.seed(), {"scope": ""}), (400, 900144, "invalid_request")),
}


@pytest.mark.parametrize("what", WRONG)
def test_every_wrong_pair_is_told_apart(what: str, tenant: Tenant) -> None:
    make, expected = WRONG[what]
    pair, changes = make(tenant)
    assert said(tenant.asks_for_token(pair, **changes)) == expected


def test_of_several_faults_the_first_in_entras_order_is_told(entra: Entra, tenant: Tenant) -> None:
    application = tenant.seed(principal=False)
    form = {"grant_type": "password", "client_id": str(uuid4()), "client_secret": "wrong", "scope": "User.Read"}
    told = []
    for where, mended in (
        (str(uuid4()), {}),
        (tenant.id, {}),
        (tenant.id, {"grant_type": "client_credentials"}),
        (tenant.id, {"client_id": application.app_id}),
        (tenant.id, {"scope": "api://nobody/.default"}),
        (tenant.id, {"client_secret": application.secret}),
    ):
        form |= mended
        told.append(said(entra.client.post(f"/{where}/oauth2/v2.0/token", data=form))[1])
    assert told == [90002, 70003, 700016, 1002012, 7000215, 7000229]


def test_an_unknown_tenant_is_said_of_the_token_and_of_the_discovery(entra: Entra) -> None:
    nowhere = str(uuid4())
    token = entra.client.post(f"/{nowhere}/oauth2/v2.0/token", data={"client_id": "x"})
    discovery = entra.client.get(f"/{nowhere}/v2.0/.well-known/openid-configuration")
    assert said(token) == (400, 90002, "invalid_request")
    assert said(discovery) == (400, 90002, "invalid_tenant")


def test_the_secret_may_come_as_http_basic(tenant: Tenant) -> None:
    pair = tenant.seed()
    form = {"grant_type": "client_credentials", "scope": GRAPH_SCOPE}
    address = f"/{tenant.id}/oauth2/v2.0/token"
    answer = tenant.entra.client.post(address, data=form, auth=(pair.app_id, pair.secret))
    assert answer.status_code == 200


def test_n20_a_pair_of_another_environment_is_not_known_here(entra: Entra, tenant: Tenant) -> None:
    pair = entra.new_tenant().seed()
    assert said(tenant.asks_for_token(pair)) == (400, 700016, "unauthorized_client")


def test_a_token_of_graph_says_whose_it_is_and_what_it_may(tenant: Tenant) -> None:
    found = claims(tenant.token())
    assert found["aud"] == "https://graph.microsoft.com"
    assert found["iss"] == f"https://sts.windows.net/{tenant.id}/"
    assert (found["appid"], found["appidacr"]) == (tenant.provisioner.app_id, "1")
    assert found["oid"] == found["sub"] == tenant.provisioner.principal_id
    assert found["roles"] == ["Application.ReadWrite.OwnedBy"]


def test_a_token_of_our_own_service_is_of_version_two(tenant: Tenant) -> None:
    service = tenant.seed(identifier_uris=["api://ihce"], token_version=2, app_roles=[{"id": "r", "value": "IHCE.Use"}])
    pair = tenant.seed(grants=[{"app_id": service.app_id, "role_id": "r"}])
    found = claims(tenant.token(pair, "api://ihce/.default"))
    assert (found["aud"], found["ver"], found["azp"]) == (service.app_id, "2.0", pair.app_id)
    assert found["iss"] == f"{tenant.entra.url}/{tenant.id}/v2.0"
    assert found["roles"] == ["IHCE.Use"]


def test_a_secret_expires_when_the_clock_of_the_tenant_says_so(tenant: Tenant) -> None:
    pair = tenant.seed(secrets=[{"end": 3600}])
    assert tenant.asks_for_token(pair).status_code == 200
    tenant.clock(by=3600)
    assert said(tenant.asks_for_token(pair)) == (401, 7000222, "invalid_client")


DISCOVERED = {
    "token_endpoint", "token_endpoint_auth_methods_supported", "jwks_uri", "response_modes_supported",
    "subject_types_supported", "id_token_signing_alg_values_supported", "response_types_supported", "scopes_supported",
    "issuer", "request_uri_parameter_supported", "userinfo_endpoint", "authorization_endpoint",
    "device_authorization_endpoint", "http_logout_supported", "frontchannel_logout_supported", "end_session_endpoint",
    "claims_supported", "kerberos_endpoint", "mtls_endpoint_aliases", "tls_client_certificate_bound_access_tokens",
    "tenant_region_scope", "cloud_instance_name", "cloud_graph_host_name", "msgraph_host", "rbac_url",
}  # fmt: skip


def test_the_discovery_has_the_fields_of_the_real_one(tenant: Tenant) -> None:
    found = tenant.entra.client.get(f"/{tenant.id}/v2.0/.well-known/openid-configuration").json()
    assert set(found) == DISCOVERED
    for name in ("userinfo_endpoint", "device_authorization_endpoint", "end_session_endpoint", "kerberos_endpoint"):
        assert found[name].startswith(tenant.entra.url)
