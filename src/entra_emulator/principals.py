"""What Graph does with service principals, their roles, owners, and the organization."""

import re
from collections.abc import Sequence
from uuid import uuid4

from entra_emulator import fields, query, shapes
from entra_emulator.callers import ALL, GRANTING, OWNED, READING
from entra_emulator.calls import Answer, Call
from entra_emulator.filters import Filter
from entra_emulator.objects import Assignment, Json, Principal, Thing
from entra_emulator.refusals import Refusal, bad, missing
from entra_emulator.tokens import unpadded

ENTITY = "servicePrincipals/$entity"
MOST_ASSIGNMENTS = 1_500
MOST_OWNERS = 100
REFERENCE = re.compile(r"/(?:directoryObjects|servicePrincipals)/([0-9a-f-]{36})$")


def create(call: Call) -> Answer:
    """Make an application present in the tenant."""
    call.caller.require(ALL, OWNED)
    app_id = call.text("appId").lower()
    application = call.tenant.directory.application(app_id, "appId")
    if application is None or call.at < application.created_at + call.tenant.rules.principal_delay:
        raise _without_application(call, app_id)
    call.caller.require_own(application)
    values = fields.read_principal(call.body)
    made = call.tenant.directory.create_principal(application, values, owner=call.caller.principal_id, at=call.at)
    return Answer(201, call.context(ENTITY) | _shape(call, made))


def _without_application(call: Call, app_id: str) -> Refusal:
    if not call.caller.sees_all:
        said = "When using this permission, the backing application of the service principal being created must in the"
        return Refusal("Authorization_RequestDenied", f"{said} local tenant")
    said = f"The appId '{app_id}' of the service principal does not reference a valid application object."
    return bad(said, {"code": "NoBackingApplicationObject", "message": said, "target": "appId"})


def listing(call: Call) -> Answer:
    """List them."""
    call.caller.require(*READING)
    return query.listed(call, _candidates(call), lambda each: _shape(call, each), "servicePrincipals")


def _candidates(call: Call) -> Sequence[Thing]:
    directory = call.tenant.directory
    if named := Filter(call.query.get("$filter", "")).looked_up:
        found = directory.principal(*named) if named[1] != "uniqueName" else None
        return [found] if found else []
    return list(directory.principals.values())


def read(call: Call) -> Answer:
    """Show one."""
    call.caller.require(*READING)
    return Answer(200, call.context(ENTITY) | query.selected(call, _shape(call, call.principal())))


def change(call: Call) -> Answer:
    """Switch one on or off, or change whether it asks for roles."""
    principal = call.principal()
    call.caller.require_own(principal)
    call.tenant.directory.change_principal(principal, fields.read_principal(call.body), at=call.at)
    return Answer(204)


def delete(call: Call) -> Answer:
    """Put one into the bin; its application stays."""
    principal = call.principal()
    call.caller.require_own(principal)
    call.tenant.directory.delete(principal, at=call.at)
    return Answer(204)


def assign(call: Call) -> Answer:
    """Give a client a role at a resource, whichever of the two the path names."""
    call.caller.require(GRANTING)
    directory = call.tenant.directory
    client, resource = (directory.principal(call.text(name).lower()) for name in ("principalId", "resourceId"))
    wanted = call.text("appRoleId").lower()
    if client is None or resource is None or call.principal() not in (client, resource):
        raise missing(call.text("principalId"))
    role_id = next((role["id"] for role in resource.app_roles if role["id"].lower() == wanted), None)
    if role_id is None:
        raise bad("Permission being assigned was not found on application")
    if any((each.resource_id, each.role_id) == (resource.id, role_id) for each in client.assignments):
        raise bad("Permission being assigned already exists on the object")
    if len(client.assignments) >= MOST_ASSIGNMENTS:
        raise Refusal("Directory_QuotaExceeded", "The principal has too many assignments of roles.")
    made = Assignment(unpadded(uuid4().bytes + uuid4().bytes), client.id, resource.id, role_id, call.at)
    client.assignments.append(made)
    directory.keep(client, at=call.at)
    return Answer(201, call.context("appRoleAssignments/$entity") | shapes.assignment(made, client, resource))


def assignments(call: Call) -> Answer:
    """List the roles that a client has."""
    call.caller.require(*READING)
    client = call.principal()
    found = [(each, call.tenant.directory.principal(each.resource_id)) for each in client.assignments]
    value = [shapes.assignment(each, client, resource) for each, resource in found if resource]
    return Answer(200, call.context("appRoleAssignments") | {"value": value})


def assigned_to(call: Call) -> Answer:
    """List who has a role at a resource."""
    call.caller.require(*READING)
    resource = call.principal()
    found = [(each, client) for client in call.tenant.directory.principals.values() for each in client.assignments]
    value = [shapes.assignment(each, client, resource) for each, client in found if each.resource_id == resource.id]
    return Answer(200, call.context("appRoleAssignments") | {"value": value})


def unassign(call: Call) -> Answer:
    """Take a role away, whichever of client and resource the path names."""
    call.caller.require(GRANTING)
    named, grant = call.principal(), call.names["grant"]
    for client in call.tenant.directory.principals.values():
        left = [
            each for each in client.assignments if each.id != grant or named.id not in (client.id, each.resource_id)
        ]
        if len(left) < len(client.assignments):
            client.assignments = left
            call.tenant.directory.keep(client, at=call.at)
            return Answer(204)
    raise missing(grant)


def owners(call: Call) -> Answer:
    """List who owns an application."""
    call.caller.require(*READING)
    found = [call.tenant.directory.principal(owner) for owner in call.application().owners]
    kind = {"@odata.type": "#microsoft.graph.servicePrincipal"}
    value = [kind | _shape(call, each) for each in found if each]
    return Answer(200, call.context("directoryObjects") | {"value": value})


def add_owner(call: Call) -> Answer:
    """Let one more principal own an application."""
    call.caller.require(ALL)
    application = call.application()
    named = REFERENCE.search(call.text("@odata.id").lower())
    owner = call.tenant.directory.principal(named[1]) if named else None
    if owner is None:
        raise missing(call.text("@odata.id"))
    if owner.id in application.owners:
        raise bad("One or more added object references already exist for the following modified properties: 'owners'.")
    if len(application.owners) >= MOST_OWNERS:
        raise Refusal("Directory_QuotaExceeded", "The application has too many owners.")
    application.owners.append(owner.id)
    call.tenant.directory.keep(application, at=call.at)
    return Answer(204)


def organization(call: Call) -> Answer:
    """Show the tenant, and how much of its quota is used."""
    call.caller.require("Organization.Read.All", "Directory.Read.All", *READING)
    directory = call.tenant.directory
    shaped = {
        "id": call.tenant.id,
        "displayName": call.tenant.name,
        "verifiedDomains": [{"name": call.tenant.domain, "isDefault": True, "isInitial": True}],
        "directorySizeQuota": {"used": directory.used, "total": directory.rules.quota},
    }
    return Answer(200, call.context("organization") | {"value": [query.selected(call, shaped)]})


def _shape(call: Call, each: Thing) -> Json:
    assert isinstance(each, Principal)  # noqa: S101 - what this part of the directory holds
    return shapes.principal(each, call.tenant.id)
