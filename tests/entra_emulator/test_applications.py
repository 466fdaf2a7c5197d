"""How applications come, change and go at Graph."""

import re
from urllib.parse import quote
from uuid import uuid4

from tests.entra import GRANTING, OWNED, Entra, Json, Pair, Tenant

MINE = {"displayName": "IHCE 7600103715", "signInAudience": "AzureADMyOrg", "uniqueName": "llaves-7600103715-pruebas"}
WITH_SECRET = MINE | {"passwordCredentials": [{"displayName": "portal", "endDateTime": "2099-05-21T00:00:00Z"}]}


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
    assert secret["endDateTime"] == "2099-05-21T00:00:00.0000000Z"
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


def test_an_upsert_makes_what_is_missing_changes_its_own_and_meets_who_else_holds_the_name(tenant: Tenant) -> None:
    address, said = f"/applications(uniqueName='{MINE['uniqueName']}')", {"displayName": "IHCE"}

    def upsert() -> tuple[int, str]:
        answer = tenant.graph("PATCH", address, said, Prefer="create-if-missing")
        return answer.status_code, answer.text

    assert code(tenant, "PATCH", address, said) == (404, "Request_ResourceNotFound")
    assert upsert()[0] == 201
    assert upsert() == (204, "")
    [application] = tenant.applications()
    tenant.graph("DELETE", f"/applications/{application['id']}")
    holders_name = "Another object with the same value for property uniqueName already exists."
    for _ in ("one in the bin", "one that somebody else has made by hand"):
        status, text = upsert()
        assert (status, holders_name in text) == (400, True)
        tenant.graph("DELETE", f"/directory/deletedItems/{application['id']}")
        tenant.seed(unique_name=MINE["uniqueName"])
    assert "IHCE" not in {each["display_name"] for each in tenant.applications()}


def test_an_application_holds_only_so_much(tenant: Tenant) -> None:
    full = tenant.seed(owners=[tenant.provisioner.principal_id], tags=[str(n) for n in range(1199)], secrets=[])
    assert code(tenant, "POST", f"/applications/{full.id}/addPassword", {}) == (400, "Directory_ResourceSizeExceeded")


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


def test_a_role_is_given_listed_on_both_sides_and_taken_away(entra: Entra) -> None:
    tenant = entra.new_tenant((OWNED, GRANTING))
    service = tenant.seed(identifier_uris=["api://ihce"], app_roles=[{"id": "r", "value": "IHCE.Use"}])
    pair = tenant.seed(identifier_uris=[])
    grant = {"principalId": pair.principal_id, "resourceId": service.principal_id, "appRoleId": "r"}
    at_service = f"/servicePrincipals/{service.principal_id}/appRoleAssignedTo"
    of_client = f"/servicePrincipals/{pair.principal_id}/appRoleAssignments"
    given = tenant.graph("POST", at_service, grant)
    assert given.status_code == 201
    for address in (at_service, of_client):
        assert [each["id"] for each in tenant.graph("GET", address).json()["value"]] == [given.json()["id"]]
    assert code(tenant, "POST", of_client, grant) == (400, "Request_BadRequest")
    assert tenant.graph("DELETE", f"{of_client}/{given.json()['id']}").status_code == 204
    assert tenant.graph("GET", at_service).json()["value"] == []


def test_without_the_permission_no_role_is_given(tenant: Tenant) -> None:
    grant = {"principalId": tenant.provisioner.principal_id, "resourceId": "x", "appRoleId": "r"}
    address = f"/servicePrincipals/{tenant.provisioner.principal_id}/appRoleAssignments"
    assert code(tenant, "POST", address, grant) == (403, "Authorization_RequestDenied")


def test_what_graph_would_refuse_is_refused(tenant: Tenant) -> None:
    for wrong in (
        {"displayName": ""},
        {"displayName": "x" * 121},
        {"displayName": "x", "tags": ["with space"]},
        {"displayName": "x", "tags": ["a", "a"]},
        {"displayName": "x", "unknown": 1},
        {"displayName": "x", "signInAudience": "Everybody"},
        {"displayName": "x", "passwordCredentials": [{"secretText": "mine"}]},
        {"displayName": "x", "passwordCredentials": [{"endDateTime": "2001-01-01T00:00:00Z"}]},
    ):
        assert code(tenant, "POST", "/applications", wrong) == (400, "Request_BadRequest"), wrong
    assert tenant.applications() == []


def test_personal_accounts_allow_two_secrets(tenant: Tenant) -> None:
    application = made(tenant, {"displayName": "x", "passwordCredentials": [{}, {}]})
    assert application["signInAudience"] == "AzureADandPersonalMicrosoftAccount"
    answer = tenant.graph("POST", f"/applications/{application['id']}/addPassword", {})
    assert answer.json()["error"]["message"] == "You can only add a maximum of 2 encrypted credentials."


def test_without_a_token_or_with_one_of_yesterday_nothing_is_told(tenant: Tenant) -> None:
    token = tenant.token()
    tenant.clock(by=3600)
    shown: tuple[dict[str, str], ...] = ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {token}"})
    for headers in shown:
        answer = tenant.entra.client.get("/v1.0/applications", headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    service = tenant.seed(identifier_uris=["api://ihce"])
    other = {"Authorization": f"Bearer {tenant.token(service, 'api://ihce/.default')}"}
    assert tenant.entra.client.get("/v1.0/applications", headers=other).status_code == 401


def test_a_certificate_is_registered_and_stays_when_another_is_added(tenant: Tenant) -> None:
    import base64  # noqa: PLC0415

    from tests.contract.place import new_certificate  # noqa: PLC0415

    address = f"/applications/{made(tenant)['id']}"

    def key() -> Json:
        pem = new_certificate()
        public = pem[pem.index("-----BEGIN CERTIFICATE") :]
        return {"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.b64encode(public.encode()).decode()}

    assert tenant.graph("PATCH", address, {"keyCredentials": [key()]}).status_code == 204
    [first] = tenant.graph("GET", address).json()["keyCredentials"]
    both = [{"keyId": first["keyId"], "key": None}, key()]
    assert tenant.graph("PATCH", address, {"keyCredentials": both}).status_code == 204
    found = tenant.graph("GET", address).json()["keyCredentials"]
    assert found[0]["keyId"] == first["keyId"]
    assert len(found) == 2


NO_CERTIFICATE: Json = {"keyCredentials": [{"key": "AAAA"}]}


def test_what_is_refused_for_one_field_has_not_been_made_with_the_others(tenant: Tenant) -> None:
    assert code(tenant, "POST", "/applications", MINE | NO_CERTIFICATE) == (400, "Request_BadRequest")
    assert tenant.applications() == []
    application = made(tenant)
    for more in ({"accountEnabled": "yes"}, {"tags": "x"}, {"appRoleAssignmentRequired": 1}):
        wish = {"appId": application["appId"], **more}
        assert code(tenant, "POST", "/servicePrincipals", wish) == (400, "Request_BadRequest"), more
    assert tenant.applications()[0]["principal"] is None


def test_what_is_refused_for_one_field_has_changed_no_other(tenant: Tenant) -> None:
    application = made(tenant)
    tenant.graph("POST", "/servicePrincipals", {"appId": application["appId"]})
    before = tenant.applications()
    wrong = {"displayName": "Another"} | NO_CERTIFICATE
    assert code(tenant, "PATCH", f"/applications/{application['id']}", wrong) == (400, "Request_BadRequest")
    address = f"/servicePrincipals(appId='{application['appId']}')"
    off = {"accountEnabled": False, "appRoleAssignmentRequired": "yes"}
    assert code(tenant, "PATCH", address, off) == (400, "Request_BadRequest")
    assert tenant.applications() == before


def test_what_changes_in_an_application_its_principal_follows(entra: Entra) -> None:
    tenant = entra.new_tenant((OWNED, GRANTING))
    service = made(tenant)
    principal = tenant.graph("POST", "/servicePrincipals", {"appId": service["appId"]}).json()
    uri, role = f"api://{service['appId']}", str(uuid4())
    client = tenant.seed()
    assert tenant.asks_for_token(client, f"{uri}/.default").json()["error_codes"] == [500011]
    named = {"displayName": "IHCE", "identifierUris": [uri], "appRoles": [{"id": role, "value": "IHCE.Use"}]}
    assert tenant.graph("PATCH", f"/applications/{service['id']}", named).status_code == 204
    assert tenant.asks_for_token(client, f"{uri}/.default").status_code == 200
    grant = {"principalId": client.principal_id, "resourceId": principal["id"], "appRoleId": role}
    given = tenant.graph("POST", f"/servicePrincipals/{principal['id']}/appRoleAssignedTo", grant)
    assert (given.status_code, given.json()["resourceDisplayName"]) == (201, "IHCE")
    assert tenant.graph("PATCH", f"/applications/{service['id']}", {"identifierUris": []}).status_code == 204
    assert tenant.asks_for_token(client, f"{uri}/.default").json()["error_codes"] == [500011]


def test_nobody_takes_a_name_that_tokens_are_asked_for_by_from_its_holder(tenant: Tenant) -> None:
    holder = tenant.seed(identifier_uris=["api://ihce"])
    for taken in ("api://ihce", "https://graph.microsoft.com"):
        assert code(tenant, "POST", "/applications", MINE | {"identifierUris": [taken]}) == (400, "Request_BadRequest")
    other = made(tenant)
    address = f"/applications/{other['id']}"
    assert code(tenant, "PATCH", address, {"identifierUris": ["api://ihce"]}) == (400, "Request_BadRequest")
    assert tenant.asks_for_token(holder, "api://ihce/.default").status_code == 200


def test_an_id_is_the_same_in_capitals(entra: Entra) -> None:
    tenant = entra.new_tenant((OWNED, GRANTING))
    application = made(tenant)
    app_id, secret = application["appId"].upper(), application["passwordCredentials"][0]
    address = f"/applications(appId='{app_id}')"
    principal = tenant.graph("POST", "/servicePrincipals", {"appId": app_id}).json()
    found = tenant.graph("GET", f"/applications?$filter=appId eq '{app_id}'").json()["value"]
    assert [each["id"] for each in found] == [application["id"]]
    assert tenant.graph("GET", address).json()["id"] == application["id"]
    assert tenant.asks_for_token(tenant.provisioner, f"{app_id}/.default").status_code == 200
    role = str(uuid4())
    tenant.graph("PATCH", address, {"appRoles": [{"id": role, "value": "x"}]})
    grant = {"principalId": principal["id"], "resourceId": principal["id"], "appRoleId": role}
    capitals = {name: value.upper() for name, value in grant.items()}
    assert tenant.graph("POST", f"/servicePrincipals/{principal['id']}/appRoleAssignments", capitals).status_code == 201
    gone = tenant.graph("POST", f"{address}/removePassword", {"keyId": secret["keyId"].upper()})
    assert gone.status_code == 204
    tenant.graph("DELETE", address)
    binned = f"/directory/deletedItems/{application['id'].upper()}"
    assert tenant.graph("GET", binned).status_code == 200
    assert tenant.graph("POST", f"{binned}/restore").status_code == 200


def test_a_filter_is_not_split_within_what_it_looks_for(tenant: Tenant) -> None:
    names = ("Rock and Roll", "L'Hôpital and 'x' eq 'y'", "Rock")
    for name in names:
        made(tenant, {"displayName": name})
    for name in names:
        quoted = name.replace("'", "''")
        for said in (
            f"displayName eq '{quoted}'",
            f"startswith(displayName, '{quoted}') and displayName eq '{quoted}'",
        ):
            found = tenant.graph("GET", f"/applications?$filter={quote(said)}").json()["value"]
            assert [each["displayName"] for each in found] == [name]
    assert code(tenant, "GET", "/applications?$filter=displayName eq 'Rock") == (400, "Request_UnsupportedQuery")


def test_the_bin_empties_by_the_clock_and_says_what_it_holds(tenant: Tenant) -> None:
    kept, gone = (made(tenant, {"displayName": name}) for name in ("kept", "gone"))
    for each in (gone, kept):
        tenant.graph("DELETE", f"/applications/{each['id']}")
    binned = f"/directory/deletedItems/{kept['id']}"
    for answer in (tenant.graph("GET", binned), tenant.graph("POST", f"{binned}/restore")):
        assert answer.json()["@odata.type"] == "#microsoft.graph.application"
    tenant.clock(by=30 * 86400)
    assert code(tenant, "GET", f"/directory/deletedItems/{gone['id']}") == (404, "Request_ResourceNotFound")
    assert tenant.graph("GET", "/directory/deletedItems/microsoft.graph.application").json()["value"] == []
    assert tenant.bin() == []


def test_what_is_restored_takes_no_name_from_who_has_it_by_now_and_has_the_newest_of_its_own(tenant: Tenant) -> None:
    first = made(tenant, MINE | {"identifierUris": ["api://first"]})
    principal = tenant.graph("POST", "/servicePrincipals", {"appId": first["appId"]}).json()
    address = f"/applications/{first['id']}"
    tenant.graph("DELETE", f"/servicePrincipals/{principal['id']}")
    tenant.graph("PATCH", address, {"identifierUris": ["api://newer"]})
    assert tenant.graph("POST", f"/directory/deletedItems/{principal['id']}/restore").status_code == 200
    asked = {
        uri: tenant.asks_for_token(tenant.provisioner, f"{uri}/.default") for uri in ("api://first", "api://newer")
    }
    assert [each.status_code for each in asked.values()] == [400, 200]
    tenant.graph("DELETE", address)
    other = made(tenant, {"displayName": "x", "identifierUris": ["api://newer"]})
    restoring = f"/directory/deletedItems/{first['id']}/restore"
    assert code(tenant, "POST", restoring) == (400, "Request_BadRequest")
    assert tenant.graph("DELETE", f"/applications/{other['id']}").status_code == 204
    assert tenant.graph("POST", restoring).status_code == 200
