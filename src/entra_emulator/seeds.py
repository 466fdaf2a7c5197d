"""Puts into a tenant what somebody has made by hand: applications, their secrets as they are, the provisioner."""

from typing import Any
from uuid import uuid4

from entra_emulator import certificates, clock
from entra_emulator.callers import PERMISSIONS
from entra_emulator.objects import Application, Assignment, Federated, Json, Principal
from entra_emulator.secretive import TWO_YEARS, make_password, make_secret
from entra_emulator.tenants import Tenant, Tenants
from entra_emulator.tokens import GRAPH, GRAPH_APP_ID

NAMES = {
    "display_name", "app_id", "unique_name", "audience", "tags", "owners", "secrets", "certificates", "federated",
    "permissions", "grants", "identifier_uris", "app_roles", "token_version", "principal", "enabled", "disabled",
    "requires_assignment", "try",
}  # fmt: skip


def give_graph(tenant: Tenant) -> None:
    """Let the tenant know Microsoft Graph, as every one does."""
    if tenant.directory.principal(GRAPH_APP_ID, "appId") is None:
        graph = Principal(str(uuid4()), GRAPH_APP_ID, "Microsoft Graph", tenant.clock.now())
        graph.names = [GRAPH]
        graph.app_roles = [{"id": role_id, "value": name, "isEnabled": True} for name, role_id in PERMISSIONS.items()]
        tenant.directory.take_in(graph)


def seed_file(tenants: Tenants, body: Json) -> None:
    """Seed `{"tenants": [{"tenant_id", "domain", "name", "rules", "applications": [{…}]}]}`, but for what is there."""
    for each in body["tenants"]:
        tenant = tenants.add(each["tenant_id"], each.get("domain", ""), each.get("name", ""))
        for name, value in each.get("rules", {}).items():
            setattr(tenant.rules, name, value)
        give_graph(tenant)
        for wish in each.get("applications", []):
            if tenant.directory.application(wish["app_id"].lower(), "appId") is None:
                seed(tenant, wish)


def seed_all(tenant: Tenant, body: Json) -> Json:
    """Seed `{"applications": [{…}]}`; return ids and secrets in the same order."""
    return {"applications": [seed(tenant, each) for each in body["applications"]]}


def seed(tenant: Tenant, wish: Json) -> Json:
    """Make one application as it is described; docs/entra-emulator.md names the words.

    :raises ValueError: a word is unknown.
    """
    if unknown := set(wish) - NAMES:
        raise ValueError(f"unknown: {sorted(unknown)}")
    at = tenant.clock.now()
    application = _application(wish, at)
    secrets = [_secret(application, each, at) for each in wish.get("secrets", [])]
    principal = _principal(tenant, application, wish, at) if wish.get("principal", True) else None
    if found := tenant.directory.application(str(wish.get("app_id", "")).lower(), "appId"):
        tenant.directory.purge_now(found, at=at)
    tenant.directory.take_in(application)
    if principal:
        tenant.directory.take_in(principal)
    return {
        "id": application.id,
        "app_id": application.app_id,
        "principal_id": principal and principal.id,
        "secrets": secrets,
    }


def _application(wish: Json, at: float) -> Application:
    app_id = str(wish.get("app_id") or uuid4()).lower()
    made = Application(str(uuid4()), app_id, wish.get("display_name", app_id), at - TWO_YEARS, written_at=at)
    made.audience = wish.get("audience", "AzureADMyOrg")
    made.unique_name, made.is_disabled = wish.get("unique_name"), wish.get("disabled")
    made.tags, made.owners = list(wish.get("tags", [])), list(wish.get("owners", []))
    made.certificates = [certificates.from_pem(pem) for pem in wish.get("certificates", [])]
    made.federated = [Federated(id=str(uuid4()), **each) for each in wish.get("federated", [])]
    rest: dict[str, Any] = {"identifierUris": wish.get("identifier_uris"), "appRoles": wish.get("app_roles")}
    if version := wish.get("token_version"):
        rest["api"] = {"requestedAccessTokenVersion": version}
    made.rest = {name: value for name, value in rest.items() if value}
    return made


def _secret(application: Application, wish: Json, at: float) -> Json:
    value = wish.get("secret") or make_secret()
    start = _moment(wish, "start", at, at - 1)
    end = _moment(wish, "end", at, start + TWO_YEARS)
    key_id, name = wish.get("key_id"), wish.get("display_name")
    created = at if wish.get("is_new") else min(start, at - TWO_YEARS)
    password = make_password(secret=value, name=name, start=start, end=end, at=created, key_id=key_id)
    application.passwords.append(password)
    return {"key_id": password.key_id, "secret": value}


def _moment(wish: Json, name: str, at: float, usual: float) -> float:
    """A moment is written out, or is a number of seconds from now."""
    value = wish.get(name)
    if value is None:
        return clock.writable(usual)
    return clock.writable(at + value) if isinstance(value, int | float) else clock.read(value)


def _principal(tenant: Tenant, application: Application, wish: Json, at: float) -> Principal:
    made = Principal(str(uuid4()), application.app_id, application.display_name, at - TWO_YEARS, written_at=at)
    made.is_enabled, made.requires_assignment = wish.get("enabled", True), wish.get("requires_assignment", False)
    made.names, made.app_roles = list(wish.get("identifier_uris", [])), list(wish.get("app_roles", []))
    made.owners = list(application.owners)
    grants = [(GRAPH_APP_ID, PERMISSIONS[name]) for name in wish.get("permissions", [])]
    grants += [(each["app_id"], each["role_id"]) for each in wish.get("grants", [])]
    for app_id, role_id in grants:
        resource = tenant.directory.principal(app_id, "appId")
        if resource is None:
            raise ValueError(f"no principal of {app_id}")
        made.assignments.append(Assignment(str(uuid4()), made.id, resource.id, role_id, at))
    return made
