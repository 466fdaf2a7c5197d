"""How applications come, change and go at Graph."""

import re

from tests.entra import Json, Pair, Tenant

MINE = {"displayName": "IHCE 7600103715", "signInAudience": "AzureADMyOrg", "uniqueName": "llaves-7600103715-pruebas"}
WITH_SECRET = MINE | {"passwordCredentials": [{"displayName": "portal", "endDateTime": "2027-05-21T00:00:00Z"}]}


def made(tenant: Tenant, body: Json = WITH_SECRET) -> Json:
    answer = tenant.graph("POST", "/applications", body)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def code(tenant: Tenant, method: str, path: str, said: Json | None = None) -> tuple[int, str]:
    answer = tenant.graph(method, path, said)
    return answer.status_code, answer.json()["error"]["code"]


def test_an_application_is_made_with_its_secret_and_works_with_its_principal(tenant: Tenant) -> None:
    application = made(tenant)
    secret = application["passwordCredentials"][0]
    assert re.fullmatch(r".{3}8Q~.{34}", secret["secretText"])
    assert secret["hint"] == secret["secretText"][:3]
    assert secret["endDateTime"] == "2027-05-21T00:00:00.0000000Z"
    pair = Pair(application["appId"], secret["secretText"])
    assert tenant.asks_for_token(pair).json()["error_codes"] == [7000229]
    principal = tenant.graph("POST", "/servicePrincipals", {"appId": application["appId"]})
    assert principal.status_code == 201
    assert tenant.asks_for_token(pair).status_code == 200


def test_a_secret_is_told_once(tenant: Tenant) -> None:
    application = made(tenant)
    found = tenant.graph("GET", f"/applications(uniqueName='{MINE['uniqueName']}')").json()
    assert found["id"] == application["id"]
    assert found["passwordCredentials"][0]["secretText"] is None
    assert application["passwordCredentials"][0]["secretText"] not in str(tenant.applications())


def test_a_unique_name_is_given_once_even_to_what_is_in_the_bin(tenant: Tenant) -> None:
    application = made(tenant)
    assert code(tenant, "POST", "/applications", MINE) == (400, "Request_BadRequest")
    assert tenant.graph("DELETE", f"/applications/{application['id']}").status_code == 204
    assert code(tenant, "GET", f"/applications/{application['id']}") == (404, "Request_ResourceNotFound")
    assert code(tenant, "POST", "/applications", MINE) == (400, "Request_BadRequest")
    assert tenant.graph("DELETE", f"/directory/deletedItems/{application['id']}").status_code == 204
    made(tenant)


def test_a_secret_is_added_and_taken_away(tenant: Tenant) -> None:
    application = made(tenant)
    address = f"/applications/{application['id']}"
    tenant.graph("POST", "/servicePrincipals", {"appId": application["appId"]})
    added = tenant.graph("POST", f"{address}/addPassword", {"passwordCredential": {"displayName": "nueva"}})
    assert added.status_code == 200
    pair = Pair(application["appId"], added.json()["secretText"])
    assert tenant.asks_for_token(pair).status_code == 200
    key = {"keyId": added.json()["keyId"]}
    assert tenant.graph("POST", f"{address}/removePassword", key).status_code == 204
    assert tenant.asks_for_token(pair).json()["error_codes"] == [7000215]
    again = tenant.graph("POST", f"{address}/removePassword", key)
    assert again.status_code == 400
    assert "No password credential found with keyId" in again.json()["error"]["message"]
