"""The emulator as a program: what it keeps, what it starts with, what it shows, and what it refuses to be asked."""

import json
from pathlib import Path

from tests.entra import GRAPH_SCOPE, Entra, Pair, Tenant, running

ID = "11111111-2222-4333-8444-555555555555"
TENANT = "00000000-0000-4000-8000-0000000000d1"


def test_a_directory_that_is_kept_is_the_same_after_a_kill(tmp_path: Path) -> None:
    with running(tmp_path, "--keep") as entra:
        tenant = entra.new_tenant()
        body = {"displayName": "x", "uniqueName": "llaves-1", "passwordCredentials": [{}]}
        kept, gone = (
            tenant.graph("POST", "/applications", body | {"uniqueName": name}).json()
            for name in ("llaves-1", "llaves-2")
        )
        tenant.graph("POST", "/servicePrincipals", {"appId": kept["appId"]})
        tenant.graph("DELETE", f"/applications/{gone['id']}")
        pair = Pair(kept["appId"], kept["passwordCredentials"][0]["secretText"])
        before, bin_before, token = tenant.applications(), tenant.bin(), tenant.token()
        entra.process.kill()
    secret = pair.secret.encode()
    assert not any(secret in path.read_bytes() for path in tmp_path.iterdir())
    with running(tmp_path, "--keep") as again:
        tenant.entra = again
        assert (tenant.applications(), tenant.bin()) == (before, bin_before)
        assert tenant.asks_for_token(pair).status_code == 200
        shown = {"Authorization": f"Bearer {token}"}
        assert again.client.get("/v1.0/applications", headers=shown).status_code == 200


def test_it_starts_with_what_a_file_says_and_shows_the_pairs_to_try(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.json"
    secret = {"secret": "abc8Q~" + "x" * 34, "key_id": ID}
    sample = {"app_id": ID, "try": "Un par <correcto>", "secrets": [secret]}
    rules = {"knows_secrets_that_begin_with": "Demo~"}
    seeds.write_text(json.dumps({"tenants": [{"tenant_id": TENANT, "rules": rules, "applications": [sample]}]}))
    with running(tmp_path / "entra", "--keep", "--seed", str(seeds)) as entra:
        page = entra.client.get("/")
        assert "Un par &lt;correcto&gt;" in page.text
        assert secret["secret"] in page.text
        form = {"grant_type": "client_credentials", "scope": GRAPH_SCOPE}

        def status(pair: Pair) -> int:
            shown = {"client_id": pair.app_id, "client_secret": pair.secret}
            return entra.client.post(f"/{TENANT}/oauth2/v2.0/token", data=form | shown).status_code

        assert status(Pair(ID, secret["secret"])) == 200
        invented = Pair("22222222-2222-4222-8222-222222222222", "Demo~invented")
        assert status(Pair(invented.app_id, "something else")) == 400
        assert status(invented) == 200
        assert status(Pair(invented.app_id, "Demo~other")) == 401
        removed = {"tenant": TENANT, "client_id": invented.app_id}
        assert entra.client.post("/retirar", data=removed, headers={"Origin": "https://a.example"}).status_code == 400
        assert status(invented) == 200
        assert entra.client.post("/retirar", data=removed).status_code == 303
        assert status(invented) == 401


def test_pages_of_other_sites_cannot_change_anything(entra: Entra, tenant: Tenant) -> None:
    plain = entra.client.put(f"/_control/tenants/{tenant.id}/rules", content=b'{"quota": 1}')
    assert plain.status_code == 400
    elsewhere = entra.client.get("/_control", headers={"Host": "entra.example"})
    assert elsewhere.status_code == 400


def test_what_control_does_not_understand_changes_nothing(tenant: Tenant) -> None:
    address = f"/_control/tenants/{tenant.id}"
    client = tenant.entra.client
    for path, said in (
        ("/faults", {"due": [{"kind": "plague"}]}),
        ("/faults", {"list": [{"kind": "lost", "on": "crate-application"}]}),
        ("/rules", {"quoat": 1}),
        ("/limits", {"writes": "many"}),
        ("/clock", {"factor": 0}),
        ("/applications", {"applications": [{"secretz": []}]}),
    ):
        method = "POST" if path == "/applications" else "PUT"
        assert client.request(method, address + path, json=said).status_code == 400, path
    assert client.get("/_control/tenants/nobody").status_code == 404


def test_what_cannot_be_seeded_leaves_what_was_there(tenant: Tenant) -> None:
    there = tenant.seed()
    before = tenant.applications()
    for wrong in ({"secrets": [{"end": 1e12}]}, {"secrets": [{"start": "9999-06-01"}]}, {"permissions": ["All"]}):
        said = {"applications": [{"app_id": there.app_id, **wrong}]}
        address = f"/_control/tenants/{tenant.id}/applications"
        assert tenant.entra.client.post(address, json=said).status_code == 400
        assert tenant.applications() == before
