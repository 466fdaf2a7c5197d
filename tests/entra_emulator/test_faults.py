"""What goes wrong on request, as the portal meets it in the real Entra: each as it was seen there."""

import time

import httpx2
import pytest

from tests.entra import ALL, Entra, Json, Pair, Tenant

ONE: Json = {"displayName": "IHCE", "signInAudience": "AzureADMyOrg", "uniqueName": "llaves-1-pruebas"}


def create(tenant: Tenant, **more: object) -> httpx2.Response:
    return tenant.graph("POST", "/applications", ONE | {"passwordCredentials": [{"displayName": "portal"}]} | more)


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_n16_an_answer_is_lost_after_the_application_was_made(tenant: Tenant) -> None:
    tenant.goes_wrong({"kind": "lost", "on": "create-application", "times": 1})
    with pytest.raises(httpx2.RemoteProtocolError):
        create(tenant)
    assert [each["unique_name"] for each in tenant.applications()] == [ONE["uniqueName"]]
    again = create(tenant)
    assert refusal(again) == (400, "Request_BadRequest")
    assert "Another object with the same value for property uniqueName already exists." in again.text


def test_a_connection_is_cut_before_anything_is_done(tenant: Tenant) -> None:
    tenant.goes_wrong({"kind": "cut", "on": "create-application", "times": 1})
    with pytest.raises(httpx2.TransportError):
        create(tenant)
    assert tenant.applications() == []


def test_an_error_of_the_server_may_hide_that_it_was_done(tenant: Tenant) -> None:
    tenant.goes_wrong({"kind": "lost error", "on": "write", "times": 1, "status": 503})
    assert refusal(create(tenant)) == (503, "ServiceUnavailable")
    assert len(tenant.applications()) == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "conflict"}, (409, "Directory_ConcurrencyViolation")),
        ({"kind": "conflict", "status": 503}, (503, "Directory_ConcurrencyViolation")),
        ({"kind": "error"}, (500, "InternalServerError")),
        ({"kind": "error", "status": 504}, (504, "ServiceUnavailable")),
        ({"kind": "quota"}, (403, "Directory_QuotaExceeded")),
        ({"kind": "policy"}, (400, "CredentialInvalidLifetimeAsPerAppPolicy")),
        ({"kind": "denied"}, (403, "Authorization_RequestDenied")),
        ({"kind": "missing"}, (404, "Request_ResourceNotFound")),
    ],
)
def test_the_next_call_is_refused_and_the_one_after_it_is_not(
    fault: Json, expected: tuple[int, str], tenant: Tenant
) -> None:
    tenant.goes_wrong({"on": "write", "times": 1, **fault})
    assert refusal(create(tenant)) == expected
    assert tenant.applications() == []
    assert create(tenant).status_code == 201


def test_a_refusal_says_how_long_to_wait_and_why(tenant: Tenant) -> None:
    tenant.goes_wrong({"kind": "throttled", "on": "graph", "times": 1, "retry_after": 7})
    answer = create(tenant)
    assert refusal(answer) == (429, "TooManyRequests")
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["x-ms-throttle-information"] == "CPULimitExceeded"
    who = f"{tenant.provisioner.app_id}/{tenant.id}"
    assert answer.headers["x-ms-throttle-scope"] == f"Tenant_Application/ReadWrite/{who}"


def test_a_share_of_the_calls_fails_and_the_same_ones_for_the_same_seed(tenant: Tenant) -> None:
    def fates() -> list[int]:
        tenant.goes_wrong({"kind": "error", "on": "read", "probability": 0.5}, seed=7)
        return [tenant.graph("GET", "/applications").status_code for _ in range(20)]

    first = fates()
    assert set(first) == {200, 500}
    assert fates() == first


def slow(tenant: Tenant) -> Tenant:
    """Let its clock all but stand, so that nothing replicates while a busy machine gets from one line to the next."""
    tenant.clock(factor=0.001)
    return tenant


def test_n15_a_new_secret_is_not_known_at_once(tenant: Tenant) -> None:
    slow(tenant).has_rules(secret_delay=10)
    pair = tenant.seed(secrets=[{"is_new": True}])
    assert tenant.asks_for_token(pair).json()["error_codes"] == [7000215]
    tenant.clock(by=10)
    assert tenant.asks_for_token(pair).status_code == 200


def test_n15_a_new_application_and_then_its_principal_are_not_known_at_the_token_endpoint_at_once(
    tenant: Tenant,
) -> None:
    slow(tenant).has_rules(sign_in_delay=10, principal_sign_in_delay=20)
    made = create(tenant).json()
    tenant.graph("POST", "/servicePrincipals", {"appId": made["appId"]})
    pair = Pair(made["appId"], made["passwordCredentials"][0]["secretText"])
    told = []
    for _ in range(3):
        told.append(tenant.asks_for_token(pair).json().get("error_codes"))
        tenant.clock(by=10)
    assert told == [[700016], [7000229], None]


def test_what_was_made_a_moment_ago_cannot_be_read_and_can_be_deleted_only_when_it_is_seen(tenant: Tenant) -> None:
    slow(tenant).has_rules(read_delay=20)
    address = f"/applications/{create(tenant).json()['id']}"
    assert refusal(tenant.graph("GET", address)) == (404, "Request_ResourceNotFound")
    assert refusal(tenant.graph("DELETE", address)) == (404, "Request_ResourceNotFound")
    assert tenant.graph("GET", "/applications?$filter=startswith(uniqueName,'llaves-1')").json()["value"] == []
    tenant.clock(by=20)
    assert tenant.graph("GET", address).status_code == 200
    assert tenant.graph("DELETE", address).status_code == 204


def test_the_token_endpoint_forgets_a_secret_for_a_moment(tenant: Tenant) -> None:
    pair = tenant.seed()
    tenant.goes_wrong({"kind": "too early", "on": "token", "times": 1, "skip": 1})
    assert [tenant.asks_for_token(pair).status_code for _ in range(3)] == [200, 401, 200]


@pytest.mark.parametrize("permission", ["Application.ReadWrite.OwnedBy", ALL])
def test_a_principal_has_to_wait_for_its_application(permission: str, entra: Entra) -> None:
    tenant = entra.new_tenant((permission,))
    slow(tenant).has_rules(principal_delay=20)
    made = create(tenant).json()
    body = {"appId": made["appId"]}
    early = tenant.graph("POST", "/servicePrincipals", body)
    if permission == ALL:
        assert refusal(early) == (400, "Request_BadRequest")
        assert early.json()["error"]["details"][0]["code"] == "NoBackingApplicationObject"
    else:
        assert refusal(early) == (403, "Authorization_RequestDenied")
        assert "must in the local tenant" in early.text
    tenant.clock(by=20)
    assert tenant.graph("POST", "/servicePrincipals", body).status_code == 201
    assert refusal(tenant.graph("POST", "/servicePrincipals", body)) == (
        409,
        "Request_MultipleObjectsWithSameKeyValue",
    )


def test_a_new_application_can_be_given_no_further_secret_at_first(tenant: Tenant) -> None:
    slow(tenant).has_rules(password_delay=20)
    address = f"/applications/{create(tenant).json()['id']}/addPassword"
    assert refusal(tenant.graph("POST", address, {})) == (404, "Request_ResourceNotFound")
    tenant.clock(by=20)
    assert tenant.graph("POST", address, {}).status_code == 200


def test_reads_of_what_was_written_lately_come_and_go(tenant: Tenant) -> None:
    slow(tenant).has_rules(flapping=0.5, flapping_for=30)
    address = f"/applications/{create(tenant).json()['id']}"
    seen = {tenant.graph("GET", address).status_code for _ in range(30)}
    assert seen == {200, 404}
    tenant.clock(by=30)
    assert {tenant.graph("GET", address).status_code for _ in range(10)} == {200}


def test_a_directory_that_is_full_refuses_and_the_bin_counts(tenant: Tenant) -> None:
    used = tenant.control("GET", "")["used"]
    tenant.has_rules(quota=used + 1)
    made = create(tenant).json()
    assert refusal(create(tenant, uniqueName="llaves-2-pruebas")) == (403, "Directory_QuotaExceeded")
    tenant.graph("DELETE", f"/applications/{made['id']}")
    assert refusal(create(tenant, uniqueName="llaves-2-pruebas")) == (403, "Directory_QuotaExceeded")
    quota = tenant.graph("GET", "/organization?$select=directorySizeQuota").json()["value"][0]
    assert quota == {"directorySizeQuota": {"used": used + 1, "total": used + 1}}
    tenant.graph("DELETE", f"/directory/deletedItems/{made['id']}")
    assert create(tenant, uniqueName="llaves-2-pruebas").status_code == 201


def test_one_principal_may_only_have_made_so_many(tenant: Tenant) -> None:
    tenant.has_rules(quota_per_principal=1)
    assert create(tenant).status_code == 201
    assert refusal(create(tenant, uniqueName="llaves-2-pruebas")) == (403, "Directory_QuotaExceeded")


def test_a_policy_limits_the_life_of_a_secret(tenant: Tenant) -> None:
    tenant.has_rules(longest_secret=180 * 86400)
    assert refusal(create(tenant)) == (400, "CredentialInvalidLifetimeAsPerAppPolicy")
    tenant.has_rules(secrets_are_allowed=False)
    assert refusal(create(tenant)) == (400, "CredentialTypeNotAllowedAsPerAppPolicy")


def test_what_was_made_by_hand_is_not_the_provisioners(tenant: Tenant) -> None:
    pair = tenant.seed()
    address = f"/applications/{pair.id}"
    assert tenant.graph("GET", address).status_code == 200
    assert refusal(tenant.graph("POST", f"{address}/addPassword", {})) == (403, "Authorization_RequestDenied")
    assert refusal(tenant.graph("DELETE", address)) == (403, "Authorization_RequestDenied")
    owned = tenant.seed(owners=[tenant.provisioner.principal_id])
    assert tenant.graph("POST", f"/applications/{owned.id}/addPassword", {}).status_code == 200


def test_an_application_is_switched_off_and_on(tenant: Tenant) -> None:
    pair = tenant.seed(owners=[tenant.provisioner.principal_id])
    for address, off, on in (
        (f"/applications/{pair.id}", {"isDisabled": True}, {"isDisabled": False}),
        (f"/servicePrincipals(appId='{pair.app_id}')", {"accountEnabled": False}, {"accountEnabled": True}),
    ):
        assert tenant.graph("PATCH", address, off).status_code == 204
        assert tenant.asks_for_token(pair).json()["error_codes"] == [7000112]
        assert tenant.graph("PATCH", address, on).status_code == 204
        assert tenant.asks_for_token(pair).status_code == 200


def test_the_token_endpoint_is_busy(tenant: Tenant) -> None:
    tenant.goes_wrong({"kind": "throttled", "on": "token", "times": 1, "retry_after": 3})
    answer = tenant.asks_for_token(tenant.provisioner)
    assert (answer.status_code, answer.json()["error"]) == (429, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "3"


def test_answers_take_their_time(tenant: Tenant) -> None:
    tenant.goes_wrong(latency=0.2)
    began = time.monotonic()
    tenant.asks_for_token(tenant.provisioner)
    assert time.monotonic() - began >= 0.2


def test_the_log_knows_no_secret_and_counts(tenant: Tenant) -> None:
    made = create(tenant).json()
    tenant.asks_for_token(Pair(made["appId"], secret := made["passwordCredentials"][0]["secretText"]))
    log = tenant.log()
    assert secret not in str(log)
    assert log["counters"]["writes"] == log["counters"]["create-application 201"] == 1
    assert [line["operation"] for line in log["lines"]] == ["token", "create-application", "token"]
    assert tenant.log(after=log["lines"][-1]["number"])["lines"] == []


def discovered(tenant: Tenant) -> httpx2.Response:
    return tenant.entra.client.get(f"/{tenant.id}/v2.0/.well-known/openid-configuration")


def test_the_discovery_is_busy_or_out_of_order_once_and_then_it_is_not(tenant: Tenant) -> None:
    for fault, status in (({"kind": "throttled", "retry_after": 3}, 429), ({"kind": "error", "status": 503}, 503)):
        tenant.goes_wrong({"on": "discovery", "times": 1, **fault})
        assert tenant.asks_for_token(tenant.provisioner).status_code == 200
        answer = discovered(tenant)
        assert (answer.status_code, answer.json()["error"]) == (status, "temporarily_unavailable")
        assert answer.headers.get("Retry-After") == (str(fault["retry_after"]) if "retry_after" in fault else None)
        assert discovered(tenant).status_code == 200
    assert tenant.log()["counters"]["discovery 503"] == 1


@pytest.mark.parametrize("kind", ["cut", "lost"])
def test_the_discovery_is_cut_off(kind: str, tenant: Tenant) -> None:
    tenant.goes_wrong({"kind": kind, "on": "discovery", "times": 1})
    with pytest.raises(httpx2.TransportError):
        discovered(tenant)
    assert discovered(tenant).status_code == 200


@pytest.mark.parametrize("on", ["token", "discovery"])
def test_a_sign_in_address_may_have_done_it_and_say_that_it_has_not(on: str, tenant: Tenant) -> None:
    def asked() -> int:
        answer = tenant.asks_for_token(tenant.provisioner) if on == "token" else discovered(tenant)
        return answer.status_code

    tenant.goes_wrong({"kind": "lost error", "on": on, "times": 1})
    assert [asked(), asked()] == [500, 200]


@pytest.mark.parametrize(("kind", "on"), [("quota", "token"), ("missing", "discovery"), ("too early", "discovery")])
def test_a_fault_that_an_address_does_not_have_is_not_taken_for_one(kind: str, on: str, tenant: Tenant) -> None:
    with pytest.raises(AssertionError, match=f"'{kind}' does not go wrong on '{on}'"):
        tenant.goes_wrong({"kind": kind, "on": on, "times": 1})


def test_the_log_knows_nothing_of_what_was_shown_in_place_of_a_client_id(tenant: Tenant) -> None:
    tenant.asks_for_token(Pair("abc8Q~a-secret-in-the-wrong-field", "x"))
    tenant.asks_for_token(Pair(tenant.provisioner.app_id.upper(), "x"))
    assert [line["app_id"] for line in tenant.log()["lines"]] == ["", tenant.provisioner.app_id]
